from pathlib import Path

import numpy as np
import pytest

from callguard.archive import PEAKS_PER_S, RecordingState
from callguard.errors import NotFoundError
from callguard.record.audio import AudioRecorder
from callguard.record.peaks import HOP, PeakMeter, measure_peaks, peaks_file, read_peaks
from callguard.record.recordings import Recordings
from callguard.terms import RATE_HZ, Role
from tests.record.test_audio import tone

BOTH = (Role.CALLER, Role.AGENT)


async def record(folder: Path, seconds: int = 3, call_id: str = "c1") -> Path:
    recorder = AudioRecorder(folder)
    recorder.start(call_id, BOTH)
    recorder.write(call_id, Role.CALLER, 0, tone(seconds * RATE_HZ))
    recorder.write(call_id, Role.AGENT, 0, np.zeros(seconds * RATE_HZ, np.int16))
    path = await recorder.end(call_id)
    await recorder.close()
    assert path is not None
    return path


async def test_peaks_are_written_when_the_recording_closes(tmp_path: Path) -> None:
    path = await record(tmp_path)
    peaks = read_peaks(peaks_file(path))
    assert peaks is not None
    assert (peaks.levels.shape, peaks.duration_s) == ((2, 3 * PEAKS_PER_S), 3.0)
    assert peaks.levels[0].min() == 9000 >> 7
    assert peaks.levels[1].max() == 0


async def test_peaks_of_an_older_recording_are_measured_once(tmp_path: Path) -> None:
    path = await record(tmp_path)
    written = read_peaks(peaks_file(path))
    peaks_file(path).unlink()
    recordings = Recordings(tmp_path)
    measured = recordings.peaks("c1")
    assert written is not None
    assert measured.levels.shape == written.levels.shape
    assert np.abs(measured.levels.astype(int) - written.levels).mean() < 4  # Opus is not lossless
    assert read_peaks(peaks_file(path)) is not None
    peaks_file(path).write_bytes(b"something else")
    assert recordings.peaks("c1").levels.shape == written.levels.shape


@pytest.mark.parametrize("piece", [1, 7, HOP - 1, HOP, HOP + 1, 5 * HOP])
def test_cutting_the_audio_into_other_blocks_gives_the_same_peaks(piece: int) -> None:
    audio = np.stack([tone(3 * HOP + 5), -tone(3 * HOP + 5)], axis=1)
    whole, cut = PeakMeter(2), PeakMeter(2)
    whole.push(audio)
    for start in range(0, len(audio), piece):
        cut.push(audio[start : start + piece])
    assert np.array_equal(whole.flush().levels, cut.flush().levels)


def test_the_loudest_sample_there_is_counts_as_255() -> None:
    meter = PeakMeter(1)
    meter.push(np.full((HOP, 1), -32768, np.int16))
    assert meter.flush().levels.tolist() == [[255]]


async def test_it_is_told_whether_a_call_can_be_heard(tmp_path: Path) -> None:
    recordings = Recordings(tmp_path)
    assert recordings.facts("c1", is_running=False).state is RecordingState.NOT_KEPT
    path = await record(tmp_path)
    kept = recordings.facts("c1", is_running=False)
    assert (kept.state, kept.duration_s, kept.channels) == (RecordingState.KEPT, 3.0, BOTH)
    assert recordings.facts("c1", is_running=True).state is RecordingState.RUNNING
    path.unlink()
    assert recordings.facts("c1", is_running=False).state is RecordingState.GONE
    with pytest.raises(NotFoundError, match="no recording"):
        recordings.path("c1")


async def test_a_file_that_is_no_recording_counts_as_gone(tmp_path: Path) -> None:
    (tmp_path / "c1.opus").write_bytes(b"not audio")
    assert Recordings(tmp_path).facts("c1", is_running=False).state is RecordingState.GONE


async def test_measuring_hears_all_of_a_recording(tmp_path: Path) -> None:
    path = await record(tmp_path, seconds=10)
    assert measure_peaks(path).duration_s == pytest.approx(10.0, abs=0.05)


def test_a_meter_holds_one_second_and_a_byte_for_each_stretch() -> None:
    meter = PeakMeter(2)
    for _ in range(50 * 60):
        meter.push(np.full((320, 2), 700, np.int16))
    assert meter.flush().levels.shape == (2, 60 * PEAKS_PER_S)
    assert meter.flush().duration_s == 60
