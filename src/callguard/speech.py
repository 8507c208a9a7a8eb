"""What is heard and what it says: pieces of audio and speech, their words, their scores.

Audio time is an integer sample index at `RATE_HZ` since the call began. Step times are monotonic nanoseconds of one process.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from callguard.terms import Category, Encoding, Role, Samples, StepTimes


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
    is_likely_over: bool = False
    """Whether the silence has lasted on so long that the speech is hardly going on: worth decoding even on a busy machine."""
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
    """Code of the error («overload», «engine», «language»), or «left_out» where the load did not allow to try."""


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
