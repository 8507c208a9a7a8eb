"""What was probably said where a recogniser wrote words that do not go together: «i'll gill you» for «i'll kill you».

A noisy channel (Shannon 1948): of all that might have been said, what is likeliest to be said in a call, times how likely it is
written as it was. A word may have been another that sounds or is spelt like it, two words one or one two, and a short one may
have been put in. Only where that is clearly likelier than the words as they stand is anything changed, so that fluent speech is
left alone. It serves scoring only: nobody is shown what it makes of a text.
"""

import re
import zlib
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, Final, NamedTuple
from zipfile import BadZipFile

import numpy as np
import numpy.typing as npt

from callguard.errors import ModelMissingError
from callguard.score.ngrams import BEGIN, END, MARKS, STEP, UNKNOWN, Logs, NGrams, Numbers

FLUENT: Final = -5.0
"""Nats a word and the end: what is likelier is left alone without a search."""
GAIN: Final = 2.0
"""Nats by which other words must be likelier: 3 % of the validation sentences as written are changed, misheard 84 %."""
FEWEST: Final = 4
"""Words: fewer tell too little of what was meant («to cum» is not «to come»)."""
HYPOTHESES: Final = 10
"""Beginnings of an utterance that are followed up at a time."""
SCALE: Final = 0.7
"""What the language model counts beside the sounds, as in every recogniser: its sequences overlap, their chances too."""

SLIP: Final = -6.0
"""Log-probability that a word is written as one that nobody knows and that is a letter away from it."""
TOGETHER: Final = -5.0
"""That two words are written as one."""
STRANGE: Final = -8.0
"""That a word that calls hardly know is this very one, and not some other of the many."""
SHORTEST, LONGEST = 4, 24
"""Letters of a word that may be a slip: shorter ones that nobody knows are abbreviations more often than not. Longer ones are no
words, and to try each of their letters would take ever longer."""
LETTERS: Final = "abcdefghijklmnopqrstuvwxyz'"

_WORD = re.compile(r"[^\s.,;:!?\"“”«»()\[\]…–—-]+")


class Said(NamedTuple):
    """What was probably said."""

    words: tuple[str, ...]
    places: tuple[tuple[int, int], ...]
    """For each word, start and end of what was written for it in the text."""

    @property
    def text(self) -> str:
        """The words as a recogniser writes them."""
        return " ".join(self.words)

    def without(self, start: int, end: int) -> str:
        """Return the text without what stands for the characters from `start` to before `end`."""
        return " ".join(
            word for word, (first, last) in zip(self.words, self.places, strict=True) if last <= start or first >= end
        )


class _Heard(NamedTuple):
    """A word as it was written."""

    word: str
    number: int
    place: tuple[int, int]
    """Where it stands in the text."""
    slips: Sequence[int] = ()
    """Known words that it may be a slip for, where nobody knows it."""


class _Hypotheses(NamedTuple):
    """Beginnings of an utterance, likeliest first, each array of shape (hypotheses,)."""

    last: Numbers
    history: Numbers
    logs: Logs
    nodes: Numbers
    """Place in the list of steps taken, which leads back to the beginning; of those not chosen yet, of the step before."""
    words: Numbers
    """The word that was added, -1 where none was."""

    def at(self, places: Numbers) -> "_Hypotheses":
        """Return some of them."""
        return _Hypotheses(self.last[places], self.history[places], self.logs[places], self.nodes[places], self.words[places])


_NOTHING: Final = -1


