"""What real recognisers make of our training sentences: synthesised, sent over a telephone line, heard by our engines.

`python -m training.heard --engine pocketsphinx --count 3000` adds to models/corpus/heard.jsonl.gz and goes on where it stopped;
`--engine whisper --weights FOLDER` hears the same sentences with Whisper. Needs the commands `flite`, `text2wave` (Festival,
with the voice `cmu_us_slt_arctic_hts`) and `espeak-ng`. Every sentence has a voice, a speed and a line of its own, drawn from its
number: the same sentence is always heard in the same way, and by both engines from the same audio.
"""

import argparse
import gzip
import json
import random
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any, Protocol

import numpy as np
import numpy.typing as npt
import soundfile
import soxr

from callguard.transcribe.guards import GuardLimits
from callguard.transcribe.hypothesis import Utterance
from callguard.transcribe.log_mel import LogMel
from callguard.transcribe.models import PLAIN_WINDOW
from callguard.transcribe.sphinx.decoder import SphinxDecoder
from callguard.transcribe.whisper import WhisperWeights
from training import corpus
from training.noise import plain, word_error_rate

HEARD = corpus.CORPUS / "heard.jsonl.gz"
LINE_HZ = 8000
ENGINE_HZ = 16_000
MU = 255.0
PACKET = 160
"""Samples, 20 ms: what one RTP packet carries."""
LEVEL = 0.08
"""Root mean square of speech, -22 dB below full scale."""
VOICES = {"rms": 4, "slt": 4, "awb": 3, "hts": 4, "espeak en-gb": 1, "espeak en-us": 1}
"""And how often each speaks: flite's three good ones and Festival's HTS voice carry most, espeak-ng is hardest to understand."""
MOST_WORDS = 10
"""Longer sentences take recognisers longer than they teach the scorer more."""
SYNTHESIS_S = 900
"""Seconds; long, because other work may be given the machine meanwhile."""
SAVED_EVERY = 50

Samples = npt.NDArray[np.float32]


class Engine(Protocol):
    """What hears."""

    def hear(self, samples: Samples) -> str:
        """Return what it makes of one utterance."""
        ...


class Sphinx:
    """The offline engine."""

    def __init__(self) -> None:
        self._decoder = SphinxDecoder()

    def hear(self, samples: Samples) -> str:
        """Return what the decoder makes of one utterance, the first of its channel."""
        self._decoder.begin("")
        self._decoder.hear((np.clip(samples, -1, 1) * 32767).astype("<i2").tobytes())
        return self._decoder.end().text


class Whisper:
    """Whisper as callguard runs it: greedy, with the window of plain weights."""

    def __init__(self, folder: Path) -> None:
        self._model = WhisperWeights(folder, device="cpu", compute_type="int8", workers=1, limits=GuardLimits())

    def hear(self, samples: Samples) -> str:
        """Return what the model makes of one utterance."""
        utterance = Utterance(samples=samples, log_mel=LogMel(self._model.mel_filters), language="en")
        (hypothesis,) = self._model.decode([utterance], frames=PLAIN_WINDOW.frames(len(samples)), beam=1)
        return hypothesis.text


def speak(text: str, rng: random.Random) -> tuple[str, Samples]:
    """Return a voice that `rng` draws and `text` spoken by it, mono, at the line's rate."""
    (voice,) = rng.choices(list(VOICES), list(VOICES.values()))
    stretch = f"{rng.uniform(0.95, 1.15):.2f}"
    with tempfile.TemporaryDirectory() as folder:
        wave = str(Path(folder) / "speech.wav")
        if voice == "hts":
            options = ["(voice_cmu_us_slt_arctic_hts)", f"(Parameter.set 'Duration_Stretch {stretch})"]
            command = ["text2wave", "-o", wave, *(part for option in options for part in ("-eval", option))]
        elif voice.startswith("espeak"):
            command = ["espeak-ng", "-v", voice.split()[1], "-s", str(rng.randint(130, 160)), "-w", wave, "--", text]
        else:
            command = ["flite", "-voice", voice, "--setf", f"duration_stretch={stretch}", "-t", text, "-o", wave]
        subprocess.run(command, input=text.encode(), check=True, capture_output=True, timeout=SYNTHESIS_S)
        samples, rate_hz = soundfile.read(wave, dtype="float32")
    return voice, np.asarray(soxr.resample(samples, rate_hz, LINE_HZ), dtype=np.float32)


