"""Which warnings a call has had: by a card, in the agent's own words, or both as one."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from callguard.decide.heard_warning import WarningEar, reads
from callguard.decide.policy import samples_of
from callguard.speech import Transcript
from callguard.terms import Tactic

READ_WITHIN_S = 30
"""A card that is used and heard within so long was read aloud: before it was noted, or after."""


@dataclass(frozen=True, slots=True)
class GivenWarning:
    """A warning: where it began, and the card it came from, if any."""

    at_sample: int
    card: Tactic | None


class GivenWarnings:
    """Hears warnings, and knows those that are told already."""

    def __init__(self, intents: Iterable[str], cards: Mapping[Tactic, str]) -> None:
        self._ear = WarningEar(intents)
        self.cards = cards
        """Words of those that warn, as they are said now."""
        self._last = GivenWarning(0, None)

    def hear(self, words: Transcript) -> GivenWarning | None:
        """Return the warning in what an agent has said, None if it holds none."""
        place = self._ear.hears(words.text)
        if place is None:
            return None
        card = next((tactic for tactic, text in self.cards.items() if reads(words.text, text)), None)
        return GivenWarning(_sample_at(words, place), card)

    def note(self, given: GivenWarning) -> bool:
        """Note a warning; say whether it is another than the last: a card that is used and read aloud is one."""
        last, self._last = self._last, given
        is_near = abs(given.at_sample - last.at_sample) <= samples_of(READ_WITHIN_S)
        return given.card is None or given.card is not last.card or not is_near


def _sample_at(words: Transcript, place: float) -> int:
    """Return when a place in the text, as a share of its words, was said."""
    if words.words:
        return words.words[int(place * len(words.words))].start_sample
    return words.start_sample + int(place * (words.end_sample - words.start_sample))
