"""How much audio Whisper is given around an utterance.

Whisper was trained on windows of 30 s and pays for all of it. A shorter window is cheaper by far, but each model tolerates
shortening differently: the rule of each stands in `manifest.toml`.
"""

import math
from dataclasses import dataclass

from callguard.terms import RATE_HZ

FRAME_SAMPLES = RATE_HZ // 100
FULL_FRAMES = 3000
"""Whisper's own window, 30 s."""
STEP_FRAMES = 10
"""Windows come in steps of a tenth of a second, so that the runtime meets few shapes; a batch takes its longest."""


@dataclass(frozen=True, slots=True, kw_only=True)
class WindowRule:
    """The shortest window that a model tolerates."""

    margin_s: float
    """Silence after the utterance."""
    minimum_s: float

    def frames(self, samples: int) -> int:
        """Return the window for an utterance of so many samples, in frames of 10 ms."""
        needed_s = max(samples / RATE_HZ + self.margin_s, self.minimum_s)
        return min(FULL_FRAMES, math.ceil(needed_s * 100 / STEP_FRAMES) * STEP_FRAMES)


FULL_WINDOW = WindowRule(margin_s=0.0, minimum_s=30.0)
"""For models of which nothing is known."""
