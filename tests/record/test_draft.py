"""POLICY.md, «The incident record»: each field of it is drafted from stored events."""

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from callguard.events import ChecklistFilled, Event, WarningGiven
from callguard.human_acts import AgentAssigned, AlertAnswer, AlertAnswered, CallDescribed, HelpAsked, Measure, ThreatDecided
from callguard.incidents import CallAct
from callguard.record.draft import clock_of, draft_facts
from callguard.terms import CALLER_KEY, Category
from tests.fakes import alert, transcript
from tests.record.cases import HZ, QUESTIONS, hard_call, hard_facts, rows, score, started
from tests.record.journals import numbered, settled


def test_date_time_line_and_people_by_role() -> None:
    facts = hard_facts()
    assert (facts.began_at.isoformat(), facts.line) == ("2026-11-20T14:03:00+00:00", "Complaints")
    assert [(person.role, person.name[:4]) for person in facts.people] == [
        ("caller", "ck_a"),
        ("agent", "sam"),
        ("senior", "ana"),
    ]


def test_exact_words_with_audio_offsets_category_severity_and_confidence() -> None:
    insult, threat = hard_facts().words
    assert (insult.text, insult.start_s, insult.end_s, insult.labels, insult.severity) == (
        "you stupid cow",
        50,
        54,
        ("insult",),
        2,
    )
    assert (insult.confidence, insult.is_reliable) == (0.78, True)
    assert (threat.severity, threat.confidence, threat.is_reliable) == (4, 0.61, False)


def test_what_the_agent_did_and_when_without_the_cards_that_were_waved_away() -> None:
    assert [(act.at_s, act.by, act.kind, act.what) for act in hard_facts().acts] == [
        (56.0, "sam", "card", "Used the card «warn»."),
        (72.0, "sam", "panic", "Pressed «panic»: feared for their safety."),
        (110.0, "sam", "request", "Asked for «hang up»."),
    ]


def test_warnings_given() -> None:
    assert [(act.at_s, act.tactic) for act in hard_facts().warnings] == [(56.0, "warn")]


def test_who_was_alerted_when_they_saw_it_and_what_they_did() -> None:
    (life,) = hard_facts().alerts
    assert (life.category, life.severity, life.is_urgent, life.settled, life.at_s) == (
        "threat_personal",
        4,
        True,
        "confirmed",
        64.0,
    )
    assert [(answer.by, answer.at_s) for answer in life.seen] == [("ana", 11.0)]  # by the wall clock: the eleventh event
    assert [(answer.by, answer.what, answer.at_s) for answer in life.answers] == [("ana", "claimed", 13.0)]


def test_how_it_ended_and_where_it_was_not_heard() -> None:
    facts = hard_facts()
    assert facts.how_it_ended == "A member of staff ended the call at 02:00.0."
    assert facts.gaps == ("01:20.0 to 01:21.0: audio of the caller is missing (lost).",)


def test_the_excerpt_has_both_parties_around_the_words_that_counted() -> None:
    assert [line.text for line in hard_facts().excerpt] == ["you stupid cow", "you'll see when I get there"]


def test_a_withdrawn_alert_alone_leaves_no_reason_for_a_record() -> None:
    events: list[Event] = [started(), replace(alert("c1:1"), is_provisional=True), settled("c1:1", is_confirmed=False)]
    facts = draft_facts(rows(numbered(*events)))
    assert (facts.reasons, facts.alerts[0].settled) == ((), "withdrawn")


def test_a_mark_by_a_person_is_a_reason_at_any_score() -> None:
    mark = CallAct(at_s=3, by="sam", what="Marked the call.", kind="mark")
    facts = draft_facts(rows(numbered(started())), marks=[mark])
    assert (facts.reasons, facts.acts, facts.severity) == (("marked",), (mark,), 0)


def test_the_record_is_complete_even_if_the_call_drops() -> None:
    events: list[Event] = [started(), transcript("I will come and", number=0, is_final=False), alert("c1:1")]
    running = score(0, "I will come and kill you", Category.THREAT_PERSONAL, start_s=1, final=False)
    facts = draft_facts(rows(numbered(*events, running)))
    assert [(word.text, word.is_reliable) for word in facts.words] == [("I will come and kill you", False)]
    assert facts.how_it_ended.startswith("The end of the call was not seen")


