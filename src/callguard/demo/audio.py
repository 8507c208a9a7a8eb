"""The bundled calls' audio as a phone system would send it."""

from importlib.resources.abc import Traversable

import numpy as np
import soundfile

from callguard.media.g711 import decode_mulaw, encode_mulaw
from callguard.terms import Role

TELEPHONE_HZ = 8000


def mulaw_tracks(audio: Traversable) -> dict[Role, bytes]:
    """Return both parties of a bundled call as µ-law at 8 kHz."""
    with audio.open("rb") as file:
        samples, rate_hz = soundfile.read(file, dtype="float32", always_2d=True)
    assert rate_hz == TELEPHONE_HZ, "bundled calls are made at 8 kHz"
    caller, agent = np.ascontiguousarray(samples.T)
    return {Role.CALLER: encode_mulaw(caller), Role.AGENT: encode_mulaw(agent)}


def as_l16(mulaw: bytes) -> bytes:
    """Return µ-law as 16-bit little-endian audio, as Asterisk sends it."""
    return (decode_mulaw(mulaw) * 32768).astype("<i2").tobytes()
