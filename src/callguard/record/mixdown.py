"""Lays the channels of a call side by side by sample position."""

from collections.abc import Iterator

import numpy as np
import numpy.typing as npt

from callguard.errors import InputError
from callguard.terms import RATE_HZ

Pcm = npt.NDArray[np.int16]

SLACK = 5 * RATE_HZ
"""Samples by which one channel may lead before the other is taken to be silent: parties that come on a connection each drift
apart by what TCP needs to send a lost packet again. Also what a crash costs at most here."""
BLOCK = RATE_HZ
LEAST = RATE_HZ // 10
"""Samples that are handed out together at least, until the end: frame by frame, handing over costs more than encoding."""
LONGEST_JUMP = 3600 * RATE_HZ
"""A position further ahead is a broken clock, not a gap: filling it would write silence for days."""


class Mixdown:
    """Interleaves channels for exactly one call; memory is bounded by `SLACK`, `BLOCK` and the longest piece.

    What is missing becomes silence; what comes after its place was handed out is dropped and counted.
    """

    def __init__(self, channels: int, *, begin: int = 0) -> None:
        """`begin` is the position of the first sample that is handed out."""
        self.late_samples = 0
        """Dropped so far."""
        self._channels = channels
        self._done = begin
        """Position up to which everything was handed out; `_pending` begins here."""
        self._ends = [begin] * channels
        self._pending: Pcm = np.zeros((0, channels), np.int16)

    def push(self, channel: int, start_sample: int, samples: Pcm) -> Iterator[Pcm]:
        """Return blocks that are complete, shape (n, channels).

        Raises InputError for a position that cannot be.
        """
        if start_sample < 0 or start_sample > self._done + LONGEST_JUMP:
            raise InputError(f"audio at sample {start_sample} cannot belong to a call that is at sample {self._done}")
        late = min(len(samples), max(0, self._done - start_sample))
        self.late_samples += late
        if late == len(samples):
            return
        start, end = start_sample + late, start_sample + len(samples)
        yield from self._hand_out(start - SLACK)
        self._make_room(end)
        self._pending[start - self._done : end - self._done, channel] = samples[late:]
        self._ends[channel] = max(self._ends[channel], end)
        ready = max(min(self._ends), max(self._ends) - SLACK)
        if ready - self._done >= LEAST:
            yield from self._hand_out(ready)

    def pause(self, position: int) -> Iterator[Pcm]:
        """Return silence up to `position`, at most LONGEST_JUMP of it; what comes later goes on there in any case."""
        if position - self._done > LONGEST_JUMP:
            self._done = position
        self._ends = [max(end, position) for end in self._ends]
        yield from self._hand_out(position)

    def flush(self) -> Iterator[Pcm]:
        """Return the rest."""
        yield from self._hand_out(max(self._ends))

    def _make_room(self, end: int) -> None:
        missing = end - self._done - len(self._pending)
        if missing > 0:  # a whole block more: what is held back is copied once a second and not with every frame
            self._pending = np.concatenate([self._pending, np.zeros((missing + BLOCK, self._channels), np.int16)])

    def _hand_out(self, position: int) -> Iterator[Pcm]:
        while self._done < position:
            block = np.zeros((min(BLOCK, position - self._done), self._channels), np.int16)
            ready = self._pending[: len(block)]
            block[: len(ready)] = ready
            self._pending = self._pending[len(block) :]
            self._done += len(block)
            yield block