class NoisyChannel:
    """Says what was meant; loaded once, shared by all calls, and stateless."""

    def __init__(self, ngrams: NGrams, kept: Mapping[str, npt.NDArray[Any]]) -> None:
        """Take the arrays that `training/channel.py` wrote. Raises KeyError or ValueError where they do not fit together."""
        self._ngrams = ngrams
        self._sounds_end = np.cumsum(kept["sound_counts"], dtype=np.int64)
        self._sound_words, self._sound_logs = kept["sound_words"], kept["sound_logs"]  # a few bytes each, as they are stored
        self._kept = kept["kept"].astype(np.float64)
        self._kept[UNKNOWN:MARKS] += STRANGE
        if (
            len(self._kept) != ngrams.size
            or len(self._sounds_end) != ngrams.size
            or len(self._sound_words) != self._sounds_end[-1]
        ):
            raise ValueError("sounds of other words")
        first, second, word, steps = kept["split"].T
        self._split = first.astype(np.int64) * ngrams.size + second  # sorted
        self._split_words, self._split_logs = word.astype(np.int64), -STEP * steps.astype(np.float64)
        self._added = {int(number): float(log) for number, log in zip(kept["added"], kept["added_logs"], strict=True)}

    def said(self, text: str) -> Said | None:
        """Return what was probably said; None where the words may stand as they are."""
        # Each by itself: some letters become two when they are small, and the places would be those of another text.
        found = [(word.group().lower().replace("’", "'"), word.span()) for word in _WORD.finditer(text)]
        if len(found) < FEWEST:
            return None
        numbers = [self._ngrams.number(word) for word, _ in found]
        fluency = float(self._ngrams.sentence(numbers).sum())
        if fluency + STRANGE * numbers.count(UNKNOWN) > FLUENT * (len(numbers) + 1):
            return None
        as_written = SCALE * fluency + float(self._kept[numbers].sum())
        heard = [part for word, place in found for part in self._apart(word, place)]
        log, path = self._search(heard)
        if log + TOGETHER * (len(heard) - len(found)) < as_written + GAIN:
            return None
        words = tuple(heard[first].word if word == UNKNOWN else self._ngrams.words[word - MARKS] for word, first, _ in path)
        return Said(words, tuple((heard[first].place[0], heard[last].place[1]) for _, first, last in path))

    def _apart(self, word: str, place: tuple[int, int]) -> Iterator[_Heard]:
        """Yield a word, or the two known ones that were written together where nobody knows it."""
        number, start = self._ngrams.number(word), place[0]
        slips = self._slips(word) if number == UNKNOWN else ()
        if number == UNKNOWN and len(word) <= LONGEST and not slips:
            cuts = [cut for cut in range(2, len(word) - 1) if UNKNOWN not in self._halves(word, cut)]
            if cuts:
                cut = max(cuts, key=lambda cut: float(self._ngrams.alone(np.array(self._halves(word, cut))).sum()))
                first, second = self._halves(word, cut)
                yield _Heard(word[:cut], first, (start, start + cut))
                yield _Heard(word[cut:], second, (start + cut, place[1]))
                return
        yield _Heard(word, number, place, slips)

    def _halves(self, word: str, cut: int) -> tuple[int, int]:
        return self._ngrams.number(word[:cut]), self._ngrams.number(word[cut:])

    def _slips(self, word: str) -> Sequence[int]:
        """Return the known words that are a letter away."""
        if not SHORTEST <= len(word) <= LONGEST or not word.isalpha():  # numbers, and what is starred out, neither
            return []
        return sorted({number for other in a_letter_away(word) if (number := self._ngrams.number(other)) != UNKNOWN})

    def _search(self, heard: Sequence[_Heard]) -> tuple[float, list[tuple[int, int, int]]]:
        """Return the likeliest utterance: its log-probability, and every word with the first and last that it was heard as."""
        steps: list[tuple[int, int, int, int]] = [(0, _NOTHING, 0, 0)]  # the step before, word, first and last heard
        none = np.full(1, _NOTHING)
        now = _Hypotheses(np.full(1, BEGIN), none, np.zeros(1), np.zeros(1, np.int64), none)
        over: list[tuple[int, _Hypotheses]] = []
        """What two words were heard as one for: it joins in after the second."""
        for place in range(len(heard)):
            followed = [(place, part) for part in self._followed(now, heard[place], place > 0)]
            chosen = self._best([*over, *followed])
            over = [(place, part) for part in self._joined(now, *(word.number for word in heard[place : place + 2]))]
            now = chosen[1]._replace(nodes=np.arange(len(steps), len(steps) + len(chosen[1].last)))
            parts = zip(chosen[1].nodes.tolist(), chosen[1].words.tolist(), chosen[0].tolist(), strict=True)
            steps += [(before, word, first, place) for before, word, first in parts]
        ends = now.logs + SCALE * self._ngrams.after(now.last, now.history, np.full(1, END))[0]
        best = int(ends.argmax())
        return float(ends[best]), list(_path(steps, int(now.nodes[best])))

    def _followed(self, now: _Hypotheses, heard: _Heard, may_be_added: bool) -> Iterator[_Hypotheses]:
        """Yield the hypotheses with each word that may have been heard as `heard`, and those without it."""
        number = heard.number
        if number == UNKNOWN:
            words = np.array(heard.slips, np.int64)
            logs = np.full(len(words), SLIP)
        else:
            begin, end = int(self._sounds_end[number - 1]), int(self._sounds_end[number])
            words, logs = self._sound_words[begin:end].astype(np.int64), -STEP * self._sound_logs[begin:end].astype(np.float64)
        yield self._spoken(now, np.append(words, number), np.append(logs, self._kept[number]))
        if may_be_added and number in self._added:
            yield now._replace(logs=now.logs + self._added[number], words=np.full(len(now.last), _NOTHING))

    def _joined(self, now: _Hypotheses, heard: int, after: int = UNKNOWN) -> Iterator[_Hypotheses]:
        """Yield the hypotheses with each word that may have been heard as two, if there is one."""
        wanted = heard * self._ngrams.size + after
        begin, end = np.searchsorted(self._split, wanted), np.searchsorted(self._split, wanted, side="right")
        if begin < end:
            yield self._spoken(now, self._split_words[begin:end], self._split_logs[begin:end])

    def _spoken(self, now: _Hypotheses, words: Numbers, sounds: Logs) -> _Hypotheses:
        """Return every hypothesis with every one of `words`."""
        logs, history = self._ngrams.after(now.last[:, None], now.history[:, None], words[None, :])
        added = np.tile(words, len(now.last))
        return _Hypotheses(
            last=added,
            history=history.ravel(),
            logs=(now.logs[:, None] + SCALE * logs + sounds).ravel(),
            nodes=np.repeat(now.nodes, len(words)),
            words=added,
        )

    def _best(self, parts: Sequence[tuple[int, _Hypotheses]]) -> tuple[Numbers, _Hypotheses]:
        """Return the likeliest hypotheses, no two of which go on alike, and the first word that each one's last was heard as."""
        firsts = np.repeat([first for first, _ in parts], [len(part.last) for _, part in parts])
        every = _together([part for _, part in parts])
        order = np.argsort(-every.logs, kind="stable")[: 3 * HYPOTHESES]
        goes_on = np.where(every.history >= 0, every.history, -2 - every.last)[order]
        order = order[np.sort(np.unique(goes_on, return_index=True)[1])[:HYPOTHESES]]
        return firsts[order], every.at(order)


