import random
from pathlib import Path

import numpy as np
import numpy.typing as npt

from training import corpus
from training.heard import ENGINE_HZ, LINE_HZ, MOST_WORDS, chosen, load, merged, over_the_line, save


def tone(heights_hz: float, *, seconds: int = 1) -> npt.NDArray[np.float32]:
    return np.sin(2 * np.pi * heights_hz * np.arange(seconds * LINE_HZ) / LINE_HZ).astype(np.float32)


def strength(samples: npt.NDArray[np.float32], heights_hz: float) -> float:
    spectrum = np.abs(np.fft.rfft(samples))
    return float(spectrum[round(heights_hz * len(samples) / ENGINE_HZ)] / np.median(spectrum))


def test_the_line_keeps_the_middle_of_the_voice_and_loses_its_lowest_part() -> None:
    heard = over_the_line(tone(1000) + tone(100), random.Random(1))

    assert len(heard) == (2 + 1) * LINE_HZ
    assert strength(heard, 1000) > 20 * strength(heard, 100)


def test_the_same_seed_gives_the_same_line() -> None:
    first, second = over_the_line(tone(1000), random.Random(2)), over_the_line(tone(1000), random.Random(2))

    assert np.array_equal(first, second)


def test_only_short_training_sentences_are_heard() -> None:
    sentences = chosen(corpus.load(), 200)

    assert len(sentences) == 200
    assert {sentence.split for sentence in sentences} == {"train"}
    assert max(len(sentence.text.split()) for sentence in sentences) <= MOST_WORDS


def test_nothing_of_the_held_out_sittings_was_heard() -> None:
    train = {sentence.id: sentence.text for sentence in corpus.load() if sentence.split == "train"}

    assert all(train[row["id"]] == row["text"] for row in load())


def test_what_was_heard_twice_stands_once(tmp_path: Path) -> None:
    first, again = tmp_path / "first.gz", tmp_path / "again.gz"
    save(
        [{"engine": "whisper base", "id": "a:1", "heard": "old"}, {"engine": "pocketsphinx", "id": "a:1", "heard": "hat"}], first
    )
    save([{"engine": "whisper base", "id": "a:1", "heard": "new"}], again)

    assert [(row["engine"], row["heard"]) for row in merged([first, again])] == [("pocketsphinx", "hat"), ("whisper base", "new")]
