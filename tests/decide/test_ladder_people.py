"""What people do: the agent is the arbiter, senior staff take burdens off, and nobody gets round the roles."""

import pytest

from callguard.decide.ladder import Ladder
from callguard.decide.policy import load_policy, spoken_cards
from callguard.errors import NotFoundError, TakenError
from callguard.events import WarningGiven
from callguard.human_acts import AlertAnswer, CardAnswer, HelpAsked
from callguard.terms import RATE_HZ, CallState, Category, StaffRole, Tactic
from tests.decide.stage import Stage, alerts, prompts, states


def test_i_need_help_alerts_senior_staff_in_a_quiet_call_and_nobody_has_to_justify_it() -> None:
    stage = Stage()

    said = stage.help(at_s=3)

    assert [(alert.category, alert.because, alert.segment, alert.is_urgent) for alert in alerts(said)] == [
        ("help", "", -1, False)
    ]
    assert prompts(said)[0].tactics
    assert stage.state is CallState.QUIET


def test_i_need_help_works_every_time_it_is_pressed() -> None:
    stage = Stage()

    for at_s in (3, 4, 5):
        stage.help(at_s=at_s)

    assert len(alerts(stage.said)) == 3


def test_i_need_help_works_with_prompts_off() -> None:
    assert alerts(Stage(shows_prompts=False).help(at_s=3))


def test_panic_is_an_urgent_alert_and_puts_the_call_at_threat() -> None:
    stage = Stage()

    said = stage.help(at_s=3, panic=True)

    assert states(said) == [CallState.THREAT]
    assert [(alert.category, alert.is_urgent) for alert in alerts(said)] == [("panic", True)]
    assert prompts(said)[0].is_urgent


def test_a_cry_for_help_that_nobody_answers_goes_to_the_next_tier() -> None:
    stage = Stage()
    stage.help(at_s=3)

    assert [(alert.category, alert.tier) for alert in alerts(stage.wait(23))] == [("help", 2)]


def test_every_repetition_of_an_alert_names_the_first_one() -> None:
    stage = Stage()
    stage.help(at_s=3)
    stage.wait(200)

    first, *others = alerts(stage.said)
    assert (first.repeats, [alert.repeats for alert in others]) == ("", [first.decision_id] * 2)


def test_an_alert_by_a_person_names_who_pressed() -> None:
    stage = Stage()

    assert "Sam asks for help" in alerts(stage.help(at_s=3))[0].text
    assert "ana asks for help" in alerts(stage.help(at_s=4, by="ana"))[0].text


@pytest.mark.parametrize("decision_id", ["c1:99", "c1:0", "c2:1", "c1:", "c1:x", "nonsense"])
def test_an_answer_to_a_prompt_that_was_never_shown_is_refused_and_changes_nothing(decision_id: str) -> None:
    stage = Stage()
    stage.caller(Category.RUDENESS, at_s=5)

    with pytest.raises(NotFoundError, match="prompt"):
        stage.card(Tactic.WARN, at_s=10, decision_id=decision_id)

    stage.card(Tactic.CALM, at_s=11, decision_id=prompts(stage.said)[0].decision_id)
    assert stage.state is CallState.HEATED


@pytest.mark.parametrize("tactic", [Tactic.WARN, Tactic.CONFRONT])
def test_a_card_that_warns_counts_as_a_warning_when_it_is_used(tactic: Tactic) -> None:
    stage = Stage()
    stage.caller(Category.RUDENESS, at_s=5)
    stage.card(tactic, at_s=10)

    stage.caller(Category.RUDENESS, at_s=20)

    assert stage.state is CallState.SEVERE


@pytest.mark.parametrize("tactic", [Tactic.CALM, Tactic.PROGRESS, Tactic.QUESTION])
def test_a_card_that_only_calms_is_no_warning(tactic: Tactic) -> None:
    stage = Stage()
    stage.caller(Category.RUDENESS, at_s=5)
    said = stage.card(tactic, at_s=10)

    stage.caller(Category.RUDENESS, at_s=20)

    assert said == []
    assert stage.state is CallState.HEATED


@pytest.mark.parametrize("answer", [CardAnswer.HELPED, CardAnswer.NOT_NOW])
def test_a_warning_that_was_waved_away_is_none(answer: CardAnswer) -> None:
    stage = Stage()
    stage.caller(Category.RUDENESS, at_s=5)
    stage.card(Tactic.WARN, at_s=10, answer=answer)

    stage.caller(Category.RUDENESS, at_s=20)

    assert stage.state is CallState.HEATED


