"""One piece of speech on its way through a decoder: what has been fed, and how replies become text."""

import asyncio
import math
from dataclasses import dataclass, field

import numpy as np

from callguard.speech import SpeechSegment, SpeechSnapshot, Word
from callguard.terms import RATE_HZ, Samples
from callguard.transcribe.agreement import Agreement
from callguard.transcribe.guards import LOW_CONFIDENCE, NO_SPEECH, RELIABLE
from callguard.transcribe.scheduler import SpeechKey
from callguard.transcribe.sphinx.messages import HeardWord, Reply

FRAME_SAMPLES = RATE_HZ // 100
PIECE_SAMPLES = RATE_HZ
"""Audio goes to a worker in pieces of at most one second, so that its other decoders get their turn."""
FLOOR = 1e-6
"""Below this a posterior is rounding; its logarithm would outweigh all other words."""
RELIABLE_FROM = -0.45
"""Of the mean logarithm: one utterance in ten of the demo calls is below it, with half of its words wrong, and so is every second
one that is played backwards."""
SPARSE_WORDS_PER_SECOND = 0.5
SPARSE_FROM_S = 2.0
"""In noise the decoder hears a single word in several seconds; people say three a second."""


@dataclass(slots=True, eq=False)
class Utterance:
    """Running or finished speech; one coroutine at a time feeds it."""

    key: SpeechKey
    turn: asyncio.Lock = field(default_factory=asyncio.Lock)
    agreement: Agreement = field(default_factory=Agreement)
    generation: int = -1
    """Start of the worker in which it was begun; -1 while it is in no decoder."""
    start_sample: int = 0
    fed_up_to: int = 0
    started_ns: int = 0
    shown: str = ""
    is_over: bool = False

    def begin(self, speech: SpeechSegment | SpeechSnapshot, generation: int, now_ns: int) -> None:
        """Note that a decoder has begun with this speech."""
        self.generation = generation
        self.start_sample = self.fed_up_to = speech.start_sample
        self.started_ns = now_ns

    def lose_decoder(self) -> None:
        """Note that what was fed is gone."""
        self.generation = -1

    def fits(self, speech: SpeechSegment | SpeechSnapshot, generation: int) -> bool:
        """Say whether what was fed is a beginning of `speech`, and still there."""
        return self.generation == generation and self.start_sample == speech.start_sample and self.fed_up_to <= speech.end_sample

    def pieces(self, speech: SpeechSegment | SpeechSnapshot) -> list[tuple[int, bytes]]:
        """Return what has not been fed yet: where each piece ends, and its audio."""
        ends = [*range(self.fed_up_to + PIECE_SAMPLES, speech.end_sample, PIECE_SAMPLES), speech.end_sample]
        starts = [self.fed_up_to, *ends]
        return [
            (end, to_pcm(speech.samples[start - speech.start_sample : end - speech.start_sample]))
            for start, end in zip(starts, ends, strict=False)
            if end > start
        ]


def to_pcm(samples: Samples) -> bytes:
    """Return 16-bit little-endian audio."""
    return (np.clip(samples, -1, 1) * 32767).astype("<i2").tobytes()


def to_words(heard: tuple[HeardWord, ...], start_sample: int) -> tuple[Word, ...]:
    """Return words with their place in the call."""
    return tuple(
        Word(
            text=word.text,
            start_sample=start_sample + word.start_frame * FRAME_SAMPLES,
            end_sample=start_sample + word.end_frame * FRAME_SAMPLES,
            probability=word.probability,
        )
        for word in heard
    )


def mean_log_probability(reply: Reply) -> float:
    """Return the mean natural logarithm of the words' posteriors; 0 for no words."""
    if not reply.words:
        return 0.0
    return sum(math.log(max(word.probability, FLOOR)) for word in reply.words) / len(reply.words)


def find_doubt(reply: Reply, duration_s: float) -> str:
    """Return why the text is not to be relied on, or "" if it is."""
    if reply.words and duration_s >= SPARSE_FROM_S and len(reply.words) < SPARSE_WORDS_PER_SECOND * duration_s:
        return NO_SPEECH
    return LOW_CONFIDENCE if mean_log_probability(reply) < RELIABLE_FROM else RELIABLE
