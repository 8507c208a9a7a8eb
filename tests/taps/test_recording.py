"""Recordings: what is read, and how a bad file is told."""

import struct
from pathlib import Path

import numpy as np
import pytest
import soundfile

from callguard.errors import AudioFormatError, InputError
from callguard.media.pcm import decode
from callguard.taps.recording import Recording
from callguard.terms import Role, Samples
from tests.clocks import HandClock

RATE_HZ = 16_000
FORMATS = [("wav", "PCM_16"), ("wav", "ULAW"), ("wav", "FLOAT"), ("flac", "PCM_16"), ("mp3", "MPEG_LAYER_III"), ("ogg", "OPUS")]


def tones(channels: int, seconds: float = 1.0, rate_hz: int = RATE_HZ) -> Samples:
    """Return a tone a channel: 400 Hz, 800 Hz, …"""
    t = np.arange(int(seconds * rate_hz)) / rate_hz
    return np.stack([0.3 * np.sin(2 * np.pi * 400 * (n + 1) * t) for n in range(channels)], axis=1).astype(np.float32)


def write(file: Path, samples: Samples, subtype: str = "PCM_16", rate_hz: int = RATE_HZ) -> Path:
    soundfile.write(file, samples, rate_hz, subtype=subtype)
    return file


def heard(recording: Recording) -> dict[Role, Samples]:
    frames = list(recording.frames("c1", HandClock()))
    return {
        role: np.concatenate([decode(frame.encoding, frame.payload) for frame in frames if frame.channel is role])
        for role in recording.roles
    }


def pitch(samples: Samples) -> float:
    return float(np.argmax(np.abs(np.fft.rfft(samples))) * RATE_HZ / len(samples))


@pytest.mark.parametrize(("kind", "subtype"), FORMATS)
def test_two_channels_are_caller_and_agent_in_every_format(tmp_path: Path, kind: str, subtype: str) -> None:
    said = heard(Recording(write(tmp_path / f"call.{kind}", tones(2), subtype)))
    assert {role: round(pitch(samples), -1) for role, samples in said.items()} == {Role.CALLER: 400, Role.AGENT: 800}


def test_the_order_of_the_channels_can_be_told(tmp_path: Path) -> None:
    recording = Recording(write(tmp_path / "call.wav", tones(2)), (Role.AGENT, Role.CALLER))
    assert pitch(heard(recording)[Role.AGENT]) == 400


def test_mono_is_of_unknown_role(tmp_path: Path) -> None:
    recording = Recording(write(tmp_path / "call.wav", tones(1)))
    assert recording.roles == (Role.UNKNOWN,)
    assert len(heard(recording)[Role.UNKNOWN]) == RATE_HZ


def test_two_channels_can_be_taken_as_one(tmp_path: Path) -> None:
    said = tones(2)
    recording = Recording(write(tmp_path / "call.wav", said, "FLOAT"), (Role.UNKNOWN,))
    np.testing.assert_allclose(heard(recording)[Role.UNKNOWN], said.mean(axis=1), atol=1e-6)


