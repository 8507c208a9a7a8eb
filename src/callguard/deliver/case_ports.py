"""What the routes about incidents, callers and tasks need: desks that check, log and carry out.

All raise AccessError for what is not for the user's role, NotFoundError for what is not there or not theirs to see, InputError
for what cannot be done now, StoreError if the store fails.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from callguard.accounts import User
from callguard.callers import (
    CallerLookup,
    CallerNote,
    CallerView,
    Restriction,
    RestrictionDecision,
    RestrictionProposal,
    RestrictionStatus,
)
from callguard.cases import AuditEntry, FollowUp, ReviewQueue, TeamNotice, WrapUp
from callguard.documents import Paper
from callguard.incidents import ChainCheck, IncidentStatus, IncidentSummary, IncidentView, Statement, SupportOffer


class Incidents(Protocol):
    """The desk for incident records."""

    async def mark(self, call_id: str, user: User, *, why: str) -> IncidentSummary | None:
        """Ask for a record of a call; None while it is running."""
        ...

    async def summaries(
        self, user: User, *, statuses: Sequence[IncidentStatus] | None = None, caller: str | None = None, limit: int = 200
    ) -> list[IncidentSummary]:
        """Return records, latest call first."""
        ...

    async def of_call(self, call_id: str, user: User) -> IncidentView:
        """Return a call's record."""
        ...

    async def view(self, incident_id: str, user: User, *, version: int = 0) -> IncidentView:
        """Return a record, or how it stood at a version."""
        ...

    async def comment(self, incident_id: str, user: User, *, text: str) -> IncidentView:
        """Add to a record."""
        ...

    async def complete(self, incident_id: str, user: User, *, statement: Statement, seen: int = 0) -> IncidentView:
        """Write the people's part; with `seen`, the version that was read, only over the statement of that one."""
        ...

    async def sign(self, incident_id: str, user: User, *, seen: int = 0) -> IncidentView:
        """Sign; with `seen`, the version that was read, only what stood there."""
        ...

    async def amend(self, incident_id: str, user: User, *, statement: Statement, reason: str, seen: int = 0) -> IncidentView:
        """Change a signed record; `seen` as in `complete`."""
        ...

    async def hold(self, incident_id: str, user: User, *, is_on: bool, reason: str) -> IncidentView:
        """Set or lift a legal hold."""
        ...

    async def verify(self, incident_id: str, user: User) -> ChainCheck:
        """Say whether a record is as it was written."""
        ...

    async def offer_support(self, incident_id: str, user: User, *, kind: str, note: str) -> SupportOffer:
        """Offer help to the agent."""
        ...

    async def support(self, incident_id: str, user: User) -> list[SupportOffer]:
        """Return the offers that this user may see."""
        ...

    async def answer_support(self, support_id: str, user: User, *, answer: str) -> None:
        """Keep the agent's answer."""
        ...


class Papers(Protocol):
    """The office that makes files of records; each one made is logged."""

    async def incident(self, incident_id: str, user: User, *, form: str) -> Paper:
        """Return a record as «pdf», «json» or «vcon»."""
        ...

    async def answer_letter(self, incident_id: str, user: User, *, form: str) -> Paper:
        """Return a draft of the answer to a written complaint, as «txt» or «pdf»."""
        ...

    async def restriction_letter(self, restriction_id: str, user: User, *, form: str) -> Paper:
        """Return a draft of the letter that tells a caller of a restriction, as «txt» or «pdf»."""
        ...


class Callers(Protocol):
    """The desk for the caller register."""

    async def look_up(self, number: str, *, by: str) -> CallerLookup:
        """Answer the call distributor."""
        ...

    async def view(self, caller: str, user: User) -> CallerView:
        """Return a caller's record."""
        ...

    async def add_note(self, caller: str, user: User, *, text: str, for_visits: bool) -> CallerNote:
        """Write down what the next person should know."""
        ...

    async def end_note(self, note_id: str, user: User) -> CallerNote:
        """Stop showing a note."""
        ...

    async def propose(self, caller: str, user: User, *, proposal: RestrictionProposal) -> Restriction:
        """Propose a restriction."""
        ...

    async def decide(self, restriction_id: str, user: User, *, decision: RestrictionDecision) -> Restriction:
        """Decide on a proposal."""
        ...

    async def lift(self, restriction_id: str, user: User, *, reason: str) -> Restriction:
        """End a restriction before its time."""
        ...

    async def restrictions(self, user: User, *, status: RestrictionStatus | None = None) -> list[Restriction]:
        """Return restrictions."""
        ...

    async def restriction(self, restriction_id: str, user: User) -> Restriction:
        """Return one restriction."""
        ...


class Tasks(Protocol):
    """The desk for what is to be done after calls."""

    async def wrap_up(self, user: User) -> WrapUp | None:
        """Return the time of their own that an agent is having."""
        ...

    async def take_wrap_up(self, call_id: str, user: User) -> WrapUp | None:
        """Take time after a call."""
        ...

    async def end_wrap_up(self, user: User) -> None:
        """Be ready for calls again."""
        ...

    async def notices(self, user: User) -> list[TeamNotice]:
        """Return what one's team should know."""
        ...

    async def follow_ups(self, user: User, *, is_open: bool | None = None) -> list[FollowUp]:
        """Return the calls back that are to be made."""
        ...

    async def take_follow_up(self, follow_up_id: str, user: User) -> FollowUp:
        """Take a task on oneself."""
        ...

    async def end_follow_up(self, follow_up_id: str, user: User, *, outcome: str) -> FollowUp:
        """Say how the call back went."""
        ...

    async def queue(self, user: User) -> ReviewQueue:
        """Return all that waits for senior staff."""
        ...

    async def audit(
        self, user: User, *, subject: str = "", who: str = "", kind: str = "", before: int = 0, limit: int = 500
    ) -> list[AuditEntry]:
        """Return who looked at or changed what."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Cases:
    """The desks."""

    incidents: Incidents
    papers: Papers
    callers: Callers
    tasks: Tasks
