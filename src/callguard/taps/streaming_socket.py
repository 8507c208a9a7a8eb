"""A WebSocket connection for streams of many small messages: they are handed on as they are read, without a queue.

The websockets library spends most of its time per message on its queue and its frame parser. Here ordinary frames (whole, masked,
at most 64 KiB) are parsed in place; the handshake, control frames and everything unusual stay with the library.
"""

import asyncio
from collections.abc import Callable
from typing import Final

from websockets.asyncio.server import ServerConnection
from websockets.frames import Frame, Opcode
from websockets.protocol import Event, State

from callguard.taps.reading_rounds import ReadingRounds

try:
    from websockets.speedups import apply_mask
except ImportError:  # a platform for which the library ships no compiled part
    from websockets.utils import apply_mask

Take = Callable[[bytes], bool]
"""Takes a message; returns whether it was the last that is wanted."""

WHOLE: Final = frozenset({0x81, 0x82})
"""First byte of a text or binary message in one frame."""
CONTROL: Final = frozenset({0x89, 0x8A})
"""First byte of a ping or pong; a close is the library's, and all that follows it."""
EARLY: Final = 64
"""Messages that may come before anybody takes them: the connection's own task has not had its first turn yet."""


class StreamingConnection(ServerConnection):
    """Calls `take` for each message, in the event loop's own turn."""

    _take: Take | None = None
    _finished: "asyncio.Future[None] | None" = None
    _is_plain: bool | None = None
    """Whether frames are parsed here; None before the first, False once something unusual came."""
    _held = b""
    """The beginning of a frame."""
    _parts = b""
    """The beginning of a message in several frames."""
    _rounds: ReadingRounds | None = None

    async def stream_to(
        self, take: Take, rounds: ReadingRounds | None = None, is_quiet: Callable[[], bool] = lambda: False
    ) -> None:
        """Hand every message to `take` until it has had enough, read in `rounds` with others where there are any.

        While `is_quiet`, messages may come a tenth of a second later, together.

        Raises what `take` raises, and ConnectionClosed if the connection ends before that.
        """
        self._finished = asyncio.get_running_loop().create_future()
        self._take = take
        early, self._early = self._waiting(), []
        for message in early:
            self._deliver(message)
        if self.state is State.CLOSED:
            self._end()
        elif rounds is not None:
            self._rounds = rounds
            rounds.join(self.transport, self.data_received, is_quiet)
        try:
            await self._finished
        finally:
            self._leave_rounds()

    def data_received(self, data: bytes) -> None:
        """Take bytes from the network."""
        if self._is_plain is None and self.protocol.state is State.OPEN:
            self._is_plain = not self.protocol.reader.buffer  # else something came on the heels of the handshake
        if not self._is_plain or self.protocol.state is not State.OPEN:
            super().data_received(data)
            return
        rest = self._parse(self._held + data if self._held else data)
        if self._is_plain:
            self._held = rest
        else:
            self._held = b""
            super().data_received(rest)

    def _parse(self, data: bytes) -> bytes:
        """Deliver the whole frames in `data` and return the rest, which is the library's if it is no longer plain."""
        start, end = 0, len(data)
        while end - start >= 6:
            first, length = data[start], data[start + 1]
            body = start + 6
            if length == 0xFE:
                if end - start < 8:
                    break
                length, body = (data[start + 2] << 8) | data[start + 3], start + 8
            elif 0x80 <= length <= 0xFD:
                length -= 0x80
            else:  # not masked, or longer than we take
                self._is_plain = False
                break
            stop = body + length
            if first in WHOLE:
                if stop > end:
                    break
                self._deliver(apply_mask(data[body:stop], data[body - 4 : body]))
            elif first in CONTROL:
                if stop > end:
                    break
                super().data_received(data[start:stop])
            else:
                self._is_plain = False
                break
            start = stop
        return data[start:]

    def process_event(self, event: Event) -> None:
        """Take what the library has parsed."""
        if self.request is None or not isinstance(event, Frame) or event.opcode not in {Opcode.TEXT, Opcode.BINARY, Opcode.CONT}:
            super().process_event(event)
            return
        self._parts += bytes(event.data)
        if event.fin:
            message, self._parts = self._parts, b""
            self._deliver(message)

    def connection_lost(self, exc: Exception | None) -> None:
        """Take the end."""
        self._leave_rounds()
        super().connection_lost(exc)
        self._end()

    _early: "list[bytes] | None" = None

    def _waiting(self) -> list[bytes]:
        return self._early or []

    def _deliver(self, message: bytes) -> None:
        if self._finished is None or self._take is None:
            self._early = [*self._waiting(), message]
            if len(self._early) > EARLY:
                self.transport.abort()
            return
        if self._finished.done():
            return
        try:
            if self._take(message):
                self._finished.set_result(None)
        except Exception as error:  # noqa: BLE001  # raised again in the task that awaits `stream_to`
            self._finished.set_exception(error)

    def _leave_rounds(self) -> None:
        if self._rounds is not None:
            self._rounds.leave(self.transport)
            self._rounds = None

    def _end(self) -> None:
        if self._finished is not None and not self._finished.done():
            self._finished.set_exception(self.protocol.close_exc)
