"""How likely words follow each other in calls: a language model over three words, small enough to lie beside the encoder.

Absolute discounting with back-off to two words and one (Ney, Essen and Kneser 1994); `training/channel.py` counts it. Kept as
sorted numbers, so that many candidates are looked up at once.
"""

from collections.abc import Mapping, Sequence
from typing import Any, Final

import numpy as np
import numpy.typing as npt

BEGIN: Final = 0
END: Final = 1
UNKNOWN: Final = 2
"""Numbers that stand for no word of the vocabulary; its own begin after them."""
MARKS: Final = 3
STEP: Final = 1 / 16
"""Nats: what a logarithm is stored in multiples of."""

Numbers = npt.NDArray[np.int64]
Logs = npt.NDArray[np.float64]


class NGrams:
    """Log-probabilities of words after the two before them, in nats."""

    def __init__(self, kept: Mapping[str, npt.NDArray[Any]]) -> None:
        """Take the arrays that `training/channel.py` wrote. Raises KeyError or ValueError where they do not fit together."""
        self.words: Final = kept["words"].tobytes().decode().split("\n")
        size = len(self.words) + MARKS
        self.numbers: Final = {word: number for number, word in enumerate(self.words, start=MARKS)}
        self._alone = kept["alone"].astype(np.float64)
        self._alone_backoff = kept["alone_backoff"].astype(np.float64)
        self._pairs = _keys(kept["pair_counts"], kept["pair_seconds"], size)
        self._pair_logs, self._pair_backoff = kept["pair_logs"], kept["pair_backoff"]  # a byte each, as they are stored
        self._triples = _keys(kept["triple_counts"], kept["triple_thirds"], size)
        self._triple_logs = kept["triple_logs"]
        lengths = {
            size: (self._alone, self._alone_backoff, kept["pair_counts"]),
            len(self._pairs): (self._pair_logs, self._pair_backoff, kept["triple_counts"]),
            len(self._triples): (self._triple_logs,),
        }
        if not len(self._pairs) or not len(self._triples):
            raise ValueError("no pairs or triples of words")
        if any(len(array) != length for length, arrays in lengths.items() for array in arrays):
            raise ValueError("arrays of different lengths")

    @property
    def size(self) -> int:
        """How many words there are, with the marks."""
        return len(self._alone)

    def number(self, word: str) -> int:
        """Return the number of a word, UNKNOWN for one that calls hardly know."""
        return self.numbers.get(word, UNKNOWN)

    def alone(self, words: Numbers) -> Logs:
        """Return how likely each of `words` is wherever it stands."""
        return self._alone[words]

    def after(self, last: Numbers, history: Numbers, words: Numbers) -> tuple[Logs, Numbers]:
        """Return how likely `words` are, and the history that each of them makes; shapes are broadcast.

        `last` holds the word before, `history` what an earlier call returned for it (-1: none).
        """
        pair, is_pair = _found(self._pairs, last * self.size + words)
        by_two = np.where(is_pair, -STEP * self._pair_logs[pair], self._alone_backoff[last] + self._alone[words])
        triple, is_triple = _found(self._triples, history * self.size + words)
        backoff = np.where(history >= 0, -STEP * self._pair_backoff[history], 0.0)
        logs = np.where(is_triple & (history >= 0), -STEP * self._triple_logs[triple], backoff + by_two)
        return logs, np.where(is_pair, pair, -1)

    def sentence(self, words: Sequence[int]) -> Logs:
        """Return how likely each word of an utterance is, and last its end."""
        first = np.array([BEGIN, *words], np.int64)
        second = np.array([*words, END], np.int64)
        pair, is_pair = _found(self._pairs, first * self.size + second)
        history = np.concatenate(([-1], np.where(is_pair, pair, -1)[:-1]))
        return self.after(first, history, second)[0]


def _keys(counts: npt.NDArray[Any], seconds: npt.NDArray[Any], size: int) -> Numbers:
    """Return one sorted number for each sequence: which one it goes on from, and with which word."""
    first = np.repeat(np.arange(len(counts), dtype=np.int64), counts)
    return np.asarray(first * size + seconds, np.int64)


def _found(keys: Numbers, wanted: Numbers) -> tuple[Numbers, npt.NDArray[np.bool_]]:
    """Return where each of `wanted` stands in `keys`, and whether it does."""
    places = np.minimum(np.searchsorted(keys, wanted), len(keys) - 1)
    return places, keys[places] == wanted
