#!/usr/bin/env python3
"""Make the bundled demo calls from their scripts.

    python tools/make_demo_calls.py [ID...]     write <id>.opus and <id>.jsonl beside each <id>.toml
    python tools/make_demo_calls.py --check     say whether the shipped files still fit their scripts

Making needs the command `flite` (`apt-get install flite`), numpy, soxr and soundfile; checking needs soundfile only.
The caller is on the left channel, the agent on the right. The same script always gives the same samples; the
Ogg serial number is drawn by libsndfile, so the bytes of two runs differ.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import soundfile
import soxr

CALLS = Path(__file__).resolve().parents[1] / "src" / "callguard" / "demo" / "calls"
RATE_HZ = 8000
LEAD_S = 0.8  # the line is open before the first word and after the last one
CHANNELS = {"caller": 0, "agent": 1}
SPEECH_DBFS = -22.0  # RMS while somebody speaks: the level that ITU-T P.56 talks of, a little raised for demos
LOSS_FRAME = 160  # samples, 20 ms: what one RTP packet carries
OPUS_LEVEL = 0.93  # of soundfile's 0 (256 kbit/s a channel) to 1 (6 kbit/s a channel)
MU = 255.0

Samples = npt.NDArray[np.float32]


@dataclass(frozen=True, slots=True, kw_only=True)
class Turn:
    """One utterance of the script."""

    speaker: str
    voice: str
    text: str
    pause_s: float
    """From the end of the turn before; below zero the two talk at once."""
    speed: float
    size: float
    """Of the speaker: above one a deeper voice, below one a lighter one, so that one voice can play several people."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """What the telephone line adds and loses."""

    noise_db: float
    hum_db: float
    hum_hz: float
    loss: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Script:
    """A call as people wrote it."""

    id: str
    seed: int
    line: Line
    turns: tuple[Turn, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Spoken:
    """A turn and where it lies in the call, in samples."""

    turn: Turn
    samples: Samples
    start: int


def read_script(path: Path) -> Script:
    """Read what the maker needs of a script; what must happen in the call is for the demo and its tests."""
    table = tomllib.loads(path.read_text(encoding="utf-8"))
    return Script(
        id=table["id"],
        seed=table["seed"],
        line=Line(**{key: float(value) for key, value in table["line"].items()}),
        turns=tuple(_read_turn(turn) for turn in table["turn"]),
    )


def _read_turn(table: dict[str, Any]) -> Turn:
    return Turn(
        speaker=table["speaker"],
        voice=table["voice"],
        text=table["text"],
        pause_s=float(table["pause_s"]),
        speed=float(table.get("speed", 1.0)),
        size=float(table.get("size", 1.0)),
    )


def speak(turn: Turn) -> Samples:
    """Say a turn with flite: 8 kHz, telephone band, even level, no silence at its ends."""
    with tempfile.TemporaryDirectory() as folder:
        wav = Path(folder) / "turn.wav"
        stretch = 1 / (turn.speed * turn.size)  # the deeper voice is played slower below
        command = ["flite", "-voice", turn.voice, "--setf", f"duration_stretch={stretch:.4f}"]
        subprocess.run([*command, "-t", turn.text, "-o", str(wav)], check=True)
        samples, rate_hz = soundfile.read(wav, dtype="float32")
    narrow = to_telephone_band(soxr.resample(samples, rate_hz / turn.size, RATE_HZ, "VHQ"))
    return set_level(trim(narrow), SPEECH_DBFS)


def to_telephone_band(samples: Samples) -> Samples:
    """Keep 300 to 3400 Hz, with slopes like those of a real channel filter (ITU-T G.712)."""
    spectrum = np.fft.rfft(samples)
    frequency_hz = np.fft.rfftfreq(len(samples), 1 / RATE_HZ)
    gain = np.interp(frequency_hz, [150, 300, 3400, 3800], [0.0, 1.0, 1.0, 0.0])
    return np.asarray(np.fft.irfft(spectrum * gain, len(samples)), dtype=np.float32)


def trim(samples: Samples) -> Samples:
    """Cut the silence at both ends, so that the times in the transcript are those of the speech."""
    frames = samples[: len(samples) // 80 * 80].reshape(-1, 80)
    loud = np.sqrt(np.mean(frames**2, axis=1))
    heard = np.flatnonzero(loud > loud.max() * 0.02)
    return samples[heard[0] * 80 : (heard[-1] + 1) * 80]


def set_level(samples: Samples, dbfs: float) -> Samples:
    """Bring the root mean square to `dbfs` and round the few peaks that would clip."""
    scaled = samples * (10 ** (dbfs / 20) / np.sqrt(np.mean(samples**2)))
    return np.asarray(np.tanh(scaled * 1.1) / 1.1, dtype=np.float32)


def lay_out(turns: tuple[Turn, ...]) -> list[Spoken]:
    """Put the turns after one another, each `pause_s` after the end of the one before."""
    spoken: list[Spoken] = []
    end = round(LEAD_S * RATE_HZ)
    for turn in turns:
        samples = speak(turn)
        start = end + round(turn.pause_s * RATE_HZ)
        end = start + len(samples)
        spoken.append(Spoken(turn=turn, samples=samples, start=start))
    return spoken


def mix(spoken: list[Spoken], script: Script) -> Samples:
    """Put a whole call together, shape (samples, 2), as it comes out of two G.711 legs."""
    length = max(said.start + len(said.samples) for said in spoken) + round(LEAD_S * RATE_HZ)
    call = np.zeros((-(-length // LOSS_FRAME) * LOSS_FRAME, 2), dtype=np.float32)
    for said in spoken:
        call[said.start : said.start + len(said.samples), CHANNELS[said.turn.speaker]] += said.samples
    chance = np.random.default_rng(script.seed)
    for channel in range(2):
        call[:, channel] = through_line(call[:, channel], script.line, chance)
    return call


def through_line(samples: Samples, line: Line, chance: np.random.Generator) -> Samples:
    """Add noise and hum of the line, the G.711 codec, then lost packets as a phone conceals them."""
    seconds = np.arange(len(samples)) / RATE_HZ
    phase = chance.uniform(0, 2 * np.pi)
    hum = sum(np.sin(2 * np.pi * line.hum_hz * k * seconds + k * phase) / k for k in (1, 3, 5))
    noise = to_telephone_band(chance.standard_normal(len(samples)).astype(np.float32))
    noisy = samples + set_level(noise, line.noise_db) + hum * 10 ** (line.hum_db / 20)
    return conceal_losses(through_g711(noisy.astype(np.float32)), line.loss, chance)


def through_g711(samples: Samples) -> Samples:
    """Compress to 8 bits and expand again by the mu-law curve of ITU-T G.711 (continuous form)."""
    clipped = np.clip(samples, -1, 1)
    compressed = np.sign(clipped) * np.log1p(MU * np.abs(clipped)) / np.log1p(MU)
    code = np.round(compressed * 127) / 127
    return np.asarray(np.sign(code) * np.expm1(np.abs(code) * np.log1p(MU)) / MU, dtype=np.float32)


def conceal_losses(samples: Samples, loss: float, chance: np.random.Generator) -> Samples:
    """Replace a share of the packets by a softer copy of the packet before."""
    packets = samples.reshape(-1, LOSS_FRAME).copy()
    for number in np.flatnonzero(chance.random(len(packets)) < loss):
        if number:
            packets[number] = packets[number - 1] * 0.5
    return packets.reshape(-1)


def write_call(folder: Path, script: Script) -> None:
    """Write the audio and the exact transcript of one call."""
    spoken = lay_out(script.turns)
    audio = folder / f"{script.id}.opus"
    soundfile.write(audio, mix(spoken, script), RATE_HZ, format="OGG", subtype="OPUS", compression_level=OPUS_LEVEL)
    rows = "".join(json.dumps(_row(said), ensure_ascii=False) + "\n" for said in spoken)
    (folder / f"{script.id}.jsonl").write_text(rows, encoding="utf-8")
    print(f"{script.id}: {soundfile.info(audio).duration:.1f} s, {audio.stat().st_size // 1024} KiB")


def _row(said: Spoken) -> dict[str, str | float]:
    end = said.start + len(said.samples)
    return {
        "speaker": said.turn.speaker,
        "text": said.turn.text,
        "start_s": round(said.start / RATE_HZ, 3),
        "end_s": round(end / RATE_HZ, 3),
    }


def find_faults(folder: Path, script: Script) -> list[str]:
    """Tell what no longer fits between a script and the files made of it."""
    audio, transcript = folder / f"{script.id}.opus", folder / f"{script.id}.jsonl"
    missing = [f"{path.name} is missing" for path in (audio, transcript) if not path.is_file()]
    if missing:
        return missing
    rows = [json.loads(row) for row in transcript.read_text(encoding="utf-8").splitlines()]
    faults = []
    if [(row["speaker"], row["text"]) for row in rows] != [(turn.speaker, turn.text) for turn in script.turns]:
        faults.append(f"{transcript.name} has {len(rows)} turns; they are not the {len(script.turns)} of the script")
    info = soundfile.info(audio)
    if (info.channels, info.samplerate) != (2, RATE_HZ):
        faults.append(f"{audio.name} has {info.channels} channels at {info.samplerate} Hz; expected 2 at {RATE_HZ}")
    if rows and rows[-1]["end_s"] > info.duration:
        faults.append(f"{audio.name} ends after {info.duration:.1f} s, before its last turn")
    return faults


def main() -> int:
    """Make or check the calls named, or all of them."""
    parser = argparse.ArgumentParser(description="Make the bundled demo calls from their scripts.")
    parser.add_argument("ids", nargs="*", metavar="ID", help="calls to make or check (default: all)")
    parser.add_argument("--check", action="store_true", help="only say whether the files fit the scripts")
    parser.add_argument("--folder", type=Path, default=CALLS, help="where the scripts are and the files go")
    arguments = parser.parse_args()
    scripts = [read_script(path) for path in sorted(arguments.folder.glob("*.toml"))]
    chosen = [script for script in scripts if not arguments.ids or script.id in arguments.ids]
    if not chosen:
        parser.error(f"no such call; there are: {', '.join(script.id for script in scripts) or 'none'}")
    faults: list[str] = []
    for script in chosen:
        if arguments.check:
            faults += find_faults(arguments.folder, script)
        else:
            write_call(arguments.folder, script)
    for fault in faults:
        print(fault, file=sys.stderr)
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
