"""Running speech and doubtful text: shown at once, marked, and settled when the utterance is known."""

import pytest

from callguard.decide.ladder import Verdict
from callguard.events import Decision
from callguard.speech import TranscriptLost
from callguard.terms import RATE_HZ, CallState, Category, Role
from tests.decide.stage import Stage, alerts, prompts, settled, states

THREAT, BOMB, HATE, CARE = Category.THREAT_PERSONAL, Category.THREAT_GENERAL, Category.HATE, Category.SELF_HARM


@pytest.mark.parametrize("category", [THREAT, Category.THREAT_GENERAL, HATE, Category.SEXUAL, CARE])
def test_a_grave_word_in_running_speech_alerts_provisionally(category: Category) -> None:
    stage = Stage()

    said = stage.caller(category, at_s=5, segment=1, final=False)

    assert alerts(said)
    assert all(one.is_provisional for one in said if isinstance(one, Decision))


def test_lesser_words_in_running_speech_wait_for_the_whole_utterance() -> None:
    stage = Stage()

    assert stage.caller(Category.INSULT, at_s=5, segment=1, final=False) == []
    assert prompts(stage.caller(Category.INSULT, at_s=6, segment=1))


def test_running_speech_that_repeats_an_insult_alerts_before_it_ends() -> None:
    stage = Stage()
    stage.caller(Category.INSULT, at_s=5)

    said = stage.caller(Category.INSULT, at_s=20, segment=9, final=False)

    assert states(said) == [CallState.SEVERE]
    assert alerts(said)[0].is_provisional


def test_the_final_confirms_and_alerts_no_second_time() -> None:
    stage = Stage()
    first = stage.caller(THREAT, at_s=5, segment=1, final=False)

    said = stage.caller(THREAT, at_s=6, segment=1)

    assert alerts(said) == prompts(said) == []
    assert {(one.decision_id, one.is_confirmed) for one in settled(said)} == {
        (decision.decision_id, True) for decision in first if isinstance(decision, Decision)
    }


def test_the_final_withdraws_and_undoes_the_change_of_state() -> None:
    stage = Stage()
    first = stage.caller(THREAT, at_s=5, segment=1, final=False)

    said = stage.caller(at_s=6, segment=1)

    assert {(one.decision_id, one.is_confirmed) for one in settled(said)} == {
        (decision.decision_id, False) for decision in first if isinstance(decision, Decision)
    }
    assert states(said) == [CallState.QUIET]


def test_withdrawing_leaves_what_the_call_did_before() -> None:
    stage = Stage()
    stage.caller(Category.INSULT, at_s=2)
    stage.caller(THREAT, at_s=5, segment=7, final=False)

    said = stage.caller(at_s=6, segment=7)

    assert states(said) == [CallState.ABUSIVE]


def test_a_withdrawn_care_alert_takes_care_back() -> None:
    stage = Stage()
    stage.caller(CARE, at_s=5, segment=1, final=False)

    said = stage.caller(at_s=6, segment=1)

    assert states(said) == [CallState.QUIET]
    assert not any(one.is_confirmed for one in settled(said))


def test_a_final_that_says_less_withdraws_the_threat_and_alerts_for_what_was_said() -> None:
    stage = Stage()
    stage.caller(THREAT, at_s=5, segment=1, final=False)

    said = stage.caller(HATE, at_s=6, segment=1)

    assert {one.is_confirmed for one in settled(said)} == {False}
    assert [(alert.severity, alert.is_provisional) for alert in alerts(said)] == [(3, False)]
    assert stage.state is CallState.SEVERE


def test_a_final_that_says_more_confirms_and_alerts_for_the_threat() -> None:
    stage = Stage()
    stage.caller(HATE, at_s=5, segment=1, final=False)

    said = stage.caller(THREAT, at_s=6, segment=1)

    assert {one.is_confirmed for one in settled(said)} == {True}
    assert [(alert.severity, alert.is_urgent) for alert in alerts(said)] == [(4, True)]


