"""Who is shown what is said on a call, by which way ever, and that it is noted."""

from dataclasses import replace
from typing import Any

import pytest
from websockets.asyncio.client import ClientConnection

from callguard.deliver.access import SHIFT
from callguard.events import Decision
from callguard.human_acts import AlertAnswer, AlertAnswered
from callguard.terms import Audience, DecisionKind, Reach, StaffRole
from tests.deliver.office import Office
from tests.deliver.test_sockets import receive
from tests.fakes import alert, call_started, transcript
from tests.record.journals import call_ended

WAYS = (
    "/api/calls/c1",
    "/api/calls/c1/events",
    "/api/calls/c1/comments",
    "/api/calls/c1/checklist",
    "/api/alerts/c1:1/evidence",
)


def of_blue() -> Decision:
    return replace(alert("c1:1"), because="stupid cow", reach=Reach.TEAM, team="blue", answer_within_s=20)


@pytest.fixture
async def teams(office: Office) -> Office:
    await office.hire("cem", "Cem Aydin", StaffRole.SENIOR, team="red")
    await office.happen(call_started("c1"))
    await office.happen(transcript("you stupid cow"))
    return office


async def statuses(office: Office, person: str) -> set[int]:
    async with office.client(person) as client:
        return {(await client.get(way)).status_code for way in WAYS}


async def heard(console: ClientConnection, count: int) -> list[dict[str, Any]]:
    """Return the next events, without what is told of the staff."""
    found: list[dict[str, Any]] = []
    while len(found) < count:
        message = await receive(console)
        found += [message] if "call_id" in message else []
    return found


async def noted(office: Office) -> list[tuple[str, str, str]]:
    await office.readings.keep()
    entries = await office.store.tasks.audit_entries(what=["replay.read"])
    return [(one.who, one.subject, one.detail) for one in reversed(entries)]


async def test_what_is_said_on_a_call_is_its_teams_until_others_are_called_to_it(teams: Office) -> None:
    async with teams.served() as address, teams.socket(address, "ana"):  # of the team, at their console
        await teams.happen(of_blue())
        assert (await statuses(teams, "ana"), await statuses(teams, "cem")) == ({200}, {404})
        await teams.happen(replace(of_blue(), decision_id="c1:2", tier=2, repeats="c1:1", reach=Reach.ALL))
        assert await statuses(teams, "cem") == {200}


async def test_an_alert_of_a_team_of_which_nobody_is_there_is_read_by_others(teams: Office) -> None:
    await teams.happen(of_blue())
    assert await statuses(teams, "cem") == {200}


async def test_whoever_takes_another_teams_alert_reads_its_call_also_after_a_restart(teams: Office) -> None:
    async with teams.served() as address, teams.socket(address, "ana"):
        await teams.happen(of_blue())
        async with teams.client("cem") as cem:
            assert (await cem.post("/api/alerts/c1:1/claim")).status_code == 200
        claimed = AlertAnswered(
            call_id="c1", at_sample=0, by="cem", decision_id="c1:1", answer=AlertAnswer.CLAIMED, to="", reason=""
        )
        await teams.store.append([teams.event(claimed)])  # by another process: the hub has not seen it
        assert await statuses(teams, "cem") == {200}


async def test_any_alert_can_be_answered_and_its_call_joined_by_any_senior_and_no_call_without_one(teams: Office) -> None:
    offer = {"mode": "listen", "sdp": "v=0"}
    async with teams.served() as address, teams.socket(address, "ana"), teams.client("cem") as cem:
        assert (await cem.post("/api/calls/c1/join", json=offer)).status_code == 404
        assert (await cem.get("/api/calls/c1/join")).status_code == 404
        assert (await cem.post("/api/calls/c1/help")).status_code == 404
        await teams.happen(of_blue())
        for act, body in (("acknowledge", None), ("decline", {"reason": "busy"}), ("hand-over", {"to": "ana"}), ("claim", None)):
            assert (await cem.post(f"/api/alerts/c1:1/{act}", json=body)).status_code == 200
        assert (await cem.post("/api/alerts/c1:1/threat", json={"measures": ["police"]})).status_code == 200
        assert (await cem.post("/api/calls/c1/join", json=offer)).status_code == 201


async def test_a_colleague_of_another_team_who_is_asked_to_take_a_call_can_join_it(teams: Office) -> None:
    async with teams.client("ana") as ana, teams.client("cem") as cem:
        assert (await cem.post("/api/calls/c1/join", json={"mode": "whisper"})).status_code == 404
        assert (await ana.patch("/api/calls/c1/join/j1", json={"hand_over_to": "cem"})).status_code == 200
        assert (await cem.post("/api/calls/c1/join", json={"mode": "whisper"})).status_code == 201


