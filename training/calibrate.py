"""Calibration: scale and bias of the model, worth of the rules, and thresholds; all on the quantized model's outputs.

Scale and bias are fitted on the validation briefs, as written and with 30 % word errors. What a rule is worth lies between how
often the rules of its category are right at all, counted on the training briefs, which they were not fitted to, and how often
where the model is not (`AT_ALL`). The likeliest category then carries what is missing to the chance of any abuse
(`carried`). Thresholds: each category is said of at most 1 % of the benign sentences of the validation briefs, most of which are
twins of abuse (hard negatives). Categories of severity 1 and 2 are said from the lowest threshold on whose F1 is within 0.02 of
their best, where that is higher: they have bars to spare. All numbers are those that the scorer itself would give
(`score.reading`, `Calibration.joined`).
"""

import argparse
import json
import random
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import numpy.typing as npt

from callguard.score.calibration import ABUSE_ANY, Calibration, CategoryCalibration, OutputCalibration
from callguard.score.channel import load_channel
from callguard.score.encoder import Encoder
from callguard.score.reading import ModelReader
from callguard.score.rule_scorer import RuleScorer
from callguard.score.rules import load_rules
from callguard.score.tokens import Tokens
from callguard.terms import SEVERITY, Category
from training import corpus
from training.noise import Mishearing, vocabulary
from training.rows import TARGETS

FALSE_ALARMS = 0.01
WORD_ERRORS = 0.3
RIDGE = 0.02
"""Keeps the numbers of a category with few sentences small."""
SEED = 11
FORGIVING = (1, 2)
"""Severities at which a missed word costs no more than a false one: their thresholds also look for the best F1."""
LOWEST, HIGHEST = 0.6, 0.98
"""Even among sentences of which half are abuse, as these; calls have far less of it. On the validation sittings macro F1 hardly
changes from 0.5 to 0.7 (version 5: 0.846, at 0.7 0.847), while severe categories are said of 3.9 % of the benign sentences at
0.5, of 2.6 % at 0.6 and of 1.8 % at 0.7, and of 86, 85 and 82 % of the severe ones."""
AT_ALL = 2 / 3
"""What of a rule's worth is its precision at all; the rest is its precision where the model is not (`worth`).

On the validation sittings the second alone would be right: of 68 times that a rule spoke and version 7 gave the category less
than 0.1, the rule was right twice. But half of their benign sentences are twins, written to share the words of abuse, and callers
do not speak so: of 407 sentences of plain abuse (`tests/score/test_plain_speech.py`) 24 are missed with the second alone, 8 with
the first, 17 at two thirds. There severe categories are said of 1.97 % of the benign validation sentences (1.92 and 2.49 %), at a
macro F1 of 0.878 (0.880 and 0.872) and the same recall.
"""
VERSION = "7.4"
OUTPUTS = (*TARGETS, *(f"severity_{number}" for number in range(5)))
"""What each column of the logits is."""

Array = npt.NDArray[np.float64]


def logistic(features: Array, wanted: Array, *, rounds: int = 60) -> Array:
    """Return weights and, last, the bias of a logistic regression (Newton's method, ridge on all but the bias)."""
    wide = np.column_stack((features, np.ones(len(features))))
    ridge = np.diag([*[RIDGE] * features.shape[1], 1e-6]) * len(wide) / 100
    weights = np.zeros(wide.shape[1])
    for _ in range(rounds):
        chance = 1 / (1 + np.exp(-np.clip(wide @ weights, -30, 30)))
        slope = wide.T @ (chance - wanted) + ridge @ weights
        bend = (wide * (chance * (1 - chance))[:, None]).T @ wide + ridge
        step = np.linalg.solve(bend, slope)
        weights = weights - np.clip(step, -2, 2)
        if np.abs(step).max() < 1e-8:
            break
    return np.asarray(weights, dtype=np.float64)


def fit(logits: Array, wanted: Array) -> tuple[float, float]:
    """Return scale and bias for one category; a model may not count against itself, but then says how frequent it is."""
    scale, bias = logistic(logits[:, None], wanted)
    if scale < 0:
        share = (wanted.sum() + 1) / (len(wanted) + 2)
        return 0.0, float(np.log(share / (1 - share)))
    return float(scale), float(bias)


def precision(scorer: RuleScorer, sentences: Sequence[corpus.Sentence]) -> dict[Category, float]:
    """Return how often each category's rules are right where they speak (add-one smoothed)."""
    right, spoken = Counter[Category](), Counter[Category]()
    for sentence in sentences:
        for category in scorer.score(sentence.text, sentence.context).labels:
            spoken[category] += 1
            right[category] += category.value in sentence.labels
    return {category: (right[category] + 1) / (spoken[category] + 2) for category in Category}


def worth(model: Array, ruled: Array, wanted: Array) -> float:
    """Return how often the rules of a category are right where they spoke and the model is not: 0 to 1, the likeliest share.

    `model` and `ruled` are probabilities, `wanted` is 1 where the category applies, all of shape (sentences,). Counted as if the
    rules had been right once and wrong once before. What they find and the model knows too says nothing of them, so this is less
    than their precision: the better the model, the more of what they alone find is a benign twin.
    """
    shares = np.linspace(0.01, 0.99, 99)
    spoken = ruled > 0
    chances = 1 - (1 - shares[:, None] * ruled[spoken]) * (1 - np.clip(model[spoken], 1e-6, 1 - 1e-6))
    likelihood = np.where(wanted[spoken] > 0, np.log(chances), np.log(1 - chances)).sum(axis=1)
    return float(shares[(likelihood + np.log(shares) + np.log(1 - shares)).argmax()])