def a_letter_away(word: str) -> Iterator[str]:
    """Yield every string with one letter of `word` lost, put in, changed, or changed with the next."""
    for place in range(len(word) + 1):
        before, after = word[:place], word[place:]
        yield from (before + letter + after for letter in LETTERS)
        if after:
            yield before + after[1:]
            yield from (before + letter + after[1:] for letter in LETTERS if letter != after[0])
        if len(after) > 1:
            yield before + after[1] + after[0] + after[2:]


def _together(parts: Sequence[_Hypotheses]) -> _Hypotheses:
    return _Hypotheses(
        np.concatenate([part.last for part in parts]),
        np.concatenate([part.history for part in parts]),
        np.concatenate([part.logs for part in parts]),
        np.concatenate([part.nodes for part in parts]),
        np.concatenate([part.words for part in parts]),
    )


def _path(steps: Sequence[tuple[int, int, int, int]], node: int) -> Iterator[tuple[int, int, int]]:
    """Yield the words that lead to a step, in their order, each with the first and last word that it was heard as."""
    back = []
    while node:
        node, *word = steps[node]
        back.append(tuple(word))
    return ((word, first, last) for word, first, last in reversed(back) if word != _NOTHING)


def load_channel(path: Path) -> NoisyChannel | None:
    """Load a channel.npz; None where there is none: models of before 7.2 have none. Raises ModelMissingError if it is broken."""
    if not path.is_file():
        return None
    try:
        with path.open("rb") as file, np.load(file) as archive:
            kept = dict(archive)
        return NoisyChannel(NGrams(kept), kept)
    except (BadZipFile, EOFError, IndexError, KeyError, OSError, TypeError, ValueError, zlib.error) as error:
        raise ModelMissingError(f"{path} is broken ({type(error).__name__}); install callguard again") from error
