"""What the model makes of texts: after their earlier turns, of long ones part by part. Scoring and calibration read by it."""

from collections.abc import Sequence
from typing import Final, NamedTuple

import numpy as np

from callguard.score.calibration import ABUSE_ANY, is_mild
from callguard.score.encoder import Encoder, Floats
from callguard.score.tokens import TEXT_TOKENS, Tokens
from callguard.terms import Category

OVERLAP_TOKENS: Final = 8
NEAR: Final = -3.0
"""The logit from which on «mild» or «abusive at all» could matter. Below it a text is not read a second time without its earlier
turns: so most turns of a call cost one reading instead of two, and no probability is off by more than 0.04."""


class Reading(NamedTuple):
    """The model's logits of one text, each of shape (outputs,)."""

    logits: Floats
    """After its earlier turns. They may excuse a mild word, but nobody is rude only by what was said before."""
    alone: Floats
    """As if nothing had been said before; the same where nothing mild, and no abuse at all, is near."""


class ModelReader:
    """Reads texts with the model."""

    def __init__(self, encoder: Encoder, tokens: Tokens, outputs: Sequence[str]) -> None:
        """Take what each column of the logits is (`outputs`)."""
        self._encoder = encoder
        self._tokens = tokens
        self._mild = [outputs.index(category.value) for category in Category if is_mild(category)]
        self._doubtful = [*self._mild, *([outputs.index(ABUSE_ANY)] if ABUSE_ANY in outputs else [])]

    def read(self, texts: Sequence[str], contexts: Sequence[Sequence[str]]) -> list[Reading]:
        """Return what the model says of each text; of a long one, the highest of its parts. Raises EngineError if it failed."""
        found = [Reading(logits, logits) for logits in self._highest(texts, contexts)]
        again = [place for place, turns in enumerate(contexts) if turns and found[place].logits[self._doubtful].max() > NEAR]
        for place, alone in zip(again, self._highest([texts[place] for place in again], [()] * len(again)), strict=True):
            logits = found[place].logits
            logits[self._mild] = np.minimum(logits[self._mild], alone[self._mild])
            found[place] = Reading(logits, alone)
        return found

    def _highest(self, texts: Sequence[str], contexts: Sequence[Sequence[str]]) -> list[Floats]:
        """Return the logits of each text after its turns, the highest of its parts."""
        if not texts:
            return []
        parts = [
            [self._tokens.numbers(text[start:end], turns) for start, end in self.places(text)]
            for text, turns in zip(texts, contexts, strict=True)
        ]
        every = self._encoder.logits([part for own in parts for part in own])
        ends = np.cumsum([len(own) for own in parts])
        return [part.max(axis=0) for part in np.split(every, ends[:-1])]

    def places(self, text: str) -> list[tuple[int, int]]:
        """Return start and end of the overlapping parts that the model can read at once."""
        pieces = self._tokens.pieces(text)
        if len(pieces) <= TEXT_TOKENS:
            return [(0, len(text))]
        starts = range(0, len(pieces) - OVERLAP_TOKENS, TEXT_TOKENS - OVERLAP_TOKENS)
        return [(pieces[start][1], pieces[min(start + TEXT_TOKENS, len(pieces)) - 1][2]) for start in starts]
