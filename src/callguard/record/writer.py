"""The queue in front of the store: ordinary events are committed soon and in batches, urgent ones before `write` returns."""

import asyncio
import logging
from collections import OrderedDict, deque
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from callguard.clock import Clock
from callguard.errors import InputError, StoreError
from callguard.events import StoredEvent

log = logging.getLogger(__name__)

BATCH = 256
LINGER_S = 0.05
"""Ordinary events gather for so long, so that few commits carry many; an urgent one takes them along at once."""
FIRST_PAUSE_S = 0.25
LONGEST_PAUSE_S = 10.0
LOST = "the event was not stored: the database has been failing for too long; see the server's log"


class EventStore(Protocol):
    """What the writer needs of the store."""

    async def append(self, batch: Sequence[StoredEvent], /, *, stored_ns: int, sent_ns: Mapping[int, int]) -> None:
        """Store a batch, and when events of it or of an earlier one were sent, in one transaction.

        Raises StoreError if it could not, InputError if it never can.
        """
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class WriterHealth:
    """How well events are being recorded."""

    is_healthy: bool
    error: str
    """Why not; empty while healthy."""
    lost: int
    """Events since the start that were never stored."""


@dataclass(slots=True, kw_only=True, eq=False)
class _Entry:
    event: StoredEvent
    committed: asyncio.Future[None]


