"""PocketSphinx: the one module that imports it. Lives in the worker processes, because it holds the interpreter's lock."""

import math
import re
from collections.abc import Sequence
from difflib import SequenceMatcher
from pathlib import Path
from typing import Any

from pocketsphinx import Config, Decoder

from callguard.transcribe.sphinx.messages import HeardWord, Reply

TELEPHONE = "45.95,26.36,-42.17,44.14,-28.32,-11.32,6.39,-40.53,4.05,-25.58,-12.66,-1.84,-22.94"
"""Cepstral means of speech in the telephone band (8 kHz, 300 to 3,400 Hz) brought to 16 kHz, measured on the demo calls. With the
model's own start values the empty band above 4 kHz spoils the first seconds of every call."""

DICTIONARY = Path(__file__).parent / "model" / "calls.dict"
"""The words of calls, made by `training/call_words.py`: a ninth of the bundled dictionary's, which halves the cost."""
LANGUAGE_MODEL = DICTIONARY.with_name("calls.lm.bin")
"""What is said on calls, made by `training/call_language.py`."""
ACOUSTIC_SCALE = 200.0
"""Flattens the posteriors of words: with PocketSphinx's own 20 all of them are 1."""
SURE, BY_POSTERIOR, BY_AGREEMENT = 0.80, 0.226, 1.56
"""Logit of a word's being right, from the logarithm of its posterior and from whether the first pass heard it too: fitted on the
816 words that the decoder writes down of the demo calls (area under the curve 0.74; 81 % are right)."""
LEAST_POSTERIOR = 1e-6

_NOT_A_WORD = re.compile(r"^(?:<.*>|\[.*\]|\+\+.*\+\+)$")
_VARIANT = re.compile(r"\(\d+\)$")


def open_decoder(**choices: object) -> Any:
    """Return a decoder with the bundled acoustic model, used to the telephone band and silent in the log."""
    return Decoder(Config(cmninit=TELEPHONE, loglevel="FATAL", **choices))


class SphinxDecoder:
    """One decoder with the bundled US English sounds and the words of calls; 20 MB. One utterance at a time.

    Without the second pass over a flat lexicon (`fwdflat`): on the demo calls it costs 40 % more, makes every final wait for up
    to half a second, and takes the error rate of callers from 22.7 to 22.0 %.
    """

    def __init__(self) -> None:
        self._decoder = open_decoder(lm=str(LANGUAGE_MODEL), dict=str(DICTIONARY), fwdflat=False, ascale=ACOUSTIC_SCALE)
        self._is_open = False

    def begin(self, channel: str) -> Reply:
        """Start an utterance with the state that `end` returned for the same channel, if any."""
        self.give_up()
        self._decoder.reinit_feat()  # without it a little of the last utterance stays, which may be another call's
        self._decoder.set_cmn(channel or TELEPHONE)
        self._decoder.start_utt()
        self._is_open = True
        return Reply()

    def hear(self, pcm: bytes) -> Reply:
        """Decode 16-bit little-endian audio at 16 kHz."""
        self._check()
        self._decoder.process_raw(pcm, no_search=False, full_utt=False)
        return Reply(text=" ".join(self._words_so_far()))

    def end(self) -> Reply:
        """Finish the utterance."""
        self._check()
        first = self._words_so_far()
        self._decoder.end_utt()
        self._is_open = False
        heard = [part for part in self._decoder.seg() or () if not _NOT_A_WORD.match(part.word)]
        texts = [_VARIANT.sub("", part.word) for part in heard]
        words = tuple(
            HeardWord(text, part.start_frame, part.end_frame + 1, probability(part.prob, is_agreed=is_agreed))
            for text, part, is_agreed in zip(texts, heard, agreement(first, texts), strict=True)
        )
        return Reply(text=" ".join(texts), words=words, channel=self._decoder.get_cmn(False))

    def give_up(self) -> Reply:
        """Forget the utterance that is running, if any."""
        if self._is_open:
            self._decoder.end_utt()
            self._is_open = False
        return Reply()

    def _words_so_far(self) -> list[str]:
        hypothesis = self._decoder.hyp()
        words = hypothesis.hypstr.split() if hypothesis else []
        return [_VARIANT.sub("", word) for word in words if not _NOT_A_WORD.match(word)]

    def _check(self) -> None:
        if not self._is_open:
            raise RuntimeError("no utterance was begun")


def probability(posterior: float, *, is_agreed: bool) -> float:
    """Return how likely a word is right."""
    logit = SURE + BY_POSTERIOR * math.log(max(posterior, LEAST_POSTERIOR)) + BY_AGREEMENT * is_agreed
    return 1 / (1 + math.exp(-logit))


def agreement(first: Sequence[str], final: Sequence[str]) -> list[bool]:
    """Say for each word of `final` whether `first` has it in the same place."""
    is_agreed = [False] * len(final)
    for block in SequenceMatcher(None, first, final, autojunk=False).get_matching_blocks():
        is_agreed[block.b : block.b + block.size] = [True] * block.size
    return is_agreed