def test_the_chance_to_stop_is_real_what_was_being_said_during_the_warning_does_not_count() -> None:
    stage = Stage()
    stage.caller(Category.RUDENESS, at_s=5)
    stage.card(Tactic.WARN, at_s=10)

    stage.caller(Category.RUDENESS, at_s=10.5)

    assert stage.state is CallState.HEATED


def test_the_agents_own_words_of_warning_count() -> None:
    stage = Stage()
    stage.caller(Category.INSULT, at_s=5)
    stage.agent("I would like to help you, but I will hang up if you go on.", at_s=9)

    stage.caller(Category.RUDENESS, at_s=12)

    assert stage.state is CallState.SEVERE


LONG = (
    "I see that your order left us on Monday and that it has been with the carrier since then, and I have asked them for a date."
)
WARNING = "Please mind your language."


def test_a_warning_counts_from_where_it_is_said_and_not_from_where_the_agent_began_to_speak() -> None:
    stage = Stage()
    stage.caller(Category.RUDENESS, at_s=5)
    stage.agent(f"{LONG} {WARNING}", start_s=10, at_s=30)

    stage.caller(Category.RUDENESS, at_s=31, start_s=15)

    assert stage.state is CallState.HEATED


def test_abuse_that_was_heard_before_the_words_of_the_warning_goes_on_after_it() -> None:
    stage = Stage()
    stage.caller(Category.RUDENESS, at_s=5)
    stage.caller(Category.RUDENESS, at_s=20)

    said = stage.agent(f"{WARNING} {LONG}", start_s=10, at_s=30)

    assert stage.state is CallState.SEVERE
    assert [alert.category for alert in alerts(said)] == ["rudeness"]


def test_what_made_the_call_heated_after_the_words_makes_no_warning_of_them() -> None:
    stage = Stage()
    stage.caller(Category.RUDENESS, at_s=20)

    said = stage.agent(f"If you hang up, I will call you back. {LONG}", start_s=10, at_s=30)

    assert said == []
    assert stage.state is CallState.HEATED


def test_words_like_a_warning_in_a_quiet_call_mean_nothing() -> None:
    stage = Stage()
    stage.agent("If you hang up, I will call you back.", at_s=5)

    stage.caller(Category.RUDENESS, at_s=12)

    assert stage.state is CallState.HEATED


def test_words_like_a_warning_mean_nothing_in_a_call_that_is_quiet_again() -> None:
    stage = Stage()
    stage.caller(Category.RUDENESS, at_s=5)
    assert states(stage.wait(700)) == [CallState.QUIET]

    said = stage.agent("If you hang up, I will call you back.", at_s=705)
    stage.caller(Category.RUDENESS, at_s=712)

    assert said == []
    assert stage.state is CallState.HEATED


def test_half_heard_words_of_the_agent_are_no_warning() -> None:
    stage = Stage()
    stage.caller(Category.RUDENESS, at_s=5)
    stage.agent("I will hang up if you go on", at_s=9, final=False)

    stage.caller(Category.RUDENESS, at_s=12)

    assert stage.state is CallState.HEATED


def test_the_agent_is_never_judged_whatever_they_say() -> None:
    stage = Stage()

    said = stage.agent("you stupid idiot i am going to kill you", at_s=5)

    assert said == []
    assert stage.state is CallState.QUIET


@pytest.mark.parametrize("how", ["card", "request"])
def test_escalate_alerts_senior_staff_to_take_over(how: str) -> None:
    stage = Stage()

    said = stage.card(Tactic.ESCALATE, at_s=5) if how == "card" else stage.request(Tactic.ESCALATE, at_s=5)

    assert [alert.text for alert in alerts(said)] == ["Sam asks somebody to take over this call."]


def test_escalate_by_card_and_by_button_is_one_request() -> None:
    stage = Stage()
    stage.card(Tactic.ESCALATE, at_s=5)

    assert stage.request(Tactic.ESCALATE, at_s=6) == []


def test_hanging_up_starts_the_follow_up_for_senior_staff_once() -> None:
    stage = Stage()

    said = stage.request(Tactic.HANG_UP, at_s=5)

    assert [alert.tactics for alert in alerts(said)] == [(Tactic.HANG_UP_FOLLOW_UP,)]
    assert stage.card(Tactic.HANG_UP, at_s=6) == []
    assert stage.wait(600) == [], "a task has a due time of its own and is not chased"


