"""Resampling to 16 kHz."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from callguard.errors import AudioFormatError
from callguard.media.resample import Resampler
from callguard.terms import RATE_HZ, Samples

RATES = [8000, 11_025, 12_000, 22_050, 24_000, 44_100, 48_000]


def sweep(rate_hz: int, seconds: float = 1.0) -> Samples:
    t = np.arange(int(rate_hz * seconds)) / rate_hz
    return np.asarray(0.5 * np.sin(2 * np.pi * (200 * t + 1000 * t * t)), np.float32)


def resample(samples: Samples, rate_hz: int, sizes: list[int]) -> Samples:
    resampler, pieces, position = Resampler(rate_hz), [], 0
    for size in [*sizes, len(samples)]:
        pieces.append(resampler.push(samples[position : position + size]))
        position += size
    return np.concatenate([*pieces, resampler.finish()])


@pytest.mark.parametrize("rate_hz", RATES)
def test_time_stays_right_to_the_sample(rate_hz: int) -> None:
    resampled = resample(sweep(rate_hz), rate_hz, [])
    assert len(resampled) == RATE_HZ
    middle = slice(1600, -1600)
    # Under 16 kHz soxr may be a fraction of a sample off: 0.15 at 2.2 kHz is a fifth of a sample.
    np.testing.assert_allclose(resampled[middle], sweep(RATE_HZ)[middle], atol=0.15)


@given(sizes=st.lists(st.integers(1, 900), max_size=30), rate_hz=st.sampled_from(RATES))
@settings(max_examples=40, deadline=None)
def test_cutting_the_input_otherwise_changes_nothing(sizes: list[int], rate_hz: int) -> None:
    samples = sweep(rate_hz, 0.4)
    np.testing.assert_array_equal(resample(samples, rate_hz, sizes), resample(samples, rate_hz, []))


@pytest.mark.parametrize(("rate_hz", "held_back_ms"), [(8000, 4), (12_000, 30), (16_000, 0), (44_100, 40), (48_000, 40)])
def test_no_more_is_held_back_than_the_budget_of_the_step(rate_hz: int, held_back_ms: int) -> None:
    resampler, out, most = Resampler(rate_hz), 0, 0
    for number, piece in enumerate(np.split(sweep(rate_hz), 50), start=1):
        out += len(resampler.push(piece))
        most = max(most, number * 320 - out)
    assert most <= held_back_ms * RATE_HZ // 1000


def test_telephone_speech_is_doubled_without_a_trace_of_its_mirror() -> None:
    """A tone of 3.4 kHz, the top of the telephone band, has its mirror at 4.6 kHz."""
    tone = np.asarray(0.5 * np.sin(2 * np.pi * 3400 * np.arange(8000) / 8000), np.float32)
    heard = resample(tone, 8000, [])[3200:-3200]
    spectrum = np.abs(np.fft.rfft(heard * np.hanning(len(heard))))
    level = 20 * np.log10(spectrum / spectrum.max())
    at_hz = np.fft.rfftfreq(len(heard), 1 / RATE_HZ)
    assert at_hz[spectrum.argmax()] == pytest.approx(3400, abs=2)
    assert level[at_hz > 4400].max() < -70


def test_a_finished_resampler_begins_afresh() -> None:
    resampler, samples = Resampler(8000), sweep(8000)
    first = np.concatenate([resampler.push(samples), resampler.finish()])
    second = np.concatenate([resampler.push(samples), resampler.finish()])
    np.testing.assert_array_equal(first, second)


@pytest.mark.parametrize("rate_hz", [0, -8000, 3999, 192_001])
def test_a_rate_that_cannot_be_audio_is_refused(rate_hz: int) -> None:
    with pytest.raises(AudioFormatError, match=f"{rate_hz} Hz; expected 4000 to 192000"):
        Resampler(rate_hz)
