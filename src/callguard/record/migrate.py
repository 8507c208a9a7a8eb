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
from callguard.record.corrections import corrections
from callguard.record.database import make_engine, read_url, translated
from callguard.record.outbox import outbox
from callguard.record.policy_shelf import policy_versions
from callguard.record.review_files import verdicts
from callguard.record.words_index import NAME as WORDS_INDEX

FOLDER = Path(__file__).parent / "migrations"
LAST = (corrections, policy_versions, outbox, verdicts)
"""Imported last of all modules that define tables, so that every table is in the metadata that they share."""
METADATA = LAST[0].metadata
ALONE_SQLITE = "BEGIN IMMEDIATE"
ALONE_POSTGRES = "SELECT pg_advisory_xact_lock(7236412587)"
"""A number of our own."""

__all__ = ["Operations", "differences", "upgrade"]


async def upgrade(url: str) -> str:
    """Run every migration that the database at `url` lacks, all of them in one transaction, and return its revision.

    Raises StoreError if the database cannot be reached or was made by a newer callguard.
    """
    engine = make_engine(read_url(url), is_patient=True)
    try:
        with translated():
            async with engine.begin() as connection:
                # Several commands may begin at once after an update. In SQLite the driver would begin with the first row that is
                # written, and tables that were made before stay when the rest fails: no later start gets past them.
                await connection.exec_driver_sql(ALONE_SQLITE if engine.dialect.name == "sqlite" else ALONE_POSTGRES)
                return await connection.run_sync(_upgrade)
    finally:
        await engine.dispose()


def differences(connection: Connection) -> list[object]:
    """Return how the database differs from `tables`; empty when the migrations are complete."""
    options = {"include_name": _is_declared}
    return list(compare_metadata(MigrationContext.configure(connection, opts=options), METADATA))


def _is_declared(name: str | None, kind: str, _parents: object) -> bool:
    """Leave the words index aside: no database-independent way declares one."""
    return not (kind in ("table", "index") and (name or "").startswith(WORDS_INDEX))


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