def test_words_that_the_last_reading_took_back_are_not_in_the_record() -> None:
    running = score(0, "I will kill you", Category.THREAT_PERSONAL, start_s=1, final=False)
    facts = draft_facts(rows(numbered(started(), running, score(0, "I will call you", start_s=1))))
    assert facts.words == ()


def test_a_threat_against_a_place_opens_the_checklist_with_its_open_questions() -> None:
    events: list[Event] = [started(), score(0, "there is a bomb", Category.THREAT_GENERAL, start_s=1), alert("c1:1")]
    filled = [
        ChecklistFilled(call_id="c1", at_sample=12 * HZ, start_sample=9 * HZ, field="where", value="under the stairs", by=""),
        ChecklistFilled(call_id="c1", at_sample=20 * HZ, start_sample=20 * HZ, field="when", value="at three", by="sam"),
        ChecklistFilled(call_id="c1", at_sample=30 * HZ, start_sample=30 * HZ, field="when", value="at tree", by=""),
    ]
    facts = draft_facts(rows(numbered(*events, *filled)), questions=QUESTIONS)
    assert [(answer.field, answer.answer, answer.by, answer.at_s) for answer in facts.checklist] == [
        ("when", "at three", "sam", 20.0),
        ("where", "under the stairs", "heard", 9.0),
        ("background_sounds", "", "", None),
    ]


def test_a_checklist_loses_nothing_that_was_heard_for_the_same_field() -> None:
    heard = [("there is a bomb", 3), ("it goes off at three", 9), ("there is a bomb", 15)]
    filled = [
        ChecklistFilled(call_id="c1", at_sample=at * HZ, start_sample=at * HZ, field="exact_words", value=words, by="")
        for words, at in heard
    ]
    (answer,) = draft_facts(rows(numbered(started(), *filled))).checklist
    assert (answer.answer, answer.at_s) == ("there is a bomb\nit goes off at three", 3.0)


def test_self_harm_is_recorded_as_care_and_not_as_an_offence() -> None:
    facts = draft_facts(rows(numbered(started(), score(0, "I want to end it", Category.SELF_HARM, start_s=1))))
    assert (facts.about_care, facts.severity, facts.categories) == (True, 0, ("self_harm",))


def test_what_senior_staff_decided_about_a_threat_is_in_the_record() -> None:
    measures = (Measure.POLICE, Measure.OTHER_PROTECTION)
    decided = ThreatDecided(call_id="c1", at_sample=70 * HZ, by="ana", decision_id="c1:1", measures=measures, note="ref 42")
    (act,) = draft_facts(rows(numbered(started(), decided))).acts
    assert (act.by, act.kind, act.what) == ("ana", "decision", "Decided about the threat: police, other protection (ref 42).")


def test_a_warning_in_the_agents_own_words_counts_as_one_given() -> None:
    warned = WarningGiven(call_id="c1", at_sample=30 * HZ, by="")
    (warning,) = draft_facts(rows(numbered(started(), warned))).warnings
    assert (warning.at_s, warning.what) == (30.0, "Warned the caller in their own words.")


def test_an_alert_that_was_handed_over_or_declined_says_to_whom_and_why() -> None:
    same: Any = {"call_id": "c1", "at_sample": 0, "decision_id": "c1:1"}
    answered = [
        AlertAnswered(**same, by="ana", answer=AlertAnswer.HANDED_OVER, to="bea", reason=""),
        AlertAnswered(**same, by="bea", answer=AlertAnswer.DECLINED, to="", reason="on another call"),
    ]
    (life,) = draft_facts(rows(numbered(started(), alert("c1:1"), *answered))).alerts
    assert [answer.what for answer in life.answers] == ["handed over to bea", "declined: on another call"]


def test_a_claim_answers_every_open_alert_of_the_call() -> None:
    claimed = AlertAnswered(call_id="c1", at_sample=0, decision_id="c1:2", by="ana", answer=AlertAnswer.CLAIMED, to="", reason="")
    first, second, later = draft_facts(rows(numbered(started(), alert("c1:1"), alert("c1:2"), claimed, alert("c1:3")))).alerts
    assert [answer.what for life in (first, second, later) for answer in life.answers] == ["claimed the call", "claimed"]


