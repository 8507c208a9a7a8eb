"""Misheard sentences as the noisy channel makes them, for the network that reads them in calls (`training/finish.py`). No torch.

The channel that ships has counted the words of every training sentence: of those it would restore nearly all, of what a caller
says half. So the sittings are dealt into folds, and a sentence is restored by a channel that was made of the other folds.
"""

import os
import random
import zlib
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import replace
from functools import partial
from multiprocessing import get_context

from callguard.score.channel import NoisyChannel
from callguard.score.ngrams import NGrams
from training.batches import Array, Batch, Batches, Reader, blocks_of
from training.channel import made
from training.corpus import Sentence
from training.noise import Mishearing, misspelt, plain, starred, vocabulary
from training.rows import Row

FOLDS = 4
TIMES = 2
"""Times that each sentence is misheard and restored. Once more it is read as misheard, and once as it is written."""
LEAST_ERRORS, MOST_ERRORS = 0.15, 0.45
"""Shares of wrong words, between which each time has its own."""
POOL_BLOCKS = 3000
GARBLED_TURNS = 0.6
"""Share of the restored sentences whose earlier turns are misheard, too."""
PUBLIC_MISHEARD = 0.3
PLAIN, MISSPELT, STARRED = 0.4, 0.2, 0.1
"""Shares of the sentences as written that come plain, mistyped or starred all the same."""


def channel_of(sentences: Iterable[Sentence]) -> NoisyChannel:
    """Return a channel that has counted these sentences."""
    kept = made([plain(sentence.text) for sentence in sentences])
    return NoisyChannel(NGrams(kept), kept)


def mended(channel: NoisyChannel, text: str) -> str:
    """Return what was probably said, or the text where it may stand."""
    said = channel.said(text)
    return said.text if said else text


def fold_of(sentence: Sentence) -> int:
    """Return the fold of a sentence: that of its sitting, since sentences of one sitting share their words."""
    return zlib.crc32(sentence.sitting.encode()) % FOLDS


def restored(sentences: Sequence[Sentence], every: Sequence[Sentence]) -> list[list[tuple[str, str]]]:
    """Return for each of `sentences` what was heard and what was probably said, `TIMES` times.

    `every` is all that channels are made of, `sentences` among them.
    """
    found: dict[str, list[tuple[str, str]]] = {}
    # Spawned, not forked: torch's threads do not survive a fork.
    with ProcessPoolExecutor(min(FOLDS, os.cpu_count() or 1), mp_context=get_context("spawn")) as processes:
        for restored_fold in processes.map(partial(_fold_restored, sentences=sentences, every=every), range(FOLDS)):
            found |= restored_fold
    return [found[sentence.id] for sentence in sentences]


def _fold_restored(fold: int, *, sentences: Sequence[Sentence], every: Sequence[Sentence]) -> dict[str, list[tuple[str, str]]]:
    noise = Mishearing(vocabulary([sentence.text for sentence in every]))
    channel = channel_of(sentence for sentence in every if fold_of(sentence) != fold)
    found = {}
    for sentence in sentences:
        if fold_of(sentence) == fold:
            rng = random.Random(sentence.id)
            found[sentence.id] = [_misheard(sentence.text, noise, channel, rng) for _ in range(TIMES)]
    return found


def _misheard(text: str, noise: Mishearing, channel: NoisyChannel, rng: random.Random) -> tuple[str, str]:
    heard = noise.hear(text, rng, word_errors=rng.uniform(LEAST_ERRORS, MOST_ERRORS))
    return heard, mended(channel, heard)


class RestoredBatches(Batches):
    """Reads every sentence as restored, as misheard, and as written; twins always alike. Public rows once, some misheard."""

    def __init__(
        self,
        own: Sequence[Row],
        public: Sequence[Row],
        reader: Reader,
        misheard: Sequence[Sequence[tuple[str, str]]],
        *,
        size: int,
    ) -> None:
        """`misheard` holds for each of `own` what `restored` gives. Places count through `own` and then `public`."""
        super().__init__([*own, *public], (), (reader,), {}, size=size)
        self._times, self._sentences = misheard, len(own)

    def epoch(self, rng: random.Random) -> Iterator[Batch[Array]]:
        """Yield the batches of one epoch."""
        blocks: list[list[Row]] = []
        for block in blocks_of(self._own[: self._sentences]):
            blocks += [[self._restored(row, time, rng) for row in block] for time in range(TIMES)]
            blocks.append([self._heard(row, rng) for row in block])
            blocks.append([_written(row, rng) for row in block])
        blocks += [[self._public_row(row, rng)] for row in self._own[self._sentences :]]
        rng.shuffle(blocks)
        for begin in range(0, len(blocks), POOL_BLOCKS):
            yield from self.cut(blocks[begin : begin + POOL_BLOCKS], rng)

    def share(self, *, seed: int, worker: int, workers: int) -> Iterator[Batch[Array]]:
        """Yield one worker's part of endless epochs: every so manieth batch of its own."""
        number = 0
        while True:
            for batch in self.epoch(random.Random(f"{seed} {number}")):
                if number % workers == worker:
                    yield batch
                number += 1

    def _restored(self, row: Row, time: int, rng: random.Random) -> Row:
        return replace(row, text=self._times[row.place][time][1], context=self._turns(row, rng, GARBLED_TURNS))

    def _heard(self, row: Row, rng: random.Random) -> Row:
        return replace(row, text=rng.choice(self._times[row.place])[0], context=self._turns(row, rng, 1.0))

    def _turns(self, row: Row, rng: random.Random, share: float) -> tuple[str, ...]:
        if rng.random() >= share:
            return row.context
        return self.heard_turns(row.context, rng, word_errors=rng.uniform(LEAST_ERRORS, MOST_ERRORS))

    def _public_row(self, row: Row, rng: random.Random) -> Row:
        if rng.random() >= PUBLIC_MISHEARD:
            return row
        return replace(row, text=self.noise.hear(row.text, rng, word_errors=rng.uniform(LEAST_ERRORS, MOST_ERRORS)))


def _written(row: Row, rng: random.Random) -> Row:
    text = plain(row.text) if rng.random() < PLAIN else misspelt(row.text, rng) if rng.random() < MISSPELT else row.text
    return replace(row, text=(starred(text, rng) if rng.random() < STARRED else text) or row.text)
