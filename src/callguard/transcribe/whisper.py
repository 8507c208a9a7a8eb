"""Whisper through faster-whisper and CTranslate2: the one module that imports them.

It works on faster-whisper's model object, but passes by its `transcribe`: that one pads every utterance to 30 s and decodes
one at a time. With the full window the tokens are the same as those of `WhisperModel.transcribe` (greedy, without timestamps).
"""

import json
import logging
import statistics
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import ctranslate2
import ctranslate2.specs
import numpy as np
from faster_whisper import WhisperModel
from faster_whisper.tokenizer import Tokenizer
from faster_whisper.transcribe import get_suppressed_tokens, merge_punctuations

from callguard.errors import EngineError, ModelMissingError
from callguard.transcribe.guards import GuardLimits, most_tokens
from callguard.transcribe.hypothesis import HeardWord, Hypothesis, Utterance
from callguard.transcribe.log_mel import Features
from callguard.transcribe.window import FULL_FRAMES

log = logging.getLogger(__name__)

MAX_LENGTH = 448  # of the decoder: prompt and text
LEAST_ALIGNED = 2  # frames: the encoder halves them, and of none nothing can be aligned
FIRST_LANGUAGE = "en"
OPENING, CLOSING = "\"'“¿([{-", "\"'.。,，!！?？:：”)]}、"  # punctuation that belongs to the word after or before it


class WhisperWeights:
    """One Whisper model in memory, shared by all calls; several threads may use it at once."""

    def __init__(
        self,
        folder: Path,
        *,
        device: str,
        compute_type: str,
        workers: int,
        limits: GuardLimits,
        vocabulary: Sequence[str] = (),
        vocabulary_tokens: int = 0,
    ) -> None:
        """Load the model, which expects as many names of `vocabulary` as have room in so many tokens.

        Raises ModelMissingError or EngineError.
        """
        if not (folder / "model.bin").is_file():
            raise ModelMissingError(f"{folder} holds no model.bin; expected a CTranslate2 Whisper model: `callguard models list`")
        self.device = choose_device(device)
        self.compute_type = choose_compute_type(compute_type, self.device)
        try:
            _check_tokenizer(folder / "tokenizer.json")
            self._whisper = WhisperModel(
                str(folder),
                device=self.device,
                compute_type=self.compute_type,
                cpu_threads=1,  # several workers of one thread beat one of many: see benchmarks/engine.py
                num_workers=workers,
                local_files_only=True,
            )
        except (RuntimeError, ValueError, OSError) as error:
            raise EngineError(f"the model in {folder} cannot be loaded: {error}") from error
        self._limits = limits
        self._tokenizers: dict[str, Tokenizer] = {}
        self._expected = self._expect(vocabulary, vocabulary_tokens)
        self._suppressed = get_suppressed_tokens(self._tokenizer(FIRST_LANGUAGE), [-1])

    @property
    def mel_filters(self) -> Features:
        """The mel bands that it was trained on."""
        filters: Features = self._whisper.feature_extractor.mel_filters
        return filters

    def knows(self, language: str) -> bool:
        """Say whether it understands a language; empty asks whether it can find out, which is easy with only one."""
        return language in {"", *self._whisper.supported_languages}

    def decode(self, utterances: Sequence[Utterance], *, frames: int, beam: int, with_words: bool = False) -> list[Hypothesis]:
        """Write down `utterances` together. Raises EngineError."""
        features = np.zeros((len(utterances), len(self.mel_filters), frames), dtype=np.float32)
        for row, utterance in zip(features, utterances, strict=True):
            heard = utterance.features()[:, :frames]
            row[:, : heard.shape[1]] = heard
        longest_s = max(utterance.duration_s for utterance in utterances)
        try:
            encoded = self._whisper.encode(features)
            languages = self._languages(utterances, encoded)
            tokenizers = [self._tokenizer(language) for language, _ in languages]
            prompts = [self._prompt(tokenizer) for tokenizer in tokenizers]
            results = self._whisper.model.generate(
                encoded,
                prompts,
                beam_size=beam,
                max_length=self._max_length(len(prompts[0]), longest_s, frames, {language for language, _ in languages}),
                return_scores=True,
                return_no_speech_prob=True,
                suppress_blank=True,
                suppress_tokens=self._suppressed,
            )
            hypotheses = [
                _hypothesis(result, tokenizer, *language)
                for result, tokenizer, language in zip(results, tokenizers, languages, strict=True)
            ]
            if with_words:
                hypotheses = self._with_words(hypotheses, utterances, tokenizers, encoded, frames)
        except (RuntimeError, ValueError) as error:
            raise EngineError(f"the speech model failed: {error}") from error
        return hypotheses

    def close(self) -> None:
        """Let go of the memory."""
        self._whisper.model.unload_model()

    def _tokenizer(self, language: str) -> Tokenizer:
        if language not in self._tokenizers:
            is_multilingual = self._whisper.model.is_multilingual
            tokenizer = Tokenizer(self._whisper.hf_tokenizer, is_multilingual, task="transcribe", language=language)
            self._tokenizers[language] = tokenizer
        return self._tokenizers[language]

    def _languages(self, utterances: Sequence[Utterance], encoded: Any) -> list[tuple[str, float]]:
        if not self._whisper.model.is_multilingual:
            return [(FIRST_LANGUAGE, 1.0)] * len(utterances)
        if all(utterance.language for utterance in utterances):
            return [(utterance.language, 1.0) for utterance in utterances]
        detected = self._whisper.model.detect_language(encoded)
        return [
            (utterance.language, 1.0) if utterance.language else (best[0][0].strip("<|>"), float(best[0][1]))
            for utterance, best in zip(utterances, detected, strict=True)
        ]

    def _with_words(
        self,
        hypotheses: Sequence[Hypothesis],
        utterances: Sequence[Utterance],
        tokenizers: Sequence[Tokenizer],
        encoded: Any,
        frames: int,
    ) -> list[Hypothesis]:
        """Add when each word was said, from the decoder's attention; languages other than the first's stay without.

        Words are worth more than their times: where those cannot be found, the text is returned all the same.
        """
        first = hypotheses[0].language
        tokens = [list(heard.tokens) if heard.language == first else [] for heard in hypotheses]
        if not any(tokens):
            return list(hypotheses)
        lengths = [min(max(LEAST_ALIGNED, int(utterance.duration_s * 100)), frames) for utterance in utterances]
        try:
            found = self._whisper.find_alignment(tokenizers[0], tokens, encoded, lengths)
        except (RuntimeError, ValueError, IndexError) as error:  # no memory for it, or an alignment with holes
            log.warning("no word times were found", extra={"utterances": len(utterances), "cause": str(error)})
            return list(hypotheses)
        return [
            replace(heard, words=_words(alignment, utterance.duration_s))
            for heard, alignment, utterance in zip(hypotheses, found, utterances, strict=True)
        ]

    def _prompt(self, tokenizer: Tokenizer) -> list[int]:
        """Return what the decoder begins with: expected names, if any, then the task."""
        return [*self._expected, *tokenizer.sot_sequence, tokenizer.no_timestamps]

    def _expect(self, vocabulary: Sequence[str], room: int) -> list[int]:
        """Return names as if they had just been said, whole ones only."""
        tokenizer = self._tokenizer(FIRST_LANGUAGE)
        expected: list[int] = []
        for place, name in enumerate(vocabulary):
            more = tokenizer.encode(f" {name.strip()},")
            if len(expected) + len(more) > room:
                log.warning("expected names were left out for want of room", extra={"names": len(vocabulary) - place})
                break
            expected += more
        return [tokenizer.sot_prev, *expected] if expected else []

    def _max_length(self, prompt: int, duration_s: float, frames: int, languages: set[str]) -> int:
        """Return CTranslate2's `max_length`, half of which Whisper may generate.

        A short window stops a decoder that runs in circles at one token more than a person can say, which fails the check.
        """
        if frames >= FULL_FRAMES:
            return MAX_LENGTH
        longest = max(most_tokens(duration_s, self._limits, language) for language in languages)
        return min(MAX_LENGTH, max(2 * (longest + 1), 2 * prompt))


