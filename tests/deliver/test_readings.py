import asyncio
from collections.abc import Sequence
from datetime import timedelta

import pytest

from callguard.accounts import Noted
from callguard.deliver.readings import SAME_SITTING, TOGETHER_S, Readings
from callguard.errors import StoreError
from tests.clocks import HandClock


class ListLog:
    """Keeps notes in a list; takes none while broken."""

    def __init__(self) -> None:
        self.batches: list[list[Noted]] = []
        self.is_broken = False

    async def audit_all(self, notes: Sequence[Noted]) -> None:
        if self.is_broken:
            raise StoreError("the disk is full")
        self.batches.append(list(notes))

    @property
    def told(self) -> list[tuple[str, str, str]]:
        return [(note.who, note.subject, note.detail) for batch in self.batches for note in batch]


async def test_what_is_heard_live_is_one_entry_for_each_person_and_call_written_together() -> None:
    log, clock = ListLog(), HandClock()
    readings = Readings(log, clock)
    writing = asyncio.ensure_future(readings.run())
    for _ in range(50):
        for who in ("ana", "cem"):
            readings.heard_live(who, "c1")
    await asyncio.sleep(0)
    await clock.advance(TOGETHER_S)
    await clock.advance(24 * 3600)
    readings.heard_live("ana", "c1")
    await clock.advance(TOGETHER_S)
    assert [len(batch) for batch in log.batches] == [2]
    assert log.told == [("ana", "c1", "live"), ("cem", "c1", "live")]
    assert {note.what for note in log.batches[0]} == {"replay.read"}
    writing.cancel()
    with pytest.raises(asyncio.CancelledError):
        await writing


async def test_what_is_read_is_noted_before_it_is_shown_and_once_a_sitting() -> None:
    log, clock = ListLog(), HandClock()
    readings = Readings(log, clock)
    await readings.read("ana", "c1", "events")
    await readings.read("ana", "c1", "events")
    await readings.read("ana", "c1", "alert c1:1")
    await clock.advance(SAME_SITTING / timedelta(seconds=1))
    await readings.read("ana", "c1", "events")
    assert [where for _, _, where in log.told] == ["events", "alert c1:1", "events"]


async def test_a_store_that_takes_nothing_keeps_nobody_from_reading_and_is_told_later() -> None:
    log, clock = ListLog(), HandClock()
    readings = Readings(log, clock)
    log.is_broken = True
    await readings.read("ana", "c1", "alert c1:1")
    readings.heard_live("ana", "c1")
    await readings.keep()
    log.is_broken = False
    await readings.keep()
    assert log.told == [("ana", "c1", "alert c1:1"), ("ana", "c1", "live")]
