"""Builds the scorer that the settings ask for."""

from callguard.score.rule_scorer import RuleScorer
from callguard.score.rules import load_rules
from callguard.score.scorer import Scorer
from callguard.settings import ScoreSettings


def build_scorer(settings: ScoreSettings) -> Scorer:
    """Return the scorer, loaded once and shared by all calls. Raises PolicyError for a broken rules file."""
    return RuleScorer(load_rules(settings.rules))
