"""POLICY.md, «After a call that was ended or marked»."""

import re
from dataclasses import fields
from pathlib import Path
from typing import get_args

import pytest
from sqlalchemy import text

from callguard import callers, cases, events, incidents
from callguard.app.aftercare import rules_of
from callguard.decide.policy import bundled_policies, read_policy
from callguard.documents import Document
from callguard.incidents import incident_id_of
from callguard.record.tables import metadata
from callguard.sendings import Kind
from callguard.terms import StaffRole
from tests.deliver.case_access import FOLLOW_UP, INCIDENT, STATEMENT, have_incident
from tests.deliver.office import Office, open_office
from tests.fakes import call_started


async def test_the_agent_gets_time_of_their_own_and_only_they_end_it(office: Office) -> None:
    await have_incident(office)
    async with office.client("sam") as sam:
        during = (await sam.get("/api/wrap-up")).json()
        await office.clock.advance(3600)  # far beyond what is suggested
        later = (await sam.get("/api/wrap-up")).json()
        await sam.post("/api/wrap-up/end")
        after = (await sam.get("/api/wrap-up")).json()
    assert (during["call_id"], during["offered_s"]) == ("c1", 600)
    assert (later, after) == (during, None)


async def test_the_call_distributor_is_told_when_it_begins_and_when_it_ends(office: Office) -> None:
    await have_incident(office)
    async with office.client("sam") as sam:
        await sam.post("/api/wrap-up/end")
        await sam.post("/api/wrap-up/end")
    told = [(payload["agent"], payload["state"]) for kind, payload in await office.told() if kind is Kind.AGENT_STATE]
    assert told == [("sam", "wrap_up"), ("sam", "ready")]


async def test_any_call_may_be_followed_by_time_of_ones_own(office: Office) -> None:
    await have_incident(office, "c2", agent="priya")
    async with office.client("priya") as priya:
        await priya.post("/api/wrap-up/end")
        assert (await priya.post("/api/calls/c2/wrap-up")).status_code == 200


async def test_who_was_ready_too_soon_takes_their_time_again(office: Office) -> None:
    await have_incident(office)
    async with office.client("sam") as sam:
        await sam.post("/api/wrap-up/end")
        await office.clock.advance(5)
        await office.aftercare.ended("c1")  # what follows a call is done again at a start, and takes nobody off the line
        between = (await sam.get("/api/wrap-up")).json()
        again = (await sam.post("/api/calls/c1/wrap-up")).json()
        await sam.post("/api/calls/c1/wrap-up")  # has it already
        await sam.post("/api/wrap-up/end")
    told = [payload["state"] for kind, payload in await office.told() if kind is Kind.AGENT_STATE]
    assert (between, again["call_id"], again["began_at"]) == (None, "c1", "2026-11-20T14:03:05Z")
    assert told == ["wrap_up", "ready", "wrap_up", "ready"]


async def test_the_team_is_told_that_it_happened_and_not_to_whom_or_what(office: Office) -> None:
    await have_incident(office)
    async with office.client("priya") as priya:
        (notice,) = (await priya.get("/api/notices")).json()
    for secret in ("sam", "c1", "insult", "7946", "ck_"):
        assert secret not in notice["text"].lower()
    assert notice["team"] == "blue"
    assert (Kind.TEAM_NOTICE, {"team": "blue", "text": notice["text"]}) in await office.told()


async def test_whose_call_it_was_is_not_told_of_their_own_call(office: Office) -> None:
    await have_incident(office)
    await have_incident(office, "c2", agent="priya")
    async with office.client("sam") as sam, office.client("ana") as ana:
        (notice,) = (await sam.get("/api/notices")).json()
        assert notice["notice_id"] == f"n_{incident_id_of('c2')}"
        assert len((await ana.get("/api/notices")).json()) == 2


async def test_a_hang_up_makes_a_task_for_senior_staff_with_a_due_time_and_the_cards_words(office: Office) -> None:
    await have_incident(office)
    async with office.client("ana") as ana:
        (task,) = (await ana.get("/api/follow-ups", params={"open": True})).json()
        assert (task["status"], task["wording"], task["due_at"]) == ("open", "Hello, this is Ana Ruiz.", "2026-11-21T14:05:00Z")
        taken = (await ana.post(f"/api/follow-ups/{FOLLOW_UP}/take")).json()
        done = (await ana.post(f"/api/follow-ups/{FOLLOW_UP}/done", json={"outcome": "They apologised."})).json()
        again = await ana.post(f"/api/follow-ups/{FOLLOW_UP}/done", json={"outcome": "twice"})
        still_open = (await ana.get("/api/follow-ups", params={"open": True})).json()
    assert (taken["taken_by"], done["status"], done["done_by"], done["outcome"]) == ("ana", "done", "ana", "They apologised.")
    assert (again.status_code, still_open) == (400, [])


