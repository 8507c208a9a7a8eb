from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import httpx

from callguard.accounts import TokenScope, User
from callguard.app.server import Running
from callguard.app.teams import Teams
from callguard.demo.script import Row
from callguard.record.store import SqlStore
from callguard.terms import StaffRole
from tests.app.test_joining import AgentLeg, settings_in
from tests.app.test_server import serving, watching
from tests.record.ready import ready_sqlite

SAM = User(name="sam", display_name="Sam", role=StaffRole.AGENT, team="blue", password_hash="")


async def test_a_team_is_at_hand_and_read_anew_when_a_call_comes(tmp_path: Path) -> None:
    store = await SqlStore.open(ready_sqlite(tmp_path))
    await store.add_user(SAM)
    teams = Teams(store)

    before = teams.team_of("sam")
    await teams.load()
    loaded = teams.team_of("sam")
    await store.change_user("sam", team="red")
    await teams.learn("sam")
    await teams.learn("a phone system's name for somebody")
    await teams.learn("")

    assert (before, loaded, teams.team_of("sam")) == ("", "blue", "red")
    assert teams.team_of("a phone system's name for somebody") == ""
    await store.close()


async def test_an_agent_whose_team_cannot_be_read_is_in_none_so_that_their_alerts_are_everybodys(tmp_path: Path) -> None:
    store = await SqlStore.open(ready_sqlite(tmp_path))
    await store.add_user(SAM)
    teams = Teams(store)
    await teams.load()
    await store.close()
    (tmp_path / "callguard.db").unlink()
    (tmp_path / "callguard.db").mkdir()

    await teams.learn("sam")

    assert teams.team_of("sam") == ""


async def test_an_alert_goes_to_the_team_that_the_agent_is_in_now_and_not_when_the_call_began(tmp_path: Path) -> None:
    rows: list[Row] = []
    async with serving(settings_in(tmp_path)) as server, watching(server, rows) as console:
        await server.store.add_user(SAM)
        agent_leg = await AgentLeg.call(server.taps["twilio"])
        await console.wait_for("CA1", type="call_started")
        async with asked_by(server, "sam", TokenScope.AGENT) as sam, asked_by(server, "adam", TokenScope.ADMIN) as adam:
            assert (await sam.post("/api/calls/CA1/help")).status_code == 200
            await console.wait_for("CA1", type="decision", team="blue")
            assert (await adam.patch("/api/users/sam", json={"team": "red"})).status_code == 200
            assert (await sam.post("/api/calls/CA1/panic")).status_code == 200
            await console.wait_for("CA1", type="decision", team="red")
        await agent_leg.hang_up()


@asynccontextmanager
async def asked_by(server: Running, name: str, scope: TokenScope) -> AsyncIterator[httpx.AsyncClient]:
    token = await server.doorkeeper.issue_token(name, scope)
    async with httpx.AsyncClient(base_url=server.url, headers={"Authorization": f"Bearer {token}"}) as client:
        yield client
