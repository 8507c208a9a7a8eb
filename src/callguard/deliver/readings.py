"""Notes who was shown what was said on which call: once for each person and call, and nobody's help waits for it."""

import asyncio
import logging
from collections import OrderedDict, deque
from datetime import datetime, timedelta

from callguard.accounts import Noted
from callguard.clock import Clock
from callguard.deliver.ports import AccessLog
from callguard.errors import StoreError

log = logging.getLogger(__name__)

READ = "replay.read"
"""How the log of access calls it, wherever a call was read."""
LIVE = "live"
"""Where: on a console that was sent what was said while it was said."""
SAME_SITTING = timedelta(minutes=10)
"""Read again at the same place within this time is the same reading."""
REMEMBERED = 50_000
MOST_WAITING = 50_000
TOGETHER_S = 1.0
"""Two hundred consoles that hear of a call at once are one transaction."""


class Readings:
    """Readings that are on their way into the log of access. On the event loop's thread."""

    def __init__(self, access_log: AccessLog, clock: Clock) -> None:
        self._log = access_log
        self._clock = clock
        self._seen: OrderedDict[tuple[str, str, str], datetime] = OrderedDict()
        self._waiting: deque[Noted] = deque()
        self._come = asyncio.Event()
        self.lost = 0
        """Readings that could not be noted since the start, because the store took nothing for too long."""

    def heard_live(self, who: str, call_id: str) -> None:
        """Note, soon, that somebody is sent what is said on a call: one entry, however long it goes on."""
        if self._is_new(who, call_id, LIVE, again_after=None):
            self._put(who, call_id, LIVE)

    async def read(self, who: str, call_id: str, where: str) -> None:
        """Note that somebody is about to be shown what was said on a call.

        If the store does not take it now it is noted later: who is to judge a threat does not wait for the log.
        """
        if self._is_new(who, call_id, where, again_after=SAME_SITTING):
            self._put(who, call_id, where)
            await self.keep()

    async def keep(self) -> None:
        """Write down what waits; what the store does not take goes on waiting."""
        taken = list(self._waiting)
        self._waiting.clear()
        if not taken:
            return
        try:
            await self._log.audit_all(taken)
        except StoreError as error:
            self._waiting.extendleft(reversed(taken))
            self._shorten()
            log.warning("who read calls is noted later", extra={"waiting": len(self._waiting), "cause": str(error)})
        except asyncio.CancelledError:
            self._waiting.extendleft(reversed(taken))  # twice at worst, and never not at all
            raise

    async def run(self) -> None:
        """Write down what comes until cancelled; `keep` then takes what is left."""
        while True:
            await self._come.wait()
            await self._clock.sleep(TOGETHER_S)
            self._come.clear()
            await self.keep()
            if self._waiting:
                self._come.set()

    def _is_new(self, who: str, call_id: str, where: str, *, again_after: timedelta | None) -> bool:
        key, now = (who, call_id, where), self._clock.utc_now()
        before = self._seen.get(key)
        if before is not None and (again_after is None or now - before < again_after):
            return False
        self._seen[key] = now
        self._seen.move_to_end(key)
        while len(self._seen) > REMEMBERED:
            self._seen.popitem(last=False)
        return True

    def _put(self, who: str, call_id: str, where: str) -> None:
        self._waiting.append(Noted(at=self._clock.utc_now(), who=who, what=READ, subject=call_id, detail=where))
        self._shorten()
        self._come.set()

    def _shorten(self) -> None:
        while len(self._waiting) > MOST_WAITING:
            self._waiting.popleft()
            self.lost += 1
