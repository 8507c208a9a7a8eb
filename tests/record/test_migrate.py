import asyncio
from pathlib import Path

import pytest
from sqlalchemy import text

from callguard.errors import SettingsError, StoreError
from callguard.record.database import Database
from callguard.record.migrate import differences, upgrade


async def test_migrations_make_exactly_the_tables_that_the_code_uses(bare_database_url: str) -> None:
    await upgrade(bare_database_url)
    database = Database(bare_database_url)
    async with database.reading() as connection:
        assert await connection.run_sync(differences) == []
    await database.close()


async def test_upgrading_twice_changes_nothing(bare_database_url: str) -> None:
    assert await upgrade(bare_database_url) == await upgrade(bare_database_url)


async def test_an_upgrade_that_broke_off_leaves_nothing_that_the_next_one_stumbles_over(bare_database_url: str) -> None:
    database = Database(bare_database_url)
    async with database.writing() as connection:
        await connection.execute(text("CREATE VIEW verdicts AS SELECT 1"))  # in the way of the last tables
    with pytest.raises(StoreError):
        await upgrade(bare_database_url)
    async with database.writing() as connection:
        await connection.execute(text("DROP VIEW verdicts"))
    await upgrade(bare_database_url)
    async with database.reading() as connection:
        assert await connection.run_sync(differences) == []
    await database.close()


async def test_commands_that_begin_together_after_an_update_do_not_stumble_over_each_other(bare_database_url: str) -> None:
    assert len(set(await asyncio.gather(*(upgrade(bare_database_url) for _ in range(3))))) == 1


async def test_a_database_of_a_newer_callguard_is_refused(bare_database_url: str) -> None:
    await upgrade(bare_database_url)
    database = Database(bare_database_url)
    async with database.writing() as connection:
        await connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    await database.close()
    with pytest.raises(StoreError, match="newer callguard"):
        await upgrade(bare_database_url)


async def test_a_file_that_is_no_database_is_named_as_such(tmp_path: Path) -> None:
    (tmp_path / "c.db").write_text("this is not a database, but long enough to be looked at as one" * 50)
    with pytest.raises(StoreError, match="no SQLite database"):
        await upgrade(f"sqlite:///{tmp_path / 'c.db'}")


async def test_a_server_that_is_not_there_is_named_as_such() -> None:
    with pytest.raises(StoreError, match="cannot be reached"):
        await upgrade("postgresql://callguard@127.0.0.1:1/callguard")


@pytest.mark.parametrize(
    ("url", "complaint"), [("mysql://x/y", "mysql"), ("no url", "no URL"), ("sqlite://", "names no file")], ids=str
)
async def test_a_url_that_cannot_be_used_is_a_wrong_setting(url: str, complaint: str) -> None:
    with pytest.raises(SettingsError, match=complaint):
        await upgrade(url)


async def test_a_folder_that_cannot_be_made_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(StoreError, match="cannot be made"):
        await upgrade(f"sqlite:///{tmp_path / 'file' / 'c.db'}")
