"""How far reviewers agree beyond chance: pure.

Sources: J. Cohen, «A coefficient of agreement for nominal scales», 1960; K. Krippendorff, «Computing Krippendorff's
alpha-reliability», 2011 (nominal data, any number of observers, missing data).
"""

from collections import Counter
from collections.abc import Hashable, Iterable, Sequence
from typing import Literal

from callguard.events import Category
from callguard.reviewing import Agreement

FEWEST = 20
"""Units under which a coefficient says next to nothing."""
RELIABLE, TENTATIVE = 0.8, 0.667
"""The limits that are customary for alpha."""
Pair = tuple[frozenset[Category], frozenset[Category]]
"""What the first and the second reviewer say one thing is."""


def cohen_kappa(pairs: Sequence[tuple[Hashable, Hashable]]) -> float | None:
    """Return Cohen's kappa; None without units, or where both always said one and the same."""
    count = len(pairs)
    if not count:
        return None
    observed = sum(first == second for first, second in pairs) / count
    ours, theirs = Counter(first for first, _ in pairs), Counter(second for _, second in pairs)
    by_chance = sum(ours[value] * theirs[value] for value in ours) / count**2
    return None if by_chance >= 1 else (observed - by_chance) / (1 - by_chance)


def krippendorff_alpha(units: Iterable[Sequence[Hashable]]) -> float | None:
    """Return alpha for nominal data; each unit holds the values that it was given, and those with fewer than two do not count.

    None where there is nothing to disagree about: no such unit, or one value only.
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
    expected = everything**2 - sum(total**2 for total in totals.values())
    if not expected:
        return None
    differing = sum(weight for (one, other), weight in weights.items() if one != other)
    return 1 - (everything - 1) * differing / expected


def agreements(pairs: Sequence[Pair]) -> list[Agreement]:
    """Return the agreement for all categories together, and for each that somebody has said."""
    said = {category for pair in pairs for view in pair for category in view}
    return [_agreement("any", pairs), *(_agreement(category, pairs) for category in Category if category in said)]


def _agreement(category: Category | Literal["any"], pairs: Sequence[Pair]) -> Agreement:
    values: list[tuple[Hashable, Hashable]] = (
        list(pairs) if category == "any" else [(category in first, category in second) for first, second in pairs]
    )
    alpha = krippendorff_alpha(values)
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
