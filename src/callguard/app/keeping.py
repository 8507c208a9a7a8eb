"""What the command line does with records: checks them, lets old calls go, and says what belongs into a backup."""

from pathlib import Path

from callguard.app.aftercare import rules_of
from callguard.app.choices import policy_in_use
from callguard.callers import is_caller_key
from callguard.cases import ErasureReport, RetentionReport
from callguard.clock import SystemClock
from callguard.errors import NotFoundError, StoreError
from callguard.incidents import ChainCheck
from callguard.record.backup import Place, known
from callguard.record.database import read_url
from callguard.record.store import SqlStore
from callguard.record.vault import open_vault
from callguard.settings import Settings

MOST = 1_000_000


async def check_incidents(settings: Settings, incident_id: str = "") -> list[ChainCheck]:
    """Check one record's chain, or those of all. Raises NotFoundError for an unknown id, StoreError."""
    store = await SqlStore.open(settings.database_url)
    try:
        ids = [incident_id] if incident_id else [row.incident_id for row in await store.incidents.summaries(limit=MOST)]
        return [await store.incidents.check(each) for each in ids]
    finally:
        await store.close()


async def sweep(settings: Settings, *, is_dry_run: bool, with_strays: bool = False) -> RetentionReport:
    """Let go of what the retention of the policy in use no longer keeps. Raises PolicyError, StoreError."""
    store = await SqlStore.open(settings.database_url)
    try:
        rules = rules_of(await policy_in_use(store, settings), organisation=settings.organisation, zone=settings.zone)
        retention = store.retention(settings.data_path / "audio")
        return await retention.sweep(rules, SystemClock().utc_now(), is_dry_run=is_dry_run, with_strays=with_strays)
    finally:
        await store.close()


async def erase(settings: Settings, caller: str, *, is_dry_run: bool, with_records: bool) -> ErasureReport:
    """Delete what is kept of a caller, by number, account or keyed hash. Raises NotFoundError, SettingsError, StoreError."""
    store = await SqlStore.open(settings.database_url)
    try:
        key = caller if is_caller_key(caller) else open_vault(settings.caller_key_file, may_make=False).key_of(caller)
        if not key or (await store.register.caller(key) is None and not await store.register.calls_of(key)):
            raise NotFoundError(
                "nothing is kept of this caller; give the number as the phone system has it, or the ck_… of a record"
            )
        retention = store.retention(settings.data_path / "audio")
        return await retention.erase(key, SystemClock().utc_now(), is_dry_run=is_dry_run, with_records=with_records)
    finally:
        await store.close()


def place_of(settings: Settings) -> Place:
    """Return where an installation keeps what belongs together. Raises SettingsError."""
    url = read_url(settings.database_url)
    file = Path(url.database or "") if url.drivername.startswith("sqlite") else None
    return Place(data=settings.data_path, database=file, key=settings.caller_key_file)


async def known_calls(settings: Settings) -> tuple[list[str], int]:
    """Return the ids of all stored calls and the number of the newest event; the database is not brought up to date for it.

    Raises StoreError.
    """
    file = place_of(settings).database
    if file is not None and not file.is_file():  # opened, it would be made
        raise StoreError(f"there is no database {file}; name the settings of the installation with --config")
    return await known(settings.database_url)
