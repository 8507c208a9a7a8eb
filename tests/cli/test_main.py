import errno
import io
import os
import subprocess
import sys

import pytest
from rich.console import Console

from callguard.cli.main import COMMANDS, _end_without
from tests.cli.conftest import Callguard


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_explains_itself(callguard: Callguard, name: str) -> None:
    result = callguard(name, "--help")
    assert result.code == 0
    assert name in result.out


def test_an_unknown_command_is_a_wrong_argument(callguard: Callguard) -> None:
    result = callguard("sing")
    assert result.code == 2
    assert "sing" in result.err


def test_wrong_settings_end_with_2_and_one_sentence(callguard: Callguard, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CALLGUARD_HTTP__PROT", "1")
    result = callguard("score")
    assert result.code == 2
    assert result.err.count("\n") == 1
    assert "CALLGUARD_HTTP__PROT" in result.err


def test_failed_work_ends_with_1_and_one_sentence(callguard: Callguard) -> None:
    result = callguard("models", "verify", "base.en")
    assert result.code == 1
    assert result.err.count("\n") == 1
    assert "base.en is not on disk" in result.err


@pytest.mark.parametrize(
    "arguments",
    [("replay", "nowhere.wav"), ("transcribe", "nowhere.wav"), ("score", "nowhere.txt"), ("policy", "check", "nowhere.toml")],
)
def test_a_file_that_is_not_there_is_a_wrong_argument_everywhere(callguard: Callguard, arguments: tuple[str, ...]) -> None:
    result = callguard(*arguments)
    assert result.code == 2
    assert f"{arguments[-1]} does not exist" in result.err


def test_a_file_that_this_user_may_not_have_is_one_sentence() -> None:
    said = io.StringIO()
    refused = PermissionError(errno.EACCES, "Permission denied", "/root/models/model.bin")
    assert _end_without(refused, Console(file=said, width=200)) == 1
    assert said.getvalue().startswith("callguard: /root/models/model.bin: Permission denied; run it as the user")
    with pytest.raises(OSError, match="Too many open files"):
        _end_without(OSError(errno.EMFILE, "Too many open files"), Console(file=said))


def test_an_interrupt_before_the_command_began_ends_without_a_traceback(
    callguard: Callguard, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Interrupted(dict[str, str]):
        """Ctrl-C while the commands are looked up."""

        def __getitem__(self, name: str) -> str:
            raise KeyboardInterrupt

    monkeypatch.setattr("callguard.cli.main.COMMANDS", Interrupted(COMMANDS))
    result = callguard("policy", "schema")
    assert (result.code, result.err) == (130, "")


def test_a_locale_without_our_signs_ends_no_command() -> None:
    environment = os.environ | {"PYTHONIOENCODING": "ascii"}
    command = "from callguard.cli.main import main; main()"
    done = subprocess.run(
        [sys.executable, "-c", command, "doctor", "--settings"], capture_output=True, env=environment, check=True
    )
    assert "«default»" in done.stdout.decode("utf-8")
