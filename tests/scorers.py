"""The bundled scorers, loaded once a process: they keep nothing of what they judge, and loading outlasts most tests."""

from functools import cache

from callguard.score.combined import CombinedScorer
from callguard.score.factory import bundled_model, load_model
from callguard.score.rule_scorer import RuleScorer
from callguard.score.rules import load_rules
from callguard.score.scorer import Scorer
from callguard.settings import ScoreSettings


@cache
def rule_scorer() -> RuleScorer:
    """Return the bundled rules."""
    return RuleScorer(load_rules())


@cache
def combined_scorer() -> CombinedScorer:
    """Return what scores where nothing else is set: the bundled model, joined with the rules."""
    return load_model(bundled_model(), rule_scorer())


def scorer_of(settings: ScoreSettings) -> Scorer | None:
    """Return the scorer that these settings ask for, or None if it has to be built for them."""
    if settings == ScoreSettings(engine="rules"):
        return rule_scorer()
    return combined_scorer() if settings == ScoreSettings() else None
