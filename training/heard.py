"""What a real recogniser makes of our sentences: synthesised, sent over a telephone line, heard by PocketSphinx.

`python -m training.heard --count 3000` adds to models/corpus/heard.jsonl.gz and goes on where it stopped. Needs the commands
`flite` and `espeak-ng`. Every sentence has a voice, a speed and a line of its own, drawn from its number: the same sentence is
always heard in the same way.
"""

import argparse
import gzip
import json
import random
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import soundfile
import soxr

from callguard.transcribe.sphinx.decoder import SphinxDecoder
from training import corpus
from training.noise import plain, word_error_rate

HEARD = corpus.CORPUS / "heard.jsonl.gz"
LINE_HZ = 8000
ENGINE_HZ = 16_000
MU = 255.0
FLITE = ("rms", "slt", "awb")
ESPEAK = ("en-gb", "en-us", "en-gb-scotland", "en-gb-x-rp", "en-gb-x-gbclan")
SYNTHESIS_S = 60
SAVED_EVERY = 50


def speak(text: str, rng: random.Random) -> npt.NDArray[np.float32]:
    """Return `text` spoken by a voice that `rng` draws, mono, at the line's rate."""
    with tempfile.TemporaryDirectory() as folder:
        wave = Path(folder) / "speech.wav"
        if rng.random() < 0.85:
            stretch = f"duration_stretch={rng.uniform(0.85, 1.2):.2f}"
            command = ["flite", "-voice", rng.choice(FLITE), "--setf", stretch, "-t", text, "-o", str(wave)]
        else:
            command = ["espeak-ng", "-v", rng.choice(ESPEAK), "-s", str(rng.randint(135, 185)), "-w", str(wave), "--", text]
        subprocess.run(command, check=True, capture_output=True, timeout=SYNTHESIS_S)
        samples, rate = soundfile.read(wave, dtype="float32")
    return np.asarray(soxr.resample(samples, rate, LINE_HZ), dtype=np.float32)


def over_the_line(samples: npt.NDArray[np.float32], rng: random.Random) -> npt.NDArray[np.float32]:
    """Return the samples as they arrive: band-limited, noisy, through µ-law, at the engine's rate."""
    spectrum = np.fft.rfft(samples)
    heights = np.fft.rfftfreq(len(samples), 1 / LINE_HZ)
    spectrum[(heights < 300) | (heights > 3400)] = 0
    clean = np.fft.irfft(spectrum, len(samples))
    clean *= 0.1 / max(float(np.sqrt(np.mean(clean**2))), 1e-6)
    noise = np.random.default_rng(rng.getrandbits(32)).normal(size=len(clean))
    noisy = np.clip(clean + noise * 0.1 * 10 ** (-rng.uniform(25, 45) / 20), -1, 1)
    packed = np.round(np.sign(noisy) * np.log1p(MU * np.abs(noisy)) / np.log1p(MU) * 127) / 127
    line = np.sign(packed) * np.expm1(np.abs(packed) * np.log1p(MU)) / MU
    return np.asarray(soxr.resample(line.astype(np.float32), LINE_HZ, ENGINE_HZ), dtype=np.float32)


def hear(decoder: SphinxDecoder, samples: npt.NDArray[np.float32]) -> str:
    """Return what the decoder makes of one utterance."""
    silence = np.zeros(ENGINE_HZ // 4, np.float32)
    whole = np.concatenate((silence, samples, silence))
    decoder.begin("")
    decoder.hear((np.clip(whole, -1, 1) * 32767).astype("<i2").tobytes())
    return plain(decoder.end().text)


def chosen(sentences: Sequence[corpus.Sentence], count: int) -> Iterator[corpus.Sentence]:
    """Yield `count` sentences in an order of chance: every tenth from the held-out briefs, the others from training."""
    rng = random.Random(7)
    train = [sentence for sentence in sentences if sentence.split == "train"]
    test = [sentence for sentence in sentences if sentence.split == "test"]
    rng.shuffle(train)
    rng.shuffle(test)
    yield from test[: count // 10]
    yield from train[: count - count // 10]


def save(rows: Sequence[dict[str, Any]]) -> None:
    """Write all rows; the same rows always give the same bytes."""
    lines = "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows)
    HEARD.write_bytes(gzip.compress(lines.encode(), compresslevel=9, mtime=0))


def main() -> None:
    """Hear what has not been heard yet."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--count", type=int, default=3000)
    arguments = parser.parse_args()
    missing = [command for command in ("flite", "espeak-ng") if shutil.which(command) is None]
    if missing:
        sys.exit(f"the command {missing[0]} is not installed: apt-get install flite espeak-ng")
    rows: list[dict[str, Any]] = []
    if HEARD.is_file():
        with gzip.open(HEARD, "rt", encoding="utf-8") as file:
            rows = [json.loads(line) for line in file]
    known = {row["text"] for row in rows}
    decoder = SphinxDecoder()
    for sentence in chosen(corpus.load(), arguments.count):
        if sentence.text in known:
            continue
        rng = random.Random(sentence.id)
        heard = hear(decoder, over_the_line(speak(sentence.text, rng), rng))
        errors = round(word_error_rate(plain(sentence.text), heard), 3)
        rows.append({"id": sentence.id, "text": sentence.text, "heard": heard, "word_errors": errors})
        if len(rows) % SAVED_EVERY == 0:
            save(rows)
    save(rows)
    print(f"{len(rows)} sentences heard, mean word error rate {np.mean([row['word_errors'] for row in rows]):.2f}")


if __name__ == "__main__":
    main()
