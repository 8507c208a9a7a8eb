"""What the keyword spotter hears must raise an alert by itself: every phrase is a threat to the scorer and to its rules alone."""

from collections.abc import Callable

import pytest

from callguard.score.scorer import Scorer
from callguard.transcribe.sphinx.phrases import THREATS
from tests.scorers import combined_scorer, rule_scorer


@pytest.mark.parametrize("scorer", [combined_scorer, rule_scorer])
def test_every_phrase_scores_severity_4(scorer: Callable[[], Scorer]) -> None:
    phrases = [line.rsplit(" ", 1)[0] for line in THREATS.read_text(encoding="utf-8").splitlines()]
    assert [phrase for phrase in phrases if scorer().score(phrase).severity < 4] == []
