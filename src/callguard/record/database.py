"""One database by URL: SQLite in WAL mode or PostgreSQL, with its errors as sentences."""

import asyncio
import contextlib
import logging
import os
import sqlite3
from collections.abc import AsyncIterator, Iterator, Mapping
from pathlib import Path
from typing import Any

import aiosqlite
from sqlalchemy import URL, Table, make_url
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.exc import ArgumentError, DBAPIError, SQLAlchemyError, StatementError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, create_async_engine

from callguard.errors import InputError, SettingsError, StoreError

log = logging.getLogger(__name__)

BUSY_TIMEOUT_MS = 2000  # longer would hold an alert back; the writer tries again anyway
SERVER_TIMEOUT_S = 5.0
DRIVERS = {
    "sqlite": "sqlite+aiosqlite",
    "sqlite+aiosqlite": "sqlite+aiosqlite",
    "postgres": "postgresql+asyncpg",
    "postgresql": "postgresql+asyncpg",
    "postgresql+asyncpg": "postgresql+asyncpg",
}
PRAGMAS = (
    "PRAGMA journal_mode=WAL",
    # In WAL mode NORMAL may lose the last commits when the power fails, and an alert that was shown must not be forgotten.
    "PRAGMA synchronous=FULL",
    "PRAGMA foreign_keys=ON",
    # What retention deletes is to be gone from the file too. Some builds of SQLite do so by themselves, others do not.
    "PRAGMA secure_delete=ON",
    f"PRAGMA busy_timeout={BUSY_TIMEOUT_MS}",
)


def read_url(text: str) -> URL:
    """Return `text` as a URL with the asynchronous driver that callguard uses.

    Raises SettingsError for anything but SQLite and PostgreSQL.
    """
    try:
        url = make_url(text)
    except ArgumentError as error:
        raise SettingsError("record.database_url is no URL; expected sqlite:///FILE or postgresql://USER@HOST/NAME") from error
    if url.drivername not in DRIVERS:
        raise SettingsError(f"record.database_url names «{url.drivername}»; expected sqlite or postgresql")
    return url.set(drivername=DRIVERS[url.drivername])


def make_engine(url: URL, *, is_patient: bool = False) -> AsyncEngine:
    """Return an engine for `url`; nothing is opened yet except the folder of a SQLite file.

    A patient one lets a command take its time, as an index over years of events does.
    Parameters stay out of error texts, because they are what people said.
    """
    if url.drivername.startswith("sqlite"):
        _make_folder(url)
        return create_async_engine(url, hide_parameters=True, connect_args={"async_creator_fn": _open_sqlite})
    timeouts = {"timeout": SERVER_TIMEOUT_S, "command_timeout": None if is_patient else SERVER_TIMEOUT_S}
    return create_async_engine(url, hide_parameters=True, pool_pre_ping=True, connect_args=timeouts)


def _make_folder(url: URL) -> None:
    if not url.database or url.database == ":memory:":
        raise SettingsError("record.database_url names no file; expected sqlite:///FILE")
    folder = Path(url.database).parent
    try:
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    except OSError as error:
        raise StoreError(f"folder {folder} cannot be made ({error.strerror}); set `data_dir` to one that can") from error
    # The folder may be there already and open to all, and SQLite shuts nobody out whom the mask does not. What it lays beside the
    # file gets the same mode. Where the file cannot be made, opening it says why.
    if not url.database.startswith("file:"):
        with contextlib.suppress(OSError):
            os.close(os.open(url.database, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600))


async def _open_sqlite(*place: Any, **options: Any) -> aiosqlite.Connection:
    """Open a file with our pragmas; the library alone would leave the thread of a connection that failed to its fate."""
    connection = aiosqlite.connect(*place, **options)
    thread = connection._thread  # noqa: SLF001  # as SQLAlchemy does; there is no public name
    thread.daemon = True
    try:
        await connection
        for pragma in PRAGMAS:
            await (await connection.execute(pragma)).close()
    except sqlite3.Error:
        await connection.close()
        # It reports to this event loop once more, so that it must not outlive it.
        await asyncio.to_thread(thread.join)
        raise
    return connection


