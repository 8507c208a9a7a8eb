from dataclasses import replace
from typing import Any

import orjson

from callguard.archive import CallStory, Correction, RecordingFacts, RecordingState
from callguard.events import CallRecord, Event, Gap
from callguard.human_acts import (
    AlertAnswer,
    CallDescribed,
    CardAnswer,
    CardAnswered,
    HelpAsked,
    JoinPhase,
    Measure,
    ThreatDecided,
)
from callguard.record.story import settled_as, tell
from callguard.speech import Span
from callguard.terms import RATE_HZ, CallState, Category, Role, Tactic
from tests.fakes import alert, call_started, transcript
from tests.record.journals import BEGAN, call_ended, numbered, settled, state
from tests.record.test_search import answered, joined, labelled

RECORD = CallRecord(
    call_id="c1",
    tap="twilio",
    agent="sam",
    line="",
    started_at=BEGAN,
    ended_at=BEGAN,
    end_reason="closed",
    state=CallState.QUIET,
    peak_severity=2,
    alerts=1,
)


def told(*events: Event, **more: Any) -> CallStory:
    rows = [orjson.loads(event.body) for event in numbered(*events)]
    given: dict[str, Any] = {"corrections": (), "comments": (), "recording": RecordingFacts(state=RecordingState.NOT_KEPT)}
    return tell(RECORD, rows, agent_name="Sam", team="blue", thresholds={Category.INSULT: 0.6}, **{**given, **more})


def test_lines_come_in_the_order_of_speech_with_the_words_that_counted() -> None:
    score = replace(
        labelled("you stupid cow", Category.INSULT),
        scores={Category.INSULT: 0.93, Category.HATE: 0.01},
        severity=2,
        spans=(Span(start=4, end=14, category=Category.INSULT),),
    )
    story = told(
        call_started(),
        transcript("I can't go on", channel=Role.AGENT, end_s=9),
        transcript("you stu", is_final=False),
        transcript("you stupid cow", end_s=3),
        score,
    )
    assert [(line.channel, line.text) for line in story.lines] == [("caller", "you stupid cow"), ("agent", "I can't go on")]
    caller, agent = story.lines
    assert (caller.scores, caller.labels, caller.severity) == ({Category.INSULT: 0.93}, (Category.INSULT,), 2)
    assert caller.spans == ({"start": 4, "end": 14, "category": "insult"},)
    assert (agent.scores, agent.labels, agent.severity) == ({}, (), 0)


def test_the_last_correction_holds_and_what_was_heard_stays() -> None:
    first = Correction(call_id="c1", channel=Role.CALLER, segment=0, by="ana", at=BEGAN, heard="you stupid cowl", text="you cow")
    last = replace_text(first, "you stupid cow")
    (line,) = told(transcript("you stupid cowl"), corrections=(first, last)).lines
    assert (line.heard, line.text, line.corrected_by) == ("you stupid cowl", "you stupid cow", "ana")


def replace_text(correction: Correction, text: str) -> Correction:
    return correction.model_copy(update={"text": text})


def test_an_alert_has_one_life_over_all_tiers() -> None:
    again = replace(alert("c1:2"), tier=2, repeats="c1:1")
    decided = ThreatDecided(
        call_id="c1", at_sample=0, by="ana", decision_id="c1:2", measures=(Measure.POLICE,), note="crime number 7"
    )
    story = told(
        call_started(),
        transcript("you stupid cow", end_s=5),
        replace(alert("c1:1", at_sample=6 * RATE_HZ), is_provisional=True),
        settled("c1:1", is_confirmed=True),
        again,
        answered("c1:2", AlertAnswer.ACKNOWLEDGED),
        answered("c1:1", AlertAnswer.CLAIMED),
        decided,
    )
    (one,) = story.alerts
    assert (one.settled, len(one.raised_again), one.seen_s, one.help_s) == ("confirmed", 1, 3.0, 4.0)
    assert [(act.what, act.by) for act in one.acts] == [("acknowledged", "ana"), ("claimed", "ana"), ("threat_decided", "ana")]
    assert one.acts[-1].detail == "police · crime number 7"
    assert one.heard_s == story.lines[0].start_s
    assert story.policies == ("fake 1",)


def test_marks_say_what_happened_beside_the_words() -> None:
    left = replace(joined("c1"), phase=JoinPhase.LEFT, at_sample=20 * RATE_HZ)
    card = CardAnswered(call_id="c1", at_sample=RATE_HZ, by="sam", tactic=Tactic.WARN, answer=CardAnswer.USED, decision_id="")
    gap = Gap(call_id="c1", channel=Role.CALLER, start_sample=0, end_sample=RATE_HZ, because="lost")
    story = told(
        call_started(),
        gap,
        replace(gap, end_sample=100),
        replace(card, answer=CardAnswer.NOT_NOW),
        card,
        state(CallState.SEVERE),
        replace(joined("c1"), at_sample=10 * RATE_HZ),
        left,
        HelpAsked(call_id="c1", at_sample=30 * RATE_HZ, by="sam", is_panic=True),
        state(CallState.QUIET),
        call_ended(),
    )
    found = [(mark.kind, mark.start_s, mark.end_s, mark.what) for mark in story.marks]
    assert ("gap", 0.0, 1.0, "lost") in found
    assert ("card", 1.0, 1.0, "warn") in found
    assert ("join", 10.0, 20.0, "listen") in found
    assert ("panic", 30.0, 30.0, "") in found
    assert len([mark for mark in found if mark[0] in ("gap", "card")]) == 2
    assert (story.worst_state, story.duration_s) == (CallState.SEVERE, 30.0)


def test_a_join_that_never_ended_lasts_as_long_as_the_call() -> None:
    story = told(call_started(), replace(joined("c1"), at_sample=RATE_HZ), transcript("bye", end_s=12))
    assert [(mark.start_s, mark.end_s) for mark in story.marks if mark.kind == "join"] == [(1.0, 12.0)]


def test_a_story_is_in_the_language_that_was_said_of_the_call() -> None:
    said = CallDescribed(call_id="c1", at_sample=0, by="pbx", caller="", line="", language="de")
    assert told(call_started(), said).language == "de"


def test_what_nothing_proved_is_no_confirmation() -> None:
    row = {"confirmed": True, "because": ""}
    assert [settled_as(row), settled_as(row | {"unproven": True}), settled_as(row | {"confirmed": False})] == [
        "confirmed",
        "unproven",
        "withdrawn",
    ]
