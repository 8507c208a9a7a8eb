from pathlib import Path

import pytest

from callguard.cli.main import run
from callguard.deliver.webhooks import secret_bytes

CONFIG = """
[notify.webhooks.crm]
url = "http://127.0.0.1:1/hooks"
secret = "whsec_AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8="
"""


def test_a_new_secret_can_be_used_and_is_another_each_time(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["webhook", "secret"]) == run(["webhook", "secret"]) == 0
    first, second = capsys.readouterr().out.split()
    assert len(secret_bytes(first, "crm")) == 32
    assert first != second


def test_a_receiver_that_is_not_there_is_named_with_what_to_do(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "callguard.toml"
    file.write_text(CONFIG)
    assert run(["webhook", "test", "--config", str(file)]) == 1
    told = capsys.readouterr()
    assert "crm: not reached (ConnectError)" in told.out
    assert "1 of 1 webhooks did not take a ping" in told.err


@pytest.mark.parametrize(
    ("change", "complaint"),
    [
        ("", "no webhook «cti» in the settings; there are: crm"),
        ('\nkinds = ["alert.riased"]', "«alert.riased»; expected some of alert.raised"),
        ('\nprevious_secret = "env:NOT_THERE"', "variable NOT_THERE, which is empty"),
    ],
    ids=["name", "kind", "environment"],
)
def test_settings_that_cannot_work_say_what_to_do(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], change: str, complaint: str
) -> None:
    file = tmp_path / "callguard.toml"
    file.write_text(CONFIG.rstrip() + change)
    assert run(["webhook", "test", "--config", str(file), "crm" if change else "cti"]) == 2
    assert complaint in capsys.readouterr().err


def test_without_webhooks_it_says_where_they_are_set(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "callguard.toml"
    file.write_text("")
    assert run(["webhook", "test", "--config", str(file)]) == 2
    assert "notify.webhooks" in capsys.readouterr().err
