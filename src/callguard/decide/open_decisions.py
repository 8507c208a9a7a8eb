"""Which decisions rest on which speech: what has been answered, and what may still be taken back."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field, replace
from typing import Final

from callguard.decide.standing import Level
from callguard.events import Decision
from callguard.terms import SEVERITY, Category, Role

Key = tuple[Role, int]
"""Channel and segment."""

FOR_THEMSELVES: Final = frozenset(category.value for category in Category if SEVERITY[category] == 3)
"""Categories of one row that are alerted each for itself: one of them bears out no other."""


@dataclass(frozen=True, slots=True)
class _Open:
    """A provisional decision."""

    decision_id: str
    level: Level
    """The row that it stands for."""
    category: str
    is_place: bool
    """Whether that row is the one of a threat against a place."""

    def is_borne_out(self, level: Level, labels: Collection[str], *, is_place: bool) -> bool:
        """Say whether speech that was read again says this, or more."""
        is_said = self.category not in FOR_THEMSELVES or self.category in labels or level > self.level
        return self.level <= level and (is_place or not self.is_place) and is_said


@dataclass(slots=True)
class _Answer:
    """What one piece of speech has led to."""

    level: Level = Level.QUIET
    is_care: bool = False
    """For certain."""
    is_place: bool = False
    """For certain, and as a threat against a place: it has instructions of its own."""
    open_levels: list[_Open] = field(default_factory=list)
    open_care: list[str] = field(default_factory=list)

    def settle(self, decision_ids: Sequence[str]) -> None:
        """Let these decisions count for certain: nothing takes them back any more."""
        settled = [one for one in self.open_levels if one.decision_id in decision_ids]
        self.level = max((self.level, *(one.level for one in settled)))
        self.is_place = self.is_place or any(one.is_place for one in settled)
        self.is_care = self.is_care or any(decision_id in decision_ids for decision_id in self.open_care)
        self.open_levels = [one for one in self.open_levels if one.decision_id not in decision_ids]
        self.open_care = [decision_id for decision_id in self.open_care if decision_id not in decision_ids]


class OpenDecisions:
    """The decisions of one call, by the speech that caused them."""

    def __init__(self) -> None:
        self._answers: dict[Key, _Answer] = {}
        self._given_up: set[str] = set()
        """Decisions of which people know that nothing proves them; other speech may still do."""

    def answered(self, key: Key) -> tuple[Level, bool]:
        """Return the highest row that this speech has been answered with, and whether with care: never twice."""
        answer = self._answers.get(key, _Answer())
        return max((answer.level, *(one.level for one in answer.open_levels))), answer.is_care or bool(answer.open_care)

    def has_named_place(self, key: Key) -> bool:
        """Say whether this speech has been answered as a threat against a place."""
        answer = self._answers.get(key, _Answer())
        return answer.is_place or any(one.is_place for one in answer.open_levels)

    def note(
        self,
        key: Key,
        level: Level,
        *,
        category: str,
        is_care: bool,
        decisions: Sequence[Decision],
        shared_ids: Sequence[str] = (),
        is_place: bool = False,
    ) -> None:
        """Note that this speech has been answered as this category; no decision means that what stands already says it.

        `shared_ids` are of a provisional alert that stands, which this speech now bears out too.
        """
        answer = self._answers.setdefault(key, _Answer())
        provisional = [*shared_ids, *(decision.decision_id for decision in decisions if decision.is_provisional)]
        if is_care:
            answer.is_care = answer.is_care or not provisional
            answer.open_care += provisional
        elif provisional:
            answer.open_levels += [_Open(decision_id, level, category, is_place) for decision_id in provisional]
        else:
            answer.level = max(answer.level, level)
            answer.is_place = answer.is_place or is_place

    def follow(self, before_id: str, again_id: str) -> None:
        """Let a raised alert share the fate of the one that it repeats."""
        for answer in self._answers.values():
            answer.open_levels += [
                replace(one, decision_id=again_id) for one in answer.open_levels if one.decision_id == before_id
            ]
            answer.open_care += [again_id for decision_id in answer.open_care if decision_id == before_id]
        if before_id in self._given_up:
            self._given_up.add(again_id)

    def read_again(
        self, key: Key, level: Level, *, labels: Collection[str], is_care: bool, is_settled: bool, is_place: bool = False
    ) -> tuple[list[str], list[str]]:
        """Take the last reading of a piece of speech; return the decisions that it confirms and those that it withdraws.

        `labels` are all categories that it says.
        """
        answer = self._answers.get(key)
        if answer is None:
            return [], []
        kept = [one for one in answer.open_levels if one.is_borne_out(level, labels, is_place=is_place)]
        dropped = [one.decision_id for one in answer.open_levels if one not in kept]
        kept_care = answer.open_care if is_care else []
        dropped += [] if is_care else answer.open_care
        answer.open_levels, answer.open_care = kept, kept_care
        dropped = [decision_id for decision_id in dropped if not self._is_supported(decision_id)]
        if not is_settled:
            return [], dropped
        confirmed = [*(one.decision_id for one in kept), *kept_care]
        for supported in self._answers.values():
            supported.settle(confirmed)
        return confirmed, dropped

    def give_up(self, key: Key | None = None) -> list[str]:
        """Take that this speech, or any without a key, is not read again; return the decisions that nothing proves any more."""
        answers = self._answers.values() if key is None else [self._answers.get(key, _Answer())]
        open_ids = [one for answer in answers for one in (*(each.decision_id for each in answer.open_levels), *answer.open_care)]
        new = [decision_id for decision_id in dict.fromkeys(open_ids) if decision_id not in self._given_up]
        self._given_up.update(new)
        return new

    def _is_supported(self, decision_id: str) -> bool:
        """Say whether other speech still bears a decision out: several doubtful pieces may share one alert."""
        return any(
            decision_id in answer.open_care or any(decision_id == one.decision_id for one in answer.open_levels)
            for answer in self._answers.values()
        )
