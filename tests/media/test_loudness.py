import numpy as np
import pytest

from callguard.media.g711 import encode_alaw, encode_mulaw
from callguard.media.loudness import FAINT, LOUD, QUIET, is_faint, loudness
from callguard.media.pcm import decode
from callguard.terms import Encoding, Samples

SOUND: Samples = np.array([0.0, QUIET * 0.7, -QUIET * 0.7, QUIET * 1.5, -QUIET * 1.5, 1.0], np.float32)


@pytest.mark.parametrize(
    ("encoding", "payload"),
    [
        (Encoding.MULAW, encode_mulaw(SOUND)),
        (Encoding.ALAW, encode_alaw(SOUND)),
        (Encoding.F32, SOUND.tobytes()),
    ],
)
def test_each_sample_is_loud_or_faint_in_any_encoding(encoding: Encoding, payload: bytes) -> None:
    assert loudness(encoding, payload, decode(encoding, payload)) == 3 * FAINT + 3 * LOUD


def test_one_loud_sample_makes_a_payload_loud() -> None:
    assert is_faint(Encoding.MULAW, encode_mulaw(SOUND[:3]))
    assert not is_faint(Encoding.MULAW, encode_mulaw(SOUND[:4]))
