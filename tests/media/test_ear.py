"""One channel: gaps, doubled frames, the closed gate, and calls of any length."""

from collections.abc import Iterable

import numpy as np
import pytest

from callguard.errors import AudioFormatError
from callguard.events import Gap
from callguard.media.listening import Listening, SpeechJudge
from callguard.settings import MediaSettings
from callguard.speech import AudioFrame, CutReason, SpeechSegment
from callguard.terms import RATE_HZ, Encoding, Role, Samples
from tests.fakes import LevelDetector
from tests.media.clip import clip_16k, frame, frames

SECOND_SENTENCE = (4 * RATE_HZ, int(8.5 * RATE_HZ))


def gap(start: int, end: int, because: str = "lost") -> Gap:
    return Gap(call_id="c1", channel=Role.CALLER, start_sample=start, end_sample=end, because=because)


def hear(items: Iterable[AudioFrame | Gap], detector: LevelDetector | None = None) -> list[SpeechSegment]:
    listening, judge = Listening("c1", [Role.CALLER], MediaSettings()), SpeechJudge(detector or LevelDetector())
    heard = []
    for item in items:
        listening.feed(item)
        heard += judge.settle([listening])
    heard += judge.finish(listening)
    return [event for event in heard if isinstance(event, SpeechSegment)]


def same(one: SpeechSegment, other: SpeechSegment) -> bool:
    borders = one.start_sample == other.start_sample and one.end_sample == other.end_sample
    return borders and np.array_equal(one.samples, other.samples)


def without(samples: Samples, start: int, end: int) -> list[AudioFrame]:
    return [*frames(samples[:start]), *frames(samples[end:], start=end)]


def test_segments_hold_the_very_samples_of_the_call() -> None:
    for segment in hear(frames(clip_16k())):
        np.testing.assert_array_equal(segment.samples, clip_16k()[segment.start_sample : segment.end_sample])


def test_a_short_gap_is_filled_and_speech_goes_on() -> None:
    whole = hear(frames(clip_16k()))
    start, end = 5 * RATE_HZ, 5 * RATE_HZ + 1600
    pieces = without(clip_16k(), start, end)
    holed = hear([*pieces[:250], gap(start, end), *pieces[250:]])
    assert [segment.cut for segment in holed] == [segment.cut for segment in whole]
    assert holed[-1].end_sample == whole[-1].end_sample
    middle = holed[-1].samples[start - holed[-1].start_sample : end - holed[-1].start_sample]
    assert not middle.any()


def test_a_long_gap_ends_the_segment_there_and_time_stays_right_after_it() -> None:
    start, end = int(5.2 * RATE_HZ), int(5.8 * RATE_HZ)
    pieces = without(clip_16k(), start, end)
    segments = hear([*pieces[:260], gap(start, end), *pieces[260:]])
    assert [segment.cut for segment in segments] == [CutReason.SILENCE, CutReason.GAP, CutReason.SILENCE]
    assert segments[1].end_sample <= start
    assert segments[2].start_sample >= end
    np.testing.assert_array_equal(segments[2].samples, clip_16k()[segments[2].start_sample : segments[2].end_sample])


def test_a_hole_that_nobody_announced_is_a_gap_all_the_same() -> None:
    start, end = int(5.2 * RATE_HZ), int(5.8 * RATE_HZ)
    pieces = without(clip_16k(), start, end)
    announced = hear([*pieces[:260], gap(start, end), *pieces[260:]])
    unannounced = hear(pieces)
    assert all(map(same, announced, unannounced))
    assert len(announced) == len(unannounced)


def test_a_gap_of_hours_takes_no_memory() -> None:
    listening = Listening("c1", [Role.CALLER], MediaSettings())
    listening.feed(gap(0, 10 * 3600 * RATE_HZ, "paused"))
    assert listening.position == 10 * 3600 * RATE_HZ
    assert len(listening.ears[Role.CALLER]._track._buffer) <= 2 * RATE_HZ


def test_audio_that_comes_twice_is_heard_once() -> None:
    pieces = list(frames(clip_16k()))
    doubled = [*pieces[:300], *pieces[290:]]
    assert all(map(same, hear(doubled), hear(pieces)))


