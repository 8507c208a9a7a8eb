"""Demands that a caller makes again after an answer (POLICY.md, «repetition»)."""

import re
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final, NamedTuple

from callguard.score.meaning import ALIKE
from callguard.terms import RATE_HZ, Samples

REMEMBERED: Final = 24
"""Demands of a call that are compared, those that were made last: a caller who asks for more different things repeats none."""
ANSWERS: Final = 64
"""Ends of the agent's turns that are kept: a final of the caller may come after all that the agent muttered during it."""
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


@dataclass(slots=True, eq=False)
class Demand:
    """One demand, and how often it was made again after an answer."""

    meaning: Samples
    last_sample: int
    repeated: int = 0


class Pause(NamedTuple):
    """From the end of a demand to where it was made again."""

    demand: Demand
    start_sample: int
    end_sample: int

    @property
    def is_breath(self) -> bool:
        """Whether nobody could have answered in it."""
        return self.end_sample - self.start_sample < AGAIN_AFTER_S * RATE_HZ

    def has(self, answer_sample: int) -> bool:
        """Whether an answer that ended there was given in it."""
        return self.start_sample < answer_sample <= self.end_sample


class DemandLog:
    """The demands of one call. The same turns give the same counts, however the two sides mix, if each comes in its own order."""

    def __init__(self, meaning: Reading) -> None:
        self._meaning = meaning
        self._demands: list[Demand] = []
        self._answers: deque[int] = deque(maxlen=ANSWERS)
        self._unanswered: deque[Pause] = deque(maxlen=REMEMBERED)
        self.most_repeated = 0
        """How often the most repeated demand was made again after an answer; never sinks, though the demand be forgotten."""

    def answer(self, end_sample: int) -> None:
        """Take note that the agent has said something that ended at `end_sample`, perhaps before what was asked since."""
        self._answers.append(end_sample)
        for pause in [pause for pause in self._unanswered if pause.has(end_sample)]:
            self._unanswered.remove(pause)
            self._repeat(pause.demand)

    def ask(self, text: str, *, start_sample: int, end_sample: int) -> None:
        """Take what the caller said. Raises EngineError if the scorer failed."""
        if len(text.split()) < LEAST_WORDS or not DEMAND.search(text):
            return
        meaning = self._meaning(text)
        if meaning is None:
            return
        demand = next((known for known in self._demands if float(known.meaning @ meaning) >= ALIKE), None)
        if demand is None:
            self._remember(Demand(meaning, end_sample))
            return
        pause = Pause(demand, demand.last_sample, start_sample)
        demand.last_sample = end_sample
        if pause.is_breath:
            return
        if any(pause.has(answer_sample) for answer_sample in self._answers):
            self._repeat(demand)
        else:
            self._unanswered.append(pause)

    def _remember(self, demand: Demand) -> None:
        if len(self._demands) == REMEMBERED:
            self._demands.remove(min(self._demands, key=lambda known: known.last_sample))
        self._demands.append(demand)

    def _repeat(self, demand: Demand) -> None:
        demand.repeated += 1
        self.most_repeated = max(self.most_repeated, demand.repeated)
