import pytest

from callguard.score.rule_scorer import RuleScorer
from tests.scorers import rule_scorer


@pytest.fixture(scope="session")
def scorer() -> RuleScorer:
    """The bundled rules, loaded once: a scorer is stateless."""
    return rule_scorer()
