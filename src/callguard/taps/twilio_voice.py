"""The way back on a bidirectional Twilio stream: `media`, `mark` and `clear`, in the order in which they were meant."""

import asyncio
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Final, Protocol

from websockets.exceptions import ConnectionClosed

from callguard.clock import Clock
from callguard.taps.outgoing import OutgoingVoice
from callguard.taps.tap import CallSession
from callguard.taps.twilio_stream import TwilioStream, clear_out, mark_out, media_out
from callguard.terms import Samples

UNSENT: Final = 50
"""Messages that may wait for a peer that does not read, a second; the oldest are not sent."""

Encode = Callable[[Samples], bytes]


class Socket(Protocol):
    """The stream's WebSocket."""

    async def send(self, message: str, /) -> None:
        """Send one message."""
        ...


@contextmanager
def lent_voice(
    socket: Socket, stream: TwilioStream, session: CallSession, tasks: asyncio.TaskGroup, *, clock: Clock, encode: Encode | None
) -> Iterator[None]:
    """Lend the way back for as long as the block lasts, if the stream has one."""
    if stream.plays_to is None or encode is None:
        yield
        return
    outbox = _Outbox(socket, stream.stream_sid, encode)
    voice = OutgoingVoice(stream.plays_to, outbox.take, clock, on_clear=outbox.clear)
    running = [tasks.create_task(voice.run()), tasks.create_task(outbox.run())]
    session.lend(voice)
    try:
        yield
    finally:
        voice.close()
        for task in running:
            task.cancel()


class _Outbox:
    """Messages on their way to Twilio; sending may wait, and the voice must not."""

    def __init__(self, socket: Socket, stream_sid: str, encode: Encode) -> None:
        self._socket = socket
        self._stream_sid = stream_sid
        self._encode = encode
        self._waiting: deque[str] = deque(maxlen=UNSENT)
        self._wake = asyncio.Event()
        self._marks = 0

    def take(self, samples: Samples | None) -> None:
        """Queue 20 ms, or the mark behind the last of them."""
        if samples is None:
            self._marks += 1
            self._put(mark_out(self._stream_sid, f"callguard-{self._marks}"))
        else:
            self._put(media_out(self._stream_sid, self._encode(samples)))

    def clear(self) -> None:
        """Forget what Twilio has not played yet."""
        self._waiting.clear()
        self._put(clear_out(self._stream_sid))

    def _put(self, message: str) -> None:
        self._waiting.append(message)
        self._wake.set()

    async def run(self) -> None:
        """Send until cancelled or the socket is closed."""
        while True:
            await self._wake.wait()
            self._wake.clear()
            while self._waiting:
                try:
                    await self._socket.send(self._waiting.popleft())
                except ConnectionClosed:
                    return  # whoever reads the socket says what that means for the call
