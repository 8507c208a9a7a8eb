"""What a run leaves for the next: which numbers may be given, and alerts that still have to be told."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from dataclasses import replace
from pathlib import Path

import pytest

from callguard.app.choices import choose_policy
from callguard.app.leftovers import last_number, leave_number, most_unstored, take_over
from callguard.app.post import Post
from callguard.decide.policy import bundled_policies, load_policy
from callguard.errors import SettingsError, StoreError
from callguard.events import StoredEvent
from callguard.record.spare import SpareJournal
from callguard.record.store import SqlStore
from callguard.record.vault import open_vault
from callguard.sendings import Kind
from callguard.settings import Settings, load_settings
from tests.clocks import HandClock
from tests.fakes import alert
from tests.record.journals import BEGAN, stored
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


async def test_a_disk_that_is_full_at_the_end_of_a_run_is_no_failure_of_the_run(settings: Settings, store: SqlStore) -> None:
    await keep(store, 7)
    (settings.data_path / "ended-at").symlink_to("/dev/full")
    await leave_number(settings, store, 7)
    assert await last_number(settings, store) == 7 + most_unstored(settings)


async def test_a_run_that_could_not_store_all_that_it_showed_has_not_ended_in_order(settings: Settings, store: SqlStore) -> None:
    await keep(store, 7)
    await leave_number(settings, store, 9)
    assert await last_number(settings, store) == 7 + most_unstored(settings)


async def test_alerts_of_the_spare_journal_are_told_by_the_routes_of_their_calls_own_policy(
    settings: Settings, store: SqlStore
) -> None:
    at_night = bundled_policies()["standard"].read_text(encoding="utf-8").replace("version = 1", "version = 7", 1)
    at_night += '\n[[notify]]\nwhen = "alert"\nroute = "night_duty"\n'
    await choose_policy(store, at_night, was=load_policy("standard"), at=BEGAN, by="adam")
    spare = SpareJournal(settings.data_path / "spare.journal")
    for seq, label in ((2, "standard 7"), (3, "standard 1")):
        decided = replace(alert(f"c1:{seq}"), policy=label)
        await spare.write(stored(seq, decided, is_alert=True))
    spare.close()

    told = load_settings(data_dir=settings.data_dir, notify={"routes": {"night_duty": "json://localhost"}})
    Post(told, store, HandClock(), policy=lambda: load_policy("standard"))
    async with AsyncExitStack() as stack:
        await take_over(settings, store, stack)

    assert [(row.route, row.kind) for row in await store.outbox.listed()] == [("night_duty", Kind.ALERT_RAISED)]


async def test_a_second_callguard_on_the_same_data_is_refused_before_it_ends_the_calls_of_the_first(
    settings: Settings, store: SqlStore
) -> None:
    async with AsyncExitStack() as first, AsyncExitStack() as second:
        await take_over(settings, store, first)
        with pytest.raises(StoreError, match="is serving from"):
            await take_over(settings, store, second)
    async with AsyncExitStack() as third:
        await take_over(settings, store, third)


async def test_a_key_that_got_lost_is_asked_for_and_not_replaced_by_one_that_recognises_nobody(
    settings: Settings, store: SqlStore
) -> None:
    async with AsyncExitStack() as stack:
        _, vault = await take_over(settings, store, stack)
    await store.register.saw(vault.key_of("+442079460001"), vault.seal("+442079460001"), BEGAN)
    settings.caller_key_file.unlink()
    async with AsyncExitStack() as stack:
        with pytest.raises(SettingsError, match="put its copy back"):
            await take_over(settings, store, stack)
    assert not settings.caller_key_file.exists()


async def test_a_key_that_is_another_ones_is_said_and_lets_calls_be_guarded(
    settings: Settings, store: SqlStore, caplog: pytest.LogCaptureFixture
) -> None:
    other = open_vault(settings.data_path / "other.key")
    await store.register.saw(other.key_of("+442079460001"), other.seal("+442079460001"), BEGAN)
    settings.caller_key_file.write_text("ab" * 32)
    settings.caller_key_file.chmod(0o600)
    async with AsyncExitStack() as stack:
        await take_over(settings, store, stack)
    assert "sealed with another key" in caplog.text
