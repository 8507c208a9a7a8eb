"""What one listener hears: both parties and colleagues in one mix, 20 ms at a time, with gaps as silence. No I/O here."""

from collections.abc import Mapping
from typing import Final

import numpy as np

from callguard.terms import RATE_HZ, Role, Samples

FRAME: Final = RATE_HZ // 50
PRIMED: Final = 2 * FRAME
"""40 ms gathered before a voice is heard: the tap's frames come every 20 ms, give or take."""
LONGEST: Final = RATE_HZ // 5
"""More than 200 ms waiting is delay that nobody needs: the oldest is skipped."""


class JitterBuffer:
    """One voice: evens out how it comes."""

    def __init__(self) -> None:
        self._held: Samples = np.empty(0, np.float32)
        self._is_primed = False
        self.skipped = 0
        """Samples that were not heard, because they would have come too late."""

    def push(self, samples: Samples) -> None:
        """Take what was said."""
        self._held = np.concatenate((self._held, samples))
        if len(self._held) > LONGEST:
            self.skipped += len(self._held) - PRIMED
            self._held = self._held[-PRIMED:]

    def pull(self) -> Samples:
        """Return the next 20 ms; silence while too little has come."""
        if not self._is_primed and len(self._held) < PRIMED:
            return np.zeros(FRAME, np.float32)
        heard, self._held = self._held[:FRAME], self._held[FRAME:]
        self._is_primed = len(heard) == FRAME
        return heard if self._is_primed else np.concatenate((heard, np.zeros(FRAME - len(heard), np.float32)))


class Mix:
    """What one listener hears, and how loud each party is."""

    def __init__(self) -> None:
        self._voices: dict[str, JitterBuffer] = {}
        self._levels: dict[str, float] = {}

    def hear(self, voice: str, samples: Samples) -> None:
        """Take what a voice said: a party's role, or the id of a colleague's join."""
        self._voices.setdefault(voice, JitterBuffer()).push(samples)

    def forget(self, voice: str) -> None:
        """Let go of a colleague who has left."""
        self._voices.pop(voice, None)
        self._levels.pop(voice, None)

    def pull(self) -> Samples:
        """Return the next 20 ms."""
        mixed = np.zeros(FRAME, np.float32)
        for name, voice in self._voices.items():
            heard = voice.pull()
            mixed += heard
            self._levels[name] = max(float(np.sqrt(np.mean(heard**2))), self._levels.get(name, 0.0))
        return np.clip(mixed, -1, 1)

    def take_levels(self) -> Mapping[str, float]:
        """Return the loudest 20 ms of each party since the last time, root mean square, 0 to 1."""
        levels = {role.value: round(self._levels.get(role, 0.0), 3) for role in Role if role in self._voices}
        self._levels = dict.fromkeys(self._levels, 0.0)
        return levels
