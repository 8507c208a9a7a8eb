"""The language model of the offline engine: what is said on calls, joined with what PocketSphinx's own model knows.

`python -m training.call_language` writes src/callguard/transcribe/sphinx/model/calls.lm.bin: one, two and three words in a row,
over the words of calls.dict. Half of each probability comes from our training sentences, the turns around them and the public
service turns (counts with absolute discounting), half from the bundled model, which is asked for the sequences that we have seen
and for the frequent ones of its own. Takes two minutes.
"""

import math
import re
import tempfile
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path

from pocketsphinx import Config, Decoder, LogMath, NGramModel

from callguard.transcribe.sphinx.decoder import DICTIONARY, LANGUAGE_MODEL
from training import corpus
from training.call_words import PUBLIC, service_turns
from training.noise import plain

SHARE = 0.5
"""Of calls in each probability; the rest is the bundled model's."""
PUBLIC_WEIGHT = 0.5
"""Of a public turn: short requests to machines, so not quite what people say to people."""
DISCOUNT = 0.5
PRIOR = {2: 4.0, 3: 3.0}
"""So many imaginary sightings of the shorter sequence."""
LEAST_TRIPLE = 2.0
"""Sightings from which a triple of ours is kept."""
HISTORIES, FOLLOWERS = 2000, 7000
"""Most frequent words of the bundled model that are tried as the first and the second of a pair."""
LEAST_PAIR, STANDS_OUT = 1.5e-4, 2.0
"""A pair of the bundled model is kept from this conditional probability on, and if it is so many times that of the word alone."""
LEAST_JOINT = 3e-7
FOLLOWERS_OF_A_PAIR = 40
MOST_MASS = 0.985
"""Of a history's probability that its listed sequences may take; the rest is for all other words."""
BEGIN, END, OTHER = "<s>", "</s>", "<unk>"

Sequence = tuple[str, ...]
Probabilities = dict[Sequence, float]


class Bundled:
    """PocketSphinx's own language model."""

    def __init__(self) -> None:
        decoder = Decoder(Config(loglevel="FATAL"))
        self._model, self._log = decoder.get_lm(None), decoder.logmath

    def __call__(self, *words: str) -> float:
        """Return the probability of the last of `words` after the others."""
        probability: float = self._log.exp(self._model.prob(list(reversed(words))))
        return probability


def sentences() -> Iterator[tuple[float, str]]:
    """Yield what is said on calls, with its weight."""
    train = [sentence for sentence in corpus.load() if sentence.split == "train"]
    yield from ((1.0, plain(sentence.text)) for sentence in train)
    turns = {plain(re.sub(r"^(?:agent|caller): ", "", turn)) for sentence in train for turn in sentence.context}
    yield from ((1.0, turn) for turn in sorted(turns))
    yield from ((PUBLIC_WEIGHT, turn) for turn in sorted({plain(turn) for turn in service_turns(PUBLIC)}))


class Counts:
    """How often sequences of up to three words were seen."""

    def __init__(self, said: Iterable[tuple[float, str]], vocabulary: frozenset[str]) -> None:
        self.seen: defaultdict[Sequence, float] = defaultdict(float)
        self.after: defaultdict[Sequence, float] = defaultdict(float)
        self.kinds: Counter[Sequence] = Counter()
        for weight, text in said:
            words = [BEGIN, *(word if word in vocabulary else OTHER for word in text.split()), END]
            for end in range(1, len(words)):
                for size in (1, 2, 3):
                    if end - size + 1 >= 0:
                        self.seen[tuple(words[end - size + 1 : end + 1])] += weight
        for sequence, count in self.seen.items():
            self.after[sequence[:-1]] += count
            self.kinds[sequence[:-1]] += 1

    def of(self, size: int, *, least: float = 0.0) -> Iterator[Sequence]:
        """Yield the sequences of `size` known words that were seen at least so often."""
        return (
            sequence
            for sequence, count in self.seen.items()
            if len(sequence) == size and count >= least and OTHER not in sequence
        )

    def probability(self, sequence: Sequence, shorter: float) -> float:
        """Return the probability of the last word; `shorter` is that after one word less of history."""
        history = sequence[:-1]
        if not self.after.get(history):
            return shorter
        prior = PRIOR[len(sequence)]
        held_back = DISCOUNT * self.kinds[history] + prior
        return (max(self.seen.get(sequence, 0.0) - DISCOUNT, 0.0) + held_back * shorter) / (self.after[history] + prior)


def frequent_pairs(bundled: Bundled, alone: Mapping[str, float]) -> Probabilities:
    """Return the pairs of the bundled model that are frequent and more than chance."""
    words = sorted(alone, key=lambda word: (-alone[word], word))
    pairs: Probabilities = {}
    for first in (BEGIN, *words[:HISTORIES]):
        share = alone.get(first, alone[END])
        least = max(LEAST_PAIR, LEAST_JOINT / share)
        for second in words[:FOLLOWERS]:
            probability = bundled(first, second)
            if probability > least and probability > STANDS_OUT * alone[second]:
                pairs[first, second] = probability
    return pairs