def empty_spec(encoder_layers: int, heads: int, decoder_layers: int) -> Any:
    """Return CTranslate2's description of a Whisper model, to be filled with weights and saved."""
    return ctranslate2.specs.WhisperSpec(encoder_layers, heads, decoder_layers, heads)


def _check_tokenizer(file: Path) -> None:
    """Raise ValueError for a file that was cut off: the tokenizers library raises a bare Exception, which tells nothing."""
    if file.is_file():
        try:
            json.loads(file.read_bytes())
        except ValueError as error:
            raise ValueError(f"{file.name} is no JSON ({error})") from error


def choose_device(wanted: str) -> str:
    """Return «cuda» where there is one and it is wanted, else «cpu»."""
    if wanted != "auto":
        return wanted
    return "cuda" if ctranslate2.get_cuda_device_count() else "cpu"


def choose_compute_type(wanted: str, device: str) -> str:
    """Return CTranslate2's compute type; «default» is the fastest that costs no accuracy worth naming."""
    if wanted != "default":
        return wanted
    return "float16" if device == "cuda" else "int8"


def _hypothesis(result: Any, tokenizer: Tokenizer, language: str, language_probability: float) -> Hypothesis:
    tokens = tuple(result.sequences_ids[0])
    return Hypothesis(
        text=tokenizer.decode(list(tokens)).strip(),
        tokens=tokens,
        # CTranslate2 gives the mean over the tokens; the end token counts too
        mean_log_probability=float(result.scores[0]) * len(tokens) / (len(tokens) + 1),
        no_speech_probability=float(result.no_speech_prob),
        language=language,
        language_probability=language_probability,
    )


def _words(alignment: list[dict[str, Any]], duration_s: float) -> tuple[HeardWord, ...]:
    """Return the words of faster-whisper's alignment, punctuation with its word, all inside the utterance.

    What the model heard before the first word counts into it: that one lasts no longer than twice the median.
    """
    merge_punctuations(alignment, OPENING, CLOSING)
    words = [
        HeardWord(
            text=one["word"].strip(),
            start_s=min(float(one["start"]), duration_s),
            end_s=min(float(one["end"]), duration_s),
            probability=float(one["probability"]),
        )
        for one in alignment
        if one["word"].strip()
    ]
    if words:
        longest_s = 2 * statistics.median(word.end_s - word.start_s for word in words)
        words[0] = replace(words[0], start_s=max(words[0].start_s, words[0].end_s - longest_s))
    return tuple(words)
