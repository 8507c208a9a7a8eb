"""Calls together: one judge, any cutting, any rhythm."""

from collections.abc import Iterator
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from callguard.errors import EngineError
from callguard.events import Gap
from callguard.media.g711 import encode_mulaw
from callguard.media.listening import Listening, SpeechJudge
from callguard.media.segmenter import Heard
from callguard.media.silero import Silero, SpeechState
from callguard.settings import MediaSettings
from callguard.speech import AudioFrame, CutReason, SpeechSegment
from callguard.terms import RATE_HZ, Encoding, Role, Samples
from tests.fakes import LevelDetector
from tests.media.clip import clip_8k, clip_16k, frame, frames

HOLE = (41_000, 45_000)
"""A hole of half a second in the middle of the second sentence, at 8 kHz."""


@pytest.fixture(scope="module")
def judge() -> SpeechJudge:
    return SpeechJudge(Silero())


def listen_to(call_id: str = "c1", longest_ms: int = 12_000) -> Listening:
    return Listening(call_id, [Role.CALLER, Role.AGENT], MediaSettings(max_segment_ms=longest_ms))


def mulaw(sizes: list[int], hole: tuple[int, int] | None) -> Iterator[AudioFrame | Gap]:
    """The clip as G.711 in frames of these sizes, over and over; the hole stays where it is."""
    codes = encode_mulaw(clip_8k())
    position = number = 0
    while position < len(codes):
        end = position + sizes[number % len(sizes)]
        if hole and position == hole[0]:
            yield Gap(call_id="c1", channel=Role.CALLER, start_sample=2 * hole[0], end_sample=2 * hole[1], because="lost")
            position, end = hole[1], hole[1] + 160
        if hole and position < hole[0]:
            end = min(end, hole[0])
        yield frame(codes[position:end], position, encoding=Encoding.MULAW, rate_hz=8000)
        position, number = end, number + 1


def hear(judge: SpeechJudge, items: Iterator[AudioFrame | Gap], rhythm: list[bool], longest_ms: int = 12_000) -> list[Heard]:
    """Feed and settle whenever the rhythm says so."""
    listening = listen_to(longest_ms=longest_ms)
    heard: list[Heard] = []
    for number, item in enumerate(items):
        listening.feed(item)
        if rhythm[number % len(rhythm)]:
            heard += judge.settle([listening])
    return heard + judge.finish(listening)


def facts(heard: list[Heard]) -> list[tuple[object, ...]]:
    """Everything but step times, which belong to the frames, and samples."""
    return [
        (type(e).__name__, e.segment, e.start_sample, e.end_sample, getattr(e, "cut", None), getattr(e, "silence_samples", None))
        for e in heard
    ]


def test_two_sentences_are_two_segments(judge: SpeechJudge) -> None:
    segments = [event for event in hear(judge, mulaw([160], None), [True]) if isinstance(event, SpeechSegment)]
    assert [segment.cut for segment in segments] == [CutReason.SILENCE, CutReason.SILENCE]
    assert [round(segment.start_sample / RATE_HZ, 1) for segment in segments] == pytest.approx([0.9, 4.3], abs=0.2)
    assert [round(segment.end_sample / RATE_HZ, 1) for segment in segments] == pytest.approx([3.6, 7.8], abs=0.2)


@given(
    sizes=st.lists(st.integers(1, 2000), min_size=1, max_size=12),
    rhythm=st.lists(st.booleans(), min_size=1, max_size=12),
    hole=st.sampled_from([None, HOLE, (HOLE[0], HOLE[0] + 900)]),
    longest_ms=st.sampled_from([3000, 12_000]),
)
@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_cutting_the_audio_otherwise_changes_nothing(
    judge: SpeechJudge, sizes: list[int], rhythm: list[bool], hole: tuple[int, int] | None, longest_ms: int
) -> None:
    sizes = [*sizes, 160]  # keeps the number of frames in bounds where all sizes are tiny
    usual = hear(judge, mulaw([160], hole), [True], longest_ms)
    other = hear(judge, mulaw(sizes, hole), rhythm, longest_ms)
    assert facts(other) == facts(usual)
    assert all(np.array_equal(one.samples, another.samples) for one, another in zip(usual, other, strict=True))


