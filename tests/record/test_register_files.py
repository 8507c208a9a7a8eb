"""The register of callers, on both databases."""

import asyncio
from datetime import timedelta

from callguard.callers import Restriction, RestrictionStatus
from callguard.events import Event
from callguard.incidents import IncidentSummary
from callguard.record.contact import ANY_ACTS, MEMORY, SEVERE, SEVERE_ACTS, THREAT, pervasive
from callguard.record.draft import draft_facts
from callguard.record.store import SqlStore
from tests.fakes import alert
from tests.record.cases import ended, rows, started
from tests.record.journals import BEGAN, numbered

LIMITS = {"any_acts": ANY_ACTS, "severe_acts": SEVERE_ACTS, "severe": SEVERE, "threat": THREAT}


async def have_incidents(store: SqlStore, caller: str, *severities: int, about_care: bool = False, days_ago: int = 3) -> None:
    """Keep a record for each severity."""
    for number, severity in enumerate(severities):
        call_id = f"{caller}{number}"
        happened: list[Event] = [
            started(call_id, caller=caller, days_ago=days_ago),
            alert(f"{call_id}:1", call_id=call_id),
            ended(call_id),
        ]
        facts = draft_facts(rows(numbered(*happened)))
        facts = facts.model_copy(update={"caller": caller, "severity": severity, "about_care": about_care})
        await store.incidents.draft(facts, BEGAN, by="callguard", reason="")


async def test_the_callers_that_the_database_counts_are_those_whose_offences_are_pervasive(store: SqlStore) -> None:
    await have_incidents(store, "three-small", 1, 2, 1)
    await have_incidents(store, "two-small", 1, 2, 0)
    await have_incidents(store, "two-severe", 3, 4)
    await have_incidents(store, "one-severe", 3, 1)
    await have_incidents(store, "in-care", 3, 3, 3, about_care=True)
    await have_incidents(store, "threats-in-care", 4, 4, about_care=True)
    await have_incidents(store, "long-ago", 4, 4, 4, days_ago=400)
    found = await store.register.offenders(BEGAN - MEMORY, **LIMITS, limit=20)
    by_caller: dict[str, list[IncidentSummary]] = {}
    for summary in await store.incidents.summaries():
        by_caller.setdefault(summary.caller, []).append(summary)
    assert found == ["three-small", "threats-in-care", "two-severe"]
    assert set(found) == {caller for caller, own in by_caller.items() if pervasive(own, BEGAN)}
    assert await store.register.offenders(BEGAN - MEMORY, **LIMITS, limit=1) == ["three-small"]


async def test_two_calls_of_one_new_caller_may_arrive_together(store: SqlStore) -> None:
    later = BEGAN + timedelta(seconds=1)
    await asyncio.gather(*(store.register.saw("ck_new", "sealed", at) for at in (later, BEGAN, BEGAN, BEGAN)))
    known = await store.register.caller("ck_new")
    assert known is not None
    assert known.last_seen == later


def restriction(number: int, status: RestrictionStatus, *, days_left: int) -> Restriction:
    """Return a restriction that a person decided."""
    decided = {"decided_by": "ana", "decided_at": BEGAN, "decision": "", "consulted": "omar"}
    times = {"begins_at": BEGAN, "ends_at": BEGAN + timedelta(days=days_left), "review_at": BEGAN}
    proposed = {"proposed_by": "sam", "proposed_at": BEGAN, "kind": "x", "reason": "", "incidents": (), "days": 9}
    rest = {"route_to": "", "refuse_calls": True, "lifted_by": "", "lifted_at": None}
    return Restriction(restriction_id=f"r{number}", caller="ck_x", status=status, **decided, **times, **proposed, **rest)


async def test_a_restriction_in_force_outlasts_the_erasure_of_its_caller_and_one_that_ended_does_not(store: SqlStore) -> None:
    await store.register.saw("ck_x", "sealed", BEGAN)
    await store.register.propose(restriction(1, RestrictionStatus.IN_FORCE, days_left=1))
    await store.register.propose(restriction(2, RestrictionStatus.IN_FORCE, days_left=-1))
    await store.register.propose(restriction(3, RestrictionStatus.REFUSED, days_left=1))
    dry = await store.register.erase("ck_x", BEGAN, with_records=True, is_dry_run=True)
    done = await store.register.erase("ck_x", BEGAN, with_records=True, is_dry_run=False)
    assert (dry, done.records, done.is_forgotten) == (done, 2, False)
    assert [one.restriction_id for one in await store.register.restrictions(caller="ck_x")] == ["r1"]
