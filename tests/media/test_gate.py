"""The cheap gate."""

import numpy as np
import pytest

from callguard.media.gate import GATE_SAMPLES, SoundGate, to_gate_pcm
from callguard.terms import Samples
from tests.media.clip import clip_16k


def passed(samples: Samples) -> float:
    gate, pcm = SoundGate(1), to_gate_pcm(samples)
    size = 2 * GATE_SAMPLES
    answers = [gate.may_be_speech(pcm[at : at + size]) for at in range(0, len(pcm) - size + 1, size)]
    return sum(answers) / len(answers)


def test_silence_does_not_pass() -> None:
    assert passed(np.zeros(16_000, np.float32)) == 0


@pytest.mark.parametrize("gain", [1.0, 0.1, 0.03])
def test_speech_passes_on_a_quiet_line_as_on_a_loud_one(gain: float) -> None:
    assert passed(clip_16k() * np.float32(gain)) == pytest.approx(passed(clip_16k()), abs=0.15)


def test_samples_beyond_full_scale_are_clipped_and_not_wrapped() -> None:
    assert to_gate_pcm(np.array([1.5, -1.5, 0.0], np.float32)) == b"\xff\x7f\x00\x80\x00\x00"
