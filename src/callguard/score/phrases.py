"""The phrase language of rules files: words with slots, alternatives and gaps, compiled to one expression each.

    {will} ..2 kill|hurt {you}      «I'm going to really hurt you»

A space stands between words. `a|b_c` is «a» or «b c», `word?` may be missing, `{slot}` is any phrase of that slot, `kill*` any
word that opens so, `..` up to three words, `..5` up to five, `^` the start and `$` the end of a sentence. A gap never reaches
over a negation, an idiom or the end of a sentence.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from callguard.errors import PolicyError

MASK = "_"
"""What every letter of an idiom becomes, so that no phrase sees it and every place stays where it was."""

COMMON = frozenset((
    "i", "you", "the", "a", "an", "to", "of", "in", "on", "and", "is", "are", "it", "that", "this", "my", "your", "me", "we",
    "they", "he", "she", "will", "would", "do", "not", "have", "has", "be", "am", "was", "at", "for", "with", "so", "if",
    "up", "out", "what", "who", "how", "all", "just", "can", "come", "get", "go", "going", "know", "like", "one", "when",
    "there", "or", "as", "no", "now", "off", "over", "right", "yeah", "their", "them", "him", "her", "his", "our", "us",
    "been", "did", "could", "should", "some", "any", "from", "by", "about", "here", "then", "want", "got", "make", "'s",
))  # fmt: skip
"""Words in too many texts to be worth looking a phrase up by."""

_BORDER = r"(?![^ ])"
_GAP_WORD = r"(?: (?!(?:not|never|cannot|\.)(?![^ ])|_)[^ ]+)"
_NEAR = r"(?: (?!\.(?![^ ]))[^ ]+)"
_ELEMENT = re.compile(r"^(?P<body>[^?]+)(?P<optional>\?)?$")
GAP = 3
"""Words that `..` spans at most."""
_DEPTH = 8  # slots in slots; deeper is a circle


class Expression:
    """A regular expression that is compiled when a text first needs it: a rules file has thousands, a call needs dozens."""

    __slots__ = ("_compiled", "_source", "most_words")

    def __init__(self, source: str, most_words: int = 0) -> None:
        """`most_words` is the longest text that it can match, in words; 0 where nobody asks."""
        self._source = source
        self.most_words = most_words
        self._compiled: re.Pattern[str] | None = None

    @property
    def pattern(self) -> re.Pattern[str]:
        """The compiled expression."""
        if self._compiled is None:
            self._compiled = re.compile(self._source)
        return self._compiled


@dataclass(frozen=True, slots=True, eq=False)
class Phrase:
    """One phrase and the words that a text must hold for it to be worth trying."""

    source: str
    expression: Expression
    keys: frozenset[str]
    """One of these is in every text that matches; «kill*» for an opening."""


@dataclass(slots=True)
class PhraseBook:
    """Compiles phrases over named slots and remembers every plain word that they use."""

    slots: Mapping[str, Sequence[str]]
    vocabulary: set[str] = field(default_factory=set)
    _bodies: dict[str, tuple[str, frozenset[str]]] = field(default_factory=dict)
    _longest: dict[str, int] = field(default_factory=dict)

    def compile(self, source: str) -> Phrase:
        """Compile one phrase. Raises PolicyError, without a file name, if it cannot be read."""
        body, keys = self._whole(source)
        return Phrase(source, Expression(body + _BORDER), keys)

    def compile_before(self, source: str, reach: int) -> Expression:
        """Compile one phrase that has to end at most `reach` words before the end of the text."""
        return Expression(f"{self._whole(source)[0]}{_NEAR}{{0,{reach}}}$", self._most_words(source) + reach)

    def compile_after(self, source: str, reach: int) -> Expression:
        """Compile one phrase that has to start at most `reach` words after the start of the text."""
        return Expression(f"^{_NEAR}{{0,{reach}}}?{self._whole(source)[0]}{_BORDER}", self._most_words(source) + reach)

    def _whole(self, source: str) -> tuple[str, frozenset[str]]:
        body, keys = self._sequence(source, 0)
        if not keys:  # nothing in it has to be said: it would match at every place of every text
            raise PolicyError(f"phrase «{source}» has no word that must be said and fits any text; give it one without «?»")
        return body, keys

    def _most_words(self, source: str) -> int:
        """Return how many words a phrase that compiles can match at most."""
        return sum(self._most_words_of(element.removesuffix("?")) for element in source.split())

    def _most_words_of(self, element: str) -> int:
        if element in ("^", "$"):
            return 0
        if element.startswith(".."):
            return int(element[2:] or GAP)
        return max(map(self._most_words_of_alternative, element.split("|")))

    def _most_words_of_alternative(self, alternative: str) -> int:
        if not alternative.startswith("{"):
            return 0 if alternative == "$" else alternative.count("_") + 1
        name = alternative[1:-1]
        if name not in self._longest:
            self._longest[name] = max(map(self._most_words, self.slots[name]))
        return self._longest[name]

    def _sequence(self, source: str, depth: int) -> tuple[str, frozenset[str]]:
        if depth > _DEPTH:
            raise PolicyError(f"slot in «{source}» uses itself; break the circle")
        parts: list[str] = []
        candidates: list[frozenset[str]] = []
        for element in source.split():
            body, keys = self._element(element, source, depth)
            parts.append(body)
            if keys:
                candidates.append(keys)
        if not parts:
            raise PolicyError("a phrase is empty; give it at least one word")
        return "".join(parts), min(candidates, key=_cost, default=frozenset())

    def _element(self, element: str, source: str, depth: int) -> tuple[str, frozenset[str]]:
        if element == "^":
            return r"(?:^|(?<= \.))", frozenset()
        if element.startswith(".."):
            reach = element[2:] or str(GAP)
            if not re.fullmatch("[0-9]{1,2}", reach):  # `re` refuses huge ones, and only when a text first needs them
                raise PolicyError(f"gap «{element}» in «{source}» is no number up to 99; write .. or ..5")
            return f"{_GAP_WORD}{{0,{reach}}}?", frozenset()
        found = _ELEMENT.match(element)
        if found is None:
            raise PolicyError(f"element «{element}» in «{source}» cannot be read; «?» stands at its end")
        bodies: list[str] = []
        keys: set[str] = set()
        keyed = True
        for alternative in found["body"].split("|"):
            body, own = self._alternative(alternative, source, depth)
            bodies.append(body)
            keys |= own
            keyed = keyed and bool(own)
        whole = f"(?:{'|'.join(bodies)})"
        if found["optional"]:
            return f"{whole}?", frozenset()
        return whole, frozenset(keys) if keyed else frozenset()

    def _alternative(self, alternative: str, source: str, depth: int) -> tuple[str, frozenset[str]]:
        if alternative.startswith("{") and alternative.endswith("}"):
            return self._slot(alternative[1:-1], source, depth)
        if alternative == "$":
            return r"(?= \.|$)", frozenset()
        if not re.fullmatch(r"[a-z0-9']+(?:_[a-z0-9']+)*\*?", alternative):
            raise PolicyError(f"word «{alternative}» in «{source}» is no plain lower-case word")
        if "_" in alternative:
            return self._sequence(alternative.replace("_", " "), depth + 1)
        if alternative.endswith("*"):
            stem = alternative[:-1]
            return f" {re.escape(stem)}[^ ]*", frozenset({alternative})
        self.vocabulary.add(alternative)
        return f" {re.escape(alternative)}", frozenset({alternative})

    def _slot(self, name: str, source: str, depth: int) -> tuple[str, frozenset[str]]:
        if name not in self.slots:
            raise PolicyError(f"slot «{name}» in «{source}» does not exist; known slots: {', '.join(sorted(self.slots))}")
        if name not in self._bodies:
            bodies: list[str] = []
            keys: set[str] = set()
            keyed = True
            for phrase in sorted(self.slots[name], key=len, reverse=True):
                body, own = self._sequence(phrase, depth + 1)
                bodies.append(body)
                keys |= own
                keyed = keyed and bool(own)
            self._bodies[name] = (f"(?:{'|'.join(bodies)})", frozenset(keys) if keyed else frozenset())
        return self._bodies[name]


def _cost(keys: frozenset[str]) -> tuple[int, int]:
    """Prefer keys that few texts hold: no common word first, then few."""
    return len(keys & COMMON), len(keys)


class PhraseIndex:
    """Finds the phrases that are worth trying on a text, by the words that it holds."""

    def __init__(self, phrases: Iterable[tuple[int, Phrase]]) -> None:
        self._phrases = tuple(phrases)
        self._by_word: dict[str, list[int]] = {}
        self._by_stem: dict[str, list[tuple[str, int]]] = {}
        for place, (_, phrase) in enumerate(self._phrases):
            for key in phrase.keys:
                if key.endswith("*"):
                    self._by_stem.setdefault(key[0], []).append((key[:-1], place))
                else:
                    self._by_word.setdefault(key, []).append(place)

    def warm(self) -> None:
        """Compile every phrase now."""
        for _, phrase in self._phrases:
            _ = phrase.expression.pattern

    def candidates(self, words: Iterable[str]) -> list[tuple[int, Phrase]]:
        """Return the phrases that may match a text of `words`, each with its owner, in the order of the file."""
        places: set[int] = set()
        for word in set(words):
            places.update(self._by_word.get(word, ()))
            places.update(place for stem, place in self._by_stem.get(word[0], ()) if word.startswith(stem))
        return [self._phrases[place] for place in sorted(places)]
