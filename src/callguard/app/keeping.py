"""What the command line does with records: checks them, and lets old calls go."""

from callguard.app.aftercare import rules_of
from callguard.app.choices import policy_in_use
from callguard.cases import RetentionReport
from callguard.clock import SystemClock
from callguard.incidents import ChainCheck
from callguard.record.store import SqlStore
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


async def sweep(settings: Settings, *, is_dry_run: bool) -> RetentionReport:
    """Let go of what the retention of the policy in use no longer keeps. Raises PolicyError, StoreError."""
    store = await SqlStore.open(settings.database_url)
    try:
        rules = rules_of(await policy_in_use(store, settings), organisation=settings.organisation)
        retention = store.retention(settings.data_path / "audio")
        return await retention.sweep(rules, SystemClock().utc_now(), is_dry_run=is_dry_run)
    finally:
        await store.close()
