"""The bundled clip and how to cut it into frames."""

from collections.abc import Iterable, Iterator
from functools import cache
from pathlib import Path

import numpy as np
import soundfile
import soxr

from callguard.speech import AudioFrame
from callguard.terms import RATE_HZ, Encoding, Role, Samples

CLIP = Path(__file__).parent / "data" / "two_sentences.flac"
SECOND_NS = 1_000_000_000


@cache
def clip_8k() -> Samples:
    """Return two sentences with 0.8 s of pause before, between and after: 8.6 s at 8 kHz."""
    samples: Samples = soundfile.read(CLIP, dtype="float32")[0]
    samples.setflags(write=False)
    return samples


@cache
def clip_16k() -> Samples:
    """Return the clip at 16 kHz."""
    samples: Samples = soxr.resample(clip_8k(), 8000, RATE_HZ)
    samples.setflags(write=False)
    return samples


def frame(
    payload: bytes,
    start_sample: int,
    *,
    encoding: Encoding = Encoding.F32,
    rate_hz: int = RATE_HZ,
    channel: Role = Role.CALLER,
    received_ns: int | None = None,
) -> AudioFrame:
    """Return a frame that arrives when its last sample has been spoken."""
    size = {Encoding.F32: 4, Encoding.MULAW: 1, Encoding.ALAW: 1}.get(encoding, 2)
    if received_ns is None:
        received_ns = (start_sample + len(payload) // size) * SECOND_NS // rate_hz
    return AudioFrame(
        call_id="c1",
        channel=channel,
        encoding=encoding,
        rate_hz=rate_hz,
        start_sample=start_sample,
        received_ns=received_ns,
        payload=payload,
    )


def frames(
    samples: Samples, sizes: Iterable[int] | int = 320, *, rate_hz: int = RATE_HZ, channel: Role = Role.CALLER, start: int = 0
) -> Iterator[AudioFrame]:
    """Cut float32 samples into frames: one size for all, or each its own and the rest in one."""
    rest = iter([sizes] * (len(samples) // sizes + 1) if isinstance(sizes, int) else sizes)
    position = 0
    while position < len(samples):
        size = next(rest, len(samples))
        piece = np.asarray(samples[position : position + size], np.float32)
        yield frame(piece.tobytes(), start + position, rate_hz=rate_hz, channel=channel)
        position += size
