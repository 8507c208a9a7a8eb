"""How logits and rules become probabilities, and from which probability a category is said: stored beside the model."""

from collections.abc import Mapping
from math import exp
from pathlib import Path
from typing import Literal

from pydantic import BaseModel, Field, ValidationError

from callguard.errors import ModelMissingError
from callguard.terms import Category


class CategoryCalibration(BaseModel, frozen=True, extra="forbid"):
    """One category: probability = 1 - (1 - σ(scale · logit + bias)) · (1 - rules · rule)."""

    scale: float = Field(ge=0)
    bias: float
    rules: float = Field(ge=0, le=1)
    """How often the rules were right where they spoke: their precision on sentences that they had to judge."""
    threshold: float = Field(gt=0, lt=1)
    """From this probability on the category is said."""

    def probability(self, logit: float, rule: float) -> float:
        """Return the probability that the category applies, of the model's logit and the rules' probability."""
        log_odds = max(min(self.scale * logit + self.bias, 30.0), -30.0)
        return 1.0 - (1.0 - self.rules * rule) / (1.0 + exp(log_odds))


class Calibration(BaseModel, frozen=True, extra="forbid"):
    """What stands in calibration.json."""

    schema_: Literal[1] = Field(default=1, alias="schema")
    name: str = Field(min_length=1)
    """Name and version of the model."""
    rules: str
    """Name and version of the rules that it was calibrated with."""
    outputs: tuple[str, ...]
    """What each column of the logits is."""
    categories: Mapping[Category, CategoryCalibration]


def load_calibration(path: Path) -> Calibration:
    """Read calibration.json. Raises ModelMissingError if it is not there, broken or lacks a category."""
    try:
        calibration = Calibration.model_validate_json(path.read_bytes())
    except OSError as error:
        raise ModelMissingError(f"no calibration at {path}; the wheel carries it: install callguard again") from error
    except ValidationError as error:
        first = error.errors()[0]
        place = ".".join(str(part) for part in first["loc"])
        raise ModelMissingError(f"{path}: «{place}» is wrong ({first['msg']}); run make train again") from error
    missing = [name for name in Category if name not in calibration.categories or name not in calibration.outputs]
    if missing:
        raise ModelMissingError(f"{path} says nothing of «{missing[0]}»; run make train again")
    return calibration
