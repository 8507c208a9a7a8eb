"""Records and retention from the command line."""

import asyncio
from pathlib import Path

import orjson
import pytest
from sqlalchemy import text

from callguard.cli.main import run
from callguard.record.store import SqlStore
from tests.record.cases import ended, hard_facts, started
from tests.record.journals import BEGAN, numbered
from tests.record.ready import ready_sqlite


@pytest.fixture
def url(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """Have a record and an old call, and make them the installation's."""
    address = ready_sqlite(tmp_path)
    monkeypatch.setenv("CALLGUARD_RECORD__DATABASE_URL", address)
    monkeypatch.setenv("CALLGUARD_DATA_DIR", str(tmp_path))
    asyncio.run(_fill(address))
    return address


async def _fill(address: str) -> None:
    store = await SqlStore.open(address)
    await store.incidents.draft(hard_facts(), BEGAN, by="callguard", reason="")
    await store.append(numbered(started("old", days_ago=9000), ended("old", days_ago=9000)))
    await store.close()


async def _tamper(address: str) -> None:
    store = await SqlStore.open(address)
    async with store._database.writing() as connection:
        await connection.execute(text("UPDATE incident_versions SET body = replace(body, 'stupid', 'lovely')"))
    await store.close()


@pytest.mark.usefixtures("url")
def test_records_as_they_were_written_are_said_to_be_intact(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["incident", "verify"]) == 0
    assert "1 records are intact" in capsys.readouterr().out


def test_a_changed_record_ends_with_1_and_is_named(url: str, capsys: pytest.CaptureFixture[str]) -> None:
    asyncio.run(_tamper(url))
    assert run(["incident", "verify", "--json"]) == 1
    said = capsys.readouterr()
    assert orjson.loads(said.out)["problem"] == "version 1 was changed: its content does not match its hash"
    assert "1 of 1 records are not as they were written" in said.err


@pytest.mark.usefixtures("url")
def test_an_unknown_record_ends_with_1(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["incident", "verify", "inc_nothing"]) == 1
    assert "no such incident" in capsys.readouterr().err


@pytest.mark.usefixtures("url")
def test_a_dry_run_of_retention_deletes_nothing_and_the_real_one_what_it_said(capsys: pytest.CaptureFixture[str]) -> None:
    reports = []
    for arguments in (["--dry-run"], ["--dry-run"], [], []):
        assert run(["retention", "--json", *arguments]) == 0
        reports.append(orjson.loads(capsys.readouterr().out))
    assert [[lapse["call_id"] for lapse in report["lapsed"]] for report in reports] == [["old"], ["old"], ["old"], []]
    assert run(["retention"]) == 0
    assert "0 calls and 0 callers deleted" in capsys.readouterr().out
