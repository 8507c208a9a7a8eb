"""What time does to a call: it falls slowly, and alerts that nobody answers climb."""

import pytest

from callguard.errors import NotFoundError
from callguard.events import StateChanged
from callguard.human_acts import AlertAnswer
from callguard.terms import RATE_HZ, CallState, Category, StaffRole, Tactic
from tests.decide.stage import Stage, alerts, prompts, states

TEN_MINUTES = 600


def test_the_state_rises_at_once_and_falls_one_step_every_ten_quiet_minutes() -> None:
    stage = Stage()
    stage.caller(Category.THREAT_PERSONAL, at_s=5)

    seen = [stage.state]
    for step in range(1, 5):
        stage.wait(5 + step * TEN_MINUTES)
        seen.append(stage.state)

    assert seen == [CallState.THREAT, CallState.SEVERE, CallState.ABUSIVE, CallState.HEATED, CallState.QUIET]


def test_one_long_wait_says_the_same_as_many_short_ones_each_thing_at_its_due_time() -> None:
    long, short = Stage(), Stage()
    for stage in (long, short):
        stage.caller(Category.HATE, at_s=5)
        stage.caller(Category.SELF_HARM, at_s=10)

    long.wait(5 + 3 * TEN_MINUTES)
    for until_s in range(10, 6 + 3 * TEN_MINUTES):
        short.wait(until_s)

    assert long.said == short.said
    assert [(alert.at_sample // RATE_HZ, alert.category, alert.tier) for alert in alerts(long.said)][2:] == [
        (25, "hate", 2),
        (30, "self_harm", 2),
        (45, "hate", 3),
        (50, "self_harm", 3),
    ]


def test_a_long_silence_falls_step_by_step() -> None:
    stage = Stage()
    stage.caller(Category.HATE, at_s=5)

    falls = [one for one in stage.wait(5 + 4 * TEN_MINUTES) if isinstance(one, StateChanged)]

    assert [(one.state, one.at_sample // RATE_HZ) for one in falls] == [
        (CallState.ABUSIVE, 5 + TEN_MINUTES),
        (CallState.HEATED, 5 + 2 * TEN_MINUTES),
        (CallState.QUIET, 5 + 3 * TEN_MINUTES),
    ]


def test_after_a_severe_alert_was_answered_the_same_alerts_again_only_after_the_cooldown() -> None:
    stage = Stage()
    alert = alerts(stage.caller(Category.HATE, at_s=5))[0]
    stage.answer(alert.decision_id, at_s=20)

    soon, late = stage.caller(Category.HATE, at_s=49), stage.caller(Category.HATE, at_s=50)

    assert alerts(soon) == []
    assert [one.tier for one in alerts(late)] == [1]


@pytest.mark.parametrize("answer", [answer for answer in AlertAnswer if answer is not AlertAnswer.DECLINED])
def test_a_new_threat_after_the_answer_alerts_at_once(answer: AlertAnswer) -> None:
    stage = Stage()
    alert = alerts(stage.caller(Category.THREAT_GENERAL, at_s=5))[0]
    stage.answer(alert.decision_id, at_s=10, answer=answer)

    first, second = stage.caller(Category.THREAT_GENERAL, at_s=12), stage.caller(Category.THREAT_GENERAL, at_s=14)

    assert len(alerts(first)) == 1
    assert alerts(second) == []


def test_an_answer_to_an_alert_that_was_never_raised_is_refused_and_changes_nothing() -> None:
    stage = Stage()
    said = stage.caller(Category.THREAT_PERSONAL, at_s=5)

    for unknown in ("c1:999", prompts(said)[0].decision_id, ""):
        with pytest.raises(NotFoundError, match="no alert with this id"):
            stage.answer(unknown, at_s=60, answer=AlertAnswer.CLAIMED)

    assert [alert.at_sample // RATE_HZ for alert in alerts(stage.wait(60))] == [25, 45]


def test_abuse_within_the_ten_minutes_begins_the_quiet_time_again() -> None:
    stage = Stage()
    stage.caller(Category.HATE, at_s=5)
    stage.caller(Category.RUDENESS, at_s=500)

    assert states(stage.wait(1000)) == []
    assert states(stage.wait(500 + TEN_MINUTES)) == [CallState.ABUSIVE]


def test_anger_keeps_a_call_from_falling_because_it_is_not_quiet() -> None:
    stage = Stage()
    stage.caller(Category.INSULT, at_s=5)
    stage.caller(at_s=500, angry=True)

    stage.wait(700)

    assert stage.state is CallState.ABUSIVE


def test_care_never_falls_within_a_call() -> None:
    stage = Stage()
    stage.caller(Category.SELF_HARM, at_s=5)

    stage.wait(2 * 3600)

    assert stage.state is CallState.CARE


def test_a_warning_still_counts_nine_minutes_later() -> None:
    stage = Stage()
    stage.caller(Category.INSULT, at_s=5)
    stage.card(Tactic.WARN, at_s=10)

    stage.caller(Category.RUDENESS, at_s=9 * 60)

    assert stage.state is CallState.SEVERE


def test_a_warning_is_forgotten_when_the_call_is_quiet_again() -> None:
    stage = Stage()
    stage.caller(Category.RUDENESS, at_s=5)
    stage.card(Tactic.WARN, at_s=10)
    stage.wait(5 + TEN_MINUTES)

    stage.caller(Category.RUDENESS, at_s=700)

    assert stage.state is CallState.HEATED


def test_a_warning_in_a_quiet_call_counts_for_ten_minutes() -> None:
    soon, late = Stage(), Stage()
    for stage in (soon, late):
        stage.card(Tactic.WARN, at_s=10)

    soon.caller(Category.RUDENESS, at_s=500)
    late.caller(Category.RUDENESS, at_s=700)

    assert (soon.state, late.state) == (CallState.SEVERE, CallState.HEATED)


def test_a_second_severity_2_after_ten_minutes_is_not_a_repetition() -> None:
    stage = Stage()
    stage.caller(Category.INSULT, at_s=5)

    stage.caller(Category.INSULT, at_s=5 + TEN_MINUTES)

    assert stage.state is CallState.ABUSIVE


def test_the_cards_begin_again_after_the_call_has_calmed_down() -> None:
    stage = Stage()
    stage.caller(Category.HATE, at_s=5)
    stage.caller(Category.HATE, at_s=25)
    stage.wait(25 + 3 * TEN_MINUTES)

    said = stage.caller(Category.HATE, at_s=2000)

    assert prompts(said)[0].tactics == (Tactic.CONFRONT, Tactic.EXIT)


def test_an_alert_that_nobody_acknowledges_goes_to_the_next_tier_after_20_seconds_and_stops_at_the_last() -> None:
    stage = Stage()
    first = alerts(stage.caller(Category.THREAT_PERSONAL, at_s=5))[0]

    early = stage.wait(24)
    tiers = [alerts(stage.wait(25 + 20 * step)) for step in range(4)]

    assert early == []
    assert [[alert.tier for alert in step] for step in tiers] == [[2], [3], [], []]
    again = tiers[0][0]
    assert (again.because, again.category, again.is_urgent, again.segment) == (
        first.because,
        first.category,
        first.is_urgent,
        first.segment,
    )
    assert again.decision_id != first.decision_id
    assert [one.answer_within_s for one in (first, again, tiers[1][0])] == [20, 20, 0]  # what a console counts down


def test_an_acknowledged_alert_is_not_raised_again() -> None:
    stage = Stage()
    alert = alerts(stage.caller(Category.THREAT_PERSONAL, at_s=5))[0]

    stage.answer(alert.decision_id, at_s=10)

    assert stage.wait(100) == []


def test_acknowledging_the_second_tiers_alert_ends_the_chase_too() -> None:
    stage = Stage()
    stage.caller(Category.THREAT_PERSONAL, at_s=5)
    second = alerts(stage.wait(25))[0]

    stage.answer(second.decision_id, at_s=30)

    assert stage.wait(100) == []


def test_acknowledging_one_alert_leaves_the_other_open() -> None:
    stage = Stage()
    first = alerts(stage.caller(Category.HATE, at_s=5))[0]
    stage.caller(Category.THREAT_PERSONAL, at_s=6)

    stage.answer(first.decision_id, at_s=10)

    assert {alert.category for alert in alerts(stage.wait(30))} == {"threat_personal"}


def test_whoever_claims_one_alert_has_the_call_and_nothing_of_it_is_raised_further() -> None:
    stage = Stage()
    first = alerts(stage.caller(Category.HATE, at_s=5))[0]
    stage.caller(Category.THREAT_PERSONAL, at_s=6)

    stage.answer(first.decision_id, at_s=10, answer=AlertAnswer.CLAIMED)

    assert stage.wait(100) == []


def test_senior_staff_who_interject_have_the_call() -> None:
    stage = Stage()
    stage.caller(Category.HATE, at_s=5)

    stage.request(Tactic.INTERJECT, at_s=10, role=StaffRole.SENIOR)

    assert stage.wait(100) == []


def test_alerts_outlive_the_call() -> None:
    stage = Stage()
    stage.caller(Category.THREAT_GENERAL, at_s=5)
    stage.ladder.flush()

    assert [alert.tier for alert in alerts(stage.wait(30))] == [2]


def test_events_that_come_a_little_late_do_not_turn_time_back() -> None:
    stage = Stage()
    stage.wait(100)

    said = stage.caller(Category.THREAT_PERSONAL, at_s=98)

    assert alerts(said)[0].at_sample == 98 * 16_000
    assert stage.wait(119) == []
    assert alerts(stage.wait(120))
