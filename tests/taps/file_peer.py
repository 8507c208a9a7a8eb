"""A caller's end of the file tap, for the contract tests: a real recording."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import numpy as np
import pytest
import soundfile

from callguard.clock import Clock
from callguard.errors import AudioFormatError, CapacityError
from callguard.taps.file import FileTap
from callguard.terms import Role
from tests.clocks import HandClock
from tests.fakes import RecordingSink
from tests.taps.peers import FRAME_MS, level


class FileLine:
    """Writes down what is said and plays it when the call is over: a file has no other way."""

    def __init__(self, file: Path, clock: Clock, sink: RecordingSink) -> None:
        self.call_id, self._file, self._clock, self._sink = file.stem, file, clock, sink
        self._said_ms = FRAME_MS

    async def speak(self, milliseconds: int) -> None:
        self._said_ms += milliseconds

    async def lose(self, milliseconds: int) -> None:
        pytest.skip(f"a file cannot lose {milliseconds} ms on its way")

    async def hang_up(self) -> None:
        self._write()
        await self._play()

    async def break_off(self) -> None:
        self._write()
        whole = self._file.read_bytes()
        self._file.write_bytes(whole[: len(whole) * 2 // 3])
        with pytest.raises(AudioFormatError, match="copy it again"):
            await self._play()

    def _write(self) -> None:
        noise = np.random.default_rng(1).normal(0, 0.001, (8 * self._said_ms, 2))  # so that FLAC has something to write
        parties = np.stack([level(role, self._said_ms) for role in (Role.CALLER, Role.AGENT)], axis=1)
        soundfile.write(self._file, parties + noise, 8000)

    async def _play(self) -> None:
        await FileTap(self._file, self._clock, speed=None).serve(self._sink, lambda: None)


class FilePeer:
    refusal_of_garbage = "audio_format"
    refusal_when_full = "capacity"
    writes_log = False
    """The error itself is what the command line prints."""
    rate_hz = 8000

    def __init__(self, folder: Path, clock: Clock, sink: RecordingSink) -> None:
        self._folder, self._clock, self.sink = folder, clock, sink

    async def call(self, number: int) -> FileLine:
        return FileLine(self._folder / f"call{number}.flac", self._clock, self.sink)

    async def babble(self) -> str:
        file = self._folder / "garbage.wav"
        file.write_bytes(b"How do you do?" * 100)
        with pytest.raises(AudioFormatError) as refused:
            FileTap(file, self._clock)
        return refused.value.code

    async def knock(self) -> str:
        line = await self.call(99)
        with pytest.raises(CapacityError) as refused:
            await line.hang_up()
        return refused.value.code

    async def stop(self) -> None:
        pytest.skip("a file played as fast as it goes is over before it can be stopped")


@asynccontextmanager
async def file_peer(sink: RecordingSink, folder: Path) -> AsyncIterator[FilePeer]:
    yield FilePeer(folder, HandClock(), sink)
