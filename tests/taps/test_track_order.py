"""Messages of one track: order, loss, pauses."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from callguard.events import Gap
from callguard.speech import AudioFrame
from callguard.taps.track_order import TrackOrder
from callguard.terms import Role

BYTES = 160


def order() -> TrackOrder:
    return TrackOrder("c1", Role.CALLER)


def push(track: TrackOrder, *chunks: int, first_ms: int = 0) -> list[AudioFrame | Gap]:
    """Push chunks whose payload is their number and whose timestamp follows from it."""
    return [
        item for chunk in chunks for item in track.push(chunk, first_ms + (chunk - 1) * 20, chunk * 1000, bytes([chunk]) * BYTES)
    ]


def numbers(items: list[AudioFrame | Gap]) -> list[int | str]:
    return [item.payload[0] if isinstance(item, AudioFrame) else item.because for item in items]


def test_messages_in_order_pass_at_once_and_follow_each_other() -> None:
    items = push(order(), 1, 2, 3)
    assert numbers(items) == [1, 2, 3]
    assert [item.start_sample for item in items] == [0, 160, 320]


def test_a_small_swap_is_mended() -> None:
    track = order()
    assert numbers(push(track, 1, 3)) == [1]
    assert numbers(push(track, 2)) == [2, 3]
    assert (track.lost, track.late) == (0, 0)


def test_what_does_not_come_within_the_window_is_lost() -> None:
    track = order()
    items = push(track, 1, 3, 4, 5, 6)
    assert numbers(items) == [1, "lost", 3, 4, 5, 6]
    gap = items[1]
    assert isinstance(gap, Gap)
    assert (gap.start_sample, gap.end_sample) == (320, 640)
    assert track.lost == 1


def test_what_comes_too_late_or_twice_is_dropped_and_counted() -> None:
    track = order()
    assert numbers(push(track, 1, 3, 4, 5, 2, 5)) == [1, "lost", 3, 4, 5]
    assert track.late == 2


def test_at_the_end_what_waits_is_let_out() -> None:
    track = order()
    push(track, 1, 4)
    assert numbers(track.flush()) == ["lost", 4]
    assert track.flush() == []


def test_a_message_that_cannot_be_read_is_as_good_as_lost() -> None:
    track = order()
    items = push(track, 1)
    items += track.push(2, None, 0, None)
    items += push(track, 3)
    assert numbers(items) == [1, "lost", 3]
    assert track.lost == 1


def test_a_track_begins_where_its_first_timestamp_says() -> None:
    items = push(order(), 1, 2, first_ms=5000)
    assert [item.start_sample for item in items] == [40_000, 40_160]


def test_a_timestamp_far_ahead_is_a_pause() -> None:
    track = order()
    push(track, 1, 2)
    gap, frame = track.push(3, 1040, 0, b"x" * BYTES)
    assert isinstance(gap, Gap)
    assert (gap.because, gap.start_sample, gap.end_sample) == ("paused", 640, 16_640)
    assert isinstance(frame, AudioFrame)
    assert frame.start_sample == 8320


def test_a_timestamp_that_trembles_is_believed_less_than_the_count() -> None:
    track = order()
    starts = [
        item.start_sample
        for chunk, at_ms in enumerate([0, 23, 38, 90, 79], start=1)
        for item in track.push(chunk, at_ms, 0, b"x" * BYTES)
    ]
    assert starts == [0, 160, 320, 480, 640]


def test_without_timestamps_a_loss_has_the_usual_length() -> None:
    track = order()
    items = [item for chunk in (1, 4, 5, 6) for item in track.push(chunk, None, 0, b"x" * BYTES)]
    gap = next(item for item in items if isinstance(item, Gap))
    assert (gap.start_sample, gap.end_sample) == (320, 960)


def test_without_chunk_numbers_messages_count_as_they_come() -> None:
    track = order()
    items = [item for at_ms in (0, 20, 40) for item in track.push(None, at_ms, 0, b"x" * BYTES)]
    assert [item.start_sample for item in items] == [0, 160, 320]


def test_a_peer_may_count_from_zero() -> None:
    track = order()
    items = [item for chunk in (0, 1, 2) for item in track.push(chunk, chunk * 20, 0, b"x" * BYTES)]
    assert [item.start_sample for item in items] == [0, 160, 320]


@given(st.permutations(range(2, 14)), st.sets(st.integers(2, 13), max_size=4))
def test_whatever_comes_every_message_is_placed_once_in_order_or_counted(chunks: list[int], dropped: set[int]) -> None:
    track = order()
    items = push(track, 1, *(chunk for chunk in chunks if chunk not in dropped)) + track.flush()
    placed = [item.payload[0] for item in items if isinstance(item, AudioFrame)]
    assert placed == sorted(set(placed))
    assert len(placed) + track.late == 13 - len(dropped)
    ends = [item.start_sample for item in items if isinstance(item, AudioFrame)]
    assert ends == [(number - 1) * BYTES for number in placed]


@pytest.mark.parametrize("chunks", [[1, 2, 3, 4], [2, 1, 4, 3], [3, 2, 1, 4]])
def test_positions_do_not_depend_on_the_order_of_arrival(chunks: list[int]) -> None:
    track = order()
    items = push(track, *chunks) + track.flush()
    assert numbers(items) == [1, 2, 3, 4]


@pytest.mark.parametrize("at", [1, 3])
def test_a_timestamp_that_cannot_be_moves_nothing(at: int) -> None:
    track = order()
    items = [
        item
        for chunk in range(1, 5)
        for item in track.push(chunk, 9_999_999_999 if chunk == at else (chunk - 1) * 20, 0, bytes([chunk]) * BYTES)
    ]
    assert numbers(items) == [1, 2, 3, 4]
    assert [item.start_sample for item in items] == [0, 160, 320, 480]


def test_a_chunk_number_that_cannot_be_is_no_gap_of_days() -> None:
    track = order()
    items = push(track, 1, 2) + track.push(9_999_999_999, None, 0, b"9" * BYTES) + track.flush()
    assert numbers(items) == [1, 2, ord("9")]