@pytest.mark.parametrize("reliable", [True, False])
def test_a_final_of_another_grave_category_withdraws_and_alerts_for_what_was_said(*, reliable: bool) -> None:
    stage = Stage()
    stage.caller(HATE, at_s=5, segment=1, final=False)

    said = stage.caller(Category.SEXUAL, at_s=6, segment=1, reliable=reliable)

    assert {one.is_confirmed for one in settled(said) if not one.is_unproven} == {False}
    assert [(alert.category, alert.is_provisional) for alert in alerts(said)] == [("sexual", not reliable)]
    assert stage.state is CallState.SEVERE


def test_a_final_that_says_it_among_other_things_confirms() -> None:
    stage = Stage()
    stage.caller(HATE, at_s=5, segment=1, final=False)

    said = stage.caller(Category.SEXUAL, HATE, at_s=6, segment=1)

    assert {one.is_confirmed for one in settled(said)} == {True}


def test_more_running_speech_of_the_same_segment_does_not_alert_again() -> None:
    stage = Stage()
    stage.caller(THREAT, at_s=5, segment=1, final=False)

    assert stage.caller(THREAT, at_s=6, segment=1, final=False) == []


def test_unreliable_text_alone_never_gives_a_severe_alert_that_is_not_provisional() -> None:
    stage = Stage()

    said = stage.caller(THREAT, at_s=5, segment=1, reliable=False)

    assert [(alert.is_provisional, alert.is_reliable) for alert in alerts(said)] == [(True, False)]


def unproven(said: list[Verdict]) -> set[str]:
    return {one.decision_id for one in settled(said) if one.is_confirmed and one.is_unproven}


def ids(said: list[Verdict]) -> set[str]:
    return {one.decision_id for one in said if isinstance(one, Decision)}


def lost(at_s: int, segment: int) -> TranscriptLost:
    begin, end = (at_s - 1) * RATE_HZ, at_s * RATE_HZ
    return TranscriptLost(
        call_id="c1", channel=Role.CALLER, segment=segment, start_sample=begin, end_sample=end, because="overload"
    )


def test_an_unreliable_final_proves_nothing_and_the_alert_stands_as_heard_unclearly() -> None:
    stage = Stage()
    first = stage.caller(THREAT, at_s=5, segment=1, final=False)

    said = stage.caller(THREAT, at_s=6, segment=1, reliable=False)

    assert unproven(said) == ids(first)
    assert ids(said) == set()
    again = alerts(stage.wait(30))[0]
    assert (again.is_provisional, again.is_reliable) == (False, False)


def test_what_was_heard_of_speech_whose_end_is_lost_stands_and_goes_on_and_that_nothing_proves_it_is_told_once() -> None:
    stage = Stage()
    first = stage.caller(THREAT, at_s=5, segment=1, final=False)

    said = stage.ladder.lose(lost(7, 1))
    again = alerts(stage.wait(30))

    assert unproven(said) == ids(first)
    assert [(alert.tier, alert.is_provisional) for alert in again] == [(2, False)]
    assert stage.ladder.flush() == stage.ladder.lose(lost(7, 9)) == []
    assert stage.state is CallState.THREAT


def test_at_the_end_of_the_call_nothing_stays_provisional() -> None:
    stage = Stage()
    first = stage.caller(THREAT, at_s=5, segment=1, reliable=False)
    care = stage.caller(CARE, at_s=6, segment=2, final=False)

    assert unproven(stage.ladder.flush()) == ids(first) | ids(care)


def test_a_certain_threat_is_told_beside_one_that_nothing_proved_and_the_same_words_again_prove_it() -> None:
    beside, again = Stage(), Stage()
    for stage in (beside, again):
        stage.caller(HATE, at_s=5, segment=1, final=False)
        stage.ladder.lose(lost(7, 1))

    assert [alert.is_reliable for alert in alerts(beside.caller(HATE, at_s=9, segment=2))] == [True]
    again.caller(HATE, at_s=9, segment=2, reliable=False)
    proven = [one for one in settled(again.caller(HATE, at_s=10, segment=2)) if not one.is_unproven]
    assert "c1:1" in {one.decision_id for one in proven if one.is_confirmed}


