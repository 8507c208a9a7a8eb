import numpy as np

from training.calibrate import expected_calibration_error, fit, joint_bars

RNG_SEED = 1


def test_a_fit_finds_the_chances_that_the_data_have() -> None:
    rng = np.random.default_rng(RNG_SEED)
    logits = rng.normal(size=4000)
    wanted = (rng.random(4000) < 1 / (1 + np.exp(-(2 * logits - 1)))).astype(np.float64)

    scale, bias, _ = fit(logits, np.zeros(4000), wanted)
    chances = 1 / (1 + np.exp(-(scale * logits + bias)))

    assert expected_calibration_error(chances, wanted) < 0.03


def test_rules_that_speak_against_themselves_count_nothing() -> None:
    rng = np.random.default_rng(RNG_SEED)
    logits, ruled = rng.normal(size=500), rng.integers(0, 2, 500).astype(np.float64)

    _, _, worth = fit(logits, ruled, ((logits > 0) & (ruled == 0)).astype(np.float64))

    assert worth == 0


def test_joint_bars_let_through_no_more_rows_than_allowed() -> None:
    scores = np.random.default_rng(RNG_SEED).random((1000, 5))

    over = (scores > joint_bars(scores, 0.01)).any(axis=1)

    assert 0 < over.mean() <= 0.01


def test_chances_that_come_true_have_no_calibration_error() -> None:
    chances = np.repeat([0.25, 0.75], 100)
    wanted = np.concatenate((np.arange(100) < 25, np.arange(100) < 75)).astype(np.float64)

    assert expected_calibration_error(chances, wanted) < 1e-9
