import asyncio
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager

import pytest

from callguard.errors import InputError, StoreError
from callguard.events import StoredEvent
from callguard.record.writer import BATCH, EventWriter, WriterHealth
from tests.clocks import HandClock
from tests.fakes import alert, transcript
from tests.record.journals import stored

FULL = "the disk is full"


class ListStore:
    """Keeps batches in memory; fails or refuses when told to."""

    def __init__(self) -> None:
        self.batches: list[list[int]] = []
        self.stored_ns: dict[int, int] = {}
        self.sent_ns: dict[int, int] = {}
        self.error = ""
        self.poison = -1

    async def append(self, batch: Sequence[StoredEvent], /, *, stored_ns: int, sent_ns: Mapping[int, int]) -> None:
        if self.error:
            raise StoreError(self.error)
        if any(event.seq == self.poison for event in batch):
            raise InputError("no event")
        if batch:
            self.batches.append([event.seq for event in batch])
        self.stored_ns |= dict.fromkeys((event.seq for event in batch), stored_ns)
        self.sent_ns |= sent_ns

    @property
    def kept(self) -> list[int]:
        return [seq for batch in self.batches for seq in batch]


class Desk:
    """A writer at work, with what it wrote and told."""

    def __init__(self, capacity: int = 64) -> None:
        self.store = ListStore()
        self.clock = HandClock()
        self.told: list[WriterHealth] = []
        self.writer = EventWriter(self.store, clock=self.clock, capacity=capacity, on_health=self.told.append)


@asynccontextmanager
async def running(desk: Desk) -> AsyncIterator[EventWriter]:
    task = asyncio.create_task(desk.writer.run())
    yield desk.writer
    await desk.writer.close()
    await task


def ordinary(seq: int) -> StoredEvent:
    return stored(seq, transcript("hello"))


def urgent(seq: int) -> StoredEvent:
    return stored(seq, alert(f"c1:{seq}"), is_alert=True)


async def test_an_urgent_event_is_committed_when_write_returns_and_takes_the_others_along() -> None:
    desk = Desk()
    async with running(desk) as writer:
        writer.put(ordinary(1))
        await writer.write(urgent(2))
        assert desk.store.batches == [[1, 2]]


async def test_ordinary_events_gather_into_batches_and_keep_their_order() -> None:
    desk = Desk(capacity=2 * BATCH)
    async with running(desk) as writer:
        for seq in range(1, BATCH + 11):
            writer.put(ordinary(seq))
        await writer.flush()
        assert desk.store.kept == list(range(1, BATCH + 11))
        assert len(desk.store.batches) <= 2


async def test_ordinary_events_are_stored_soon_without_being_asked() -> None:
    class Telling(ListStore):
        told = asyncio.Event()

        async def append(self, batch: Sequence[StoredEvent], /, *, stored_ns: int, sent_ns: Mapping[int, int]) -> None:
            await super().append(batch, stored_ns=stored_ns, sent_ns=sent_ns)
            self.told.set()

    desk = Desk()
    telling = Telling()
    desk.writer = EventWriter(telling, clock=desk.clock, capacity=64)
    async with running(desk) as writer:
        writer.put(ordinary(1))
        async with asyncio.timeout(5):
            await telling.told.wait()
        assert telling.kept == [1]


async def test_a_failing_store_is_told_at_once_and_tried_until_it_works() -> None:
    desk = Desk()
    async with running(desk) as writer:
        desk.store.error = FULL
        with pytest.raises(StoreError, match=FULL):
            await writer.write(urgent(1))
        with pytest.raises(StoreError, match=FULL):
            await writer.write(urgent(2))
        writer.put(ordinary(3))
        desk.store.error = ""
        await desk.clock.advance(30)
        await writer.flush()
        assert desk.store.kept == [1, 2, 3]
        assert [(health.is_healthy, health.error) for health in desk.told] == [(False, FULL), (True, "")]
        assert writer.health == WriterHealth(is_healthy=True, error="", lost=0)