def test_a_second_reliable_decode_of_the_same_segment_confirms() -> None:
    stage = Stage()
    first = alerts(stage.caller(THREAT, at_s=5, segment=1, reliable=False))[0]

    said = stage.caller(THREAT, at_s=6, segment=1)

    assert alerts(said) == []
    assert first.decision_id in {one.decision_id for one in settled(said) if one.is_confirmed}


def test_a_second_decode_that_says_otherwise_withdraws() -> None:
    stage = Stage()
    stage.caller(THREAT, at_s=5, segment=1, reliable=False)

    said = stage.caller(at_s=6, segment=1)

    assert settled(said)
    assert not any(one.is_confirmed for one in settled(said))
    assert stage.state is CallState.QUIET


def test_a_withdrawn_alert_is_not_chased() -> None:
    stage = Stage()
    stage.caller(THREAT, at_s=5, segment=1, final=False)
    stage.caller(at_s=6, segment=1)

    assert stage.wait(60) == []


def test_an_alert_that_was_raised_before_it_was_settled_is_settled_with_its_first() -> None:
    stage = Stage()
    first = alerts(stage.caller(THREAT, at_s=5, segment=1, final=False))[0]
    second = alerts(stage.wait(25))[0]

    said = stage.caller(THREAT, at_s=26, segment=1)

    assert {first.decision_id, second.decision_id} <= {one.decision_id for one in settled(said)}
    assert not alerts(stage.wait(46))[0].is_provisional


def test_speech_whose_end_is_never_heard_stays_provisional_and_counts_as_it_was_heard() -> None:
    stage = Stage()
    stage.caller(THREAT, at_s=5, segment=1, final=False)
    stage.caller(Category.RUDENESS, at_s=100, segment=2)

    assert stage.state is CallState.THREAT
    assert settled(stage.said) == []


def test_doubtful_speech_that_says_the_same_shares_one_alert_until_nothing_bears_it_out() -> None:
    stage = Stage()
    first = alerts(stage.caller(THREAT, at_s=5, segment=1, reliable=False))[0]
    again = alerts(stage.caller(THREAT, at_s=9, segment=2, reliable=False))

    one_left = settled(stage.caller(at_s=10, segment=1))
    none_left = settled(stage.caller(at_s=11, segment=2))

    assert again == []
    assert first.decision_id not in {one.decision_id for one in one_left}
    assert first.decision_id in {one.decision_id for one in none_left if not one.is_confirmed}
    assert stage.wait(60) == []


def test_once_one_piece_of_speech_confirms_a_shared_alert_the_other_cannot_take_it_back() -> None:
    stage = Stage()
    first = alerts(stage.caller(THREAT, at_s=5, segment=1, reliable=False))[0]
    stage.caller(THREAT, at_s=9, segment=2, reliable=False)

    confirmed = settled(stage.caller(THREAT, at_s=10, segment=2))
    after = settled(stage.caller(at_s=11, segment=1))

    assert first.decision_id in {one.decision_id for one in confirmed if one.is_confirmed}
    assert first.decision_id not in {one.decision_id for one in after}
    assert [alert.tier for alert in alerts(stage.wait(25))] == [2]


