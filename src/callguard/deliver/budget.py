"""The latency budget of DESIGN.md, and how its parts have been lately."""

import math
from collections import deque
from collections.abc import Mapping, Sequence
from typing import Final

from callguard.clock import Clock
from callguard.operations import Budget, StepShare

BUDGET_MS: Final[Mapping[str, int]] = {
    "tap": 40,
    "hangover": 400,
    "queue": 150,
    "decode": 250,
    "score": 30,
    "deliver": 130,
    "total": 1000,
}
"""95th percentile, end of speech to drawn in the browser; in the order in which speech goes through them."""
MINUTES: Final = 5
MOST: Final = 5000
"""Measures kept for a step: 100 calls finish fewer pieces of speech in five minutes."""
MINUTE_NS: Final = 60_000_000_000


class RecentSteps:
    """Remembers how long steps took in the last minutes; bounded, and forgotten when the process ends."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._measures: dict[str, deque[tuple[int, float]]] = {step: deque(maxlen=MOST) for step in BUDGET_MS}

    def add(self, step: str, seconds: float) -> None:
        """Take one measure."""
        self._measures[step].append((self._clock.monotonic_ns(), seconds))

    def budget(self) -> Budget:
        """Return each part with its limit and percentiles."""
        since_ns = self._clock.monotonic_ns() - MINUTES * MINUTE_NS
        shares = []
        for step, limit_ms in BUDGET_MS.items():
            recent = sorted(seconds for at_ns, seconds in self._measures[step] if at_ns >= since_ns)
            p95_ms = _percentile_ms(recent, 0.95)
            shares.append(
                StepShare(
                    step=step,
                    limit_ms=limit_ms,
                    count=len(recent),
                    p50_ms=_percentile_ms(recent, 0.5),
                    p95_ms=p95_ms,
                    over_ms=None if p95_ms is None else round(p95_ms - limit_ms, 1),
                )
            )
        return Budget(minutes=MINUTES, steps=tuple(shares))


def _percentile_ms(ordered: Sequence[float], share: float) -> float | None:
    """Return the smallest measure that `share` of all do not exceed, in milliseconds."""
    return round(1000 * ordered[math.ceil(share * len(ordered)) - 1], 1) if ordered else None
