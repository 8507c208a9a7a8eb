"""POLICY.md: what is counted of a whole call or caller, and «severe or pervasive» across a caller's calls."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from callguard.cases import AftercareRules
from callguard.incidents import IncidentStatus, IncidentSummary
from callguard.record.contact import contact_level, pervasive
from callguard.record.register_files import Contact
from callguard.record.store import SqlStore
from tests.record.cases import CALLER, ended, hard_call, hard_facts, started
from tests.record.journals import BEGAN, numbered, risk

RULES = AftercareRules(calls_a_day=3, calls_a_month=10, minutes_a_call=60, repetitions=4, misused_complaints=3)


def contact(*, hours_ago: float, minutes: int = 5, repetitions: int = 0, severity: int = 0, care: bool = False) -> Contact:
    started_at = BEGAN - timedelta(hours=hours_ago)
    return Contact(
        started_at=started_at,
        ended_at=started_at + timedelta(minutes=minutes),
        repeated_demands=repetitions,
        severity=severity,
        about_care=care,
    )


def complaints(count: int, *, days_apart: int = 60, **given: Any) -> list[Contact]:
    """Return calls of a year, each with a complaint that was made again after its answer unless given otherwise."""
    return [contact(hours_ago=24 * days_apart * number + 1, **({"repetitions": 1} | given)) for number in range(count)]


def incident(severity: int, *, days_ago: int = 1, care: bool = False) -> IncidentSummary:
    return IncidentSummary(
        incident_id="inc",
        call_id="c",
        agent="sam",
        caller="ck",
        status=IncidentStatus.SIGNED,
        version=1,
        categories=(),
        severity=severity,
        about_care=care,
        happened_at=BEGAN - timedelta(days=days_ago),
        changed_at=BEGAN,
        is_on_hold=False,
    )


@pytest.mark.parametrize(
    ("contacts", "over"),
    [
        ([contact(hours_ago=hours) for hours in (1, 2, 3)], ()),
        ([contact(hours_ago=hours) for hours in (1, 2, 3, 4)], ("call_frequency",)),
        ([contact(hours_ago=30 * day) for day in range(1, 12)], ("call_frequency",)),
        ([contact(hours_ago=5, minutes=61)], ("call_length",)),
        ([contact(hours_ago=5, repetitions=4)], ("repetition",)),
        ([contact(hours_ago=24 * 31, minutes=90, repetitions=9)], ()),
    ],
    ids=["within", "calls in a day", "calls over the life of a matter", "a long call", "the same demand again", "long ago"],
)
def test_contact_is_counted_against_the_policys_limits(contacts: list[Contact], over: tuple[str, ...]) -> None:
    assert contact_level(contacts, RULES, BEGAN).over == over


@pytest.mark.parametrize(
    ("contacts", "is_over"),
    [
        (complaints(3, severity=2), True),
        (complaints(2, severity=2), False),
        (complaints(6), False),
        (complaints(6, severity=3, repetitions=0), False),
        (complaints(6, severity=3, care=True), False),
        (complaints(3, severity=2, days_apart=250), False),
    ],
    ids=["abuse with each", "twice", "complaints alone", "abuse alone", "harsh words in care", "over years"],
)
def test_complaints_are_misused_when_people_are_abused_with_them_and_never_because_there_are_many(
    contacts: list[Contact], *, is_over: bool
) -> None:
    level = contact_level(contacts, RULES, BEGAN)
    assert ("complaint_misuse" in level.over) == is_over


def test_minutes_of_a_running_call_count_up_to_now() -> None:
    running = replace(contact(hours_ago=7 / 60), ended_at=None)
    assert contact_level([running], RULES, BEGAN).minutes_today == 7


@pytest.mark.parametrize(
    ("incidents", "is_reported"),
    [
        ([incident(4)], False),
        ([incident(3), incident(4)], True),
        ([incident(1), incident(1), incident(2)], True),
        ([incident(1), incident(1)], False),
        ([incident(0, care=True)] * 5, False),
        ([incident(3, care=True)] * 5, False),
        ([incident(4, care=True)] * 2, True),
        ([incident(3), incident(4, days_ago=400)], False),
    ],
    ids=["one", "two severe", "many small", "two small", "care", "harsh words in care", "threats in care", "long ago"],
)
def test_severe_or_pervasive_across_calls_is_reported(incidents: list[IncidentSummary], *, is_reported: bool) -> None:
    assert bool(pervasive(incidents, BEGAN)) == is_reported


async def test_a_callers_calls_come_with_what_their_incidents_say(store: SqlStore) -> None:
    await store.append(numbered(*hard_call(), replace(risk(2), repeated_demands=2)))
    await store.append(numbered(started("c2", days_ago=2), ended("c2", days_ago=2), first=100))
    await store.incidents.draft(hard_facts(), BEGAN, by="callguard", reason="drafted")
    found = sorted(await store.register.contacts(CALLER, BEGAN - timedelta(days=30)), key=lambda each: each.started_at)
    assert [(each.repeated_demands, each.severity, each.about_care) for each in found] == [(0, 0, False), (2, 4, False)]
