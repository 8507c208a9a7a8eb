"""Abuse as people plainly say it: the floor under every scorer, in every category."""

import pytest

from callguard.score.combined import CombinedScorer
from callguard.score.rule_scorer import RuleScorer
from callguard.terms import SEVERITY, Category
from tests.score.plain_abuse import ABUSE
from tests.score.plain_harm import HARM
from tests.scorers import combined_scorer

PLAIN = HARM | ABUSE


@pytest.fixture(scope="module")
def combined() -> CombinedScorer:
    return combined_scorer()


@pytest.mark.parametrize("category", list(PLAIN))
def test_plain_abuse_is_heard(scorer: RuleScorer, category: Category) -> None:
    missed = [text for text in PLAIN[category] if category not in scorer.score(text).labels]

    assert len(missed) <= len(PLAIN[category]) // 20, missed


@pytest.mark.parametrize("category", list(PLAIN))
def test_and_without_its_apostrophes_too(scorer: RuleScorer, category: Category) -> None:
    missed = [text for text in PLAIN[category] if category not in scorer.score(text.replace("'", "")).labels]

    assert len(missed) <= len(PLAIN[category]) // 20, missed


@pytest.mark.parametrize("category", list(PLAIN))
def test_what_is_heard_has_the_severity_of_its_category_at_least(scorer: RuleScorer, category: Category) -> None:
    for text in PLAIN[category]:
        result = scorer.score(text)
        if category in result.labels:
            assert result.severity >= SEVERITY[category]


@pytest.mark.parametrize("category", list(PLAIN))
def test_model_and_rules_together_hear_it_too(combined: CombinedScorer, category: Category) -> None:
    missed = [
        text
        for text, judged in zip(PLAIN[category], combined.score_all(PLAIN[category]), strict=True)
        if category not in judged.labels and judged.severity < max(SEVERITY[category], 1)  # a graver name is heard, too
    ]

    assert len(missed) <= len(PLAIN[category]) // 10, missed
