"""Every code and every PCM value against the tables of ITU-T G.711, written down here a second time."""

from bisect import bisect_right
from itertools import accumulate

import numpy as np
import pytest

from callguard.media.g711 import decode_alaw, decode_mulaw, encode_alaw, encode_mulaw

# Steps between decision values, segment by segment, in the units of the standard's own tables: A-law in 1/4096 of full scale
# (table 1a), µ-law in 1/8159 (table 2a), where the first step of µ-law is half a step.
ALAW_STEPS = [2] * 32 + [4] * 16 + [8] * 16 + [16] * 16 + [32] * 16 + [64] * 16 + [128] * 16
MULAW_STEPS = [1] + [2] * 15 + [4] * 16 + [8] * 16 + [16] * 16 + [32] * 16 + [64] * 16 + [128] * 16 + [256] * 16
ALAW_DECISIONS = [0, *accumulate(ALAW_STEPS)]
MULAW_DECISIONS = [0, *accumulate(MULAW_STEPS)]
ALAW_SCALE, MULAW_SCALE = 8, 4
"""Units of 16-bit PCM in one unit of the tables."""
PCM = np.arange(-32768, 32768)


def alaw_code(pcm: int) -> int:
    # At a decision value itself the positive half takes the interval above, the negative half the one below.
    magnitude = pcm if pcm >= 0 else -pcm - 1
    interval = bisect_right(ALAW_DECISIONS, magnitude / ALAW_SCALE) - 1
    return ((0x80 if pcm >= 0 else 0) | interval) ^ 0x55


def mulaw_code(pcm: int) -> int:
    interval = min(bisect_right(MULAW_DECISIONS, abs(pcm) / MULAW_SCALE) - 1, 127)
    return (0xFF if pcm >= 0 else 0x7F) - interval


def alaw_value(code: int) -> int:
    interval = (code ^ 0x55) & 0x7F
    middle = (ALAW_DECISIONS[interval] + ALAW_DECISIONS[interval + 1]) * ALAW_SCALE // 2
    return middle if (code ^ 0x55) & 0x80 else -middle


def mulaw_value(code: int) -> int:
    interval = 0x7F - (code & 0x7F)
    middle = (MULAW_DECISIONS[interval] + MULAW_DECISIONS[interval + 1]) * MULAW_SCALE // 2 if interval else 0
    return middle if code & 0x80 else -middle


def test_the_reference_tables_end_where_the_standard_says() -> None:
    assert (ALAW_DECISIONS[-1], len(ALAW_DECISIONS)) == (4096, 129)
    assert (MULAW_DECISIONS[-1], len(MULAW_DECISIONS)) == (8159, 129)


def test_every_mulaw_code_decodes_to_the_value_of_the_standard() -> None:
    decoded = decode_mulaw(bytes(range(256))) * 32768
    assert decoded.tolist() == [mulaw_value(code) for code in range(256)]


def test_every_alaw_code_decodes_to_the_value_of_the_standard() -> None:
    decoded = decode_alaw(bytes(range(256))) * 32768
    assert decoded.tolist() == [alaw_value(code) for code in range(256)]


def test_every_pcm_value_encodes_to_the_mulaw_code_of_the_standard() -> None:
    assert list(encode_mulaw((PCM / 32768).astype(np.float32))) == [mulaw_code(pcm) for pcm in PCM.tolist()]


def test_every_pcm_value_encodes_to_the_alaw_code_of_the_standard() -> None:
    assert list(encode_alaw((PCM / 32768).astype(np.float32))) == [alaw_code(pcm) for pcm in PCM.tolist()]


def test_a_code_comes_back_from_its_own_value() -> None:
    codes = bytes(range(256))
    assert encode_alaw(decode_alaw(codes)) == codes
    assert encode_mulaw(decode_mulaw(codes)) == codes.replace(b"\x7f", b"\xff")  # the standard has two zeros in µ-law


@pytest.mark.parametrize("encode", [encode_mulaw, encode_alaw])
def test_what_is_beyond_full_scale_is_clipped(encode: object) -> None:
    assert callable(encode)
    assert encode(np.array([2.0, -2.0], np.float32)) == encode(np.array([32767 / 32768, -1.0], np.float32))


def test_a_decoded_frame_can_be_written_to_without_harming_the_table() -> None:
    decode_mulaw(b"\x00")[0] = 0.5
    assert decode_mulaw(b"\x00")[0] == pytest.approx(-32124 / 32768)
