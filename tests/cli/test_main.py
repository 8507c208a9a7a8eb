import pytest

from callguard.cli.main import COMMANDS
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
    result = callguard("replay", "nowhere.wav")
    assert result.code == 1
    assert result.err.count("\n") == 1
    assert "nowhere.wav does not exist" in result.err