def bars(scores: Array, share: float) -> Array:
    """Return a bar per column that at most `share` of the rows lie over."""
    ordered = -np.sort(-scores, axis=0)
    return np.asarray(ordered[min(int(share * len(scores)), len(scores) - 1)], dtype=np.float64)


def expected_calibration_error(chances: Array, wanted: Array, *, bins: int = 10) -> float:
    """Return the mean gap between what is promised and what comes true, over bins of equal width."""
    places = np.minimum((chances * bins).astype(int), bins - 1)
    gaps = [abs(chances[places == place].mean() - wanted[places == place].mean()) * (places == place).mean()
            for place in range(bins) if (places == place).any()]  # fmt: skip
    return float(sum(gaps))


def best_threshold(chances: Array, wanted: Array) -> float:
    """Return the lowest threshold whose F1 is within two hundredths of the highest: of a plateau, the end that misses least."""
    order = np.argsort(-chances)
    hits = np.cumsum(wanted[order])
    scores = 2 * hits / (np.arange(len(hits)) + 1 + wanted.sum())
    return float(chances[order][np.flatnonzero(scores >= scores.max() - 0.02)[-1]])


def calibrate(folder: Path) -> Calibration:
    """Return the calibration of the model in `folder`."""
    sentences = corpus.load()
    judged = [sentence for sentence in sentences if sentence.split == "validation"]
    noise, rng = Mishearing(vocabulary([sentence.text for sentence in sentences])), random.Random(SEED)
    misheard = [noise.hear(sentence.text, rng, word_errors=WORD_ERRORS) for sentence in judged]
    rules = RuleScorer(load_rules())
    at_all = precision(rules, [sentence for sentence in sentences if sentence.split == "train"])
    turns = [sentence.context for sentence in judged]
    ruled, misruled = (
        [rules.score(text, given).scores for text, given in zip(texts, turns, strict=True)]
        for texts in ([sentence.text for sentence in judged], misheard)
    )
    encoder = Encoder(folder / "model.onnx")
    reader = ModelReader(encoder, Tokens(folder / "tokenizer.json"), OUTPUTS, load_channel(folder / "channel.npz"))
    written, noisy = (reader.read(texts, turns) for texts in ([sentence.text for sentence in judged], misheard))
    both = np.array([reading.logits for reading in (*written, *noisy)], np.float64)
    benign = np.array([sentence.is_benign for sentence in judged])
    wanted_of = {category: np.array([float(category.value in sentence.labels) for sentence in judged]) for category in Category}

    def fitted(name: str, wanted: Array) -> OutputCalibration:
        scale, bias = fit(both[:, OUTPUTS.index(name)], np.tile(wanted, 2))
        return OutputCalibration(scale=round(scale, 4), bias=round(bias, 4))

    alone = {}
    for category in Category:
        model, wanted = fitted(category.value, wanted_of[category]), np.tile(wanted_of[category], 2)
        chances = np.array([model.chance(logit) for logit in both[:, OUTPUTS.index(category.value)]])
        said = np.array([scores[category] for scores in (*ruled, *misruled)])
        rule = AT_ALL * at_all[category] + (1 - AT_ALL) * worth(chances, said, wanted)
        alone[category] = CategoryCalibration(**model.model_dump(), rules=round(rule, 3), threshold=LOWEST)
    abuse = fitted(ABUSE_ANY, np.array([float(sentence.severity > 0) for sentence in judged]))
    draft = Calibration(name=f"callguard-minilm {VERSION}", rules=rules.name, outputs=OUTPUTS, categories=alone, abuse=abuse)
    joined = [
        draft.joined(reading.logits.tolist(), reading.alone.tolist(), scores)
        for reading, scores in zip(written, ruled, strict=True)
    ]
    categories = {}
    for category, numbers in alone.items():
        wanted, chances = wanted_of[category], np.array([scores[category] for scores in joined])
        # Thresholds look at the words as written: noise lowers scores, and a bar for both would be too low for clear words.
        threshold = float(bars(chances[benign, None], FALSE_ALARMS)[0]) + 1e-4
        if SEVERITY[category] in FORGIVING:
            threshold = max(threshold, best_threshold(chances, wanted))
        threshold = min(max(threshold, LOWEST), HIGHEST)
        categories[category] = numbers.model_copy(update={"threshold": round(threshold, 4)})
        print(
            f"{category.value:20} scale {numbers.scale:.2f} bias {numbers.bias:+.2f} rules {numbers.rules:.2f}"
            f" said from {threshold:.3f}"
            f" recall {(chances >= threshold)[wanted == 1].mean():.2f} ECE {expected_calibration_error(chances, wanted):.3f}"
        )
    return draft.model_copy(update={"categories": categories})


def main() -> None:
    """Write calibration.json beside the model."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--model", type=Path, default=Path("src/callguard/score/model"))
    parser.add_argument(
        "--name", default=f"callguard-minilm {VERSION}", help="stored with every score: another model, another name"
    )
    arguments = parser.parse_args()
    folder = arguments.model
    calibration = calibrate(folder).model_copy(update={"name": arguments.name})
    (folder / "calibration.json").write_text(json.dumps(json.loads(calibration.model_dump_json(by_alias=True)), indent=2) + "\n")


if __name__ == "__main__":
    main()