async def test_trying_again_waits_longer_each_time() -> None:
    class Counting(ListStore):
        tried = 0

        async def append(self, batch: Sequence[StoredEvent], /, *, stored_ns: int, sent_ns: Mapping[int, int]) -> None:
            self.tried += 1
            await super().append(batch, stored_ns=stored_ns, sent_ns=sent_ns)

    desk = Desk()
    desk.store = Counting()
    desk.writer = EventWriter(desk.store, clock=desk.clock, capacity=64)
    desk.store.error = FULL
    async with running(desk) as writer:
        with pytest.raises(StoreError):
            await writer.write(urgent(1))
        await desk.clock.advance(60)
        assert desk.store.tried <= 12


async def test_what_does_not_fit_is_counted_and_urgent_events_still_fit() -> None:
    desk = Desk(capacity=4)
    async with running(desk) as writer:
        desk.store.error = FULL
        with pytest.raises(StoreError):
            await writer.write(urgent(1))
        for seq in range(2, 8):
            writer.put(ordinary(seq))
        with pytest.raises(StoreError):
            await writer.write(urgent(8))
        assert writer.health.lost == 3
        desk.store.error = ""
        await desk.clock.advance(30)
        await writer.flush()
        assert desk.store.kept == [1, 2, 3, 4, 8]


async def test_an_event_that_no_store_takes_costs_only_itself() -> None:
    desk = Desk()
    desk.store.poison = 2
    async with running(desk) as writer:
        writer.put(ordinary(1))
        writer.put(ordinary(2))
        await writer.write(urgent(3))
        assert desk.store.kept == [1, 3]
        assert writer.health == WriterHealth(is_healthy=True, error="", lost=1)


async def test_giving_up_on_a_slow_commit_leaves_the_event_in_the_backlog() -> None:
    class Slow(ListStore):
        gate = asyncio.Event()

        async def append(self, batch: Sequence[StoredEvent], /, *, stored_ns: int, sent_ns: Mapping[int, int]) -> None:
            await self.gate.wait()
            await super().append(batch, stored_ns=stored_ns, sent_ns=sent_ns)

    desk = Desk()
    slow = desk.store = Slow()
    desk.writer = EventWriter(slow, clock=desk.clock, capacity=64)
    async with running(desk) as writer:
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.01):
                await writer.write(urgent(1))
        slow.gate.set()
        await writer.flush()
        assert slow.kept == [1]


async def test_closing_stores_what_is_left() -> None:
    desk = Desk()
    async with running(desk) as writer:
        for seq in range(1, 4):
            writer.put(ordinary(seq))
    assert desk.store.kept == [1, 2, 3]


async def test_closing_on_a_failing_store_ends_and_counts_the_loss() -> None:
    desk = Desk(capacity=2 * BATCH)
    async with running(desk) as writer:
        desk.store.error = FULL
        for seq in range(1, BATCH + 11):
            writer.put(ordinary(seq))
    assert writer.health.lost == BATCH + 10


async def test_an_event_is_stored_with_the_moment_and_with_when_it_was_sent() -> None:
    desk = Desk()
    async with running(desk) as writer:
        await desk.clock.advance(2.5)
        writer.put(ordinary(1))
        writer.sent(1, 7)
        await writer.flush()

    assert (desk.store.stored_ns[1], desk.store.sent_ns[1]) == (desk.clock.monotonic_ns(), 7)


async def test_an_urgent_event_is_sent_after_it_is_stored_and_its_time_follows_with_the_next_batch() -> None:
    desk = Desk()
    async with running(desk) as writer:
        await writer.write(urgent(1))
        writer.sent(1, 7)
        assert desk.store.sent_ns == {}
        await writer.write(urgent(2))
        assert desk.store.sent_ns == {1: 7}
        writer.sent(2, 9)

    assert desk.store.sent_ns == {1: 7, 2: 9}, "the last ones when the writer closes"


async def test_a_writer_is_settled_when_nothing_waits_and_the_store_works() -> None:
    desk = Desk()
    async with running(desk) as writer:
        assert writer.is_settled
        desk.store.error = FULL
        with pytest.raises(StoreError):
            await writer.write(urgent(1))
        assert not writer.is_settled