def test_an_act_of_a_kind_that_is_new_is_kept_too() -> None:
    joined = {"type": "senior_joined", "call_id": "c1", "by": "ana", "at_s": 70.0, "mode": "listen", "at": "2026-11-20T14:04:10Z"}
    facts = draft_facts([*rows(numbered(started())), joined])
    assert [(act.by, act.what) for act in facts.acts] == [("ana", "Senior joined (mode: listen).")]


@given(st.integers(0, len(hard_call())))
def test_the_same_events_give_the_same_facts_wherever_the_call_was_cut(length: int) -> None:
    cut = rows(numbered(*hard_call()[: max(length, 1)]))
    assert draft_facts(cut) == draft_facts(cut)


def test_places_in_the_audio_are_minutes_and_seconds() -> None:
    assert [clock_of(seconds) for seconds in (0, 59.96, 252.3, 3723.04)] == ["00:00.0", "01:00.0", "04:12.3", "1:02:03.0"]


def test_who_called_on_which_line_is_what_was_said_last_and_who_said_it_took_no_part() -> None:
    caller = f"{CALLER_KEY}{'b' * 40}"
    said = CallDescribed(call_id="c1", at_sample=0, by="pbx", caller=caller, line="Repairs", language="de")
    facts = draft_facts(rows(numbered(replace(started(), caller="", line=""), said, transcript("hello"))))
    assert (facts.caller, facts.line, facts.language) == (caller, "Repairs", "de")
    assert "pbx" not in [person.name for person in facts.people]


INSULT = score(1, "you stupid cow", Category.INSULT, start_s=10)
THREAT = score(2, "you'll see when I get there", Category.THREAT_PERSONAL, start_s=20)
HELP = HelpAsked(call_id="c1", at_sample=30 * HZ, by="sam", is_panic=False)
TRANSFERRED = started(agent="kim")
"""The phone system brings the call again, for another agent."""


@pytest.mark.parametrize(
    ("events", "agents"),
    [
        ([started(), INSULT, TRANSFERRED], ["sam", "kim"]),
        ([started(), INSULT, TRANSFERRED, THREAT], ["kim", "sam"]),
        ([started(), THREAT, TRANSFERRED, INSULT], ["sam", "kim"]),
        ([started(), INSULT, TRANSFERRED, replace(INSULT, segment=3)], ["kim", "sam"]),
        ([started(), TRANSFERRED], ["kim", "sam"]),
        ([started(), HELP, TRANSFERRED], ["sam", "kim"]),
        ([started(agent=""), INSULT, AgentAssigned(call_id="c1", at_sample=40 * HZ, by="pbx", agent="kim")], ["kim"]),
        ([started(agent=""), INSULT], []),
        ([started(), INSULT, TRANSFERRED, replace(THREAT, is_final=False)], ["sam", "kim"]),
        ([started(), INSULT, TRANSFERRED, replace(THREAT, labels=(), severity=0)], ["sam", "kim"]),
    ],
    ids=[
        "insulted before",
        "insulted, then another threatened",
        "threatened, then another insulted",
        "both insulted",
        "nothing said",
        "asked for help before",
        "named later",
        "nobody named",
        "a threat that was withdrawn",
        "nothing said after",
    ],
)
def test_the_record_is_about_the_agent_whom_it_hit_and_names_all_who_had_the_call(events: list[Event], agents: list[str]) -> None:
    facts = draft_facts(rows(numbered(*events)))

    assert facts.agent == next(iter(agents), "")
    assert [person.name for person in facts.people if person.role == "agent"] == agents
    assert [person.name for person in facts.people if person.role == "senior"] == []


def test_an_agent_who_asked_for_the_record_before_the_transfer_is_the_one_it_is_about() -> None:
    mark = CallAct(at_s=40.0, by="sam", kind="mark", what="Marked the call.")

    facts = draft_facts(rows(numbered(started(), TRANSFERRED)), marks=[mark])

    assert facts.agent == "sam"
