"""Calls as they lie in the store after they ended: words, scores, alerts, what people did, and a recording."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

import numpy as np

from callguard.events import CallEnded, Decision, Event, Gap, StateChanged
from callguard.human_acts import AlertAnswer, AlertAnswered, CardAnswer, CardAnswered, JoinMode, JoinPhase, JoinWay, StaffJoin
from callguard.record.audio import AudioRecorder
from callguard.speech import CallRisk, Span, Transcript, UtteranceScore
from callguard.terms import RATE_HZ, CallState, Category, EndReason, Role, Samples, StepTimes, Tactic
from tests.deliver.office import Office
from tests.fakes import alert, call_started

EVERY_S = 4.0
SPOKEN_S = 3.2
SAID = (
    ("Good afternoon, how can I help?", None, ""),
    ("I have been waiting for three weeks and nobody calls me back.", None, ""),
    ("I am sorry to hear that. May I have your reference number?", None, ""),
    ("You always ask for that number, are you deaf?", Category.RUDENESS, "are you deaf"),
    ("I can look it up by your name as well.", None, ""),
    ("You stupid cow, you ruined everything.", Category.INSULT, "stupid cow"),
    ("I want to help, and I can't go on while I'm spoken to like this.", None, ""),
    ("I know where you park your car, you'll see what happens.", Category.INTIMIDATION, "I know where you park your car"),
    ("I have asked somebody to join us.", None, ""),
    ("All right. I only want my refund.", None, ""),
)
"""Agent and caller in turns, the words that count marked; said again and again until the call is over."""
SEVERITY = {Category.RUDENESS: 1, Category.INSULT: 2, Category.INTIMIDATION: 3}
SURE = {Category.RUDENESS: 0.74, Category.INSULT: 0.93, Category.INTIMIDATION: 0.88}


def sample(seconds: float) -> int:
    return round(seconds * RATE_HZ)


def turns(seconds: float) -> Iterator[tuple[int, Role, str, Category | None, str]]:
    """Return (turn, who, text, category, words) for a call of this length."""
    for turn in range(int(seconds / EVERY_S)):
        text, category, words = SAID[turn % len(SAID)]
        yield turn, Role.CALLER if turn % 2 else Role.AGENT, text, category, words


def spoken(call_id: str, turn: int, who: Role, text: str) -> Transcript:
    start = sample(turn * EVERY_S)
    return Transcript(
        call_id=call_id,
        channel=who,
        segment=turn // 2,
        start_sample=start,
        end_sample=start + sample(SPOKEN_S),
        is_final=True,
        text=text,
        words=(),
        language="en",
        engine="whisper base.en",
        mean_log_probability=-0.2,
        no_speech_probability=0.01,
        is_reliable=turn % 19 != 15,
        unreliable_because="low_confidence" if turn % 19 == 15 else "",
        times=StepTimes(),
    )


def scored(line: Transcript, category: Category | None, words: str) -> UtteranceScore:
    place = line.text.find(words)
    return UtteranceScore(
        call_id=line.call_id,
        channel=line.channel,
        segment=line.segment,
        start_sample=line.start_sample,
        end_sample=line.end_sample,
        is_final=True,
        is_reliable=line.is_reliable,
        text=line.text,
        scores={one: SURE[one] if one is category else 0.06 + 0.07 * (line.segment % 3) for one in SEVERITY},
        labels=(category,) if category else (),
        severity=SEVERITY[category] if category else 0,
        spans=(Span(start=place, end=place + len(words), category=category),) if category else (),
        is_angry=False,
        scorer="rules 1",
        times=StepTimes(),
    )


def raised(line: Transcript, category: Category, words: str, number: int) -> Decision:
    state = CallState.SEVERE if category is Category.INTIMIDATION else CallState.ABUSIVE
    return replace(
        alert(f"{line.call_id}:{number}", call_id=line.call_id, at_sample=line.end_sample),
        state=state,
        severity=SEVERITY[category],
        category=category.value,
        because=words,
        segment=line.segment,
        policy="standard 1",
    )


def joined(call_id: str, at_s: float, phase: JoinPhase) -> StaffJoin:
    return StaffJoin(
        call_id=call_id,
        at_sample=sample(at_s),
        join_id="j1",
        by="ana",
        name="Ana Ruiz",
        phase=phase,
        mode=JoinMode.INTERJECT,
        way=JoinWay.BROWSER,
        because="",
        is_told=True,
    )


def happened(call_id: str, seconds: float, *, most_alerts: int = 4) -> Iterator[Event]:
    """Return what happened between the start and the end of a call."""
    alerts = 0
    for turn, who, text, category, words in turns(seconds):
        line = spoken(call_id, turn, who, text)
        yield line
        if who is Role.AGENT:
            continue
        yield scored(line, category, words)
        if category is not None:
            yield CallRisk(
                call_id=call_id,
                at_sample=line.end_sample,
                risk=0.5,
                peak_severity=SEVERITY[category],
                repeated_demands=0,
                interruptions=0,
                is_warned=False,
            )
        if category is not None and SEVERITY[category] > 1 and alerts < most_alerts:
            alerts += 1
            yield StateChanged(
                call_id=call_id,
                at_sample=line.end_sample,
                state=CallState.SEVERE if category is Category.INTIMIDATION else CallState.ABUSIVE,
                was=CallState.QUIET,
            )
            yield raised(line, category, words, alerts)
            if alerts == 1:
                yield AlertAnswered(
                    call_id=call_id,
                    at_sample=line.end_sample,
                    by="ana",
                    decision_id=f"{call_id}:1",
                    answer=AlertAnswer.CLAIMED,
                    to="",
                    reason="",
                )
                yield CardAnswered(
                    call_id=call_id,
                    at_sample=line.end_sample + RATE_HZ,
                    by="sam",
                    tactic=Tactic.WARN,
                    answer=CardAnswer.USED,
                    decision_id="",
                )
    yield Gap(
        call_id=call_id,
        channel=Role.CALLER,
        start_sample=sample(seconds * 0.55),
        end_sample=sample(seconds * 0.55 + 1.4),
        because="lost",
    )
    yield joined(call_id, seconds * 0.66, JoinPhase.JOINED)
    yield joined(call_id, seconds * 0.86, JoinPhase.LEFT)


async def store_call(
    office: Office, *, call_id: str = "c1", seconds: float = 80, began: datetime | None = None, agent: str = "sam"
) -> None:
    """Let a whole call have happened, each event at its moment."""
    start = began or office.clock.utc_now() - timedelta(seconds=seconds)
    batch = []
    ended = CallEnded(
        call_id=call_id,
        ended_at=start + timedelta(seconds=seconds),
        at_sample=sample(seconds),
        reason=EndReason.CLOSED,
        detail="",
    )
    for event in (replace(call_started(call_id, agent=agent), started_at=start), *happened(call_id, seconds), ended):
        at_sample = getattr(event, "at_sample", getattr(event, "end_sample", 0))
        batch.append(office.event(event, agent=agent, at=start + timedelta(seconds=at_sample / RATE_HZ)))
    await office.store.append(batch)


def hum(pitch_hz: float, seconds: float, seed: int) -> Samples:
    """Return something that looks and sounds a little like speech: a hum in syllables."""
    time = np.arange(sample(seconds), dtype=np.float32) / RATE_HZ
    loud = np.random.default_rng(seed).uniform(0.15, 0.7, size=int(seconds * 5) + 2)
    shape = np.interp(time * 5, np.arange(len(loud)), loud) * np.abs(np.sin(time * np.pi * 2.5)) ** 0.5
    wave: Samples = (shape * (np.sin(2 * np.pi * pitch_hz * time) + 0.4 * np.sin(4 * np.pi * pitch_hz * time)) * 0.6).astype(
        np.float32
    )
    return wave


async def record_call(folder: Path, *, call_id: str = "c1", seconds: float = 80) -> Path:
    """Record a call whose caller hums low and whose agent hums high, in turns."""
    recorder = AudioRecorder(folder)
    recorder.start(call_id, (Role.CALLER, Role.AGENT))
    for turn, who, *_ in turns(seconds):
        start = sample(turn * EVERY_S)
        said = hum(140 if who is Role.CALLER else 230, SPOKEN_S, turn)
        silence = np.zeros(sample(EVERY_S), np.float32)
        silence[: len(said)] = said
        for role in (Role.CALLER, Role.AGENT):
            recorder.write(call_id, role, start, silence if role is who else np.zeros(sample(EVERY_S), np.float32))
    path = await recorder.end(call_id)
    await recorder.close()
    assert path is not None
    return path
