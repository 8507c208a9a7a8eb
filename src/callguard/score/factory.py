"""Builds the scorer that the settings ask for."""

from importlib.resources import files
from pathlib import Path

from callguard.score.calibration import load_calibration
from callguard.score.combined import CombinedScorer
from callguard.score.encoder import Encoder
from callguard.score.rule_scorer import RuleScorer
from callguard.score.rules import load_rules
from callguard.score.scorer import Scorer
from callguard.score.tokens import Tokens
from callguard.settings import ScoreSettings


def build_scorer(settings: ScoreSettings) -> Scorer:
    """Return the scorer, loaded once and shared by all calls.

    Raises PolicyError for a broken rules file, ModelMissingError where a model is asked for by name and is not whole.
    """
    rules = RuleScorer(load_rules(settings.rules))
    folder = settings.model or bundled_model()
    if settings.engine == "rules":
        return rules
    if settings.engine == "auto" and settings.model is None and not (folder / "model.onnx").is_file():
        return rules
    return load_model(folder, rules)


def bundled_model() -> Path:
    """Return where the bundled model lies."""
    return Path(str(files("callguard.score") / "model"))


def load_model(folder: Path, rules: RuleScorer) -> CombinedScorer:
    """Return the model of a folder (model.onnx, tokenizer.json, calibration.json), joined with `rules`."""
    return CombinedScorer(
        Encoder(folder / "model.onnx"),
        Tokens(folder / "tokenizer.json"),
        load_calibration(folder / "calibration.json"),
        rules,
    )
