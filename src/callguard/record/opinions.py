"""What reviewers hold of the things of one call: pure.

Whoever finishes a review has gone through the whole call: what they leave unmarked stands as callguard said it.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from callguard.reviewing import About, Judgement, Review, Verdict, severity_of
from callguard.terms import Category

WEIGHT = {About.ALERT: 0, About.MISSED: 1, About.WORDS: 2}
"""Where one reviewer said several things of one utterance, what is nearest to the words holds."""
Views = tuple[frozenset[Category], frozenset[Category]]


def newest(versions: Iterable[Verdict]) -> list[Verdict]:
    """Return the version that holds, of each reviewer and thing, without those taken back; `versions` are oldest first."""
    held = {(one.call_id, one.by, one.subject, one.is_settling): one for one in versions}
    return [one for one in held.values() if not one.is_taken_back]


def unit_of(verdict: Verdict) -> str:
    """Return what two verdicts must share to be about one thing: the utterance, or else the subject."""
    return f"words:{verdict.segment}" if verdict.segment >= 0 else verdict.subject


@dataclass(frozen=True, slots=True)
class Thing:
    """One utterance or moment of one call with what each reviewer holds of it."""

    call_id: str
    unit: str
    was: frozenset[Category]
    first: Verdict | None
    second: Verdict | None
    settled: Verdict | None

    @property
    def views(self) -> Views:
        """What each says it is; unmarked stands as it was."""
        return self._view(self.first), self._view(self.second)

    @property
    def severities(self) -> tuple[int, int]:
        """How severe each says it is, 0 to 4."""
        return self._severity(self.first), self._severity(self.second)

    @property
    def is_disputed(self) -> bool:
        """Whether the two differ and nobody has settled it."""
        if self.settled is not None:
            return False
        judgements = {one.judgement for one in (self.first, self.second) if one is not None and one.about is About.ALERT}
        return any(len(set(said)) > 1 for said in (self.views, self.severities, judgements))

    def _view(self, verdict: Verdict | None) -> frozenset[Category]:
        return self.was if verdict is None else frozenset(verdict.categories)

    def _severity(self, verdict: Verdict | None) -> int:
        return severity_of(self.was) if verdict is None else verdict.severity


def things(reviews: Sequence[Review], versions: Sequence[Verdict], *, is_blind: bool) -> list[Thing]:
    """Return the things of one call that somebody has judged; `reviews` are its finished ones.

    With `is_blind` only what was said before the reviewer's own review was finished counts, so that it is independent.
    """
    rounds: Mapping[str, Review] = {one.reviewer: one for one in reviews}
    given: dict[str, dict[int, Verdict]] = defaultdict(dict)
    was: dict[str, frozenset[Category]] = {}
    for verdict in sorted(newest(_counting(versions, rounds, is_blind=is_blind)), key=lambda one: WEIGHT[one.about]):
        unit, place = unit_of(verdict), 0 if verdict.is_settling else rounds[verdict.by].round
        if not place and place in given[unit] and given[unit][place].verdict_id > verdict.verdict_id:
            continue  # several people settled it: the last word holds
        given[unit][place] = verdict
        was[unit] = frozenset(verdict.was)
    call_id = reviews[0].call_id if reviews else ""
    return [
        Thing(call_id, unit, was[unit], views.get(1), views.get(2), None if is_blind else views.get(0))
        for unit, views in given.items()
        if views.keys() & {1, 2}
    ]


def _counting(versions: Sequence[Verdict], rounds: Mapping[str, Review], *, is_blind: bool) -> Iterable[Verdict]:
    for one in versions:
        if one.is_settling:
            if not is_blind:
                yield one
        elif _is_in_time(one, rounds.get(one.by), is_blind=is_blind):
            yield one


def _is_in_time(verdict: Verdict, own: Review | None, *, is_blind: bool) -> bool:
    if own is None or own.finished_at is None:
        return False
    return not is_blind or verdict.at <= own.finished_at


def is_false_alarm(verdict: Verdict) -> bool:
    """Whether an alert should not have come: not where the words are what it said and more, or that with another severity."""
    was, said = frozenset(verdict.was), frozenset(verdict.categories)
    is_more = was < said or (was == said and verdict.severity != severity_of(was))
    return verdict.judgement is Judgement.WRONG and not is_more


def truth_of(thing: Thing, *, is_twice: bool) -> frozenset[Category] | None:
    """Return what a thing really is by its reviewers; None while they differ."""
    if thing.settled is not None:
        return frozenset(thing.settled.categories)
    first, second = thing.views
    if is_twice:
        return first if first == second else None
    return first if thing.first is not None else second
