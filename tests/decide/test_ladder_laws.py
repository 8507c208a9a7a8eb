"""Laws of the ladder, over every sequence of events that hypothesis can think of."""

from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from callguard.decide.ladder import Verdict
from callguard.events import Decision, DecisionSettled
from callguard.human_acts import AlertAnswer
from callguard.terms import SEVERITY, CallState, Category, Tactic
from tests.decide.stage import Stage, alerts, prompts

ORDER = [CallState.QUIET, CallState.HEATED, CallState.ABUSIVE, CallState.SEVERE, CallState.THREAT]
Labels = tuple[Category, ...]
Call = list[tuple[int, tuple[Any, ...]]]
"""Seconds since the last event, and the event: its kind and what belongs to it."""
ABUSE = [category for category in Category if SEVERITY[category]]

labels = st.lists(st.sampled_from(list(Category)), max_size=2, unique=True).map(
    lambda chosen: tuple(sorted(chosen, key=lambda category: -SEVERITY[category]))
)
acts = st.one_of(
    st.tuples(st.just("say"), labels, st.booleans(), st.booleans()),
    st.tuples(st.just("card"), st.sampled_from(list(Tactic))),
    st.tuples(st.just("help"), st.booleans()),
    st.tuples(st.just("agent"), st.sampled_from(["thank you", "mind your language please", "i will hang up if you go on"])),
    st.tuples(st.just("answer"), st.integers(1, 12), st.sampled_from(list(AlertAnswer))),
    st.tuples(st.just("wait")),
)
gaps_s = st.integers(1, 900)
calls = st.lists(st.tuples(gaps_s, acts), max_size=25)


def play(call: Call, stage: Stage) -> list[tuple[tuple[Any, ...], list[Verdict]]]:
    now_s, segment = 0, 0
    seen: list[tuple[tuple[Any, ...], list[Verdict]]] = []
    for gap_s, act in call:
        now_s += gap_s
        if act[0] == "say":
            # A piece of running speech is followed by its own final, every other time.
            segment += 0 if segment % 2 and act[2] else 1
            said = stage.caller(*act[1], at_s=now_s, segment=segment, final=act[2], reliable=act[3])
        elif act[0] == "card":
            said = stage.card(act[1], at_s=now_s)
        elif act[0] == "help":
            said = stage.help(at_s=now_s, panic=act[1])
        elif act[0] == "agent":
            said = stage.agent(act[1], at_s=now_s)
        elif act[0] == "answer":
            raised = alerts(stage.said)
            said = stage.answer(raised[act[1] % len(raised)].decision_id, at_s=now_s, answer=act[2]) if raised else []
        else:
            said = stage.wait(now_s)
        seen.append((act, said))
    return seen


@given(calls)
@settings(max_examples=60, deadline=None)
def test_the_same_events_give_the_same_decisions(call: Call) -> None:
    one, other = Stage(), Stage()

    play(call, one)
    play(call, other)

    assert one.said == other.said


@given(calls)
@settings(max_examples=60, deadline=None)
def test_decision_ids_are_unique_and_count_up(call: Call) -> None:
    stage = Stage()

    play(call, stage)

    ids = [one.decision_id for one in stage.said if isinstance(one, Decision)]
    assert ids == [f"c1:{number}" for number in range(1, len(ids) + 1)]


@given(st.lists(st.tuples(st.integers(1, 500), st.sampled_from(ABUSE), st.sampled_from(["", "warn", "confront"])), max_size=25))
@settings(max_examples=60, deadline=None)
def test_no_sequence_of_events_lowers_help_while_abuse_goes_on(abuse: list[tuple[int, Category, str]]) -> None:
    stage, now_s, rank = Stage(), 0, 0

    for gap_s, category, card in abuse:
        now_s += gap_s
        stage.caller(category, at_s=now_s)
        assert ORDER.index(stage.state) >= rank
        rank = ORDER.index(stage.state)
        if card:
            stage.card(Tactic(card), at_s=now_s)
            assert ORDER.index(stage.state) >= rank


@given(st.lists(st.tuples(gaps_s, labels, st.booleans(), st.booleans(), st.booleans()), max_size=20))
@settings(max_examples=60, deadline=None)
def test_severity_4_always_stands_before_senior_staff_in_one_open_alert(
    speech: list[tuple[int, Labels, bool, bool, bool]],
) -> None:
    stage, now_s = Stage(), 0
    waiting: dict[str, list[Decision]] = {}

    for segment, (gap_s, said, comes_early, is_reliable, is_answered) in enumerate(speech):
        now_s += gap_s
        heard = stage.caller(*said, at_s=now_s, segment=segment, final=False) if comes_early else []
        heard = [*heard, *stage.caller(*said, at_s=now_s, segment=segment, reliable=is_reliable)]
        for alert in alerts(heard):
            waiting.setdefault(alert.category, []).append(alert)
        for label in [one for one in said if one is Category.THREAT_GENERAL] or said[:1]:
            if SEVERITY[label] == 4:
                first = [alert for alert in waiting[label] if alert.tier == 1]
                assert first, "a threat is told"
                assert len([alert for alert in first if not alert.is_provisional]) <= 1, "and told once"
                confirmed = {one.decision_id for one in stage.said if isinstance(one, DecisionSettled) and one.is_confirmed}
                is_certain = any(not alert.is_provisional or alert.decision_id in confirmed for alert in first)
                assert is_reliable <= is_certain, "for certain, if it is"
        if is_answered and (told := [alert for several in waiting.values() for alert in several]):
            stage.answer(told[0].decision_id, at_s=now_s, answer=AlertAnswer.CLAIMED)
            waiting.clear()


@given(calls, st.booleans())
@settings(max_examples=60, deadline=None)
def test_the_agents_own_flag_always_alerts(call: Call, shows_prompts: bool) -> None:
    stage = Stage(shows_prompts=shows_prompts)

    for act, said in play(call, stage):
        if act[0] == "help":
            assert [alert for alert in alerts(said) if alert.category in ("help", "panic") and alert.tier == 1]


@given(calls)
@settings(max_examples=60, deadline=None)
def test_what_people_see_is_always_well_formed(call: Call) -> None:
    stage = Stage()

    play(call, stage)

    for decision in (*alerts(stage.said), *prompts(stage.said)):
        assert decision.text
        assert "{" not in decision.text
        assert len(decision.tactics) <= 2
        assert 1 <= decision.tier <= len(stage.policy.tiers)
        assert decision.is_reliable or decision.is_provisional or decision.repeats  # goes on though nothing proved it
    for prompt in prompts(stage.said):
        assert not {Tactic.INTERJECT, Tactic.HANG_UP_FOLLOW_UP} & set(prompt.tactics)


@given(calls)
@settings(max_examples=60, deadline=None)
def test_prompts_off_changes_no_alert(call: Call) -> None:
    on, off = Stage(), Stage(shows_prompts=False)

    without_answers = [(gap, act) for gap, act in call if act[0] != "answer"]
    play(without_answers, on)
    play(without_answers, off)

    assert [(one.category, one.tier, one.segment) for one in alerts(on.said)] == [
        (one.category, one.tier, one.segment) for one in alerts(off.said)
    ]
