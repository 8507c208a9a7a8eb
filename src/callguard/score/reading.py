"""What the model makes of texts: after their earlier turns, of long ones part by part, of misheard ones as probably said.

Scoring and calibration read by it.
"""

from collections.abc import Sequence
from functools import lru_cache
from typing import Final, NamedTuple

import numpy as np

from callguard.score.calibration import ABUSE_ANY, is_mild
from callguard.score.channel import NoisyChannel, Said
from callguard.score.encoder import Encoder, Floats
from callguard.score.tokens import ALL_TOKENS, CONTEXT_TURNS, TEXT_TOKENS, Tokens
from callguard.terms import Category, Role

OVERLAP_TOKENS: Final = 8
NEAR: Final = -3.0
"""The logit from which on «mild» or «abusive at all» could matter. Below it a text is not read a second time without its earlier
turns: so most turns of a call cost one reading instead of two, and no probability is off by more than 0.04."""


MEANT: Final = 0.6
"""What the words that were probably said count where others were written (`score.channel`); the written ones count the rest.

Severe recall at 1 % false alarms on the validation sittings with 30 % word errors: of v1-a 0.80 with the written words alone,
0.88 with the probable ones alone, 0.89 with this; of w3-c 0.36, 0.41 and 0.44. Without word errors nothing changes.
"""


SPEAKERS: Final = frozenset(Role)
REMEMBERED: Final = 256
"""Earlier turns whose probable words are kept: each is read again with the utterances that follow, of all calls that run."""


class Words(NamedTuple):
    """A text, or a part of one, with what was probably said where it was misheard."""

    written: str
    said: str | None = None


class Reading(NamedTuple):
    """The model's logits of one text, each of shape (outputs,)."""

    logits: Floats
    """After its earlier turns. They may excuse a mild word, but nobody is rude only by what was said before."""
    alone: Floats
    """As if nothing had been said before; the same where nothing mild, and no abuse at all, is near."""


class ModelReader:
    """Reads texts with the model."""

    def __init__(self, encoder: Encoder, tokens: Tokens, outputs: Sequence[str], channel: NoisyChannel | None) -> None:
        """Take what each column of the logits is (`outputs`); without a channel all words are taken as they are written."""
        self._encoder = encoder
        self._tokens = tokens
        self._channel = channel
        self._mild = [outputs.index(category.value) for category in Category if is_mild(category)]
        self._doubtful = [*self._mild, *([outputs.index(ABUSE_ANY)] if ABUSE_ANY in outputs else [])]
        self._meant = lru_cache(REMEMBERED)(self._restored)

    def read(self, texts: Sequence[str], contexts: Sequence[Sequence[str]]) -> list[Reading]:
        """Return what the model says of each text; of a long one, the highest of its parts. Raises EngineError if it failed."""
        parts = [self._parts(text) for text in texts]
        found = [Reading(logits, logits) for logits in self._highest(parts, contexts)]
        again = [place for place, turns in enumerate(contexts) if turns and found[place].logits[self._doubtful].max() > NEAR]
        for place, alone in zip(again, self._highest([parts[place] for place in again], [()] * len(again)), strict=True):
            logits = found[place].logits
            logits[self._mild] = np.minimum(logits[self._mild], alone[self._mild])
            found[place] = Reading(logits, alone)
        return found

    def said(self, text: str) -> Said | None:
        """Return what was probably said; None where the words may stand as they are."""
        return self._channel.said(text) if self._channel else None

    def logits(self, words: Sequence[Words], contexts: Sequence[Sequence[str]]) -> Floats:
        """Return the logits (n, outputs) of n texts that the model can read at once. Raises EngineError if it failed."""
        meant = [place for place, each in enumerate(words) if each.said is not None]
        earlier = [self._earlier(turns) for turns in contexts]
        texts = [self._tokens.numbers(each.written, turns) for each, turns in zip(words, earlier, strict=True)]
        texts += [self._tokens.numbers(words[place].said or "", earlier[place]) for place in meant]
        every = self._encoder.logits(texts)
        written, said = every[: len(words)], every[len(words) :]
        written[meant] += MEANT * (said - written[meant])
        return written

    def _earlier(self, turns: Sequence[str]) -> Sequence[str]:
        """Return the earlier turns that the model reads, where they were misheard as what was probably said."""
        return [self._meant(turn) for turn in turns[-CONTEXT_TURNS:]] if self._channel else turns

    def _restored(self, turn: str) -> str:
        who, mark, words = turn.partition(": ")
        if who not in SPEAKERS:
            who, mark, words = "", "", turn
        last = " ".join(words.split()[-ALL_TOKENS:])  # the model has no room for more, and a search takes time for every word
        return f"{who}{mark}{said.text if (said := self.said(last)) else last}"

    def _parts(self, text: str) -> list[Words]:
        parts = [text[start:end] for start, end in self.places(text)]
        return [Words(part, said.text if (said := self.said(part)) else None) for part in parts]

    def _highest(self, parts: Sequence[Sequence[Words]], contexts: Sequence[Sequence[str]]) -> list[Floats]:
        """Return the logits of each text after its turns, the highest of its parts."""
        if not parts:
            return []
        turns = [given for own, given in zip(parts, contexts, strict=True) for _ in own]
        every = self.logits([part for own in parts for part in own], turns)
        ends = np.cumsum([len(own) for own in parts])
        return [part.max(axis=0) for part in np.split(every, ends[:-1])]

    def places(self, text: str) -> list[tuple[int, int]]:
        """Return start and end of the overlapping parts that the model can read at once."""
        pieces = self._tokens.pieces(text)
        if len(pieces) <= TEXT_TOKENS:
            return [(0, len(text))]
        starts = range(0, len(pieces) - OVERLAP_TOKENS, TEXT_TOKENS - OVERLAP_TOKENS)
        return [(pieces[start][1], pieces[min(start + TEXT_TOKENS, len(pieces)) - 1][2]) for start in starts]
