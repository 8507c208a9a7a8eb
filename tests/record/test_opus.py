from pathlib import Path

import numpy as np
import numpy.typing as npt
import pytest
import soundfile

from callguard.errors import StoreError
from callguard.record.opus import OpusFile
from callguard.terms import RATE_HZ


def tone(seconds: float) -> npt.NDArray[np.int16]:
    wave: npt.NDArray[np.float64] = np.sin(np.arange(int(seconds * RATE_HZ)) * 0.2) * 9000
    return wave.astype(np.int16)


def test_what_is_written_reads_back_at_its_place_with_the_parties_apart(tmp_path: Path) -> None:
    audio = np.zeros((3 * RATE_HZ, 2), np.int16)
    audio[RATE_HZ : 2 * RATE_HZ, 0] = tone(1)
    file = OpusFile(tmp_path / "c.opus", 2)
    for start in range(0, len(audio), 320):
        file.write(audio[start : start + 320])
    file.close()
    heard, rate = soundfile.read(tmp_path / "c.opus")
    loud = np.flatnonzero(np.abs(heard[:, 0]) > 0.1)
    assert rate == RATE_HZ
    assert heard.shape == audio.shape
    assert abs(loud[0] - RATE_HZ) < 160  # 10 ms
    assert np.abs(heard[:, 1]).max() < 1e-4


def test_telephone_speech_stays_small(tmp_path: Path) -> None:
    noise = np.random.default_rng(0).normal(0, 3000, (10 * RATE_HZ, 2)).astype(np.int16)
    file = OpusFile(tmp_path / "c.opus", 2)
    file.write(noise)
    file.close()
    assert (tmp_path / "c.opus").stat().st_size < 80_000


def test_an_empty_recording_closes(tmp_path: Path) -> None:
    OpusFile(tmp_path / "c.opus", 1).close()


def test_a_full_disk_is_a_sentence_that_says_what_to_do() -> None:
    file = OpusFile(Path("/dev/full"), 1)
    with pytest.raises(StoreError, match="free space"):
        file.write(tone(10).reshape(-1, 1))
    file.abandon()


def test_a_folder_that_is_not_there_is_a_store_error(tmp_path: Path) -> None:
    file = OpusFile(tmp_path / "nowhere" / "c.opus", 1)
    with pytest.raises(StoreError, match="cannot be written"):
        file.write(tone(1).reshape(-1, 1))


def written(path: Path, audio: npt.NDArray[np.int16]) -> npt.NDArray[np.float64]:
    file = OpusFile(path, audio.shape[1])
    for start in range(0, len(audio), 1600):
        file.write(audio[start : start + 1600])
    file.close()
    heard: npt.NDArray[np.float64] = soundfile.read(path)[0]
    return heard


def test_sound_after_a_silence_that_was_not_encoded_is_as_true_as_sound_that_never_paused(tmp_path: Path) -> None:
    loud = np.random.default_rng(1).normal(0, 2000, RATE_HZ).astype(np.int16)
    silence = np.zeros(2 * RATE_HZ, np.int16)
    audio = np.zeros((6 * RATE_HZ, 2), np.int16)
    audio[:, 0] = np.concatenate([loud, silence, loud, silence])
    audio[:, 1] = np.concatenate([loud, tone(2), loud, tone(2)])
    heard = written(tmp_path / "paused.opus", audio)
    again = slice(3 * RATE_HZ, 4 * RATE_HZ)
    levels = [np.sqrt(np.mean(heard[again, channel] ** 2)) for channel in (0, 1)]
    assert heard.shape == audio.shape
    assert np.abs(heard[2 * RATE_HZ : 3 * RATE_HZ - 80, 0]).max() < 1e-4
    assert levels[0] == pytest.approx(levels[1], rel=0.02)


def test_a_silence_on_all_channels_is_as_long_as_it_was_and_what_comes_after_it_in_its_place(tmp_path: Path) -> None:
    audio = np.zeros((5 * RATE_HZ + 100, 2), np.int16)
    audio[:RATE_HZ] = audio[4 * RATE_HZ : 5 * RATE_HZ] = tone(1).reshape(-1, 1)
    heard = written(tmp_path / "held.opus", audio)
    assert heard.shape == audio.shape
    assert np.abs(heard[2 * RATE_HZ : 4 * RATE_HZ - 80]).max() < 1e-4
    levels = [np.sqrt(np.mean(heard[second * RATE_HZ : (second + 1) * RATE_HZ, 1] ** 2)) for second in (0, 4)]
    assert levels[0] == pytest.approx(levels[1], rel=0.02)


@pytest.mark.parametrize("samples", [1, 319, 320, 321, 1599, 1600, 4801])
def test_a_recording_is_as_long_as_its_call_to_the_sample(tmp_path: Path, samples: int) -> None:
    heard = written(tmp_path / "c.opus", np.full((samples, 2), 500, np.int16))
    assert len(heard) == samples
