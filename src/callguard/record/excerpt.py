"""A few seconds out of a call's recording, as WAV: what an alert lets people hear. Works while it is still being written."""

import io
import wave
from pathlib import Path

import av
import numpy as np
import numpy.typing as npt
from av.audio.resampler import AudioResampler

from callguard.errors import NotFoundError, StoreError
from callguard.record.audio import recording_of
from callguard.terms import RATE_HZ

LONGEST_S = 60.0
Pcm = npt.NDArray[np.int16]


class Excerpts:
    """Cuts pieces out of the recordings of a folder; stateless, to be called off the event loop."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def wav(self, call_id: str, *, start_s: float, end_s: float) -> bytes:
        """Return what both parties said between the two times, at most LONGEST_S, 16 kHz, 16 bit; caller left, agent right.

        Raises NotFoundError if the call has no recording or it does not reach so far, StoreError if it cannot be read.
        """
        path = recording_of(self._folder, call_id)
        if path is None:
            raise NotFoundError("this call has no recording: audio is not being kept, or retention has removed it")
        first, last = int(max(start_s, 0.0) * RATE_HZ), int(min(end_s, start_s + LONGEST_S) * RATE_HZ)
        try:
            pieces, channels = _decode(path, first, last)
        except av.FFmpegError as error:
            raise StoreError(f"the recording cannot be read ({error.strerror}); look at the audio folder") from error
        if not pieces:
            raise NotFoundError("the recording does not reach so far yet; ask again in a second")
        return _as_wav(np.concatenate(pieces), channels)


def _decode(path: Path, first: int, last: int) -> tuple[list[Pcm], int]:
    pieces: list[Pcm] = []
    with av.open(str(path)) as container:
        stream = container.streams.audio[0]
        channels = stream.codec_context.channels
        layout = "stereo" if channels > 1 else "mono"
        container.seek(int(max(first / RATE_HZ - 1.0, 0.0) / float(stream.time_base or 1)), stream=stream)
        resampler = AudioResampler(format="s16", layout=layout, rate=RATE_HZ)
        for frame in container.decode(stream):
            start = round(float(frame.time or 0.0) * RATE_HZ)
            if start >= last:
                break
            for out in resampler.resample(frame):
                samples = np.asarray(out.to_ndarray(), dtype=np.int16).reshape(-1, channels)
                begin, end = max(first - start, 0), min(last - start, len(samples))
                if begin < end:
                    pieces.append(samples[begin:end])
                start += len(samples)
    return pieces, channels


def _as_wav(samples: Pcm, channels: int) -> bytes:
    held = io.BytesIO()
    with wave.open(held, "wb") as file:
        file.setnchannels(channels)
        file.setsampwidth(2)
        file.setframerate(RATE_HZ)
        file.writeframes(np.ascontiguousarray(samples).astype("<i2").tobytes())
    return held.getvalue()
