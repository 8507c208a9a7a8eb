"""Text as rules read it: one spelling for what people say, with the way back to what people see.

A recogniser drops apostrophes and commas, writes «gonna», swaps «your» and «you're»; a letter writes «f***», «sh1t»,
«stuuupid», «k.i.l.l», hides signs without width in a word or takes letters that only look Latin. All become plain lower-case
words. Every word remembers which characters of the original it came from, so that a span points into the original.
"""

import re
import unicodedata
from bisect import bisect_right
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from callguard.score.lexicon import CONTRACTIONS, NOUN_BEFORE, SPACED, SPACED_BESIDE, SWEARS, TWISTED

STOP = "."
"""The end of a sentence, as a word of its own: no phrase reaches across it."""

BEEP = "beep"
"""What a censor or a recogniser put in place of a swear word."""

LEET = str.maketrans(
    {"1": "i", "!": "i", "|": "i", "3": "e", "4": "a", "@": "a", "0": "o", "$": "s", "5": "s", "7": "t", "+": "t"}
)
MASKS = "*#_%•-"
LONGEST_SWEAR = max(map(len, SWEARS))
SHORTEST, LONGEST = 4, 40
"""Single letters in a row that may be words; fewer spell a short name, more are no speech."""
LOOK_ALIKES = str.maketrans("асеіјорѕухԁɡһօαειοκνρτυχ", "aceijopsyxdghoaeiokvptux")
"""Cyrillic, Armenian, Greek and phonetic letters that look like Latin ones."""
_UNSEEN = frozenset({"Cf", "Mn", "Me"})
"""Unicode's categories of what stands in, on or between letters: soft hyphens, signs without width, accents of their own."""
_BEEP = r"[\[«(<]\s*(?:_+|beep|bleep|expletive|censored|redacted)\s*[\]»)>]"
_DOTTED = re.compile(r"[^\W_](?:[._][^\W_])+")
_TOKEN = re.compile(rf"{_BEEP}|[^\s,]+", re.IGNORECASE)
_EDGES = "\"'`´«»()[]{}<>…~“”‘—–:/\\"
_TITLES = frozenset({"mr", "mrs", "ms", "dr", "st", "prof", "no", "vs", "etc"})


@dataclass(frozen=True, slots=True)
class NormalText:
    """A text as words, each with the characters of the original that it came from."""

    joined: str
    """Every word after a space, so that « word» always matches at a border."""
    words: tuple[str, ...]
    starts: tuple[int, ...]
    """Where each word's space stands in `joined`."""
    origins: tuple[tuple[int, int], ...]
    """Start and end of each word in the original text."""

    def original(self, start: int, end: int) -> tuple[int, int]:
        """Return where joined[start:end] stands in the original text."""
        first, last = self.word_at(start), self.word_at(end - 1)
        return self.origins[first][0], self.origins[last][1]

    def word_at(self, place: int) -> int:
        """Return the index of the word that covers character `place` of `joined`."""
        return max(bisect_right(self.starts, place) - 1, 0)


class Normaliser:
    """Turns text into plain words; `vocabulary` tells which spelling an elongated word is meant to have."""

    def __init__(self, vocabulary: Iterable[str] = ()) -> None:
        self._vocabulary = frozenset(vocabulary) | frozenset(SWEARS)

    def normalise(self, text: str) -> NormalText:
        """Return `text` as plain lower-case words."""
        words: list[str] = []
        origins: list[tuple[int, int]] = []
        seen = _seen(text)
        for word, first, beyond in _join_spaced(self._raw_words(seen.text)):
            start, end = seen.starts[first], seen.ends[beyond - 1]
            before = words[-1] if words else ""
            if before == BEEP and word[0].isdigit():  # «**** 4567» is a card, not a curse
                words.pop()
                origins.pop()
            for part in self._plain(word, before):
                words.append(part)
                origins.append((start, end))
        starts: list[int] = []
        place = 0
        for word in words:
            starts.append(place)
            place += len(word) + 1
        return NormalText("".join(f" {word}" for word in words), tuple(words), tuple(starts), tuple(origins))

    def _raw_words(self, text: str) -> Iterator[tuple[str, int, int]]:
        for found in _TOKEN.finditer(text):
            start, end, raw = found.start(), found.end(), found.group().lower()
            if re.fullmatch(_BEEP, raw):
                yield BEEP, start, end
                continue
            bare = raw.strip(_EDGES)
            core = bare.rstrip(".!?;")
            if core:
                offset = start + raw.find(core)
                if any(mark in core for mark in "*#@$") or not ({"-", "/"} & set(core)):
                    yield core, offset, offset + len(core)
                else:
                    for piece in re.finditer(r"[^-/]+", core):
                        yield piece.group(), offset + piece.start(), offset + piece.end()
            if len(bare) > len(core) and core not in _TITLES:
                yield STOP, end - 1, end

    def _plain(self, word: str, before: str) -> list[str]:
        if word in (STOP, BEEP):
            return [word]
        flat = word.replace("'", "")
        if before in NOUN_BEFORE.get(word, ()):
            return [word]
        if word in CONTRACTIONS or flat in CONTRACTIONS:
            return CONTRACTIONS.get(word, CONTRACTIONS.get(flat, word)).split()
        if flat in TWISTED or word in TWISTED:
            return TWISTED.get(flat, TWISTED.get(word, flat)).split()
        if word.endswith("'s"):
            return [word[:-2], "'s"] if word[:-2] else ["'s"]
        plain = self._respell(flat)
        return [plain] if plain else []

    def _respell(self, word: str) -> str:
        """Return one plain word, or nothing for signs that stand for nothing."""
        if word.isalpha():
            return self._shorten(word if word.isascii() else self._in_latin(word))
        if _DOTTED.fullmatch(word) and (spaced := re.sub("[._]", "", word).translate(LEET)) in SPACED:
            return spaced
        if not any(sign.isalpha() for sign in word) and not all(sign in MASKS for sign in word):
            return word
        return self._uncensor(word) or word.strip("*#_!?.%•")

    def _in_latin(self, word: str) -> str:
        """Undo foreign letters among Latin ones («fuсk») and accents on a word of abuse; other words stay as they are."""
        latin = word.translate(LOOK_ALIKES)
        if latin.isascii() and any(sign.isascii() for sign in word):
            return latin
        bare = "".join(sign for sign in unicodedata.normalize("NFD", word) if sign.isascii())
        return bare if bare in SPACED else word

    def _shorten(self, word: str) -> str:
        """Undo «stuuupid»: only for three letters in a row, only into a word that the rules know."""
        if word in self._vocabulary or not re.search(r"(.)\1\1", word):
            return word
        for keep in (r"\1\1", r"\1"):
            shorter = re.sub(r"(.)\1\1+", keep, word)
            if shorter in self._vocabulary:
                return shorter
        single = re.sub(r"(.)\1+", r"\1", word)
        return single if single in self._vocabulary else word

    def _uncensor(self, word: str) -> str | None:
        plain = word.translate(LEET)
        if plain in self._vocabulary and plain != word:
            return plain
        if all(sign in MASKS for sign in word):
            return BEEP if len(word) >= 3 and "*" in word else None
        if not any(sign in MASKS for sign in plain) or len(re.sub(r"\*+", "*", plain)) > LONGEST_SWEAR:
            return None
        shape = re.compile("".join("[a-z]" if sign in MASKS else re.escape(sign) for sign in plain))
        exact = next((swear for swear in SWEARS if shape.fullmatch(swear)), None)
        if exact or not _is_censored(plain):
            return exact
        loose = re.compile(re.sub(r"(?:\\\*)+", "[a-z]+", re.escape(plain)))
        return next((swear for swear in SWEARS if loose.fullmatch(swear)), None)


