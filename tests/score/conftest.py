import pytest

from callguard.score.rule_scorer import RuleScorer
from callguard.score.rules import load_rules


@pytest.fixture(scope="session")
def scorer() -> RuleScorer:
    """The bundled rules, loaded once: a scorer is stateless."""
    return RuleScorer(load_rules())
