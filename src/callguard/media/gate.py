"""The cheap gate in front of Silero: the one module that imports webrtcvad."""

import numpy as np
import webrtcvad

from callguard.terms import RATE_HZ, Samples

GATE_SAMPLES = 320
"""20 ms: what one question to the gate takes."""


class SoundGate:
    """Tells whether 20 ms of one channel may be speech; lets noise through rather than lose a word.

    webrtcvad follows the channel's own noise floor and has no volume limit worth the name, so that quiet lines pass.
    """

    def __init__(self, mode: int) -> None:
        self._vad = webrtcvad.Vad(mode)

    def may_be_speech(self, pcm: bytes) -> bool:
        """Judge 20 ms, little-endian 16-bit at 16 kHz."""
        return bool(self._vad.is_speech(pcm, RATE_HZ))


def to_gate_pcm(samples: Samples) -> bytes:
    """Write samples the way the gate reads them; what is beyond full scale is clipped."""
    scaled = samples * np.float32(32767)
    return scaled.clip(-32768, 32767, out=scaled).astype("<i2").tobytes()
