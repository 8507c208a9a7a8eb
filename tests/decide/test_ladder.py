"""Every row of POLICY.md's default ladder, under its own name."""

import pytest

from callguard.decide.ladder import Ladder
from callguard.decide.policy import SANCTIONS, load_policy
from callguard.errors import InputError
from callguard.events import Decision
from callguard.human_acts import PromptsSwitched
from callguard.terms import RATE_HZ, CallState, Category, DecisionKind, StaffRole, StepTimes, Tactic
from tests.decide.stage import WORDS, Stage, alerts, prompts, score, states

RUDE, SWEAR, INSULT = Category.RUDENESS, Category.PROFANITY, Category.INSULT
SEVERE = (Category.INTIMIDATION, Category.SEXUAL, Category.HATE)
THREATS = (Category.THREAT_PERSONAL, Category.THREAT_GENERAL)


def test_a_quiet_call_shows_the_transcript_and_nothing_else() -> None:
    stage = Stage()

    said = stage.caller(at_s=5)

    assert said == []
    assert stage.state is CallState.QUIET


@pytest.mark.parametrize("category", [RUDE, SWEAR, Category.UNREASONABLE_DEMAND])
def test_one_severity_1_makes_the_call_heated_and_shows_calm_then_progress_to_the_agent_only(category: Category) -> None:
    stage = Stage()

    said = stage.caller(category, at_s=5)

    assert states(said) == [CallState.HEATED]
    assert [prompt.tactics for prompt in prompts(said)] == [(Tactic.CALM, Tactic.PROGRESS)]
    assert alerts(said) == []


def test_anger_is_legitimate_and_shows_calm_without_any_alert() -> None:
    stage = Stage()

    said = stage.caller(at_s=5, angry=True)

    assert states(said) == [CallState.HEATED]
    assert prompts(said)[0].tactics[0] is Tactic.CALM
    assert prompts(said)[0].category == "anger"
    assert alerts(said) == []


def test_anger_alone_never_goes_beyond_heated_and_shows_each_card_once() -> None:
    stage = Stage()

    for turn in range(60):
        stage.caller(at_s=10 + 20 * turn, angry=True)

    assert stage.state is CallState.HEATED
    assert [prompt.tactics[0] for prompt in prompts(stage.said)] == [Tactic.CALM, Tactic.PROGRESS]
    assert alerts(stage.said) == []


def test_severity_1_three_times_in_five_minutes_is_abusive_and_shows_question_and_warn() -> None:
    stage = Stage()
    stage.caller(RUDE, at_s=10)
    stage.caller(SWEAR, at_s=100)

    said = stage.caller(RUDE, at_s=300)

    assert states(said) == [CallState.ABUSIVE]
    assert prompts(said)[0].tactics == (Tactic.QUESTION, Tactic.WARN)
    assert alerts(said) == []


def test_severity_1_three_times_in_more_than_five_minutes_stays_heated() -> None:
    stage = Stage()

    for at_s in (10, 170, 330):
        stage.caller(RUDE, at_s=at_s)

    assert stage.state is CallState.HEATED


def test_one_severity_2_is_abusive_shows_question_and_warn_and_only_the_board_knows() -> None:
    stage = Stage()

    said = stage.caller(INSULT, at_s=5)

    assert states(said) == [CallState.ABUSIVE]
    assert prompts(said)[0].tactics == (Tactic.QUESTION, Tactic.WARN)
    assert alerts(said) == []


@pytest.mark.parametrize("category", [RUDE, INSULT])
def test_going_on_after_a_warning_is_severe_and_alerts_senior_staff_to_interject(category: Category) -> None:
    stage = Stage()
    stage.caller(INSULT, at_s=5)
    stage.card(Tactic.WARN, at_s=10)

    said = stage.caller(category, at_s=20)

    assert states(said) == [CallState.SEVERE]
    assert prompts(said)[0].tactics == (Tactic.CONFRONT, Tactic.EXIT)
    assert [alert.tactics for alert in alerts(said)] == [(Tactic.INTERJECT,)]


def test_severity_2_repeated_is_severe_without_any_warning() -> None:
    stage = Stage()
    stage.caller(INSULT, at_s=5)

    said = stage.caller(INSULT, at_s=200)

    assert states(said) == [CallState.SEVERE]
    assert len(alerts(said)) == 1


