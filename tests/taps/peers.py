"""What the callers' ends of all taps share, for the contract tests: the two parties' voices and the protocols of an end."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from typing import Protocol

import numpy as np

from callguard.taps.tap import Tap
from callguard.terms import Role, Samples
from tests.fakes import RecordingSession, RecordingSink

FRAME_MS = 20
LEVELS = {Role.CALLER: 0.25, Role.AGENT: -0.5}
"""What the two parties say: a constant each, so that a swapped or mixed channel shows."""
WAIT_S = 5.0


def level(role: Role, milliseconds: int = FRAME_MS) -> Samples:
    """Return what a party says for so long, at 8 kHz."""
    return np.full(8 * milliseconds, LEVELS[role], np.float32)


async def heard(session: RecordingSession, done: Callable[[], bool]) -> None:
    """Wait until what the session has heard is enough."""
    async with asyncio.timeout(WAIT_S):
        while not done():
            session.has_heard.clear()
            await session.has_heard.wait()


async def ended(session: RecordingSession) -> None:
    """Wait for the end of a call."""
    async with asyncio.timeout(WAIT_S):
        await session.has_ended.wait()


@asynccontextmanager
async def serving(tap: Tap, sink: RecordingSink) -> AsyncIterator[None]:
    """Run a listening tap until the block ends."""
    up = asyncio.Event()
    task = asyncio.create_task(tap.serve(sink, up.set))
    started = asyncio.create_task(up.wait())
    await asyncio.wait([task, started], return_when=asyncio.FIRST_COMPLETED)
    started.cancel()
    try:
        if task.done():
            await task
        yield
    finally:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task


class Line(Protocol):
    """One call, seen from the telephone system."""

    call_id: str

    async def speak(self, milliseconds: int) -> None:
        """Send what both parties say."""
        ...

    async def lose(self, milliseconds: int) -> None:
        """Let both parties speak without sending it."""
        ...

    async def hang_up(self) -> None:
        """Say goodbye in the protocol's own way."""
        ...

    async def break_off(self) -> None:
        """Go away without a word."""
        ...


class Peer(Protocol):
    """A telephone system that is connected to one kind of tap."""

    sink: RecordingSink
    refusal_of_garbage: str
    refusal_when_full: str
    writes_log: bool
    rate_hz: int

    async def call(self, number: int) -> Line:
        """Begin a call."""
        ...

    async def babble(self) -> str:
        """Send what is not the protocol and return how it was refused."""
        ...

    async def knock(self) -> str:
        """Begin a call that is refused, and return how."""
        ...

    async def stop(self) -> None:
        """Stop the tap."""
        ...


async def opened(sink: RecordingSink, call_id: str) -> RecordingSession:
    """Wait for the begin of a call and return what listens to it."""
    async with asyncio.timeout(WAIT_S):
        while not any(session.call.call_id == call_id for session in sink.sessions):
            sink.has_call.clear()
            await sink.has_call.wait()
    return sink.session(call_id)


@asynccontextmanager
async def stoppable(tap: Tap, sink: RecordingSink) -> AsyncIterator[Callable[[], object]]:
    """Run a listening tap until the block ends or what it yields is called."""

    async def serve() -> None:
        async with serving(tap, sink):
            up.set()
            await stop.wait()

    up, stop = asyncio.Event(), asyncio.Event()
    task = asyncio.create_task(serve())
    await up.wait()
    try:
        yield stop.set
    finally:
        stop.set()
        await task
