"""Makes `data/two_sentences.flac`: two sentences by two voices on a telephone line, 8 kHz G.711, with pauses and line noise.

Run it with flite installed (`apt-get install flite`): `python tests/media/make_clip.py`.
"""

import subprocess
import tempfile
from pathlib import Path

import numpy as np
import soundfile
import soxr

from callguard.media.g711 import decode_mulaw, encode_mulaw
from callguard.terms import Samples

RATE_HZ = 8000
SENTENCES = (("slt", "Good morning, I am calling about my order."), ("rms", "It was promised for Monday, and nothing has come."))
CLIP = Path(__file__).parent / "data" / "two_sentences.flac"


def say(voice: str, text: str) -> Samples:
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder, "say.wav")
        subprocess.run(["flite", "-voice", voice, "-t", text, "-o", str(file)], check=True)
        samples, rate = soundfile.read(file, dtype="float32")
    spoken: Samples = soxr.resample(samples, rate, RATE_HZ)
    return spoken * np.float32(0.35)


def main() -> None:
    pause = np.zeros(int(0.8 * RATE_HZ), np.float32)
    pieces: list[Samples] = [pause]
    for voice, text in SENTENCES:
        pieces += [say(voice, text), pause]
    call = np.concatenate(pieces)
    call += np.random.default_rng(7).normal(0, 4e-4, len(call)).astype(np.float32)
    CLIP.parent.mkdir(exist_ok=True)
    soundfile.write(CLIP, decode_mulaw(encode_mulaw(call)), RATE_HZ, subtype="PCM_16")


if __name__ == "__main__":
    main()
