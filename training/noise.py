"""What a recogniser does to words: sound-alikes, words dropped, merged and split, no punctuation, starred swearing. And typing.

Confusions come from sounds, not from a list: PocketSphinx's dictionary (CMUdict, BSD) gives every word's phonemes, and a word is
heard as another whose phonemes are the same or one step away. What is heard is always a word of the vocabulary, as with a real
recogniser; where no word is near, «uh» or a cut-off form stands for it.
"""

import random
import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from importlib.util import find_spec
from pathlib import Path

Phonemes = tuple[str, ...]

ALIKE = ("AA AO AH", "IH IY EH", "AE EH AH", "UH UW AH", "EY EH AY", "OW AO AW", "B P", "D T", "G K", "V F B", "Z S", "DH TH D",
         "SH CH", "JH CH ZH", "M N NG", "L R W", "HH F")  # fmt: skip
"""Phonemes that telephone speech confuses, after their place and manner of articulation."""

CONSONANTS = {
    phoneme: letter
    for letter, group in zip(
        "bdgvzjmlhyw", ("B P", "D T", "G K", "V F TH DH", "Z S", "SH CH JH ZH", "M N NG", "L R", "HH", "Y", "W"), strict=True
    )
    for phoneme in group.split()
}
"""A letter for each group of consonants; vowels have none."""

DROPPED_FIRST = frozenset(
    [
        "a",
        "an",
        "the",
        "to",
        "of",
        "in",
        "on",
        "at",
        "is",
        "it",
        "i'm",
        "you",
        "and",
        "that",
        "do",
        "be",
        "for",
        "just",
        "so",
        "my",
        "your",
        "will",
        "would",
        "have",
    ]
)
"""Short unstressed words, which recognisers lose most."""
OFTEN, SELDOM = 1.3, 0.9
"""Of `word_errors`, how many those short words suffer and how many the others; so the sum stays what was asked for."""
DROPPED_SHARE, LONG_DROPPED_SHARE = 0.5, 0.12
"""Of a word's errors, those that drop it."""
MERGED_SHARE, ADDED_SHARE = 0.1, 0.05
"""Those that make it one with the next, where a word sounds like both, and those that put a short word behind it."""
ADDED = ("a", "the", "and", "to", "i", "it", "in", "is", "of", "that", "um", "uh", "oh", "on")
SWEAR = re.compile(
    r"\b(?:\w*fuck\w*|\w*shit\w*|bitch\w*|bastard\w*|cunt\w*|ass|asses|asshole\w*|arse[ds]?|arsehole\w*|dicks?|dickhead\w*|prick\w*|wank\w*|twat\w*|piss\w*|bollocks)\b",
    re.IGNORECASE,
)
UNITS = (
    "zero",
    "one",
    "two",
    "three",
    "four",
    "five",
    "six",
    "seven",
    "eight",
    "nine",
    "ten",
    "eleven",
    "twelve",
    "thirteen",
    "fourteen",
    "fifteen",
    "sixteen",
    "seventeen",
    "eighteen",
    "nineteen",
)
TENS = ("twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety")


def plain(text: str) -> str:
    """Return `text` as a recogniser writes it: lower case, numbers in words, apostrophes but no other punctuation."""
    lowered = text.lower().replace("’", "'")
    spelt = re.sub(r"\d+", lambda found: f" {spell_number(found.group())} ", lowered)
    return " ".join(re.findall(r"[^\W\d_]+(?:'[^\W\d_]+)*|\*+", spelt.replace("-", " ")))


