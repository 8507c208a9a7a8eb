"""The speech models that callguard knows, which of them are on disk, and how they get there.

Each model has a folder in `models_dir`. Beside its files lies `callguard.json`: what it is, where it came from, and the sha256 of
every file as pulled.
"""

import contextlib
import hashlib
import json
import re
import shutil
import sys
import tomllib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from importlib import resources
from pathlib import Path
from typing import Any, Protocol

from callguard.errors import ModelMissingError, PolicyError
from callguard.transcribe import convert
from callguard.transcribe.hub import FILES, TO_CONVERT, WEIGHTS, Hub
from callguard.transcribe.window import WindowRule

if sys.platform != "win32":
    import fcntl

RECORD = "callguard.json"
_CAN_BE_A_NAME = re.compile(r"[\w-][\w.-]*$")
"""Of a folder in `models_dir`: not that folder itself, nor one outside of it."""
PLAIN_WINDOW = WindowRule(margin_s=2.6, minimum_s=10.0)
"""For Whisper weights of which nothing else is known (DESIGN.md, decision 3)."""

SMALLER = 0.6
"""Of the weights' size: tiny is 0.5 of base, base 0.3 of small. Less of a difference would not relieve anybody."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CatalogueEntry:
    """A model that has a name."""

    name: str
    repository: str
    languages: str
    megabytes: int
    licence: str
    window: WindowRule
    note: str


@dataclass(frozen=True, slots=True, kw_only=True)
class FoundModel:
    """A model on disk."""

    name: str
    folder: Path
    window: WindowRule


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelRow:
    """A line of `callguard models list`."""

    entry: CatalogueEntry
    folder: Path | None
    """None if it is not on disk."""
    bytes_on_disk: int


def load_catalogue() -> Mapping[str, CatalogueEntry]:
    """Read the bundled catalogue, by name."""
    text = resources.files("callguard.transcribe").joinpath("manifest.toml").read_text(encoding="utf-8")
    try:
        return {row["name"]: _entry(row) for row in tomllib.loads(text)["model"]}
    except (tomllib.TOMLDecodeError, KeyError, TypeError) as error:
        raise PolicyError(f"manifest.toml is broken: {error}") from error


class Cache(Protocol):
    """A place on disk that others fill with models."""

    def cached(self, repository: str) -> Path | None:
        """Return the folder of a model, if it is there."""
        ...


def find_model(wanted: str, models_dir: Path, cache: Cache) -> FoundModel | None:
    """Look for a model by folder, by name in `models_dir`, and in the hub client's `cache`; None if it is in none of them."""
    folder = Path(wanted).expanduser()
    if (folder / WEIGHTS).is_file():
        return _found(folder)
    entry = load_catalogue().get(wanted)
    pulled = models_dir.expanduser() / _folder_name(wanted)
    if (pulled / WEIGHTS).is_file():
        return _found(pulled)
    repository = repository_of(wanted)
    cached = cache.cached(repository) if repository else None
    if cached is None:
        return None
    return FoundModel(name=wanted, folder=cached, window=entry.window if entry else PLAIN_WINDOW)


def find_smaller(usual: FoundModel, models_dir: Path, cache: Cache) -> FoundModel | None:
    """Return the largest model on disk with less than `SMALLER` of the size of `usual` that knows its languages; None without."""
    catalogue = load_catalogue()
    known = catalogue.get(usual.name)
    languages = known.languages if known else "many"
    found: list[tuple[int, FoundModel]] = []
    for entry in catalogue.values():
        if entry.languages not in {languages, "many"}:
            continue
        try:
            model = find_model(entry.name, models_dir, cache)
        except ModelMissingError:
            continue  # broken: it relieves nobody, and nobody asked for it
        if model is not None:
            found.append(((model.folder / WEIGHTS).stat().st_size, model))
    largest = SMALLER * (usual.folder / WEIGHTS).stat().st_size
    return max((pair for pair in found if pair[0] < largest), key=lambda pair: pair[0], default=(0, None))[1]


def repository_of(wanted: str) -> str:
    """Return the hub repository of a name in the catalogue, or `wanted` itself if it is one; empty if it cannot be."""
    entry = load_catalogue().get(wanted)
    if entry:
        return entry.repository
    is_repository = wanted.count("/") == 1 and not wanted.startswith((".", "/", "~"))
    return wanted if is_repository else ""


