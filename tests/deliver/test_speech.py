import io
import shutil
import wave
from pathlib import Path

import numpy as np
import pytest

from callguard.deliver.speech import PROGRAMS, ProgramSpeaker, find_speaker, read_wav
from callguard.errors import EngineError, ModelMissingError

CARD = "I do want to sort this out with you."


def wav(channels: int = 1, seconds: float = 0.1) -> bytes:
    made = io.BytesIO()
    with wave.open(made, "wb") as file:
        file.setnchannels(channels)
        file.setsampwidth(2)
        file.setframerate(22_050)
        file.writeframes(b"\x00\x40" * int(22_050 * seconds) * channels)
    return made.getvalue()


@pytest.mark.parametrize("name", PROGRAMS)
def test_a_program_of_this_machine_says_a_card(name: str) -> None:
    if shutil.which(name) is None:
        pytest.skip(f"{name} is not installed")

    samples, rate_hz = find_speaker(name).say(CARD, "en")

    assert 1.0 < len(samples) / rate_hz < 6.0
    assert 0.05 < float(np.abs(samples).max()) <= 1.0


def test_the_best_program_that_is_there_is_taken_and_none_is_said_so() -> None:
    assert find_speaker(find=lambda name: f"/bin/{name}").name == "espeak-ng"
    assert find_speaker(find=lambda name: "/bin/flite" if name == "flite" else None).name == "flite"
    with pytest.raises(ModelMissingError, match="install it or switch speaking off"):
        find_speaker(find=lambda _: None)
    with pytest.raises(ModelMissingError, match="rm is not installed"):
        find_speaker("rm", find=lambda name: f"/bin/{name}")


def test_no_text_becomes_an_argument() -> None:
    seen: list[str] = []

    def arguments(language: str, words: Path, sound: Path) -> list[str]:
        seen.extend([language, words.read_text()])
        sound.write_bytes(wav())
        return ["--version"]

    ProgramSpeaker("true", "true", arguments).say("--help; rm -rf", "en")

    assert seen == ["en", "--help; rm -rf"]


@pytest.mark.parametrize("program", ["false", "/nowhere/at/all", "true"])
def test_a_program_that_fails_is_an_error_and_no_silence(program: str) -> None:
    with pytest.raises(EngineError, match="on the screen"):
        ProgramSpeaker("broken", program, lambda *_: []).say(CARD, "en")


@pytest.mark.parametrize("sound", [b"", b"no wav", wav(channels=2), wav(seconds=0)])
def test_only_mono_pcm_with_sound_in_it_is_taken(sound: bytes) -> None:
    with pytest.raises(EngineError, match="mono 16-bit"):
        read_wav(sound)
