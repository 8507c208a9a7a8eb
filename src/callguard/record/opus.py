"""Ogg Opus files: the one module here that speaks PyAV.

libsndfile would do too, but holds a second of audio back in its page (1.0 s lost by a killed writer against 0.2 s) and takes half
as much time again.
"""

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import av
import numpy as np
import numpy.typing as npt
from av.audio.frame import AudioFrame
from av.audio.stream import AudioStream

from callguard.errors import StoreError
from callguard.events import RATE_HZ

CHANNEL_BIT_RATE = 24_000  # transparent for telephone speech; 11 MB an hour and channel
PAGE_US = 200_000  # what a killed writer loses at most, and a piece
PIECE = RATE_HZ // 10
"""Samples that go to the encoder together: with 20 ms at a time, forty calls spend more on handing over than on encoding."""
UNCOUPLED = (
    "255"  # mapping family of independent channels: nothing of one party leaks into the other's side, as joint stereo does
)
COMPLEXITY = "0"  # of 10
APPLICATION = "lowdelay"
"""Opus' transform coder alone. On telephone speech at this rate it is nearer to the original than its speech coder (log-spectral
distance 3.4 dB against 3.5 dB at complexity 3) for a quarter of the cost: 0.2 % of a core a call."""

FAINTEST = 1
"""Stands for digital silence, 90 dB below full scale: with nothing but zeros the encoder's filters run into the numbers that a
processor is slow with, and a silent call costs three times as much as a loud one."""

Pcm = npt.NDArray[np.int16]


class OpusFile:
    """A file at `RATE_HZ` that grows as blocks are written.

    Every method raises StoreError when the disk does not take what it should.
    """

    def __init__(self, path: Path, channels: int) -> None:
        self._layout = {1: "mono", 2: "stereo"}[channels]
        self._position = 0
        self._held: list[Pcm] = []
        self._held_samples = 0
        with _translated():
            ogg = {"page_duration": str(PAGE_US), "flush_packets": "1"}
            self._container = av.open(str(path), "w", format="ogg", options=ogg)
            opus = {"application": APPLICATION, "compression_level": COMPLEXITY}
            if channels > 1:
                opus["mapping_family"] = UNCOUPLED
            stream = self._container.add_stream("libopus", rate=RATE_HZ, layout=self._layout, options=opus)
            assert isinstance(stream, AudioStream)  # of an audio codec
            self._stream = stream
            self._stream.bit_rate = CHANNEL_BIT_RATE * channels

    def write(self, block: Pcm) -> None:
        """Append samples, shape (n, channels)."""
        self._held.append(block)
        self._held_samples += len(block)
        if self._held_samples >= PIECE:
            self._encode()

    def _encode(self) -> None:
        block = np.concatenate(self._held)
        self._held, self._held_samples = [], 0
        block[:, ~block.any(axis=0)] = FAINTEST
        frame = AudioFrame.from_ndarray(np.ascontiguousarray(block).reshape(1, -1), format="s16", layout=self._layout)
        frame.sample_rate = RATE_HZ
        frame.pts = self._position
        self._position += len(block)
        with _translated():
            self._container.mux(self._stream.encode(frame))

    def close(self) -> None:
        """Write what the encoder still holds and close the file."""
        if self._held:
            self._encode()
        with _translated():
            if self._position:
                self._container.mux(self._stream.encode(None))
            self._container.close()

    def abandon(self) -> None:
        """Close a file that has failed, keeping what is in it."""
        with suppress(StoreError), _translated():
            self._container.close()


@contextmanager
def _translated() -> Iterator[None]:
    try:
        yield
    except av.FFmpegError as error:
        raise StoreError(
            f"call audio cannot be written ({error.strerror}); free space on the disk or check the audio folder: "
            "this call goes on without a recording"
        ) from error
