"""One call that comes on one connection for each party."""

import asyncio
from collections.abc import Callable
from typing import Final

from callguard.clock import Clock
from callguard.errors import ProtocolError, StillEndingError
from callguard.taps.tap import CallSession
from callguard.terms import EndReason, Role

WORST_LAST = (EndReason.CLOSED, EndReason.BROKEN, EndReason.FAILED)
AGAIN_S: Final = 0.1
LAST_WORDS_NS: Final = 15_000_000_000
"""Longer than any speech waits for its words (`transcribe.final_deadline_ms`)."""


async def once_over(join: "Callable[[], JoinedCall]", clock: Clock) -> "JoinedCall":
    """Return what `join` returns, asked again while the same call's last words are being understood. Raises what it raises."""
    until_ns = clock.monotonic_ns() + LAST_WORDS_NS
    while True:
        try:
            return join()
        except StillEndingError:
            if clock.monotonic_ns() >= until_ns:
                raise
        await clock.sleep(AGAIN_S)


class JoinedCall:
    """Keeps account of the parties of a call and ends it, once, when all of them have left."""

    def __init__(self, session: CallSession, roles: tuple[Role, ...], began_ns: int) -> None:
        self.session = session
        self.began_ns = began_ns
        self.reached = dict.fromkeys(roles, 0)
        """Position that each party's audio has reached, at 16 kHz; it outlives a connection that is made again."""
        self.has_ended = False
        self._awaited = set(roles)
        self._present: set[Role] = set()
        self._has_left = {role: asyncio.Event() for role in roles}
        self._reason, self._detail = EndReason.CLOSED, ""

    @property
    def is_one_sided(self) -> bool:
        """Whether a party has never come."""
        return bool(self._awaited)

    def has(self, role: Role) -> bool:
        """Whether a party is connected."""
        return role in self._present

    async def until_left(self, role: Role) -> None:
        """Wait for a party that is connected to leave."""
        await self._has_left[role].wait()

    def join(self, role: Role) -> None:
        """Take in a party's connection. Raises ProtocolError if that party is connected already."""
        if role in self._present:
            raise ProtocolError(f"the {role} of this call is connected already; give each connection a UUID of its own")
        self._present.add(role)
        self._awaited.discard(role)
        self._has_left[role].clear()

    def leave(self, role: Role, reason: EndReason, detail: str) -> None:
        """Take note that a party's connection is over; the worst reason is the call's."""
        self._present.discard(role)
        self._has_left[role].set()
        if WORST_LAST.index(reason) >= WORST_LAST.index(self._reason):
            self._reason, self._detail = reason, detail
        self._end_if_empty()

    def stop_waiting(self) -> None:
        """Go on without the party that has not come; it may still join while the call is running."""
        self._awaited.clear()
        self._end_if_empty()

    def _end_if_empty(self) -> None:
        if not self._present and not self._awaited and not self.has_ended:
            self.has_ended = True
            self.session.end(self._reason, self._detail)
