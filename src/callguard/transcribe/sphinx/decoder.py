"""PocketSphinx: the one module that imports it. Lives in the worker processes, because it holds the interpreter's lock."""

import math
import re
from collections.abc import Sequence

from pocketsphinx import Config, Decoder

from callguard.transcribe.sphinx.messages import HeardWord, Reply

TELEPHONE = "45.95,26.36,-42.17,44.14,-28.32,-11.32,6.39,-40.53,4.05,-25.58,-12.66,-1.84,-22.94"
"""Cepstral means of speech in the telephone band (8 kHz, 300 to 3,400 Hz) brought to 16 kHz, measured on the demo calls. With the
model's own start values the empty band above 4 kHz spoils the first seconds of every call."""

_NOT_A_WORD = re.compile(r"^(?:<.*>|\[.*\]|\+\+.*\+\+)$")
_VARIANT = re.compile(r"\(\d+\)$")


class SphinxDecoder:
    """One decoder with the bundled US English model; about 90 MB. One utterance at a time."""

    def __init__(self) -> None:
        self._decoder = Decoder(Config(cmninit=TELEPHONE, loglevel="FATAL"))
        self._is_open = False

    def begin(self, channel: str) -> Reply:
        """Start an utterance with the state that `end` returned for the same channel, if any."""
        self.give_up()
        self._decoder.set_cmn(channel or TELEPHONE)
        self._decoder.start_utt()
        self._is_open = True
        return Reply()

    def hear(self, pcm: bytes) -> Reply:
        """Decode 16-bit little-endian audio at 16 kHz."""
        self._check()
        self._decoder.process_raw(pcm, no_search=False, full_utt=False)
        hypothesis = self._decoder.hyp()
        return Reply(text=_clean(hypothesis.hypstr.split()) if hypothesis else "")

    def end(self) -> Reply:
        """Finish the utterance."""
        self._check()
        self._decoder.end_utt()
        self._is_open = False
        words = tuple(
            HeardWord(_VARIANT.sub("", part.word), part.start_frame, part.end_frame + 1, self._probability(part.prob))
            for part in self._decoder.seg() or ()
            if not _NOT_A_WORD.match(part.word)
        )
        return Reply(text=" ".join(word.text for word in words), words=words, channel=self._decoder.get_cmn(False))

    def give_up(self) -> Reply:
        """Forget the utterance that is running, if any."""
        if self._is_open:
            self._decoder.end_utt()
            self._is_open = False
        return Reply()

    def _probability(self, log_probability: int) -> float:
        return min(1.0, math.exp(self._decoder.logmath.log_to_ln(log_probability)))

    def _check(self) -> None:
        if not self._is_open:
            raise RuntimeError("no utterance was begun")


def _clean(words: Sequence[str]) -> str:
    return " ".join(_VARIANT.sub("", word) for word in words if not _NOT_A_WORD.match(word))
