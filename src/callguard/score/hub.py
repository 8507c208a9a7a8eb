"""Any text-classification model of the hub as a scorer, with a file that says which of its labels is which category.

    # mapping.toml
    language = "de"                 # or "*": the model reads any language
    [labels.toxic]                  # the model's own name of a label
    categories = ["insult"]
    threshold = 0.8

What such a model does not know stays at zero, and the rules still speak: in another language its keywords only.
"""

import tomllib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from importlib import import_module
from importlib.util import find_spec
from math import isfinite
from pathlib import Path
from typing import Any, cast

from pydantic import BaseModel, Field, ValidationError

from callguard.errors import EngineError, ModelMissingError, PolicyError
from callguard.score.rule_scorer import RuleScorer
from callguard.score.scorer import TextScore, speaks
from callguard.speech import Span
from callguard.terms import SEVERITY, Category, Samples

Classify = Callable[[str], Mapping[str, float]]
"""Text in, probability of each of the model's labels out. Raises EngineError if the model failed."""


ANY_LANGUAGE = "*"


@dataclass(frozen=True, slots=True, kw_only=True)
class Classifier:
    """A text-classification model."""

    labels: frozenset[str]
    """All that it can say, by its own names."""
    classify: Classify


class LabelMapping(BaseModel, frozen=True, extra="forbid"):
    """What one label of the model means here."""

    categories: tuple[Category, ...] = Field(min_length=1)
    threshold: float = Field(default=0.5, gt=0, lt=1)


class Mapped(BaseModel, frozen=True, extra="forbid"):
    """What stands in a mapping file."""

    language: str = Field(pattern=r"^(\*|[A-Za-z]{2}.*)$")
    """BCP 47 tag, or «*» for a multilingual model."""
    labels: Mapping[str, LabelMapping] = Field(min_length=1)


def load_mapping(path: Path) -> Mapped:
    """Read a mapping file. Raises PolicyError that names file, place and remedy."""
    try:
        return Mapped.model_validate(tomllib.loads(path.read_text(encoding="utf-8")))
    except (OSError, UnicodeDecodeError) as error:
        raise PolicyError(f"mapping {path} cannot be read ({type(error).__name__}); name an existing UTF-8 file") from error
    except tomllib.TOMLDecodeError as error:
        raise PolicyError(f"mapping {path} is no TOML: {error}; mend that line") from error
    except ValidationError as error:
        first = error.errors()[0]
        place = ".".join(str(part) for part in first["loc"])
        raise PolicyError(f"mapping {path}: «{place}» is wrong: {first['msg']}; correct it") from error


class HubScorer:
    """Scores by a model of the hub and the rules; the higher of the two counts."""

    def __init__(self, name: str, classifier: Classifier, mapping: Mapped, rules: RuleScorer) -> None:
        """Join them. Raises PolicyError for a label that the model does not have: every call would be calm."""
        if unknown := sorted(mapping.labels.keys() - classifier.labels):
            raise PolicyError(
                f"score.mapping names «{unknown[0]}»; the labels of {name} are {', '.join(sorted(classifier.labels))}; correct it"
            )
        self._name, self._classify, self._mapping, self._rules = name, classifier.classify, mapping, rules

    @property
    def name(self) -> str:
        """Name of the model and version of the rules."""
        return f"{self._name} + {self._rules.name}"

    @property
    def thresholds(self) -> Mapping[Category, float]:
        """From which probability on a category is said: the lowest, where the rules or several labels can say it."""
        lowest = dict(self._rules.thresholds)
        for label in self._mapping.labels.values():
            for category in label.categories:
                lowest[category] = min(lowest[category], label.threshold)
        return lowest

    def warm(self) -> None:
        """Warm the rules and the model."""
        self._rules.warm()
        self.score("good morning")

    def glance(self, text: str, *, language: str = "en") -> TextScore:
        """Judge running speech by the rules alone: a model that was trained on whole utterances reads threats into fragments."""
        return self._rules.score(text, language=language)

    def understands(self, language: str) -> bool:
        """Whether the mapping names `language`, or says that the model reads any."""
        return self._mapping.language == ANY_LANGUAGE or speaks(language, self._mapping.language)

    def meaning(self, text: str) -> Samples | None:
        """Return what the rules say of it: a text-classification model gives no meaning."""
        return self._rules.meaning(text)

    def score(self, text: str, context: Sequence[str] = (), *, language: str = "en") -> TextScore:
        """Judge `text`. Raises EngineError if the model failed."""
        ruled = self._rules.score(text, context, language=language)
        if not self.understands(language) or not text.strip():
            return ruled
        scores, labels = dict(ruled.scores), set(ruled.labels)
        for label, probability in self._classify(text).items():
            meant = self._mapping.labels.get(label)
            for category in meant.categories if meant else ():
                scores[category] = max(scores[category], round(probability, 6))
                if meant and probability >= meant.threshold:
                    labels.add(category)
        said = tuple(sorted(labels, key=lambda category: (-SEVERITY[category], -scores[category], category)))
        found = {span.category for span in ruled.spans}
        whole = [Span(start=0, end=len(text), category=category) for category in said if category not in found]
        return replace(
            ruled,
            scores=scores,
            labels=said,
            severity=max((SEVERITY[category] for category in said), default=0),
            spans=(*ruled.spans, *whole),
            is_angry=ruled.is_angry and not said,
        )


def load_classifier(model: str) -> Classifier:
    """Return a model of the hub, or of a folder. Raises ModelMissingError without the extra or the model."""
    if find_spec("transformers") is None:
        raise ModelMissingError(f"score.engine hub:{model} needs transformers; install callguard[hub]")
    pipeline = cast("Any", import_module("transformers")).pipeline
    try:
        classifier = pipeline("text-classification", model=model, top_k=None, truncation=True)
    except (OSError, ValueError) as error:
        raise ModelMissingError(f"no text-classification model «{model}» on disk or on the hub; name another") from error

    def classify(text: str) -> Mapping[str, float]:
        try:
            found = classifier([text])[0]
        except (IndexError, RuntimeError, ValueError) as error:  # IndexError: more tokens than the model has places, on a CPU
            raise EngineError(f"the hub model failed on a text of {len(text)} characters") from error
        said = {row["label"]: float(row["score"]) for row in found}
        if not all(map(isfinite, said.values())):  # weights that overflow; whatever is compared with NaN is calm
            raise EngineError(
                f"the hub model gave no number for a text of {len(text)} characters: its weights are broken; name another model"
            )
        return said

    return Classifier(labels=frozenset(classifier.model.config.id2label.values()), classify=classify)