async def test_of_two_who_take_a_call_back_the_first_has_it_and_the_second_is_told_who(office: Office) -> None:
    await have_incident(office)
    await office.hire("omar", "Omar", StaffRole.SENIOR)
    async with office.client("ana") as ana, office.client("omar") as omar:
        first = await ana.post(f"/api/follow-ups/{FOLLOW_UP}/take")
        second = await omar.post(f"/api/follow-ups/{FOLLOW_UP}/take")
        again = await ana.post(f"/api/follow-ups/{FOLLOW_UP}/take")
        (task,) = (await omar.get("/api/follow-ups")).json()
        done = await omar.post(f"/api/follow-ups/{FOLLOW_UP}/done", json={"outcome": "Ana is ill; I called."})
        late = await ana.post(f"/api/follow-ups/{FOLLOW_UP}/take")
    assert [answer.status_code for answer in (first, second, again, done, late)] == [200, 409, 200, 200, 400]
    assert (task["taken_by"], second.json()["code"]) == ("ana", "taken")
    assert "ana has taken this follow-up already" in second.json()["message"]


async def test_the_policy_says_how_soon_the_call_back_is_due(tmp_path: Path) -> None:
    text = bundled_policies()["standard"].read_text(encoding="utf-8")
    own = read_policy(text.replace("within_hours = 24", "within_hours = 4"), "own.toml")
    office = await open_office(tmp_path, rules=rules_of(own, organisation="Larkfield"))
    await have_incident(office)
    async with office.client("ana") as ana:
        (task,) = (await ana.get("/api/follow-ups")).json()

    assert task["due_at"] == "2026-11-20T18:05:00Z"
    assert [payload["due_at"] for kind, payload in await office.told() if kind is Kind.FOLLOW_UP_DUE] == [
        "2026-11-20T18:05:00+00:00"
    ]
    await office.close()


async def test_a_task_that_nobody_has_done_in_time_is_late(office: Office) -> None:
    await have_incident(office)
    (task,) = await office.store.tasks.follow_ups()
    assert task.at(task.due_at).status == "late"
    assert task.at(office.clock.utc_now()).status == "open"


async def test_the_queue_holds_all_that_waits_for_senior_staff(office: Office) -> None:
    await have_incident(office)
    await have_incident(office, "c2", agent="priya", number="+44 20 7946 0002")
    async with office.client("ana") as ana:
        await ana.post(f"/api/incidents/{INCIDENT}/complete", json=STATEMENT)
        queue = (await ana.get("/api/queue")).json()
    assert [row["call_id"] for row in queue["to_complete"]] == ["c2"]
    assert [row["call_id"] for row in queue["to_sign"]] == ["c1"]
    assert len(queue["follow_ups"]) == 2


async def test_the_team_is_told_too_when_the_agent_took_their_time_before_the_record_was_there(office: Office) -> None:
    await office.happen(call_started("c1"))
    async with office.client("sam") as sam:
        assert (await sam.post("/api/calls/c1/wrap-up")).status_code == 200
    await have_incident(office)
    assert [kind for kind, _ in await office.told()].count(Kind.AGENT_STATE) == 1
    assert [kind for kind, _ in await office.told()].count(Kind.TEAM_NOTICE) == 1


async def test_what_a_stopped_server_owed_is_drafted_at_the_next_start_and_once(office: Office) -> None:
    await have_incident(office)
    told = await office.told()
    await office.aftercare.ended("c1")
    await office.aftercare.catch_up()
    assert await office.told() == told
    assert len(await office.store.tasks.follow_ups()) == 1


async def test_what_a_crash_cut_off_after_the_record_is_done_at_the_next_start(office: Office) -> None:
    await have_incident(office)
    async with office.store._database.writing() as connection:
        for table in ("follow_ups", "wrap_ups", "team_notices"):
            await connection.execute(text(f"DELETE FROM {table}"))
        await connection.execute(text("DELETE FROM outbox WHERE kind <> 'incident.drafted'"))
    await office.aftercare.catch_up()
    assert len(await office.store.tasks.follow_ups()) == 1
    told = [kind for kind, _ in await office.told()]
    assert sorted(told) == [Kind.AGENT_STATE, Kind.FOLLOW_UP_DUE, Kind.INCIDENT_DRAFTED, Kind.TEAM_NOTICE]


async def test_a_record_that_cannot_be_drafted_ends_nothing_else(office: Office, caplog: pytest.LogCaptureFixture) -> None:
    await have_incident(office)
    async with office.store._database.writing() as connection:
        await connection.execute(text("DELETE FROM incidents"))
        await connection.execute(text("UPDATE events SET body = '{}'"))
    await office.aftercare.ended("c1")
    await office.aftercare.catch_up()
    assert "a call has no record yet" in caplog.text


JUDGING = re.compile(
    r"(agent|staff|employee)_?(score|rating|rank|grade|performance|emotion|sentiment|mood|quality)|handle_time|adherence"
)


def test_nothing_stored_or_served_rates_an_agent(office: Office) -> None:
    """Read the schema, the events, the documents and the API."""
    names = [table.name + "." + column.name for table in metadata.tables.values() for column in table.columns]
    names += [f"{kind.__name__}.{field.name}" for kind in get_args(events.Event) for field in fields(kind)]
    kept = [kind for module in (callers, cases, incidents) for kind in vars(module).values()]
    documents = [kind for kind in kept if isinstance(kind, type) and issubclass(kind, Document)]
    names += [f"{kind.__name__}.{name}" for kind in documents for name in kind.model_fields]
    names += list(office.web.openapi()["paths"]) + list(office.web.openapi()["components"]["schemas"])
    assert len(names) > 200
    assert [name for name in names if JUDGING.search(name.lower())] == []
