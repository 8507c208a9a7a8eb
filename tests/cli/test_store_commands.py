import json
from pathlib import Path

import pytest

from callguard.archive import Correction
from callguard.cli.export_command import _write
from callguard.record.store import SqlStore
from callguard.terms import Role
from tests.cli.conftest import Callguard
from tests.fakes import call_started, transcript
from tests.record.journals import BEGAN, numbered


def test_the_database_is_made_and_upgraded_as_often_as_one_likes(callguard: Callguard) -> None:
    assert callguard("db", "upgrade").code == 0
    assert "revision" in callguard("db", "upgrade").out


def test_people_are_added_listed_and_given_new_passwords(callguard: Callguard) -> None:
    assert "may log in as senior" in callguard("users", "add", "ana", "--role", "senior").out
    assert "ana" in callguard("users", "list").out
    assert callguard("users", "password", "ana").code == 0


def test_a_name_that_is_taken_is_refused(callguard: Callguard) -> None:
    callguard("users", "add", "ana")
    result = callguard("users", "add", "ana")
    assert (result.code, "exists already" in result.err) == (1, True)


def test_an_empty_store_exports_nothing_and_an_unknown_call_is_not_found(callguard: Callguard) -> None:
    result = callguard("export")
    assert (result.code, result.out) == (0, "")
    assert "no stored call has this id" in callguard("export", "--call", "nobody").err


async def test_an_export_has_what_was_heard_and_what_was_corrected(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'c.db'}"
    store = await SqlStore.open(url)
    await store.append(numbered(call_started("c1"), transcript("you stupid cowl")))
    made = Correction(
        call_id="c1", channel=Role.CALLER, segment=0, by="quentin", at=BEGAN, heard="you stupid cowl", text="you stupid cow"
    )
    await store.corrections.correct(made)
    await store.close()
    lines = list[bytes]()

    def write(line: bytes) -> int:
        lines.append(line)
        return len(line)

    assert await _write(url, "c1", write, lambda _: None) == 3
    told = [json.loads(line) for line in lines]
    assert [one["type"] for one in told] == ["call_started", "transcript", "correction"]
    assert (told[1]["text"], told[2]["heard"], told[2]["text"]) == ("you stupid cowl", "you stupid cowl", "you stupid cow")


def test_a_database_that_nobody_knows_is_a_wrong_setting(callguard: Callguard, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CALLGUARD_RECORD__DATABASE_URL", "oracle://x")
    result = callguard("db", "upgrade")
    assert result.code == 2
