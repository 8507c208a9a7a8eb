"""The audio that a channel keeps."""

import numpy as np
import pytest

from callguard.media.track import ARRIVALS_KEPT, SHORTEST, Track
from callguard.terms import Samples


def ramp(start: int, length: int) -> Samples:
    return (np.arange(start, start + length) % 100_003).astype(np.float32)


def test_a_view_holds_the_samples_of_its_positions() -> None:
    track = Track(1000)
    track.append(ramp(1000, 500))
    track.append(ramp(1500, 500))
    np.testing.assert_array_equal(track.view(1400, 1600), ramp(1400, 200))


def test_a_view_leaves_out_what_is_not_there() -> None:
    track = Track(1000)
    track.append(ramp(1000, 100))
    np.testing.assert_array_equal(track.view(900, 5000), ramp(1000, 100))
    assert len(track.view(2000, 3000)) == 0


def test_a_view_never_changes_however_the_track_goes_on() -> None:
    track = Track(0)
    track.append(ramp(0, SHORTEST - 10))
    view = track.view(100, 200)
    for position in range(SHORTEST - 10, 5 * SHORTEST, 1000):
        track.forget_before(position)
        track.append(ramp(position, 1000))
    np.testing.assert_array_equal(view, ramp(100, 100))
    with pytest.raises(ValueError, match="read-only"):
        view[0] = 1


def test_memory_follows_what_is_kept_and_not_what_was_heard() -> None:
    track = Track(0)
    for position in range(0, 1000 * SHORTEST, SHORTEST):
        track.append(ramp(position, SHORTEST))
        track.arrive(position + SHORTEST, position)
        track.forget_before(track.end - 100)
    assert len(track._buffer) <= 3 * SHORTEST
    assert len(track._arrived_ns) <= ARRIVALS_KEPT + 2
    np.testing.assert_array_equal(track.view(track.end - 100, track.end), ramp(track.end - 100, 100))


def test_it_knows_when_the_frame_holding_a_sample_arrived() -> None:
    track = Track(0)
    for number in range(1, 4):
        track.arrive(number * 160, number * 1000)
    assert [track.received_ns(position) for position in (1, 160, 161, 320, 480)] == [1000, 1000, 2000, 2000, 3000]


def test_a_time_outside_what_is_known_is_the_nearest_one() -> None:
    track = Track(0)
    assert track.received_ns(5) == 0
    track.arrive(160, 1000)
    assert track.received_ns(999) == 1000
