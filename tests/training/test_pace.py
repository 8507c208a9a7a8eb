import pytest

from training.pace import FITTED, SPARE_S, Pace


class Clock:
    def __init__(self) -> None:
        self.now_s = 100.0

    def __call__(self) -> float:
        return self.now_s


def run(pace: Pace, clock: Clock, *, steps_s: dict[int, float]) -> int:
    """Walk until the last step; from each step of `steps_s` on a step takes so long."""
    step, step_s, is_last = 0, 0.0, False
    while not is_last:
        step += 1
        step_s = steps_s.get(step, step_s)
        clock.now_s += step_s
        is_last = pace.done(step)
    return step


def test_a_given_number_of_steps_stands_however_long_they_take() -> None:
    clock = Clock()

    assert run(Pace(120, clock=clock), clock, steps_s={1: 60.0}) == 120


@pytest.mark.parametrize("guessed", [60, 100_000])
def test_the_steps_fill_the_time_and_leave_enough_to_save(guessed: int) -> None:
    clock = Clock()
    steps = run(Pace(guessed, until_s=400.0, clock=clock), clock, steps_s={1: 2.0, 3: 0.1})

    assert 400.0 - SPARE_S - 1.0 < clock.now_s <= 400.0 - SPARE_S + 0.1
    assert steps > 2000


def test_the_number_is_fitted_anew_when_steps_become_slower() -> None:
    clock = Clock()
    run(Pace(1000, until_s=400.0, clock=clock), clock, steps_s={1: 0.1, 500: 0.4})

    assert clock.now_s < 400.0


def test_a_run_ends_though_it_was_late_from_its_first_step() -> None:
    clock = Clock()

    assert run(Pace(1000, until_s=clock.now_s, clock=clock), clock, steps_s={1: 1.0}) == 1


def test_the_rate_rises_and_then_falls_to_nothing() -> None:
    pace = Pace(1600)

    assert pace.share(0) == 0.01
    assert pace.share(100) > 0.9
    assert pace.share(FITTED) < pace.share(100) > pace.share(800) > pace.share(1599)
    assert pace.share(1700) == 0.0