def test_calls_that_are_settled_together_hear_what_each_would_hear_alone(judge: SpeechJudge) -> None:
    calls = [listen_to(f"c{number}") for number in range(5)]
    together: dict[str, list[Heard]] = {call.call_id: [] for call in calls}
    for number, piece in enumerate(frames(clip_16k(), 640)):
        for late, call in enumerate(calls):
            call.feed(replace(piece, channel=[Role.CALLER, Role.AGENT][late % 2]))
        if number % 3 == 0:
            for event in judge.settle(calls):
                together[event.call_id].append(event)
    for call in calls:
        together[call.call_id] += judge.finish(call)
    alone = facts(hear(judge, iter(frames(clip_16k(), 640)), [True]))
    assert all(facts(heard) == alone for heard in together.values())


def test_all_channels_that_wait_are_judged_in_one_run() -> None:
    detector = LevelDetector()
    calls = [listen_to(f"c{number}") for number in range(4)]
    for call in calls:
        for role in (Role.CALLER, Role.AGENT):
            for piece in frames(clip_16k()[:RATE_HZ], channel=role):
                call.feed(piece)
    SpeechJudge(detector).settle(calls)
    assert set(detector.batches) == {8}


def test_events_of_a_call_come_in_the_order_in_which_they_became_known(judge: SpeechJudge) -> None:
    listening = listen_to()
    for role in (Role.AGENT, Role.CALLER):
        for piece in frames(clip_16k(), channel=role):
            listening.feed(piece)
    heard = judge.settle([listening])
    assert len(heard) > 20
    ends = [event.times.received_ns for event in heard]
    assert ends == sorted(ends)
    assert [event.channel for event in heard[:2]] == [Role.CALLER, Role.AGENT]


def test_an_open_segment_ends_with_the_call(judge: SpeechJudge) -> None:
    segments = [
        event for event in hear(judge, iter(frames(clip_16k()[: 2 * RATE_HZ])), [True]) if isinstance(event, SpeechSegment)
    ]
    assert [(segment.cut, segment.end_sample) for segment in segments] == [(CutReason.CALL_END, 2 * RATE_HZ)]


@pytest.mark.parametrize("gain", [1.0, 0.1, 0.03, 0.015])  # the last one peaks at 14 steps of G.711
def test_a_quiet_line_is_heard_as_well_as_a_loud_one(judge: SpeechJudge, gain: float) -> None:
    quiet: Samples = clip_16k() * np.float32(gain)
    segments = [event for event in hear(judge, iter(frames(quiet)), [True]) if isinstance(event, SpeechSegment)]
    assert len(segments) == 2


@pytest.mark.parametrize("gain", [8.0, 12.0, 20.0])  # 18 to 26 dB: from the first clipped peaks to one sample in six
def test_a_caller_who_shouts_into_clipping_is_heard_as_well_as_one_who_speaks(judge: SpeechJudge, gain: float) -> None:
    shouted = (clip_8k() * np.float32(gain)).clip(-1, 1)
    is_heard = np.zeros(2 * len(shouted), bool)
    for one in hear(judge, frames(shouted, 160, rate_hz=8000), [True]):
        if isinstance(one, SpeechSegment):
            is_heard[one.start_sample : one.end_sample] = True
    for start_s, end_s in ((1.0, 3.5), (4.5, 7.5)):
        assert is_heard[int(start_s * RATE_HZ) : int(end_s * RATE_HZ)].mean() > 0.9


def test_twenty_seconds_of_line_noise_are_no_speech(judge: SpeechJudge) -> None:
    noise = np.random.default_rng(5).normal(0, 0.003, 20 * RATE_HZ).astype(np.float32)
    assert hear(judge, iter(frames(noise)), [True]) == []


def test_it_knows_when_audio_last_came() -> None:
    listening = listen_to()
    assert listening.last_audio_ns == 0
    listening.feed(frame(np.zeros(320, np.float32).tobytes(), 0, received_ns=77))
    assert listening.last_audio_ns == 77


def test_a_failing_detector_is_an_error_and_its_windows_are_judged_later() -> None:
    class Failing(LevelDetector):
        is_broken = True

        def probabilities(self, windows: Samples, state: SpeechState) -> tuple[Samples, SpeechState]:
            if self.is_broken:
                raise EngineError("the detector failed; restart callguard")
            return super().probabilities(windows, state)

    detector = Failing()
    judge, listening = SpeechJudge(detector), listen_to()
    for piece in frames(clip_16k()):
        listening.feed(piece)
    with pytest.raises(EngineError):
        judge.settle([listening])
    detector.is_broken = False
    assert facts(judge.settle([listening])) == facts(hear(SpeechJudge(LevelDetector()), iter(frames(clip_16k())), [True]))
