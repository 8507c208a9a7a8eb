"""What the keyword spotter hears must raise an alert by itself: every phrase is a threat to the scorer that ships."""

from callguard.transcribe.sphinx.phrases import THREATS
from tests.scorers import combined_scorer


def test_every_phrase_scores_severity_4() -> None:
    scorer = combined_scorer()
    phrases = [line.rsplit(" ", 1)[0] for line in THREATS.read_text(encoding="utf-8").splitlines()]
    assert [phrase for phrase in phrases if scorer.score(phrase).severity < 4] == []
