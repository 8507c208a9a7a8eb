"""Recordings and transcripts through the whole path, one step after the other, so that the same file gives the same events."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import orjson

from callguard.call import Ears, Judge
from callguard.call_path import CallPath, Emit
from callguard.clock import Clock
from callguard.errors import InputError
from callguard.events import CallEnded, CallStarted, Gap
from callguard.speech import AudioFrame, SpeechSegment, SpeechSnapshot, Transcript, TranscriptLost
from callguard.terms import RATE_HZ, EndReason, Role, StepTimes

SECOND_NS = 1_000_000_000
LONGEST_S = 7 * 24 * 3600
"""Later times are milliseconds, or those of a calendar."""
LISTEN_SAMPLES = RATE_HZ // 10
"""How much is heard between two looks at the judge; segments do not depend on it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Turn:
    """One line of a written conversation."""

    speaker: Role
    text: str
    start_s: float
    end_s: float


async def replay_audio(
    frames: Iterable[AudioFrame | Gap],
    *,
    started: CallStarted,
    path: CallPath,
    listening: Ears,
    judge: Judge[Ears],
    emit: Emit,
    clock: Clock,
    speed: float | None,
    heard: Callable[[float], None] = lambda _: None,
) -> None:
    """Play `frames` through `path`; `speed` 1 is real time, None as fast as it goes. `heard` is told the seconds so far.

    As fast as it goes there is no running speech to show, so nothing provisional comes.
    """
    emit(started)
    began_ns = clock.monotonic_ns()
    settled = now = 0
    for frame in frames:
        now = max(now, _end_sample(frame))
        if speed is not None:
            ahead_s = now / RATE_HZ / speed - (clock.monotonic_ns() - began_ns) / SECOND_NS
            if ahead_s > 0:
                await clock.sleep(ahead_s)
        listening.feed(frame)
        if isinstance(frame, Gap):
            emit(frame)
        if now - settled >= LISTEN_SAMPLES:
            settled = now
            await _hear(path, judge.settle([listening]), with_snapshots=speed is not None)
            path.tick(now)
            heard(now / RATE_HZ)
    await _hear(path, judge.settle([listening]), with_snapshots=False)
    await _hear(path, judge.finish(listening), with_snapshots=False)
    _end(path, emit, started, now, clock.utc_now())


def replay_turns(turns: Sequence[Turn], *, started: CallStarted, path: CallPath, emit: Emit, clock: Clock) -> None:
    """Run a written conversation through scoring and policy."""
    emit(started)
    now = 0
    for number, turn in enumerate(turns):
        start, end = int(turn.start_s * RATE_HZ), int(turn.end_s * RATE_HZ)
        path.tick(max(now, start))
        now = max(now, end)
        path.understand(
            Transcript(
                call_id=started.call_id,
                channel=turn.speaker,
                segment=number,
                start_sample=start,
                end_sample=end,
                is_final=True,
                text=turn.text,
                words=(),
                language=started.language,
                engine="transcript",
                mean_log_probability=0.0,
                no_speech_probability=0.0,
                is_reliable=True,
                unreliable_because="",
                times=StepTimes(),
            )
        )
    _end(path, emit, started, now, clock.utc_now())


def read_turns(file: Path) -> list[Turn]:
    """Read a JSONL transcript. Raises InputError that names the line, also for a file without any."""
    try:
        lines = file.read_text(encoding="utf-8-sig").split("\n")  # not splitlines: what else ends lines may stand in a JSON text
    except (OSError, UnicodeDecodeError) as error:
        raise InputError(f"{file} cannot be read as UTF-8 text: {error}") from error
    turns = [_turn(line, f"{file}, line {number}") for number, line in enumerate(lines, start=1) if line.strip()]
    if not turns:
        raise InputError(f"{file} holds no line of a conversation; expected {SHAPE} a line")
    return turns


SHAPE = '{"speaker": "caller"|"agent", "text", "start_s", "end_s"}'


def _turn(line: str, place: str) -> Turn:
    try:
        row = orjson.loads(line)
        turn = Turn(speaker=Role(row["speaker"]), text=row["text"], start_s=float(row["start_s"]), end_s=float(row["end_s"]))
    except orjson.JSONDecodeError as error:
        raise InputError(f"{place} is not JSON ({error}); expected {SHAPE}") from error
    except KeyError as error:
        raise InputError(f"{place} has no {error.args[0]!r}; expected {SHAPE}") from error
    except (TypeError, ValueError) as error:
        raise InputError(f"{place} has a value of the wrong kind ({error}); expected {SHAPE}") from error
    if not isinstance(turn.text, str) or not 0 <= turn.start_s <= turn.end_s:
        raise InputError(f"{place}: the text is no string, or the times do not run forward; expected {SHAPE}")
    if turn.end_s > LONGEST_S:
        raise InputError(f"{place} ends at {turn.end_s:g} s; expected seconds since the call began, at most {LONGEST_S}")
    return turn


async def _hear(path: CallPath, speeches: Iterable[SpeechSegment | SpeechSnapshot], *, with_snapshots: bool) -> None:
    for speech in speeches:
        if isinstance(speech, SpeechSnapshot) and not with_snapshots:
            continue
        transcript = await path.transcribe(speech)
        if isinstance(transcript, TranscriptLost):
            path.lose(transcript)
        elif isinstance(speech, SpeechSegment) and transcript is not None:
            await path.conclude(speech, transcript)
        elif transcript is not None:
            path.understand(transcript)


def _end(path: CallPath, emit: Emit, started: CallStarted, now: int, ended_at: datetime) -> None:
    path.tick(now)
    path.flush()
    emit(CallEnded(call_id=started.call_id, ended_at=ended_at, at_sample=now, reason=EndReason.CLOSED, detail=""))


def _end_sample(item: AudioFrame | Gap) -> int:
    if isinstance(item, Gap):
        return item.end_sample
    return item.start_sample * RATE_HZ // item.rate_hz
