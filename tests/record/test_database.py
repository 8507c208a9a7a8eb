import asyncio
import contextlib
import sqlite3
import subprocess
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import text
from sqlalchemy.exc import OperationalError

from callguard.errors import StoreError
from callguard.record.database import Database, translated
from callguard.record.migrate import upgrade
from callguard.record.store import SqlStore
from tests.fakes import transcript
from tests.record.journals import stored

WAY_TOO_MUCH = 2_000_000


def driver_threads() -> list[str]:
    return [thread.name for thread in threading.enumerate() if "_connection_worker_thread" in thread.name]


def open_to_all(folder: Path) -> None:
    folder.chmod(0o755)


def modes(folder: Path) -> dict[str, int]:
    return {file.name: file.stat().st_mode & 0o777 for file in folder.iterdir()}


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A real file system of one MiB, where the test may mount one."""
    folder = tmp_path / "disk"
    folder.mkdir()
    mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=1m", "tmpfs", folder], check=False, capture_output=True)
    if mounted.returncode != 0:
        pytest.skip("mounting needs root")
    yield folder
    subprocess.run(["umount", folder], check=True)


def fill(disk: Path) -> None:
    with (disk / "film").open("wb", buffering=0) as film:
        try:
            while film.write(bytes(4096)):
                pass
        except OSError:
            return


async def test_what_was_said_is_for_the_owner_of_the_database_alone_also_in_a_folder_that_is_open_to_all(tmp_path: Path) -> None:
    open_to_all(tmp_path)
    database = Database(f"sqlite:///{tmp_path / 'c.db'}")
    async with database.writing() as connection:
        await connection.execute(text("CREATE TABLE said (words TEXT)"))
        found = modes(tmp_path)
    await database.close()
    assert found == {"c.db": 0o600, "c.db-wal": 0o600, "c.db-shm": 0o600}


async def test_a_disk_that_fills_up_is_named_with_the_remedy_and_can_be_freed(small_disk: Path) -> None:
    store = await SqlStore.open(f"sqlite:///{small_disk / 'c.db'}")
    fill(small_disk)
    with pytest.raises(StoreError, match=r"disk .* full.* free space"):
        await store.append([stored(1, transcript("x" * WAY_TOO_MUCH))])
    (small_disk / "film").unlink()
    await store.append([stored(1, transcript("hello"))])
    assert await store.last_seq() == 1
    await store.close()


@pytest.mark.parametrize("is_new", [True, False])
async def test_a_disk_that_is_full_at_the_start_is_named(small_disk: Path, is_new: bool) -> None:
    url = f"sqlite:///{small_disk / 'c.db'}"
    if not is_new:
        await upgrade(url)
    fill(small_disk)
    with pytest.raises(StoreError, match=r"disk .* full.* free space"):
        await SqlStore.open(url)
    assert driver_threads() == []


async def test_a_database_without_room_says_that_its_disk_is_full(tmp_path: Path) -> None:
    await upgrade(f"sqlite:///{tmp_path / 'c.db'}")
    database = Database(f"sqlite:///{tmp_path / 'c.db'}")
    async with database.writing() as connection:
        await connection.execute(text("PRAGMA max_page_count = 1"))
        with pytest.raises(StoreError, match=r"disk .* full.* free space"), translated():
            await connection.execute(text("CREATE TABLE film AS SELECT randomblob(2000000) AS reel"))
    await database.close()


async def test_a_folder_that_may_not_be_written_is_named_and_leaves_no_thread(small_disk: Path) -> None:
    remount = await asyncio.create_subprocess_exec("mount", "-o", "remount,ro", str(small_disk))
    assert await remount.wait() == 0
    with pytest.raises(StoreError, match="cannot be opened"):
        await upgrade(f"sqlite:///{small_disk / 'c.db'}")
    assert driver_threads() == []


async def test_a_database_that_cannot_be_opened_leaves_no_thread(tmp_path: Path) -> None:
    (tmp_path / "c.db").mkdir()
    with pytest.raises(StoreError, match="cannot be opened"):
        await upgrade(f"sqlite:///{tmp_path / 'c.db'}")
    assert driver_threads() == []


async def test_a_database_that_may_only_be_read_leaves_no_thread(tmp_path: Path) -> None:
    with contextlib.closing(sqlite3.connect(tmp_path / "c.db")) as plain:
        plain.execute("CREATE TABLE other (name)")
    with pytest.raises(StoreError, match="may not be written to"):
        await upgrade(f"sqlite:///file:{tmp_path / 'c.db'}?mode=ro&uri=true")
    assert driver_threads() == []


@pytest.mark.parametrize("told", ["database or disk is full", "disk I/O error"])
def test_what_sqlite_says_of_a_full_disk_becomes_one_sentence(told: str) -> None:
    with pytest.raises(StoreError, match=r"disk .* full.* free space"), translated():
        raise OperationalError("INSERT", None, sqlite3.OperationalError(told))


def test_a_failure_that_nobody_knows_is_logged_by_its_code_alone(caplog: pytest.LogCaptureFixture) -> None:
    with pytest.raises(StoreError, match="the database failed"), translated():
        raise OperationalError("INSERT", None, sqlite3.OperationalError("«what somebody said» is wrong"))
    assert [record.message for record in caplog.records] == ["the database failed in an unknown way"]
    assert "somebody" not in caplog.text


def test_a_question_that_takes_too_long_is_no_database_that_is_not_there() -> None:
    with pytest.raises(StoreError, match="did not answer within 5 s"), translated():
        raise TimeoutError
