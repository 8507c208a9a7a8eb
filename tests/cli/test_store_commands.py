import pytest

from tests.cli.conftest import Callguard


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


def test_a_database_that_nobody_knows_is_a_wrong_setting(callguard: Callguard, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CALLGUARD_RECORD__DATABASE_URL", "oracle://x")
    result = callguard("db", "upgrade")
    assert result.code == 2
