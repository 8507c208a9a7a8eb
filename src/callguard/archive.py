"""What is found and read of stored calls afterwards: searches and their results, corrections, the story of one call.

Everything here was said on a call, raised by callguard, or done by a named person. Nothing rates an agent: only callers' words
carry scores.
"""

from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any, Literal

from pydantic import Field

from callguard.documents import Document
from callguard.incidents import CallComment
from callguard.terms import CallState, Category, Role, Tactic

PEAKS_PER_S = 20
"""Peaks of a recording, per second and channel: more than a screen has dots for a call of an hour."""


class AlertLife(StrEnum):
    """What became of an alert."""

    UNANSWERED = "unanswered"
    """Nobody acknowledged or claimed it, and it was not withdrawn."""
    ACKNOWLEDGED = "acknowledged"
    """Somebody acknowledged or claimed it."""
    ESCALATED = "escalated"
    """It was raised again to the next tier."""
    WITHDRAWN = "withdrawn"
    """It was provisional, and the words were not so."""


class CallQuery(Document):
    """Which calls; every part that is set narrows it."""

    since: datetime | None = None
    """Began at this time or later."""
    until: datetime | None = None
    """Began before this time."""
    team: str = ""
    """Of the agent's team; only calls of agents who are users have one."""
    agent: str = ""
    """Log-in name."""
    categories: tuple[Category, ...] = ()
    """Something was said of one of these categories."""
    min_severity: int = 0
    """The worst of it was at least so severe."""
    tactic: Tactic | None = None
    """This card was used, or this act was asked for."""
    life: AlertLife | None = None
    """An alert of the call had this life."""
    help_after_s: float | None = None
    """For an alert of the call, help was claimed or joined later than this, or never."""
    verdict: Literal["", "none", "right", "wrong", "too_late", "missed"] = ""
    """The reader's own verdict on something of the call, or none; others' would tell a blind second reviewer the first's."""
    words: str = ""
    """Said in one utterance by either side, as heard or as corrected: all of the words; "in quotes" one after the other; wor* is
    how one begins."""


class SaidLine(Document):
    """An utterance that was found."""

    channel: Role
    segment: int
    start_s: float
    text: str = Field(repr=False)


class FoundCall(Document):
    """One call of a search."""

    call_id: str
    agent: str
    agent_name: str
    """As people know the agent; empty if there is no such user."""
    team: str
    line: str
    started_at: datetime
    ended_at: datetime | None
    state: CallState
    peak_severity: int
    """Of what the caller said."""
    alerts: int
    """Without those withdrawn."""
    categories: tuple[Category, ...]
    tactics: tuple[Tactic, ...]
    help_s: float | None
    """From the call's first alert until somebody claimed it or joined; None if nobody did, or there was none."""
    said: SaidLine | None
    """Where the words of the search were first said."""


class FoundCalls(Document):
    """One page of a search, latest call first."""

    total: int
    """Calls that the search fits, on all pages."""
    calls: tuple[FoundCall, ...]


class ExportForm(StrEnum):
    """As what a selection of calls is handed out."""

    CSV = "csv"
    """One row a call, without words."""
    JSON = "json"
    """One object a call, with all that the reader may know of it."""
    VCON = "vcon"
    """A zip of one vCon a call."""
    PDF = "pdf"
    """One report to be read."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Export:
    """A selection of calls as a file, made while it is read."""

    name: str
    media_type: str
    chunks: AsyncIterator[bytes] = field(repr=False)


class Correction(Document):
    """What a person says was said; what was heard stays beside it, and so do earlier corrections."""

    call_id: str
    channel: Role
    segment: int
    by: str
    at: datetime
    heard: str = Field(repr=False)
    """The text that the speech engine wrote."""
    text: str = Field(repr=False)


class RecordingState(StrEnum):
    """Whether a call can be heard."""

    KEPT = "kept"
    RUNNING = "running"
    """The call is still going on."""
    NOT_KEPT = "not_kept"
    """Audio was not being kept, or could not be."""
    GONE = "gone"
    """It was kept, and the file is no longer there."""


class RecordingFacts(Document):
    """A call's recording."""

    state: RecordingState
    duration_s: float = 0.0
    channels: tuple[Role, ...] = ()
    """Left to right."""
    peaks_per_s: int = PEAKS_PER_S


class StoryLine(Document):
    """One final utterance. Labels, spans and scores are of callers only."""

    channel: Role
    segment: int
    start_s: float
    end_s: float
    heard: str = Field(repr=False)
    """As the engine wrote it."""
    text: str = Field(repr=False)
    """As it holds: as heard, or as corrected."""
    corrected_by: str
    corrected_at: datetime | None
    is_reliable: bool
    unreliable_because: str
    labels: tuple[Category, ...]
    severity: int
    spans: tuple[Mapping[str, Any], ...] = Field(repr=False)
    """Characters of what was heard: {"start", "end", "category"}."""
    scores: Mapping[Category, float]
    """Probability per category, 0 to 1; those under 0.05 are left out."""


class Act(Document):
    """What a person did about an alert."""

    what: str
    """«acknowledged», «claimed», «handed_over», «declined», «threat_decided», «shown»."""
    by: str
    at: datetime
    detail: str = Field(repr=False)
    """To whom, why, or which measures."""


class StoryAlert(Document):
    """An alert of the first tier with all that became of it."""

    decision_id: str
    at: datetime
    at_s: float
    heard_s: float
    """Where the words that caused it begin; `at_s` where a person asked."""
    category: str
    severity: int
    state: CallState
    because: str = Field(repr=False)
    text: str = Field(repr=False)
    segment: int
    policy: str
    is_urgent: bool
    is_reliable: bool
    settled: Literal["", "provisional", "confirmed", "unproven", "withdrawn"]
    """Unproven: it stands, and nothing could be heard again."""
    raised_again: tuple[datetime, ...]
    """When it went to further tiers."""
    seen_s: float | None
    """Seconds until somebody acknowledged or claimed it."""
    help_s: float | None
    """Seconds until somebody claimed it or joined the call."""
    acts: tuple[Act, ...]


class StoryMark(Document):
    """Something beside the words: a join, a gap, a card, a cry for help, a change of the call's state or of its guard."""

    kind: Literal["join", "gap", "lost", "card", "help", "panic", "request", "warning", "state", "guard"]
    start_s: float
    end_s: float
    by: str
    what: str = Field(repr=False)
    """A stable word: the mode, the reason, the tactic, the state."""


class CallStory(Document):
    """One stored call for replay."""

    call_id: str
    agent: str
    agent_name: str
    team: str
    line: str
    tap: str
    language: str
    started_at: datetime
    ended_at: datetime | None
    duration_s: float
    end_reason: str
    state: CallState
    worst_state: CallState
    peak_severity: int
    policies: tuple[str, ...]
    """Policies under which something was raised."""
    thresholds: Mapping[Category, float]
    """What counts today, for new calls; the call may have been judged by others."""
    recording: RecordingFacts
    lines: tuple[StoryLine, ...]
    alerts: tuple[StoryAlert, ...]
    marks: tuple[StoryMark, ...]
    comments: tuple[CallComment, ...]


class ReplayAccess(Document):
    """Who heard or read a call, and where."""

    at: datetime
    who: str
    what: Literal["replay.read", "recording.hear", "words.correct", "calls.export", "calls.search"]
    call_id: str
    """Empty for a search and for an export of several calls; each call whose words went out with it has an entry of its own."""
    detail: str
