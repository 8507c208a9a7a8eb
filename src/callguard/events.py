"""The facts that travel between the steps of a call, one frozen class each.

Audio time is an integer sample index at `RATE_HZ` since the call began, unless a field says otherwise. Wall-clock time appears
only where a person will read it, as UTC. Step times are monotonic nanoseconds of one process.
"""

from dataclasses import dataclass, field
from datetime import datetime

from callguard.human_acts import (
    AgentAssigned,
    AlertAnswered,
    CallDescribed,
    CallerKnown,
    CardAnswered,
    HelpAsked,
    PromptsSwitched,
    Shown,
    StaffJoin,
    TacticRequested,
    ThreatDecided,
)
from callguard.speech import CallRisk, Transcript, TranscriptLost, UtteranceScore
from callguard.terms import Audience, CallState, DecisionKind, EndReason, GuardLevel, Reach, Role, StepTimes, Tactic

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
    """A provisional decision stands or was withdrawn when its speech ended."""

    call_id: str
    decision_id: str
    at_sample: int
    is_confirmed: bool
    """It stands; else it is withdrawn."""
    because: str
    is_unproven: bool = False
    """It stands because nobody can say otherwise: the end of its speech was lost, or the call ended while it was in doubt."""


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
    | CallDescribed
    | CallerKnown
    | StaffJoin
    | GuardChanged
    | Shown
)
"""What is stored and sent to consoles: everything but audio."""

HumanAct = HelpAsked | CardAnswered | AlertAnswered | TacticRequested | ChecklistFilled | ThreatDecided | PromptsSwitched
