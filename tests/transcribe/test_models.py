import json
from pathlib import Path

import pytest

from callguard.errors import ModelMissingError
from callguard.transcribe.models import (
    PLAIN_WINDOW,
    find_model,
    list_models,
    load_catalogue,
    pull_model,
    repository_of,
    verify_model,
)
from callguard.transcribe.window import WindowRule
from tests.transcribe.hub_files import MICRO, write_hub_model
from tools.make_shape_model import make_spec


class EmptyCache:
    """A cache of the hub client with nothing in it, or with one folder."""

    def __init__(self, folder: Path | None = None) -> None:
        self.folder = folder
        self.asked: list[str] = []

    def cached(self, repository: str) -> Path | None:
        self.asked.append(repository)
        return self.folder


def write_model(folder: Path, *, weights: bytes = b"weights") -> Path:
    folder.mkdir(parents=True)
    (folder / "model.bin").write_bytes(weights)
    (folder / "config.json").write_text("{}")
    (folder / "README.md").write_text("not part of the model")
    return folder


def pull(name: str, models_dir: Path, source: Path) -> Path:
    return pull_model(name, models_dir, lambda _: None, source=str(source))


def test_every_model_of_the_catalogue_has_a_window_and_a_licence() -> None:
    catalogue = load_catalogue()
    assert {"tiny.en", "base.en", "small.en", "small", "large-v3-turbo"} <= set(catalogue)
    assert all(entry.licence and entry.note and entry.repository.count("/") == 1 for entry in catalogue.values())
    assert all(entry.window.margin_s > 0 and entry.languages in {"en", "many"} for entry in catalogue.values())


def test_plain_weights_get_at_least_ten_seconds() -> None:
    assert load_catalogue()["base.en"].window == WindowRule(margin_s=2.6, minimum_s=10.0) == PLAIN_WINDOW


def test_a_model_is_found_by_its_folder(tmp_path: Path) -> None:
    folder = write_model(tmp_path / "mine")
    found = find_model(str(folder), tmp_path / "models", EmptyCache())
    assert found is not None
    assert (found.name, found.folder, found.window) == ("mine", folder, PLAIN_WINDOW)


def test_a_model_is_found_by_its_name_among_the_pulled_ones(tmp_path: Path) -> None:
    write_model(tmp_path / "models" / "base.en")
    found = find_model("base.en", tmp_path / "models", EmptyCache())
    assert found is not None
    assert found.folder == tmp_path / "models" / "base.en"


def test_a_model_is_found_in_the_cache_of_the_hub_client(tmp_path: Path) -> None:
    cache = EmptyCache(write_model(tmp_path / "snapshot"))
    found = find_model("base.en", tmp_path / "models", cache)
    assert found is not None
    assert (found.name, found.folder) == ("base.en", tmp_path / "snapshot")
    assert cache.asked == ["Systran/faster-whisper-base.en"]


def test_a_model_that_is_nowhere_is_not_found(tmp_path: Path) -> None:
    assert find_model("base.en", tmp_path, EmptyCache()) is None
    assert find_model("no-such-model", tmp_path, EmptyCache()) is None


@pytest.mark.parametrize(
    ("wanted", "repository"),
    [("base.en", "Systran/faster-whisper-base.en"), ("some/thing", "some/thing"), ("thing", ""), ("./a/b", ""), ("/a/b", "")],
)
def test_a_repository_is_a_name_or_itself(wanted: str, repository: str) -> None:
    assert repository_of(wanted) == repository


def test_a_model_is_pulled_from_a_folder_and_recorded(tmp_path: Path) -> None:
    source = write_model(tmp_path / "mirror" / "base.en")
    folder = pull("base.en", tmp_path / "models", source.parent)
    assert sorted(file.name for file in folder.iterdir()) == ["callguard.json", "config.json", "model.bin"]
    assert set(json.loads((folder / "callguard.json").read_text())["sha256"]) == {"config.json", "model.bin"}
    assert verify_model(folder) == []


def test_a_pulled_model_replaces_the_one_before(tmp_path: Path) -> None:
    pull("base.en", tmp_path / "models", write_model(tmp_path / "old"))
    folder = pull("base.en", tmp_path / "models", write_model(tmp_path / "new", weights=b"better"))
    assert (folder / "model.bin").read_bytes() == b"better"


def test_what_was_changed_or_lost_since_the_pull_is_told(tmp_path: Path) -> None:
    folder = pull("base.en", tmp_path / "models", write_model(tmp_path / "source"))
    (folder / "model.bin").write_bytes(b"other")
    (folder / "config.json").unlink()
    assert verify_model(folder) == ["config.json is missing", "model.bin is not what was pulled"]


def test_a_copy_that_differs_from_the_record_of_its_source_is_refused(tmp_path: Path) -> None:
    source = pull("base.en", tmp_path / "first", write_model(tmp_path / "source"))
    (source / "model.bin").write_bytes(b"broken")
    with pytest.raises(ModelMissingError, match=r"model\.bin of base\.en did not arrive whole"):
        pull("base.en", tmp_path / "second", source)
    assert find_model("base.en", tmp_path / "second", EmptyCache()) is None


def test_a_model_without_a_record_cannot_be_verified(tmp_path: Path) -> None:
    with pytest.raises(ModelMissingError, match=r"no callguard\.json"):
        verify_model(write_model(tmp_path / "mine"))


def test_a_folder_without_weights_is_no_source(tmp_path: Path) -> None:
    with pytest.raises(ModelMissingError, match=r"holds no model\.bin"):
        pull("base.en", tmp_path / "models", tmp_path)


def test_an_unknown_name_cannot_be_pulled_from_the_hub(tmp_path: Path) -> None:
    with pytest.raises(ModelMissingError, match="models list"):
        pull_model("no-such-model", tmp_path, lambda _: None)


def test_the_list_says_what_is_on_disk(tmp_path: Path) -> None:
    pull("tiny.en", tmp_path / "models", write_model(tmp_path / "source"))
    rows = {row.entry.name: row for row in list_models(tmp_path / "models")}
    assert rows["tiny.en"].folder == tmp_path / "models" / "tiny.en"
    assert rows["tiny.en"].bytes_on_disk > len(b"weights")
    assert (rows["base.en"].folder, rows["base.en"].bytes_on_disk) == (None, 0)


def test_weights_without_a_ctranslate2_form_are_converted_while_they_are_pulled(tmp_path: Path) -> None:
    source = write_hub_model(tmp_path / "mirror" / "acft-base.en", *make_spec(MICRO))
    folder = pull("acft-base.en", tmp_path / "models", source.parent)
    assert (folder / "model.bin").is_file()
    assert (folder / "tokenizer.json").is_file()
    assert not (folder / "model.safetensors").exists()
    assert "model.safetensors" in json.loads((folder / "callguard.json").read_text())["converted_from"]
    assert verify_model(folder) == []
    assert [path.name for path in folder.parent.iterdir() if path.is_dir()] == ["acft-base.en"]


def test_the_acft_weights_are_given_no_more_than_the_utterance_and_its_margin() -> None:
    assert load_catalogue()["acft-base.en"].window == WindowRule(margin_s=1.3, minimum_s=0.0)
