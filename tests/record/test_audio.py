import asyncio
import os
import signal
import subprocess
import sys
import threading
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pytest
import soundfile

from callguard.errors import StoreError
from callguard.record.audio import AudioRecorder, AudioTrouble, recording_of
from callguard.record.mixdown import SLACK
from callguard.record.opus import OpusFile
from callguard.record.recordings import Recordings
from callguard.terms import RATE_HZ, Role

FRAME = 320
BOTH = (Role.CALLER, Role.AGENT)
Pcm = npt.NDArray[np.int16]


def tone(count: int = FRAME) -> Pcm:
    wave: npt.NDArray[np.float64] = np.sin(np.arange(count) * 0.2) * 9000
    return wave.astype(np.int16)


class FailingFile:
    """A file on a disk that is full from the third block on."""

    def __init__(self, path: Path, channels: int) -> None:
        del path, channels
        self.blocks = 0

    def take_up(self, before: Path, /) -> int:
        """Take nothing."""
        del before
        return 0

    def write(self, block: Pcm, /) -> None:
        self.blocks += 1
        if self.blocks == 3:
            raise StoreError("the disk is full; free space")

    def close(self) -> None:
        """Nothing is held back."""

    def abandon(self) -> None:
        """Nothing is open."""


async def test_caller_is_left_and_agent_right_whatever_the_tap_says_first(tmp_path: Path) -> None:
    recorder = AudioRecorder(tmp_path)
    recorder.start("c1", (Role.AGENT, Role.CALLER))
    for start in range(0, 2 * RATE_HZ, FRAME):
        recorder.write("c1", Role.CALLER, start, tone())
        recorder.write("c1", Role.AGENT, start, np.zeros(FRAME, np.float32))
    path = await recorder.end("c1")
    await recorder.close()
    assert path is not None
    heard, _ = soundfile.read(path)
    assert heard.shape == (2 * RATE_HZ, 2)
    assert np.abs(heard[:, 0]).max() > 0.2
    assert np.abs(heard[:, 1]).max() < 1e-3


async def test_floats_are_full_scale_at_one(tmp_path: Path) -> None:
    recorder = AudioRecorder(tmp_path)
    recorder.start("c1", (Role.UNKNOWN,))
    recorder.write("c1", Role.UNKNOWN, 0, (tone(RATE_HZ) / 32768).astype(np.float32))
    path = await recorder.end("c1")
    await recorder.close()
    assert path is not None
    assert soundfile.read(path)[0][4000:12000].std() == pytest.approx(9000 / 32768 / 2**0.5, rel=0.05)


async def test_calls_do_not_disturb_each_other_and_the_same_name_overwrites_nothing(tmp_path: Path) -> None:
    recorder = AudioRecorder(tmp_path)
    paths = []
    for call_id in ("../../etc/x", "c1", "c1", "x" * 500):
        recorder.start(call_id, BOTH)
        recorder.write(call_id, Role.CALLER, 0, tone(RATE_HZ))
        paths.append(await recorder.end(call_id))
    await recorder.close()
    assert len({path for path in paths if path}) == 4
    assert {path.parent for path in paths if path} == {tmp_path}


async def test_a_full_disk_ends_the_recording_and_not_the_call(tmp_path: Path) -> None:
    troubles: list[AudioTrouble] = []
    recorder = AudioRecorder(tmp_path, on_trouble=troubles.append, open_file=FailingFile)
    recorder.start("c1", (Role.UNKNOWN,))
    for start in range(0, RATE_HZ, FRAME):
        recorder.write("c1", Role.UNKNOWN, start, tone())
    assert await recorder.end("c1") is None
    await recorder.close()
    assert [(trouble.call_id, trouble.error) for trouble in troubles] == [("c1", "the disk is full; free space")]


