import asyncio
from pathlib import Path

from callguard.decide.policy import bundled_policies
from callguard.record.store import SqlStore
from callguard.settings import load_settings
from tests.cli.conftest import Callguard
from tests.record.test_retention import have_call


async def store_calls(url: str) -> None:
    """Store a call that ended longer ago than any ready policy keeps it, and no record or hold of it."""
    store = await SqlStore.open(url)
    try:
        await have_call(store, "old", days_ago=200)
    finally:
        await store.close()


def test_calls_go_by_the_policy_that_was_chosen_and_not_by_that_of_the_settings(callguard: Callguard, tmp_path: Path) -> None:
    text = bundled_policies()["standard"].read_text(encoding="utf-8")
    longer = tmp_path / "longer.toml"
    longer.write_text(text.replace("ordinary_days = 30", "ordinary_days = 0").replace("version = 1", "version = 2", 1))
    assert callguard("db", "upgrade").code == 0
    asyncio.run(store_calls(load_settings(None).database_url))

    assert "1 calls and 0 callers would be deleted" in callguard("retention", "--dry-run").out
    assert callguard("policy", "use", longer).code == 0
    assert callguard("retention").out == "0 calls and 0 callers deleted; calls that stay: 1 ordinary\n"
    assert callguard("policy", "use", "standard").code == 0
    assert "1 calls and 0 callers deleted" in callguard("retention").out