def spell_number(digits: str) -> str:
    """Return a number as it is said; long ones digit by digit."""
    number = int(digits)
    if len(digits) > 4 or (digits[0] == "0" and len(digits) > 1):
        return " ".join(UNITS[int(digit)] for digit in digits)
    if number < 20:
        return UNITS[number]
    if number < 100:
        return TENS[number // 10 - 2] + (f" {UNITS[number % 10]}" if number % 10 else "")
    if number < 1000:
        rest = f" and {spell_number(str(number % 100))}" if number % 100 else ""
        return f"{UNITS[number // 100]} hundred{rest}"
    rest = f" {spell_number(str(number % 1000))}" if number % 1000 else ""
    return f"{spell_number(str(number // 1000))} thousand{rest}"


def starred(text: str, rng: random.Random) -> str:
    """Return `text` with its swear words censored, as many engines do."""
    style = rng.choice(("f***", "****", "beep", "f**k"))

    def censor(found: re.Match[str]) -> str:
        word = found.group()
        if style == "beep" or len(word) < 3:
            return "beep"
        if style == "****":
            return "*" * len(word)
        return word[0] + "*" * (len(word) - 1) if style == "f***" else word[0] + "*" * (len(word) - 2) + word[-1]

    return SWEAR.sub(censor, text)


LEET = {"a": "4", "e": "3", "i": "1", "o": "0", "s": "5", "t": "7"}
"""Digits that stand for the letters that they look like."""


def misspelt(text: str, rng: random.Random) -> str:
    """Return `text` as hurried or evasive people type it: one or two of its words mistyped, spaced out, or run together.

    A word of fewer than four letters stays, and so, now and then, does one that its change leaves as it was.
    """
    words = text.split()
    for _ in range(rng.choice((1, 1, 2))):
        long = [place for place, word in enumerate(words) if len(word) > 3]
        if not long:
            break
        place = rng.choice(long)
        if rng.random() < 0.2 and place + 1 < len(words):
            words[place : place + 2] = [words[place] + words[place + 1]]
        else:
            words[place : place + 1] = _mistyped(words[place], rng).split()
    return " ".join(words)


def _mistyped(word: str, rng: random.Random) -> str:
    """Return `word` with one letter after the first lost, doubled or changed with its neighbour, or all in leet or spaced out."""
    place = rng.randrange(1, len(word) - 1)
    before, letter, after = word[:place], word[place], word[place + 1 :]
    kind = rng.random()
    if kind < 0.4:
        return before + after
    if kind < 0.6:
        return before + after[0] + letter + after[1:]
    if kind < 0.75:
        return before + letter + letter + after
    if kind < 0.9:
        return word[0] + "".join(LEET.get(sign.lower(), sign) for sign in word[1:])
    return " ".join(word)


class Mishearing:
    """Turns what was said into what a recogniser might write, with a given share of word errors."""

    def __init__(self, vocabulary: Iterable[str]) -> None:
        """`vocabulary` holds every word that may be heard: those of the texts at hand, so that no rare name comes up."""
        known = frozenset(vocabulary)
        self._sounds = {word: sound for word, sound in _dictionary().items() if word in known}
        self._words: dict[Phonemes, list[str]] = defaultdict(list)
        for word, sound in self._sounds.items():
            self._words[sound].append(word)
        self._classes: dict[str, set[str]] = defaultdict(set)
        for group in ALIKE:
            for phoneme in group.split():
                self._classes[phoneme].update(group.split())
        self._outlines: dict[str, list[str]] = defaultdict(list)
        for word, sound in self._sounds.items():
            self._outlines[_outline(sound)].append(word)
        self._cache: dict[str, tuple[str, ...]] = {}

    def hear(self, text: str, rng: random.Random, *, word_errors: float) -> str:
        """Return `text` with about `word_errors` of its words wrong; always plain."""
        said = plain(text).split()
        heard: list[str] = []
        place = 0
        while place < len(said):
            word = said[place]
            place += 1
            if rng.random() >= word_errors * (OFTEN if word in DROPPED_FIRST else SELDOM):
                heard.append(word)
                continue
            kind = rng.random()
            if kind < (DROPPED_SHARE if word in DROPPED_FIRST else LONG_DROPPED_SHARE):
                continue
            if kind > 1 - ADDED_SHARE:
                heard += [word, rng.choice(ADDED)]
            elif kind > 1 - ADDED_SHARE - MERGED_SHARE and place < len(said) and (merged := self._merged(word, said[place])):
                heard.append(merged)
                place += 1
            else:
                heard.append(rng.choice(self.sound_alikes(word)))
        return " ".join(heard) or plain(text)

    def knows(self, word: str) -> bool:
        """Whether it is known how `word` sounds."""
        return word in self._sounds

    def sound_alikes(self, word: str) -> Sequence[str]:
        """Return what `word` may be heard as: its neighbours in sound, else words of a like outline, else a cut-off form."""
        if word not in self._cache:
            sound = self._sounds.get(word)
            found = sorted(self._near(word, sound) or self._alike_in_outline(word, sound)) if sound else []
            self._cache[word] = tuple(found) or ("uh", word[: max(len(word) - 2, 1)])
        return self._cache[word]

    def _near(self, word: str, sound: Phonemes) -> set[str]:
        found = set(self._words[sound])
        for place, phoneme in enumerate(sound):
            found.update(self._words.get(sound[:place] + sound[place + 1 :], ()))
            for other in self._classes.get(phoneme, ()):
                found.update(self._words.get((*sound[:place], other, *sound[place + 1 :]), ()))
            if place and place < len(sound):
                first, second = self._words.get(sound[:place], ()), self._words.get(sound[place:], ())
                found.update(f"{one} {two}" for one in first[:1] for two in second[:1] if len(sound) > 3)
        found.discard(word)
        return found

    def _alike_in_outline(self, word: str, sound: Phonemes) -> set[str]:
        """Return words of like length with the same consonants in the same order, or with one of them missing."""
        outline = _outline(sound)
        shorter = (outline[:place] + outline[place + 1 :] for place in range(len(outline)) if len(outline) > 2)
        alike = (other for form in (outline, *shorter) for other in self._outlines.get(form, ()))
        return {other for other in alike if other != word and abs(len(self._sounds[other]) - len(sound)) <= 1}

    def _merged(self, first: str, second: str) -> str | None:
        together = self._words.get(self._sounds.get(first, ("?",)) + self._sounds.get(second, ("?",)))
        return together[0] if together else None


def _outline(sound: Phonemes) -> str:
    """Return a word's consonants, those that a telephone confuses taken for one."""
    return "".join(CONSONANTS.get(phoneme, "") for phoneme in sound)


def vocabulary(texts: Iterable[str], *, at_least: int = 3) -> list[str]:
    """Return the words that stand in `texts` at least so often."""
    counted = Counter(word for text in texts for word in plain(text).split())
    return sorted(word for word, count in counted.items() if count >= at_least)


def word_error_rate(said: str, heard: str) -> float:
    """Return the share of words that are wrong: the edit distance of words over the number said."""
    one, two = said.split(), heard.split()
    row = list(range(len(two) + 1))
    for place, word in enumerate(one, start=1):
        before, row[0] = row[0], place
        for column, other in enumerate(two, start=1):
            before, row[column] = row[column], min(row[column] + 1, row[column - 1] + 1, before + (word != other))
    return row[-1] / max(len(one), 1)


def _dictionary() -> dict[str, Phonemes]:
    spec = find_spec("pocketsphinx")
    assert spec is not None, "pocketsphinx is among callguard's dependencies"
    assert spec.origin is not None, "pocketsphinx is a package with files"
    path = Path(spec.origin).parent / "model" / "en-us" / "cmudict-en-us.dict"
    entries = (line.split() for line in path.read_text(encoding="utf-8").splitlines())
    return {word: tuple(sound) for word, *sound in entries if "(" not in word}
