"""Coefficients of agreement, on examples whose results were published."""

import pytest

from callguard.record.agreement import agreements, cohen_kappa, krippendorff_alpha, ordinal
from callguard.terms import Category

GRANTS = [("yes", "yes")] * 20 + [("yes", "no")] * 5 + [("no", "yes")] * 10 + [("no", "no")] * 15
"""The example of 50 grant proposals that is used to explain Cohen's kappa: 0.4."""
OBSERVERS = (
    (1, 2, 3, 3, 2, 1, 4, 1, 2, None, None, None),
    (1, 2, 3, 3, 2, 2, 4, 1, 2, 5, None, 3),
    (None, 3, 3, 3, 2, 3, 4, 2, 2, 5, 1, None),
    (1, 2, 3, 3, 2, 4, 4, 1, 2, 5, 1, None),
)
"""Krippendorff 2011: four observers, twelve units, missing data; alpha 0.743 nominal and 0.815 ordinal."""
CODERS = (
    "*    *    *    *    *    3    4    1    2    1    1    3    3    *    3",
    "1    *    2    1    3    3    4    3    *    *    *    *    *    *    *",
    "*    *    2    1    3    4    4    *    2    1    1    3    3    *    4",
)
"""The computational example of the encyclopedia's article on alpha: three coders, fifteen units, nominal alpha 0.691."""


def test_kappa_of_the_grant_proposals() -> None:
    assert cohen_kappa(GRANTS) == pytest.approx(0.4)


def test_alpha_of_three_coders_most_of_whom_are_missing() -> None:
    units = [[value for value in given if value != "*"] for given in zip(*(row.split() for row in CODERS), strict=True)]
    assert krippendorff_alpha(units) == pytest.approx(0.691, abs=0.0005)


def test_alpha_of_four_observers_with_missing_data() -> None:
    units = [[value for value in given if value is not None] for given in zip(*OBSERVERS, strict=True)]
    assert krippendorff_alpha(units) == pytest.approx(0.743, abs=0.0005)
    assert krippendorff_alpha(units, measure=ordinal) == pytest.approx(0.815, abs=0.0005)


def test_there_is_nothing_to_say_where_everybody_always_says_the_same() -> None:
    assert cohen_kappa([]) is None
    assert cohen_kappa([("no", "no")] * 5) is None
    assert krippendorff_alpha([("no", "no")] * 5) is None
    assert krippendorff_alpha([("no",), ()]) is None


def test_agreement_is_told_for_each_category_with_what_it_allows() -> None:
    insult, nothing = frozenset({Category.INSULT}), frozenset[Category]()
    pairs = [(insult, insult)] * 12 + [(nothing, nothing)] * 12 + [(insult, nothing)]
    severities = [(2, 2)] * 12 + [(0, 0)] * 12 + [(2, 0)]
    told = {one.category: one for one in agreements(pairs, severities)}
    assert set(told) == {"any", "severity", Category.INSULT}
    assert told["severity"].alpha == told[Category.INSULT].alpha, "with two values there is nothing between them"
    assert (told[Category.INSULT].units, told[Category.INSULT].said_by_both, told[Category.INSULT].said_by_one) == (25, 12, 1)
    assert told[Category.INSULT].meaning == "good"
    assert agreements(pairs[:3], severities[:3])[0].meaning == "few"


def test_severities_that_lie_close_agree_better_than_those_that_lie_far_apart() -> None:
    same = [(0, 0), (1, 1), (2, 2), (3, 3), (4, 4)] * 5
    nothing = [(frozenset[Category](), frozenset[Category]())] * 26
    (close,), (far,) = (
        [one.alpha for one in agreements(nothing, [*same, odd]) if one.category == "severity"] for odd in ((2, 3), (0, 4))
    )
    assert close is not None and far is not None  # noqa: PT018
    assert far < close < 1
