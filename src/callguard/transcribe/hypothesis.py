"""What a speech model is asked and what it answers."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Protocol

from callguard.terms import RATE_HZ, Samples, is_named
from callguard.transcribe.log_mel import Features, LogMel


@dataclass(frozen=True, slots=True, kw_only=True)
class Utterance:
    """Audio for a speech model."""

    samples: Samples = field(repr=False, compare=False)
    log_mel: LogMel = field(repr=False, compare=False)
    """Remembers what it has seen of the same speech before."""
    language: str
    """Whisper's code such as «en»; empty asks the model to find out."""

    @property
    def duration_s(self) -> float:
        """How long it lasts."""
        return len(self.samples) / RATE_HZ

    def features(self) -> Features:
        """Return what the model sees; takes milliseconds, so it is for the thread that decodes."""
        return self.log_mel.of(self.samples)


@dataclass(frozen=True, slots=True, kw_only=True)
class HeardWord:
    """One word with its place in the utterance."""

    text: str = field(repr=False)
    start_s: float
    end_s: float
    probability: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Hypothesis:
    """What a speech model heard in one utterance."""

    text: str = field(repr=False)
    tokens: tuple[int, ...] = field(repr=False)
    mean_log_probability: float
    """Natural logarithm, of a token."""
    no_speech_probability: float
    language: str
    language_probability: float
    """1 where the language was given."""
    words: tuple[HeardWord, ...] = field(default=(), repr=False)
    """Empty unless they were asked for."""


class SpeechModel(Protocol):
    """A model whose calls block; several threads may call it at once."""

    @property
    def mel_filters(self) -> Features:
        """The mel bands that it was trained on, shape (bands, 201)."""
        ...

    def decode(self, utterances: Sequence[Utterance], *, frames: int, beam: int, with_words: bool = False) -> list[Hypothesis]:
        """Write down `utterances` together, each heard in a window of `frames` of 10 ms; `with_words` finds when each was said.

        Raises EngineError.
        """
        ...

    def knows(self, language: str) -> bool:
        """Say whether it understands a language, by Whisper's code; empty asks whether it can find out."""
        ...

    def close(self) -> None:
        """Let go of the memory."""
        ...


def language_code(tag: str) -> str:
    """Return Whisper's code for a BCP 47 tag such as «en-GB»; empty, to be found out, for an empty tag or «auto»."""
    return re.split(r"[-_]", tag.strip().casefold())[0] if is_named(tag) else ""
