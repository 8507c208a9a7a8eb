"""Which decisions rest on which speech: what has been answered, and what may still be taken back."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from callguard.decide.standing import Level
from callguard.events import Decision
from callguard.terms import Role

Key = tuple[Role, int]
"""Channel and segment."""


@dataclass(slots=True)
class _Answer:
    """What one piece of speech has led to."""

    level: Level = Level.QUIET
    is_care: bool = False
    """For certain."""
    open_levels: list[tuple[str, Level]] = field(default_factory=list)
    """Provisional decisions and the row that they stand for."""
    open_care: list[str] = field(default_factory=list)

    def settle(self, decision_ids: Sequence[str]) -> None:
        """Let these decisions count for certain: nothing takes them back any more."""
        self.level = max((self.level, *(own for decision_id, own in self.open_levels if decision_id in decision_ids)))
        self.is_care = self.is_care or any(decision_id in decision_ids for decision_id in self.open_care)
        self.open_levels = [(decision_id, own) for decision_id, own in self.open_levels if decision_id not in decision_ids]
        self.open_care = [decision_id for decision_id in self.open_care if decision_id not in decision_ids]


class OpenDecisions:
    """The decisions of one call, by the speech that caused them."""

    def __init__(self) -> None:
        self._answers: dict[Key, _Answer] = {}

    def answered(self, key: Key) -> tuple[Level, bool]:
        """Return the highest row that this speech has been answered with, and whether with care: never twice."""
        answer = self._answers.get(key, _Answer())
        return max((answer.level, *(level for _, level in answer.open_levels))), answer.is_care or bool(answer.open_care)

    def note(
        self, key: Key, level: Level, *, is_care: bool, decisions: Sequence[Decision], shared_ids: Sequence[str] = ()
    ) -> None:
        """Note that this speech has been answered; no decision means that what stands already says it.

        `shared_ids` are of a provisional alert that stands, which this speech now bears out too.
        """
        answer = self._answers.setdefault(key, _Answer())
        provisional = [*shared_ids, *(decision.decision_id for decision in decisions if decision.is_provisional)]
        if is_care:
            answer.is_care = answer.is_care or not provisional
            answer.open_care += provisional
        elif provisional:
            answer.open_levels += [(decision_id, level) for decision_id in provisional]
        else:
            answer.level = max(answer.level, level)

    def follow(self, before_id: str, again_id: str) -> None:
        """Let a raised alert share the fate of the one that it repeats."""
        for answer in self._answers.values():
            answer.open_levels += [(again_id, level) for decision_id, level in answer.open_levels if decision_id == before_id]
            answer.open_care += [again_id for decision_id in answer.open_care if decision_id == before_id]

    def read_again(self, key: Key, level: Level, *, is_care: bool, is_settled: bool) -> tuple[list[str], list[str]]:
        """Take the last reading of a piece of speech; return the decisions that it confirms and those that it withdraws."""
        answer = self._answers.get(key)
        if answer is None:
            return [], []
        kept = [(decision_id, own) for decision_id, own in answer.open_levels if own <= level]
        dropped = [decision_id for decision_id, own in answer.open_levels if own > level]
        kept_care = answer.open_care if is_care else []
        dropped += [] if is_care else answer.open_care
        answer.open_levels, answer.open_care = kept, kept_care
        dropped = [decision_id for decision_id in dropped if not self._is_supported(decision_id)]
        if not is_settled:
            return [], dropped
        confirmed = [*(decision_id for decision_id, _ in kept), *kept_care]
        for supported in self._answers.values():
            supported.settle(confirmed)
        return confirmed, dropped

    def _is_supported(self, decision_id: str) -> bool:
        """Say whether other speech still bears a decision out: several doubtful pieces may share one alert."""
        return any(
            decision_id in answer.open_care or any(decision_id == own_id for own_id, _ in answer.open_levels)
            for answer in self._answers.values()
        )
