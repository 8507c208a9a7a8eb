"""What callguard says to one party: sources mixed, narrowed to 8 kHz, sent in real time. For all taps that can play back."""

import asyncio
from collections.abc import Callable
from typing import Final

import numpy as np

from callguard.clock import Clock
from callguard.terms import RATE_HZ, Role, Samples

FRAME_S: Final = 0.02
FRAME: Final = RATE_HZ // 50
LONGEST: Final = 30 * RATE_HZ
HEAD_START: Final = 2
"""Frames gathered before the first is sent, so that a voice that comes over a network does not stutter."""
CUT_OFF: Final = 3400 / RATE_HZ
TAPS: Final = 63  # 2 ms of delay; Hamming's window passes up to 3.0 kHz and is 50 dB down from 3.8 kHz on
SECOND_NS: Final = 1_000_000_000
FRAME_NS: Final = SECOND_NS // 50

Send = Callable[[Samples | None], None]
"""Takes 20 ms at 8 kHz, and None when everything queued has been sent."""


def _low_pass() -> Samples:
    at = np.arange(TAPS) - TAPS // 2
    kernel = 2 * CUT_OFF * np.sinc(2 * CUT_OFF * at) * np.hamming(TAPS)
    scaled: Samples = (kernel / kernel.sum()).astype(np.float32)
    return scaled


class Narrower:
    """16 kHz to 8 kHz, a piece at a time; pieces have an even number of samples."""

    def __init__(self) -> None:
        self._kernel = _low_pass()
        self._past = np.zeros(TAPS - 1, np.float32)

    def push(self, samples: Samples) -> Samples:
        """Return the piece at 8 kHz, half as long."""
        joined = np.concatenate((self._past, samples))
        self._past = joined[len(samples) :]
        return np.convolve(joined, self._kernel, "valid")[::2].astype(np.float32)


class Mixer:
    """The queues of all sources for one party."""

    def __init__(self) -> None:
        self._queues: dict[str, Samples] = {}

    def add(self, samples: Samples, source: str) -> None:
        """Queue samples of a source; what is beyond half a minute is dropped."""
        queued = self._queues.get(source)
        joined = samples if queued is None else np.concatenate((queued, samples))
        self._queues[source] = joined[:LONGEST]

    def clear(self, source: str) -> None:
        """Forget what a source has queued."""
        self._queues.pop(source, None)

    def waiting(self, source: str) -> int:
        """Return the samples that a source has queued."""
        return len(self._queues.get(source, ()))

    @property
    def is_empty(self) -> bool:
        """Whether nothing is queued."""
        return not self._queues

    def pull(self) -> Samples:
        """Return the next 20 ms of all sources together."""
        mixed = np.zeros(FRAME, np.float32)
        for source, queued in list(self._queues.items()):
            mixed[: len(queued)] += queued[:FRAME]
            if len(queued) <= FRAME:
                del self._queues[source]
            else:
                self._queues[source] = queued[FRAME:]
        return np.clip(mixed, -1, 1)


class OutgoingVoice:
    """The way back on one connection that one party hears; `run` does the sending."""

    def __init__(self, side: Role, send: Send, clock: Clock, on_clear: Callable[[], None] = lambda: None) -> None:
        """`on_clear` is called when there was something to forget: a peer that buffers must forget it too."""
        self._side = side
        self._send = send
        self._clock = clock
        self._on_clear = on_clear
        self._mixer = Mixer()
        self._wake = asyncio.Event()
        self._is_open = True

    @property
    def sides(self) -> frozenset[Role]:
        """The party on this connection, nobody once it is closed."""
        return frozenset({self._side}) if self._is_open else frozenset()

    def play(self, side: Role, samples: Samples, *, source: str) -> None:
        """Queue samples at 16 kHz."""
        if side in self.sides and len(samples):
            self._mixer.add(samples, source)
            self._wake.set()

    def clear(self, side: Role, *, source: str) -> None:
        """Forget what a source has queued."""
        if side in self.sides and self._mixer.waiting(source):
            self._mixer.clear(source)
            self._on_clear()

    def waiting_s(self, side: Role, *, source: str) -> float:
        """Return how much of a source has not been sent."""
        return self._mixer.waiting(source) / RATE_HZ if side in self.sides else 0.0

    def close(self) -> None:
        """Take the connection as gone."""
        self._is_open = False

    async def run(self) -> None:
        """Send until cancelled, 20 ms every 20 ms against absolute deadlines while anything is queued."""
        while True:
            await self._wake.wait()
            await self._clock.sleep(HEAD_START * FRAME_S)
            narrower, due_ns = Narrower(), self._clock.monotonic_ns()
            while not self._mixer.is_empty:
                self._send(narrower.push(self._mixer.pull()))
                now_ns = self._clock.monotonic_ns()
                # What a stall has held back stays behind by as much, or the peer would get a second of it at once and drop it.
                due_ns = max(due_ns, now_ns - HEAD_START * FRAME_NS) + FRAME_NS
                await self._clock.sleep(max(0.0, (due_ns - now_ns) / SECOND_NS))
            self._wake.clear()
            self._send(None)
