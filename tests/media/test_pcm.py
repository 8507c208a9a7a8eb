"""Decoding of frames."""

import struct

import numpy as np
import pytest

from callguard.errors import AudioFormatError
from callguard.media.g711 import decode_alaw, decode_mulaw
from callguard.media.pcm import decode
from callguard.terms import Encoding

VALUES = range(-32768, 32768)


@pytest.mark.parametrize(("encoding", "order"), [(Encoding.L16_BE, ">"), (Encoding.L16_LE, "<")])
def test_every_l16_value_decodes_in_its_byte_order(encoding: Encoding, order: str) -> None:
    samples = decode(encoding, struct.pack(f"{order}65536h", *VALUES))
    assert samples.dtype == np.float32
    assert (samples * 32768).tolist() == list(VALUES)


@pytest.mark.parametrize("encoding", [Encoding.L16_BE, Encoding.L16_LE])
def test_half_a_sample_of_l16_is_refused(encoding: Encoding) -> None:
    with pytest.raises(AudioFormatError, match="3 bytes; expected an even number"):
        decode(encoding, b"abc")


def test_g711_frames_are_decoded_by_their_law() -> None:
    codes = bytes(range(256))
    np.testing.assert_array_equal(decode(Encoding.MULAW, codes), decode_mulaw(codes))
    np.testing.assert_array_equal(decode(Encoding.ALAW, codes), decode_alaw(codes))


def test_float_frames_come_out_as_they_are() -> None:
    samples = np.array([0.0, 0.25, -1.0], np.float32)
    np.testing.assert_array_equal(decode(Encoding.F32, samples.tobytes()), samples)


@pytest.mark.parametrize("payload", [b"abc", np.array([np.nan], np.float32).tobytes(), np.array([np.inf], np.float32).tobytes()])
def test_floats_that_cannot_be_audio_are_refused(payload: bytes) -> None:
    with pytest.raises(AudioFormatError, match="float32 payload"):
        decode(Encoding.F32, payload)
