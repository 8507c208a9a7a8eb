"""One stretch of a channel without a hole: the samples that may still be wanted, and when they arrived."""

from bisect import bisect_left

import numpy as np

from callguard.terms import RATE_HZ, Samples

SHORTEST = 2 * RATE_HZ
"""Samples that a buffer is made for at least: short enough for 200 silent channels, long enough to be made rarely."""
ARRIVALS_KEPT = 512
"""Forgotten arrivals that may pile up before the lists are shortened."""


class Track:
    """Grows at the end and forgets at the beginning; positions are samples at 16 kHz since the call began.

    What has been written is never overwritten: a full buffer is left to whoever still looks at it and a new one is begun.
    That makes `view` safe to hand to another thread without a copy.
    """

    def __init__(self, start: int) -> None:
        self.start = start
        self.end = start
        self._kept_from = start
        self._buffer: Samples = np.empty(SHORTEST, np.float32)
        self._buffer_start = start
        self._arrived_up_to: list[int] = []
        self._arrived_ns: list[int] = []

    def append(self, samples: Samples) -> None:
        """Add samples at the end."""
        used = self.end - self._buffer_start
        if used + len(samples) > len(self._buffer):
            used = self._renew(len(samples))
        self._buffer[used : used + len(samples)] = samples
        self.end += len(samples)

    def _renew(self, more: int) -> int:
        kept = self._buffer[self._kept_from - self._buffer_start : self.end - self._buffer_start]
        buffer = np.empty(max(SHORTEST, 2 * (len(kept) + more)), np.float32)
        buffer[: len(kept)] = kept
        self._buffer, self._buffer_start = buffer, self._kept_from
        return len(kept)

    def skip(self, count: int) -> None:
        """Leave samples out at the end that nobody will ask for; what was there before is forgotten too."""
        self.end += count
        self._kept_from = self._buffer_start = self.end
        self._buffer = np.empty(SHORTEST, np.float32)

    def arrive(self, up_to: int, received_ns: int) -> None:
        """Note that everything up to this position had reached the tap at `received_ns`."""
        self._arrived_up_to.append(up_to)
        self._arrived_ns.append(received_ns)

    def received_ns(self, position: int) -> int:
        """Return when the frame holding the last sample before `position` reached the tap; the nearest known, 0 if none is."""
        if not self._arrived_ns:
            return 0
        return self._arrived_ns[min(bisect_left(self._arrived_up_to, position), len(self._arrived_ns) - 1)]

    def view(self, start: int, end: int) -> Samples:
        """Return the samples in [start, end), read-only and never to change; what lies outside what is kept is left out."""
        first = max(start, self._kept_from) - self._buffer_start
        view = self._buffer[first : max(first, min(end, self.end) - self._buffer_start)]
        view.setflags(write=False)
        return view

    def forget_before(self, position: int) -> None:
        """Let go of everything before `position`."""
        self._kept_from = max(self._kept_from, min(position, self.end))
        unwanted = bisect_left(self._arrived_up_to, self._kept_from)
        if unwanted > ARRIVALS_KEPT:
            del self._arrived_up_to[:unwanted]
            del self._arrived_ns[:unwanted]
