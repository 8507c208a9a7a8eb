"""What is kept about a call after it: incidents, callers, restrictions, follow-ups, as stored, sent and exported.

Everything here was either said on a call or done by a named person. Nothing rates an agent.
"""

from dataclasses import dataclass
from datetime import UTC, datetime, tzinfo
from enum import StrEnum
from typing import Literal

from callguard.callers import CallerView, Restriction
from callguard.documents import Document
from callguard.incidents import IncidentSummary
from callguard.terms import StaffRole

KEEPERS = frozenset({StaffRole.SENIOR, StaffRole.ADMIN})
"""Who keeps records of incidents and callers."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AftercareRules:
    """What the organisation's policy says about the time after a call."""

    organisation: str = "our organisation"
    zone: tzinfo = UTC
    """Whose days letters to callers name."""
    destination: str = "the address on your last letter from us"
    policy: str = "built-in"
    signed_by: frozenset[StaffRole] = KEEPERS
    """Roles that sign an incident record."""
    confidential_to: frozenset[StaffRole] = frozenset()
    """Roles (a manager's) that read what support was offered, beside the agent and whoever offered it."""
    confidential_to_people: frozenset[str] = frozenset()
    """Log-in names of persons (HR) who read it too."""
    lawful_basis: str = "legitimate_interests"
    lawful_justification: str = "Protection of staff from abuse and threats, and evidence of them."
    lawful_purposes: tuple[str, ...] = ("recording", "transcription", "analysis", "storage")
    restriction_decided_by: StaffRole = StaffRole.SENIOR
    restriction_authority: str = "the manager on duty"
    needs_consultation: bool = True
    longest_days: int = 180
    review_after_days: int = 90
    restriction_kinds: tuple[str, ...] = (
        "in writing only",
        "one named contact",
        "set hours only",
        "no personal visits",
        "no calls, letters are answered",
    )
    support: tuple[str, ...] = ("a talk with your team lead", "counselling", "other duties for a while")
    wrap_up_offered_s: int = 600
    follow_up_hours: int = 24
    follow_up_wording: str = ""
    """The card «hang-up follow-up», as senior staff read it out."""
    calls_a_day: int = 5
    calls_a_month: int = 30
    minutes_a_call: int = 60
    repetitions: int = 4
    misused_complaints: int = 3
    ordinary_days: int = 30
    reviewed_days: int = 365
    incident_days: int = 2190
    caller_days: int = 1095
    checklist: tuple[tuple[str, str], ...] = ()
    """(field, question) for a general threat; a field without a question is for a person to judge."""


# --- after the call ---------------------------------------------------------------------------------


class FollowUpStatus(StrEnum):
    """How a task stands."""

    OPEN = "open"
    LATE = "late"
    DONE = "done"


class FollowUp(Document):
    """A call back by senior staff."""

    follow_up_id: str
    call_id: str
    incident_id: str
    agent: str
    caller: str
    status: FollowUpStatus
    wording: str
    """What to say, from the policy's card."""
    created_at: datetime
    due_at: datetime
    taken_by: str
    done_by: str
    done_at: datetime | None
    outcome: str

    def at(self, now: datetime) -> "FollowUp":
        """Return it as it stands at `now`."""
        is_late = self.status is FollowUpStatus.OPEN and self.due_at <= now
        return self.model_copy(update={"status": FollowUpStatus.LATE}) if is_late else self


class WrapUp(Document):
    """An agent's own time after a call; it ends when they say so."""

    call_id: str
    agent: str
    began_at: datetime
    offered_s: int
    """What is suggested; nobody ends it but the agent."""
    ended_at: datetime | None


class TeamNotice(Document):
    """The team hears that it happened, and nothing about whom."""

    notice_id: str
    at: datetime
    team: str
    text: str


class ReviewQueue(Document):
    """What waits for senior staff."""

    to_complete: tuple[IncidentSummary, ...]
    to_sign: tuple[IncidentSummary, ...]
    restrictions_to_decide: tuple[Restriction, ...]
    restrictions_to_review: tuple[Restriction, ...]
    """In force, and their review is due."""
    follow_ups: tuple[FollowUp, ...]
    """Open ones, the most urgent first."""
    repeat_offenders: tuple[CallerView, ...]


class AuditEntry(Document):
    """Who looked at or changed what."""

    number: int = 0
    """Grows with each entry; where a list is read on."""
    at: datetime
    who: str
    what: str
    """Such as «incident.read»."""
    subject: str
    """Id of the incident, caller, restriction or call."""
    detail: str


class Lapse(Document):
    """What a retention pass deletes, or would."""

    call_id: str
    kept_as: Literal["ordinary", "reviewed", "incident", "hold"]
    ended_at: datetime
    events: int
    audio: tuple[str, ...]
    """File names."""


class ErasureReport(Document):
    """What was deleted of a caller on request, or would be."""

    at: datetime
    was_dry_run: bool
    erased: tuple[Lapse, ...]
    kept: dict[str, int]
    """How many calls stay: those that are «running», have an «incident» record or are under «hold»."""
    records: int
    """Incident records, notes and restrictions that went."""
    is_forgotten: bool
    """Whether nothing speaks of the caller any more, so that their number went too."""


class RetentionReport(Document):
    """What a pass found."""

    at: datetime
    was_dry_run: bool
    lapsed: tuple[Lapse, ...]
    kept: dict[str, int]
    """How many calls stay, by class."""
    callers: int
    """Records of callers that lapsed."""
    strays: tuple[str, ...] = ()
    """Recordings that belong to no stored call and are older than an ordinary call is kept: deleted only if asked to."""
