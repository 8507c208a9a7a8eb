from pathlib import Path

from callguard.app.teams import Teams
from callguard.events import StaffRole, User
from callguard.record.store import SqlStore
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
