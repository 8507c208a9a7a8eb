"""Make data/*.flac: sentences as they come over a telephone line, for the tests of the keyword spotter.

`python -m tests.transcribe.sphinx.make_clips` needs what `training.heard` needs. The files are the line's own 8 kHz.
"""

import random
from pathlib import Path

import soundfile
import soxr

from training.heard import ENGINE_HZ, LINE_HZ, over_the_line, speak

DATA = Path(__file__).parent / "data"
SENTENCES = {
    "threat": "i will find you and kill you. i am going to hurt your family",
    "kill_the_order": "please kill that old order and send the alarm to my building",
    "family_call": "i will call you back when my family are at home, thank you",
}

SEEDS = {"threat": "two_threats"}
"""Not every voice is understood: the threat has one that is."""


def main() -> None:
    """Write every clip."""
    DATA.mkdir(exist_ok=True)
    for name, sentence in SENTENCES.items():
        rng = random.Random(SEEDS.get(name, name))
        _, samples = speak(sentence, rng)
        line = soxr.resample(over_the_line(samples, rng), ENGINE_HZ, LINE_HZ)
        soundfile.write(DATA / f"{name}.flac", line, LINE_HZ, subtype="PCM_16")


if __name__ == "__main__":
    main()