def test_a_frame_that_overlaps_gives_only_what_is_new() -> None:
    clip = clip_16k()
    overlapping = [*frames(clip[:80_000]), *frames(clip[79_900:], start=79_900)]
    assert all(map(same, hear(overlapping), hear(frames(clip))))


def test_a_gap_that_has_been_heard_already_is_ignored() -> None:
    pieces = list(frames(clip_16k()))
    assert all(map(same, hear([*pieces[:300], gap(0, 16_000), *pieces[300:]]), hear(pieces)))


def test_a_channel_may_begin_late() -> None:
    start = 60 * RATE_HZ
    segments = hear(frames(clip_16k(), start=start))
    assert [segment.start_sample - start for segment in segments] == [s.start_sample for s in hear(frames(clip_16k()))]


def test_behind_a_closed_gate_time_goes_on_and_the_detector_rests() -> None:
    detector = LevelDetector()
    listening, judge = Listening("c1", [Role.CALLER], MediaSettings()), SpeechJudge(detector)
    for piece in frames(np.zeros(20 * RATE_HZ, np.float32)):
        listening.feed(piece)
        assert judge.settle([listening]) == []
    assert listening.position == 20 * RATE_HZ
    assert listening.since_speech_s(Role.CALLER) == 20
    assert detector.batches == []


def test_speech_that_ends_in_digital_silence_still_ends() -> None:
    clip = np.concatenate([clip_16k()[: int(3.2 * RATE_HZ)], np.zeros(2 * RATE_HZ, np.float32)])
    (segment,) = hear(frames(clip))
    assert segment.cut is CutReason.SILENCE


def test_sound_that_is_never_called_speech_is_counted() -> None:
    listening, judge = Listening("c1", [Role.CALLER], MediaSettings()), SpeechJudge(LevelDetector(level=2.0))
    for piece in frames(clip_16k()):
        listening.feed(piece)
        judge.settle([listening])
    assert 3 < listening.unrecognised_sound_s(Role.CALLER) < 8.6


def test_recognised_speech_resets_the_count() -> None:
    listening, judge = Listening("c1", [Role.CALLER], MediaSettings()), SpeechJudge(LevelDetector())
    for piece in frames(clip_16k()[: 5 * RATE_HZ]):
        listening.feed(piece)
        judge.settle([listening])
    assert listening.unrecognised_sound_s(Role.CALLER) < 0.5
    assert listening.since_speech_s(Role.CALLER) < 0.5


def test_the_rate_may_change_in_the_middle_of_a_call() -> None:
    clip = clip_16k()
    other = [frame(clip[at : at + 320 : 2].tobytes(), at // 2, rate_hz=8000) for at in range(64_000, len(clip) - 319, 320)]
    segments = hear([*frames(clip[:64_000]), *other])
    whole = hear(frames(clip))
    assert [segment.cut for segment in segments] == [segment.cut for segment in whole]
    assert segments[1].start_sample == pytest.approx(whole[1].start_sample, abs=1024)


def test_a_payload_that_is_no_audio_is_refused_with_a_reason() -> None:
    with pytest.raises(AudioFormatError, match="expected an even number"):
        hear([frame(b"odd", 0, encoding=Encoding.L16_BE)])


def test_a_channel_that_the_call_did_not_announce_is_refused() -> None:
    with pytest.raises(AudioFormatError, match="channel «agent» in a call that announced caller"):
        hear(frames(clip_16k()[:320], channel=Role.AGENT))


def test_a_call_of_two_hours_does_not_grow() -> None:
    listening, judge = Listening("c1", [Role.CALLER], MediaSettings()), SpeechJudge(LevelDetector())
    ear = listening.ears[Role.CALLER]
    speech, silence = np.tile(clip_16k()[: 3 * RATE_HZ], 10), np.zeros(30 * RATE_HZ, np.float32)
    segments = position = largest = 0
    for _ in range(120):
        for piece in (speech, silence):
            for part in frames(piece, RATE_HZ, start=position):
                listening.feed(part)
                segments += sum(isinstance(event, SpeechSegment) for event in judge.settle([listening]))
                largest = max(largest, len(ear._track._buffer) + len(ear._watch._pcm) + len(ear._track._arrived_ns))
            position += len(piece)
    assert position == 2 * 3600 * RATE_HZ
    assert segments > 1000
    assert not listening.is_waiting
    assert largest < 3 * (12 + 1) * RATE_HZ
