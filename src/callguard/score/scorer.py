"""What every scorer is."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from callguard.speech import Span
from callguard.terms import Category, Samples


@dataclass(frozen=True, slots=True, kw_only=True)
class TextScore:
    """How abusive one text is."""

    scores: Mapping[Category, float]
    """Probability per category, 0 to 1; all ten are there."""
    labels: tuple[Category, ...]
    """Categories over their threshold, most severe first."""
    severity: int
    spans: tuple[Span, ...]
    is_angry: bool


def speaks(language: str, known: str) -> bool:
    """Whether `language` is `known` or one of its kinds: `pt-BR` is `pt`, `EN` is `en`, `del` (Delaware) is not `de`.

    Both are BCP 47 tags, which know no case; «_» between their parts, as locales write it, is read like «-».
    """
    own, wanted = (tag.lower().replace("_", "-") for tag in (language, known))
    return own == wanted or own.startswith(f"{wanted}-")


class Scorer(Protocol):
    """Judges single texts; stateless, shared by all calls."""

    @property
    def name(self) -> str:
        """Name and version."""
        ...

    @property
    def thresholds(self) -> Mapping[Category, float]:
        """From which probability on a category is said; all ten are there."""
        ...

    def warm(self) -> None:
        """Do now, in a few seconds, what the first texts would otherwise wait for; a server does it before calls come."""
        ...

    def glance(self, text: str, *, language: str = "en") -> TextScore:
        """Judge running speech, which may break off anywhere, by plain words only: half a sentence raises no alarm."""
        ...

    def score(self, text: str, context: Sequence[str] = (), *, language: str = "en") -> TextScore:
        """Judge `text`, said after the turns of `context` (oldest first). Raises EngineError if the model failed."""
        ...

    def understands(self, language: str) -> bool:
        """Whether more than keywords are heard in `language` (BCP 47); where not, a calm score means nothing and is marked."""
        ...

    def meaning(self, text: str) -> Samples | None:
        """Return what `text` is about as a unit vector, None from a scorer that cannot tell.

        Raises EngineError if the model failed.
        """
        ...