def list_models(models_dir: Path) -> list[ModelRow]:
    """Return the catalogue with what is on disk."""
    rows = []
    for entry in load_catalogue().values():
        folder = models_dir.expanduser() / _folder_name(entry.name)
        is_here = (folder / WEIGHTS).is_file()
        size = sum(file.stat().st_size for file in folder.iterdir() if file.is_file()) if is_here else 0
        rows.append(ModelRow(entry=entry, folder=folder if is_here else None, bytes_on_disk=size))
    return rows


def pulled_models(models_dir: Path) -> Mapping[str, Path]:
    """Return the folder of every model in `models_dir` by name, of those too that the catalogue does not know."""
    known = {_folder_name(name): name for name in load_catalogue()}
    folders = sorted(weights.parent for weights in models_dir.expanduser().glob(f"*/{WEIGHTS}"))
    return {
        known.get(folder.name, folder.name.replace("--", "/")): folder for folder in folders if not folder.name.startswith(".")
    }


def pull_model(name: str, models_dir: Path, report: Callable[[str], None], *, source: str = "") -> Path:
    """Bring a model into `models_dir` and return its folder; an interrupted pull goes on where it stopped.

    `source` is empty for the hub, the http(s) address of a mirror that speaks the hub's protocol, or a folder that holds the
    model's files or a folder of its name. Raises ModelMissingError.
    """
    if (not repository_of(name) and not source) or not _CAN_BE_A_NAME.match(_folder_name(name)):
        raise ModelMissingError(f"there is no model «{name}»; `callguard models list` shows the known ones")
    try:
        with _turn(name, models_dir, report) as has_waited:
            folder = models_dir.expanduser() / _folder_name(name)
            if has_waited and (folder / RECORD).is_file():
                return folder  # whoever had the turn before has brought it
            return _bring(name, models_dir, report, source)
    except OSError as error:
        raise ModelMissingError(
            f"{name} cannot be kept in {models_dir} ({error.strerror or error}); make room there or mend its permissions, then "
            "pull again: it goes on where it stopped"
        ) from error


@contextlib.contextmanager
def _turn(name: str, models_dir: Path, report: Callable[[str], None]) -> Iterator[bool]:
    """Keep other threads and processes from pulling the same model meanwhile; yield whether one of them had to be waited for.

    Both would write into the same files.
    """
    models_dir.expanduser().mkdir(parents=True, exist_ok=True)
    if sys.platform == "win32":
        yield False
        return
    with (models_dir.expanduser() / f".{_folder_name(name)}.lock").open("w") as lock:
        has_waited = False
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            report("it is being fetched already; waiting for that")
            fcntl.flock(lock, fcntl.LOCK_EX)
            has_waited = True
        yield has_waited


def _bring(name: str, models_dir: Path, report: Callable[[str], None], source: str) -> Path:
    """Bring a model into its folder; see `pull_model`."""
    repository = repository_of(name)
    folder = models_dir.expanduser() / _folder_name(name)
    partial = partial_folder(name, models_dir)
    if source and not source.startswith(("http://", "https://")):
        found = _source_folder(name, Path(source).expanduser())
        shutil.rmtree(partial, ignore_errors=True)  # what an interrupted pull from elsewhere has left
        partial.mkdir(parents=True)
        expected = _copy(found, partial, report)
    else:
        partial.mkdir(parents=True, exist_ok=True)
        expected = Hub(source).fetch(repository, partial, report)
    arrived = _hashes(partial)
    wrong = [file for file, sha256 in expected.items() if arrived.get(file) != sha256]
    if wrong or not arrived.keys() & {WEIGHTS, convert.WEIGHTS}:
        shutil.rmtree(partial)
        raise ModelMissingError(f"{wrong[0] if wrong else WEIGHTS} of {name} did not arrive whole; pull it again")
    record: dict[str, Any] = {"name": name, "source": source or repository}
    if WEIGHTS not in arrived:
        report("converting to CTranslate2")
        record["converted_from"] = arrived
        partial = _converted(partial)
    record["sha256"] = {file: sha256 for file, sha256 in _hashes(partial).items() if file in FILES}
    (partial / RECORD).write_text(json.dumps(record, indent=2) + "\n", encoding="utf-8")
    if folder.exists():
        shutil.rmtree(folder)
    partial.rename(folder)
    return folder


