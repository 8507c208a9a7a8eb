import random

import numpy as np
import numpy.typing as npt

from training import corpus
from training.heard import ENGINE_HZ, LINE_HZ, chosen, over_the_line


def tone(heights_hz: float, *, seconds: int = 1) -> npt.NDArray[np.float32]:
    return np.sin(2 * np.pi * heights_hz * np.arange(seconds * LINE_HZ) / LINE_HZ).astype(np.float32)


def strength(samples: npt.NDArray[np.float32], heights_hz: float) -> float:
    spectrum = np.abs(np.fft.rfft(samples))
    return float(spectrum[round(heights_hz * len(samples) / ENGINE_HZ)] / np.median(spectrum))


def test_the_line_keeps_the_middle_of_the_voice_and_loses_its_lowest_part() -> None:
    heard = over_the_line(tone(1000) + tone(100), random.Random(1))

    assert len(heard) == 2 * LINE_HZ
    assert strength(heard, 1000) > 100
    assert strength(heard, 100) < 20


def test_the_same_seed_gives_the_same_line() -> None:
    first, second = over_the_line(tone(1000), random.Random(2)), over_the_line(tone(1000), random.Random(2))

    assert np.array_equal(first, second)


def test_a_tenth_of_what_is_heard_comes_from_the_held_out_briefs() -> None:
    splits = [sentence.split for sentence in chosen(corpus.load(), 200)]

    assert splits.count("test") == 20
    assert splits.count("train") == 180
