"""The words that every step uses: who speaks, what is said of it, how a call stands, who is told.

Audio time is an integer sample index at `RATE_HZ` since the call began, unless a field says otherwise.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol, TypeVar

import numpy as np
import numpy.typing as npt

RATE_HZ = 16_000
"""The rate at which callguard hears: what Whisper, Silero and PocketSphinx all expect."""

LONGEST_CALL_S = 7 * 24 * 3600
"""No moment of a call lies further in; what people send is held to it."""


NO_LANGUAGE = frozenset({"", "auto", "und"})
"""Tags, or their first parts, that leave it to be found out what is spoken."""

CALLER_KEY = "ck_"
"""Begins the keyed hash that stands for a caller's number or account wherever one would stand."""


Samples = npt.NDArray[np.float32]
"""Mono audio in [-1, 1)."""


In = TypeVar("In", contravariant=True)


Out = TypeVar("Out", covariant=True)


class Core(Protocol[In, Out]):
    """State of one step for exactly one call: synchronous, no I/O, reads no clock."""

    def push(self, item: In, /) -> Iterable[Out]:
        """Take one item and return what follows from it."""
        ...

    def flush(self) -> Iterable[Out]:
        """Return what is still held; called once, when the call has ended."""
        ...


def is_named(language: str) -> bool:
    """Whether a BCP 47 tag says which language is spoken."""
    return re.split(r"[-_]", language.strip().casefold())[0] not in NO_LANGUAGE


class Role(StrEnum):
    """Who is heard on a channel. A call has one channel per role."""

    CALLER = "caller"
    AGENT = "agent"
    UNKNOWN = "unknown"
    """Both parties on one mono recording."""


class Encoding(StrEnum):
    """How the samples of a frame are written."""

    MULAW = "mulaw"
    ALAW = "alaw"
    L16_BE = "l16_be"
    """Big-endian, RFC 3551."""
    L16_LE = "l16_le"
    F32 = "f32"
    """Native float32 in [-1, 1), from decoded files."""


class Category(StrEnum):
    """What an utterance can be; the names are a contract (POLICY.md)."""

    THREAT_PERSONAL = "threat_personal"
    THREAT_GENERAL = "threat_general"
    INTIMIDATION = "intimidation"
    SEXUAL = "sexual"
    HATE = "hate"
    INSULT = "insult"
    PROFANITY = "profanity"
    RUDENESS = "rudeness"
    UNREASONABLE_DEMAND = "unreasonable_demand"
    SELF_HARM = "self_harm"
    """A duty of care: never abuse, never a sanction."""


SEVERITY: Mapping[Category, int] = {
    Category.THREAT_PERSONAL: 4,
    Category.THREAT_GENERAL: 4,
    Category.INTIMIDATION: 3,
    Category.SEXUAL: 3,
    Category.HATE: 3,
    Category.INSULT: 2,
    Category.PROFANITY: 1,
    Category.RUDENESS: 1,
    Category.UNREASONABLE_DEMAND: 1,
    Category.SELF_HARM: 0,
}
"""Severity of abuse, 0 to 4. Self-harm is 0 because it is care, not abuse: look for the label, not the number."""


class CallState(StrEnum):
    """How the call stands on the ladder, mildest first; care stands beside the ladder."""

    QUIET = "quiet"
    HEATED = "heated"
    ABUSIVE = "abusive"
    SEVERE = "severe"
    THREAT = "threat"
    CARE = "care"


class GuardLevel(StrEnum):
    """How well a call is being listened to."""

    GUARDED = "guarded"
    FALLBACK = "fallback"
    """The offline engine listens."""
    DEGRADED = "degraded"
    NOT_GUARDED = "not_guarded"


class Tactic(StrEnum):
    """The ten cards of POLICY.md."""

    CALM = "calm"
    PROGRESS = "progress"
    QUESTION = "question"
    WARN = "warn"
    CONFRONT = "confront"
    EXIT = "exit"
    ESCALATE = "escalate"
    HANG_UP = "hang_up"
    INTERJECT = "interject"
    HANG_UP_FOLLOW_UP = "hang_up_follow_up"


class StaffRole(StrEnum):
    """What a user of the consoles is allowed to be."""

    AGENT = "agent"
    SENIOR = "senior"
    QA = "qa"
    ADMIN = "admin"


class Audience(StrEnum):
    """Whom a decision is for."""

    AGENT = "agent"
    SENIOR = "senior"


class DecisionKind(StrEnum):
    """What a decision puts in front of people."""

    PROMPT = "prompt"
    ALERT = "alert"


class Reach(StrEnum):
    """Whose alerts a tier sees."""

    TEAM = "team"
    """Those of agents of their own team."""
    ALL = "all"


class EndReason(StrEnum):
    """How a call ended, as the tap saw it."""

    CLOSED = "closed"
    """The peer said goodbye in its protocol."""
    BROKEN = "broken"
    """The connection went away without a goodbye."""
    FAILED = "failed"
    """callguard ended its own listening because of an error."""


@dataclass(frozen=True, slots=True, kw_only=True)
class StepTimes:
    """When each step of the latency budget was done for one utterance, monotonic ns; 0 = not reached."""

    speech_end_ns: int = 0
    """The frame holding the last sample of speech reached the tap."""
    received_ns: int = 0
    """The frame that made the segment end reached the tap (hangover passed)."""
    segmented_ns: int = 0
    started_ns: int = 0
    """The engine began to decode: queueing is over."""
    decoded_ns: int = 0
    scored_ns: int = 0
    decided_ns: int = 0
    stored_ns: int = 0
    sent_ns: int = 0
