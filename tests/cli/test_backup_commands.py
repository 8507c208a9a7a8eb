"""A backup and what comes back of it, by the commands."""

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import TypeVar

import pytest

from callguard.events import StoredEvent
from callguard.incidents import incident_id_of
from callguard.record.store import SqlStore
from callguard.record.tenure import claimed
from callguard.record.vault import open_vault
from callguard.settings import load_settings
from tests.cli.conftest import Callguard
from tests.record.cases import CALLER
from tests.record.journals import BEGAN
from tests.record.test_retention import have_call

NUMBER = "+442079460001"
T = TypeVar("T")


@pytest.fixture
def data(tmp_path: Path) -> Path:
    return tmp_path / "data"


def in_store(work: Callable[[SqlStore], Awaitable[T]]) -> T:
    """Do something with the installation's store and close it."""

    async def run() -> T:
        store = await SqlStore.open(load_settings(None).database_url)
        try:
            return await work(store)
        finally:
            await store.close()

    return asyncio.run(run())


async def fill(store: SqlStore) -> None:
    """Have two calls, one with a record, and a caller whose number is sealed."""
    await have_call(store, "call-a", days_ago=1)
    await have_call(store, "call-b", days_ago=0, alerts=True, incident=True)
    await store.register.saw(CALLER, open_vault(load_settings(None).caller_key_file).seal(NUMBER), BEGAN)


def record(data: Path, *call_ids: str) -> None:
    """Lay recordings where the recorder lays them."""
    (data / "audio").mkdir(exist_ok=True)
    for call_id in call_ids:
        (data / "audio" / f"{call_id}.opus").write_bytes(f"sound of {call_id}".encode())
        (data / "audio" / f"{call_id}.peaks").write_bytes(b"CGP1")


def files(folder: Path) -> set[str]:
    return {str(file.relative_to(folder)) for file in folder.rglob("*") if file.is_file()}


async def everything(store: SqlStore) -> tuple[list[StoredEvent], bool, str]:
    known = await store.register.caller(CALLER)
    assert known is not None
    number = open_vault(load_settings(None).caller_key_file).unseal(known.sealed)
    return await store.events_since(0), (await store.incidents.check(incident_id_of("call-b"))).is_intact, number


@pytest.fixture
def filled(callguard: Callguard, data: Path) -> Callguard:
    assert callguard("db", "upgrade").code == 0
    in_store(fill)
    record(data, "call-a", "call-b")
    return callguard