@pytest.mark.parametrize("category", SEVERE)
def test_one_severity_3_is_severe_and_alerts_senior_staff(category: Category) -> None:
    stage = Stage()

    said = stage.caller(category, at_s=5)

    assert states(said) == [CallState.SEVERE]
    assert prompts(said)[0].tactics == (Tactic.CONFRONT, Tactic.EXIT)
    assert [(alert.severity, alert.category, alert.is_urgent) for alert in alerts(said)] == [(3, category.value, False)]


@pytest.mark.parametrize("category", THREATS)
def test_severity_4_is_a_threat_with_instructions_and_an_urgent_alert(category: Category) -> None:
    stage = Stage()

    said = stage.caller(category, at_s=5)

    assert states(said) == [CallState.THREAT]
    assert [(alert.severity, alert.category, alert.is_urgent, alert.tier) for alert in alerts(said)] == [
        (4, category.value, True, 1)
    ]
    assert prompts(said)[0].is_urgent
    assert prompts(said)[0].tactics == ()


def test_a_general_threat_says_do_not_hang_up_and_opens_with_the_first_question_of_the_checklist() -> None:
    stage = Stage()

    text = prompts(stage.caller(Category.THREAT_GENERAL, at_s=5))[0].text

    assert text.startswith("Do not hang up.")
    assert stage.policy.checklist[0].ask in text


def test_a_bomb_and_a_threat_to_a_person_in_one_breath_are_answered_as_the_bomb() -> None:
    stage = Stage()

    said = stage.caller(Category.THREAT_PERSONAL, Category.THREAT_GENERAL, at_s=5)

    assert [alert.category for alert in alerts(said)] == ["threat_general"]
    assert [prompt.text.startswith("Do not hang up.") for prompt in prompts(said)] == [True]


def test_help_that_is_asked_for_during_a_threat_alerts_and_covers_no_instruction() -> None:
    stage = Stage()
    stage.caller(Category.THREAT_GENERAL, at_s=5)

    said = stage.help(at_s=10)

    assert [alert.category for alert in alerts(said)] == ["help"]
    assert prompts(said) == []


def test_self_harm_brings_a_supportive_prompt_the_crisis_line_and_a_care_alert() -> None:
    stage = Stage()

    said = stage.caller(Category.SELF_HARM, at_s=5)

    assert states(said) == [CallState.CARE]
    assert stage.policy.crisis_line in prompts(said)[0].text
    assert [(alert.category, alert.severity) for alert in alerts(said)] == [("self_harm", 0)]


def test_self_harm_never_brings_a_sanction_even_when_the_caller_is_abusive() -> None:
    stage = Stage()
    stage.caller(Category.SELF_HARM, at_s=5)
    stage.caller(INSULT, at_s=30)
    stage.caller(Category.SELF_HARM, Category.HATE, at_s=60)

    said = stage.caller(INSULT, at_s=90)

    sanctions = {Tactic.WARN, Tactic.CONFRONT, Tactic.EXIT, Tactic.HANG_UP}
    assert not sanctions & {tactic for prompt in prompts(stage.said) for tactic in prompt.tactics}
    assert stage.state is CallState.CARE
    assert alerts(said), "abuse goes on being told to senior staff"


def test_a_threat_during_care_shows_as_a_threat() -> None:
    stage = Stage()
    stage.caller(Category.SELF_HARM, at_s=5)

    said = stage.caller(Category.THREAT_PERSONAL, at_s=15)

    assert stage.state is CallState.THREAT
    assert alerts(said)[0].is_urgent


@pytest.mark.parametrize("beside", [Category.PROFANITY, Category.RUDENESS, Category.INSULT, Category.HATE])
def test_self_harm_said_with_abuse_brings_the_crisis_line_and_no_card_that_covers_it(beside: Category) -> None:
    stage = Stage()

    said = stage.caller(beside, Category.SELF_HARM, at_s=5)

    assert [(prompt.category, stage.policy.crisis_line in prompt.text) for prompt in prompts(said)] == [("self_harm", True)]


