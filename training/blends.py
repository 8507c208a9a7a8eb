"""Blends: texts between two of ours, which nobody has labelled, for a teacher to say what they are.

Where a positive turns into its benign twin lies the border that a scorer has to find; a large teacher marks it on thousands of
texts in between, and the learner has more to go by than the two ends («mixup», Zhang et al. 2018, in words).
"""

import random
from difflib import SequenceMatcher

LONGEST = 40
"""Words of a blend; longer ones are cut."""


def crossed(one: str, other: str, rng: random.Random) -> str:
    """Return a text with the words that `one` and `other` share, and wherever they differ those of one of both, by chance."""
    first, second = one.split(), other.split()
    words: list[str] = []
    for _, begin, end, other_begin, other_end in SequenceMatcher(None, first, second, autojunk=False).get_opcodes():
        words += first[begin:end] if rng.random() < 0.5 else second[other_begin:other_end]
    return " ".join(words[:LONGEST])


def spliced(one: str, other: str, rng: random.Random) -> str:
    """Return how `one` begins and `other` ends, each cut at a word of chance: both may stay whole."""
    first, second = one.split(), other.split()
    return " ".join([*first[: rng.randint(1, max(len(first), 1))], *second[rng.randrange(max(len(second), 1)) :]][:LONGEST])
