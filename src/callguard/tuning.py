"""What verdicts say of thresholds and policies: curves, what another policy would have done, and figures over time."""

from collections.abc import Mapping
from datetime import date
from typing import Literal

from pydantic import Field

from callguard.documents import Document
from callguard.terms import Category, Tactic

MOST_CALLS = 200
"""Reviewed calls that one question goes through, the latest: it must have an end. How long that takes has not been measured."""


class CurvePoint(Document):
    """How one category would be told at one threshold."""

    threshold: float
    right: int
    """Utterances told that are of the category."""
    wrong: int
    """Told, and not of it."""
    missed: int
    """Of it, and not told."""
    precision: float | None
    """Share of what is told that is right; None where nothing is told."""
    recall: float | None
    """Share of what is of the category that is told; None where nothing is."""


class Curve(Document):
    """One category over its thresholds, on what reviewers judged."""

    category: Category
    today: CurvePoint
    """At the threshold that holds for new calls."""
    points: tuple[CurvePoint, ...]
    examples: int
    """Utterances that reviewers say are of the category."""


class Curves(Document):
    """What verdicts say of the thresholds."""

    calls: int
    """Calls whose review is done; the latest 200 are gone through."""
    quiet_calls: int
    """Of these, drawn among calls without an alert: without them recall says only what was found among alerts."""
    utterances: int
    in_dispute: int
    """Left out, because reviewers differ and nobody has settled it."""
    running: str
    """Label of the running policy."""
    policies: tuple[str, ...]
    """Labels that a what-if can name."""
    thresholds: Mapping[Category, float]
    """Today's, of every category: one that nobody said and nothing tells has no curve."""
    curves: tuple[Curve, ...]


class WhatIfRequest(Document):
    """Another policy, or other thresholds."""

    policy: str = Field(default="", max_length=200, description="Label of a version; empty is the running one.")
    thresholds: Mapping[Category, float] = Field(default={}, description="Take the place of the version's own.")
    call_id: str = Field(default="", max_length=300, description="One call; empty is all reviewed ones, the latest 200.")


class WhatIfChange(Document):
    """One alert under today's policy and under the other."""

    call_id: str
    fate: Literal["stays", "moves", "comes", "goes"]
    category: str
    because: str = Field(repr=False)
    before_s: float | None
    after_s: float | None
    verdict: Literal["", "right", "wrong"]
    """Whether reviewers say that the words are of this category; empty where nobody judged, or where you may not know yet."""


class WhatIf(Document):
    """What would be different."""

    calls: int
    """Calls gone through."""
    of_calls: int
    """Calls that could have been."""
    before: str
    after: str
    thresholds: Mapping[Category, float]
    """That would hold."""
    policies: tuple[str, ...]
    """Labels that a what-if can name."""
    changes: tuple[WhatIfChange, ...]
    """Alerts that come, go or move, then those that stay."""


class Proposal(Document):
    """Thresholds to be proposed as a version of a policy; an admin puts it into use, or nobody does."""

    policy: str = Field(default="", max_length=200, description="Version to start from; empty is the running one.")
    thresholds: Mapping[Category, float] = Field(min_length=1)
    note: str = Field(min_length=3, max_length=2000, description="Why, for whoever decides.")


class Proposed(Document):
    """A version that is kept and runs nowhere."""

    label: str


class Period(Document):
    """One day or week of calls. It is about callguard and the help that came, never about one agent."""

    begins: date
    calls: int
    guarded: int
    """Calls that were listened to fully from beginning to end."""
    partly: int
    """Listened to for a part, or by the fallback engine."""
    alerts: int
    """Without those withdrawn."""
    withdrawn: int
    helped: int
    """Alerts to which somebody came."""
    median_help_s: float | None
    slow_help_s: float | None
    """Nine of ten alerts that were helped were helped within this time."""
    judged: int
    """Alerts with a verdict that holds."""
    false_alarms: int
    """Judged wrong."""
    missed: int
    """Moments at which reviewers say that an alert should have come."""


class Trends(Document):
    """Figures over time."""

    by: Literal["day", "week"]
    zone: str
    """Time zone in which days begin."""
    teams: tuple[str, ...]
    """Teams that can be asked for."""
    periods: tuple[Period, ...]
    """Oldest first, without a hole."""


class CardUse(Document):
    """How one card does. It is about the card's words and its moment, never about whoever has it on the screen."""

    tactic: Tactic
    shown: int
    """Prompts that it was part of."""
    used: int
    """Used when it was shown."""
    pulled: int
    """Used without having been shown: somebody looked for it."""
    helped: int
    """Said to have helped."""
    waved_away: int
