"""Pace: how many steps a run has, given as a number or fitted to the time that is left."""

import time
from collections.abc import Callable

UNMEASURED = 10
"""First steps that do not count: kernels are loaded and memory is taken."""
FITTED = 50
"""Steps between two fits."""
SPARE_S = 6.0
"""Seconds kept after the last step, for judging and saving."""


class Pace:
    """Counts steps; with a deadline, fits their number to it, again and again, because other work may come or go."""

    def __init__(
        self, steps: int, *, until_s: float | None = None, spare_s: float = SPARE_S, clock: Callable[[], float] = time.monotonic
    ) -> None:
        """`until_s` is a reading of `clock`; until the pace is known `steps` stands."""
        self.steps = steps
        self._until_s, self._clock = until_s, clock
        self._spare_s = spare_s
        self._measured_from_s: float | None = None

    def done(self, step: int) -> bool:
        """Note that `step` (from 1 on) is done; return whether it was the last."""
        if self._until_s is not None:
            now_s = self._clock()
            if step == UNMEASURED:
                self._measured_from_s = now_s
            left_s = self._until_s - self._spare_s - now_s
            if left_s <= 0:
                self.steps = step
            elif self._measured_from_s is not None and step > UNMEASURED and step % FITTED == 0:
                per_step_s = (now_s - self._measured_from_s) / (step - UNMEASURED)
                self.steps = step + max(int(left_s / per_step_s), 1) if per_step_s > 0 else self.steps
        return step >= self.steps

    def share(self, step: int) -> float:
        """Return the rate after `step` steps as a share of the highest: a short warm-up, then straight down to zero."""
        warm = max(self.steps // 16, 1)
        return min((step + 1) / warm, max(1.02 - step / self.steps, 0.0))
