import asyncio
import json
from pathlib import Path

import pytest

from callguard.record.store import SqlStore
from callguard.record.vault import open_vault
from callguard.settings import load_settings
from tests.cli.conftest import Callguard
from tests.record.cases import CALLER, ended, started
from tests.record.journals import BEGAN, numbered
from tests.record.test_retention import have_call, hold

NUMBER = "+442079460001"


@pytest.fixture
def data(tmp_path: Path) -> Path:
    return tmp_path / "data"


@pytest.fixture
def filled(callguard: Callguard, data: Path) -> Callguard:
    """Have an ordinary call of a caller, one with a record, one under hold, and a note."""

    async def fill() -> None:
        store = await SqlStore.open(load_settings(None).database_url)
        await have_call(store, "ordinary", days_ago=1)
        await have_call(store, "incident", days_ago=1, alerts=True, incident=True)
        await have_call(store, "held", days_ago=1, alerts=True, incident=True)
        await hold(store, "held")
        await store.register.saw(CALLER, "sealed", BEGAN)
        await store.close()

    assert callguard("db", "upgrade").code == 0
    asyncio.run(fill())
    (data / "audio").mkdir()
    for call_id in ("ordinary", "incident", "held"):
        (data / "audio" / f"{call_id}.opus").write_bytes(b"sound")
    return callguard


def left(data: Path) -> tuple[set[str], set[str], set[str], bool]:
    """Return whose calls, recordings and records there are, and whether the caller is in the register."""

    async def look() -> tuple[set[str], set[str], set[str], bool]:
        store = await SqlStore.open(load_settings(None).database_url)
        try:
            calls = {call.call_id for call in await store.calls(9)}
            records = {summary.call_id for summary in await store.incidents.summaries()}
            return (
                calls,
                {file.stem for file in (data / "audio").iterdir()},
                records,
                await store.register.caller(CALLER) is not None,
            )
        finally:
            await store.close()

    return asyncio.run(look())


def test_a_callers_calls_go_whatever_their_time_and_records_stay(filled: Callguard, data: Path) -> None:
    dry = filled("erase", CALLER, "--dry-run").out
    assert "1 calls and 0 records would be erased; calls that stay: 1 hold, 1 incident" in dry
    assert "would stay in the register" in dry
    assert len(left(data)[0]) == 3
    told = filled("erase", CALLER).out
    assert "1 calls and 0 records erased" in told
    assert "stays in the register" in told
    kept = {"incident", "held"}
    assert left(data) == (kept, kept, kept, True)


def test_records_go_if_asked_to_and_what_is_under_hold_stays(filled: Callguard, data: Path) -> None:
    assert "2 calls and 1 records would be erased" in filled("erase", CALLER, "--with-records", "--dry-run").out
    assert len(left(data)[2]) == 2
    assert "2 calls and 1 records erased; calls that stay: 1 hold" in filled("erase", CALLER, "--with-records").out
    assert left(data) == ({"held"}, {"held"}, {"held"}, True)
    assert filled("incident", "verify").code == 0


def test_a_caller_of_whom_nothing_is_left_is_forgotten_and_found_by_number(callguard: Callguard) -> None:
    assert callguard("db", "upgrade").code == 0
    vault = open_vault(load_settings(None).caller_key_file)

    async def fill() -> None:
        store = await SqlStore.open(load_settings(None).database_url)
        await store.register.saw(vault.key_of(NUMBER), vault.seal(NUMBER), BEGAN)
        caller = vault.key_of(NUMBER)
        await store.append(numbered(started("theirs", caller=caller, days_ago=1), ended("theirs", days_ago=1)))
        await store.close()

    asyncio.run(fill())
    assert "the caller would be forgotten" in callguard("erase", NUMBER, "--dry-run").out
    assert json.loads(callguard("erase", NUMBER, "--dry-run", "--json").out)["is_forgotten"] is True
    assert "the caller is forgotten" in callguard("erase", "0044 20 7946-0001").out
    again = callguard("erase", NUMBER)
    assert (again.code, "nothing is kept" in again.err, NUMBER in again.err) == (1, True, False)