def test_exit_needs_nobody_else() -> None:
    assert Stage().request(Tactic.EXIT, at_s=5) == []


@pytest.mark.parametrize("role", [StaffRole.AGENT, StaffRole.QA])
def test_interject_by_somebody_who_may_not_changes_nothing(role: StaffRole) -> None:
    stage = Stage()
    stage.caller(Category.HATE, at_s=5)

    assert stage.request(Tactic.INTERJECT, at_s=10, role=role) == []
    assert alerts(stage.wait(30)), "the alert is still open"


def test_hang_up_follow_up_by_senior_staff_is_no_new_alert() -> None:
    assert Stage().request(Tactic.HANG_UP_FOLLOW_UP, at_s=5, role=StaffRole.SENIOR) == []


def test_every_warning_is_told_once_with_who_gave_it() -> None:
    stage = Stage()
    stage.caller(Category.RUDENESS, at_s=5)

    by_card = stage.card(Tactic.WARN, at_s=10)
    by_word = stage.agent("i will hang up if you go on like that", at_s=14)
    not_one = stage.agent("thank you for telling me", at_s=16)

    given = [[one.by for one in said if isinstance(one, WarningGiven)] for said in (by_card, by_word, not_one)]
    assert given == [["sam"], [""], []]


@pytest.mark.parametrize("is_used_first", [True, False])
def test_a_card_that_is_used_and_read_aloud_is_one_warning(is_used_first: bool) -> None:
    stage = Stage()
    stage.caller(Category.RUDENESS, at_s=5)
    words = "at larkfield we speak to each other with respect"

    said = stage.card(Tactic.WARN, at_s=8) if is_used_first else stage.agent(words, at_s=8)
    said = said + (stage.agent(words, at_s=12) if is_used_first else stage.card(Tactic.WARN, at_s=12))
    stage.caller(Category.RUDENESS, at_s=20)

    assert len([one for one in said if isinstance(one, WarningGiven)]) == 1
    assert stage.state is CallState.SEVERE


def test_an_alert_that_is_declined_goes_to_the_next_tier_at_once_and_one_that_is_handed_over_does_not() -> None:
    declined, handed = Stage(), Stage()
    first = alerts(declined.help(at_s=3))[0]
    said = declined.answer(first.decision_id, at_s=5, answer=AlertAnswer.DECLINED)
    assert [(alert.tier, alert.repeats) for alert in alerts(said)] == [(2, first.decision_id)]

    handed.answer(alerts(handed.help(at_s=3))[0].decision_id, at_s=5, answer=AlertAnswer.HANDED_OVER)
    assert alerts(handed.wait(300)) == []


def test_escalate_that_is_asked_for_again_after_an_answer_alerts_at_once_and_while_it_waits_does_not() -> None:
    stage = Stage()
    first = alerts(stage.card(Tactic.ESCALATE, at_s=5))[0]
    assert alerts(stage.card(Tactic.ESCALATE, at_s=7)) == []
    stage.answer(first.decision_id, at_s=8)

    assert len(alerts(stage.card(Tactic.ESCALATE, at_s=15))) == 1


@pytest.mark.parametrize("answer", [AlertAnswer.ACKNOWLEDGED, AlertAnswer.CLAIMED, AlertAnswer.HANDED_OVER])
def test_whoever_gives_up_what_they_had_answered_lets_the_next_tier_hear_of_it_at_once(answer: AlertAnswer) -> None:
    stage = Stage()
    first = alerts(stage.help(at_s=3))[0]
    to = "cem" if answer is AlertAnswer.HANDED_OVER else ""
    stage.answer(first.decision_id, at_s=5, answer=answer, by="ana", to=to)
    assert alerts(stage.answer(first.decision_id, at_s=6, answer=AlertAnswer.DECLINED, by="kim")) == []

    said = stage.answer(first.decision_id, at_s=60, answer=AlertAnswer.DECLINED, by=to or "ana")

    assert [(alert.tier, alert.at_sample / RATE_HZ) for alert in alerts(said)] == [(2, 60)]
    assert [(alert.tier, alert.at_sample / RATE_HZ) for alert in alerts(stage.wait(300))] == [(3, 80)]


