"""Any rate to 16 kHz, a piece at a time: the one module that imports soxr."""

import numpy as np
import soxr

from callguard.errors import AudioFormatError
from callguard.events import RATE_HZ, Samples

LOWEST_HZ, HIGHEST_HZ = 4_000, 192_000


class Resampler:
    """Brings one channel to 16 kHz; the output is the same however the input is cut.

    soxr's fixed-rate path works in blocks: from 8 kHz it holds back 13 to 115 ms, 64 ms on average, which alone would spend
    the budget of tap and media. Its variable-rate path holds back 30 ms, always, at 129 dB signal to noise (both measured,
    soxr 1.1). From 24 to 48 kHz the fixed-rate path holds back 21 to 23 ms on average and costs a sixth.
    """

    def __init__(self, rate_hz: int) -> None:
        if not LOWEST_HZ <= rate_hz <= HIGHEST_HZ:
            raise AudioFormatError(f"sample rate is {rate_hz} Hz; expected {LOWEST_HZ} to {HIGHEST_HZ}")
        self.rate_hz = rate_hz
        self._stream = None
        if rate_hz != RATE_HZ:
            self._stream = soxr.ResampleStream(rate_hz, RATE_HZ, 1, dtype="float32", quality="HQ", vr=rate_hz < RATE_HZ)

    def push(self, samples: Samples) -> Samples:
        """Take the next piece and return what is ready at 16 kHz, possibly nothing."""
        if self._stream is None:
            return samples
        ready: Samples = self._stream.resample_chunk(samples)
        return ready

    def finish(self) -> Samples:
        """Return what was held back and be ready for fresh audio."""
        if self._stream is None:
            return np.empty(0, np.float32)
        rest: Samples = self._stream.resample_chunk(np.empty(0, np.float32), last=True)
        self._stream.clear()
        return rest
