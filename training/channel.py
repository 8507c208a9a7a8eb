"""Makes `score/model/channel.npz`: which words follow each other in calls, and as what each of them may be heard.

Needs no torch: `python -m training.channel`. Words are counted in the training sittings only; sounds are those of `noise.py`,
whose errors the scorer is measured on.
"""

import argparse
import math
from collections import Counter, defaultdict
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from callguard.score.channel import a_letter_away
from callguard.score.factory import bundled_model
from callguard.score.ngrams import BEGIN, END, MARKS, STEP, UNKNOWN
from training import corpus
from training.noise import (
    ADDED,
    ADDED_SHARE,
    DROPPED_FIRST,
    DROPPED_SHARE,
    LONG_DROPPED_SHARE,
    OFTEN,
    SELDOM,
    Mishearing,
    plain,
)

WORD_ERRORS = 0.3
LEAST = 3
"""Times that a word stands in the training sentences; rarer ones are unknown."""
LEAST_PAIRS, LEAST_TRIPLES = 2, 3
"""Rarer sequences are left to the shorter ones: with all of them 2.5 million were kept for the same word errors."""
DISCOUNT = 0.75
"""Taken from each count for what was never seen (Kneser and Ney 1995)."""
SLIPS = 0.15
"""Of a word's errors, those that write it as a known one that is a letter away and sounds otherwise."""
MOST_SOUNDS = 24
"""Words that one may have been, the most frequent."""

Array = npt.NDArray[Any]


