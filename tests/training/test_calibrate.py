import numpy as np
import pytest

from training.calibrate import bars, best_threshold, expected_calibration_error, fit, worth

RNG_SEED = 1


def test_a_fit_finds_the_chances_that_the_data_have() -> None:
    rng = np.random.default_rng(RNG_SEED)
    logits = rng.normal(size=4000)
    wanted = (rng.random(4000) < 1 / (1 + np.exp(-(2 * logits - 1)))).astype(np.float64)

    scale, bias = fit(logits, wanted)
    chances = 1 / (1 + np.exp(-(scale * logits + bias)))

    assert expected_calibration_error(chances, wanted) < 0.03


def test_a_model_that_counts_against_itself_only_says_how_frequent_it_is() -> None:
    rng = np.random.default_rng(RNG_SEED)
    logits = rng.normal(loc=5, size=500)
    wanted = (logits < 4.5).astype(np.float64)

    scale, bias = fit(logits, wanted)

    assert scale == 0
    assert 1 / (1 + np.exp(-bias)) == pytest.approx(wanted.mean(), abs=0.01)


def test_no_bar_lets_through_more_rows_than_allowed() -> None:
    scores = np.random.default_rng(RNG_SEED).random((1000, 5))

    assert ((scores > bars(scores, 0.01)).mean(axis=0) <= 0.01).all()


def test_the_best_threshold_parts_what_can_be_parted() -> None:
    chances = np.array([0.1, 0.2, 0.3, 0.7, 0.8])

    assert best_threshold(chances, (chances > 0.5).astype(np.float64)) == 0.7


def test_chances_that_come_true_have_no_calibration_error() -> None:
    chances = np.repeat([0.25, 0.75], 100)
    wanted = np.concatenate((np.arange(100) < 25, np.arange(100) < 75)).astype(np.float64)

    assert expected_calibration_error(chances, wanted) < 1e-9


def test_rules_that_only_repeat_the_model_are_worth_little() -> None:
    model = np.repeat([0.99, 0.01], 50)
    ruled = np.full(100, 0.9)
    wanted = np.repeat([1.0, 0.0], 50)  # where the model is calm they were wrong each time

    assert worth(model, ruled, wanted) < 0.1


def test_rules_that_know_what_the_model_misses_are_worth_their_precision() -> None:
    model, ruled = np.full(400, 0.01), np.full(400, 0.99)
    wanted = (np.arange(400) % 4 > 0).astype(np.float64)

    assert worth(model, ruled, wanted) == pytest.approx(0.75, abs=0.02)


def test_rules_that_never_spoke_are_worth_what_nobody_knows() -> None:
    assert worth(np.full(9, 0.2), np.zeros(9), np.ones(9)) == pytest.approx(0.5)
