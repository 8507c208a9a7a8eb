from pathlib import Path

import pytest

from tests.cli.conftest import Callguard


@pytest.fixture
def models_dir(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where models are kept, empty."""
    monkeypatch.setenv("CALLGUARD_TRANSCRIBE__MODELS_DIR", str(tmp_path / "models"))
    return tmp_path / "models"


def source(folder: Path) -> Path:
    folder.mkdir()
    (folder / "model.bin").write_bytes(b"weights")
    return folder


@pytest.mark.usefixtures("models_dir")
def test_a_model_that_the_list_does_not_know_is_verified_too(callguard: Callguard, tmp_path: Path) -> None:
    assert callguard("models", "pull", "some/thing", "--from", source(tmp_path / "source")).code == 0
    for arguments in ((), ("some/thing",)):
        result = callguard("models", "verify", *arguments)
        assert (result.code, result.out) == (0, "some/thing: as it was pulled\n")


def test_one_model_that_cannot_be_checked_hides_no_other(callguard: Callguard, models_dir: Path, tmp_path: Path) -> None:
    callguard("models", "pull", "tiny.en", "--from", source(tmp_path / "source"))
    (models_dir / "base.en").mkdir()
    (models_dir / "base.en" / "model.bin").touch()
    result = callguard("models", "verify")
    assert result.code == 1
    assert "base.en: " in result.out
    assert "tiny.en: as it was pulled" in result.out


def test_the_doctor_sees_weights_that_are_not_as_they_were_pulled(callguard: Callguard, models_dir: Path, tmp_path: Path) -> None:
    callguard("models", "pull", "base.en", "--from", source(tmp_path / "source"))
    (models_dir / "base.en" / "model.bin").write_bytes(b"wei")
    rows = {row["part"]: row for row in callguard("doctor", "--json").rows}
    assert rows["speech engine"]["verdict"] == "missing"
    assert "model.bin is not what was pulled" in str(rows["speech engine"]["found"])