async def test_what_nobody_foresaw_ends_one_recording_and_neither_the_others_nor_the_recorder(tmp_path: Path) -> None:
    class Odd(FailingFile):
        def write(self, block: Pcm, /) -> None:
            raise ValueError("an Opus packet does not hold one frame")

    troubles: list[AudioTrouble] = []
    recorder = AudioRecorder(
        tmp_path, on_trouble=troubles.append, open_file=lambda path, count: (OpusFile if count == 2 else Odd)(path, count)
    )
    recorder.start("odd", (Role.UNKNOWN,))
    recorder.start("none", ())
    recorder.start("sound", (Role.CALLER, Role.AGENT))
    for call_id, role in (("odd", Role.UNKNOWN), ("sound", Role.CALLER)):
        recorder.write(call_id, role, 0, tone(RATE_HZ))
    async with asyncio.timeout(10):
        assert [await recorder.end(call_id) for call_id in ("odd", "none", "sound")] == [None, None, tmp_path / "sound.opus"]
    await recorder.close()
    assert {trouble.call_id for trouble in troubles} == {"odd", "none"}


async def test_pieces_that_follow_on_each_other_are_written_together_and_others_in_their_places(tmp_path: Path) -> None:
    blocks: list[int] = []

    class Counting(FailingFile):
        def write(self, block: Pcm, /) -> None:
            blocks.append(len(block))

    recorder = AudioRecorder(tmp_path, open_file=Counting)
    recorder.start("c1", (Role.UNKNOWN,))
    for start in (*range(0, 10 * FRAME, FRAME), *range(20 * FRAME, 30 * FRAME, FRAME)):
        recorder.write("c1", Role.UNKNOWN, start, tone())
    await recorder.end("c1")
    await recorder.close()
    assert sum(blocks) == 30 * FRAME
    assert len(blocks) <= 4


