"""Brings a database to the newest shape: the one module that speaks Alembic.

Migrations get their operations as an argument (`def upgrade(op: Operations)`), so that none of them needs the library.
"""

from pathlib import Path

from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.operations import Operations
from alembic.runtime.environment import EnvironmentContext
from alembic.script import ScriptDirectory
from alembic.util import CommandError
from sqlalchemy import Connection

from callguard.errors import StoreError
from callguard.record.database import make_engine, read_url, translated
from callguard.record.policy_shelf import policy_versions

FOLDER = Path(__file__).parent / "migrations"
METADATA = policy_versions.metadata
"""Shared by the modules that define tables; named by way of the last of them, so that all are in it."""

__all__ = ["Operations", "differences", "upgrade"]


async def upgrade(url: str) -> str:
    """Run every migration that the database at `url` lacks, in one transaction each, and return its revision.

    Raises StoreError if the database cannot be reached or was made by a newer callguard.
    """
    engine = make_engine(read_url(url))
    try:
        with translated():
            async with engine.begin() as connection:
                return await connection.run_sync(_upgrade)
    finally:
        await engine.dispose()


def differences(connection: Connection) -> list[object]:
    """Return how the database differs from `tables`; empty when the migrations are complete."""
    return list(compare_metadata(MigrationContext.configure(connection), METADATA))


def _upgrade(connection: Connection) -> str:
    config = Config()
    config.set_main_option("script_location", str(FOLDER).replace("%", "%%"))
    scripts = ScriptDirectory.from_config(config)
    environment = EnvironmentContext(config, scripts, fn=lambda revision, _: scripts._upgrade_revs("head", revision))  # noqa: SLF001  # as alembic.command does
    environment.configure(connection=connection, target_metadata=METADATA)
    context = environment.get_context()
    try:
        context.run_migrations(op=Operations(context))
    except CommandError as error:
        raise StoreError("the database was made by a newer callguard; update this one or name another database") from error
    return str(scripts.get_current_head())
