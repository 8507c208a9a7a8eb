"""What the model makes of texts: after their earlier turns, of long ones part by part. Scoring and calibration read by it."""

from collections.abc import Sequence
from typing import Final, NamedTuple

import numpy as np

from callguard.score.calibration import is_mild
from callguard.score.encoder import Encoder, Floats
from callguard.score.tokens import TEXT_TOKENS, Tokens
from callguard.terms import Category

OVERLAP_TOKENS: Final = 8


class Reading(NamedTuple):
    """The model's logits of one text, each of shape (outputs,)."""

    logits: Floats
    """After its earlier turns. They may excuse a mild word, but nobody is rude only by what was said before."""
    alone: Floats
    """As if nothing had been said before."""


class ModelReader:
    """Reads texts with the model."""

    def __init__(self, encoder: Encoder, tokens: Tokens, outputs: Sequence[str]) -> None:
        """Take what each column of the logits is (`outputs`)."""
        self._encoder = encoder
        self._tokens = tokens
        self._mild = [outputs.index(category.value) for category in Category if is_mild(category)]

    def read(self, texts: Sequence[str], contexts: Sequence[Sequence[str]]) -> list[Reading]:
        """Return what the model says of each text; of a long one, the highest of its parts. Raises EngineError if it failed."""
        asked = [
            (text, turns) for text, given in zip(texts, contexts, strict=True) for turns in ((given, ()) if given else ((),))
        ]
        parts = [[self._tokens.numbers(text[start:end], turns) for start, end in self.places(text)] for text, turns in asked]
        every = self._encoder.logits([part for own in parts for part in own])
        ends = np.cumsum([len(own) for own in parts])
        highest = iter([part.max(axis=0) for part in np.split(every, ends[:-1])])
        found = []
        for given in contexts:
            logits = next(highest)
            alone = next(highest) if given else logits
            logits[self._mild] = np.minimum(logits[self._mild], alone[self._mild])
            found.append(Reading(logits, alone))
        return found

    def places(self, text: str) -> list[tuple[int, int]]:
        """Return start and end of the overlapping parts that the model can read at once."""
        pieces = self._tokens.pieces(text)
        if len(pieces) <= TEXT_TOKENS:
            return [(0, len(text))]
        starts = range(0, len(pieces) - OVERLAP_TOKENS, TEXT_TOKENS - OVERLAP_TOKENS)
        return [(pieces[start][1], pieces[min(start + TEXT_TOKENS, len(pieces)) - 1][2]) for start in starts]
