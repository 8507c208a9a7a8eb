import stat
from pathlib import Path

import pytest

from callguard.callers import is_caller_key
from callguard.errors import InputError, SettingsError
from callguard.record.vault import Vault, open_vault

NUMBER = "+44 20 7946 0001"


def test_one_number_has_one_key_however_it_is_written() -> None:
    vault = Vault(bytes(32))
    keys = {vault.key_of(text) for text in (NUMBER, "0044 20 7946-0001", "+442079460001", "tel:+44 (20) 7946.0001")}
    assert len(keys) == 1
    assert is_caller_key(keys.pop())


def test_accounts_are_told_apart_and_a_withheld_number_has_no_key() -> None:
    vault = Vault(bytes(32))
    assert vault.key_of("Acme-17") == vault.key_of(" acme-17 ") != vault.key_of("acme-18")
    assert vault.key_of("  ") == ""


def test_another_secret_gives_other_keys_and_opens_nothing() -> None:
    mine, theirs = Vault(bytes(32)), Vault(b"x" * 32)
    assert mine.key_of(NUMBER) != theirs.key_of(NUMBER)
    with pytest.raises(InputError, match="old caller key file"):
        theirs.unseal(mine.seal(NUMBER))


def test_a_sealed_number_shows_nothing_and_can_be_read_again() -> None:
    vault = Vault(bytes(32))
    assert "7946" not in vault.seal(NUMBER)
    assert vault.unseal(vault.seal(NUMBER)) == NUMBER


def test_an_account_that_looks_like_a_key_is_sealed_all_the_same() -> None:
    assert Vault(bytes(32)).key_of("ck_smith") != "ck_smith"


def test_the_secret_is_made_once_and_readable_by_its_owner_only(tmp_path: Path) -> None:
    file = tmp_path / "data" / "callers.key"
    first, second = open_vault(file), open_vault(file)
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert first.key_of(NUMBER) == second.key_of(NUMBER)


@pytest.mark.parametrize(("content", "mode", "remedy"), [("ab" * 32, 0o644, "chmod 600"), ("short", 0o600, "backup")])
def test_a_secret_that_cannot_be_trusted_stops_the_start(tmp_path: Path, content: str, mode: int, remedy: str) -> None:
    file = tmp_path / "callers.key"
    file.write_text(content)
    file.chmod(mode)
    with pytest.raises(SettingsError, match=remedy):
        open_vault(file)
