"""Builds the scorer that the settings ask for."""

from importlib.resources import files
from pathlib import Path

from callguard.errors import ModelMissingError, PolicyError
from callguard.score.calibration import load_calibration
from callguard.score.channel import load_channel
from callguard.score.combined import CombinedScorer
from callguard.score.encoder import Encoder
from callguard.score.hub import HubScorer, load_classifier, load_mapping
from callguard.score.meaning import Meaning
from callguard.score.reading import ModelReader
from callguard.score.rule_scorer import RuleScorer
from callguard.score.rules import load_rules
from callguard.score.scorer import Scorer
from callguard.score.tokens import Tokens
from callguard.settings import ScoreSettings

HUB = "hub:"


def build_scorer(settings: ScoreSettings) -> Scorer:
    """Return the scorer, loaded once and shared by all calls.

    Raises PolicyError for a broken rules or mapping file, ModelMissingError where a model is asked for and is not whole.
    """
    rules = RuleScorer(load_rules(settings.rules))
    if settings.engine == "rules":
        return rules
    if settings.engine.startswith(HUB):
        if settings.mapping is None:
            raise PolicyError(
                f"score.engine is {settings.engine} and score.mapping is not set; name the file that maps its labels"
            )
        model, mapping = settings.engine.removeprefix(HUB), load_mapping(settings.mapping)
        return HubScorer(model, load_classifier(model), mapping, rules)
    folder = settings.model or bundled_model()
    if settings.engine == "auto" and settings.model is None and not (folder / "model.onnx").is_file():
        return rules
    return load_model(folder, rules)


def bundled_model() -> Path:
    """Return where the bundled model lies."""
    return Path(str(files("callguard.score") / "model"))


def load_model(folder: Path, rules: RuleScorer) -> CombinedScorer:
    """Return the model of a folder (model.onnx, tokenizer.json, calibration.json, meaning.npz), joined with `rules`.

    A channel.npz is used where there is one: calibration.json belongs to the model with it or without it.
    Raises ModelMissingError where a file is missing, is broken or belongs to another model.
    """
    encoder, tokens = Encoder(folder / "model.onnx"), Tokens(folder / "tokenizer.json")
    meaning = Meaning(encoder, tokens, folder / "meaning.npz")
    calibration = load_calibration(folder / "calibration.json")
    columns = encoder.logits([tokens.numbers("")]).shape[1]
    if columns != len(calibration.outputs):
        raise ModelMissingError(
            f"{folder}: model.onnx has {columns} outputs and calibration.json names {len(calibration.outputs)}: they are of two "
            "models; take both from one"
        )
    reader = ModelReader(encoder, tokens, calibration.outputs, load_channel(folder / "channel.npz"))
    return CombinedScorer(reader, tokens, calibration, rules, meaning)
