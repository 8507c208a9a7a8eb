"""The caller register: notes, restrictions, how often somebody calls.

A caller stands here as a keyed hash, never as a number.
"""

import re
from datetime import datetime
from enum import StrEnum
from typing import Literal

from pydantic import Field

from callguard.documents import Document
from callguard.incidents import IncidentSummary
from callguard.terms import CALLER_KEY

KEY = re.compile(rf"{CALLER_KEY}[0-9a-f]{{40}}")


class CallerNote(Document):
    """What the next person should know."""

    note_id: str
    caller: str
    by: str
    at: datetime
    text: str
    for_visits: bool
    """Colleagues who will see the person in the field are to be warned."""
    ended_by: str
    ended_at: datetime | None
    """Set, it is no longer shown; it is never deleted."""


class RestrictionStatus(StrEnum):
    """How a restriction stands."""

    PROPOSED = "proposed"
    REFUSED = "refused"
    IN_FORCE = "in_force"
    LIFTED = "lifted"
    EXPIRED = "expired"
    """Its time is over: nobody has to do anything."""


class RestrictionProposal(Document):
    """What somebody proposes."""

    kind: str = Field(min_length=1, max_length=200)
    reason: str = Field(min_length=1, max_length=5000)
    """What was unacceptable, and that the caller was asked to change it."""
    incidents: tuple[str, ...] = Field(default=(), max_length=50)
    days: int = Field(default=0, ge=0, le=1095)
    """How long; 0 leaves it to whoever decides."""


class RestrictionDecision(Document):
    """What the authority decides: a person, always."""

    approve: bool
    reason: str = Field(min_length=1, max_length=5000)
    consulted: str = Field(default="", max_length=200)
    """Whom the authority consulted, by name."""
    kind: str = Field(default="", max_length=200)
    """Empty keeps what was proposed."""
    days: int = Field(default=0, ge=0, le=1095)
    review_after_days: int = Field(default=0, ge=0, le=1095)
    route_to: str = Field(default="", max_length=200)
    """Who takes this caller's calls meanwhile: a queue, a named contact; empty: nobody is named."""
    refuse_calls: bool = False
    """Calls are not to be put through; the caller is served at the destination."""


class Restriction(Document):
    """A limit on a caller's contact: proposed by anyone, decided by one role, ended by time."""

    restriction_id: str
    caller: str
    status: RestrictionStatus
    kind: str
    reason: str
    incidents: tuple[str, ...]
    days: int
    proposed_by: str
    proposed_at: datetime
    consulted: str
    decided_by: str
    """Log-in name of a person; empty until decided."""
    decided_at: datetime | None
    decision: str
    begins_at: datetime | None
    ends_at: datetime | None
    review_at: datetime | None
    route_to: str
    refuse_calls: bool
    lifted_by: str
    lifted_at: datetime | None

    def at(self, now: datetime) -> "Restriction":
        """Return it as it stands at `now`: expiry needs nobody."""
        is_over = self.status is RestrictionStatus.IN_FORCE and self.ends_at is not None and self.ends_at <= now
        return self.model_copy(update={"status": RestrictionStatus.EXPIRED}) if is_over else self


ContactLimit = Literal["call_frequency", "call_length", "repetition", "complaint_misuse"]


class ContactLevel(Document):
    """How much contact there is: shown to people, and never a reason to act by itself."""

    calls_today: int
    """In the last 24 hours."""
    calls_this_month: int
    """In the last 30 days."""
    minutes_today: int
    longest_call_minutes: int
    """Of the last 30 days."""
    repetitions: int
    """How often the caller's most repeated demand was made again after an answer, in one call of the last 30 days."""
    misused_complaints: int
    """Calls of the last year in which a complaint was made again after its answer and somebody was abused."""
    over: tuple[ContactLimit, ...]
    """Which of the policy's limits are passed."""


class CallerView(Document):
    """A caller's record."""

    caller: str
    number: str
    """Number or account, for senior staff; empty for others."""
    first_seen: datetime | None
    last_seen: datetime | None
    contact: ContactLevel
    incidents: tuple[IncidentSummary, ...]
    """Newest first."""
    notes: tuple[CallerNote, ...]
    restrictions: tuple[Restriction, ...]
    is_repeat_offender: bool
    """Severe or pervasive across calls: reported to the supervisor, who decides what follows."""
    because: str


class CallerLookup(Document):
    """What a call distributor needs before it puts a call through."""

    caller: str
    """The keyed hash; the number is not repeated."""
    is_known: bool
    allowed: bool
    """False only where a person has decided that calls are refused, and only until the end of that decision."""
    route_to: str
    """Who is to take the call; empty: whoever is free."""
    warn: bool
    """Whoever takes the call should read `notes` first."""
    notes: tuple[str, ...]
    visit_warnings: tuple[str, ...]
    """Notes for colleagues who will see the person in the field: ask before a visit is planned."""
    avoid_agents: tuple[str, ...]
    """Agents of this caller's incidents of the last 90 days: give the call to somebody else where you can."""
    restriction_kind: str
    restriction_ends_at: datetime | None


def is_caller_key(value: str) -> bool:
    """Whether `value` is a keyed hash and no number."""
    return KEY.fullmatch(value) is not None