@pytest.mark.parametrize("beside", [Category.PROFANITY, Category.INSULT, Category.HATE, Category.THREAT_PERSONAL])
def test_the_same_danger_said_with_other_words_opens_no_second_care_alert(beside: Category) -> None:
    stage = Stage()
    stage.caller(Category.SELF_HARM, at_s=5)

    said = stage.caller(beside, Category.SELF_HARM, at_s=15)

    assert [alert for alert in alerts(said) if alert.category == "self_harm"] == []


def test_self_harm_and_a_threat_in_one_breath_bring_both_kinds_of_help() -> None:
    stage = Stage()

    said = stage.caller(Category.THREAT_GENERAL, Category.SELF_HARM, at_s=5)

    assert {alert.category for alert in alerts(said)} == {"threat_general", "self_harm"}
    assert len(prompts(said)) == 2


def test_abuse_that_goes_on_brings_the_next_cards_until_hang_up() -> None:
    stage = Stage()

    for turn in range(6):
        stage.caller(Category.HATE, at_s=10 + 20 * turn)

    shown = [prompt.tactics for prompt in prompts(stage.said)]
    assert shown[:4] == [
        (Tactic.CONFRONT, Tactic.EXIT),
        (Tactic.EXIT, Tactic.ESCALATE),
        (Tactic.ESCALATE, Tactic.HANG_UP),
        (Tactic.HANG_UP,),
    ]
    assert set(shown[4:]) == {(Tactic.HANG_UP,)}


def test_many_small_things_add_up_to_severe() -> None:
    stage = Stage()
    stage.caller(RUDE, at_s=5)

    said = stage.risk(0.95, at_s=6)

    assert states(said) == [CallState.SEVERE]
    assert len(alerts(said)) == 1
    assert stage.risk(0.96, at_s=8) == []


def test_a_prompt_shows_at_most_two_cards_and_speaks_the_words_of_the_first() -> None:
    stage = Stage()

    prompt = prompts(stage.caller(Category.SEXUAL, at_s=5))[0]

    assert len(prompt.tactics) == 2
    assert prompt.text == stage.policy.cards[Tactic.CONFRONT].text
    assert prompt.kind is DecisionKind.PROMPT


def test_a_decision_carries_the_words_that_caused_it_and_not_the_whole_sentence() -> None:
    stage = Stage()

    said = stage.caller(Category.HATE, at_s=5)

    assert {decision.because for decision in (*alerts(said), *prompts(said))} == {WORDS}


def test_a_decision_carries_policy_time_segment_and_step_times() -> None:
    stage = Stage()

    alert = alerts(stage.caller(Category.HATE, at_s=5, segment=9))[0]

    assert (alert.decision_id, alert.policy, alert.at_sample, alert.segment) == ("c1:1", "standard 1", 80_000, 9)
    assert alert.times == StepTimes(scored_ns=7)


def test_names_are_filled_in_and_no_placeholder_is_left() -> None:
    stage = Stage()
    stage.caller(Category.HATE, at_s=5)
    stage.caller(Category.THREAT_GENERAL, at_s=25)
    stage.help(at_s=30)
    stage.help(at_s=31, panic=True)

    texts = [decision.text for decision in (*alerts(stage.said), *prompts(stage.said))]

    assert not any("{" in text for text in texts)
    assert any("Sam" in text for text in texts)


def test_the_agent_is_not_flooded_with_prompts() -> None:
    stage = Stage()

    for turn in range(10):
        stage.caller(RUDE, at_s=100 + turn)

    assert [prompt.state for prompt in prompts(stage.said)] == [CallState.HEATED, CallState.ABUSIVE]


def test_senior_staff_are_not_flooded_with_alerts_that_say_nothing_worse() -> None:
    stage = Stage()

    for turn in range(10):
        stage.caller(INSULT, at_s=100 + 2 * turn)

    assert len(alerts(stage.said)) == 1


