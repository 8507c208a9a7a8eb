"""From the bytes of a frame to samples, whatever their encoding."""

from collections.abc import Callable, Mapping
from typing import Final

import numpy as np

from callguard.errors import AudioFormatError
from callguard.media.g711 import decode_alaw, decode_mulaw
from callguard.terms import Encoding, Samples

FULL_SCALE: Final = np.float32(32768.0)


def decode_l16(payload: bytes, *, is_big_endian: bool) -> Samples:
    """Decode 16-bit linear PCM.

    Returns float32, shape (len(payload) // 2,), in [-1, 1).
    Raises AudioFormatError if the payload has an odd number of bytes.
    Source: RFC 3551, encoding L16 (big-endian); AudioSocket and WAV are little-endian.
    """
    if len(payload) % 2:
        raise AudioFormatError(f"L16 payload has {len(payload)} bytes; expected an even number")
    return np.frombuffer(payload, ">i2" if is_big_endian else "<i2").astype(np.float32) / FULL_SCALE


def decode_f32(payload: bytes) -> Samples:
    """Read native float32; raises AudioFormatError if the payload is no whole number of samples or not finite."""
    if len(payload) % 4:
        raise AudioFormatError(f"float32 payload has {len(payload)} bytes; expected a multiple of 4")
    samples = np.frombuffer(payload, np.float32)
    if not np.isfinite(samples).all():
        raise AudioFormatError("float32 payload holds values that are not finite; expected samples in [-1, 1)")
    return samples


_DECODERS: Final[Mapping[Encoding, Callable[[bytes], Samples]]] = {
    Encoding.MULAW: decode_mulaw,
    Encoding.ALAW: decode_alaw,
    Encoding.L16_BE: lambda payload: decode_l16(payload, is_big_endian=True),
    Encoding.L16_LE: lambda payload: decode_l16(payload, is_big_endian=False),
    Encoding.F32: decode_f32,
}


def decode(encoding: Encoding, payload: bytes) -> Samples:
    """Decode what a frame carries; returns float32, mono, at the frame's own rate. Raises AudioFormatError."""
    return _DECODERS[encoding](payload)
