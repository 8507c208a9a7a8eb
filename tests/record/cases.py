"""A call with everything in it, as the store has it."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Any

import orjson

from callguard.events import CallEnded, CallStarted, DecisionSettled, Event, Gap, StoredEvent
from callguard.human_acts import AlertAnswer, AlertAnswered, CardAnswer, CardAnswered, HelpAsked, Shown, TacticRequested
from callguard.incidents import Facts
from callguard.record.draft import draft_facts
from callguard.speech import UtteranceScore
from callguard.terms import SEVERITY, Category, EndReason, Role, StaffRole, StepTimes, Tactic
from tests.fakes import alert, call_started, transcript
from tests.record.journals import BEGAN, numbered

HZ = 16_000
CALLER = "ck_" + "a" * 40
QUESTIONS = (("when", "When is it going to happen?"), ("where", "Where is it right now?"), ("background_sounds", ""))


def score(number: int, text: str, *labels: Category, start_s: int, final: bool = True, reliable: bool = True) -> UtteranceScore:
    """Return what the scorer said of a caller's words."""
    return UtteranceScore(
        call_id="c1",
        channel=Role.CALLER,
        segment=number,
        start_sample=start_s * HZ,
        end_sample=(start_s + 4) * HZ,
        is_final=final,
        is_reliable=reliable,
        text=text,
        scores={},
        labels=labels,
        severity=max((SEVERITY[label] for label in labels), default=0),
        spans=(),
        is_angry=False,
        scorer="model 3",
        times=StepTimes(),
    )


def started(call_id: str = "c1", *, caller: str = CALLER, agent: str = "sam", days_ago: int = 0) -> CallStarted:
    """Return the start of a call with a sealed caller."""
    at = BEGAN - timedelta(days=days_ago)
    return replace(call_started(call_id, agent=agent), caller=caller, started_at=at, line="Complaints")


def ended(call_id: str = "c1", *, days_ago: int = 0) -> CallEnded:
    """Return a call's ordinary end after two minutes."""
    at = BEGAN - timedelta(days=days_ago) + timedelta(minutes=2)
    return CallEnded(call_id=call_id, ended_at=at, at_sample=120 * HZ, reason=EndReason.CLOSED, detail="")


def hard_call() -> list[Event]:
    """Return an insult after which the agent warns, a threat, a claim by senior staff, and a hang-up."""
    return [
        started(),
        replace(transcript("Good afternoon.", number=0, channel=Role.AGENT, start_s=1, end_s=3), mean_log_probability=-0.1),
        transcript("hello, where is my money", number=0, start_s=4, end_s=8),
        replace(transcript("you stupid cow", number=1, start_s=50, end_s=54), mean_log_probability=-0.25),
        score(1, "you stupid cow", Category.INSULT, start_s=50),
        CardAnswered(call_id="c1", at_sample=56 * HZ, by="sam", tactic=Tactic.WARN, answer=CardAnswer.USED, decision_id=""),
        CardAnswered(call_id="c1", at_sample=57 * HZ, by="sam", tactic=Tactic.CALM, answer=CardAnswer.NOT_NOW, decision_id=""),
        replace(transcript("you'll see when I get there", number=2, start_s=60, end_s=64), mean_log_probability=-0.5),
        score(2, "you'll see when I get there", Category.THREAT_PERSONAL, start_s=60, reliable=False),
        replace(alert("c1:1", at_sample=64 * HZ), category="threat_personal", severity=4, is_urgent=True, is_provisional=True),
        Shown(call_id="c1", decision_id="c1:1", at_sample=64 * HZ, by="ana", drawn_ns=0, times=StepTimes()),
        DecisionSettled(call_id="c1", decision_id="c1:1", at_sample=66 * HZ, is_confirmed=True, because=""),
        AlertAnswered(
            call_id="c1", at_sample=70 * HZ, by="ana", decision_id="c1:1", answer=AlertAnswer.CLAIMED, to="", reason=""
        ),
        HelpAsked(call_id="c1", at_sample=72 * HZ, by="sam", is_panic=True),
        Gap(call_id="c1", channel=Role.CALLER, start_sample=80 * HZ, end_sample=81 * HZ, because="lost"),
        TacticRequested(call_id="c1", at_sample=110 * HZ, by="sam", role=StaffRole.AGENT, tactic=Tactic.HANG_UP),
        ended(),
    ]


def rows(events: Sequence[StoredEvent]) -> list[dict[str, Any]]:
    """Return stored events as JSON."""
    return [orjson.loads(event.body) for event in events]


def hard_facts() -> Facts:
    """Return the facts of the hard call."""
    return draft_facts(rows(numbered(*hard_call())), questions=QUESTIONS)
