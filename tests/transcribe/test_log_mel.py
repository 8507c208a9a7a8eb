import numpy as np
import pytest
from faster_whisper.feature_extractor import FeatureExtractor
from hypothesis import example, given
from hypothesis import strategies as st

from callguard.terms import RATE_HZ, Samples
from callguard.transcribe.log_mel import LogMel

EXTRACTOR = FeatureExtractor()
ROUNDING = 1e-6  # the last bit: sums in another order


def noise(count: int) -> Samples:
    sound: Samples = (np.random.default_rng(count).standard_normal(count) * 0.05).astype(np.float32)
    return sound


@pytest.mark.parametrize("count", [400, 3_000, RATE_HZ, 2 * RATE_HZ + 37, 5 * RATE_HZ + 159])
def test_the_features_are_those_of_faster_whisper(count: int) -> None:
    features = LogMel(EXTRACTOR.mel_filters).of(noise(count))
    np.testing.assert_allclose(features, EXTRACTOR(noise(count))[:, :-1], atol=ROUNDING)


def test_the_features_of_silence_are_those_of_faster_whisper() -> None:
    silence: Samples = np.zeros(RATE_HZ, dtype=np.float32)
    np.testing.assert_allclose(LogMel(EXTRACTOR.mel_filters).of(silence), EXTRACTOR(silence)[:, :-1], atol=ROUNDING)


@example([200, 201])
@given(st.lists(st.integers(0, 24_000), min_size=1, max_size=6))
def test_looking_while_it_grows_changes_nothing(lengths: list[int]) -> None:
    whole = noise(24_000)
    growing = LogMel(EXTRACTOR.mel_filters)
    for length in lengths:
        alone = LogMel(EXTRACTOR.mel_filters).of(whole[:length])
        np.testing.assert_allclose(growing.of(whole[:length]), alone, atol=ROUNDING)


@pytest.mark.parametrize("count", [0, 1, 159, 160])
def test_the_shortest_sounds_have_a_frame_for_every_full_10_ms(count: int) -> None:
    assert LogMel(EXTRACTOR.mel_filters).of(noise(count)).shape == (80, count // 160)
