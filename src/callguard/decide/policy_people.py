"""The parts of a policy that are about people: who is alerted, who decides, who is told, and how long things are kept."""

from enum import StrEnum
from typing import Literal

from pydantic import Field

from callguard.decide.policy_part import Part
from callguard.terms import Reach, StaffRole


class Tier(Part):
    """Some of the people who are alerted; when nobody of them answers in time, the next tier is."""

    name: str = Field(min_length=1)
    """Whom people read is alerted."""
    reach: Reach = Reach.ALL
    """`team`: senior staff of the agent's team; `all`: everybody."""


class NotifyWhen(StrEnum):
    """What a notification goes out for."""

    URGENT = "urgent"
    """Threats and panic, at once."""
    UNACKNOWLEDGED = "unacknowledged"
    """An alert that has come to `tier` because nobody answered before."""
    ALERT = "alert"
    NOBODY_CONNECTED = "nobody_connected"
    """An alert that comes while no console of senior staff is there."""
    WRAP_UP = "wrap_up"
    """The agent takes time after a call, or is ready again: for the call distributor."""
    TEAM_NOTICE = "team_notice"
    """The team hears that it happened, without more personal data than needed."""
    FOLLOW_UP = "follow_up"


class Notify(Part):
    """One way out of the consoles; the address and its secrets stand in the settings under `route`, never here."""

    when: NotifyWhen
    """`urgent`, `unacknowledged`, `alert`, `nobody_connected`, `wrap_up`, `team_notice` or `follow_up`: see webhooks.md."""
    route: str = Field(pattern=r"^[a-z][a-z0-9_]*$")
    """Name of a route in the settings (`notify.routes`)."""
    tier: int = Field(default=2, ge=1, le=9)
    """For `unacknowledged`: from this tier on."""


class WrapUp(Part):
    """Time of their own for the agent after a call that was ended or marked."""

    offered_s: int = Field(default=600, ge=0, le=86_400)
    """What is suggested; it ends when the agent says so, however long it takes."""
    support: tuple[str, ...] = Field(
        min_length=1, default=("a talk with your team lead", "counselling", "other duties for a while")
    )
    """What can be offered."""


class Restriction(Part):
    """Who may restrict a caller, and how far."""

    decided_by: Literal[StaffRole.SENIOR, StaffRole.ADMIN] = StaffRole.SENIOR
    """`senior` or `admin`: the role that decides."""
    authority: str = Field(default="the manager on duty", min_length=1)
    """As people call who decides; it stands in the letter."""
    needs_consultation: bool = True
    """Whether a decision must name who was consulted."""
    longest_days: int = Field(default=180, ge=1, le=1095)
    """No restriction lasts longer."""
    review_after_days: int = Field(default=90, ge=1, le=1095)
    """When one is looked at again, where the decision does not say; no more than `longest_days`."""
    kinds: tuple[str, ...] = Field(
        min_length=1,
        default=(
            "in writing only",
            "one named contact",
            "set hours only",
            "no personal visits",
            "no calls, letters are answered",
        ),
    )
    """What can be decided."""


class FollowUp(Part):
    """The call back after an agent hung up."""

    within_hours: int = Field(default=24, ge=1, le=720)
    """So soon is it due; later it is shown as late."""


class Incident(Part):
    """Who answers for incident records, and who reads the confidential part of them."""

    signed_by: frozenset[Literal[StaffRole.SENIOR, StaffRole.ADMIN]] = Field(
        min_length=1, default=frozenset({StaffRole.SENIOR, StaffRole.ADMIN})
    )
    """Roles that sign records."""
    confidential_to: frozenset[Literal[StaffRole.SENIOR, StaffRole.ADMIN]] = frozenset()
    """Roles (a manager's) that read what support was offered, beside the agent and whoever offered it."""
    confidential_to_people: frozenset[str] = frozenset()
    """Log-in names of persons (HR) who read it whatever their role: running the system is no reason to read it."""


class Lawful(Part):
    """Why calls are kept and examined, as exports say it. Ask who advises you on data protection."""

    basis: Literal["consent", "contract", "legal_obligation", "vital_interests", "public_task", "legitimate_interests"] = (
        "legitimate_interests"
    )
    """`consent`, `contract`, `legal_obligation`, `vital_interests`, `public_task` or `legitimate_interests`."""
    justification: str = Field(
        min_length=1, default="Protection of the staff of {organisation} from abuse and threats, and evidence of them."
    )
    """One sentence; `{organisation}` alone is filled in."""
    purposes: tuple[str, ...] = Field(min_length=1, default=("recording", "transcription", "analysis", "storage"))
    """What is done with calls."""


class Contact(Part):
    """How much contact is more than usual: shown to people, and never a reason to act by itself."""

    calls_a_day: int = Field(default=5, ge=1, le=1000)
    """More are shown as frequent."""
    calls_a_month: int = Field(default=30, ge=1, le=10_000)
    """More are shown as frequent."""
    minutes_a_call: int = Field(default=60, ge=1, le=1440)
    """Longer calls are shown as long."""
    repetitions: int = Field(default=4, ge=1, le=100)
    """So often may one demand be made again after an answer, within a call."""
    misused_complaints: int = Field(default=3, ge=1, le=100)
    """So many calls in a year in which a complaint was made again after its answer and somebody was abused."""


class Join(Part):
    """What an agent is told about senior staff in their call."""

    tell_agent: Literal["always", "by_mode"] = "always"
    """`always`, or `by_mode`: not that somebody listens, but who whispers, interjects or takes over. Look at your law first."""


class Retention(Part):
    """How many days things are kept; 0 is for ever."""

    ordinary_days: int = Field(default=30, ge=0, le=3650)
    """Calls without an alert; 0 is for ever, here and below."""
    reviewed_days: int = Field(default=365, ge=0, le=3650)
    """Calls with an alert."""
    incident_days: int = Field(default=2190, ge=0, le=36_500)
    """Six years: tribunals and police ask late."""
    caller_days: int = Field(default=1095, ge=0, le=36_500)
    """A caller's record after the last incident."""
