"""How loud a recording is over time, as little as a screen needs: written beside it once, when it closes or is asked for."""

import struct
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import av
import numpy as np
import numpy.typing as npt
from av.audio.frame import AudioFrame
from av.container import InputContainer

from callguard.archive import PEAKS_PER_S
from callguard.errors import StoreError
from callguard.terms import RATE_HZ

MAGIC = b"CGP1"
HEAD = struct.Struct("<4sHHI")
"""Magic, channels, peaks a second, samples of one channel at `RATE_HZ`."""
HOP = RATE_HZ // PEAKS_PER_S
FRAMES_HELD = 250
"""Of 20 ms, 5 s together: taken one by one, an hour costs more in handing over than in decoding."""
Pcm = npt.NDArray[np.int16]
Levels = npt.NDArray[np.uint8]


@dataclass(frozen=True, slots=True, kw_only=True)
class Peaks:
    """The loudest sample of each stretch of 1/PEAKS_PER_S s."""

    levels: Levels
    """Shape (channels, n), 0 to 255."""
    duration_s: float


class PeakMeter:
    """Takes the audio of exactly one recording; holds a byte for each stretch and channel."""

    def __init__(self, channels: int, *, rate_hz: int = RATE_HZ) -> None:
        self._rate_hz = rate_hz
        self._hop = rate_hz // PEAKS_PER_S
        self._held: list[Pcm] = []
        self._held_samples = 0
        self._levels = [bytearray() for _ in range(channels)]
        self._samples = 0

    def push(self, block: Pcm) -> None:
        """Take samples, shape (n, channels); they are looked at a second at a time."""
        self._samples += len(block)
        self._held.append(block)
        self._held_samples += len(block)
        if self._held_samples >= self._rate_hz:
            self._measure()

    def flush(self) -> Peaks:
        """Return all peaks; the last stretch may be short."""
        rest = self._measure()
        if len(rest):
            self._note(rest[None])
            self._held, self._held_samples = [], 0
        return Peaks(
            levels=np.array([np.frombuffer(levels, np.uint8) for levels in self._levels]),
            duration_s=self._samples / self._rate_hz,
        )

    def _measure(self) -> Pcm:
        """Measure the stretches that are whole and return what is left."""
        if not self._held:
            return np.zeros((0, len(self._levels)), np.int16)
        block = np.concatenate(self._held)
        whole = len(block) // self._hop * self._hop
        if whole:
            self._note(block[:whole].reshape(-1, self._hop, len(self._levels)))
        self._held, self._held_samples = [block[whole:]], len(block) - whole
        return block[whole:]

    def _note(self, stretches: Pcm) -> None:
        for levels, found in zip(self._levels, _levels(stretches), strict=True):
            levels.extend(found.tobytes())


def _levels(stretches: Pcm) -> Levels:
    """Return the peaks of stretches, shape (n, samples, channels)."""
    by_channel = np.ascontiguousarray(stretches.transpose(2, 0, 1))
    high, low = by_channel.max(axis=2).astype(np.int32), by_channel.min(axis=2).astype(np.int32)
    found: Levels = (np.maximum(high, -low) >> 7).clip(0, 255).astype(np.uint8)
    return found


def peaks_file(recording: Path) -> Path:
    """Return where the peaks of a recording lie."""
    return recording.with_suffix(".peaks")


def write_peaks(recording: Path, peaks: Peaks) -> None:
    """Write peaks beside their recording. Raises StoreError."""
    path = peaks_file(recording)
    head = HEAD.pack(MAGIC, len(peaks.levels), PEAKS_PER_S, round(peaks.duration_s * RATE_HZ))
    fresh = path.with_suffix(".peaks-new")
    try:
        fresh.write_bytes(head + peaks.levels.tobytes())
        fresh.replace(path)
    except OSError as error:
        raise StoreError(f"peaks cannot be written ({error.strerror}); free space or mend the audio folder") from error


def read_peaks(path: Path) -> Peaks | None:
    """Return written peaks, None if there are none or they are of another kind."""
    try:
        data = path.read_bytes()
    except OSError:
        return None
    if len(data) < HEAD.size:
        return None
    magic, channels, per_s, samples = HEAD.unpack_from(data)
    levels = np.frombuffer(data, np.uint8, offset=HEAD.size)
    if magic != MAGIC or per_s != PEAKS_PER_S or not channels or len(levels) % channels:
        return None
    return Peaks(levels=levels.reshape(channels, -1), duration_s=samples / RATE_HZ)


def length_of(recording: Path) -> tuple[int, float]:
    """Return channels and seconds of a recording without decoding it. Raises StoreError if it cannot be read."""
    with _reading(recording) as container:
        stream = container.streams.audio[0]
        return stream.codec_context.channels, (container.duration or 0) / av.time_base


def measure_peaks(recording: Path) -> Peaks:
    """Decode a whole recording: seconds for a call of an hour. Raises StoreError if it cannot be read."""
    with _reading(recording) as container:
        stream = container.streams.audio[0]
        rate_hz, channels = stream.codec_context.sample_rate, stream.codec_context.channels
        meter = PeakMeter(channels, rate_hz=rate_hz)
        held: list[npt.NDArray[np.float32]] = []
        for frame in container.decode(stream):
            held.append(_floats(frame, channels))
            if len(held) == FRAMES_HELD:
                meter.push(_as_pcm(held))
                held = []
        if held:
            meter.push(_as_pcm(held))
        return meter.flush()


def _floats(frame: AudioFrame, channels: int) -> npt.NDArray[np.float32]:
    """Return a decoded frame, shape (channels, n), in [-1, 1]."""
    if frame.format.name != "fltp" or len(frame.layout.channels) != channels:
        raise StoreError("the recording is of a kind that callguard never writes; expected Ogg Opus")
    return np.asarray(frame.to_ndarray(), dtype=np.float32)


def _as_pcm(frames: list[npt.NDArray[np.float32]]) -> Pcm:
    """Return frames as samples of shape (n, channels)."""
    block = np.concatenate(frames, axis=1).T
    return (np.clip(block, -1.0, 1.0) * np.float32(32767)).astype(np.int16)


@contextmanager
def _reading(recording: Path) -> Iterator[InputContainer]:
    try:
        with av.open(str(recording)) as container:
            if not container.streams.audio:
                raise StoreError("the recording holds no sound; look at the audio folder")
            yield container
    except av.FFmpegError as error:
        raise StoreError(f"the recording cannot be read ({error.strerror}); look at the audio folder") from error
