from callguard.decide.policy_rows import Climb
from callguard.decide.standing import Level, Offence, Warned
from callguard.decide.timeline import OPEN_S, Timeline
from callguard.terms import RATE_HZ, Role


def offence(severity: int, at_s: int, segment: int, *, settled: bool = True) -> Offence:
    return Offence(
        at_sample=at_s * RATE_HZ,
        start_sample=at_s * RATE_HZ,
        key=(Role.CALLER, segment),
        severity=severity,
        is_angry=False,
        is_care=False,
        is_settled=settled,
    )


def level(timeline: Timeline, at_s: int) -> Level:
    return timeline.standing(at_s * RATE_HZ).level


def test_a_new_reading_takes_the_place_of_the_old_one() -> None:
    timeline = Timeline(Climb())
    timeline.put(offence(4, 5, 1, settled=False))

    timeline.put(offence(1, 6, 1))

    assert level(timeline, 6) is Level.HEATED


def test_what_is_taken_back_leaves_what_came_after_it() -> None:
    timeline = Timeline(Climb())
    timeline.put(offence(4, 5, 1, settled=False))
    timeline.put(offence(2, 6, 2))

    timeline.take_back((Role.CALLER, 1))

    assert level(timeline, 7) is Level.ABUSIVE


def test_trying_an_offence_changes_nothing() -> None:
    timeline = Timeline(Climb())

    before, after = timeline.with_offence(offence(3, 5, 1))

    assert (before.level, after.level, level(timeline, 5)) == (Level.QUIET, Level.SEVERE, Level.QUIET)


def test_open_speech_is_folded_away_after_a_minute_so_that_a_long_call_stays_cheap() -> None:
    timeline = Timeline(Climb())
    timeline.put(offence(4, 5, 1, settled=False))

    timeline.put(offence(1, 5 + OPEN_S, 2))

    assert [fact.at_sample for fact in timeline._facts] == [(5 + OPEN_S) * RATE_HZ]
    assert level(timeline, 6 + OPEN_S) is Level.THREAT


def test_a_warning_stands_before_what_began_after_it_however_late_it_is_known() -> None:
    timeline = Timeline(Climb())
    timeline.put(offence(1, 5, 1))
    timeline.put(offence(1, 20, 2))

    timeline.put(Warned(at_sample=10 * RATE_HZ))

    assert level(timeline, 21) is Level.SEVERE


def test_what_began_before_a_moment_is_told_apart_from_what_was_known_by_then() -> None:
    timeline = Timeline(Climb())
    timeline.put(offence(1, 20, 2))

    assert timeline.level_before(10 * RATE_HZ) is Level.QUIET
    assert timeline.level_before(21 * RATE_HZ) is Level.HEATED
