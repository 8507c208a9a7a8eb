"""How much contact there is, and whether offences are pervasive: counted for people to see, and nothing follows by itself."""

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta

from callguard.callers import ContactLevel, ContactLimit
from callguard.cases import AftercareRules
from callguard.incidents import IncidentSummary
from callguard.record.register_files import Contact

TODAY = timedelta(days=1)
MONTH = timedelta(days=30)
MEMORY = timedelta(days=365)
"""Offences that are older no longer make a caller a repeat offender."""
SEVERE = 3
THREAT = 4
SEVERE_ACTS = 2
ANY_ACTS = 3


def contact_level(contacts: Iterable[Contact], rules: AftercareRules, now: datetime) -> ContactLevel:
    """Return the level of the last 30 days against the policy's limits; misuse of complaints is that of a year.

    Complaining again is anybody's right and never counts. Misused is a complaint that was made again after its answer in a call
    in which somebody was abused.
    """
    contacts = list(contacts)
    misused = sum(bool(each.repeated_demands) and is_offence(each) and each.started_at > now - MEMORY for each in contacts)
    recent = [contact for contact in contacts if contact.started_at > now - MONTH]
    today = [contact for contact in recent if contact.started_at > now - TODAY]
    longest = max((_minutes(contact, now) for contact in recent), default=0)
    repetitions = max((contact.repeated_demands for contact in recent), default=0)
    passed: dict[ContactLimit, bool] = {
        "call_frequency": len(today) > rules.calls_a_day or len(recent) > rules.calls_a_month,
        "call_length": longest > rules.minutes_a_call,
        "repetition": repetitions >= rules.repetitions,
        "complaint_misuse": misused >= rules.misused_complaints,
    }
    return ContactLevel(
        calls_today=len(today),
        calls_this_month=len(recent),
        minutes_today=sum(_minutes(contact, now) for contact in today),
        longest_call_minutes=longest,
        repetitions=repetitions,
        misused_complaints=misused,
        over=tuple(limit for limit, is_passed in passed.items() if is_passed),
    )


def pervasive(incidents: Sequence[IncidentSummary], now: datetime) -> str:
    """Return why a caller is to be reported to the supervisor, empty if not; care never counts."""
    offences = [incident for incident in incidents if is_offence(incident) and incident.happened_at > now - MEMORY]
    severe = sum(incident.severity >= SEVERE for incident in offences)
    if severe >= SEVERE_ACTS:
        return f"{severe} severe incidents within a year."
    if len(offences) >= ANY_ACTS:
        return f"{len(offences)} incidents within a year: many small ones add up."
    return ""


def is_offence(incident: IncidentSummary | Contact) -> bool:
    """Whether an incident, or a call with one, counts against a caller: in care only a threat does."""
    return incident.severity >= THREAT if incident.about_care else incident.severity > 0


def _minutes(contact: Contact, now: datetime) -> int:
    return max(int(((contact.ended_at or now) - contact.started_at) / timedelta(minutes=1)), 0)
