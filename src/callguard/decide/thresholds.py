"""A policy's own thresholds: what counts where an organisation wants to hear more, or less, than the scorer says."""

from collections.abc import Mapping
from dataclasses import replace

from callguard.speech import UtteranceScore
from callguard.terms import SEVERITY, Category


def weighed(score: UtteranceScore, thresholds: Mapping[Category, float]) -> UtteranceScore:
    """Return `score` with the labels that these thresholds give; categories without one keep what the scorer said.

    Running speech keeps its labels too: the model has not read it, so its probabilities are those of plain words.
    """
    if not thresholds or not score.is_final:
        return score
    said = {category for category in score.labels if category not in thresholds}
    said |= {category for category, least in thresholds.items() if score.scores.get(category, 0.0) >= least}
    labels = tuple(sorted(said, key=lambda category: (-SEVERITY[category], -score.scores.get(category, 0.0), category)))
    if set(labels) == set(score.labels):
        return score
    return replace(
        score,
        labels=labels,
        severity=max((SEVERITY[category] for category in labels), default=0),
        spans=tuple(span for span in score.spans if span.category in said),
        is_angry=score.is_angry and not labels,
    )
