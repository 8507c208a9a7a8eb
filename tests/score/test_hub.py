import sys
from collections.abc import Mapping, Sequence
from importlib.machinery import ModuleSpec
from pathlib import Path
from types import ModuleType, SimpleNamespace

import pytest

from callguard.errors import EngineError, ModelMissingError, PolicyError
from callguard.score.factory import build_scorer
from callguard.score.hub import Classifier, HubScorer, load_classifier, load_mapping
from callguard.settings import ScoreSettings
from callguard.terms import Category
from tests.scorers import rule_scorer

MAPPING = """
language = "de"
[labels.toxic]
categories = ["insult"]
threshold = 0.8
"""


def shouting_is_toxic(text: str) -> Mapping[str, float]:
    return {"toxic": 0.9 if text.isupper() else 0.1, "other": 0.99}


SHOUT = Classifier(labels=frozenset({"toxic", "other"}), classify=shouting_is_toxic)


class Pipeline:
    """What transformers returns: finds every text toxic, as a rule, or fails."""

    model = SimpleNamespace(config=SimpleNamespace(id2label={0: "toxic", 1: "other"}))

    def __init__(self, failure: Exception | None, toxic: float) -> None:
        self._failure, self._toxic = failure, toxic

    def __call__(self, texts: Sequence[str]) -> list[list[dict[str, str | float]]]:
        if self._failure:
            raise self._failure
        return [[{"label": "toxic", "score": self._toxic}, {"label": "other", "score": 1 - self._toxic}] for _ in texts]


def install_transformers(monkeypatch: pytest.MonkeyPatch, failure: Exception | None = None, *, toxic: float = 0.75) -> None:
    """Put a module in the place of the extra, which the tests do without."""
    library = ModuleType("transformers")
    library.__spec__ = ModuleSpec("transformers", None)
    library.__dict__["pipeline"] = lambda *_, **__: Pipeline(failure, toxic)
    monkeypatch.setitem(sys.modules, "transformers", library)


def mapped(path: Path, labels: str, *, language: str = "de") -> HubScorer:
    path.write_text(f'language = "{language}"\n{labels}', encoding="utf-8")
    return HubScorer("shout", SHOUT, load_mapping(path), rule_scorer())


@pytest.fixture
def mapping(tmp_path: Path) -> Path:
    path = tmp_path / "mapping.toml"
    path.write_text(MAPPING, encoding="utf-8")
    return path


@pytest.fixture
def hub(mapping: Path) -> HubScorer:
    return HubScorer("shout", SHOUT, load_mapping(mapping), rule_scorer())


def test_a_label_over_its_threshold_is_its_category(hub: HubScorer) -> None:
    judged = hub.score("SO EIN UNSINN", language="de-AT")

    assert judged.labels == (Category.INSULT,)
    assert judged.severity == 2
    assert judged.spans[0].end == len("SO EIN UNSINN")


def test_a_label_below_its_threshold_is_only_a_score(hub: HubScorer) -> None:
    judged = hub.score("guten tag", language="de")

    assert judged.labels == ()
    assert judged.scores[Category.INSULT] == 0.1


def test_a_language_that_the_model_does_not_know_is_left_to_the_rules(hub: HubScorer) -> None:
    assert hub.score("QUELLE HORREUR", language="fr").labels == ()


def test_a_language_is_the_models_in_any_case_and_not_by_its_first_letters(tmp_path: Path) -> None:
    german = mapped(tmp_path / "mapping.toml", '[labels.toxic]\ncategories = ["insult"]', language="DE")

    assert german.understands("de-AT")
    assert not german.understands("del")


def test_the_lowest_threshold_that_can_say_a_category_is_told(tmp_path: Path) -> None:
    low, high = (
        '[labels.toxic]\ncategories = ["insult"]\nthreshold = 0.2\n',
        '[labels.other]\ncategories = ["insult"]\nthreshold = 0.8\n',
    )
    of_rules = rule_scorer().thresholds

    both = mapped(tmp_path / "both.toml", low + high).thresholds
    cautious = mapped(tmp_path / "cautious.toml", high).thresholds

    assert both == {**of_rules, Category.INSULT: 0.2}
    assert cautious == of_rules


def test_a_mapping_of_labels_that_the_model_does_not_have_stops_the_start(tmp_path: Path) -> None:
    with pytest.raises(PolicyError, match="«toxicity»; the labels of shout are other, toxic"):
        mapped(tmp_path / "mapping.toml", '[labels.toxic]\ncategories = ["insult"]\n[labels.toxicity]\ncategories = ["insult"]')


def test_a_model_of_the_hub_says_its_labels_and_their_probabilities(monkeypatch: pytest.MonkeyPatch) -> None:
    install_transformers(monkeypatch)

    loaded = load_classifier("some/model")

    assert loaded.labels == {"toxic", "other"}
    assert loaded.classify("hello") == {"toxic": 0.75, "other": 0.25}


@pytest.mark.parametrize("failure", [IndexError("index out of range in self"), RuntimeError("out of memory"), ValueError("no")])
def test_a_failing_model_is_an_error_and_never_calm(monkeypatch: pytest.MonkeyPatch, failure: Exception) -> None:
    install_transformers(monkeypatch, failure)

    with pytest.raises(EngineError, match="5 characters"):
        load_classifier("some/model").classify("hello")


def test_broken_weights_are_an_error_and_never_calm(monkeypatch: pytest.MonkeyPatch) -> None:
    install_transformers(monkeypatch, toxic=float("nan"))

    with pytest.raises(EngineError, match="no number for a text of 5 characters: its weights are broken; name another"):
        load_classifier("some/model").classify("hello")


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("language = ", "no TOML"),
        ('language = "de"\n[labels.toxic]\ncategories = ["bad"]', "labels.toxic.categories"),
        ('language = "de"\n[labels]', "labels"),
    ],
)
def test_a_broken_mapping_names_its_place(tmp_path: Path, text: str, complaint: str) -> None:
    path = tmp_path / "mapping.toml"
    path.write_text(text, encoding="utf-8")

    with pytest.raises(PolicyError, match=complaint):
        load_mapping(path)


def test_a_hub_engine_without_a_mapping_says_what_to_set() -> None:
    with pytest.raises(PolicyError, match=r"score\.mapping"):
        build_scorer(ScoreSettings(engine="hub:some/model"))


def test_a_hub_engine_with_its_mapping_is_built(monkeypatch: pytest.MonkeyPatch, mapping: Path) -> None:
    install_transformers(monkeypatch)

    scorer = build_scorer(ScoreSettings(engine="hub:some/model", mapping=mapping))

    assert scorer.name.startswith("some/model + ")
    assert scorer.score("guten tag", language="de").scores[Category.INSULT] == 0.75


def test_without_the_extra_the_message_names_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("callguard.score.hub.find_spec", lambda _: None)

    with pytest.raises(ModelMissingError, match=r"callguard\[hub\]"):
        load_classifier("some/model")
