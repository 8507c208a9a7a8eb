"""PocketSphinx as a keyword spotter: hears a list of threats and nothing else, at a tenth of the cost of writing down.

Lives in worker processes beside `decoder.py`, and looks the same from outside.
"""

from collections.abc import Iterable
from pathlib import Path

from callguard.transcribe.sphinx.decoder import DICTIONARY, TELEPHONE, open_decoder
from callguard.transcribe.sphinx.messages import HeardWord, Reply

THREATS = Path(__file__).parent / "model" / "threats.kws"
"""One phrase a line, and how much likelier than other sounds it must be; made by `training/call_threats.py`."""
PROBABILITY = 0.5
"""A spotter gives no probability that means anything; its text is marked as unreliable instead."""
BETWEEN = ". "
"""Between phrases, so that no rule reads two of them as one sentence."""


class PhraseDecoder:
    """One spotter with the bundled acoustic model; 10 MB. One utterance at a time."""

    def __init__(self, phrases: Path = THREATS) -> None:
        self._decoder = open_decoder(lm=None, kws=str(phrases), dict=str(DICTIONARY))
        self._is_open = False

    def begin(self, channel: str) -> Reply:
        """Start an utterance with the state that `end` returned for the same channel, if any."""
        self.give_up()
        self._decoder.reinit_feat()
        self._decoder.set_cmn(channel or TELEPHONE)
        self._decoder.start_utt()
        self._is_open = True
        return Reply()

    def hear(self, pcm: bytes) -> Reply:
        """Listen to 16-bit little-endian audio at 16 kHz; phrases come at the end."""
        self._check()
        self._decoder.process_raw(pcm, no_search=False, full_utt=False)
        return Reply()

    def end(self) -> Reply:
        """Finish the utterance; the reply's words are whole phrases."""
        self._check()
        self._decoder.end_utt()
        self._is_open = False
        phrases = tuple(HeardWord(text, start, end, PROBABILITY) for text, start, end in longest(self._spotted()))
        return Reply(text=BETWEEN.join(phrase.text for phrase in phrases), words=phrases, channel=self._decoder.get_cmn(False))

    def listen(self, pcm: bytes) -> tuple[HeardWord, ...]:
        """Return every phrase spotted in a whole utterance, overlapping ones too."""
        self.begin("")
        self.hear(pcm)
        self._decoder.end_utt()
        self._is_open = False
        return tuple(HeardWord(text, start, end, PROBABILITY) for text, start, end in self._spotted())

    def give_up(self) -> Reply:
        """Forget the utterance that is running, if any."""
        if self._is_open:
            self._decoder.end_utt()
            self._is_open = False
        return Reply()

    def _spotted(self) -> list[tuple[str, int, int]]:
        return [(part.word.strip(), part.start_frame, part.end_frame + 1) for part in self._decoder.seg() or ()]

    def _check(self) -> None:
        if not self._is_open:
            raise RuntimeError("no utterance was begun")


def longest(heard: Iterable[tuple[str, int, int]]) -> list[tuple[str, int, int]]:
    """Return phrases with start and end in their order, of those that overlap only the one with most words."""
    kept: list[tuple[str, int, int]] = []
    for phrase in sorted(heard, key=lambda one: (-len(one[0].split()), one[1])):
        if all(phrase[2] <= start or phrase[1] >= end for _, start, end in kept):
            kept.append(phrase)
    return sorted(kept, key=lambda one: one[1])
