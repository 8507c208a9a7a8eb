"""Both databases, each empty, for the contract tests."""

import os
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from callguard.record.store import SqlStore
from tests.record.ready import empty_postgres, ready_postgres, ready_sqlite, sqlite_url

SERVER = "CALLGUARD_TEST_POSTGRES"


def server() -> str:
    """Return the server's URL, or skip the test."""
    if SERVER not in os.environ:
        pytest.skip(f"{SERVER} names no PostgreSQL server")
    return os.environ[SERVER]


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
def kind(request: pytest.FixtureRequest) -> str:
    """Which database."""
    return str(request.param)


@pytest.fixture
async def bare_database_url(kind: str, tmp_path: Path) -> str:
    """A database without a table."""
    return sqlite_url(tmp_path / "bare.db") if kind == "sqlite" else await empty_postgres(server())


@pytest.fixture
async def database_url(kind: str, tmp_path: Path) -> str:
    """A database of the newest shape in which nothing is."""
    return ready_sqlite(tmp_path) if kind == "sqlite" else await ready_postgres(server())


@pytest.fixture
async def store(database_url: str) -> AsyncIterator[SqlStore]:
    opened = await SqlStore.open(database_url)
    yield opened
    await opened.close()