def partial_folder(name: str, models_dir: Path) -> Path:
    """Return where the files of a model lie while they come."""
    return models_dir.expanduser() / f".{_folder_name(name)}.partial"


def verify_model(folder: Path) -> list[str]:
    """Compare a pulled model with its record; return what is wrong, one sentence each.

    Raises ModelMissingError if there is no record.
    """
    hashes: Mapping[str, str] = _record(folder).get("sha256", {})
    if not hashes:
        raise ModelMissingError(f"{folder} has no {RECORD} with checksums; pull the model again")
    faults = []
    for name, sha256 in hashes.items():
        file = folder / name
        if not file.is_file():
            faults.append(f"{name} is missing")
        elif _sha256(file) != sha256:
            faults.append(f"{name} is not what was pulled")
    return faults


def _entry(row: Mapping[str, Any]) -> CatalogueEntry:
    window = WindowRule(margin_s=row["margin_s"], minimum_s=row["minimum_s"])
    return CatalogueEntry(
        name=row["name"],
        repository=row["repository"],
        languages=row["languages"],
        megabytes=row["megabytes"],
        licence=row["licence"],
        window=window,
        note=row["note"],
    )


def _found(folder: Path) -> FoundModel:
    record = _record(folder)
    name = str(record.get("name", folder.name))
    entry = load_catalogue().get(name)
    window = entry.window if entry else PLAIN_WINDOW
    if "margin_s" in record and "minimum_s" in record:  # weights that somebody has trained say what they tolerate
        window = WindowRule(margin_s=float(record["margin_s"]), minimum_s=float(record["minimum_s"]))
    return FoundModel(name=name, folder=folder, window=window)


def _record(folder: Path) -> Mapping[str, Any]:
    file = folder / RECORD
    if not file.is_file():
        return {}
    try:
        record = json.loads(file.read_text(encoding="utf-8"))
    except (ValueError, OSError) as error:
        raise ModelMissingError(f"{file} cannot be read; pull the model again") from error
    if not isinstance(record, dict):
        raise ModelMissingError(f"{file} holds no record of a model; pull the model again")
    return record


def _folder_name(name: str) -> str:
    return name.strip("/").replace("/", "--")


def _hashes(folder: Path) -> dict[str, str]:
    """Return the sha256 of what a model may consist of."""
    files = sorted(file for file in folder.iterdir() if file.is_file())
    return {file.name: _sha256(file) for file in files if file.name in FILES or file.name in TO_CONVERT}


def _converted(source: Path) -> Path:
    """Make a CTranslate2 model beside `source`, which goes; return its folder."""
    made = source.with_name(f"{source.name}.converted")
    shutil.rmtree(made, ignore_errors=True)
    convert.convert(source, made)
    shutil.rmtree(source)
    return made


def _source_folder(name: str, source: Path) -> Path:
    candidates = (source / _folder_name(name), source)
    for folder in candidates:
        if any((folder / weights).is_file() for weights in (WEIGHTS, convert.WEIGHTS)):
            return folder
    raise ModelMissingError(f"{source} holds no {WEIGHTS} or {convert.WEIGHTS}, neither itself nor in {_folder_name(name)}/")


def _copy(source: Path, folder: Path, report: Callable[[str], None]) -> Mapping[str, str]:
    """Copy a model's files; return the sha256 of its record, if it has one."""
    wanted = FILES if (source / WEIGHTS).is_file() else TO_CONVERT
    for file in sorted(source.iterdir()):
        if file.name in wanted:
            report(f"{file.name}, {file.stat().st_size / 1e6:.1f} MB")
            shutil.copyfile(file, folder / file.name)
    expected: Mapping[str, str] = _record(source).get("sha256", {})
    return expected


def _sha256(file: Path) -> str:
    with file.open("rb") as opened:
        return hashlib.file_digest(opened, "sha256").hexdigest()