async def test_a_folder_that_cannot_be_made_is_told(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    troubles: list[AudioTrouble] = []
    recorder = AudioRecorder(tmp_path / "file" / "audio", on_trouble=troubles.append)
    recorder.start("c1", BOTH)
    assert await recorder.end("c1") is None
    await recorder.close()
    assert "cannot be used" in troubles[0].error


async def test_a_disk_that_is_too_slow_costs_audio_and_not_memory(tmp_path: Path) -> None:
    gate = threading.Event()

    class SlowFile(FailingFile):
        def write(self, block: Pcm, /) -> None:
            gate.wait(timeout=10)

    troubles: list[AudioTrouble] = []
    recorder = AudioRecorder(tmp_path, on_trouble=troubles.append, capacity=10, open_file=SlowFile)
    recorder.start("c1", (Role.UNKNOWN,))
    for start in range(0, 100 * FRAME, FRAME):
        recorder.write("c1", Role.UNKNOWN, start, tone())
    assert recorder.backlog <= 10
    gate.set()
    await recorder.end("c1")
    await recorder.close()
    assert recorder.lost_samples >= 88 * FRAME
    assert len(troubles) == 1
    assert "busy disk or processor" in troubles[0].error


@pytest.mark.parametrize("channels", [(Role.UNKNOWN,), BOTH])
async def test_a_call_that_goes_on_has_one_recording_with_everything_in_its_place(
    tmp_path: Path, channels: tuple[Role, ...]
) -> None:
    recorder = AudioRecorder(tmp_path)
    ends = [await recorded_part(recorder, channels, from_s=from_s) for from_s in (0.0, 3.0, 6.0)]
    await recorder.close()

    assert ends == [tmp_path / "c1.opus"] * 3
    assert recording_of(tmp_path, "c1") == tmp_path / "c1.opus"
    heard, _ = soundfile.read(tmp_path / "c1.opus", always_2d=True)
    loud = np.abs(heard[:, 0]).reshape(-1, RATE_HZ // 2).max(axis=1) > 0.2
    assert loud.tolist() == [True, True, False, False, False, False] * 2 + [True, True]
    assert Recordings(tmp_path).facts("c1", is_running=False).duration_s == pytest.approx(7, abs=0.01)
    assert Recordings(tmp_path).peaks("c1").duration_s == pytest.approx(7, abs=0.01)


async def test_a_recording_that_was_cut_off_is_gone_on_with_as_far_as_it_went(tmp_path: Path) -> None:
    recorder = AudioRecorder(tmp_path)
    await recorded_part(recorder, (Role.UNKNOWN,), from_s=0)
    whole = (tmp_path / "c1.opus").read_bytes()
    (tmp_path / "c1.opus").write_bytes(whole[: len(whole) // 2])
    await recorded_part(recorder, (Role.UNKNOWN,), from_s=3)
    await recorder.close()

    heard, _ = soundfile.read(tmp_path / "c1.opus")
    assert len(heard) == 4 * RATE_HZ
    assert np.abs(heard[: RATE_HZ // 4]).max() > 0.2
    assert np.abs(heard[RATE_HZ : 3 * RATE_HZ - FRAME]).max() < 0.01
    assert np.abs(heard[3 * RATE_HZ :]).max() > 0.2


async def test_a_call_that_goes_on_with_nothing_recorded_before_is_silent_until_then(tmp_path: Path) -> None:
    recorder = AudioRecorder(tmp_path)
    await recorded_part(recorder, BOTH, from_s=3)
    await recorder.close()

    assert soundfile.info(tmp_path / "c1.opus").frames == 4 * RATE_HZ


async def recorded_part(recorder: AudioRecorder, channels: tuple[Role, ...], *, from_s: float) -> Path | None:
    """Record a second of sound at `from_s` of the call."""
    begin = int(from_s * RATE_HZ)
    recorder.start("c1", channels, from_sample=begin)
    recorder.write("c1", channels[0], begin, tone(RATE_HZ))
    return await recorder.end("c1")


async def test_impossible_and_late_positions_are_counted(tmp_path: Path) -> None:
    troubles: list[AudioTrouble] = []
    recorder = AudioRecorder(tmp_path, on_trouble=troubles.append)
    recorder.start("c1", BOTH)
    recorder.write("c1", Role.CALLER, 2**50, tone())
    recorder.write("c1", Role.CALLER, 0, tone(SLACK + RATE_HZ))
    recorder.write("c1", Role.AGENT, 0, tone())
    recorder.write("c1", Role.UNKNOWN, 0, tone())
    recorder.write("nobody", Role.CALLER, 0, tone())
    await recorder.end("c1")
    await recorder.close()
    assert recorder.lost_samples == 2 * FRAME
    assert len(troubles) == 1


async def test_closing_finishes_files_of_calls_that_run(tmp_path: Path) -> None:
    recorder = AudioRecorder(tmp_path)
    recorder.start("c1", (Role.UNKNOWN,))
    recorder.write("c1", Role.UNKNOWN, 0, tone(RATE_HZ))
    await recorder.close()
    assert soundfile.info(tmp_path / "c1.opus").frames == RATE_HZ


KILLED = """
import sys, threading
from pathlib import Path
import numpy as np
from callguard.terms import RATE_HZ, Role
from callguard.record.audio import AudioRecorder

recorder = AudioRecorder(Path(sys.argv[1]))
recorder.start("c1", (Role.CALLER, Role.AGENT))
for start in range(0, 20 * RATE_HZ, 320):
    for role in (Role.CALLER, Role.AGENT):
        recorder.write("c1", role, start, np.full(320, 5000, np.int16))
while recorder.backlog:
    threading.Event().wait(0.01)
print("written", flush=True)
threading.Event().wait()
"""


def test_a_killed_writer_loses_less_than_the_last_second(tmp_path: Path) -> None:
    with subprocess.Popen([sys.executable, "-c", KILLED, str(tmp_path)], stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == b"written\n"
        os.kill(process.pid, signal.SIGKILL)
    heard, _ = soundfile.read(tmp_path / "c1.opus")
    assert len(heard) > 19 * RATE_HZ


async def test_a_two_hour_call_with_one_silent_party_holds_nothing_back(tmp_path: Path) -> None:
    class Counting(FailingFile):
        samples = 0
        longest = 0

        def write(self, block: Pcm, /) -> None:
            Counting.samples += len(block)
            Counting.longest = max(Counting.longest, len(block))

    recorder = AudioRecorder(tmp_path, open_file=Counting)
    recorder.start("c1", BOTH)
    for second in range(0, 7200, 20):
        recorder.write("c1", Role.CALLER, second * RATE_HZ, tone())
    await recorder.end("c1")
    await recorder.close()
    assert Counting.samples == 7180 * RATE_HZ + FRAME
    assert Counting.longest <= RATE_HZ