def counted(texts: Sequence[str]) -> dict[str, Array]:
    """Return the arrays of `callguard.score.ngrams.NGrams` for plain `texts`."""
    counts = Counter(word for text in texts for word in text.split())
    words = sorted(word for word, count in counts.items() if count >= LEAST)
    numbers = {word: number for number, word in enumerate(words, start=MARKS)}
    size = len(words) + MARKS
    run: list[int] = []
    for text in texts:
        run += [BEGIN, BEGIN, *(numbers.get(word, UNKNOWN) for word in text.split()), END]
    said = np.array(run, np.int64)
    spoken = said[1:] != BEGIN

    pairs, often = np.unique((said[:-1] * size + said[1:])[spoken], return_counts=True)
    first, second = pairs // size, pairs % size
    follows = np.bincount(second, minlength=size) + 0.05  # in how many places a word stands, not how often
    follows[BEGIN] = 0.0
    alone = follows / follows.sum()
    by_pair = _discounted(first, often, alone[second], size)
    kept = often >= LEAST_PAIRS
    alone_backoff = _left(first[kept], by_pair[kept], alone[second[kept]], size)

    triples, triple_often = np.unique(_triples(said, pairs, spoken, size), return_counts=True)
    history, third = triples // size, triples % size
    lower_key = second[history] * size + third
    by_triple = _discounted(history, triple_often, by_pair[np.searchsorted(pairs, lower_key)], len(pairs))
    stays = (triple_often >= LEAST_TRIPLES) & kept[history]
    place = np.cumsum(kept) - 1
    kept_pairs, kept_logs = pairs[kept], by_pair[kept]
    history, third, by_triple, lower_key = place[history[stays]], third[stays], by_triple[stays], lower_key[stays]
    at = np.minimum(np.searchsorted(kept_pairs, lower_key), len(kept_pairs) - 1)
    lower = np.where(kept_pairs[at] == lower_key, kept_logs[at], alone_backoff[lower_key // size] * alone[lower_key % size])
    return {
        "words": np.frombuffer("\n".join(words).encode(), np.uint8),
        "alone": np.log(np.maximum(alone, 1e-9)).astype(np.float16),
        "alone_backoff": np.log(alone_backoff).astype(np.float16),
        "pair_counts": np.bincount(kept_pairs // size, minlength=size).astype(np.uint16),
        "pair_seconds": (kept_pairs % size).astype(np.uint16),
        "pair_logs": _steps(kept_logs),
        "pair_backoff": _steps(_left(history, by_triple, lower, len(kept_pairs))),
        "triple_counts": np.bincount(history, minlength=len(kept_pairs)).astype(np.uint16),
        "triple_thirds": third.astype(np.uint16),
        "triple_logs": _steps(by_triple),
    }


def _triples(said: Array, pairs: Array, spoken: Array, size: int) -> Array:
    """Return a number for each three words in a row: place of the first two among `pairs`, and the third."""
    history, third = (said[:-2] * size + said[1:-1])[spoken[1:]], said[2:][spoken[1:]]
    place = np.minimum(np.searchsorted(pairs, history), len(pairs) - 1)
    is_pair = pairs[place] == history  # two marks before the first word are none
    return np.asarray(place[is_pair] * size + third[is_pair])


def _discounted(history: Array, often: Array, lower: Array, size: int) -> Array:
    """Return the probability of each sequence, mixed with that of the shorter one."""
    total = np.bincount(history, weights=often, minlength=size)[history]
    kinds = np.bincount(history, minlength=size)[history]
    return np.asarray((np.maximum(often - DISCOUNT, 0) + DISCOUNT * kinds * lower) / total)


def _left(history: Array, chances: Array, lower: Array, size: int) -> Array:
    """Return for each history what is left for the words that do not follow it, over what the shorter sequences give them."""
    left = 1 - np.bincount(history, weights=chances, minlength=size)
    return np.clip(left / np.maximum(1 - np.bincount(history, weights=lower, minlength=size), 1e-9), 1e-6, 1.0)


def _steps(chances: Array) -> Array:
    """Return logarithms as whole numbers of `ngrams.STEP`."""
    return np.clip(np.round(-np.log(chances) / STEP), 0, 255).astype(np.uint8)


def sounds(words: Sequence[str], alone: Array) -> dict[str, Array]:
    """Return the arrays of `callguard.score.channel.NoisyChannel`: what each word may have been, and how likely."""
    numbers = {word: number for number, word in enumerate(words, start=MARKS)}
    hearing = Mishearing(words)
    heard: dict[int, list[tuple[int, float]]] = defaultdict(list)
    split: list[tuple[int, int, int, int]] = []
    for word in words:
        alike = hearing.sound_alikes(word) if hearing.knows(word) else ()
        wrong = WORD_ERRORS * (OFTEN if word in DROPPED_FIRST else SELDOM)
        another = wrong * (1 - (DROPPED_SHARE if word in DROPPED_FIRST else LONG_DROPPED_SHARE) - ADDED_SHARE)
        away = sorted({other for other in a_letter_away(word) if other in numbers and len(word) > 2} - {word, *alike})
        for other in away:
            heard[numbers[other]].append((numbers[word], math.log(wrong * SLIPS / len(away))))
        for other in alike:
            log = math.log(another / len(alike))
            parts = [numbers.get(part, UNKNOWN) for part in other.split()]
            if UNKNOWN in parts:
                continue
            if len(parts) == 2:
                split.append((parts[0], parts[1], numbers[word], round(-log / STEP)))
            else:
                heard[parts[0]].append((numbers[word], log))
    size = len(words) + MARKS
    ranked = [
        sorted(heard[number], key=lambda pair: (-pair[1] - alone[pair[0]], pair[0]))[:MOST_SOUNDS] for number in range(size)
    ]
    flat = [pair for some in ranked for pair in some]
    added = sorted(numbers[word] for word in ADDED if word in numbers)
    kept = np.full(size, math.log(1 - SELDOM * WORD_ERRORS))
    kept[[numbers[word] for word in DROPPED_FIRST if word in numbers]] = math.log(1 - OFTEN * WORD_ERRORS)
    return {
        "sound_counts": np.array([len(some) for some in ranked], np.uint8),
        "sound_words": np.array([number for number, _ in flat], np.uint16),
        "sound_logs": np.clip(np.round([-log / STEP for _, log in flat]), 0, 255).astype(np.uint8),
        "split": np.array(sorted(split), np.uint16).reshape(-1, 4),
        "kept": kept.astype(np.float16),
        "added": np.array(added, np.uint16),
        "added_logs": np.full(len(added), math.log(WORD_ERRORS * ADDED_SHARE / len(ADDED)), np.float16),
    }


def made(texts: Sequence[str]) -> dict[str, Array]:
    """Return all arrays of a channel for plain `texts`."""
    kept = counted(texts)
    return kept | sounds(kept["words"].tobytes().decode().split("\n"), kept["alone"].astype(np.float64))


def main() -> None:
    """Write channel.npz beside the model."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--model", type=Path, default=bundled_model())
    folder = parser.parse_args().model
    kept = made([plain(sentence.text) for sentence in corpus.load() if sentence.split == "train"])
    np.savez_compressed(folder / "channel.npz", allow_pickle=False, **kept)
    size = (folder / "channel.npz").stat().st_size
    print(f"{len(kept['kept']) - MARKS} words, {len(kept['pair_logs'])} pairs, {len(kept['triple_logs'])} triples, {size} bytes")


if __name__ == "__main__":
    main()
