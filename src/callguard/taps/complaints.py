"""Log lines about what peers do wrong, few enough that a broken peer cannot fill the disk."""

import logging
from dataclasses import dataclass
from typing import Protocol, runtime_checkable

from callguard.clock import Clock

EVERY_NS = 5_000_000_000
"""One line of a kind in so long; those held back are counted in the next one."""


@dataclass(frozen=True, slots=True)
class Complaint:
    """The last thing that a peer did wrong."""

    text: str
    at_ns: int
    """Monotonic."""


@runtime_checkable
class Complains(Protocol):
    """A tap that remembers what its peers did wrong."""

    @property
    def complaint(self) -> Complaint | None:
        """The last of it, None if nothing was wrong yet."""
        ...


class Complaints:
    """Warns about peers; one of these belongs to one listener."""

    def __init__(self, log: logging.Logger, clock: Clock) -> None:
        self._log = log
        self._clock = clock
        self._last_ns: dict[str, int] = {}
        self._held_back: dict[str, int] = {}
        self.last: Complaint | None = None

    def say(self, kind: str, **fields: object) -> None:
        """Log `kind`, a constant text, with fields."""
        now_ns = self._clock.monotonic_ns()
        because = fields.get("because")
        self.last = Complaint(f"{kind}: {because}" if because else kind, now_ns)
        last_ns = self._last_ns.get(kind)
        if last_ns is not None and now_ns - last_ns < EVERY_NS:
            self._held_back[kind] = self._held_back.get(kind, 0) + 1
            return
        self._last_ns[kind] = now_ns
        self._log.warning(kind, extra={**fields, "held_back": self._held_back.pop(kind, 0)})
