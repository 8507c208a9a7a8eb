"""Positions of audio without timestamps."""

from callguard.taps.placement import SECOND_NS, Placement

FRAME = 320
FRAME_NS = SECOND_NS // 50


def play(placement: Placement, *arrivals_ms: int) -> list[int]:
    return [placement.place(FRAME, at_ms * 1_000_000)[0] for at_ms in arrivals_ms]


def test_frames_follow_each_other_however_they_tremble() -> None:
    assert play(Placement(0), 20, 60, 61, 79, 110) == [0, 320, 640, 960, 1280]


def test_a_line_that_begins_late_begins_where_the_clock_says() -> None:
    assert play(Placement(0), 1020, 1040) == [16_000, 16_320]


def test_what_the_network_held_back_is_not_missing() -> None:
    burst = [20, 40, *[1040] * 50, 1060]
    assert play(Placement(0), *burst) == [number * FRAME for number in range(len(burst))]


def test_audio_that_stays_behind_is_missing() -> None:
    late = range(1040, 2040, 20)
    starts = play(Placement(0), 20, 40, *late)
    assert starts[2] == 640
    assert starts[-1] == 2020 * 16 - FRAME


def test_a_slow_drift_is_not_missing_before_it_matters() -> None:
    arrivals = [20 + number * 20 + number // 10 for number in range(2500)]
    assert play(Placement(0), *arrivals) == [number * FRAME for number in range(2500)]


def test_audio_that_runs_ahead_moves_the_beginning_and_is_not_missing_later() -> None:
    placement = Placement(0)
    ahead = play(placement, *[100] * 20)
    assert ahead == [1280 + number * FRAME for number in range(20)]
    assert play(placement, *range(120, 900, 20))[-1] == ahead[-1] + 39 * FRAME


def test_a_line_made_again_begins_no_earlier_than_it_had_got_to() -> None:
    assert Placement(0, not_before=5000).place(FRAME, FRAME_NS) == (5000, 5320)
