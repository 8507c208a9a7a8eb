import json
from math import prod
from pathlib import Path

import pytest

from callguard.errors import ModelMissingError
from callguard.score.calibration import ABUSIVE, CategoryCalibration, OutputCalibration, carried, load_calibration
from callguard.score.factory import bundled_model
from callguard.terms import Category

NUMBERS = CategoryCalibration(scale=1.0, bias=-1.0, rules=0.8, threshold=0.5)


def test_a_rule_only_adds() -> None:
    assert NUMBERS.probability(0.0, 0.9) > NUMBERS.probability(0.0, 0.0)


def test_a_rule_that_is_certain_is_heard_whatever_the_model_makes_of_it() -> None:
    assert NUMBERS.probability(-30.0, 0.9, certain=0.9) >= 0.9


def test_a_probability_is_one_half_where_the_log_odds_are_none() -> None:
    assert NUMBERS.probability(1.0, 0.0) == 0.5


@pytest.mark.parametrize("logit", [-1e6, 1e6])
def test_extreme_logits_stay_probabilities(logit: float) -> None:
    assert 0 <= NUMBERS.probability(logit, 1.0) <= 1


def scores(**known: float) -> dict[Category, float]:
    return {category: known.get(category.value, 0.0) for category in Category}


def test_what_is_surely_abuse_is_carried_by_its_likeliest_kind_until_the_chances_add_up() -> None:
    split = scores(threat_personal=0.4, intimidation=0.35, profanity=0.1)

    lifted = carried(split, 0.9)

    assert lifted[Category.THREAT_PERSONAL] > 0.8
    assert 1 - prod(1 - lifted[category] for category in ABUSIVE) == pytest.approx(0.9)
    assert {**lifted, Category.THREAT_PERSONAL: 0.4} == split


@pytest.mark.parametrize("abuse", [0.0, 0.3, 0.5])
def test_no_score_sinks_by_what_is_said_of_abuse_at_all(abuse: float) -> None:
    sure = scores(insult=0.5, rudeness=0.4)

    assert carried(sure, abuse) == sure


def test_care_carries_no_abuse() -> None:
    assert carried(scores(self_harm=0.6, insult=0.1), 0.5)[Category.SELF_HARM] == 0.6


def test_certainty_divides_nothing_by_zero() -> None:
    assert carried(scores(insult=1.0, profanity=1.0), 1.0) == scores(insult=1.0, profanity=1.0)


@pytest.mark.parametrize(("rudeness_rule", "is_lifted"), [(0.0, True), (0.9, False)])
def test_nobody_is_rude_by_what_was_said_before_whoever_finds_it_likeliest(rudeness_rule: float, *, is_lifted: bool) -> None:
    shipped = load_calibration(bundled_model() / "calibration.json")
    whole = shipped.model_copy(
        update={"categories": dict.fromkeys(Category, NUMBERS), "abuse": OutputCalibration(scale=1.0, bias=0.0)}
    )
    after = [0.0 if name in ("intimidation", "rudeness") else -9.0 for name in whole.outputs]
    after[whole.outputs.index("intimidation")] = 0.1  # of the model alone the likeliest
    before = list(after)
    after[whole.outputs.index("abuse_any")], before[whole.outputs.index("abuse_any")] = 9.0, -9.0

    joined = whole.joined(after, before, scores(rudeness=rudeness_rule))

    plain = NUMBERS.probability(0.0, rudeness_rule)
    assert joined[Category.RUDENESS] == pytest.approx(plain)
    assert (joined[Category.INTIMIDATION] > 0.9) == is_lifted


def test_a_calibration_of_abuse_needs_its_output(tmp_path: Path) -> None:
    whole = json.loads((bundled_model() / "calibration.json").read_text(encoding="utf-8"))
    whole["abuse"] = {"scale": 0.5, "bias": -0.5}
    whole["outputs"].remove("abuse_any")
    (tmp_path / "calibration.json").write_text(json.dumps(whole), encoding="utf-8")

    with pytest.raises(ModelMissingError, match="abuse_any"):
        load_calibration(tmp_path / "calibration.json")


def test_the_bundled_calibration_speaks_of_every_category() -> None:
    calibration = load_calibration(bundled_model() / "calibration.json")

    assert set(calibration.categories) == set(Category)
    assert set(Category) <= set(calibration.outputs)


def test_a_category_that_is_missing_is_named(tmp_path: Path) -> None:
    whole = json.loads((bundled_model() / "calibration.json").read_text(encoding="utf-8"))
    del whole["categories"]["hate"]
    (tmp_path / "calibration.json").write_text(json.dumps(whole), encoding="utf-8")

    with pytest.raises(ModelMissingError, match="hate"):
        load_calibration(tmp_path / "calibration.json")


def test_a_number_that_is_wrong_is_named(tmp_path: Path) -> None:
    whole = json.loads((bundled_model() / "calibration.json").read_text(encoding="utf-8"))
    whole["categories"]["hate"]["threshold"] = 7
    (tmp_path / "calibration.json").write_text(json.dumps(whole), encoding="utf-8")

    with pytest.raises(ModelMissingError, match=r"categories.hate.threshold"):
        load_calibration(tmp_path / "calibration.json")


def test_a_missing_file_says_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(ModelMissingError, match="install callguard again"):
        load_calibration(tmp_path / "calibration.json")
