"""How often a caller talks over the agent. Only the caller's side is looked at: the agent is never judged."""

from collections import deque
from typing import Final

from callguard.terms import RATE_HZ

LEAST_OVERLAP: Final = RATE_HZ // 2
"""Shorter overlaps are people taking turns."""
LEAST_SPEECH: Final = RATE_HZ
"""«Yes», «mhm» and «okay» are listening, not interrupting."""
REMEMBERED: Final = 64
"""Turns of either side that may still overlap with one that comes: finals of the two sides come in no fixed order, and one side
may say little things all through a long turn of the other."""

Turn = tuple[int, int]


class Interruptions:
    """Counts for one call; finals of the two sides may mix in any order, if each side's come in its own.

    Speech that goes on where the piece before it ended is one turn: long speech comes in pieces. Whoever speaks into a caller's
    long turn is not talked over by its next piece.
    """

    def __init__(self) -> None:
        self._agent: deque[Turn] = deque(maxlen=REMEMBERED)
        self._caller: deque[Turn] = deque(maxlen=REMEMBERED)
        self._newest: Turn | None = None
        """The caller's newest turn, counted or not."""
        self.count = 0
        """Turns of the caller that began while the agent was speaking and went on over it."""

    def agent_spoke(self, start_sample: int, end_sample: int) -> None:
        """Take a turn of the agent, or the next piece of it."""
        turn = (start_sample, end_sample)
        if self._agent and _goes_on(self._agent[-1], start_sample):
            turn = _joined(self._agent.pop(), turn)
        self._agent.append(turn)
        cut_in = [caller for caller in self._caller if _cuts_in(caller, turn)]
        self.count += len(cut_in)
        for caller in cut_in:
            self._caller.remove(caller)

    def caller_spoke(self, start_sample: int, end_sample: int, *, is_sure: bool = True) -> None:
        """Take a turn of the caller, or the next piece of it; one turn interrupts once, over however many of the agent's it goes.

        What is not sure to be speech counts nothing, nor does what goes on from it.
        """
        before, turn = self._newest, (start_sample, end_sample)
        may_count = is_sure
        if before is not None and _goes_on(before, start_sample):
            turn = _joined(before, turn)
            may_count = before in self._caller  # not if it has been counted, or was never sure
            if may_count:
                self._caller.remove(before)
        self._newest = turn
        if not may_count:
            return
        if any(_cuts_in(turn, agent) for agent in self._agent):
            self.count += 1
        else:
            self._caller.append(turn)


def _goes_on(before: Turn, start_sample: int) -> bool:
    return before[0] <= start_sample <= before[1]


def _joined(before: Turn, after: Turn) -> Turn:
    return before[0], max(before[1], after[1])


def _cuts_in(caller: Turn, agent: Turn) -> bool:
    overlap = min(caller[1], agent[1]) - caller[0]
    return agent[0] < caller[0] and overlap >= LEAST_OVERLAP and caller[1] - caller[0] >= LEAST_SPEECH
