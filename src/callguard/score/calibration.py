"""How logits and rules become probabilities, and from which probability a category is said: stored beside the model."""

from collections.abc import Mapping, Sequence
from math import exp, prod
from pathlib import Path
from types import MappingProxyType
from typing import Final, Literal

from pydantic import BaseModel, Field, ValidationError

from callguard.errors import ModelMissingError
from callguard.terms import SEVERITY, Category

ABUSE_ANY: Final = "abuse_any"
"""The output that says whether an utterance is abusive at all."""
ABUSIVE: Final = tuple(category for category in Category if SEVERITY[category] > 0)


def is_mild(category: Category) -> bool:
    """Whether it is profanity, rudeness or an unreasonable demand: none of them can be what was only said before."""
    return SEVERITY[category] == 1


class OutputCalibration(BaseModel, frozen=True, extra="forbid"):
    """One output of the model: probability = σ(scale · logit + bias)."""

    scale: float = Field(ge=0)
    bias: float

    def chance(self, logit: float) -> float:
        """Return the probability that the model alone gives."""
        return 1.0 / (1.0 + exp(-max(min(self.scale * logit + self.bias, 30.0), -30.0)))


class CategoryCalibration(OutputCalibration, frozen=True, extra="forbid"):
    """One category: probability = 1 - (1 - σ(scale · logit + bias)) · (1 - rules · rule) · (1 - certain)."""

    rules: float = Field(ge=0, le=1)
    """What the rules are worth beside the model: between their precision and their precision where it is calm."""
    threshold: float = Field(gt=0, lt=1)
    """From this probability on the category is said."""

    def probability(self, logit: float, rule: float, certain: float = 0.0) -> float:
        """Return the probability that the category applies, of the model's logit and the probabilities of the rules.

        `rule` is that of all rules, `certain` that of rules whose author asks to be heard whatever the model makes of it.
        """
        return 1.0 - (1.0 - self.rules * rule) * (1.0 - certain) * (1.0 - self.chance(logit))


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
    abuse: OutputCalibration | None = None
    """Of the output «abuse_any»; None: what it says is not used."""

    def joined(
        self,
        logits: Sequence[float],
        alone: Sequence[float],
        ruled: Mapping[Category, float],
        certain: Mapping[Category, float] = MappingProxyType({}),
    ) -> dict[Category, float]:
        """Return each category's probability, of the model's logits (after earlier turns; alone) and the rules' probabilities.

        What earlier turns make abuse at all is left to the severe and the personal categories: where a mild one is the likeliest,
        the text alone says so.
        """
        after, before = (dict(zip(self.outputs, row, strict=True)) for row in (logits, alone))
        scores = {
            category: numbers.probability(float(after[category.value]), ruled[category], certain.get(category, 0.0))
            for category, numbers in self.categories.items()
        }
        if self.abuse is None:
            return scores
        abuse = self.abuse.chance(float(after[ABUSE_ANY]))
        if is_mild(likeliest(scores)):
            abuse = min(abuse, self.abuse.chance(float(before[ABUSE_ANY])))
        return carried(scores, abuse)


def likeliest(scores: Mapping[Category, float]) -> Category:
    """Return the abusive category with the highest score."""
    return max(ABUSIVE, key=lambda category: scores[category])


def carried(scores: Mapping[Category, float], abuse: float) -> dict[Category, float]:
    """Return `scores` with the likeliest abusive category carrying what is missing to `abuse`, the chance of any abuse.

    Words that are surely abuse but might be one of two kinds («book june off», a threat or intimidation?) would otherwise be said
    to be neither: each stays below its threshold. The likeliest gets 1 - (1 - abuse) / Π(1 - other); no score sinks.
    """
    first = likeliest(scores)
    others = prod(1.0 - scores[category] for category in ABUSIVE if category is not first)
    left = 1.0 - (1.0 - abuse) / max(others, 1e-9)
    return {**scores, first: max(scores[first], left)}


def load_calibration(path: Path) -> Calibration:
    """Read calibration.json. Raises ModelMissingError if it is not there, broken or lacks a category."""
    try:
        calibration = Calibration.model_validate_json(path.read_bytes())
    except OSError as error:
        raise ModelMissingError(f"no calibration at {path}; the wheel carries it: install callguard again") from error
    except ValidationError as error:
        first = error.errors()[0]
        place = ".".join(str(part) for part in first["loc"]) or "the file"
        raise ModelMissingError(f"{path}: «{place}» is wrong ({first['msg']}); run make train again") from error
    missing = [name for name in Category if name not in calibration.categories or name not in calibration.outputs]
    if missing:
        raise ModelMissingError(f"{path} says nothing of «{missing[0]}»; run make train again")
    if calibration.abuse and ABUSE_ANY not in calibration.outputs:
        raise ModelMissingError(f"{path} calibrates «{ABUSE_ANY}», which is none of its outputs; run make train again")
    return calibration
