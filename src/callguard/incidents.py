"""The incident record of a call: what was said and done, by whom, and who signed it.

Everything here was either said on a call or done by a named person. Nothing rates an agent.
"""

import hashlib
from datetime import datetime
from enum import StrEnum
from typing import Literal

from pydantic import Field

from callguard.documents import Document


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
    settled: Literal["", "confirmed", "unproven", "withdrawn", "provisional"] = ""
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


def incident_id_of(call_id: str) -> str:
    """Return the id of a call's record: one call, one record, however often it is drafted."""
    return "inc_" + hashlib.sha256(call_id.encode()).hexdigest()[:20]
