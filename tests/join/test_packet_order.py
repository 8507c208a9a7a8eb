from dataclasses import dataclass

import pytest

from callguard.join.packet_order import PacketOrder


@dataclass
class Sent:
    """A packet of a browser's."""

    sequence_number: int
    timestamp: int
    _data: bytes


def heard(numbers: list[int], *, empty: tuple[int, ...] = ()) -> list[int]:
    """Return the packets that are heard, in their order; each holds its own number."""
    order, pieces = PacketOrder(), []
    for number in numbers:
        wants_picture, piece = order.add(Sent(number % 65_536, number * 960, b"" if number in empty else b"%d" % number))
        assert not wants_picture
        if piece is not None:
            assert piece.timestamp == int(piece.data) * 960
            pieces.append(int(piece.data))
    return pieces


@pytest.mark.parametrize("first", [0, 7, 65_530])
def test_what_comes_in_order_is_heard_at_once(first: int) -> None:
    assert heard([*range(first, first + 20)]) == [*range(first, first + 20)]


@pytest.mark.parametrize("first", [0, 65_530])
def test_a_lost_packet_is_lost_alone(first: int) -> None:
    sent = [first + number for number in range(100) if number % 20 != 10]
    assert heard(sent) == sent[: len(sent) - 3]  # three wait for the next one


def test_packets_that_overtake_each_other_are_heard_in_order_and_once() -> None:
    assert heard([0, 1, 3, 2, 4, 4, 6, 7, 5, 8, 9, 10]) == [0, 1, 2, 3, 4, 5, 6, 7, 8]


def test_a_packet_that_is_too_late_is_lost() -> None:
    assert heard([0, 2, 3, 4, 5, 1, 6, 7]) == [0, 2, 3, 4]


def test_a_browser_that_counts_anew_is_heard_on() -> None:
    assert heard([*range(6_000, 6_010), *range(5_000, 5_010)]) == [*range(6_000, 6_010), *range(5_000, 5_010)]
    assert heard([*range(6_000, 6_010), *range(9_000, 9_010)]) == [*range(6_000, 6_010), *range(9_000, 9_007)]


def test_packets_that_only_keep_the_line_open_are_no_pieces() -> None:
    assert heard([0, 1, 2, 3, 4], empty=(1, 3)) == [0, 2, 4]