@pytest.mark.parametrize("category", [THREAT, HATE])
def test_milder_words_bear_no_doubtful_alert_out_and_are_told_for_themselves_once_they_are_certain(category: Category) -> None:
    refuted, unproven_still = Stage(), Stage()
    for stage in (refuted, unproven_still):
        stage.caller(Category.INSULT, at_s=2)
        doubtful = alerts(stage.caller(category, at_s=5, segment=7, final=False))[0]
        milder = stage.caller(Category.INSULT, at_s=6, segment=8, final=False)
        assert alerts(milder) == [], "the open alert says enough"

    withdrawn = settled(refuted.caller(at_s=7, segment=7))
    unproven_still.ladder.lose(lost(7, 7))
    heard_out = [stage.caller(Category.INSULT, at_s=8, segment=8) for stage in (refuted, unproven_still)]

    assert [one.is_confirmed for one in withdrawn if one.decision_id == doubtful.decision_id] == [False]
    for said in heard_out:
        assert doubtful.decision_id not in {one.decision_id for one in settled(said)}
        assert [(alert.category, alert.is_provisional) for alert in alerts(said)] == [("insult", False)]
    # Nothing is prompted twice, and nothing over the instructions of a threat.
    assert [len(prompts(stage.said)) for stage in (refuted, unproven_still)] == [3, 2 if category is THREAT else 3]


def test_a_certain_threat_takes_the_place_of_a_doubtful_alert_and_one_answer_answers_both() -> None:
    stage = Stage()
    doubtful = alerts(stage.caller(THREAT, at_s=5, segment=1, reliable=False))[0]
    certain = alerts(stage.caller(THREAT, at_s=9, segment=2))

    raised = alerts(stage.wait(29))
    stage.answer(doubtful.decision_id, at_s=30)

    assert [alert.is_provisional for alert in certain] == [False]
    assert [(alert.tier, alert.is_provisional) for alert in raised] == [(2, False)]
    assert stage.wait(100) == []


def test_other_channels_segments_of_the_same_number_are_another_offence() -> None:
    stage = Stage()
    stage.caller(THREAT, at_s=5, segment=1, final=False)
    stage.caller(THREAT, at_s=9, segment=2)

    assert len([alert for alert in alerts(stage.said) if alert.tier == 1]) == 2


def test_a_bomb_that_the_whole_utterance_adds_to_a_threat_is_told_beside_it() -> None:
    stage = Stage()
    stage.caller(THREAT, at_s=5, segment=1, final=False)

    said = stage.caller(THREAT, BOMB, at_s=6, segment=1)

    assert {one.is_confirmed for one in settled(said)} == {True}
    assert [alert.category for alert in alerts(said)] == ["threat_general"]
    assert [prompt.text.startswith("Do not hang up.") for prompt in prompts(said)] == [True]


def test_a_bomb_that_turns_out_to_be_a_threat_to_a_person_is_withdrawn_and_that_is_told() -> None:
    stage = Stage()
    stage.caller(BOMB, at_s=5, segment=1, final=False)

    said = stage.caller(THREAT, at_s=6, segment=1)

    assert {one.is_confirmed for one in settled(said)} == {False}
    assert [(alert.category, alert.is_provisional) for alert in alerts(said)] == [("threat_personal", False)]


def test_words_that_were_withdrawn_are_the_cause_of_no_later_alert() -> None:
    stage = Stage()
    stage.caller(Category.RUDENESS, at_s=5)
    stage.caller(Category.THREAT_PERSONAL, at_s=8, segment=7, final=False)
    stage.caller(at_s=9, segment=7)

    alert = alerts(stage.risk(0.95, at_s=9))[0]

    assert (alert.category, alert.segment, alert.is_provisional) == ("rudeness", 1, False)


def test_many_small_things_still_add_up_when_what_had_made_the_call_severe_is_withdrawn() -> None:
    stage = Stage()
    stage.caller(Category.RUDENESS, at_s=5)
    stage.caller(Category.HATE, at_s=8, segment=7, final=False)
    assert stage.risk(0.95, at_s=8) == []
    stage.caller(at_s=9, segment=7)
    assert stage.state is CallState.HEATED

    said = stage.risk(0.95, at_s=9)

    assert states(said) == [CallState.SEVERE]
    assert [alert.category for alert in alerts(said)] == ["rudeness"]
