"""Which decisions rest on which speech: what has been answered, and what may still be taken back."""

from collections.abc import Iterable
from dataclasses import dataclass, field

from callguard.decide.standing import Level
from callguard.events import Decision, Role

Key = tuple[Role, int]
"""Channel and segment."""


@dataclass(slots=True)
class _Answered:
    level: Level = Level.QUIET
    is_care: bool = False
    open_level: list[tuple[str, Level]] = field(default_factory=list)
    """Provisional decisions and the row that they stand for."""
    open_care: list[str] = field(default_factory=list)


class OpenDecisions:
    """The decisions of one call, by the speech that caused them."""

    def __init__(self) -> None:
        self._by_key: dict[Key, _Answered] = {}

    def answered(self, key: Key) -> tuple[Level, bool]:
        """Return the highest row that this speech has been answered with, and whether with care: never twice."""
        answered = self._by_key.get(key, _Answered())
        return answered.level, answered.is_care

    def note(self, key: Key, level: Level, *, is_care: bool, decisions: Iterable[Decision]) -> None:
        """Note that this speech has been answered."""
        answered = self._by_key.setdefault(key, _Answered())
        provisional = [decision.decision_id for decision in decisions if decision.is_provisional]
        if is_care:
            answered.is_care = True
            answered.open_care += provisional
        else:
            answered.level = max(answered.level, level)
            answered.open_level += [(decision_id, level) for decision_id in provisional]

    def follow(self, before_id: str, again_id: str) -> None:
        """Let a raised alert share the fate of the one that it repeats."""
        for answered in self._by_key.values():
            answered.open_level += [(again_id, level) for decision_id, level in answered.open_level if decision_id == before_id]
            answered.open_care += [again_id for decision_id in answered.open_care if decision_id == before_id]

    def read_again(self, key: Key, level: Level, *, is_care: bool, is_settled: bool) -> tuple[list[str], list[str]]:
        """Take the last reading of a piece of speech; return the decisions that it confirms and those that it withdraws."""
        answered = self._by_key.get(key)
        if answered is None:
            return [], []
        kept = [decision_id for decision_id, own in answered.open_level if own <= level]
        dropped = [decision_id for decision_id, own in answered.open_level if own > level]
        (kept if is_care else dropped).extend(answered.open_care)
        if dropped:
            answered.level = min(answered.level, level)
            answered.is_care = answered.is_care and is_care
        if is_settled:
            answered.open_level, answered.open_care = [], []
            return kept, dropped
        answered.open_level = [(decision_id, own) for decision_id, own in answered.open_level if own <= level]
        answered.open_care = answered.open_care if is_care else []
        return [], dropped
