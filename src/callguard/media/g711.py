"""G.711 µ-law and A-law by table: one look-up per sample in both directions.

Source: ITU-T G.711 (11/88), tables 1a to 2b, scaled to 16 bits.
"""

from typing import Final

import numpy as np
import numpy.typing as npt

from callguard.terms import Samples

FULL_SCALE: Final = 32768.0
MULAW_BIAS: Final = 132  # 33 of G.711's 14-bit scale: makes every segment begin at a power of two
MULAW_CLIP: Final = 32635  # the largest magnitude that still fits the last segment once the bias is added
ALAW_EVEN_BITS: Final = 0x55  # G.711 inverts the even bits of an A-law code on the line

_Codes = npt.NDArray[np.uint8]


_Index = npt.NDArray[np.int64]
_PCM: Final = range(-32768, 32768)


def _mulaw_values() -> _Index:
    code = ~np.arange(256, dtype=np.int64) & 0xFF
    exponent, mantissa = (code >> 4) & 7, code & 15
    magnitude = (((mantissa << 3) + MULAW_BIAS) << exponent) - MULAW_BIAS
    return np.where(code & 0x80, -magnitude, magnitude)


def _alaw_values() -> _Index:
    code = np.arange(256, dtype=np.int64) ^ ALAW_EVEN_BITS
    exponent, mantissa = (code >> 4) & 7, code & 15
    within = (mantissa << 4) + 8
    magnitude = np.where(exponent == 0, within, (within + 256) << np.maximum(exponent - 1, 0))
    return np.where(code & 0x80, magnitude, -magnitude)


def _mulaw_codes() -> _Codes:
    pcm = np.array(_PCM)
    biased = np.minimum(np.abs(pcm), MULAW_CLIP) + MULAW_BIAS
    exponent = np.log2(biased).astype(np.int64) - 7
    mantissa = (biased >> (exponent + 3)) & 15
    code: _Index = ~(((pcm < 0) << 7) | (exponent << 4) | mantissa) & 0xFF
    return code.astype(np.uint8)


def _alaw_codes() -> _Codes:
    pcm = np.array(_PCM)
    magnitude = np.where(pcm < 0, ~pcm, pcm) >> 4  # one's complement: -1 lies in the first negative interval
    exponent = np.maximum(np.log2(np.maximum(magnitude, 1)).astype(np.int64) - 3, 0)
    mantissa = (magnitude >> np.maximum(exponent - 1, 0)) & 15
    code: _Index = (((pcm >= 0) << 7) | (exponent << 4) | mantissa) ^ ALAW_EVEN_BITS
    return code.astype(np.uint8)


_MULAW_DECODED: Final = (_mulaw_values() / FULL_SCALE).astype(np.float32)
_ALAW_DECODED: Final = (_alaw_values() / FULL_SCALE).astype(np.float32)
_MULAW_ENCODED: Final = _mulaw_codes()
_ALAW_ENCODED: Final = _alaw_codes()
for _table in (_MULAW_DECODED, _ALAW_DECODED, _MULAW_ENCODED, _ALAW_ENCODED):
    _table.setflags(write=False)


def decode_mulaw(payload: bytes) -> Samples:
    """Decode µ-law; returns float32, shape (len(payload),)."""
    return _MULAW_DECODED.take(np.frombuffer(payload, np.uint8))


def decode_alaw(payload: bytes) -> Samples:
    """Decode A-law; returns float32, shape (len(payload),)."""
    return _ALAW_DECODED.take(np.frombuffer(payload, np.uint8))


def encode_mulaw(samples: Samples) -> bytes:
    """Encode as µ-law, one byte a sample; what is beyond full scale is clipped."""
    return _MULAW_ENCODED[_table_index(samples)].tobytes()


def encode_alaw(samples: Samples) -> bytes:
    """Encode as A-law, one byte a sample; what is beyond full scale is clipped."""
    return _ALAW_ENCODED[_table_index(samples)].tobytes()


def _table_index(samples: Samples) -> _Index:
    pcm: _Index = np.clip(np.rint(samples * FULL_SCALE), -32768, 32767).astype(np.int64)
    return pcm + 32768
