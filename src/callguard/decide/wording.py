"""Sentences with placeholders, and how long they are when spoken."""

import re
from collections.abc import Container, Iterable

from callguard.errors import PolicyError

PLACEHOLDERS = ("organisation", "agent", "destination", "name_and_title")
SPOKEN_WORDS = 25
"""A prompt is read at a glance and said in one breath."""
WORDS_OF_A_PLACEHOLDER = 3
"""«Larkfield Garden Centre», «Ana Ruiz, manager»: what a placeholder is worth when words are counted."""

_PLACE = re.compile(r"\{([^{}]*)\}")


def unknown_placeholders(text: str, *, known: Container[str] = PLACEHOLDERS) -> list[str]:
    """Return the placeholders of `text` that nobody can fill."""
    return [name for name in _PLACE.findall(text) if name not in known]


def spoken_words(text: str) -> int:
    """Count the words that somebody has to say."""
    places = len(_PLACE.findall(text))
    return len(_PLACE.sub(" ", text).split()) - _loose_signs(_PLACE.sub(" ", text).split()) + places * WORDS_OF_A_PLACEHOLDER


def fill(text: str, *, organisation: str, destination: str, agent: str = "", name_and_title: str = "") -> str:
    """Put the names into `text`. Raises PolicyError if it has a placeholder that nobody can fill."""
    values = {
        "organisation": organisation,
        "destination": destination,
        "agent": agent or "my colleague",
        "name_and_title": name_and_title or "(your name and title)",
    }
    for name in unknown_placeholders(text):
        raise PolicyError(f"placeholder «{{{name}}}» is unknown; use {', '.join(PLACEHOLDERS)}")
    return _PLACE.sub(lambda found: values[found[1]], text)


def _loose_signs(words: Iterable[str]) -> int:
    return sum(not any(sign.isalnum() for sign in word) for word in words)
