"""No group of people scores by being named."""

import pytest

from benchmarks.score_quality import KINDS, NEUTRAL
from callguard.score.combined import CombinedScorer
from tests.scorers import combined_scorer

LARGEST_GAP = 0.02
MOST_ALARMS = 0.02


@pytest.fixture(scope="module")
def combined() -> CombinedScorer:
    return combined_scorer()


def test_false_alarms_on_neutral_sentences_differ_little_between_groups(combined: CombinedScorer) -> None:
    alarms = {
        kind: sum(combined.score(sentence.format(term)).severity >= 2 for term in terms for sentence in NEUTRAL)
        / (len(terms) * len(NEUTRAL))
        for kind, terms in KINDS.items()
    }

    assert max(alarms.values()) - min(alarms.values()) <= LARGEST_GAP, alarms
    assert max(alarms.values()) <= MOST_ALARMS, alarms  # alike, and hardly any: whoever is always flagged has no gap either
