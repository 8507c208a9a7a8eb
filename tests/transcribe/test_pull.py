"""Pulling over HTTP, from a mirror on this machine."""

import json
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from callguard.errors import ModelMissingError
from callguard.transcribe.hub import PIECE
from callguard.transcribe.models import partial_folder, pull_model, verify_model
from tests.transcribe.hub_files import COMMIT, MICRO, Mirror, serving, write_hub_model
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


def test_weights_that_came_whole_are_not_fetched_again_when_another_file_failed(mirror: Mirror, tmp_path: Path) -> None:
    (mirror.folder / "tokenizer.json").write_text("{}")
    mirror.refuses = "tokenizer.json"
    with pytest.raises(ModelMissingError, match="cannot be fetched"):
        pull(mirror, tmp_path)
    mirror.refuses = ""
    assert verify_model(pull(mirror, tmp_path)) == []
    assert mirror.sent.count("model.bin") == 1


@pytest.mark.parametrize("tells_sizes", [True, False])
def test_what_came_before_and_cannot_be_a_beginning_is_fetched_anew(mirror: Mirror, tmp_path: Path, tells_sizes: bool) -> None:
    mirror.tells_sizes = tells_sizes
    partial = partial_folder("tiny.en", tmp_path / "models")
    partial.mkdir(parents=True)
    (partial / f".model.bin.{COMMIT[:12]}.part").write_bytes(WEIGHTS + b"more")
    assert (pull(mirror, tmp_path) / "model.bin").read_bytes() == WEIGHTS


def test_who_pulls_what_is_being_pulled_waits_and_gets_it(mirror: Mirror, tmp_path: Path) -> None:
    mirror.may_send.clear()
    is_fetching, is_waiting = threading.Event(), threading.Event()

    def pull_again(told: threading.Event) -> Path:
        return pull_model("tiny.en", tmp_path / "models", lambda _: told.set(), source=mirror.url)

    with ThreadPoolExecutor(2) as pool:
        first = pool.submit(pull_again, is_fetching)
        is_fetching.wait()
        second = pool.submit(pull_again, is_waiting)
        is_waiting.wait()
        mirror.may_send.set()
        assert first.result() == second.result()
    assert mirror.sent.count("model.bin") == 1
    assert verify_model(first.result()) == []


def test_a_folder_that_cannot_be_written_is_told_and_not_the_network(mirror: Mirror, tmp_path: Path) -> None:
    (tmp_path / "models").write_text("a file where the folder should be")
    with pytest.raises(ModelMissingError, match="cannot be kept in"):
        pull(mirror, tmp_path)


@pytest.mark.parametrize("name", ["", ".", "..", "../models"])
def test_a_name_that_is_no_folder_of_its_own_is_refused(mirror: Mirror, tmp_path: Path, name: str) -> None:
    pull(mirror, tmp_path)
    with pytest.raises(ModelMissingError, match="there is no model"):
        pull_model(name, tmp_path / "models", lambda _: None, source=str(mirror.folder))
    assert (tmp_path / "models" / "tiny.en" / "model.bin").is_file()


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
