"""Checks against text that was never said.

Whisper invents text on silence and noise, threats included (Koenecke et al. 2024: in about 1 % of segments). What fails a
check is decoded again in other ways; if all fail it is shown, marked «unreliable», with the reason.
"""

import re
import tomllib
import zlib
from collections.abc import Mapping
from dataclasses import dataclass
from importlib import resources

import numpy as np

from callguard.errors import PolicyError
from callguard.terms import Samples
from callguard.transcribe.hypothesis import Hypothesis

RELIABLE = ""
LOW_CONFIDENCE = "low_confidence"
NO_SPEECH = "no_speech"
REPEATS = "repeats"
TOO_DENSE = "too_dense"
KNOWN_INVENTION = "known_invention"

QUIET_RMS = 0.002  # -54 dBFS: below the noise of a telephone line with nobody speaking
SHORT_TEXT_BYTES = 40  # below this, zlib's own header distorts the ratio
DENSE_SLACK_TOKENS = 6  # a very short utterance may hold punctuation and half-words

TOKENS_TO_ENGLISH: Mapping[str, float] = {
    **dict.fromkeys(("he", "ar", "uk", "vi", "hu"), 1.7),
    **dict.fromkeys(("el", "ur", "ps", "sd", "th", "fa", "mn"), 3.0),
    **dict.fromkeys(("kk", "tt", "ba", "tg", "yi"), 3.5),
    **dict.fromkeys(("hi", "mr", "ne", "sa", "ta", "hy"), 5.2),
    **dict.fromkeys(("am", "si"), 7.5),
    **dict.fromkeys(("kn", "te", "bn", "as", "ka"), 9.5),
    **dict.fromkeys(("pa", "km", "ml", "gu", "lo"), 11.5),
    **dict.fromkeys(("my", "bo"), 14.5),
}
"""How many tokens of Whisper's multilingual vocabulary say in a language what one says in English, where it is many more.

Counted on one complaint of two sentences in each (24 tokens in English, 115 in Hindi, 256 in Malayalam), which takes about the
same time to say; the vocabulary holds few words of these scripts, of some not even whole letters. Languages that were not counted
stand with one that shares their script.
"""

_WORD = re.compile(r"[^\W_]+(?:'[^\W_]+)*")


@dataclass(frozen=True, slots=True, kw_only=True)
class GuardLimits:
    """Where a check fails. The first three are Whisper's own (openai/whisper, transcribe.py)."""

    compression_ratio: float = 2.4
    mean_log_probability: float = -1.0
    no_speech_probability: float = 0.6
    tokens_per_second: float = 12.0
    """Of English, whose fastest speakers reach about 8; see `TOKENS_TO_ENGLISH`."""
    repeated_words: int = 12
    """So many words of a loop in a row; people do repeat themselves: «answer me, answer me, answer me» is 6."""


@dataclass(frozen=True, slots=True)
class Inventions:
    """What models are known to write down when nothing was said, as normalised text."""

    always: frozenset[str]
    """Credits and outros that no caller says."""
    when_quiet: frozenset[str]
    """Said by people too, so believed unless the audio is silence."""


def load_inventions() -> Mapping[str, Inventions]:
    """Read the bundled list, by language."""
    text = resources.files("callguard.transcribe").joinpath("inventions.toml").read_text(encoding="utf-8")
    try:
        return {
            language: Inventions(
                always=frozenset(map(normalise, lists["always"])), when_quiet=frozenset(map(normalise, lists["when_quiet"]))
            )
            for language, lists in tomllib.loads(text).items()
        }
    except (tomllib.TOMLDecodeError, KeyError, TypeError) as error:
        raise PolicyError("inventions.toml is broken: each language needs the lists «always» and «when_quiet»") from error


def normalise(text: str) -> str:
    """Return the words of `text` in lower case, without punctuation."""
    return " ".join(_WORD.findall(text.casefold()))


def find_fault(
    hypothesis: Hypothesis, samples: Samples, *, limits: GuardLimits, inventions: Mapping[str, Inventions], rate_hz: int
) -> str:
    """Return the stable word for the worst fault of `hypothesis` for `samples`, or "" for none."""
    text = hypothesis.text.strip()
    if hypothesis.no_speech_probability > limits.no_speech_probability and is_unsure(hypothesis, limits):
        return NO_SPEECH
    if not text:
        return RELIABLE
    if is_known_invention(text, hypothesis, samples, limits=limits, inventions=inventions):
        return KNOWN_INVENTION
    if len(hypothesis.tokens) > most_tokens(len(samples) / rate_hz, limits, hypothesis.language):
        return TOO_DENSE
    if is_loop(text, limits):
        return REPEATS
    return LOW_CONFIDENCE if is_unsure(hypothesis, limits) else RELIABLE


def is_unsure(hypothesis: Hypothesis, limits: GuardLimits) -> bool:
    """Say whether the model itself thinks little of what it heard."""
    return hypothesis.mean_log_probability < limits.mean_log_probability


def most_tokens(duration_s: float, limits: GuardLimits, language: str) -> int:
    """Return how many tokens a person can say in `duration_s` in a language, by Whisper's code."""
    to_english = TOKENS_TO_ENGLISH.get(language, 1.0)
    return int(to_english * (DENSE_SLACK_TOKENS + limits.tokens_per_second * duration_s))


def is_loop(text: str, limits: GuardLimits) -> bool:
    """Say whether `text` goes round in circles, as decoders do and people don't."""
    return compression_ratio(text) > limits.compression_ratio or longest_repeat(text.casefold().split()) >= limits.repeated_words


def compression_ratio(text: str) -> float:
    """Return how many times smaller zlib makes `text`, a byte a letter; 0 for text too short to tell.

    In UTF-8 each letter of Hindi or Georgian begins with the same byte or two, and 20 s of ordinary speech would seem a loop.
    """
    letters = {letter: number for number, letter in enumerate(dict.fromkeys(text))}
    encoded = bytes(letters[letter] for letter in text) if len(letters) <= 256 else text.encode()
    return len(encoded) / len(zlib.compress(encoded)) if len(encoded) >= SHORT_TEXT_BYTES else 0.0


def longest_repeat(words: list[str], *, longest_phrase: int = 8) -> int:
    """Return how many words the longest run of one phrase, said at least three times in a row, holds."""
    longest = 0
    for size in range(1, min(longest_phrase, len(words) // 3) + 1):
        run = 0
        for place in range(size, len(words)):
            run = run + 1 if words[place] == words[place - size] else 0
            if run >= 2 * size:
                longest = max(longest, run + size)
    return longest


def is_known_invention(
    text: str, hypothesis: Hypothesis, samples: Samples, *, limits: GuardLimits, inventions: Mapping[str, Inventions]
) -> bool:
    """Say whether the whole text is one that models write down on silence."""
    known = inventions.get(hypothesis.language)
    if known is None:
        return False
    said = normalise(text)
    if said in known.always:
        return True
    seems_silent = hypothesis.no_speech_probability > limits.no_speech_probability or is_quiet(samples)
    return seems_silent and said in known.when_quiet


def is_quiet(samples: Samples) -> bool:
    """Say whether nothing in `samples` is as loud as speech on a telephone."""
    return len(samples) == 0 or float(np.sqrt(np.mean(np.square(samples)))) < QUIET_RMS