def over_the_line(samples: Samples, rng: random.Random) -> Samples:
    """Return the samples as they arrive: band-limited, noisy (18 to 38 dB below speech), through µ-law, some packets lost."""
    chance = np.random.default_rng(rng.getrandbits(32))
    silence = np.zeros(LINE_HZ // 4, np.float32)
    clean = _in_band(np.concatenate((silence, samples, silence)))
    clean *= LEVEL / max(float(np.sqrt(np.mean(clean**2))), 1e-6)
    noise = _in_band(chance.normal(size=len(clean)).astype(np.float32))
    noisy = np.clip(clean + noise * (LEVEL * 10 ** (-rng.uniform(18, 38) / 20)), -1, 1)
    packed = np.round(np.sign(noisy) * np.log1p(MU * np.abs(noisy)) / np.log1p(MU) * 127) / 127
    line = np.sign(packed) * np.expm1(np.abs(packed) * np.log1p(MU)) / MU
    packets = line[: len(line) // PACKET * PACKET].reshape(-1, PACKET)
    for number in np.flatnonzero(chance.random(len(packets)) < rng.choice((0.0, 0.003, 0.01))):
        packets[number] = packets[number - 1] * 0.5 if number else 0.0
    return np.asarray(soxr.resample(packets.reshape(-1).astype(np.float32), LINE_HZ, ENGINE_HZ), dtype=np.float32)


def _in_band(samples: Samples) -> Samples:
    """Keep the telephone's band, 300 to 3,400 Hz."""
    spectrum = np.fft.rfft(samples)
    heights = np.fft.rfftfreq(len(samples), 1 / LINE_HZ)
    spectrum[(heights < 300) | (heights > 3400)] = 0
    return np.asarray(np.fft.irfft(spectrum, len(samples)), dtype=np.float32)


def chosen(sentences: Sequence[corpus.Sentence], count: int) -> list[corpus.Sentence]:
    """Return `count` training sentences that are not long, in an order of chance."""
    train = [sentence for sentence in sentences if sentence.split == "train" and len(sentence.text.split()) <= MOST_WORDS]
    random.Random(7).shuffle(train)
    return train[:count]


def load(path: Path = HEARD) -> list[dict[str, Any]]:
    """Return what has been heard so far; nothing where there is no file."""
    if not path.is_file():
        return []
    with gzip.open(path, "rt", encoding="utf-8") as file:
        return [json.loads(line) for line in file]


def merged(paths: Iterable[Path]) -> list[dict[str, Any]]:
    """Return the rows of all files, by engine and sentence; of the same one twice the last stands."""
    rows = {(row["engine"], row["id"]): row for path in paths for row in load(path)}
    return [rows[key] for key in sorted(rows)]


def save(rows: Sequence[dict[str, Any]], path: Path = HEARD) -> None:
    """Write all rows; the same rows always give the same bytes."""
    lines = "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows)
    path.write_bytes(gzip.compress(lines.encode(), compresslevel=9, mtime=0))


def main() -> None:
    """Hear what this engine has not heard yet."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--engine", choices=("pocketsphinx", "whisper"), default="pocketsphinx")
    parser.add_argument("--weights", type=Path, help="folder with a CTranslate2 Whisper model")
    parser.add_argument("--name", default="whisper base", help="what rows call the Whisper model")
    parser.add_argument("--count", type=int, default=3000)
    parser.add_argument("--minutes", type=float, default=60.0)
    parser.add_argument("--out", type=Path, default=HEARD)
    parser.add_argument("--merge", type=Path, nargs="+", help="only add the rows of these files to the one that ships")
    arguments = parser.parse_args()
    if arguments.merge:
        save(merged([HEARD, *arguments.merge]))
        return
    if arguments.engine == "whisper" and arguments.weights is None:
        parser.error("--engine whisper needs --weights, the folder of a CTranslate2 Whisper model")
    missing = [command for command in ("flite", "text2wave", "espeak-ng") if shutil.which(command) is None]
    if missing:
        sys.exit(f"«{missing[0]}» is not installed: apt-get install flite espeak-ng festival festvox-us-slt-hts")
    engine: Engine = Whisper(arguments.weights) if arguments.engine == "whisper" else Sphinx()
    name = arguments.name if arguments.engine == "whisper" else "pocketsphinx"
    rows = load(arguments.out)
    known = {(row["engine"], row["id"]) for row in rows}
    until = time.monotonic() + 60 * arguments.minutes
    for sentence in chosen(corpus.load(), arguments.count):
        if (name, sentence.id) in known:
            continue
        rng = random.Random(sentence.id)
        voice, samples = speak(sentence.text, rng)
        heard = plain(engine.hear(over_the_line(samples, rng)))
        errors = round(word_error_rate(plain(sentence.text), heard), 3)
        rows.append(
            {"id": sentence.id, "engine": name, "voice": voice, "text": sentence.text, "heard": heard, "word_errors": errors}
        )
        if len(rows) % SAVED_EVERY == 0:
            save(rows, arguments.out)
        if time.monotonic() > until:
            break
    save(rows, arguments.out)
    own = [row["word_errors"] for row in rows if row["engine"] == name]
    print(f"{name}: {len(own)} sentences heard, mean word error rate {np.mean(own):.2f}")


if __name__ == "__main__":
    main()
