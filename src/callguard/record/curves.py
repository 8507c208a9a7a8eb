"""Precision and recall by threshold, on what reviewers judged: pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from callguard.record.opinions import Thing, truth_of
from callguard.record.verdict_forms import CallFacts
from callguard.terms import Category
from callguard.tuning import Curve, CurvePoint

STEPS = tuple(round(number / 20, 2) for number in range(1, 20))


@dataclass(frozen=True, slots=True)
class Example:
    """One utterance with what the scorer gave it and what it really is."""

    scores: Mapping[str, float]
    truth: frozenset[Category]


def examples_of(facts: CallFacts, things: Sequence[Thing], *, is_twice: bool) -> tuple[list[Example], int]:
    """Return a reviewed call's examples, and how many utterances are in dispute.

    An utterance without label and without verdict was gone through and let stand: it is an example of nothing. One with a label
    and without verdict proves nothing, and is left out.
    """
    by_unit = {thing.unit: thing for thing in things}
    found, disputed = [], 0
    for segment in facts.spoken:
        scores = facts.scores.get(segment)
        thing = by_unit.get(f"words:{segment}")
        if scores is None or (thing is None and facts.labels.get(segment)):
            continue
        truth = frozenset[Category]() if thing is None else truth_of(thing, is_twice=is_twice)
        if truth is None:
            disputed += 1
        else:
            found.append(Example(scores, truth))
    return found, disputed


def curves(examples: Sequence[Example], thresholds: Mapping[Category, float]) -> list[Curve]:
    """Return a curve for each category that somebody said, or that is told at today's thresholds."""
    found = []
    for category in Category:
        scores = np.array([one.scores.get(category.value, 0.0) for one in examples], dtype=np.float64)
        is_so = np.array([category in one.truth for one in examples], dtype=bool)
        today = thresholds[category]
        if not is_so.any() and not (scores >= today).any():
            continue
        found.append(
            Curve(
                category=category,
                today=_point(scores, is_so, today),
                points=tuple(_point(scores, is_so, step) for step in STEPS),
                examples=int(is_so.sum()),
            )
        )
    return found


def _point(scores: np.ndarray, is_so: np.ndarray, threshold: float) -> CurvePoint:
    is_told = scores >= threshold
    right, told, all_so = int((is_told & is_so).sum()), int(is_told.sum()), int(is_so.sum())
    return CurvePoint(
        threshold=threshold,
        right=right,
        wrong=told - right,
        missed=all_so - right,
        precision=round(right / told, 3) if told else None,
        recall=round(right / all_so, 3) if all_so else None,
    )
