"""Where speech begins and ends, window by window; a window has 32 ms."""

from collections.abc import Iterable
from itertools import pairwise

import numpy as np
import pytest

from callguard.media.segmenter import Heard, Segmenter, in_windows
from callguard.media.silero import WINDOW
from callguard.media.track import Track
from callguard.settings import MediaSettings
from callguard.speech import CutReason, SpeechSegment, SpeechSnapshot
from callguard.terms import Role

SETTINGS = MediaSettings(
    min_silence_ms=384,
    speculate_ms=160,
    expect_end_ms=256,
    pre_roll_ms=96,
    min_speech_ms=128,
    max_segment_ms=3200,
    snapshot_ms=320,
)
PRE_ROLL = 3 * WINDOW
TAIL = 5 * WINDOW
FRAME_NS = 1_000_000


class Scene:
    """A segmenter and a track on which each window is one frame, received at its number in milliseconds."""

    def __init__(self, settings: MediaSettings = SETTINGS) -> None:
        self.segmenter = Segmenter("c1", Role.CALLER, settings)
        self.track = Track(0)

    def play(self, probabilities: Iterable[float], loudness: float = 0.1) -> list[Heard]:
        heard: list[Heard] = []
        for probability in probabilities:
            self.track.append(np.full(WINDOW, loudness, np.float32))
            self.track.arrive(self.track.end, self.track.end // WINDOW * FRAME_NS)
            heard += self.segmenter.hear(self.track, self.track.end, probability)
        return heard


def segments(heard: Iterable[Heard]) -> list[SpeechSegment]:
    return [event for event in heard if isinstance(event, SpeechSegment)]


def snapshots(heard: Iterable[Heard]) -> list[SpeechSnapshot]:
    return [event for event in heard if isinstance(event, SpeechSnapshot)]


def test_speech_ends_after_the_hangover_and_keeps_pre_roll_and_tail() -> None:
    heard = Scene().play([0] * 10 + [1] * 8 + [0] * 12)
    (segment,) = segments(heard)
    assert (segment.start_sample, segment.end_sample) == (10 * WINDOW - PRE_ROLL, 18 * WINDOW + TAIL)
    assert len(segment.samples) == segment.end_sample - segment.start_sample
    assert segment.cut is CutReason.SILENCE


def test_a_pause_shorter_than_the_hangover_does_not_end_speech() -> None:
    assert segments(Scene().play([1] * 8 + [0] * 11 + [1] * 8)) == []


def test_step_times_are_those_of_the_last_word_and_of_the_frame_that_closed_it() -> None:
    (segment,) = segments(Scene().play([0] * 10 + [1] * 8 + [0] * 12))
    assert segment.times.speech_end_ns == 18 * FRAME_NS
    assert segment.times.received_ns == 30 * FRAME_NS
    assert segment.times.segmented_ns == 0


def test_speech_is_shown_while_it_runs() -> None:
    shown = snapshots(Scene().play([1] * 35))
    assert [snapshot.end_sample for snapshot in shown] == [10 * WINDOW, 20 * WINDOW, 30 * WINDOW]
    assert {(snapshot.segment, snapshot.start_sample, snapshot.silence_samples) for snapshot in shown} == {(0, 0, 0)}


def test_the_pause_before_the_end_is_shown_twice_with_exactly_the_samples_of_the_segment() -> None:
    heard = Scene().play([1] * 8 + [0] * 12)
    shown = snapshots(heard)
    (segment,) = segments(heard)
    assert [snapshot.is_likely_over for snapshot in shown] == [False, True]
    assert [snapshot.times.received_ns // FRAME_NS for snapshot in shown] == [13, 16]
    for snapshot in shown:
        assert snapshot.silence_samples == TAIL
        assert (snapshot.start_sample, snapshot.end_sample) == (segment.start_sample, segment.end_sample)
        np.testing.assert_array_equal(snapshot.samples, segment.samples)


def test_every_pause_of_running_speech_is_shown() -> None:
    heard = snapshots(Scene().play([1] * 8 + [0] * 6 + [1] * 2 + [0] * 6))
    assert [snapshot.end_sample // WINDOW for snapshot in heard if snapshot.silence_samples == TAIL] == [13, 21]


def test_speech_that_goes_on_after_its_likely_end_is_expected_to_end_anew() -> None:
    heard = snapshots(Scene().play([1] * 8 + [0] * 9 + [1] * 2 + [0] * 9))
    assert [snapshot.end_sample // WINDOW for snapshot in heard if snapshot.is_likely_over] == [13, 24]


def test_running_speech_is_not_shown_between_two_words() -> None:
    shown = snapshots(Scene().play([1] * 9 + [0] * 3 + [1] * 3))
    assert [(snapshot.end_sample // WINDOW, snapshot.silence_samples) for snapshot in shown] == [(13, 0)]


def test_a_click_is_no_speech() -> None:
    assert Scene().play([0] * 5 + [1] * 3 + [0] * 30) == []


def test_a_click_does_not_use_up_a_number() -> None:
    heard = Scene().play([1] * 2 + [0] * 30 + [1] * 8 + [0] * 12)
    assert [segment.segment for segment in segments(heard)] == [0]


def test_running_speech_stays_open_a_little_under_the_threshold() -> None:
    assert segments(Scene().play([1] * 8 + [0.4] * 40)) == []
    assert len(segments(Scene().play([1] * 8 + [0.3] * 40))) == 1


def test_a_pre_roll_does_not_reach_into_the_segment_before() -> None:
    first, second = segments(Scene().play([1] * 8 + [0] * 12 + [1] * 8 + [0] * 12))
    assert second.start_sample == 20 * WINDOW - PRE_ROLL
    settings = SETTINGS.model_copy(update={"pre_roll_ms": 1000})
    first, second = segments(Scene(settings).play([1] * 8 + [0] * 12 + [1] * 8 + [0] * 12))
    assert second.start_sample == first.end_sample


def test_long_speech_is_cut_at_its_quietest_point_and_goes_on_as_the_next_segment() -> None:
    scene = Scene()
    scene.play([1] * 80)
    scene.play([1] * 2, loudness=0.001)
    heard = scene.play([1] * 30)
    (segment,) = segments(heard)
    assert segment.cut is CutReason.TOO_LONG
    assert 80 * WINDOW < segment.end_sample < 82 * WINDOW
    rest = snapshots(heard)[-1]
    assert (rest.segment, rest.start_sample) == (1, segment.end_sample)


def test_nothing_is_lost_or_heard_twice_over_a_cut() -> None:
    scene = Scene()
    scene.play([0] * 4)
    heard = scene.play([1] * 330)
    heard += scene.segmenter.stop(scene.track, scene.track.end, CutReason.CALL_END)
    found = segments(heard)
    assert len(found) > 3
    assert found[0].start_sample == 4 * WINDOW - PRE_ROLL
    assert all(one.end_sample == other.start_sample for one, other in pairwise(found))
    assert found[-1].end_sample == scene.track.end
    assert max(segment.end_sample - segment.start_sample for segment in found) <= 3200 * 16


def test_speech_that_is_cut_in_its_last_pause_leaves_no_empty_rest() -> None:
    scene = Scene()
    scene.play([1] * 90)
    heard = scene.play([0] * 40, loudness=0.0)
    assert [segment.cut for segment in segments(heard)] == [CutReason.TOO_LONG]
    assert scene.segmenter.stop(scene.track, scene.track.end, CutReason.CALL_END) == []


@pytest.mark.parametrize("cut", [CutReason.GAP, CutReason.CALL_END])
def test_speech_ends_where_the_audio_ends(cut: CutReason) -> None:
    scene = Scene()
    scene.play([1] * 8)
    (segment,) = segments(scene.segmenter.stop(scene.track, 8 * WINDOW - 100, cut))
    assert (segment.end_sample, segment.cut) == (8 * WINDOW - 100, cut)
    assert len(segment.samples) == 8 * WINDOW - 100


def test_an_unproven_sound_is_dropped_where_the_audio_ends() -> None:
    scene = Scene()
    scene.play([1] * 2)
    assert scene.segmenter.stop(scene.track, scene.track.end, CutReason.CALL_END) == []


def test_samples_of_events_cannot_be_changed_by_whoever_gets_them() -> None:
    for event in Scene().play([1] * 12 + [0] * 12):
        assert not event.samples.flags.writeable


def test_durations_are_rounded_to_the_nearest_window() -> None:
    assert [in_windows(milliseconds) // WINDOW for milliseconds in (0, 15, 17, 120, 160, 400, 416)] == [0, 0, 1, 4, 5, 12, 13]
