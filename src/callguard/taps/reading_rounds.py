"""Reads many connections together, fifty times a second, instead of waking up for each message of each of them.

With dozens of calls half of what a tap costs is waking up: an event loop is told of each socket on its own, thousands of times a
second. In rounds a message waits 10 ms on average and 20 ms at most; the few calls of a small installation are read as they come.
Where nobody has made a sound of late, every fifth round is enough: what comes is looked at in blocks of 100 ms there anyway.
"""

import asyncio
import os
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

ROUND_S: Final = 0.02
"""One message of each party, as telephony sends them."""
MANY: Final = 8
"""Connections from which on rounds are cheaper; below half of that they end, so that nothing flaps."""
QUIET_ROUNDS: Final = 5
"""A quiet connection is read in one round of so many."""
MOST_BYTES: Final = 65_536
"""Of one connection in one round; the rest waits in the socket, which holds its sender up."""

Take = Callable[[bytes], None]


@dataclass(slots=True)
class _Reading:
    transport: asyncio.Transport
    descriptor: int
    take: Take
    is_quiet: Callable[[], bool]
    rests: int = 0
    """Rounds that go by without it."""


class ReadingRounds:
    """The connections of one tap that may be read in rounds."""

    def __init__(self, *, many: int = MANY, round_s: float = ROUND_S) -> None:
        self._many = many
        self._round_s = round_s
        self._readings: dict[asyncio.Transport, _Reading] = {}
        self._timer: asyncio.TimerHandle | None = None

    def join(self, transport: asyncio.Transport, take: Take, is_quiet: Callable[[], bool] = lambda: False) -> None:
        """Let what comes on `transport` be read here from now on; one that cannot be (TLS) stays with the event loop.

        `is_quiet` is asked when it has been read.
        """
        if os.name != "posix" or transport.get_extra_info("ssl_object") is not None:
            return
        descriptor = transport.get_extra_info("socket").fileno()
        if descriptor < 0:  # closed already
            return
        reading = self._readings[transport] = _Reading(transport, descriptor, take, is_quiet)
        if self._timer is not None:
            reading.transport.pause_reading()
        elif len(self._readings) >= self._many:
            for each in self._readings.values():
                each.transport.pause_reading()
            self._call_at(asyncio.get_running_loop().time() + self._round_s)

    def leave(self, transport: asyncio.Transport) -> None:
        """Give a connection back to the event loop; at the latest before its socket is closed."""
        reading = self._readings.pop(transport, None)
        if reading is None or self._timer is None:
            return
        reading.transport.resume_reading()
        if 2 * len(self._readings) < self._many:
            self._timer.cancel()
            self._timer = None
            for each in self._readings.values():
                each.transport.resume_reading()

    def _call_at(self, at_s: float) -> None:
        self._timer = asyncio.get_running_loop().call_at(at_s, self._read_all, at_s)

    def _read_all(self, due_s: float) -> None:
        # Set before anything is read: whatever one connection does, there is a next round.
        self._call_at(max(due_s + self._round_s, asyncio.get_running_loop().time()))
        for reading in list(self._readings.values()):
            if reading.rests:
                reading.rests -= 1
            elif reading.transport in self._readings:
                self._read(reading)

    def _read(self, reading: _Reading) -> None:
        try:
            data = os.read(reading.descriptor, MOST_BYTES)
        except BlockingIOError:
            return
        except OSError:
            data = b""
        if data:
            reading.take(data)
            reading.rests = QUIET_ROUNDS - 1 if reading.is_quiet() else 0
        else:
            self.leave(reading.transport)  # the event loop meets the same end and says goodbye in its own way