def frequent_triples(bundled: Bundled, alone: Mapping[str, float], pairs: Mapping[Sequence, float]) -> Probabilities:
    """Return the triples of the bundled model that are frequent and more than their pairs."""
    followers: dict[str, list[tuple[float, str]]] = defaultdict(list)
    for (first, second), probability in pairs.items():
        followers[first].append((probability, second))
    best = {
        first: [second for _, second in sorted(found, reverse=True)[:FOLLOWERS_OF_A_PAIR]] for first, found in followers.items()
    }
    triples: Probabilities = {}
    for (first, second), probability in pairs.items():
        joint = alone.get(first, alone[END]) * probability
        if joint < 10 * LEAST_JOINT:
            continue
        for third in best.get(second, ()):
            longer = bundled(first, second, third)
            if joint * longer > LEAST_JOINT and longer > 2 * bundled(second, third):
                triples[first, second, third] = longer
    return triples


def give_back(listed: Probabilities, shorter: Callable[[Sequence], float]) -> Probabilities:
    """Scale what a history lists to at most MOST_MASS; return by history what a word that it does not list is multiplied with."""
    by_history: dict[Sequence, list[Sequence]] = defaultdict(list)
    for sequence in listed:
        by_history[sequence[:-1]].append(sequence)
    weights: Probabilities = {}
    for history, sequences in by_history.items():
        mass = sum(listed[sequence] for sequence in sequences)
        if mass > MOST_MASS:
            for sequence in sequences:
                listed[sequence] *= MOST_MASS / mass
            mass = MOST_MASS
        weights[history] = (1 - mass) / max(1 - sum(shorter(sequence[1:]) for sequence in sequences), 1e-6)
    return weights


def build(
    said: Iterable[tuple[float, str]], vocabulary: frozenset[str], bundled: Bundled
) -> tuple[list[Probabilities], Probabilities]:
    """Return the probabilities of sequences of one, two and three words, and the weights of their histories."""
    counts = Counts(said, vocabulary)
    raw = {word: bundled(word) for word in (*sorted(vocabulary), END)}
    alone = {word: probability / sum(raw.values()) for word, probability in raw.items()}
    total = sum(count for sequence, count in counts.seen.items() if len(sequence) == 1 and sequence != (OTHER,))
    ones: Probabilities = {(word,): SHARE * counts.seen[word,] / total + (1 - SHARE) * alone[word] for word in alone}
    pairs, twos = frequent_pairs(bundled, raw), Probabilities()
    for pair in sorted({*pairs, *counts.of(2)}):
        shorter = 0.5 * counts.seen[pair[1:]] / total + 0.5 * ones[pair[1:]]
        twos[pair] = SHARE * counts.probability(pair, shorter) + (1 - SHARE) * (pairs.get(pair) or bundled(*pair))
    weights = give_back(twos, lambda word: ones[word])

    def after_one(pair: Sequence) -> float:
        return twos.get(pair) or ones[pair[1:]] * weights.get(pair[:1], 1.0)

    triples, threes = frequent_triples(bundled, raw, pairs), Probabilities()
    for triple in sorted({*triples, *counts.of(3, least=LEAST_TRIPLE)}):
        if triple[:2] in twos:
            own = counts.probability(triple, after_one(triple[1:]))
            threes[triple] = SHARE * own + (1 - SHARE) * (triples.get(triple) or bundled(*triple))
    weights |= give_back(threes, after_one)
    return [{**ones, (BEGIN,): 0.0}, twos, threes], weights


def write(sizes: list[Probabilities], weights: Probabilities, path: Path) -> None:
    """Write the model as PocketSphinx loads it."""
    lines = ["\\data\\", *(f"ngram {size}={len(listed)}" for size, listed in enumerate(sizes, 1))]
    for size, listed in enumerate(sizes, 1):
        lines += ["", f"\\{size}-grams:"]
        for sequence in sorted(listed):
            weight = f"\t{_log(weights.get(sequence, 1.0))}" if size < len(sizes) else ""
            lines.append(f"{_log(listed[sequence])}\t{' '.join(sequence)}{weight}")
    with tempfile.TemporaryDirectory() as folder:
        text = Path(folder) / "calls.arpa"
        text.write_text("\n".join([*lines, "", "\\end\\", ""]), encoding="utf-8")
        model = NGramModel(Config(loglevel="FATAL"), LogMath(), str(text))
        model.write(str(path), NGramModel.str_to_type("bin"))


def _log(probability: float) -> str:
    return f"{math.log10(max(probability, 1e-12)):.4f}"


def main() -> None:
    """Build and write."""
    entries = DICTIONARY.read_text(encoding="utf-8").splitlines()
    vocabulary = frozenset(entry.split()[0] for entry in entries if "(" not in entry.split()[0])
    sizes, weights = build(sentences(), vocabulary, Bundled())
    write(sizes, weights, LANGUAGE_MODEL)
    print(f"{LANGUAGE_MODEL.name}: {[len(listed) for listed in sizes]} sequences, {LANGUAGE_MODEL.stat().st_size // 1024} KiB")


if __name__ == "__main__":
    main()
