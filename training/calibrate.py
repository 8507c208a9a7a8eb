"""Calibration: scale, bias and the worth of rules per category, and thresholds, all on the quantized model's outputs.

Fitted on the validation briefs, as written and with 30 % word errors. Thresholds: of the benign twins of these briefs (hard
negatives), at most 1 % get any severe category and at most 1 % each milder one.
"""

import argparse
import json
import random
from pathlib import Path

import numpy as np
import numpy.typing as npt

from callguard.events import SEVERITY, Category
from callguard.score.calibration import Calibration, CategoryCalibration
from callguard.score.encoder import Encoder
from callguard.score.rule_scorer import RuleScorer
from callguard.score.rules import load_rules
from callguard.score.tokens import Tokens
from training import corpus
from training.noise import Mishearing, vocabulary
from training.rows import TARGETS

FALSE_ALARMS = 0.01
WORD_ERRORS = 0.3
RIDGE = 0.02
"""Keeps the numbers of a category with few sentences small."""
SEED = 11
VERSION = 1

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


def fit(logits: Array, ruled: Array, wanted: Array) -> tuple[float, float, float]:
    """Return scale, bias and the worth of rules for one category; neither voice may count against itself."""
    scale, rules, bias = logistic(np.column_stack((logits, ruled)), wanted)
    if rules < 0:
        scale, bias = logistic(logits[:, None], wanted)
        rules = 0.0
    return float(max(scale, 0.0)), float(bias), float(rules)


def joint_bars(scores: Array, share: float) -> Array:
    """Return a bar per column so that at most `share` of the rows (benign ones) lie over any of them.

    Every column may let through the same share of rows; that share is made as large as the joint one allows.
    """
    low, high = 0.0, share
    for _ in range(30):
        each = (low + high) / 2
        bars = _bars(scores, each)
        if (scores > bars).any(axis=1).mean() <= share:
            low = each
        else:
            high = each
    return _bars(scores, low)


def _bars(scores: Array, share: float) -> Array:
    ordered = -np.sort(-scores, axis=0)
    return np.asarray(ordered[min(int(share * len(scores)), len(scores) - 1)], dtype=np.float64)


def expected_calibration_error(chances: Array, wanted: Array, *, bins: int = 10) -> float:
    """Return the mean gap between what is promised and what comes true, over bins of equal width."""
    places = np.minimum((chances * bins).astype(int), bins - 1)
    gaps = [abs(chances[places == place].mean() - wanted[places == place].mean()) * (places == place).mean()
            for place in range(bins) if (places == place).any()]  # fmt: skip
    return float(sum(gaps))


def calibrate(folder: Path) -> Calibration:
    """Return the calibration of the model in `folder`."""
    sentences = corpus.load()
    judged = [sentence for sentence in sentences if sentence.split == "validation"]
    noise, rng = Mishearing(vocabulary([sentence.text for sentence in sentences])), random.Random(SEED)
    texts = [sentence.text for sentence in judged] + [
        noise.hear(sentence.text, rng, word_errors=WORD_ERRORS) for sentence in judged
    ]
    both = judged * 2
    rules = RuleScorer(load_rules())
    ruled = [rules.score(text, sentence.context).scores for text, sentence in zip(texts, both, strict=True)]
    tokens, encoder = Tokens(folder / "tokenizer.json"), Encoder(folder / "model.onnx")
    logits = np.concatenate(
        [encoder.run([tokens.numbers(text, sentence.context)])[0] for text, sentence in zip(texts, both, strict=True)]
    ).astype(np.float64)
    fitted = {}
    chances = np.zeros((len(both), len(Category)))
    for column, category in enumerate(Category):
        own = logits[:, TARGETS.index(category.value)]
        by_rule = np.array([scores[category] for scores in ruled])
        wanted = np.array([float(category.value in sentence.labels) for sentence in both])
        scale, bias, worth = fitted[category] = fit(own, by_rule, wanted)
        chances[:, column] = 1 / (1 + np.exp(-(scale * own + bias + worth * by_rule)))
        print(f"{category.value:20} scale {scale:.2f} bias {bias:+.2f} rules {worth:.2f} "
              f"ECE {expected_calibration_error(chances[:, column], wanted):.3f}")  # fmt: skip
    # Thresholds look at the words as written: noise lowers scores, and a bar for both would be too low for clear words.
    benign = np.array([sentence.is_benign for sentence in judged])
    quiet = chances[: len(judged)][benign]
    severe = [column for column, category in enumerate(Category) if SEVERITY[category] >= 3]
    bars = _bars(quiet, FALSE_ALARMS)
    bars[severe] = joint_bars(quiet[:, severe], FALSE_ALARMS)
    return Calibration(
        name=f"callguard-minilm {VERSION}",
        rules=rules.name,
        outputs=(*TARGETS, *(f"severity_{number}" for number in range(5))),
        categories={
            category: CategoryCalibration(
                scale=round(fitted[category][0], 4),
                bias=round(fitted[category][1], 4),
                rules=round(fitted[category][2], 4),
                threshold=round(float(np.clip(bars[column] + 1e-4, 0.02, 0.98)), 4),
            )
            for column, category in enumerate(Category)
        },
    )


def main() -> None:
    """Write calibration.json beside the model."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--model", type=Path, default=Path("src/callguard/score/model"))
    folder = parser.parse_args().model
    calibration = calibrate(folder)
    (folder / "calibration.json").write_text(json.dumps(json.loads(calibration.model_dump_json(by_alias=True)), indent=2) + "\n")
    for category, numbers in calibration.categories.items():
        print(f"{category.value:20} said from {numbers.threshold:.3f}")


if __name__ == "__main__":
    main()
