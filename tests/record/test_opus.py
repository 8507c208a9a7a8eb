from pathlib import Path

import numpy as np
import numpy.typing as npt
import pytest
import soundfile

from callguard.errors import StoreError
from callguard.events import RATE_HZ
from callguard.record.opus import OpusFile


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
