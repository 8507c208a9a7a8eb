import errno
import os
import resource
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from callguard.errors import InputError, StoreError
from callguard.events import StoredEvent
from callguard.record.spare import START, SpareJournal
from callguard.record.store import SqlStore
from tests.fakes import alert, call_started, transcript
from tests.record.journals import stored
from tests.record.ready import ready_sqlite

SMALL = 64 * 1024


class SetStore:
    """Keeps each number once, as the real one does; fails when told to."""

    def __init__(self) -> None:
        self.kept: dict[int, StoredEvent] = {}
        self.is_broken = False
        self.refused: set[int] = set()

    async def append(self, batch: Sequence[StoredEvent], /) -> None:
        if self.is_broken:
            raise StoreError("still full")
        if any(event.seq in self.refused for event in batch):
            raise InputError("an event lacks what its type promises")
        for event in batch:
            self.kept.setdefault(event.seq, event)


def urgent(seq: int) -> StoredEvent:
    return stored(seq, alert(f"c1:{seq}"), is_alert=True)


@pytest.fixture
def spare(tmp_path: Path) -> Iterator[SpareJournal]:
    journal = SpareJournal(tmp_path / "spare.journal", size=SMALL)
    yield journal
    journal.close()


def reopened(path: Path) -> SpareJournal:
    return SpareJournal(path, size=SMALL)


async def test_what_was_written_is_there_after_a_crash_and_moves_to_the_store_in_order(tmp_path: Path) -> None:
    path, store = tmp_path / "spare.journal", SetStore()
    first = SpareJournal(path, size=SMALL)
    for seq in (7, 5, 9):
        await first.write(urgent(seq))

    second = reopened(path)  # the first was never closed: its process is gone
    assert second.kept == 3
    assert await second.move_into(store) == 3
    assert list(store.kept) == [5, 7, 9]
    assert store.kept[7] == urgent(7)
    assert (second.kept, reopened(path).kept) == (0, 0)


async def test_moving_into_the_real_store_twice_stores_once(tmp_path: Path, spare: SpareJournal) -> None:
    store = await SqlStore.open(ready_sqlite(tmp_path))
    await store.append([stored(1, call_started()), urgent(2)])
    await spare.write(urgent(2))
    await spare.write(urgent(3))

    assert await spare.move_into(store) == 2
    assert await spare.move_into(store) == 0
    assert [event.seq for event in await store.events_since(0)] == [1, 2, 3]
    await store.close()


async def test_a_store_that_still_fails_leaves_the_journal_as_it_is(spare: SpareJournal) -> None:
    store = SetStore()
    store.is_broken = True
    await spare.write(urgent(1))

    with pytest.raises(StoreError):
        await spare.move_into(store)

    assert spare.kept == 1


async def test_records_of_before_it_was_emptied_do_not_come_back(tmp_path: Path) -> None:
    path, store = tmp_path / "spare.journal", SetStore()
    journal = SpareJournal(path, size=SMALL)
    for seq in range(1, 6):
        await journal.write(urgent(seq))
    await journal.move_into(store)
    await journal.write(urgent(6))

    again = reopened(path)
    store.kept.clear()
    await again.move_into(store)
    assert list(store.kept) == [6]


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(written=st.integers(1, 4), torn=st.integers(0, 2_000), garbage=st.binary(max_size=40))
async def test_a_torn_write_costs_only_itself(tmp_path: Path, written: int, torn: int, garbage: bytes) -> None:
    path = tmp_path / "torn.journal"
    path.unlink(missing_ok=True)
    journal = SpareJournal(path, size=SMALL)
    ends = [START]
    for seq in range(1, written + 1):
        await journal.write(urgent(seq))
        ends.append(journal._end)
    journal.close()
    place = START + torn
    with path.open("r+b") as file:
        file.seek(place)
        file.write(garbage.ljust(40, b"\xff"))

    store, again = SetStore(), reopened(path)
    await again.move_into(store)
    again.close()

    whole = sum(end <= place for end in ends) - 1
    assert list(store.kept)[:whole] == list(range(1, whole + 1))
    assert len(store.kept) <= max(whole, 0) or place >= ends[-1]


async def test_a_full_journal_says_so(spare: SpareJournal) -> None:
    while spare._end + 2_000 < SMALL:
        await spare.write(urgent(1))
    kept = spare.kept
    with pytest.raises(StoreError, match="is full"):
        await spare.write(stored(2, transcript("long" * 1_000)))
    assert spare.kept == kept


async def test_its_room_is_taken_beforehand_so_that_a_full_disk_still_takes_alerts(tmp_path: Path) -> None:
    path, other = tmp_path / "spare.journal", tmp_path / "other"
    journal = SpareJournal(path, size=SMALL)
    before = path.stat().st_blocks
    unlimited = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (SMALL, unlimited[1]))  # no file may grow beyond it: what a full disk does to one
    try:
        with other.open("wb", buffering=0) as file, pytest.raises(OSError, match="large") as refused:
            os.posix_fallocate(file.fileno(), 0, SMALL + 1)
        await journal.write(urgent(1))
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, unlimited)
    assert refused.value.errno == errno.EFBIG
    assert (journal.kept, path.stat().st_blocks) == (1, before)
    journal.close()


def test_a_folder_without_room_or_rights_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(StoreError, match=r"spare journal .* cannot be made"):
        SpareJournal(tmp_path / "file" / "spare.journal")


async def test_nothing_that_was_said_stays_in_an_emptied_journal(spare: SpareJournal, tmp_path: Path) -> None:
    await spare.write(urgent(1))
    assert b"c1:1" in content(tmp_path)
    await spare.move_into(SetStore())
    assert b"c1:1" not in content(tmp_path)


async def test_an_event_that_no_store_takes_costs_only_itself_and_not_the_start(spare: SpareJournal) -> None:
    store = SetStore()
    store.refused = {2}
    for seq in (1, 2, 3):
        await spare.write(urgent(seq))
    assert await spare.move_into(store) == 3
    assert (sorted(store.kept), spare.kept) == ([1, 3], 0)


def content(folder: Path) -> bytes:
    return (folder / "spare.journal").read_bytes()
