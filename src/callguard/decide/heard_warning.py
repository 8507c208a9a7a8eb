"""Hears that the agent has warned the caller in their own words; nothing else is ever read from an agent's words."""

import re
import unicodedata
from collections.abc import Iterable
from difflib import SequenceMatcher

_GAP = "..."
_GAP_WORDS = 14  # «if you go on speaking to me like that I am going to have to»
_RUN = 4
_LETTER = r"[^\W\d_]"


class WarningEar:
    """Matches the intents that a policy lists: `a|b` is either word, `...` up to fourteen words."""

    def __init__(self, intents: Iterable[str]) -> None:
        self._expressions = [re.compile(_expression(intent)) for intent in intents]

    def hears(self, text: str) -> float | None:
        """Say where in `text` a warning begins, as a share of its words from 0 up to 1; None if it amounts to none."""
        words = re.findall(rf"{_LETTER}+", _plain(text))
        plain = "".join(f" {word}" for word in words)
        found = [match.start() for expression in self._expressions if (match := expression.search(plain))]
        return plain.count(" ", 0, min(found)) / len(words) if found else None


def is_intent(intent: str) -> bool:
    """Say whether an intent names words: one that is empty, or in which a word may be missing, would match whatever is said."""
    elements = intent.split()
    words = [element for element in elements if element != _GAP]
    return bool(words) and all(re.fullmatch(rf"{_LETTER}+", word) for element in words for word in _plain(element).split("|"))


def reads(text: str, card: str) -> bool:
    """Say whether somebody reads a card aloud: so many of its words in a row come by no chance."""
    said, written = (re.findall(rf"{_LETTER}+", _plain(one)) for one in (text, card))
    return SequenceMatcher(None, said, written, autojunk=False).find_longest_match().size >= _RUN


def _plain(text: str) -> str:
    return unicodedata.normalize("NFC", text).lower().replace("'", "").replace("’", "")


def _expression(intent: str) -> str:
    parts: list[str] = []
    for element in _plain(intent).split():
        if element == _GAP:
            parts.append(rf"(?: {_LETTER}+){{0,{_GAP_WORDS}}}?")
        else:
            parts.append(f" (?:{'|'.join(re.escape(word) for word in element.split('|'))})")
    return "".join(parts) + rf"(?!{_LETTER})"
