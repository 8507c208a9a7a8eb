"""What Whisper sees of audio: the logarithm of its power in mel bands, every 10 ms.

The same numbers as faster-whisper's extractor gives (Radford et al. 2022, section 2.2), but only for what is new of running
speech, and in pieces so small that the linear algebra library does not wake its threads: on busy cores that takes ten times as
long as the work itself.
"""

import threading

import numpy as np
import numpy.typing as npt

from callguard.terms import RATE_HZ, Samples

Features = npt.NDArray[np.float32]
"""Shape (bands, frames)."""

HOP = RATE_HZ // 100
WINDOW = 400  # samples, 25 ms
HALF = WINDOW // 2
BLOCK = 16  # frames: 80 x 201 x 16 multiplications are just under OpenBLAS's threshold for threads
LEAST_POWER = 1e-10
RANGE = 8.0  # powers of ten below the loudest that are kept


class LogMel:
    """The features of one utterance, which may grow; what has settled is computed once. Several threads may ask at once."""

    def __init__(self, filters: Features) -> None:
        """Take the model's mel bands, shape (bands, 201)."""
        self._filters = filters
        self._shape = np.hanning(WINDOW + 1)[:-1].astype(np.float32)
        self._settled: Features = np.empty((len(filters), 0), dtype=np.float32)
        self._lock = threading.Lock()

    def of(self, samples: Samples) -> Features:
        """Return the features of the utterance, one frame for every full 10 ms; `samples` begin where they always began."""
        frames = len(samples) // HOP + 1  # the last one counts for the loudness only
        settled = max(0, min(frames, (len(samples) - HALF - 1) // HOP + 1))  # the mirror at the start sees one sample further
        with self._lock:
            known = self._settled.shape[1]
            if settled > known:
                self._settled = np.concatenate([self._settled, self._power(samples, known, settled)], axis=1)
            stable = self._settled[:, :settled]
        power = np.concatenate([stable, self._power(samples, settled, frames)], axis=1)
        scaled: Features = (np.maximum(power, power.max() - np.float32(RANGE)) + np.float32(4)) / np.float32(4)
        return scaled[:, :-1]

    def _power(self, samples: Samples, first: int, end: int) -> Features:
        """Return the logarithm of the power of frames [first, end)."""
        blocks = [self._block(samples, start, min(start + BLOCK, end)) for start in range(first, end, BLOCK)]
        return np.concatenate(blocks, axis=1) if blocks else self._settled[:, :0]

    def _block(self, samples: Samples, first: int, end: int) -> Features:
        heard = _around(samples, first * HOP - HALF, (end - 1) * HOP + HALF)
        windows = np.lib.stride_tricks.sliding_window_view(heard, WINDOW)[::HOP]
        spectrum = np.fft.rfft(windows * self._shape, axis=-1)
        power = self._filters @ (np.abs(spectrum).astype(np.float32) ** 2).T
        logarithm: Features = np.log10(np.maximum(power, np.float32(LEAST_POWER)))
        return logarithm


def _around(samples: Samples, start: int, end: int) -> Samples:
    """Return samples[start:end]; the audio is mirrored before its start and silent after its end."""
    inside = samples[max(0, start) : min(end, len(samples))]
    before = samples[1 : 1 - start][::-1] if start < 0 else inside[:0]
    silence = end - start - len(before) - len(inside)
    return np.concatenate([before, inside, np.zeros(silence, dtype=np.float32)])
