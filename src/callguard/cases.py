"""What is kept about a call after it: incidents, callers, restrictions, follow-ups, as stored, sent and exported.

Everything here was either said on a call or done by a named person. Nothing rates an agent.
"""

import hashlib
import re
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from callguard.events import CALLER_KEY, StaffRole

KEY = re.compile(rf"{CALLER_KEY}[0-9a-f]{{40}}")
KEEPERS = frozenset({StaffRole.SENIOR, StaffRole.ADMIN})
"""Who keeps records of incidents and callers."""


class Document(BaseModel):
    """Read back from the store and handed to people; never changed in place."""

    model_config = ConfigDict(frozen=True, extra="forbid", use_attribute_docstrings=True)


@dataclass(frozen=True, slots=True, kw_only=True)
class AftercareRules:
    """What the organisation's policy says about the time after a call."""

    organisation: str = "our organisation"
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


# --- the incident record ----------------------------------------------------------------------------


class IncidentStatus(StrEnum):
    """How far people have come with a record."""

    DRAFT = "draft"
    COMPLETED = "completed"
    SIGNED = "signed"
    AMENDED = "amended"
    """Changed after it was signed; to be signed again."""


class Person(Document):
    """Somebody who was there, by role."""

    role: Literal["caller", "agent", "senior"]
    name: str
    """Log-in name; for a caller the keyed hash of number or account, empty if withheld."""


class Utterance(Document):
    """Words as they were heard, with their place in the audio."""

    start_s: float
    """Seconds since the call began."""
    end_s: float
    speaker: str
    text: str
    confidence: float | None = None
    """Of the speech engine, 0 to 1; none where it gives no such figure."""
    is_reliable: bool = True
    engine: str = ""
    labels: tuple[str, ...] = ()
    severity: int = 0


class Said(Document):
    """A sentence by its key, for consoles that say it in their reader's language; beside it stands the same in English."""

    key: str
    values: dict[str, str] = Field(default_factory=dict)
    """What stands in its places: names of the API, times, and words of people as they are."""


class CallAct(Document):
    """Something that a person did during the call."""

    at_s: float
    by: str
    what: str
    """A sentence for people."""
    kind: str
    """«card», «warning», «help», «panic», «request», «join», «mark», «decision» or the type of the stored event."""
    tactic: str = ""
    said: Said | None = None
    """`what` by its key; none in records drafted before there were keys, and for acts that have none."""


class Answer(Document):
    """What somebody did about an alert."""

    at_s: float
    by: str
    what: str
    said: Said | None = None


class AlertLife(Document):
    """One alert, from its cause to what people did."""

    decision_id: str
    at_s: float
    at: datetime
    category: str
    severity: int
    words: str
    """As heard; empty where a person asked."""
    told: str
    """The sentence that senior staff read."""
    tier: int
    is_urgent: bool
    settled: Literal["", "confirmed", "withdrawn", "provisional"] = ""
    """Empty for an alert that was certain from the start."""
    seen: tuple[Answer, ...] = ()
    """Whose console has drawn it, and when."""
    answers: tuple[Answer, ...] = ()


class ChecklistAnswer(Document):
    """One field of the checklist for a threat against a place."""

    field: str
    question: str = ""
    answer: str = ""
    """Exact words where the caller said them; empty while open."""
    at_s: float | None = None
    by: str = ""
    """Who wrote it down; «heard» for what was filled in from the caller's words."""


class Comment(Document):
    """What a person adds without changing the record."""

    by: str
    at: datetime
    text: str


class CallComment(Document):
    """What somebody says of a call: above all agents, of what is stored of their own."""

    call_id: str
    by: str
    at: datetime
    text: str = Field(repr=False)
    at_s: float | None = None
    """Where in the call; None for what is said of the call as a whole."""


