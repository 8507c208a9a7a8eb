"""Where the audio of a protocol without timestamps belongs: by counting samples, kept honest by the wall clock."""

from callguard.terms import RATE_HZ

MISSING_MS = 300
"""Less than this behind the clock is the network's ordinary jitter."""
PATIENCE_NS = 500_000_000
"""So long the audio must stay behind before it counts as lost: what a network held back comes in a burst."""
SECOND_NS = 1_000_000_000


class Placement:
    """Positions of one connection's frames, in samples at 16 kHz since the call began."""

    def __init__(self, call_began_ns: int, not_before: int = 0) -> None:
        """`not_before` is where the party's audio had got to on an earlier connection."""
        self._began_ns = call_began_ns
        self._not_before = not_before
        self._position: int | None = None
        self._behind_since_ns: int | None = None
        self._least_behind = 0

    def place(self, length: int, now_ns: int) -> tuple[int, int]:
        """Return where `length` samples that have just arrived begin and end; a hole before them is missing audio."""
        heard_up_to = (now_ns - self._began_ns) * RATE_HZ // SECOND_NS
        if self._position is None:
            self._position = max(self._not_before, heard_up_to - length)
        start = self._position + self._missing(heard_up_to - length - self._position, now_ns)
        self._position = start + length
        # Audio cannot be ahead of the clock: if it is, the first frames had been held back and the call began earlier.
        self._began_ns -= max(0, self._position - heard_up_to) * SECOND_NS // RATE_HZ
        return start, self._position

    def _missing(self, behind: int, now_ns: int) -> int:
        if behind <= MISSING_MS * RATE_HZ // 1000:
            self._behind_since_ns = None
            return 0
        if self._behind_since_ns is None:
            self._behind_since_ns, self._least_behind = now_ns, behind
        self._least_behind = min(self._least_behind, behind)
        if now_ns - self._behind_since_ns < PATIENCE_NS:
            return 0
        self._behind_since_ns = None
        return self._least_behind
