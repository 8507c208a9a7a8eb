"""Pulling over HTTP, from a mirror on this machine."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from callguard.errors import ModelMissingError
from callguard.transcribe.hub import PIECE
from callguard.transcribe.models import pull_model, verify_model
from tests.transcribe.hub_files import MICRO, Mirror, serving, write_hub_model
from tools.make_shape_model import make_spec

REPOSITORY = "Systran/faster-whisper-tiny.en"
WEIGHTS = b"0123456789" * 1_000
LARGE = WEIGHTS * 300
"""Three megabytes: what has come is written down piece by piece."""


@pytest.fixture
def mirror(tmp_path: Path) -> Iterator[Mirror]:
    """A mirror with a model of ten kilobytes."""
    folder = tmp_path / "hub"
    folder.mkdir()
    (folder / "model.bin").write_bytes(WEIGHTS)
    (folder / "config.json").write_text("{}")
    (folder / "README.md").write_text("not part of the model")
    with serving(Mirror(folder, REPOSITORY)) as served:
        yield served


def pull(mirror: Mirror, tmp_path: Path, name: str = "tiny.en") -> Path:
    return pull_model(name, tmp_path / "models", lambda _: None, source=mirror.url)


def test_a_model_comes_from_a_mirror_and_is_verified(mirror: Mirror, tmp_path: Path) -> None:
    folder = pull(mirror, tmp_path)
    assert sorted(file.name for file in folder.iterdir()) == ["callguard.json", "config.json", "model.bin"]
    assert (folder / "model.bin").read_bytes() == WEIGHTS
    assert verify_model(folder) == []
    assert json.loads((folder / "callguard.json").read_text())["source"] == mirror.url


def test_a_broken_download_goes_on_where_it_stopped(mirror: Mirror, tmp_path: Path) -> None:
    (mirror.folder / "model.bin").write_bytes(LARGE)
    mirror.breaks_at, mirror.breaks_left = len(LARGE) - 10, 1
    folder = pull(mirror, tmp_path)
    assert (folder / "model.bin").read_bytes() == LARGE
    assert mirror.ranges == [f"bytes={2 * PIECE}-"]


def test_a_pull_that_failed_goes_on_where_it_stopped_when_it_is_tried_again(mirror: Mirror, tmp_path: Path) -> None:
    (mirror.folder / "model.bin").write_bytes(LARGE)
    mirror.breaks_at, mirror.breaks_left = len(LARGE) - 10, 1_000
    with pytest.raises(ModelMissingError, match="cannot be fetched"):
        pull(mirror, tmp_path)
    came_so_far = len(mirror.ranges)
    mirror.breaks_left = 0
    folder = pull(mirror, tmp_path)
    assert (folder / "model.bin").read_bytes() == LARGE
    assert mirror.ranges[came_so_far:] == [f"bytes={2 * PIECE}-"]


def test_weights_that_are_not_what_the_hub_promised_are_refused(mirror: Mirror, tmp_path: Path) -> None:
    mirror.wrong_sha256 = True
    with pytest.raises(ModelMissingError, match=r"model\.bin of tiny\.en did not arrive whole"):
        pull(mirror, tmp_path)
    assert not (tmp_path / "models" / "tiny.en").exists()


def test_a_repository_that_the_mirror_does_not_have_says_what_to_do(mirror: Mirror, tmp_path: Path) -> None:
    with pytest.raises(ModelMissingError, match="--from FOLDER"):
        pull(mirror, tmp_path, "small.en")


def test_weights_that_must_be_converted_come_from_a_mirror_too(tmp_path: Path) -> None:
    source = write_hub_model(tmp_path / "hub", *make_spec(MICRO))
    with serving(Mirror(source, "futo-org/acft-whisper-tiny.en")) as mirror:
        folder = pull(mirror, tmp_path, "acft-tiny.en")
    assert verify_model(folder) == []
    assert (folder / "vocabulary.json").is_file()
