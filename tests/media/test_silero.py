"""The speech detector: one session, many channels."""

import numpy as np
import pytest
from faster_whisper.vad import get_vad_model

from callguard.errors import EngineError, ModelMissingError
from callguard.media import silero
from callguard.media.silero import CONTEXT, STATE_WIDTH, WINDOW, Silero, SpeechState
from callguard.terms import Samples
from tests.media.clip import clip_16k


def fresh(channels: int) -> SpeechState:
    return np.zeros((2, channels, STATE_WIDTH), np.float32)


def windows_of(samples: Samples) -> Samples:
    padded = np.concatenate([np.zeros(CONTEXT, np.float32), samples])
    starts = range(0, len(samples) - WINDOW + 1, WINDOW)
    return np.stack([padded[start : start + CONTEXT + WINDOW] for start in starts])


def listen(detector: Silero, windows: Samples, channels: int, channel: int) -> Samples:
    """Judge `windows` on one channel of a batch whose other channels hear noise."""
    noise, state, heard = np.random.default_rng(3), fresh(channels), []
    for window in windows:
        batch = noise.normal(0, 0.1, (channels, CONTEXT + WINDOW)).astype(np.float32)
        batch[channel] = window
        probabilities, state = detector.probabilities(batch, state)
        heard.append(probabilities[channel])
    return np.array(heard)


@pytest.fixture(scope="module")
def detector() -> Silero:
    return Silero()


def test_it_hears_what_faster_whisper_hears(detector: Silero) -> None:
    clip = clip_16k()[: len(clip_16k()) // WINDOW * WINDOW]
    expected = get_vad_model()(clip.copy())[:-1]  # faster-whisper blanks the end of its own last window
    np.testing.assert_allclose(listen(detector, windows_of(clip)[:-1], 1, 0), expected, atol=1e-6)


@pytest.mark.parametrize(("channels", "channel"), [(2, 1), (3, 0), (8, 5), (33, 32)])
def test_a_batch_gives_bit_for_bit_what_a_single_channel_gives(detector: Silero, channels: int, channel: int) -> None:
    windows = windows_of(clip_16k())[20:100]
    np.testing.assert_array_equal(listen(detector, windows, channels, channel), listen(detector, windows, 1, 0))


def test_a_failure_of_the_runtime_is_an_engine_error_and_never_silence(detector: Silero) -> None:
    with pytest.raises(EngineError, match="failed on 1 windows"):
        detector.probabilities(np.zeros((1, 7), np.float32), fresh(1))


def test_a_file_that_it_does_not_know_is_refused_by_name() -> None:
    with pytest.raises(ModelMissingError, match="not the file that callguard knows"):
        silero._batched(b"another model")
