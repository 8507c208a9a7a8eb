"""A silent channel: what is not heard there changes nothing that is."""

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from callguard.events import Gap
from callguard.media.doze import Doze
from callguard.media.g711 import encode_alaw, encode_mulaw
from callguard.media.listening import Listening, SpeechJudge
from callguard.media.loudness import QUIET
from callguard.media.silero import Silero
from callguard.settings import MediaSettings
from callguard.speech import AudioFrame, SpeechSegment
from callguard.terms import RATE_HZ, Encoding, Role, Samples
from tests.fakes import LevelDetector
from tests.media.clip import clip_8k, frame


@pytest.fixture(scope="module")
def judge() -> SpeechJudge:
    return SpeechJudge(Silero())


def faint(seconds: float) -> Samples:
    """Return the noise of an idle line at 8 kHz."""
    noise: Samples = np.random.default_rng(7).normal(0, QUIET / 5, int(seconds * 8000)).astype(np.float32)
    return noise


def conversation(pauses: list[float]) -> Samples:
    return np.concatenate([part for pause in pauses for part in (faint(pause), clip_8k()[6000:30_000])] + [faint(0.7)])


class Kept:
    """Takes what a recorder is given."""

    def __init__(self) -> None:
        self.pieces: list[tuple[int, Samples]] = []

    def take(self, role: Role, start: int, samples: Samples) -> None:
        assert role is Role.CALLER
        assert start == self.end
        self.pieces.append((start, samples))

    @property
    def end(self) -> int:
        return sum(len(samples) for _, samples in self.pieces)

    @property
    def silent_samples(self) -> int:
        return sum(len(samples) for _, samples in self.pieces if not samples.any())


def cut(payload: bytes, sizes: list[int], encoding: Encoding = Encoding.MULAW) -> list[AudioFrame | Gap]:
    frames: list[AudioFrame | Gap] = []
    position = 0
    while position < len(payload):
        end = position + sizes[len(frames) % len(sizes)]
        frames.append(frame(payload[position:end], position, encoding=encoding, rate_hz=8000))
        position = end
    return frames


def hear(judge: SpeechJudge, items: list[AudioFrame | Gap], kept: Kept, *, rests: bool = True) -> list[SpeechSegment]:
    """Hear a call; a judge that never comes before its end keeps the channel awake."""
    listening = Listening("c1", [Role.CALLER], MediaSettings(), kept.take)
    heard = []
    for item in items:
        listening.feed(item)
        heard += judge.settle([listening]) if rests else []
    heard += judge.finish(listening)
    return [event for event in heard if isinstance(event, SpeechSegment)]


@given(
    pauses=st.lists(st.sampled_from([0.25, 0.6, 1.1, 2.37, 6.0]), min_size=1, max_size=3),
    sizes=st.sampled_from([[160], [160, 160, 160, 160, 160, 800], [800], [240], [80, 400], [4000]]),
)
@settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_speech_after_a_doze_is_heard_sample_for_sample_as_by_a_channel_that_was_awake(
    judge: SpeechJudge, pauses: list[float], sizes: list[int]
) -> None:
    items = cut(encode_mulaw(conversation(pauses)), sizes)
    dozing = hear(judge, items, Kept())
    awake = hear(judge, items, Kept(), rests=False)
    assert len(dozing) >= len(pauses)
    for one, other in zip(dozing, awake, strict=True):
        assert (one.start_sample, one.end_sample, one.cut, one.segment) == (
            other.start_sample,
            other.end_sample,
            other.cut,
            other.segment,
        )
        np.testing.assert_array_equal(one.samples, other.samples)


@pytest.mark.parametrize(("encoding", "encode"), [(Encoding.MULAW, encode_mulaw), (Encoding.ALAW, encode_alaw)])
def test_a_recorder_gets_every_sample_and_silence_for_what_was_faint(encoding: Encoding, encode: object) -> None:
    assert callable(encode)
    kept = Kept()
    sound = conversation([3.0, 5.0])
    hear(SpeechJudge(LevelDetector()), cut(encode(sound), [160], encoding), kept)
    assert abs(kept.end - 2 * len(sound)) <= 512
    assert kept.silent_samples > 5 * RATE_HZ


def test_noise_that_is_not_faint_is_recorded_as_it_is() -> None:
    kept = Kept()
    noise = np.random.default_rng(7).normal(0, 3 * QUIET, 5 * 8000).astype(np.float32)
    hear(SpeechJudge(LevelDetector(level=1)), cut(encode_mulaw(noise), [160]), kept)
    assert kept.silent_samples < 512  # what fills the last window


@pytest.mark.parametrize("gap_samples", [1600, 20 * RATE_HZ])
def test_a_hole_in_a_doze_changes_nothing_either(judge: SpeechJudge, gap_samples: int) -> None:
    payload = encode_mulaw(conversation([2.0]))
    first, rest = payload[: 8000 + 80], payload[8000 + 80 :]
    hole = Gap(
        call_id="c1", channel=Role.CALLER, start_sample=2 * len(first), end_sample=2 * len(first) + gap_samples, because="lost"
    )
    later = [
        frame(rest[at : at + 160], len(first) + gap_samples // 2 + at, encoding=Encoding.MULAW, rate_hz=8000)
        for at in range(0, len(rest), 160)
    ]
    items = [*cut(first, [160]), hole, *later]
    (segment,) = hear(judge, items, Anywhere())
    (awake,) = hear(judge, items, Anywhere(), rests=False)
    assert (segment.start_sample, segment.end_sample) == (awake.start_sample, awake.end_sample)


class Anywhere(Kept):
    """Takes audio that has holes."""

    def take(self, role: Role, start: int, samples: Samples) -> None:
        self.pieces.append((start, samples))


def test_a_long_doze_keeps_only_what_may_be_wanted() -> None:
    doze = Doze(Encoding.MULAW, 1000)
    for _ in range(500):
        doze.add(b"\xff" * 800)
    assert doze.samples == 400_000
    assert 1000 <= len(doze.payload) <= 4000


def test_a_call_is_quiet_while_all_its_channels_doze(judge: SpeechJudge) -> None:
    listening = Listening("c1", [Role.CALLER, Role.AGENT], MediaSettings())
    payload = encode_mulaw(np.concatenate([faint(3.0), clip_8k()[6000:14_000]]))

    def feed(channel: Role, begin: int, end: int) -> bool:
        for at in range(begin, end, 160):
            piece = payload[at : at + 160]
            listening.feed(frame(piece, at, encoding=Encoding.MULAW, rate_hz=8000, channel=channel))
            judge.settle([listening])
        return listening.is_quiet

    assert not feed(Role.CALLER, 0, 24_000)
    assert feed(Role.AGENT, 0, 24_000)
    assert not feed(Role.CALLER, 24_000, 32_000)
