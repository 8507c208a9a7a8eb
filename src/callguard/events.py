"""The facts that travel between the steps of a call, one frozen class each.

Audio time is an integer sample index at `RATE_HZ` since the call began, unless a field says otherwise. Wall-clock time appears
only where a person will read it, as UTC. Step times are monotonic nanoseconds of one process.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Protocol, TypeVar

import numpy as np
import numpy.typing as npt

RATE_HZ = 16_000
"""The rate at which callguard hears: what Whisper, Silero and PocketSphinx all expect."""

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


# --- taps -----------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class CallStarted:
    """A tap has a call."""

    call_id: str
    tap: str
    started_at: datetime
    channels: tuple[Role, ...]
    agent: str
    """Log-in name of the agent who has the call; empty if the phone system did not say."""
    caller: str = field(repr=False)
    """The caller's number or account as the phone system gave it, empty if withheld; before the event is stored or sent, its
    keyed hash takes the place (`CALLER_KEY`)."""
    line: str
    """Queue, number or trunk on which the call came; empty if unknown."""
    language: str
    """BCP 47 tag, such as «en»."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AudioFrame:
    """A piece of one channel, still encoded as it came."""

    call_id: str
    channel: Role
    encoding: Encoding
    rate_hz: int
    start_sample: int
    """At `rate_hz`, since the call began."""
    received_ns: int
    payload: bytes = field(repr=False, compare=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Gap:
    """Audio of one channel that callguard did not get."""

    call_id: str
    channel: Role
    start_sample: int
    """At `RATE_HZ`."""
    end_sample: int
    because: str
    """A stable word: «lost», «late», «paused», «overrun»."""


@dataclass(frozen=True, slots=True, kw_only=True)
class KeyPressed:
    """A DTMF digit was heard or signalled."""

    call_id: str
    channel: Role
    at_sample: int


@dataclass(frozen=True, slots=True, kw_only=True)
class CallEnded:
    """A call is over for callguard."""

    call_id: str
    ended_at: datetime
    at_sample: int
    reason: EndReason
    detail: str
    """One sentence for people; empty for an ordinary goodbye."""


# --- media ----------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class SpeechSnapshot:
    """Running speech so far, from its pre-roll on; each one replaces the one before."""

    call_id: str
    channel: Role
    segment: int
    """Counts the segments of a channel from 0; the segment that ends this speech has the same number."""
    start_sample: int
    end_sample: int
    silence_samples: int
    """Silence at the end of it, so that an engine can start before the hangover has passed; 0 while speech is running."""
    times: StepTimes
    samples: Samples = field(repr=False, compare=False)


class CutReason(StrEnum):
    """Why a segment ended."""

    SILENCE = "silence"
    TOO_LONG = "too_long"
    GAP = "gap"
    CALL_END = "call_end"


@dataclass(frozen=True, slots=True, kw_only=True)
class SpeechSegment:
    """A finished piece of speech of one channel."""

    call_id: str
    channel: Role
    segment: int
    start_sample: int
    end_sample: int
    cut: CutReason
    times: StepTimes
    samples: Samples = field(repr=False, compare=False)


# --- transcribe -----------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class Word:
    """One word with its place in the call."""

    text: str
    start_sample: int
    end_sample: int
    probability: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Transcript:
    """What was said in one piece of speech."""

    call_id: str
    channel: Role
    segment: int
    start_sample: int
    end_sample: int
    is_final: bool
    """False for text of running speech, which the final of the same segment replaces."""
    text: str
    words: tuple[Word, ...]
    """Empty where the engine gives no word times."""
    language: str
    engine: str
    """Engine and model, such as «whisper base.en» or «pocketsphinx»."""
    mean_log_probability: float
    """Natural logarithm, of a token or word; 0.0 where the engine has none (read transcripts)."""
    no_speech_probability: float
    is_reliable: bool
    unreliable_because: str
    """A stable word: «» | «low_confidence» | «no_speech» | «repeats» | «too_dense» | «known_invention» | «mono» | «keywords» |
    «unconfirmed» | «heard_once» (whole and believed, told as provisional until it was heard again)."""
    times: StepTimes


@dataclass(frozen=True, slots=True, kw_only=True)
class TranscriptLost:
    """Speech that was not written down; loss is data, never silence."""

    call_id: str
    channel: Role
    segment: int
    start_sample: int
    end_sample: int
    because: str
    """Code of the error («overload», «engine»), or «left_out» where the load did not allow to try."""


# --- score ----------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class Span:
    """Characters of a text that caused a score: text[start:end]."""

    start: int
    end: int
    category: Category


@dataclass(frozen=True, slots=True, kw_only=True)
class UtteranceScore:
    """How abusive one utterance is. Only callers are scored for conduct."""

    call_id: str
    channel: Role
    segment: int
    start_sample: int
    end_sample: int
    is_final: bool
    is_reliable: bool
    text: str
    scores: Mapping[Category, float]
    """Probability per category, 0 to 1."""
    labels: tuple[Category, ...]
    """Categories over their threshold, most severe first."""
    severity: int
    spans: tuple[Span, ...]
    is_angry: bool
    """Heated but legitimate: raised language with no label."""
    scorer: str
    """Name and version of what scored."""
    times: StepTimes


@dataclass(frozen=True, slots=True, kw_only=True)
class CallRisk:
    """How abusive the call has been so far."""

    call_id: str
    at_sample: int
    """Last sample that the risk has heard."""
    risk: float
    """0 to 1: decaying sum of what was said, and a little for how wearing the call is."""
    peak_severity: int
    repeated_demands: int
    """How often the caller's most repeated demand was made again after an answer (POLICY.md, «repetition»)."""
    interruptions: int
    """How often the caller talked over the agent; the agent's own are not counted."""
    is_warned: bool
    """The caller was given the chance to stop and the call has not been quiet since: abuse weighs more now."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LetterSentence:
    """One sentence of a letter: text[start:end] of it."""

    start: int
    end: int
    text: str = field(repr=False)
    labels: tuple[Category, ...]
    severity: int
    scores: Mapping[Category, float]
    """Empty for quoted words, which are not judged: they are somebody else's, or the organisation's own."""
    spans: tuple[Span, ...]
    """Characters of the sentence, not of the letter."""
    is_quoted: bool
    needs_answer: bool
    """It has substance that a reply must meet, whatever its tone."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Letter:
    """Written correspondence, abuse set apart from the substance."""

    sentences: tuple[LetterSentence, ...]
    labels: tuple[Category, ...]
    """Of all sentences, most severe first."""
    severity: int
    scorer: str
    is_keywords_only: bool
    """The scorer does not understand the language: a calm result means nothing."""


# --- decide ---------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class StateChanged:
    """The call moved on the ladder."""

    call_id: str
    at_sample: int
    state: CallState
    was: CallState


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """A prompt for the agent or an alert for senior staff."""

    decision_id: str
    """Unique, and the same when the same events are replayed: «<call_id>:<n>»."""
    call_id: str
    at_sample: int
    audience: Audience
    kind: DecisionKind
    state: CallState
    severity: int
    category: str
    """Category that caused it, or «help» | «panic» | «anger»."""
    tactics: tuple[Tactic, ...]
    """Cards to show, best first; the first is the prompt itself."""
    text: str
    """The sentence that people see."""
    because: str
    """The words that caused it, as heard; empty where a person asked."""
    segment: int
    """Segment of the caller's speech that caused it; -1 where a person asked."""
    tier: int
    """1 for the first people to alert; raised when nobody acknowledges."""
    reach: Reach
    """«team»: for senior staff of `team`, and for all where nobody of them is at a console; «all» also for a prompt."""
    team: str
    """Team of the agent who has the call, as it is published; empty if unknown, which makes it everybody's, and for a prompt."""
    repeats: str
    """Id of the alert of the first tier that nobody has acknowledged; empty for a first alert or a prompt."""
    answer_within_s: int
    """Unanswered for so long, an alert goes to the next tier; 0 where none follows, and for a prompt."""
    is_urgent: bool
    is_provisional: bool
    """From running speech or unreliable text: settled later."""
    is_reliable: bool
    policy: str
    """Name and version of the policy, such as «standard 1»."""
    times: StepTimes


@dataclass(frozen=True, slots=True, kw_only=True)
class DecisionSettled:
    """A provisional decision was confirmed or withdrawn when its speech ended."""

    call_id: str
    decision_id: str
    at_sample: int
    is_confirmed: bool
    because: str


@dataclass(frozen=True, slots=True, kw_only=True)
class WarningGiven:
    """The caller was given the chance to stop: the agent used a card that warns, or warned in their own words."""

    call_id: str
    at_sample: int
    by: str
    """Log-in name of who used the card; empty where it was heard in the agent's own words."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ChecklistFilled:
    """A field of the checklist for a threat against a place: let out by the caller, or written by a person, whose word stands."""

    call_id: str
    at_sample: int
    start_sample: int
    """Where the words begin that it was filled from; `at_sample` where a person wrote it."""
    field: str
    value: str
    by: str
    """Log-in name; empty where it was filled from what the caller said."""


# --- people ---------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class HelpAsked:
    """The agent pressed «I need help» or «panic»: works at any score."""

    call_id: str
    at_sample: int
    by: str
    is_panic: bool


class CardAnswer(StrEnum):
    """What an agent did with a card."""

    USED = "used"
    HELPED = "helped"
    NOT_NOW = "not_now"


@dataclass(frozen=True, slots=True, kw_only=True)
class CardAnswered:
    """An agent used a card or waved it away."""

    call_id: str
    at_sample: int
    by: str
    tactic: Tactic
    answer: CardAnswer
    decision_id: str
    """The prompt that showed the card; empty when the agent pulled it."""


class AlertAnswer(StrEnum):
    """What senior staff did with an alert."""

    ACKNOWLEDGED = "acknowledged"
    CLAIMED = "claimed"
    HANDED_OVER = "handed_over"
    """To the colleague named in `to`, who has it now."""
    DECLINED = "declined"
    """Not by this person, for the reason given: the next tier is alerted without waiting."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AlertAnswered:
    """Senior staff acknowledged, claimed, handed over or declined an alert."""

    call_id: str
    at_sample: int
    by: str
    decision_id: str
    answer: AlertAnswer
    to: str
    """Log-in name of who has it now; only where it was handed over."""
    reason: str
    """Why it was declined; empty otherwise."""


class Measure(StrEnum):
    """What senior staff can decide when a person is threatened (POLICY.md)."""

    POLICE = "police"
    ESCORT = "escort"
    """Somebody goes home with them."""
    OTHER_PROTECTION = "other_protection"
    NONE = "none"


@dataclass(frozen=True, slots=True, kw_only=True)
class ThreatDecided:
    """Senior staff decided what is done about a threat; decided again, the last one holds."""

    call_id: str
    at_sample: int
    by: str
    decision_id: str
    """The alert that it answers."""
    measures: tuple[Measure, ...]
    note: str = field(repr=False)
    """Reference of the police, who goes along, why nothing is done."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TacticRequested:
    """A person asked for an act beyond words: transfer, hang up, interject, follow-up."""

    call_id: str
    at_sample: int
    by: str
    role: StaffRole
    tactic: Tactic


@dataclass(frozen=True, slots=True, kw_only=True)
class PromptsSwitched:
    """The agent's cards are on or off from here: stored so that a replay decides the same, and told to no console."""

    call_id: str
    at_sample: int
    by: str
    """Log-in name of the agent."""
    is_on: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class AgentAssigned:
    """Somebody said who has a call that came without an agent's name."""

    call_id: str
    at_sample: int
    by: str
    """Log-in name, or name of the bearer token."""
    agent: str
    """Log-in name: from now on the call is theirs to see."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """A person's console has painted a decision."""

    call_id: str
    decision_id: str
    at_sample: int
    by: str
    drawn_ns: int
    """The console's word for it reached the server: an upper bound of the moment of painting."""
    times: StepTimes


@dataclass(frozen=True, slots=True, kw_only=True)
class CallerKnown:
    """The caller is in the register: what the agent should know as the call arrives."""

    call_id: str
    at_sample: int
    caller: str
    """Keyed hash of number or account."""
    notes: tuple[str, ...] = field(repr=False)
    incidents: int
    """Earlier ones, care not counted."""
    restriction: str
    """Kind of the restriction in force; empty without one."""
    route_to: str
    """Who is to take this caller's calls meanwhile; empty: nobody is named."""


class JoinMode(StrEnum):
    """How senior staff take part in a call, least first."""

    LISTEN = "listen"
    WHISPER = "whisper"
    """The agent alone hears them."""
    INTERJECT = "interject"
    """Both parties hear them."""
    TAKE_OVER = "take_over"
    """The caller hears them, and the agent is out of the call."""


class JoinPhase(StrEnum):
    """What became of a join."""

    ASKED = "asked"
    JOINED = "joined"
    CHANGED = "changed"
    """To another mode."""
    HANDED_OVER = "handed_over"
    """Offered to a colleague; whoever offers it stays until the colleague is in."""
    LEFT = "left"
    FAILED = "failed"


class JoinWay(StrEnum):
    """How somebody hears and speaks."""

    BROWSER = "browser"
    PHONE = "phone"
    """The phone system calls their telephone."""


@dataclass(frozen=True, slots=True, kw_only=True)
class StaffJoin:
    """Senior staff joined a call, changed how they take part, or left it."""

    call_id: str
    at_sample: int
    join_id: str
    by: str
    name: str
    """As the agent knows them."""
    phase: JoinPhase
    mode: JoinMode
    way: JoinWay
    because: str
    """One sentence for people where something went wrong or somebody else is named; else empty."""
    is_told: bool
    """Whether the agent is told, as the policy says."""


# --- the guard itself -----------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class GuardChanged:
    """How well this call is being listened to has changed."""

    call_id: str
    at_sample: int
    guard: GuardLevel
    because: str
    """One sentence for people."""


# --- what is kept ---------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredEvent:
    """An event as it is kept and sent: encoded once."""

    seq: int
    """Counts all events of an installation from 1, with a jump after a run that was cut off; a console resumes after
    the last one it saw."""
    call_id: str
    agent: str
    """Log-in name of the call's agent: whoever is not senior sees only their own."""
    is_alert: bool
    body: bytes = field(repr=False)
    """One JSON object (`wire.as_json` plus `seq` and `at`)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class User:
    """Somebody who may log in."""

    name: str
    display_name: str
    role: StaffRole
    team: str
    password_hash: str = field(repr=False)
    """Argon2id, in PHC string format."""
    is_disabled: bool = False
    """May not log in; what they did stays under their name."""
    one_time_until: datetime | None = None
    """Until when a password that an admin gave out can be exchanged for one's own; None for a password of one's own."""


class TokenScope(StrEnum):
    """What the bearer of a token may do: connect calls, or act as somebody of a role."""

    TAP = "tap"
    AGENT = "agent"
    SENIOR = "senior"
    QA = "qa"
    ADMIN = "admin"


@dataclass(frozen=True, slots=True, kw_only=True)
class ApiToken:
    """What a bearer token stands for."""

    name: str
    """With the scope «agent» the log-in name of the agent whose calls it sees."""
    scope: TokenScope


@dataclass(frozen=True, slots=True, kw_only=True)
class CallRecord:
    """One call in the store's list."""

    call_id: str
    tap: str
    agent: str
    line: str
    started_at: datetime
    ended_at: datetime | None
    """None while the call is running."""
    end_reason: str
    state: CallState
    """As it stands, or stood at the end."""
    peak_severity: int
    alerts: int
    caller: str = ""
    """Keyed hash of the caller's number or account; empty if withheld."""
    repeated_demands: int = 0
    """How often the caller's most repeated demand was made again after an answer."""


Event = (
    CallStarted
    | CallEnded
    | Gap
    | KeyPressed
    | Transcript
    | TranscriptLost
    | UtteranceScore
    | CallRisk
    | StateChanged
    | Decision
    | DecisionSettled
    | WarningGiven
    | ChecklistFilled
    | ThreatDecided
    | HelpAsked
    | CardAnswered
    | AlertAnswered
    | TacticRequested
    | PromptsSwitched
    | AgentAssigned
    | CallerKnown
    | StaffJoin
    | GuardChanged
    | Shown
)
"""What is stored and sent to consoles: everything but audio."""

HumanAct = HelpAsked | CardAnswered | AlertAnswered | TacticRequested | ChecklistFilled | ThreatDecided | PromptsSwitched