async def test_a_call_that_was_everybodys_is_its_teams_again_after_a_shift(teams: Office) -> None:
    await teams.happen(alert("c1:1"))
    await teams.happen(replace(call_ended("c1"), ended_at=teams.clock.utc_now()))
    assert await statuses(teams, "cem") == {200}
    await teams.clock.advance(SHIFT.total_seconds() + 1)
    await teams.happen(transcript("of another call", call_id="c2"))
    assert (await statuses(teams, "cem"), await statuses(teams, "ana")) == ({404}, {200})


async def test_a_console_is_sent_what_its_reader_may_know(teams: Office) -> None:
    async with (
        teams.served() as address,
        teams.socket(address, "ana", "?since=0") as own,
        teams.socket(address, "cem", "?since=0") as other,
        teams.socket(address, "adam", "?since=0") as admin,
    ):
        await teams.happen(of_blue())
        await teams.happen(transcript("again", number=1))
        await teams.happen(replace(of_blue(), decision_id="c1:2", tier=2, repeats="c1:1", reach=Reach.ALL))
        await teams.happen(transcript("and again", number=2))
        assert [event["seq"] for event in await heard(own, 6)] == [1, 2, 3, 4, 5, 6]
        assert [event["seq"] for event in await heard(other, 4)] == [1, 3, 5, 6]
        teams.hub.announce(b'{"type":"beat"}')
        assert [(await receive(admin))["type"] for _ in range(2)] == ["hello", "beat"]


async def test_a_console_of_who_changes_team_follows_within_a_beat(teams: Office) -> None:
    async with teams.served() as address, teams.socket(address, "cem") as console, teams.client("adam") as admin:
        await receive(console)
        await teams.happen(transcript("not yet", number=1))
        assert (await admin.patch("/api/users/cem", json={"team": "blue"})).status_code == 200
        assert (await receive(console))["type"] == "staff"
        await teams.clock.advance(10)
        assert (await receive(console))["type"] == "beat"
        await teams.happen(transcript("now", number=2))
        assert (await receive(console))["text"] == "now"


async def test_a_board_that_opens_knows_of_all_calls_and_what_was_said_on_those_of_its_own(teams: Office) -> None:
    await teams.happen(replace(of_blue(), decision_id="c1:9", kind=DecisionKind.PROMPT, audience=Audience.AGENT))
    async with teams.served() as address, teams.socket(address, "ana"):
        await teams.happen(of_blue())
        async with teams.client("ana") as ana, teams.client("cem") as cem:
            own, other = (await ana.get("/api/live")).json(), (await cem.get("/api/live")).json()
            listed = [(await client.get("/api/calls")).json() for client in (ana, cem)]
    assert [call["call_id"] for call in own["calls"]] == [call["call_id"] for call in other["calls"]] == ["c1"]
    assert [event["seq"] for event in own["events"]] == [1, 3, 4]
    assert [event["seq"] for event in other["events"]] == [1, 4]
    assert [len(calls) for calls in listed] == [1, 0]


async def test_every_way_of_reading_somebodys_call_is_noted_once(teams: Office) -> None:
    await teams.happen(alert("c1:1"))
    for _ in range(2):
        for person in ("ana", "quentin", "sam"):
            async with teams.client(person) as client:
                for way in WAYS:
                    await client.get(way)
    places = ["events", "comments", "checklist", "alert c1:1"]
    assert await noted(teams) == [(who, "c1", place) for who in ("ana", "quentin") for place in places]


async def test_what_a_console_is_sent_is_noted_once_for_each_person_and_call(teams: Office) -> None:
    async with (
        teams.served() as address,
        teams.socket(address, "ana") as own,
        teams.socket(address, "ana", "?since=0") as second,
        teams.socket(address, "cem", "?since=0") as other,
        teams.socket(address, "sam", "?since=0") as agent,
    ):
        for number in range(1, 4):
            await teams.happen(transcript("on and on", number=number))
        assert [len(await heard(console, count)) for console, count in ((own, 3), (second, 5), (agent, 3), (other, 1))]
    assert await noted(teams) == [("ana", "c1", "live")]


async def test_a_call_that_one_may_not_read_is_not_read_by_way_of_a_record(office: Office) -> None:
    await office.hire("rosa", "Rosa", StaffRole.SENIOR, team="red")
    await office.happen(call_started("c1"))
    await office.happen(transcript("my card number is four two", call_id="c1"))
    await office.happen(call_ended("c1"))
    async with office.client("rosa") as other, office.client("ana") as own:
        assert (await other.get("/api/calls/c1/events")).status_code == 404
        refused = await other.post("/api/calls/c1/incident", json={"why": "let me see"})
        none = await other.get("/api/incidents/of-call/c1")
        marked = await own.post("/api/calls/c1/incident", json={})
    assert (refused.status_code, none.status_code, marked.status_code) == (404, 404, 200)
