"""A recording as a live call."""

import asyncio
from contextlib import suppress
from pathlib import Path

import numpy as np
import pytest
import soundfile

from callguard.taps.file import FileTap
from callguard.terms import EndReason, Role
from tests.clocks import HandClock
from tests.fakes import RecordingSink


@pytest.fixture
def file(tmp_path: Path) -> Path:
    file = tmp_path / "call of 3 May.wav"
    soundfile.write(file, np.zeros((8000, 2), np.float32), 8000)
    return file


async def test_a_recording_is_heard_at_the_speed_of_speech(file: Path) -> None:
    clock, sink = HandClock(), RecordingSink()
    playing = asyncio.create_task(FileTap(file, clock).serve(sink, lambda: None))
    await clock.advance(0.019)
    (session,) = sink.sessions
    assert session.items == []
    await clock.advance(0.481)
    assert len(session.audio(Role.CALLER)) == 4 * 4000
    assert session.ends == []
    await clock.advance(0.6)
    await playing
    assert len(session.audio(Role.CALLER)) == 4 * 8000
    assert session.ends == [(EndReason.CLOSED, "")]


async def test_it_can_run_faster(file: Path) -> None:
    clock, sink = HandClock(), RecordingSink()
    playing = asyncio.create_task(FileTap(file, clock, speed=10).serve(sink, lambda: None))
    await clock.advance(0.11)
    await playing
    assert len(sink.sessions[0].audio(Role.AGENT)) == 4 * 8000


async def test_as_fast_as_it_goes_others_still_get_their_turn(file: Path) -> None:
    turns = 0

    async def other() -> None:
        nonlocal turns
        while True:
            turns += 1
            await asyncio.sleep(0)

    task = asyncio.create_task(other())
    await FileTap(file, HandClock(), speed=None).serve(RecordingSink(), lambda: None)
    task.cancel()
    assert turns >= 2


async def test_the_call_is_named_after_the_file_or_as_told(file: Path) -> None:
    sink = RecordingSink()
    await FileTap(file, HandClock(), speed=None).serve(sink, lambda: None)
    await FileTap(file, HandClock(), speed=None, call_id="c7", agent="sam", language="de").serve(sink, lambda: None)
    assert [session.call.call_id for session in sink.sessions] == ["call-of-3-May", "c7"]
    assert (sink.sessions[1].call.agent, sink.sessions[1].call.language) == ("sam", "de")


async def test_a_recording_that_is_stopped_ends_once(file: Path) -> None:
    clock, sink = HandClock(), RecordingSink()
    playing = asyncio.create_task(FileTap(file, clock).serve(sink, lambda: None))
    await clock.advance(0.1)
    playing.cancel()
    with suppress(asyncio.CancelledError):
        await playing
    assert sink.sessions[0].ends == [(EndReason.FAILED, "callguard was stopped")]