@contextlib.contextmanager
def translated() -> Iterator[None]:
    """Turn what the database library raises into StoreError, or InputError for what no database takes.

    No message holds stored content.
    """
    try:
        yield
    except DBAPIError as error:
        if getattr(error.orig, "sqlstate", "") in UNSTORABLE:
            raise InputError("a text has a character that cannot be stored (NUL); take it out") from error
        raise StoreError(_explain(error.orig)) from error
    except StatementError as error:
        if isinstance(error.orig, OverflowError):
            raise InputError("a time lies before the year 1 or after the year 9999 in UTC; send another") from error
        raise StoreError(f"the database failed ({type(error).__name__})") from error
    except SQLAlchemyError as error:
        raise StoreError(f"the database failed ({type(error).__name__})") from error
    except TimeoutError as error:
        raise StoreError(
            f"the database did not answer within {SERVER_TIMEOUT_S:g} s: it is out of reach or busy, or too much was asked of it"
        ) from error
    except OSError as error:  # asyncpg: refused connections
        raise StoreError(
            f"the database cannot be reached ({type(error).__name__}); start it or mend record.database_url"
        ) from error


REMEDIES = {
    "database or disk is full": "the disk that holds the database is full; free space on it: until then events are not recorded",
    "disk I/O error": "the disk that holds the database cannot be written: it is full or failing; free space on it or change it: "
    "until then events are not recorded",
    "database is locked": f"another process kept the database locked for {BUSY_TIMEOUT_MS} ms; stop it or wait until it is done",
    "unable to open database file": "the database file cannot be opened; check that its folder exists and may be written to",
    "readonly database": "the database file or its folder may not be written to; check their permissions",
    "file is not a database": "the database file is no SQLite database; name another file in record.database_url",
    "malformed": "the database file is damaged; restore it from a backup",
    "no such table": "the database has no tables yet; run `callguard db upgrade`",
}
"""By what SQLite says."""
UNSTORABLE = frozenset({"22021", "22P05"})
"""SQLSTATE of PostgreSQL for text that it does not hold: what came from outside, and no fault of the database."""
STATES = {"53100": "database or disk is full", "58030": "disk I/O error", "42P01": "no such table"}
"""PostgreSQL's SQLSTATE for the same."""


def _explain(error: BaseException | None) -> str:
    code = getattr(error, "sqlite_errorname", "") or getattr(error, "sqlstate", "") or type(error).__name__
    told = f"{error} {STATES.get(code, '')}"
    for sign, remedy in REMEDIES.items():
        if sign in told:
            return remedy
    # The code only: PostgreSQL's own text may quote what was to be stored.
    log.error("the database failed in an unknown way", extra={"code": code, "kind": type(error).__name__})
    return f"the database failed ({code}); look its code up and check disk, permissions and database"


class Database:
    """Connections to one database; writes of this process to SQLite go one after the other."""

    def __init__(self, url: str) -> None:
        self._url = read_url(url)
        self._engine = make_engine(self._url)
        self._turn = asyncio.Lock()

    @property
    def is_sqlite(self) -> bool:
        """Whether it is SQLite; PostgreSQL otherwise."""
        return self._url.drivername.startswith("sqlite")

    async def close(self) -> None:
        """Give all connections back."""
        await self._engine.dispose()

    @contextlib.asynccontextmanager
    async def reading(self) -> AsyncIterator[AsyncConnection]:
        """Lend a connection for queries."""
        with translated():
            async with self._engine.connect() as connection:
                yield connection

    @contextlib.asynccontextmanager
    async def writing(self) -> AsyncIterator[AsyncConnection]:
        """Lend a connection for one transaction, committed on leaving."""
        # SQLite knows one writer at a time: waiting here keeps driver threads free, waiting there does not.
        turn = self._turn if self.is_sqlite else contextlib.nullcontext()
        async with turn:
            with translated():
                async with self._engine.begin() as connection:
                    yield connection


async def insert_new(connection: AsyncConnection, table: Table, row: Mapping[str, Any]) -> bool:
    """Insert within a transaction that is going on, unless the row is there already; return whether it was new."""
    make = postgresql.insert if connection.dialect.name == "postgresql" else sqlite.insert
    return bool((await connection.execute(make(table).on_conflict_do_nothing(), dict(row))).rowcount)