class EventWriter:
    """Stores events in the order in which they came; `run` does the work, in the task group of the application.

    A store that fails is tried again for as long as the backlog has room; what does not fit is counted as lost.
    """

    def __init__(
        self,
        store: EventStore,
        *,
        clock: Clock,
        capacity: int,
        on_health: Callable[[WriterHealth], None] = lambda _: None,
    ) -> None:
        """`on_health` is told when recording begins to fail, for another reason than before, or works again."""
        self._store = store
        self._clock = clock
        self._capacity = capacity
        self._on_health = on_health
        self._backlog: deque[_Entry] = deque()
        self._wake = asyncio.Event()
        self._closing = asyncio.Event()
        self._idle = asyncio.Event()
        self._idle.set()
        self._linger: asyncio.TimerHandle | None = None
        self._error = ""
        self._lost = 0
        self._sent_ns: OrderedDict[int, int] = OrderedDict()

    @property
    def is_settled(self) -> bool:
        """Whether everything taken so far is stored, or counted as lost."""
        return not self._backlog and not self._error

    @property
    def health(self) -> WriterHealth:
        """How it stands now."""
        return WriterHealth(is_healthy=not self._error, error=self._error, lost=self._lost)

    @property
    def backlog(self) -> int:
        """Events that wait for the store."""
        return len(self._backlog)

    def put(self, event: StoredEvent) -> None:
        """Take an event and return at once."""
        self._take(event, room=self._capacity)
        if len(self._backlog) >= BATCH:
            self._wake.set()
        elif self._linger is None:
            self._linger = asyncio.get_running_loop().call_later(LINGER_S, self._end_linger)

    async def write(self, event: StoredEvent) -> None:
        """Return when `event` is committed.

        Raises StoreError as soon as the store fails; the event stays in the backlog and is stored if the store recovers.
        """
        # Urgent events still find room where ordinary ones no longer do.
        entry = self._take(event, room=2 * self._capacity)
        self._wake.set()
        await asyncio.shield(entry.committed)

    def sent(self, seq: int, sent_ns: int) -> None:
        """Take note of when an event went out to consoles: stored with it, or with the next batch if it is stored already."""
        self._sent_ns[seq] = sent_ns
        while len(self._sent_ns) > self._capacity:
            self._sent_ns.popitem(last=False)

    async def run(self) -> None:
        """Store what comes until `close`."""
        try:
            while True:
                await self._wake.wait()
                self._wake.clear()
                await self._drain()
                if self._closing.is_set():
                    await self._store_last_times()
                    return
        finally:
            for entry in self._backlog:
                self._lose(entry)
            self._backlog.clear()
            self._idle.set()

    async def flush(self) -> None:
        """Return when everything taken so far is stored or lost; `run` must be running."""
        self._wake.set()
        await self._idle.wait()

    async def close(self) -> None:
        """Store what is left, trying once if the store is failing, and let `run` end."""
        self._closing.set()
        await self.flush()

    def _take(self, event: StoredEvent, *, room: int) -> _Entry:
        entry = _Entry(event=event, committed=asyncio.get_running_loop().create_future())
        entry.committed.add_done_callback(_forget_failure)
        if len(self._backlog) >= room:
            self._lose(entry)
            return entry
        self._backlog.append(entry)
        self._idle.clear()
        if self._error:
            _fail(entry, self._error)
        return entry

    def _end_linger(self) -> None:
        self._linger = None
        self._wake.set()

    async def _drain(self) -> None:
        while self._backlog:
            batch = [self._backlog[place] for place in range(min(BATCH, len(self._backlog)))]
            await self._store_in_the_end(batch)
            for _ in batch:
                self._backlog.popleft()
            if self._closing.is_set() and self._error:
                return  # every further batch could take as long to fail
        self._idle.set()

    async def _store_in_the_end(self, batch: list[_Entry]) -> None:
        pause_s = FIRST_PAUSE_S
        while True:
            try:
                await self._append(batch)
            except InputError as error:
                await self._store_singly(batch, error)
                return
            except StoreError as error:
                self._note_failure(str(error))
                if self._closing.is_set():
                    for entry in batch:
                        self._lose(entry)
                    return
                await self._pause(pause_s)
                pause_s = min(2 * pause_s, LONGEST_PAUSE_S)
            else:
                self._note_success(batch)
                return

    async def _append(self, batch: Sequence[_Entry]) -> None:
        # What is sent already and not yet stored keeps its time until its own batch comes.
        last = batch[-1].event.seq if batch else max(self._sent_ns, default=0)
        sent_ns = {seq: moment for seq, moment in self._sent_ns.items() if seq <= last}
        await self._store.append([entry.event for entry in batch], stored_ns=self._clock.monotonic_ns(), sent_ns=sent_ns)
        for seq in sent_ns:
            self._sent_ns.pop(seq, None)

    async def _store_last_times(self) -> None:
        try:
            await self._append([])
        except StoreError as error:
            log.warning("when the last events were sent is not stored", extra={"cause": str(error)})

    async def _store_singly(self, batch: list[_Entry], error: InputError) -> None:
        """Find the event that no store will take, so that it costs only itself."""
        if len(batch) == 1:
            log.error("event cannot be stored", extra={"seq": batch[0].event.seq, "cause": str(error)})
            self._lose(batch[0])
            return
        for entry in batch:
            await self._store_in_the_end([entry])

    async def _pause(self, pause_s: float) -> None:
        """Wait, but not when told to close."""
        waits = {asyncio.ensure_future(self._clock.sleep(pause_s)), asyncio.ensure_future(self._closing.wait())}
        try:
            await asyncio.wait(waits, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for wait in waits:
                wait.cancel()

    def _note_failure(self, why: str) -> None:
        for entry in self._backlog:
            _fail(entry, why)
        if why != self._error:
            log.error("events are not being recorded", extra={"cause": why, "backlog": len(self._backlog)})
            self._error = why
            self._on_health(self.health)

    def _note_success(self, batch: Iterable[_Entry]) -> None:
        for entry in batch:
            if not entry.committed.done():
                entry.committed.set_result(None)
        if self._error:
            log.warning("events are being recorded again", extra={"lost": self._lost})
            self._error = ""
            self._on_health(self.health)

    def _lose(self, entry: _Entry) -> None:
        self._lost += 1
        if self._lost == 1 or self._lost % 1000 == 0:
            log.error("events were lost", extra={"lost": self._lost, "seq": entry.event.seq})
        _fail(entry, LOST)


def _fail(entry: _Entry, why: str) -> None:
    if not entry.committed.done():
        entry.committed.set_exception(StoreError(why))


def _forget_failure(committed: asyncio.Future[None]) -> None:
    """Nobody may be waiting for an ordinary event; its failure is in the log and in `health`, and needs no warning."""
    committed.exception()
