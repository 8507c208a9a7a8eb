"""Recordings on disk: WAV, FLAC, MP3, Ogg Opus and Vorbis, read in blocks."""

import logging
import struct
from collections.abc import Iterator, Sequence
from itertools import chain
from pathlib import Path
from typing import Any, Final

import numpy as np
import soundfile

from callguard.clock import Clock
from callguard.errors import AudioFormatError, InputError
from callguard.speech import AudioFrame
from callguard.terms import Encoding, Role

LOWEST_HZ, HIGHEST_HZ = 4_000, 192_000
SHORTFALL_S: Final = 0.1  # MP3 headers count encoder padding; more than this missing is a truncated file
UNKNOWN_SIZE: Final = 0xFFFFFFFF  # written by programs that stream a WAV and cannot go back
PCM: Final = 1
OGG: Final = b"OggS"
OGG_LAST_PAGE: Final = 0x04
LARGEST_OGG_PAGE: Final = 65_307  # bytes, RFC 3533

log = logging.getLogger(__name__)


class Recording:
    """One recording, checked when it is opened.

    Two channels get `channels` in order; a mono file gets Role.UNKNOWN; two channels with `channels` of one role are mixed.
    Raises InputError if there is no such file, AudioFormatError if it is none that can be guarded.
    """

    def __init__(self, file: Path, channels: Sequence[Role] = (Role.CALLER, Role.AGENT)) -> None:
        if not file.is_file():
            raise InputError(f"recording {file} does not exist or is no file; name a WAV, FLAC, MP3 or Opus file")
        _check_wav(file)
        if _is_cut_ogg(file):
            log.warning("the recording has no end: its writer was stopped or its copy cut off; what is there is heard")
        self._file = file
        with self._open() as sound:
            self.rate_hz: int = sound.samplerate
            self.channel_count: int = sound.channels
            self._sample_count: int = sound.frames
        self._check()
        self.roles = (Role.UNKNOWN,) if self.channel_count == 1 else tuple(channels)

    @property
    def duration_s(self) -> float:
        """Length as the file states it."""
        return self._sample_count / self.rate_hz

    def frames(self, call_id: str, clock: Clock, frame_ms: int = 20) -> Iterator[AudioFrame]:
        """Yield the audio, channel by channel for each piece of `frame_ms`.

        Raises AudioFormatError where the file cannot be read any further or ends before it said it would.
        """
        return chain.from_iterable(self.pieces(call_id, clock, frame_ms))

    def pieces(self, call_id: str, clock: Clock, frame_ms: int = 20) -> Iterator[list[AudioFrame]]:
        """Yield the audio as `frames` does, all channels of a piece together."""
        position = 0
        with self._open() as sound:
            while len(block := self._read(sound, self.rate_hz * frame_ms // 1000)):
                columns = [block.mean(axis=1)] if len(self.roles) == 1 else list(block.T)
                received_ns = clock.monotonic_ns()
                yield [
                    AudioFrame(
                        call_id=call_id,
                        channel=role,
                        encoding=Encoding.F32,
                        rate_hz=self.rate_hz,
                        start_sample=position,
                        received_ns=received_ns,
                        payload=column.tobytes(),
                    )
                    for role, column in zip(self.roles, columns, strict=True)
                ]
                position += len(block)
        if self._sample_count - position > SHORTFALL_S * self.rate_hz:
            raise self._truncated(position)

    def _open(self) -> Any:
        try:
            return soundfile.SoundFile(self._file)
        except soundfile.LibsndfileError as error:
            raise AudioFormatError(
                f"{self._file} is no recording that can be read ({error.error_string}); expected WAV, FLAC, MP3 or Opus"
            ) from error

    def _read(self, sound: Any, size: int) -> np.ndarray[Any, np.dtype[np.float32]]:
        try:
            block: np.ndarray[Any, np.dtype[np.float32]] = sound.read(size, dtype="float32", always_2d=True)
        except soundfile.LibsndfileError as error:
            raise AudioFormatError(f"{self._file} cannot be read to its end: {error.error_string}; copy it again") from error
        return block

    def _check(self) -> None:
        if self.channel_count > 2:
            raise AudioFormatError(
                f"{self._file} has {self.channel_count} channels; expected caller and agent on two, or mono: extract the two"
            )
        if not LOWEST_HZ <= self.rate_hz <= HIGHEST_HZ:
            raise AudioFormatError(f"{self._file} says {self.rate_hz} Hz; expected {LOWEST_HZ} to {HIGHEST_HZ} Hz")
        if self._sample_count <= 0:
            raise AudioFormatError(f"{self._file} holds no audio; record it again")

    def _truncated(self, position: int) -> AudioFormatError:
        return AudioFormatError(
            f"{self._file} promises {self.duration_s:.1f} s of audio and ends after {position / self.rate_hz:.1f} s; "
            "it was cut off: copy it again"
        )


def _check_wav(file: Path) -> None:
    """Compare what a WAV says with what is there: the library would read what it finds and call that the recording."""
    with file.open("rb") as wav:
        head = wav.read(12)
        if head[:4] != b"RIFF" or head[8:] != b"WAVE":
            return
        byte_rate = 0
        there = file.stat().st_size
        while len(head := wav.read(8)) == 8:
            name, size = head[:4], int.from_bytes(head[4:], "little")
            if name == b"data":
                _check_wav_data(file, size, there - wav.tell(), byte_rate)
                return
            if name == b"fmt ":
                byte_rate = _check_wav_format(file, wav.read(size))
                wav.seek(size % 2, 1)
            else:
                wav.seek(size + size % 2, 1)
    raise AudioFormatError(f"{file} is a WAV file without a data chunk; it was cut off: copy it again")


def _check_wav_format(file: Path, body: bytes) -> int:
    if len(body) < 16:
        raise AudioFormatError(f"{file} has a WAV format chunk of {len(body)} bytes; expected at least 16: record it again")
    kind, channels, rate_hz, byte_rate, block_align, bits = struct.unpack_from("<HHIIHH", body)
    expected = channels * bits // 8
    if kind == PCM and (block_align != expected or byte_rate != expected * rate_hz):
        raise AudioFormatError(
            f"{file} contradicts itself: {channels} channels of {bits} bits at {rate_hz} Hz make {expected * rate_hz} bytes a "
            f"second, and it says {byte_rate}; convert it again from the original"
        )
    return int(byte_rate)


def _check_wav_data(file: Path, promised: int, there: int, byte_rate: int) -> None:
    if promised in {UNKNOWN_SIZE, there}:
        return
    seconds = f" ({there / byte_rate:.1f} of {promised / byte_rate:.1f} s)" if byte_rate else ""
    if there < promised:
        raise AudioFormatError(
            f"{file} promises {promised} bytes of audio and holds {there}{seconds}; it was cut off: copy it again"
        )
    if promised == 0:
        raise AudioFormatError(
            f"{file} says that it holds no audio, yet {there} bytes follow; the recorder did not finish: "
            f"mend it with `ffmpeg -ignore_length 1 -i {file.name} mended.wav`"
        )


def _is_cut_ogg(file: Path) -> bool:
    """Whether an Ogg file lacks its last page, which RFC 3533 marks: a call whose recorder was killed, or half a copy."""
    with file.open("rb") as ogg:
        if ogg.read(4) != OGG:
            return False
        ogg.seek(max(0, file.stat().st_size - LARGEST_OGG_PAGE))
        end = ogg.read()
    page = end[max(0, end.rfind(OGG)) :]
    lacing = page[27 : 27 + page[26]] if len(page) > 26 else b""
    is_whole = len(page) > 26 and len(page) >= 27 + page[26] + sum(lacing)
    return not (is_whole and page[5] & OGG_LAST_PAGE)
