"""What a run leaves for the next: which numbers may be given."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from callguard.app.leftovers import last_number, leave_number, most_unstored
from callguard.events import StoredEvent
from callguard.record.store import SqlStore
from callguard.settings import Settings, load_settings
from tests.record.ready import ready_sqlite


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return load_settings(data_dir=tmp_path)


@pytest.fixture
async def store(settings: Settings) -> AsyncIterator[SqlStore]:
    store = await SqlStore.open(ready_sqlite(settings.data_path))
    yield store
    await store.close()


async def keep(store: SqlStore, seq: int) -> None:
    await store.append(
        [StoredEvent(seq=seq, call_id="c1", agent="sam", is_alert=False, body=b'{"type":"gap","at":"2026-11-28T12:00:00Z"}')]
    )


async def test_a_new_installation_counts_from_one(settings: Settings, store: SqlStore) -> None:
    assert await last_number(settings, store) == 0


async def test_after_a_run_that_ended_in_order_counting_goes_on(settings: Settings, store: SqlStore) -> None:
    await keep(store, 7)
    await leave_number(settings, store, 7)
    assert await last_number(settings, store) == 7


async def test_after_a_run_that_was_cut_off_no_number_is_given_that_may_have_been_shown(
    settings: Settings, store: SqlStore
) -> None:
    await keep(store, 7)
    assert await last_number(settings, store) == 7 + most_unstored(settings)


async def test_the_mark_of_an_orderly_end_serves_one_start_only(settings: Settings, store: SqlStore) -> None:
    await keep(store, 7)
    await leave_number(settings, store, 7)
    await last_number(settings, store)
    assert await last_number(settings, store) == 7 + most_unstored(settings)


async def test_a_run_that_could_not_store_all_that_it_showed_has_not_ended_in_order(settings: Settings, store: SqlStore) -> None:
    await keep(store, 7)
    await leave_number(settings, store, 9)
    assert await last_number(settings, store) == 7 + most_unstored(settings)
