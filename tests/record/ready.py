"""Databases of the newest shape: migrated once a process and copied, because migrating outlasts most tests."""

import asyncio
import os
from collections.abc import Coroutine
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from sqlalchemy import make_url, text
from sqlalchemy.ext.asyncio import create_async_engine

from callguard.record.migrate import upgrade


def finish(work: Coroutine[Any, Any, object]) -> None:
    """Run `work` on a loop of its own, also where one runs already."""
    with ThreadPoolExecutor(1, thread_name_prefix="ready") as thread:
        thread.submit(asyncio.run, work).result()


def sqlite_url(file: Path) -> str:
    """Return the URL of a SQLite file."""
    return f"sqlite:///{file}"


@cache
def empty_sqlite() -> bytes:
    """Return a migrated SQLite database in which nothing is."""
    with TemporaryDirectory() as folder:
        file = Path(folder) / "empty.db"
        finish(upgrade(sqlite_url(file)))
        return file.read_bytes()


def ready_sqlite(folder: Path, content: bytes = b"") -> str:
    """Lay a database where an installation in `folder` looks for its own, an empty one without `content`; return its URL."""
    folder.mkdir(parents=True, exist_ok=True)
    file = folder / "callguard.db"
    file.write_bytes(content or empty_sqlite())
    return sqlite_url(file)


async def empty_postgres(server: str) -> str:
    """Make this process's database on `server` anew, without a table; return its URL."""
    return await _make_postgres(server, "test", "template1")


async def ready_postgres(server: str) -> str:
    """Make this process's database on `server` anew, migrated and empty; return its URL."""
    return await _make_postgres(server, "test", _migrated_postgres(server))


@cache
def _migrated_postgres(server: str) -> str:
    """Return the name of a migrated database that the others are copied from."""

    async def make() -> None:
        await upgrade(await _make_postgres(server, "ready", "template1"))

    finish(make())
    return _own("ready")


async def _make_postgres(server: str, purpose: str, template: str) -> str:
    name = _own(purpose)
    engine = create_async_engine(server, isolation_level="AUTOCOMMIT")
    async with engine.connect() as connection:
        await connection.execute(text(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)"))
        await connection.execute(text(f"CREATE DATABASE {name} TEMPLATE {template}"))
    await engine.dispose()
    return make_url(server).set(database=name).render_as_string(hide_password=False)


def _own(purpose: str) -> str:
    """Name a database of this process: several may test at the same time."""
    return f"{purpose}_{os.getpid()}"
