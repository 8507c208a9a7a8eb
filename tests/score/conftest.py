import pytest

from callguard.score.encoder import Encoder
from callguard.score.factory import bundled_model
from callguard.score.rule_scorer import RuleScorer
from callguard.score.tokens import Tokens
from tests.scorers import rule_scorer


@pytest.fixture(scope="session")
def scorer() -> RuleScorer:
    """The bundled rules, loaded once: a scorer is stateless."""
    return rule_scorer()


@pytest.fixture(scope="session")
def encoder() -> Encoder:
    """The bundled model, loaded once."""
    return Encoder(bundled_model() / "model.onnx")


@pytest.fixture(scope="session")
def tokens() -> Tokens:
    """What the bundled model cuts texts with."""
    return Tokens(bundled_model() / "tokenizer.json")
