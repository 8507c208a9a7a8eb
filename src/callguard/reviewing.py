"""What reviewers say of what callguard heard and raised: verdicts, reviews, agreement. Callguard is judged, never an agent."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from enum import StrEnum
from typing import Literal

from pydantic import Field

from callguard.documents import Document
from callguard.terms import LONGEST_CALL_S, SEVERITY, Category


def severity_of(categories: Iterable[Category]) -> int:
    """Return how severe words of these categories are, 0 to 4, unless a reviewer says otherwise."""
    return max((SEVERITY[one] for one in categories), default=0)


class About(StrEnum):
    """What a verdict is about."""

    ALERT = "alert"
    WORDS = "words"
    """The labels of one utterance of the caller."""
    MISSED = "missed"
    """A moment at which an alert should have come and did not."""


class Judgement(StrEnum):
    """What a reviewer says."""

    RIGHT = "right"
    WRONG = "wrong"
    TOO_LATE = "too_late"
    """Right, but help was needed earlier; for alerts only."""
    MISSED = "missed"


class Drawn(StrEnum):
    """How a call came to be reviewed."""

    ALERTING = "alerting"
    """Drawn by lot among calls with an alert."""
    QUIET = "quiet"
    """Drawn by lot among calls without one, so that misses can be found."""
    CHOSEN = "chosen"
    """A reviewer picked it; such calls say nothing of calls in general."""


class NewVerdict(Document):
    """What a reviewer sends."""

    about: About
    subject: str = Field(
        default="", max_length=300, description="Decision id of an alert; empty for words and for what was missed."
    )
    segment: int = Field(default=-1, ge=-1, description="Of the caller's utterance, for words; -1 for others.")
    at_s: float = Field(default=0.0, ge=0, le=LONGEST_CALL_S, description="Moment of the call at which something was missed.")
    judgement: Judgement
    categories: tuple[Category, ...] = Field(
        default=(), max_length=len(Category), description="What it is, where callguard was wrong or missed it; none is nothing."
    )
    severity: int | None = Field(
        default=None,
        ge=0,
        le=4,
        description="How severe it is; None is as the categories say. Another severity than callguard's is «wrong», not «right».",
    )
    note: str = Field(default="", max_length=2000, repr=False)


class Verdict(Document):
    """One version of what one reviewer says of one thing; the newest of each reviewer holds."""

    verdict_id: int
    call_id: str
    by: str
    at: datetime
    about: About
    subject: str
    """Decision id, «words:SEGMENT» or «missed:TENTHS»."""
    segment: int
    """The caller's utterance that it is about; -1 if there is none."""
    at_s: float
    judgement: Judgement
    was: tuple[Category, ...]
    """What callguard said."""
    categories: tuple[Category, ...]
    """What the reviewer says it is."""
    severity: int
    """How severe the reviewer says it is, 0 to 4."""
    note: str = Field(repr=False)
    policy: str
    """Version under which callguard decided."""
    is_settling: bool
    """Given to settle a disagreement, with both views known."""
    is_taken_back: bool
    """The reviewer took it back; it stays as a version."""


class Review(Document):
    """One reviewer's going through one call; round 2 is the second reviewer's, blind to the first."""

    review_id: str
    call_id: str
    round: Literal[1, 2]
    drawn: Drawn
    seed: str
    """With which the lot was drawn; the same seed and calls give the same draw."""
    reviewer: str
    """Empty until somebody takes it."""
    created_at: datetime
    taken_at: datetime | None
    finished_at: datetime | None


class ReviewEntry(Document):
    """A review in a list, with what says which call it is."""

    review: Review
    started_at: datetime
    duration_s: float
    team: str
    alerts: int


class CallReview(Document):
    """The reviewers' side of one call, as one reviewer may see it."""

    own: Review | None
    verdicts: tuple[Verdict, ...]
    """The newest of each reviewer and thing; those of others only when one's own review is finished."""
    is_blind: bool
    """Whether others' verdicts are kept back until one's own are in."""
    alerts: tuple[str, ...]
    """Alerts that need a verdict before the review can be finished."""
    disputed: tuple[str, ...]
    """Subjects on which both reviewers differ and nobody has settled yet; empty while blind."""


class DrawRequest(Document):
    """Which calls are to be drawn for review."""

    seed: str = Field(min_length=1, max_length=100, description="Any text; the same one draws the same calls.")
    since: datetime
    until: datetime
    alerting: int = Field(default=10, ge=0, le=500, description="Calls with an alert.")
    quiet: int = Field(default=10, ge=0, le=500, description="Calls without.")
    team: str = Field(default="", max_length=256)


class Draw(Document):
    """What a draw gave."""

    drawn: Mapping[Drawn, int]
    among: Mapping[Drawn, int]
    """Ended calls of the time that could have been drawn, reviewed ones included."""
    known: int
    """Drawn calls whose review was open or done already."""


class Dispute(Document):
    """Two reviewers see one thing differently."""

    call_id: str
    subject: str
    at_s: float
    started_at: datetime
    first: Verdict | None
    second: Verdict | None
    """None: went through the call and let it stand."""


class Agreement(Document):
    """How far two blind reviewers agree on one category, beyond chance."""

    category: Category | Literal["any", "severity"]
    """«any»: which categories it is, of all; «severity»: how severe it is, 0 to 4."""
    units: int
    """Things that both judged."""
    said_by_both: int
    said_by_one: int
    observed: float | None
    """Share of units on which they agree; None without units."""
    kappa: float | None
    """Cohen's; None where chance alone would agree always."""
    alpha: float | None
    """Krippendorff's: nominal, of severities ordinal; None where everybody always said the same."""
    meaning: Literal["few", "undefined", "poor", "tentative", "good"]
    """What that allows: too few units; nothing to tell apart; do not build on it; tentative conclusions; reliable."""
