"""Keeps prompts sharp: which card comes next, and when the agent needs no other."""

from collections.abc import Sequence

from callguard.decide.alerts import SEVERE, Said
from callguard.decide.policy import SANCTIONS, samples_of
from callguard.decide.policy_rows import Pace, Rung
from callguard.decide.standing import Level
from callguard.terms import Tactic

CARDS_AT_A_TIME = 2


def open_cards(rung: Rung, *, is_care: bool) -> Sequence[Tactic]:
    """Return the cards of a rung that may be put before the agent: never a sanction in care."""
    return [card for card in rung.cards if not (is_care and card in SANCTIONS)]


class Pacer:
    """Remembers what one call's people have been told."""

    def __init__(self, pace: Pace) -> None:
        self._pace = pace
        self._prompt: Said | None = None
        self._shown: dict[Level, int] = {}

    def lets_prompt(self, new: Said, rung: Rung) -> bool:
        """Say whether the agent needs another prompt; a heated call, which is legitimate, shows each card once."""
        last = self._prompt
        if new.level is Level.HEATED and self._shown.get(Level.HEATED, 0) >= len(rung.cards):
            return False
        if last is None or new.at_sample - last.at_sample >= samples_of(self._pace.prompt_cooldown_s):
            return True
        is_another = new.severity >= SEVERE and new.category != last.category
        return is_another or new.level > last.level or new.severity > last.severity

    def prompted(self, said: Said) -> None:
        """Note a prompt; one that may be withdrawn is not noted, so that it silences nothing."""
        self._prompt = said

    def cards(self, level: Level, rung: Rung, *, is_care: bool) -> Sequence[Tactic]:
        """Return the next cards of a rung: two at a time, further on each time that abuse goes on; never a sanction in care."""
        cards = open_cards(rung, is_care=is_care) or [Tactic.ESCALATE]
        start = min(self._shown.get(level, 0), len(cards) - 1)
        self._shown[level] = self._shown.get(level, 0) + 1
        return cards[start : start + CARDS_AT_A_TIME]

    def fell_to(self, level: Level) -> None:
        """Begin again with the first card of every rung above `level`."""
        self._shown = {shown: count for shown, count in self._shown.items() if shown <= level}
