"""Says prompts aloud: text to speech by a program that the machine has, found at run time; nothing is installed for it."""

import io
import shutil
import subprocess
import tempfile
import wave
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Protocol

import numpy as np

from callguard.errors import EngineError, ModelMissingError
from callguard.terms import Samples

LONGEST_S = 5.0
"""A program that takes longer for one sentence is of no use in a call."""
LOUDEST_TEXT = 600
"""Characters that are said at most: a card is a breath long, an instruction two."""
FULL_SCALE = 32768.0


class Speaker(Protocol):
    """Turns a sentence into sound. Blocks: called off the event loop."""

    @property
    def name(self) -> str:
        """What speaks, for people."""
        ...

    def say(self, text: str, language: str, /) -> tuple[Samples, int]:
        """Return mono float32 samples and their rate in Hz. Raises EngineError."""
        ...


class ProgramSpeaker:
    """A text-to-speech program: the text goes in through a file, never as an argument, so that no text can be an option."""

    def __init__(self, name: str, program: str, arguments: Callable[[str, Path, Path], list[str]]) -> None:
        """`arguments` are made of language, text file and WAV file."""
        self.name = name
        self._program = program
        self._arguments = arguments

    def say(self, text: str, language: str, /) -> tuple[Samples, int]:
        """Return mono float32 samples and their rate in Hz. Raises EngineError."""
        with tempfile.TemporaryDirectory(prefix="callguard-") as folder:
            words, sound = Path(folder) / "words.txt", Path(folder) / "sound.wav"
            words.write_text(text[:LOUDEST_TEXT], encoding="utf-8")
            command = [self._program, *self._arguments(language, words, sound)]
            try:
                # A fixed program, and no text among its arguments.
                subprocess.run(command, check=True, timeout=LONGEST_S, stdin=subprocess.DEVNULL, capture_output=True)
                return read_wav(sound.read_bytes())
            except (OSError, subprocess.SubprocessError) as error:
                raise EngineError(f"{self.name} said nothing ({type(error).__name__}); the prompt is on the screen") from error


def read_wav(sound: bytes) -> tuple[Samples, int]:
    """Return the samples of a mono 16-bit WAV and their rate in Hz. Raises EngineError for anything else."""
    try:
        with wave.open(io.BytesIO(sound)) as file:
            shape, rate_hz = (file.getnchannels(), file.getsampwidth()), file.getframerate()
            frames = file.readframes(file.getnframes())
    except (wave.Error, EOFError) as error:
        raise EngineError("the speaker made no WAV; expected mono 16-bit PCM") from error
    if shape != (1, 2) or not frames:
        raise EngineError(f"the speaker made {shape[0]} channels of {shape[1]} bytes; expected mono 16-bit PCM with sound in it")
    return np.frombuffer(frames, dtype="<i2").astype(np.float32) / np.float32(FULL_SCALE), rate_hz


def _espeak(language: str, words: Path, sound: Path) -> list[str]:
    return ["-v", language, "-s", "165", "-f", str(words), "-w", str(sound)]


def _flite(_: str, words: Path, sound: Path) -> list[str]:
    return ["-f", str(words), "-o", str(sound)]


PROGRAMS: Mapping[str, Callable[[str, Path, Path], list[str]]] = {"espeak-ng": _espeak, "flite": _flite}
"""Best first: flite speaks English only."""


def find_speaker(wanted: str = "auto", *, find: Callable[[str], str | None] = shutil.which) -> ProgramSpeaker:
    """Return the program of this name, or the first that the machine has. Raises ModelMissingError."""
    names = tuple(PROGRAMS) if wanted == "auto" else (wanted,)
    for name in names:
        if name in PROGRAMS and (program := find(name)) is not None:
            return ProgramSpeaker(name, program, PROGRAMS[name])
    raise ModelMissingError(f"prompts cannot be spoken: {' or '.join(names)} is not installed; install it or switch speaking off")