def test_all_of_it_comes_back_on_another_machine_with_the_key_that_was_kept_apart(
    filled: Callguard, data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    before, key = in_store(everything), (data / "callers.key").read_bytes()
    assert filled("backup", tmp_path / "copy").out.startswith(f"{tmp_path / 'copy'}: 2 calls up to event 5, 2 recordings copied")
    assert "callers.key" not in files(tmp_path / "copy")
    (data / "callers.key").unlink()

    monkeypatch.setenv("CALLGUARD_DATA_DIR", str(tmp_path / "new"))
    told = filled("restore", tmp_path / "copy").out
    assert f"{tmp_path / 'new' / 'callers.key'} is not the key of this backup" in told
    (tmp_path / "new" / "callers.key").write_bytes(key)
    (tmp_path / "new" / "callers.key").chmod(0o600)
    assert in_store(everything) == before
    assert (tmp_path / "new" / "audio" / "call-b.opus").read_bytes() == b"sound of call-b"


def test_what_is_being_written_while_it_is_copied_is_in_the_next_backup(filled: Callguard, data: Path, tmp_path: Path) -> None:
    async def copy_while_open(store: SqlStore) -> None:
        async with store._database.writing() as connection:
            await connection.exec_driver_sql("UPDATE calls SET line = 'half'")
            assert (await asyncio.to_thread(filled, "backup", tmp_path / "copy")).code == 0
        await have_call(store, "call-c", days_ago=0)

    in_store(copy_while_open)
    record(data, "call-c")
    assert "3 calls up to event 7, 1 recordings copied" in filled("backup", tmp_path / "copy").out
    assert "audio/call-c.opus" in files(tmp_path / "copy")


def test_a_restore_sets_aside_what_was_there_with_its_write_ahead_log(filled: Callguard, data: Path, tmp_path: Path) -> None:
    filled("backup", tmp_path / "copy")
    in_store(lambda store: have_call(store, "later", days_ago=0))
    (data / "callguard.db-wal").write_bytes(b"of the database that was there")
    (data / "ended-at").write_text("7\n")
    assert "the database that was there lies in" in filled("restore", tmp_path / "copy").out
    (aside,) = data.glob("before-restore-*")
    assert files(aside) == {"callguard.db", "callguard.db-wal"}
    assert not (data / "ended-at").exists(), "numbers 6 and 7 may have been shown"
    assert len(in_store(lambda store: store.events_since(0))) == 5


def test_a_database_in_a_place_of_its_own_is_copied_put_back_and_set_aside_there(
    filled: Callguard, data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "disk").mkdir()
    (data / "callguard.db").rename(tmp_path / "disk" / "own.db")
    monkeypatch.setenv("CALLGUARD_RECORD__DATABASE_URL", f"sqlite:///{tmp_path / 'disk' / 'own.db'}")
    before = in_store(everything)
    assert filled("backup", tmp_path / "copy").code == 0
    assert filled("restore", tmp_path / "copy").code == 0
    (aside,) = (tmp_path / "disk").glob("before-restore-*")
    assert (files(aside), in_store(everything)) == ({"own.db"}, before)


def test_nothing_is_put_under_a_callguard_that_serves(filled: Callguard, data: Path, tmp_path: Path) -> None:
    filled("backup", tmp_path / "copy")
    with claimed(data):
        result = filled("restore", tmp_path / "copy")
    assert (result.code, "is serving from" in result.err) == (1, True)


def test_a_recording_that_was_let_go_leaves_the_backup_and_one_that_is_only_missing_stays(
    filled: Callguard, data: Path, tmp_path: Path
) -> None:
    record(data, "call-a-2")
    filled("backup", tmp_path / "copy")

    async def let_go(store: SqlStore) -> None:
        async with store._database.writing() as connection:
            await connection.exec_driver_sql("DELETE FROM calls WHERE call_id = 'call-a'")

    in_store(let_go)
    for file in (data / "audio").iterdir():
        file.unlink()
    assert filled("backup", tmp_path / "copy").code == 0
    assert {name for name in files(tmp_path / "copy") if name.endswith(".opus")} == {"audio/call-b.opus"}


def test_a_backup_that_knows_more_is_not_overwritten_by_an_installation_that_lost_something(
    filled: Callguard, data: Path, tmp_path: Path
) -> None:
    filled("backup", tmp_path / "copy")
    before = (tmp_path / "copy" / "callguard.db").read_bytes()
    (data / "callguard.db").unlink()
    assert filled("db", "upgrade").code == 0
    result = filled("backup", tmp_path / "copy")
    assert (result.code, "something was lost here" in result.err) == (1, True)
    assert (tmp_path / "copy" / "callguard.db").read_bytes() == before


def test_a_folder_with_other_things_is_no_place_for_a_backup(filled: Callguard, data: Path, tmp_path: Path) -> None:
    assert filled("backup", data).code == 2
    assert filled("restore", tmp_path).code == 2


def test_where_there_is_no_database_none_is_made_to_be_copied(callguard: Callguard, data: Path, tmp_path: Path) -> None:
    result = callguard("backup", tmp_path / "copy")
    assert (result.code, "there is no database" in result.err) == (1, True)
    assert not data.exists()


def test_postgresql_is_left_to_its_own_tools_and_said_so(
    callguard: Callguard, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CALLGUARD_RECORD__DATABASE_URL", "postgresql://callguard@127.0.0.1:1/callguard")
    result = callguard("backup", tmp_path / "copy")
    assert (result.code, "pg_dump" in result.err, (tmp_path / "copy").exists()) == (2, True, False)
