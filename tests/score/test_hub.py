from collections.abc import Mapping
from pathlib import Path

import pytest

from callguard.errors import ModelMissingError, PolicyError
from callguard.score.factory import build_scorer
from callguard.score.hub import HubScorer, load_classifier, load_mapping
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


@pytest.fixture
def mapping(tmp_path: Path) -> Path:
    path = tmp_path / "mapping.toml"
    path.write_text(MAPPING, encoding="utf-8")
    return path


@pytest.fixture
def hub(mapping: Path) -> HubScorer:
    return HubScorer("shout", shouting_is_toxic, load_mapping(mapping), rule_scorer())


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


def test_thresholds_of_the_model_stand_beside_those_of_the_rules(hub: HubScorer) -> None:
    assert hub.thresholds[Category.INSULT] == 0.8
    assert set(hub.thresholds) == set(Category)


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


def test_without_the_extra_the_message_names_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("callguard.score.hub.find_spec", lambda _: None)

    with pytest.raises(ModelMissingError, match=r"callguard\[hub\]"):
        load_classifier("some/model")