class Facts(Document):
    """The part that follows from stored events alone: the same events give the same facts."""

    call_id: str
    line: str
    tap: str
    language: str
    began_at: datetime
    ended_at: datetime | None
    agent: str
    caller: str
    people: tuple[Person, ...]
    categories: tuple[str, ...]
    severity: int
    words: tuple[Utterance, ...]
    """The caller's own words that counted."""
    excerpt: tuple[Utterance, ...]
    """What was said around them, both parties."""
    acts: tuple[CallAct, ...]
    warnings: tuple[CallAct, ...]
    alerts: tuple[AlertLife, ...]
    gaps: tuple[str, ...]
    """When the call was not heard, or not well."""
    how_it_ended: str
    was_hung_up: bool
    policy: str
    scorer: str
    checklist: tuple[ChecklistAnswer, ...] = ()
    about_care: bool = False
    """Somebody may have been about to hurt themselves: a duty of care, never an offence."""
    reasons: tuple[str, ...] = ()
    """Why there is a record: «alert», «hung_up», «marked»."""
    gaps_said: tuple[Said, ...] = ()
    """`gaps` by their keys, in the same order; empty in records drafted before there were keys."""
    ending_said: Said | None = None
    """`how_it_ended` by its key."""


class Statement(Document):
    """The part that people write."""

    place: str = Field(default="", max_length=500)
    account: str = Field(default="", max_length=20_000)
    """What happened, in the words of whoever completes the record."""
    corrections: str = Field(default="", max_length=20_000)
    """What the product heard wrongly; the words as heard stay above."""
    follow_up: str = Field(default="", max_length=5000)
    decision: str = Field(default="", max_length=5000)
    decided_by: str = Field(default="", max_length=200)
    checklist: tuple[ChecklistAnswer, ...] = Field(default=(), max_length=40)
    """Fields of the checklist that only a person can judge, or that were heard wrongly."""


class IncidentContent(Document):
    """All that one version says."""

    facts: Facts
    statement: Statement = Statement()
    comments: tuple[Comment, ...] = ()


class IncidentEntry(Document):
    """One link of a record's chain."""

    incident_id: str
    version: int
    status: IncidentStatus
    act: Literal["drafted", "commented", "completed", "signed", "amended", "support_offered", "hold_set", "hold_lifted"]
    by: str
    """Log-in name; «callguard» for the draft."""
    at: datetime
    reason: str
    previous_hash: str
    """Of the version before; 64 zeros for the first."""
    hash: str
    """SHA-256 over the canonical JSON of everything above and of the content."""


class IncidentVersion(IncidentEntry):
    """A link with what it says."""

    content: IncidentContent


class IncidentSummary(Document):
    """One row of the list of incidents."""

    incident_id: str
    call_id: str
    agent: str
    caller: str
    status: IncidentStatus
    version: int
    categories: tuple[str, ...]
    severity: int
    about_care: bool
    happened_at: datetime
    changed_at: datetime
    is_on_hold: bool
    """Nothing of it is deleted, whatever its age."""


class IncidentView(Document):
    """A record as one person may see it."""

    summary: IncidentSummary
    content: IncidentContent
    history: tuple[IncidentEntry, ...]
    """Every version, first to last; each can be read."""
    may: tuple[Literal["comment", "complete", "sign", "amend", "offer_support", "hold", "export"], ...]
    """What this person can do with it now."""


class ChainCheck(Document):
    """Whether a record is as it was written."""

    incident_id: str
    is_intact: bool
    versions: int
    problem: str
    """What was found; empty when intact."""


class SupportOffer(Document):
    """Help that was offered to the agent: confidential."""

    support_id: str
    incident_id: str
    agent: str
    kind: str
    note: str
    offered_by: str
    offered_at: datetime
    answer: Literal["", "accepted", "declined", "later"]
    """The agent's; empty until they say."""
    answered_at: datetime | None


# --- the caller register ----------------------------------------------------------------------------


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


class RetentionReport(Document):
    """What a pass found."""

    at: datetime
    was_dry_run: bool
    lapsed: tuple[Lapse, ...]
    kept: dict[str, int]
    """How many calls stay, by class."""
    callers: int
    """Records of callers that lapsed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Paper:
    """A file made for somebody."""

    name: str
    media_type: str
    content: bytes


def incident_id_of(call_id: str) -> str:
    """Return the id of a call's record: one call, one record, however often it is drafted."""
    return "inc_" + hashlib.sha256(call_id.encode()).hexdigest()[:20]


def is_caller_key(value: str) -> bool:
    """Whether `value` is a keyed hash and no number."""
    return KEY.fullmatch(value) is not None
