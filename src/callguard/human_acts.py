"""What people do during a call: ask for help, use cards, answer alerts, decide about threats, join."""

from dataclasses import dataclass, field
from enum import StrEnum

from callguard.terms import StaffRole, StepTimes, Tactic


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
class CallDescribed:
    """Somebody said of a running call what its audio came without; how it stands from here on, whatever was said before."""

    call_id: str
    at_sample: int
    by: str
    """Log-in name, or name of the bearer token; «callguard» where the language was found out."""
    caller: str = field(repr=False)
    """Keyed hash of number or account; empty if withheld."""
    line: str
    """Queue, number or trunk on which the call came; empty if unknown."""
    language: str
    """BCP 47 tag."""


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
