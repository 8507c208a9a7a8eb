"""A scorer that remembers: going through the same calls under a second policy asks the model nothing twice."""

from collections.abc import Mapping, Sequence
from functools import lru_cache

from callguard.score.scorer import Scorer, TextScore
from callguard.terms import Category, Samples

REMEMBERED = 8192
"""Texts: the utterances of some hundred calls."""


class RememberingScorer:
    """Asks `scorer` once for each text and context."""

    def __init__(self, scorer: Scorer) -> None:
        self._scorer = scorer
        self._score = lru_cache(REMEMBERED)(self._ask)
        self._meaning = lru_cache(REMEMBERED)(scorer.meaning)

    @property
    def name(self) -> str:
        """Return that of the scorer."""
        return self._scorer.name

    @property
    def thresholds(self) -> Mapping[Category, float]:
        """Return those of the scorer."""
        return self._scorer.thresholds

    def warm(self) -> None:
        """Leave that to the scorer's owner."""

    def glance(self, text: str, *, language: str = "en") -> TextScore:
        """Judge running speech; that is quick, and seldom the same twice."""
        return self._scorer.glance(text, language=language)

    def score(self, text: str, context: Sequence[str] = (), *, language: str = "en") -> TextScore:
        """Judge a text, or say again what was said of it."""
        return self._score(text, tuple(context), language)

    def understands(self, language: str) -> bool:
        """Return what the scorer says."""
        return self._scorer.understands(language)

    def meaning(self, text: str) -> Samples | None:
        """Return the scorer's vector."""
        return self._meaning(text)

    def _ask(self, text: str, context: tuple[str, ...], language: str) -> TextScore:
        return self._scorer.score(text, context, language=language)
