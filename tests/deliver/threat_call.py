"""The demo's threat call as it lies in the store after it ended: its own recording and words, an alert, a join."""

import shutil
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

from callguard.demo.script import DemoCall, Spoken, load_demo_calls
from callguard.events import CallEnded, Event, StateChanged
from callguard.human_acts import AlertAnswer, AlertAnswered, HelpAsked, JoinPhase
from callguard.speech import Span, Transcript, UtteranceScore
from callguard.terms import RATE_HZ, SEVERITY, CallState, Category, EndReason, Role
from tests.deliver.office import Office
from tests.deliver.stored_calls import joined, raised, sample, scored, spoken
from tests.fakes import call_started

CALL_ID = "c1"
AGENT = "robin"
WORDS = ("I am going to kill you", "find you and kill you")
"""What makes a turn a threat, as the script's author meant it."""


def threat_call() -> DemoCall:
    """Return the bundled call that turns into a threat to kill."""
    return next(call for call in load_demo_calls() if call.script.id == "04-personal-threat")


def keep_recording(call: DemoCall, folder: Path) -> None:
    """Put a bundled call's audio where recordings lie; like them it has the caller left and the agent right."""
    folder.mkdir(parents=True, exist_ok=True)
    with call.audio.open("rb") as audio, (folder / f"{CALL_ID}.opus").open("wb") as kept:
        shutil.copyfileobj(audio, kept)


async def store_threat_call(office: Office, folder: Path, began: datetime) -> None:
    """Let the call have happened and be recorded, each event at its moment."""
    call = threat_call()
    keep_recording(call, folder)
    seconds = call.turns[-1].end_s + 1
    start = replace(call_started(CALL_ID, agent=AGENT), started_at=began)
    end = CallEnded(
        call_id=CALL_ID,
        ended_at=began + timedelta(seconds=seconds),
        at_sample=sample(seconds),
        reason=EndReason.CLOSED,
        detail="",
    )
    batch = []
    for event in (start, *_happened(call, seconds), end):
        at_sample = getattr(event, "at_sample", getattr(event, "end_sample", 0))
        batch.append(office.event(event, agent=AGENT, at=began + timedelta(seconds=at_sample / RATE_HZ)))
    await office.store.append(batch)


def _happened(call: DemoCall, seconds: float) -> Iterator[Event]:
    alerts = 0
    for turn, said in enumerate(call.turns):
        line = _line(turn, said)
        yield line
        if said.speaker == Role.AGENT:
            continue
        words = next((one for one in WORDS if one in said.text), "")
        yield _score(line, words)
        if words and not alerts:
            alerts = 1
            yield StateChanged(call_id=CALL_ID, at_sample=line.end_sample, state=CallState.THREAT, was=CallState.QUIET)
            told = raised(line, Category.INTIMIDATION, words, 1)
            yield replace(told, state=CallState.THREAT, severity=4, category=Category.THREAT_PERSONAL.value)
            yield HelpAsked(call_id=CALL_ID, at_sample=line.end_sample + RATE_HZ, by=AGENT, is_panic=False)
            yield AlertAnswered(
                call_id=CALL_ID,
                at_sample=line.end_sample + 2 * RATE_HZ,
                by="ruiz",
                decision_id=f"{CALL_ID}:1",
                answer=AlertAnswer.CLAIMED,
                to="",
                reason="",
            )
    yield joined(CALL_ID, seconds * 0.7, JoinPhase.JOINED)
    yield joined(CALL_ID, seconds - 1, JoinPhase.LEFT)


def _line(turn: int, said: Spoken) -> Transcript:
    line = spoken(CALL_ID, turn, Role(said.speaker), said.text)
    return replace(
        line, start_sample=sample(said.start_s), end_sample=sample(said.end_s), is_reliable=True, unreliable_because=""
    )


def _score(line: Transcript, words: str) -> UtteranceScore:
    threat = Category.THREAT_PERSONAL
    start = line.text.find(words)
    return replace(
        scored(line, None, ""),
        scores={
            Category.RUDENESS: 0.62 if words else 0.08,
            Category.INTIMIDATION: 0.81 if words else 0.05,
            threat: 0.97 if words else 0.02,
        },
        labels=(threat,) if words else (),
        severity=SEVERITY[threat] if words else 0,
        spans=(Span(start=start, end=start + len(words), category=threat),) if words else (),
        is_angry=bool(words),
    )
