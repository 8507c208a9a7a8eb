"""How often a caller talks over the agent. Only the caller's side is looked at: the agent is never judged."""

from collections import deque
from typing import Final

from callguard.terms import RATE_HZ

LEAST_OVERLAP: Final = RATE_HZ // 2
"""Shorter overlaps are people taking turns."""
LEAST_SPEECH: Final = RATE_HZ
"""«Yes», «mhm» and «okay» are listening, not interrupting."""
REMEMBERED: Final = 8
"""Turns of either side that may still overlap with one that comes; finals of the two sides come in no fixed order."""

Turn = tuple[int, int]


class Interruptions:
    """Counts for one call; finals may come in any order."""

    def __init__(self) -> None:
        self._agent: deque[Turn] = deque(maxlen=REMEMBERED)
        self._caller: deque[Turn] = deque(maxlen=REMEMBERED)
        self.count = 0
        """Turns of the caller that began while the agent was speaking and went on over it."""

    def agent_spoke(self, start_sample: int, end_sample: int) -> None:
        """Take a turn of the agent."""
        self._agent.append((start_sample, end_sample))
        cut_in = [turn for turn in self._caller if _cuts_in(turn, (start_sample, end_sample))]
        self.count += len(cut_in)
        for turn in cut_in:
            self._caller.remove(turn)

    def caller_spoke(self, start_sample: int, end_sample: int) -> None:
        """Take a turn of the caller; one turn interrupts once, over however many of the agent's it goes."""
        turn = (start_sample, end_sample)
        if any(_cuts_in(turn, other) for other in self._agent):
            self.count += 1
        else:
            self._caller.append(turn)


def _cuts_in(caller: Turn, agent: Turn) -> bool:
    overlap = min(caller[1], agent[1]) - caller[0]
    return agent[0] < caller[0] and overlap >= LEAST_OVERLAP and caller[1] - caller[0] >= LEAST_SPEECH
