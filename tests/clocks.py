"""A clock that tests move by hand."""

import asyncio
import heapq
from datetime import UTC, datetime, timedelta

SECOND_NS = 1_000_000_000


class HandClock:
    """Stands still until `advance` is called; whoever sleeps is woken in order of time."""

    def __init__(self) -> None:
        self._now_ns = SECOND_NS
        self._began = datetime(2026, 11, 20, 14, 3, tzinfo=UTC)
        self._sleepers: list[tuple[int, int, asyncio.Future[None]]] = []
        self._count = 0

    def monotonic_ns(self) -> int:
        """Return the hand-moved time."""
        return self._now_ns

    def utc_now(self) -> datetime:
        """Return the hand-moved wall-clock time."""
        return self._began + timedelta(microseconds=(self._now_ns - SECOND_NS) // 1000)

    async def sleep(self, seconds: float) -> None:
        """Wait until the hand has moved by `seconds`."""
        woken: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._count += 1
        heapq.heappush(self._sleepers, (self._now_ns + round(seconds * SECOND_NS), self._count, woken))
        await woken

    async def advance(self, seconds: float) -> None:
        """Move the hand, waking each sleeper at its own time and letting everything that follows run."""
        end_ns = self._now_ns + round(seconds * SECOND_NS)
        await self.let_run()
        while self._sleepers and self._sleepers[0][0] <= end_ns:
            due_ns, _, woken = heapq.heappop(self._sleepers)
            self._now_ns = max(self._now_ns, due_ns)
            if not woken.done():
                woken.set_result(None)
            await self.let_run()
        self._now_ns = end_ns

    def stall(self, seconds: float) -> None:
        """Move the hand while nobody gets a turn, as in a process that hangs."""
        self._now_ns += round(seconds * SECOND_NS)

    @staticmethod
    async def let_run() -> None:
        """Give every ready task its turns: enough for any chain of awaits in our code that does no I/O."""
        ready = getattr(
            asyncio.get_running_loop(), "_ready", (None,)
        )  # asyncio has no public way to ask whether anything is left
        for _ in range(20):
            await asyncio.sleep(0)
            if not ready:
                break
