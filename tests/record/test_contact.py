"""POLICY.md: `call_length`, `call_frequency`, `repetition`, and «severe or pervasive» across a caller's calls."""

from datetime import timedelta

import pytest

from callguard.cases import AftercareRules, IncidentStatus, IncidentSummary
from callguard.record.contact import contact_level, pervasive
from callguard.record.register_files import Contact
from tests.record.journals import BEGAN

RULES = AftercareRules(calls_a_day=3, calls_a_month=10, minutes_a_call=60, repetitions=4)


def contact(*, hours_ago: float, minutes: int = 5, repetitions: int = 0) -> Contact:
    started_at = BEGAN - timedelta(hours=hours_ago)
    return Contact(started_at=started_at, ended_at=started_at + timedelta(minutes=minutes), repeated_demands=repetitions)


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


def test_minutes_of_a_running_call_count_up_to_now() -> None:
    running = Contact(started_at=BEGAN - timedelta(minutes=7), ended_at=None, repeated_demands=0)
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
