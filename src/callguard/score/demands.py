"""Demands that a caller makes again after an answer (POLICY.md, «repetition»)."""

import re
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Final

from callguard.score.meaning import ALIKE
from callguard.terms import RATE_HZ, Samples

REMEMBERED: Final = 24
"""Demands of a call that are compared: a caller who asks for more different things is not repeating one."""
LEAST_WORDS: Final = 3
AGAIN_AFTER_S: Final = 10
"""Said again sooner is the same breath: people repeat themselves before anybody could answer."""

DEMAND = re.compile(
    r"\b(?:(?:i|we) (?:just |only |really )?(?:want|need|demand|expect|insist|asked|told|said)\b|i'?d like"
    r"|you (?:have|need|must|owe|should|will)\b|(?:can|could|will|would) (?:you|i|we|somebody|someone)\b|(?:has|have|had) to\b"
    r"|when|where|why|how (?:long|much|many|soon)|who\b|^(?:just |please |then |so |now |and |but |well )*"
    r"(?:give|get|put|send|tell|let|take|make|move|stop|cancel|change|call|ring|book|turn|pay|refund|return|replace|remove|delete|explain|fix|sort|find|show|check|transfer|connect|unlock|update|reissue|have|bring|issue)\b)",
    re.IGNORECASE,
)
"""How people ask for something. Wide on purpose: what is counted is only what is asked twice."""

Reading = Callable[[str], Samples | None]
"""Returns the meaning of a text as a unit vector; None from a scorer that has no encoder."""


@dataclass(frozen=True, slots=True)
class Demand:
    """One demand, and how often it was made."""

    meaning: Samples
    last_sample: int
    times: int


class DemandLog:
    """The demands of one call. Deterministic: the same turns give the same counts."""

    def __init__(self, meaning: Reading) -> None:
        self._meaning = meaning
        self._demands: deque[Demand] = deque(maxlen=REMEMBERED)
        self._answered_sample = -1

    @property
    def most_repeated(self) -> int:
        """How often the most repeated demand was made again after an answer."""
        return max((demand.times - 1 for demand in self._demands), default=0)

    def answer(self, end_sample: int) -> None:
        """Take note that the agent has said something that ended at `end_sample`."""
        self._answered_sample = max(self._answered_sample, end_sample)

    def ask(self, text: str, *, start_sample: int, end_sample: int) -> None:
        """Take what the caller said. Raises EngineError if the scorer failed."""
        if len(text.split()) < LEAST_WORDS or not DEMAND.search(text):
            return
        meaning = self._meaning(text)
        if meaning is None:
            return
        for place, demand in enumerate(self._demands):
            if float(demand.meaning @ meaning) >= ALIKE:
                was_answered = demand.last_sample < self._answered_sample <= start_sample
                is_again = was_answered and start_sample - demand.last_sample >= AGAIN_AFTER_S * RATE_HZ
                self._demands[place] = replace(demand, last_sample=end_sample, times=demand.times + is_again)
                return
        self._demands.append(Demand(meaning, end_sample, 1))
