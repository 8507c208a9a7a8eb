from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest

from callguard.score.calibration import load_calibration
from callguard.score.combined import CombinedScorer
from callguard.score.encoder import Encoder, Floats, Text
from callguard.score.factory import bundled_model
from callguard.score.meaning import Meaning
from callguard.score.reading import ModelReader
from callguard.score.rule_scorer import RuleScorer
from callguard.score.rules import load_rules
from callguard.score.tokens import Tokens
from callguard.terms import Category
from tests.score.test_rules import SMALL
from tests.scorers import combined_scorer, rule_scorer

THREAT = "i know what time you finish and i will be waiting by your car with a knife"


@pytest.fixture(scope="module")
def combined() -> CombinedScorer:
    return combined_scorer()


def test_a_plain_threat_is_severity_four(combined: CombinedScorer) -> None:
    judged = combined.score("i am going to come down there and kill you")

    assert judged.labels[0] is Category.THREAT_PERSONAL
    assert judged.severity == 4


@pytest.mark.parametrize(
    "text",
    [
        "hello i would like to change the address on my account",
        "i have been waiting three weeks and nobody has called me back",
        "this queue is killing me",
        "can i pay my bill over the phone please",
        "my mother died last month and i need to close her account",
        "thank you very much you have been wonderful",
    ],
)
def test_ordinary_calls_are_calm(combined: CombinedScorer, text: str) -> None:
    judged = combined.score(text)

    assert judged.severity == 0
    assert not judged.spans


def test_every_label_is_explained_by_words(combined: CombinedScorer) -> None:
    judged = combined.score(f"good morning to you all. {THREAT}")

    assert {span.category for span in judged.spans} == set(judged.labels)
    assert all(0 <= span.start < span.end <= len(f"good morning to you all. {THREAT}") for span in judged.spans)


def test_several_texts_score_exactly_as_each_alone(combined: CombinedScorer) -> None:
    texts = [THREAT, "yes", "where is my parcel", "you stupid cow", "", "the bill", "ok", "hold on a minute let me find a pen"]

    assert combined.score_all(texts) == [combined.score(text) for text in texts]


def test_scores_are_the_same_each_time(combined: CombinedScorer) -> None:
    assert combined.score(THREAT, ["agent: hello"]) == combined.score(THREAT, ["agent: hello"])


def test_abuse_at_the_end_of_a_letter_is_heard(combined: CombinedScorer) -> None:
    letter = (
        "I am writing about my bill of last month, which I believe is wrong. " * 12
        + "I am going to come down there and kill you."
    )

    assert combined.score(letter).severity == 4


def test_the_words_that_the_model_alone_found_in_a_letter_are_pointed_at(combined: CombinedScorer) -> None:
    polite = "I am writing about my bill of last month, which I believe is wrong. " * 12
    letter = polite + "i'll be stood right there by your car when you knock off tonight and you'll wish you had been nicer"

    judged = combined.score(letter)

    assert judged.severity >= 3
    assert all(span.start >= len(polite) - 20 for span in judged.spans)


@pytest.mark.parametrize("text", ["", "   ", "…", "?!"])
def test_nothing_said_is_nothing_scored(combined: CombinedScorer, text: str) -> None:
    assert combined.score(text).severity == 0


def test_another_language_is_left_to_the_keywords(combined: CombinedScorer) -> None:
    rules = rule_scorer()

    assert combined.score("das ist mir egal", language="de") == rules.score("das ist mir egal", language="de")


def test_the_name_says_model_and_rules(combined: CombinedScorer) -> None:
    assert " + " in combined.name


def test_meanings_are_unit_vectors_and_alike_for_like_demands(combined: CombinedScorer) -> None:
    first, same, other = (
        combined.meaning(text) for text in ("i want a refund today", "give me the refund today", "the engineer came at nine")
    )

    assert abs(float(first @ first) - 1) < 1e-4
    assert float(first @ same) > float(first @ other)


def test_a_text_without_words_means_nothing(combined: CombinedScorer) -> None:
    assert not combined.meaning("").any()


def test_english_in_any_country_is_understood_and_other_languages_are_not(combined: CombinedScorer) -> None:
    assert combined.understands("en-IE")
    assert not combined.understands("de")


class CalmEncoder(Encoder):
    """Finds nothing in anything."""

    def logits(self, texts: Sequence[Text]) -> Floats:
        outputs = load_calibration(bundled_model() / "calibration.json").outputs
        return np.full((len(texts), len(outputs)), -9.0, np.float32)


def scorer_on(encoder: Encoder, rules: RuleScorer | None = None) -> CombinedScorer:
    tokens = Tokens(bundled_model() / "tokenizer.json")
    calibration = load_calibration(bundled_model() / "calibration.json")
    meaning = Meaning(encoder, tokens, bundled_model() / "meaning.npz")
    reader = ModelReader(encoder, tokens, calibration.outputs, channel=None)
    return CombinedScorer(reader, tokens, calibration, rules or rule_scorer(), meaning)


def test_anger_is_left_where_the_model_does_not_bear_out_what_the_rules_took_for_abuse() -> None:
    text = "this is a disgrace do your job"
    assert Category.RUDENESS in rule_scorer().score(text).labels

    judged = scorer_on(CalmEncoder(bundled_model() / "model.onnx")).score(text)

    assert not judged.labels
    assert judged.is_angry


@pytest.mark.parametrize("is_certain", [True, False])
def test_a_phrase_of_ones_own_is_said_against_the_model_only_where_its_author_asks_for_it(
    tmp_path: Path, *, is_certain: bool
) -> None:
    file = tmp_path / "ours.toml"
    file.write_text(SMALL + ("certain = true\n" if is_certain else ""), encoding="utf-8")

    judged = scorer_on(CalmEncoder(bundled_model() / "model.onnx"), RuleScorer(load_rules(file))).score("you old fool")

    assert (Category.INSULT in judged.labels) == is_certain
    assert {span.category for span in judged.spans} == set(judged.labels)


class SuspiciousEncoder(Encoder):
    """Finds one category possible, and abuse sure as soon as there are earlier turns."""

    def __init__(self, category: Category) -> None:
        super().__init__(bundled_model() / "model.onnx")
        self._category = category

    def logits(self, texts: Sequence[Text]) -> Floats:
        outputs = load_calibration(bundled_model() / "calibration.json").outputs
        logits = np.full((len(texts), len(outputs)), -9.0, np.float32)
        logits[:, outputs.index(self._category)] = -0.5
        logits[[any(parts) for _, parts in texts], outputs.index("abuse_any")] = 9.0
        return logits


@pytest.mark.parametrize(("category", "is_said"), [(Category.RUDENESS, False), (Category.INTIMIDATION, True)])
def test_earlier_turns_that_make_it_abuse_lift_what_is_severe_and_nothing_mild(category: Category, *, is_said: bool) -> None:
    scorer = scorer_on(SuspiciousEncoder(category))

    judged = scorer.score("number four elm street", ["caller: you have been warned"])

    assert (category in judged.labels) == is_said
