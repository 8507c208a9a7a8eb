import io
import wave
from pathlib import Path

import numpy as np
import pytest

from callguard.errors import NotFoundError, StoreError
from callguard.record.audio import AudioRecorder, recording_of
from callguard.record.excerpt import Excerpts
from callguard.terms import RATE_HZ, Role


async def record(folder: Path, seconds: float, *, end: bool = True, call_id: str = "c1") -> AudioRecorder:
    """Record a caller whose pitch says the second: 300 Hz in the first, 400 Hz in the next, and a silent agent."""
    recorder = AudioRecorder(folder, on_trouble=lambda _: None)
    recorder.start(call_id, (Role.CALLER, Role.AGENT))
    for second in range(int(seconds)):
        tone = 0.3 * np.sin(2 * np.pi * (300 + 100 * second) * np.arange(RATE_HZ) / RATE_HZ)
        recorder.write(call_id, Role.CALLER, second * RATE_HZ, tone.astype(np.float32))
        recorder.write(call_id, Role.AGENT, second * RATE_HZ, np.zeros(RATE_HZ, np.float32))
    if end:
        await recorder.end(call_id)
    return recorder


def pitch(wav: bytes, at_s: float, channel: int = 0) -> float:
    with wave.open(io.BytesIO(wav)) as file:
        samples = np.frombuffer(file.readframes(file.getnframes()), "<i2").reshape(-1, file.getnchannels())
    part = samples[int((at_s - 0.2) * RATE_HZ) : int((at_s + 0.2) * RATE_HZ), channel].astype(float)
    return float(np.abs(np.fft.rfft(part)).argmax() * RATE_HZ / len(part))


async def test_a_piece_is_cut_at_its_times_with_the_caller_left(tmp_path: Path) -> None:
    recorder = await record(tmp_path, 6)

    wav = Excerpts(tmp_path).wav("c1", start_s=2, end_s=5)

    with wave.open(io.BytesIO(wav)) as file:
        assert (file.getnchannels(), file.getframerate(), file.getnframes()) == (2, RATE_HZ, 3 * RATE_HZ)
    assert [round(pitch(wav, at_s), -1) for at_s in (0.5, 1.5, 2.5)] == [500, 600, 700]
    await recorder.close()


async def test_the_newest_of_several_recordings_of_a_call_is_cut(tmp_path: Path) -> None:
    for _ in range(2):
        await (await record(tmp_path, 3)).close()

    newest = recording_of(tmp_path, "c1")
    assert newest is not None
    assert newest.name == "c1-2.opus"
    assert Excerpts(tmp_path).wav("c1", start_s=0, end_s=1)


async def test_what_is_not_there_is_said(tmp_path: Path) -> None:
    await (await record(tmp_path, 2)).close()

    with pytest.raises(NotFoundError, match="no recording"):
        Excerpts(tmp_path).wav("c9", start_s=0, end_s=1)
    with pytest.raises(NotFoundError, match="does not reach"):
        Excerpts(tmp_path).wav("c1", start_s=50, end_s=60)


def test_a_recording_that_cannot_be_read_is_named(tmp_path: Path) -> None:
    (tmp_path / "c1.opus").write_bytes(b"no audio at all")

    with pytest.raises(StoreError, match="cannot be read"):
        Excerpts(tmp_path).wav("c1", start_s=0, end_s=1)
