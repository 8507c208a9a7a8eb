#!/usr/bin/env python3
"""Speak the turns of the demo calls with many voices, for `benchmarks/word_error.py`.

    python tools/make_word_error_speech.py FOLDER [--most N] [--language de]

Needs the commands `flite`, `espeak-ng` and festival's `text2wave`: `apt-get install flite espeak-ng festival festvox-us-slt-hts`.
Each turn is said by the next voice in turn: NNN-voice.wav (mono, 16 kHz) and NNN-voice.txt, what was said. Another language than
English has sentences of its own and espeak-ng's voice only.
"""

import argparse
import subprocess
import sys
import tempfile
import tomllib
from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path

import soundfile
import soxr

CALLS = Path(__file__).resolve().parents[1] / "src" / "callguard" / "demo" / "calls"
RATE_HZ = 16_000

Speak = Callable[[str, Path], None]
"""Says a text into a WAV file."""

FOREIGN: Mapping[str, tuple[str, ...]] = {
    "de": (
        "Guten Tag, ich rufe wegen meiner letzten Rechnung an.",
        "Ich warte jetzt seit drei Wochen auf eine Antwort, und niemand ruft mich zurück.",
        "Können Sie mir bitte sagen, wann der Techniker kommt?",
        "Das ist mir egal, ich will sofort mit Ihrem Chef sprechen.",
        "Ich weiß, wo Sie arbeiten, und ich komme heute Abend vorbei.",
        "Vielen Dank für Ihre Hilfe, auf Wiederhören.",
    ),
    "fr": (
        "Bonjour, je vous appelle au sujet de ma dernière facture.",
        "J'attends une réponse depuis trois semaines et personne ne me rappelle.",
        "Pouvez-vous me dire quand le technicien va venir ?",
        "Merci beaucoup pour votre aide, au revoir.",
    ),
}


def flite(voice: str, text: str, wav: Path) -> None:
    """Speak with flite."""
    subprocess.run(["flite", "-voice", voice, "-t", text, "-o", str(wav)], check=True)


def espeak(voice: str, text: str, wav: Path) -> None:
    """Speak with espeak-ng."""
    subprocess.run(["espeak-ng", "-v", voice, "-s", "155", "-w", str(wav), text], check=True)


def festival(voice: str, text: str, wav: Path) -> None:
    """Speak with festival."""
    subprocess.run(["text2wave", "-eval", f"(voice_{voice})", "-o", str(wav)], input=text, text=True, check=True)


VOICES: Mapping[str, Speak] = {
    "slt": partial(flite, "slt"),
    "espeak-gb": partial(espeak, "en-gb"),
    "rms": partial(flite, "rms"),
    "slt-hts": partial(festival, "cmu_us_slt_arctic_hts"),
    "awb": partial(flite, "awb"),
    "espeak-us": partial(espeak, "en-us"),
    "kal16": partial(flite, "kal16"),
}


def sentences(language: str) -> list[str]:
    """Return what is said, in an order that mixes the calls."""
    if language != "en":
        return list(FOREIGN[language])
    calls = [[turn["text"] for turn in tomllib.loads(path.read_text())["turn"]] for path in sorted(CALLS.glob("*.toml"))]
    longest = max(len(turns) for turns in calls)
    return [turns[place] for place in range(longest) for turns in calls if place < len(turns)]


def write(text: str, speak: Speak, file: Path) -> float:
    """Write one utterance and its text; return its seconds."""
    with tempfile.TemporaryDirectory() as folder:
        wav = Path(folder) / "said.wav"
        speak(text, wav)
        samples, rate_hz = soundfile.read(wav, dtype="float32")
    heard = soxr.resample(samples, rate_hz, RATE_HZ)
    soundfile.write(file, heard, RATE_HZ, subtype="PCM_16")
    file.with_suffix(".txt").write_text(text + "\n", encoding="utf-8")
    return len(heard) / RATE_HZ


def main() -> int:
    """Run from the command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--most", type=int, default=0, help="utterances; 0 for all")
    parser.add_argument("--language", choices=("en", *FOREIGN), default="en")
    chosen = parser.parse_args()
    chosen.folder.mkdir(parents=True, exist_ok=True)
    voices = list(VOICES.items()) if chosen.language == "en" else [(chosen.language, partial(espeak, chosen.language))]
    said = sentences(chosen.language)[: chosen.most or None]
    seconds = 0.0
    for number, text in enumerate(said):
        name, speak = voices[number % len(voices)]
        seconds += write(text, speak, chosen.folder / f"{number:03}-{name}.wav")
    print(f"{len(said)} utterances, {seconds:.0f} s, are in {chosen.folder}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
