from callguard.decide.policy_rows import Climb
from callguard.decide.standing import Level, Lifted, Offence, Standing, Warned, fold
from callguard.terms import RATE_HZ, CallState, Role

CLIMB = Climb()


def offence(severity: int, at_s: int, *, care: bool = False) -> Offence:
    return Offence(
        at_sample=at_s * RATE_HZ,
        start_sample=(at_s - 1) * RATE_HZ,
        key=(Role.CALLER, at_s),
        severity=severity,
        is_angry=False,
        is_care=care,
        is_settled=True,
    )


def test_the_fold_is_the_same_whether_time_passes_in_small_steps_or_at_once() -> None:
    start = fold(Standing(), [offence(4, 10)], CLIMB)
    small = start
    for minute in range(1, 60):
        small = small.at(minute * 60 * RATE_HZ, CLIMB)

    assert small == start.at(59 * 60 * RATE_HZ, CLIMB)


def test_a_lift_never_lowers() -> None:
    standing = fold(Standing(), [offence(4, 10), Lifted(at_sample=11 * RATE_HZ, level=Level.SEVERE)], CLIMB)

    assert standing.level is Level.THREAT


def test_a_warning_alone_is_no_offence() -> None:
    assert fold(Standing(), [Warned(at_sample=5)], CLIMB).state is CallState.QUIET


def test_care_shows_over_every_level_but_a_threat() -> None:
    seen = [fold(Standing(), [offence(0, 5, care=True), offence(severity, 9)], CLIMB).state for severity in range(5)]

    assert seen == [CallState.CARE] * 4 + [CallState.THREAT]
