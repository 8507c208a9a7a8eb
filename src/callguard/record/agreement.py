"""How far reviewers agree beyond chance: pure.

Sources: J. Cohen, «A coefficient of agreement for nominal scales», 1960; K. Krippendorff, «Computing Krippendorff's
alpha-reliability», 2011 (nominal and ordinal data, any number of observers, missing data).
"""

from collections import Counter
from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence
from typing import Any, Literal

from callguard.reviewing import Agreement
from callguard.terms import Category

FEWEST = 20
"""Units under which a coefficient says next to nothing."""
RELIABLE, TENTATIVE = 0.8, 0.667
"""The limits that are customary for alpha."""
Pair = tuple[frozenset[Category], frozenset[Category]]
"""What the first and the second reviewer say one thing is."""
Apart = Callable[[Any, Any], float]
"""How far two values are apart, 0 for the same."""


def cohen_kappa(pairs: Sequence[tuple[Hashable, Hashable]]) -> float | None:
    """Return Cohen's kappa; None without units, or where both always said one and the same."""
    count = len(pairs)
    if not count:
        return None
    observed = sum(first == second for first, second in pairs) / count
    ours, theirs = Counter(first for first, _ in pairs), Counter(second for _, second in pairs)
    by_chance = sum(ours[value] * theirs[value] for value in ours) / count**2
    return None if by_chance >= 1 else (observed - by_chance) / (1 - by_chance)


def nominal(_: Mapping[Any, float]) -> Apart:
    """Every difference counts the same."""
    return lambda one, other: float(one != other)


def ordinal(totals: Mapping[Any, float]) -> Apart:
    """Return the distance of ranks, squared, for values that can be ordered; `totals` says how often each was given."""

    def apart(one: Any, other: Any) -> float:
        low, high = sorted((one, other))
        between = sum(count for value, count in totals.items() if low <= value <= high)
        return float((between - (totals[low] + totals[high]) / 2) ** 2)

    return apart


def krippendorff_alpha(
    units: Iterable[Sequence[Hashable]], *, measure: Callable[[Mapping[Any, float]], Apart] = nominal
) -> float | None:
    """Return alpha; each unit holds the values that it was given, and those with fewer than two do not count.

    `measure` is `nominal` or `ordinal`. None where there is nothing to disagree about: no such unit, or one value only.
    """
    coincidences: Counter[tuple[Hashable, Hashable]] = Counter()
    weights: dict[tuple[Hashable, Hashable], float] = {}
    for values in units:
        given = len(values)
        if given < 2:  # a pair
            continue
        coincidences.clear()
        for place, one in enumerate(values):
            coincidences.update((one, other) for number, other in enumerate(values) if number != place)
        for pair, times in coincidences.items():
            weights[pair] = weights.get(pair, 0.0) + times / (given - 1)
    totals: dict[Hashable, float] = {}
    for (value, _), weight in weights.items():
        totals[value] = totals.get(value, 0.0) + weight
    everything = sum(totals.values())
    apart = measure(totals)
    expected = sum(ours * theirs * apart(one, other) for one, ours in totals.items() for other, theirs in totals.items())
    if not expected:
        return None
    differing = sum(weight * apart(one, other) for (one, other), weight in weights.items())
    return 1 - (everything - 1) * differing / expected


def agreements(pairs: Sequence[Pair], severities: Sequence[tuple[int, int]]) -> list[Agreement]:
    """Return the agreement for all categories together, for severities, and for each category that somebody has said."""
    said = {category for pair in pairs for view in pair for category in view}
    return [
        _agreement("any", pairs),
        _agreement("severity", severities, measure=ordinal),
        *(_agreement(one, [(one in first, one in second) for first, second in pairs]) for one in Category if one in said),
    ]


def _agreement(
    category: Category | Literal["any", "severity"],
    values: Sequence[tuple[Hashable, Hashable]],
    *,
    measure: Callable[[Mapping[Any, float]], Apart] = nominal,
) -> Agreement:
    alpha = krippendorff_alpha(values, measure=measure)
    return Agreement(
        category=category,
        units=len(values),
        said_by_both=sum(bool(first) and bool(second) for first, second in values),
        said_by_one=sum(bool(first) != bool(second) for first, second in values),
        observed=_rounded(sum(first == second for first, second in values) / len(values)) if values else None,
        kappa=_rounded(cohen_kappa(values)),
        alpha=_rounded(alpha),
        meaning=_meaning(len(values), alpha),
    )


def _rounded(value: float | None) -> float | None:
    return None if value is None else round(value, 3)


def _meaning(units: int, alpha: float | None) -> Literal["few", "undefined", "poor", "tentative", "good"]:
    if units < FEWEST:
        return "few"
    if alpha is None:
        return "undefined"
    return "good" if alpha >= RELIABLE else "tentative" if alpha >= TENTATIVE else "poor"
