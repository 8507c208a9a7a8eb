import pytest

from callguard.record.opus_packet import frame_of, packet_of


def test_one_frame_is_its_own_packet() -> None:
    assert packet_of(0xB8, [frame_of(b"\xb8abc")], is_delimited=False) == b"\xb8abc"


def test_several_frames_say_their_lengths_but_for_the_last() -> None:
    assert packet_of(0xB8, [b"ab", b"c"], is_delimited=False) == b"\xbb\x82\x02abc"


def test_a_delimited_packet_says_all_its_lengths() -> None:
    assert packet_of(0xB8, [b"ab"], is_delimited=True) == b"\xb8\x02ab"
    assert packet_of(0xB8, [b"ab", b"c"], is_delimited=True) == b"\xbb\x82\x02\x01abc"


@pytest.mark.parametrize(("count", "written"), [(251, b"\xfb"), (252, b"\xfc\x00"), (255, b"\xff\x00"), (1275, b"\xff\xff")])
def test_long_frames_take_two_bytes_for_their_length(count: int, written: bytes) -> None:
    assert packet_of(0xB8, [bytes(count)], is_delimited=True)[1:-count] == written


def test_a_packet_of_several_frames_is_refused() -> None:
    with pytest.raises(ValueError, match="expected code 0"):
        frame_of(b"\xbb\x82\x02abc")