@pytest.mark.parametrize("category", [*SEVERE, *THREATS, Category.SELF_HARM])
def test_while_an_alert_waits_for_an_answer_more_of_the_same_opens_no_other(category: Category) -> None:
    stage = Stage()

    for turn in range(8):
        stage.caller(category, at_s=100 + 5 * turn)

    assert [(alert.at_sample // RATE_HZ, alert.tier) for alert in alerts(stage.said)] == [(100, 1), (120, 2)]


def test_another_severe_category_and_a_higher_severity_alert_at_once() -> None:
    stage = Stage()

    for category in (INSULT, *SEVERE, *THREATS):
        stage.caller(category, at_s=100)

    assert [alert.category for alert in alerts(stage.said)] == [category.value for category in (*SEVERE, *THREATS)]


def test_milder_abuse_joins_the_severe_alert_that_is_open() -> None:
    stage = Stage()
    stage.caller(Category.HATE, at_s=100)

    said = [*stage.caller(INSULT, at_s=105), *stage.caller(RUDE, at_s=110)]

    assert alerts(said) == []
    assert stage.state is CallState.SEVERE


def test_with_prompts_off_cards_stop_and_alerts_threat_instructions_and_care_go_on() -> None:
    stage = Stage(shows_prompts=False)
    stage.caller(INSULT, at_s=5)
    stage.caller(Category.HATE, at_s=25)
    stage.caller(Category.THREAT_PERSONAL, at_s=45)
    stage.caller(Category.SELF_HARM, at_s=65)

    assert [alert.category for alert in alerts(stage.said) if alert.tier == 1] == ["hate", "threat_personal", "self_harm"]
    assert [prompt.category for prompt in prompts(stage.said)] == ["threat_personal", "self_harm"]


def test_prompts_can_be_switched_on_again_in_the_middle_of_a_call() -> None:
    stage = Stage(shows_prompts=False)
    stage.caller(INSULT, at_s=5)
    stage.ladder.push(PromptsSwitched(call_id="c1", at_sample=20 * RATE_HZ, by="sam", is_on=True))

    assert prompts(stage.caller(INSULT, at_s=30))


def test_during_a_threat_lesser_abuse_brings_no_card_that_would_cover_the_instructions() -> None:
    stage = Stage()
    stage.caller(Category.THREAT_GENERAL, at_s=5)

    said = stage.caller(Category.HATE, at_s=30)

    assert prompts(said) == []
    assert [alert.category for alert in alerts(said) if alert.severity == 3] == ["hate"]


def test_another_calls_event_is_refused() -> None:
    ladder = Ladder("c2", load_policy("standard"), organisation="Larkfield")

    with pytest.raises(InputError, match="another call"):
        ladder.push(score(at_s=1, segment=1))


def test_the_end_of_the_call_says_nothing_new() -> None:
    assert Stage().ladder.flush() == []


def test_a_cry_for_help_during_care_offers_no_sanction() -> None:
    stage = Stage()
    stage.caller(Category.SELF_HARM, at_s=5)

    said = stage.help(at_s=9)

    assert [prompt.tactics for prompt in prompts(said)] == [(Tactic.ESCALATE,)]
    assert len(alerts(said)) == 1


@pytest.mark.parametrize("how", ["card", "request"])
def test_hanging_up_on_somebody_who_may_hurt_themselves_brings_care_and_no_sanction(how: str) -> None:
    stage = Stage()
    stage.caller(Category.SELF_HARM, at_s=5)

    said = stage.card(Tactic.HANG_UP, at_s=9) if how == "card" else stage.request(Tactic.HANG_UP, at_s=9)

    assert [(alert.category, alert.tactics) for alert in alerts(said)] == [("self_harm", ())]
    assert [alert.tier for alert in alerts(stage.wait(60)) if alert.category == "self_harm"], "they are alone now: it is chased"


def test_no_decision_of_a_care_call_carries_a_sanction_whatever_is_done() -> None:
    stage = Stage()
    stage.caller(Category.SELF_HARM, at_s=5)
    for turn, tactic in enumerate(Tactic):
        stage.card(tactic, at_s=10 + 40 * turn)
        stage.request(tactic, at_s=11 + 40 * turn, role=StaffRole.SENIOR)
        stage.caller(Category.HATE, at_s=30 + 40 * turn)
        stage.help(at_s=31 + 40 * turn)

    decided = [said for said in stage.said if isinstance(said, Decision)]

    assert len(decided) > 20
    assert not {tactic for decision in decided for tactic in decision.tactics} & SANCTIONS
