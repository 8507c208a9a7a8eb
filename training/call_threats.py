"""Which threats the keyword spotter listens for, and how sure it must be of each.

`python -m training.call_threats` writes src/callguard/transcribe/sphinx/model/threats.kws. Each phrase is synthesised in several
voices and carriers and sent over a telephone line, and so are benign training sentences, half of them twins of threats. A phrase
gets the most lenient threshold at which it is heard in no benign sentence; one that is then heard in nothing, or nowhere without
false hits, is left out. Needs what `training.heard` needs. `--check` measures the file on other voices and on the benign
sentences of the test sittings.
"""

import argparse
import random
import tempfile
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from callguard.transcribe.sphinx.phrases import THREATS, PhraseDecoder
from training import corpus
from training.heard import Samples, over_the_line, speak

PHRASES = (
    "kill you", "going to kill you", "gonna kill you", "i will kill you", "i'll kill you", "kill you all", "kill all of you",
    "kill your family", "kill your children", "kill your kids", "find you and kill you", "going to murder you",
    "i will murder you",
    "going to come and find you", "i will find you", "burn your house down", "burn the place down", "burn the building down",
    "burn it down with you", "i will set fire to your house", "going to blow up the building", "i'll blow up the building",
    "blow up your building", "blow the place up", "blow your building up", "i will blow you up", "bomb in your building",
    "bomb in the building", "there is a bomb", "there's a bomb", "plant a bomb", "before the bomb goes off", "going to shoot you",
    "i'll shoot you", "shoot up the office", "going to shoot all of you", "i have a gun", "i've got a gun",
    "come down there with a gun", "come down there and stab you", "bullet in your head", "put a bullet in you",
    "going to stab you", "i'll stab you", "put a knife in you", "cut your throat", "slit your throat", "going to break your legs",
    "i'll break your legs", "going to break your neck", "break your fingers", "going to smash your face in",
    "i will smash your face in", "going to smash your head in", "i'll kick your head in", "i'll beat you to death",
    "going to beat you up", "going to hurt you", "i will hurt you", "hurt your family", "hurt your children",
    "throw acid in your face", "going to run you over", "hunt you down", "watch your back", "you are a dead man",
    "going to rape you", "going to strangle you", "you will die", "you're going to die",
)  # fmt: skip
NEAR_MISSES = (
    "i will call you back tomorrow", "i'll call you when i get home", "i am going to call you again",
    "i will tell you what happened", "i'll tell you what", "can somebody call you back on friday", "i will fill you in",
    "i will pay you on monday", "could you help me please", "i can show you the letter", "there is a problem with my bill",
    "there's a bus at ten", "there is a form in the building", "i have a card", "i've got the bill here",
    "i will be dialling you again", "you will try again", "i will find your number", "i will find you the reference",
    "call you and your family", "i'll show you the receipt",
)  # fmt: skip
"""Everyday words that sound like threats, said in three voices each."""
CARRIERS = ("{}", "listen to me {}", "i mean it {} do you hear me", "if you don't pay me today {} i swear")
THRESHOLDS = ("1e-3", "1e-8", "1e-14", "1e-20", "1e-30")
"""Strictest first."""
TAKES = 2
BENIGN = 200


@dataclass(frozen=True, slots=True)
class Clip:
    """A sentence as it came over the line."""

    text: str
    pcm: bytes


def say(text: str, seed: str) -> Clip:
    """Return `text` spoken and sent."""
    rng = random.Random(seed)
    _, samples = speak(text, rng)
    return Clip(text, _pcm(over_the_line(samples, rng)))


def _pcm(samples: Samples) -> bytes:
    return (np.clip(samples, -1, 1) * 32767).astype("<i2").tobytes()


def threats(seed: str) -> list[Clip]:
    """Return every phrase in several carriers and voices."""
    return [
        say(CARRIERS[(place + 2 * take) % len(CARRIERS)].format(phrase), f"{seed}:{phrase}:{take}")
        for place, phrase in enumerate(PHRASES)
        for take in range(TAKES)
    ]


def benign(sentences: Sequence[corpus.Sentence], split: str, count: int) -> list[Clip]:
    """Return harmless sentences, half of them twins of threats."""
    severe = {sentence.id for sentence in sentences if sentence.severity == 4}
    calm = [sentence for sentence in sentences if sentence.split == split and not sentence.labels]
    random.Random(11).shuffle(calm)
    twins = [sentence for sentence in calm if sentence.twin in severe][: count // 2]
    others = [sentence for sentence in calm if sentence.twin not in severe][: count - len(twins)]
    clips = [say(sentence.text, sentence.id) for sentence in (*twins, *others)]
    return clips + [say(text, f"{split}:{text}:{take}") for text in NEAR_MISSES for take in range(3)]


def spot(clips: Iterable[Clip], thresholds: Sequence[tuple[str, str]]) -> list[set[str]]:
    """Return the phrases heard in each clip, with one threshold for each phrase."""
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "phrases.kws"
        file.write_text(as_lines(thresholds), encoding="utf-8")
        decoder = PhraseDecoder(file)
        return [{word.text for word in decoder.listen(clip.pcm)} for clip in clips]


def as_lines(thresholds: Iterable[tuple[str, str]]) -> str:
    """Return phrases as PocketSphinx reads them."""
    return "".join(f"{phrase} /{threshold}/\n" for phrase, threshold in thresholds)


def tune(heard: Sequence[Clip], harmless: Sequence[Clip]) -> list[tuple[str, str]]:
    """Return each phrase that can be told from harmless speech, with its threshold."""
    best: dict[str, str] = {}
    spoilt: set[str] = set()
    for threshold in THRESHOLDS:
        trial = [(phrase, threshold) for phrase in PHRASES]
        spoilt |= set().union(*spot(harmless, trial))
        found = spot(heard, trial)
        for phrase in PHRASES:
            hits = sum(phrase in said for said, clip in zip(found, heard, strict=True) if phrase in clip.text)
            if phrase not in spoilt and hits:
                best[phrase] = threshold
    return list(best.items())


def main() -> None:
    """Tune and write, or measure."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--check", action="store_true")
    arguments = parser.parse_args()
    sentences = corpus.load()
    if arguments.check:
        rows = [line.rsplit(" /", 1) for line in THREATS.read_text(encoding="utf-8").splitlines()]
        chosen = [(phrase, threshold.rstrip("/")) for phrase, threshold in rows]
        said, harmless = threats("check"), benign(sentences, "test", BENIGN)
    else:
        said, harmless = threats("tune"), benign(sentences, "train", BENIGN)
        chosen = tune(said, harmless)
        THREATS.write_text(as_lines(chosen), encoding="utf-8")
    hits, misses = spot(said, chosen), spot(harmless, chosen)
    minutes = sum(len(clip.pcm) for clip in harmless) / 32_000 / 60
    print(
        f"{len(chosen)} phrases; heard in {sum(map(bool, hits))} of {len(said)} threats, "
        f"and in {sum(map(bool, misses))} of {len(harmless)} harmless sentences ({minutes:.1f} minutes)"
    )


if __name__ == "__main__":
    main()