def test_two_who_decline_at_the_same_time_skip_no_tier() -> None:
    stage = Stage()
    first = alerts(stage.help(at_s=3))[0]
    stage.answer(first.decision_id, at_s=5, answer=AlertAnswer.DECLINED)

    said = stage.answer(first.decision_id, at_s=5.5, answer=AlertAnswer.DECLINED)

    assert alerts(said) == []
    assert [(alert.tier, alert.at_sample / RATE_HZ) for alert in alerts(stage.wait(25))] == [(3, 25)]


def test_declining_at_the_last_tier_leaves_the_alert_open_for_anybody() -> None:
    stage = Stage()
    stage.help(at_s=3)
    stage.wait(200)
    last = alerts(stage.said)[-1]

    assert alerts(stage.answer(last.decision_id, at_s=201, answer=AlertAnswer.DECLINED)) == []
    stage.caller(Category.INSULT, at_s=210)
    assert len(alerts(stage.said)) == 3, "the open alert says enough"


def test_an_agent_who_becomes_known_during_the_call_is_named_from_then_on() -> None:
    policy = load_policy("standard")
    ladder = Ladder("c1", policy, organisation="Larkfield")

    def alerted(at_s: int) -> str:
        act = HelpAsked(call_id="c1", at_sample=at_s * RATE_HZ, by="", is_panic=False)
        return alerts(ladder.push(act))[-1].text

    before = alerted(5)
    ladder.assign("sam")

    assert "The agent" in before
    assert alerted(60) == before.replace("The agent", "sam")


def test_a_warning_card_that_is_read_aloud_after_the_language_has_changed_is_still_one_warning() -> None:
    policy = load_policy("standard")
    ladder = Ladder("c1", policy, organisation="Larkfield", agent="sam")
    ladder.speak(policy.said_in("de"), "de")
    stage = Stage()
    stage.ladder = ladder
    stage.caller(Category.RUDENESS, at_s=5)
    words = next(card.text for card in spoken_cards(policy.said_in("de"), organisation="Larkfield") if card.tactic is Tactic.WARN)

    said = stage.card(Tactic.WARN, at_s=8) + stage.agent(words, at_s=12)

    assert len([one for one in said if isinstance(one, WarningGiven)]) == 1


def test_the_first_who_claims_an_alert_has_it_and_the_second_is_told_who() -> None:
    stage = Stage()
    first = alerts(stage.help(at_s=3))[0]
    second = alerts(stage.caller(Category.THREAT_PERSONAL, at_s=4))[0]
    stage.answer(first.decision_id, at_s=5, answer=AlertAnswer.CLAIMED, by="ana")

    for alert in (first, second):  # whoever claims one has the call
        with pytest.raises(TakenError, match="ana has this alert already"):
            stage.answer(alert.decision_id, at_s=5, answer=AlertAnswer.CLAIMED, by="cem")
    with pytest.raises(TakenError):
        stage.answer(first.decision_id, at_s=5, answer=AlertAnswer.HANDED_OVER, by="cem", to="cem")
    stage.answer(first.decision_id, at_s=6, answer=AlertAnswer.CLAIMED, by="ana")

    later = alerts(stage.caller(Category.HATE, at_s=90))[0]
    stage.answer(later.decision_id, at_s=91, answer=AlertAnswer.CLAIMED, by="cem")


def test_what_was_handed_over_is_the_colleagues_and_what_was_given_up_is_anybodys() -> None:
    stage = Stage()
    alert = alerts(stage.help(at_s=3))[0]
    seen = alerts(stage.caller(Category.THREAT_PERSONAL, at_s=4))[0]
    stage.answer(seen.decision_id, at_s=5, by="kim")
    stage.answer(alert.decision_id, at_s=5, answer=AlertAnswer.CLAIMED, by="ana")
    stage.answer(alert.decision_id, at_s=6, answer=AlertAnswer.HANDED_OVER, by="ana", to="cem")
    for one in (alert, seen):
        with pytest.raises(TakenError, match="cem has"):
            stage.answer(one.decision_id, at_s=7, answer=AlertAnswer.CLAIMED, by="ana")

    stage.answer(alert.decision_id, at_s=8, answer=AlertAnswer.DECLINED, by="cem")
    stage.answer(alert.decision_id, at_s=9, answer=AlertAnswer.CLAIMED, by="ana")