@pytest.mark.parametrize("frame_ms", [20, 100, 70])
def test_pieces_follow_each_other_and_hold_the_whole_file(tmp_path: Path, frame_ms: int) -> None:
    said = tones(2, 0.95)
    recording = Recording(write(tmp_path / "call.wav", said, "FLOAT"))
    frames = [frame for frame in recording.frames("c1", HandClock(), frame_ms) if frame.channel is Role.CALLER]
    assert [frame.start_sample for frame in frames] == list(range(0, len(said), RATE_HZ * frame_ms // 1000))
    np.testing.assert_array_equal(np.concatenate([decode(frame.encoding, frame.payload) for frame in frames]), said[:, 0])


def test_a_file_that_is_not_there_is_told(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="does not exist"):
        Recording(tmp_path / "none.wav")
    with pytest.raises(InputError, match="is no file"):
        Recording(tmp_path)


def test_more_than_two_channels_are_refused(tmp_path: Path) -> None:
    with pytest.raises(AudioFormatError, match="has 3 channels; expected caller and agent"):
        Recording(write(tmp_path / "call.wav", tones(3)))


def test_what_is_no_audio_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "notes.txt"
    file.write_text("not a recording")
    with pytest.raises(AudioFormatError, match="expected WAV, FLAC, MP3 or Opus"):
        Recording(file)


def test_a_file_without_samples_is_refused(tmp_path: Path) -> None:
    with pytest.raises(AudioFormatError, match="holds no audio"):
        Recording(write(tmp_path / "call.wav", tones(2, 0)))


def test_a_truncated_wav_is_told_with_what_was_promised_and_found(tmp_path: Path) -> None:
    file = write(tmp_path / "call.wav", tones(2, 4))
    file.write_bytes(file.read_bytes()[: 44 + 64_000])
    with pytest.raises(AudioFormatError, match=r"promises 256000 bytes .* holds 64000 \(1.0 of 4.0 s\); it was cut off"):
        Recording(file)


def test_a_wav_cut_inside_its_header_is_told(tmp_path: Path) -> None:
    file = write(tmp_path / "call.wav", tones(2))
    file.write_bytes(file.read_bytes()[:36])
    with pytest.raises(AudioFormatError, match="without a data chunk"):
        Recording(file)


def patched(file: Path, at: int, value: bytes) -> Path:
    data = bytearray(file.read_bytes())
    data[at : at + len(value)] = value
    file.write_bytes(bytes(data))
    return file


def test_a_wav_that_contradicts_itself_is_told(tmp_path: Path) -> None:
    file = patched(write(tmp_path / "call.wav", tones(2)), 22, struct.pack("<H", 1))
    with pytest.raises(AudioFormatError, match="contradicts itself: 1 channels of 16 bits"):
        Recording(file)


def test_a_wav_whose_recorder_did_not_finish_is_told_with_the_remedy(tmp_path: Path) -> None:
    file = patched(write(tmp_path / "call.wav", tones(2)), 40, bytes(4))
    with pytest.raises(AudioFormatError, match="the recorder did not finish: mend it with `ffmpeg"):
        Recording(file)


def test_a_wav_that_was_streamed_and_does_not_know_its_size_is_read(tmp_path: Path) -> None:
    file = patched(write(tmp_path / "call.wav", tones(2)), 40, b"\xff" * 4)
    assert len(heard(Recording(file))[Role.CALLER]) == RATE_HZ


def test_a_rate_that_cannot_be_speech_is_told(tmp_path: Path) -> None:
    with pytest.raises(AudioFormatError, match="says 2000 Hz; expected 4000"):
        Recording(write(tmp_path / "call.wav", tones(2), rate_hz=2000))


def test_a_flac_that_breaks_off_is_told_where(tmp_path: Path) -> None:
    noise = np.random.default_rng(1).normal(0, 0.1, (4 * RATE_HZ, 2)).astype(np.float32)
    file = write(tmp_path / "call.flac", noise)
    file.write_bytes(file.read_bytes()[: file.stat().st_size // 2])
    recording = Recording(file)
    with pytest.raises(AudioFormatError, match="copy it again"):
        list(recording.frames("c1", HandClock()))


@pytest.mark.parametrize(("share", "warnings"), [(1.0, 0), (0.6, 1)])
def test_an_ogg_file_that_was_cut_off_is_heard_and_said_to_be_so(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, share: float, warnings: int
) -> None:
    noise = np.random.default_rng(1).normal(0, 0.1, 20 * 16_000)
    soundfile.write(tmp_path / "call.opus", noise, 16_000, format="OGG", subtype="OPUS")
    whole = (tmp_path / "call.opus").read_bytes()
    (tmp_path / "call.opus").write_bytes(whole[: int(len(whole) * share)])
    Recording(tmp_path / "call.opus")
    assert len(caplog.records) == warnings
