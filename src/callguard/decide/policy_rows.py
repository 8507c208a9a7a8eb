"""The parts of a policy that are about a call: what is said, when the call moves, and who hears of it."""

from collections.abc import Mapping
from typing import Literal

from pydantic import Field

from callguard.decide.policy_part import Part
from callguard.terms import StaffRole, Tactic

Row = Literal["threat_personal", "threat_general", "care", "panic"]
"""Rows of the ladder that have an instruction."""


class Card(Part):
    """One of the ten tactics, in this organisation's words."""

    text: str = Field(min_length=1)
    """What is said, in one breath; with placeholders."""
    roles: frozenset[StaffRole] = Field(min_length=1)
    """Who may use it: `agent`, `senior`, `admin`, `qa`."""
    counts_as_warning: bool = False
    """Whether the caller has been warned when it was used."""


class Rung(Part):
    """What is done in one row of the ladder."""

    cards: tuple[Tactic, ...] = ()
    """Tactics for the agent, mildest first; two are shown, and the next ones when abuse goes on."""
    instruction: str = ""
    """What the agent is told instead of a card."""
    alert: str = ""
    """What senior staff are told; empty means that they are not alerted."""
    is_urgent: bool = False
    """Whether the alert is told as urgent, to all senior staff at once."""
    acknowledge_within_s: int = Field(default=20, ge=0, le=3600)
    """Unanswered for so long, the alert goes to the next tier; 0 means never."""


class Question(Part):
    """One field of the checklist for a general threat."""

    field: str = Field(pattern=r"^[a-z_]+$")
    """Its name; those of `standard` fill themselves from what is said."""
    ask: str = ""
    """What the agent can ask; empty where only a person can judge."""


class Ladder(Part):
    """The rows of POLICY.md's default ladder."""

    heated: Rung
    """Severity 1, or angry."""
    abusive: Rung
    """Severity 1 repeated, or severity 2 once."""
    severe: Rung
    """Going on after a warning, severity 2 repeated, or severity 3."""
    threat_personal: Rung
    """Harm to a person."""
    threat_general: Rung
    """Harm to a place or to people."""
    care: Rung
    """The caller may hurt themselves."""
    help: Rung
    """«I need help»."""
    panic: Rung
    """The panic button."""
    transfer: Rung
    """The agent wants the call taken by somebody else."""
    follow_up: Rung
    """The agent has hung up."""


class Translation(Part):
    """Words in one language."""

    cards: Mapping[Tactic, str] = Field(default_factory=dict)
    """Texts by tactic."""
    instructions: Mapping[Row, str] = Field(default_factory=dict)
    """By row of the ladder."""
    checklist: Mapping[str, str] = Field(default_factory=dict)
    """Questions by field."""
    destination: str = ""
    """Takes the place of the policy's own."""
    crisis_line: str = ""
    """Takes the place of the policy's own."""


class Climb(Part):
    """When the call moves from row to row."""

    mild_count: int = Field(default=3, ge=1, le=20)
    """So many utterances of severity 1 within `mild_window_s` make a call abusive."""
    mild_window_s: int = Field(default=300, ge=10, le=3600)
    """How far back `mild_count` looks."""
    repeat_window_s: int = Field(default=600, ge=10, le=7200)
    """A second utterance of severity 2 within it makes a call severe."""
    pervasive_risk: float = Field(default=0.9, gt=0, le=1)
    """A call's risk above this makes it severe: many small ones add up."""
    quiet_s: int = Field(default=600, ge=10, le=7200)
    """Quiet time that takes the call one step down."""


class Pace(Part):
    """How often people are spoken to: few sharp prompts, or they stop reading them."""

    prompt_cooldown_s: int = Field(default=15, ge=0, le=600)
    """So long the agent sees no other prompt for nothing worse."""
    alert_cooldown_s: int = Field(default=30, ge=0, le=600)
    """For alerts that say nothing worse than one that has been answered, counted from the answer; never for threats."""