class _Seen(NamedTuple):
    """A text as it looks, and where each of its signs stands in the original: from `starts` up to `ends`."""

    text: str
    starts: Sequence[int]
    ends: Sequence[int]


def _seen(text: str) -> _Seen:
    """Return `text` without what has no width, accents joined to their letters, letters in fancy dress as plain ones."""
    if text.isascii():
        return _Seen(text, range(len(text)), range(1, len(text) + 1))
    signs: list[str] = []
    starts: list[int] = []
    ends: list[int] = []
    for place, sign in enumerate(text):
        kind = unicodedata.category(sign)
        if kind in _UNSEEN:
            if signs and not signs[-1].isspace():
                one = unicodedata.normalize("NFC", signs[-1] + sign)
                signs[-1] = one if len(one) == 1 else signs[-1]
                ends[-1] = place + 1
            continue
        signs.append(_plain_sign(sign, kind))
        starts.append(place)
        ends.append(place + 1)
    return _Seen("".join(signs), starts, ends)


def _plain_sign(sign: str, kind: str) -> str:
    if sign == "’":
        return "'"
    if sign == "İ":  # the one letter that grows when it is made small: every place behind it would be off
        return "I"
    if sign.isascii() or kind not in ("Lu", "Ll"):
        return sign
    plain = unicodedata.normalize("NFKC", sign)
    return plain if len(plain) == 1 and plain.isascii() else sign


def _is_censored(word: str) -> bool:
    """Whether stars in `word` may stand for any number of letters: «A*» is a grade, and «b*d» may be «bad»."""
    stars, letters = word.count("*"), sum(sign.isalpha() for sign in word)
    return word[0].isalpha() and (stars >= 2 or (stars == 1 and letters >= 2 and len(word) >= 4))


def _join_spaced(words: Iterable[tuple[str, int, int]]) -> Iterator[tuple[str, int, int]]:
    """Join «f u c k» and «y o u i d i o t»; a run of letters that is not all abuse stays a spelling."""
    run: list[tuple[str, int, int]] = []
    for item in words:
        if len(item[0]) == 1 and item[0] != STOP:
            run.append(item)
            continue
        yield from _joined(run)
        run = []
        yield item
    yield from _joined(run)


def _joined(run: list[tuple[str, int, int]]) -> list[tuple[str, int, int]]:
    letters = "".join(word for word, _, _ in run).translate(LEET)
    words = _words_of(letters) if SHORTEST <= len(letters) <= LONGEST else None
    if words is None or not any(len(word) >= SHORTEST and word in SPACED for word in words):
        return run
    joined: list[tuple[str, int, int]] = []
    place = 0
    for word in words:
        joined.append((word, run[place][1], run[place + len(word) - 1][2]))
        place += len(word)
    return joined


def _words_of(letters: str) -> list[str] | None:
    """Part «youidiot» into words that are all known, the longest first; «i» and «a» may not end it. A spelled name is not."""
    best: list[list[str] | None] = [None] * len(letters) + [[]]
    for start in reversed(range(len(letters))):
        for end in range(len(letters), start, -1):
            word, rest = letters[start:end], best[end]
            is_known = word in SPACED or word in SPACED_BESIDE or (end < len(letters) and word in ("i", "a"))
            if is_known and rest is not None:
                best[start] = [word, *rest]
                break
    return best[0]
