"""Backing up and restoring an installation: database, recordings and spare journal in one folder, without the key of the numbers.

Blocking, for the command line. A backup is brought up to date in place: recordings that are there already stay, those of calls
that were let go leave it too, and a new copy of the database takes the place of the old one once it is whole.
"""

import contextlib
import os
import shutil
import sqlite3
from collections.abc import Collection, Iterator
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path

import orjson
from sqlalchemy import select

from callguard.errors import SettingsError, StoreError
from callguard.record.audio import audio_stem, stem_of
from callguard.record.database import Database
from callguard.record.journal import newest_number
from callguard.record.tables import calls
from callguard.record.tenure import claimed
from callguard.record.vault import fingerprint

DATABASE, AUDIO, SPARE, ENDED, ABOUT = "callguard.db", "audio", "spare.journal", "ended-at", "backup.json"
FORM = 1
SOUND = {".opus", ".peaks"}
BESIDE = ("-wal", "-shm", "-journal")
"""What SQLite lays beside a database; beside another one it would spoil that."""
WAIT_S = 30.0
"""For another process that keeps the whole database locked."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Where an installation keeps what belongs together."""

    data: Path
    database: Path | None
    """None: in PostgreSQL, which has tools of its own."""
    key: Path


@dataclass(frozen=True, slots=True, kw_only=True)
class Backup:
    """What a backup says of itself."""

    form: int
    at: str
    """UTC."""
    last_seq: int
    """Up to this event it has all."""
    calls: int
    has_database: bool
    key: str
    """By which the key that belongs to it is known; empty where there was none."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Restored:
    """What was put back."""

    backup: Backup
    recordings: int
    set_aside: Path | None
    """Where the database lies that was there before."""
    has_key: bool
    """Whether the key in its place is the one that belongs to the backup."""


async def known(url: str) -> tuple[list[str], int]:
    """Return the ids of all calls and the number of the newest event of a database of any version. Raises StoreError."""
    database = Database(url)
    try:
        async with database.reading() as connection:
            last_seq = await newest_number(connection)
            return list(await connection.scalars(select(calls.c.call_id))), last_seq
    finally:
        await database.close()


def back_up(place: Place, folder: Path, *, known_calls: Collection[str], last_seq: int, at: datetime) -> tuple[Backup, int]:
    """Bring the backup in `folder` up to date, or make it, and return it and the number of recordings that were copied.

    `known_calls` and `last_seq` are what the database knows. Works while callguard runs. Raises SettingsError for a folder that
    holds something else, StoreError for what cannot be read or written, or a backup that knows more than what it is made of.
    """
    earlier = _about(folder) if (folder / ABOUT).is_file() else None
    if earlier is None and folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise SettingsError(f"{folder} holds something that is no backup; name a new folder, or that of an earlier backup")
    if earlier is not None and earlier.last_seq > last_seq:
        raise StoreError(
            f"the backup in {folder} has event {earlier.last_seq}, the newest here is {last_seq}: it is another installation's, "
            "or something was lost here; nothing was changed: name another folder"
        )
    with _told("the backup cannot be written"):
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        if (place.data / SPARE).is_file():
            _copy(place.data / SPARE, folder / SPARE)
        if place.database is not None:
            _copy_database(place.database, folder / DATABASE)
        # After the database, so that every call in it has its sound.
        copied = _copy_sound(place.data / AUDIO, folder / AUDIO)
        _let_go(folder / AUDIO, here=place.data / AUDIO, stems={audio_stem(call_id) for call_id in known_calls})
        made = Backup(
            form=FORM,
            at=at.isoformat(),
            last_seq=last_seq,
            calls=len(known_calls),
            has_database=place.database is not None,
            key=fingerprint(place.key),
        )
        _put(folder / ABOUT, orjson.dumps(asdict(made), option=orjson.OPT_INDENT_2) + b"\n")
    return made, copied


def restore(folder: Path, place: Place, *, at: datetime) -> Restored:
    """Put a backup in its place; a database that is there is set aside, recordings that are there stay.

    Raises SettingsError for a folder that is no backup, StoreError while a callguard serves from this place, or for what cannot
    be read or written.
    """
    about = _about(folder)
    with _told("the backup cannot be put back"), claimed(place.data):
        aside = None
        if place.database is not None and about.has_database:
            copy = place.database.with_name(f"{place.database.name}.restoring")
            place.database.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            _copy(folder / DATABASE, copy)
            aside = _set_aside(place, at)
            copy.replace(place.database)
        # Numbers that were given after the backup may have been shown: without the mark the next run leaves room for them.
        (place.data / ENDED).unlink(missing_ok=True)
        if (folder / SPARE).is_file() and not (place.data / SPARE).exists():
            _copy(folder / SPARE, place.data / SPARE)
        recordings = _copy_sound(folder / AUDIO, place.data / AUDIO, replacing=False)
    has_key = not about.key or fingerprint(place.key) == about.key
    return Restored(backup=about, recordings=recordings, set_aside=aside, has_key=has_key)


def _about(folder: Path) -> Backup:
    try:
        read = Backup(**orjson.loads((folder / ABOUT).read_bytes()))
    except (OSError, orjson.JSONDecodeError, TypeError) as error:
        raise SettingsError(
            f"{folder} is no backup of callguard: it has no {ABOUT} that can be read; name another folder"
        ) from error
    if read.form != FORM:
        raise SettingsError(f"the backup in {folder} has form {read.form}, expected {FORM}; take the callguard that made it")
    return read


def _copy_database(source: Path, target: Path) -> None:
    """Copy a database as it stands at one moment, whoever writes to it meanwhile."""
    new = target.with_name(f"{target.name}.new")
    new.unlink(missing_ok=True)
    os.close(os.open(new, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600))
    with contextlib.closing(sqlite3.connect(source, timeout=WAIT_S)) as here, contextlib.closing(sqlite3.connect(new)) as there:
        # At once: copied in parts, it would begin again whenever somebody writes. Readers hold no writer up.
        here.backup(there, pages=-1)
        there.execute("PRAGMA journal_mode=DELETE")  # one file, until callguard opens it again
        found = there.execute("PRAGMA quick_check(1)").fetchone()[0]
        if found != "ok":
            raise StoreError("the database is damaged, so the earlier backup was left as it is; restore that one")
    _settle(new, target)


def _copy_sound(source: Path, target: Path, *, replacing: bool = True) -> int:
    """Copy the recordings that are new or have grown, and return how many; those that vanish meanwhile were let go."""
    if not source.is_dir():
        return 0
    target.mkdir(parents=True, exist_ok=True, mode=0o700)
    copied = 0
    for file in _sound(source):
        with contextlib.suppress(FileNotFoundError):
            if _is_same(file, target / file.name) or (not replacing and (target / file.name).exists()):
                continue
            _copy(file, target / file.name)
            copied += file.suffix == ".opus"
    return copied


def _let_go(copies: Path, *, here: Path, stems: Collection[str]) -> None:
    """Delete copies of recordings whose call was let go. One that is only missing here, though its call is known, stays."""
    for file in list(_sound(copies)) if copies.is_dir() else ():
        if stem_of(file.stem, stems) is None and not (here / file.name).exists():
            file.unlink()


def _sound(folder: Path) -> Iterator[Path]:
    return (Path(entry.path) for entry in os.scandir(folder) if Path(entry.name).suffix in SOUND)


def _is_same(file: Path, copy: Path) -> bool:
    if not copy.exists():
        return False
    here, there = file.stat(), copy.stat()
    return (here.st_size, here.st_mtime_ns) == (there.st_size, there.st_mtime_ns)


def _set_aside(place: Place, at: datetime) -> Path | None:
    assert place.database is not None
    own = [file for end in ("", *BESIDE) if (file := place.database.with_name(place.database.name + end)).exists()]
    if not own:
        return None
    # Beside it, because the data folder may lie on another disk.
    aside = place.database.parent / f"before-restore-{at:%Y%m%d-%H%M%S}"
    aside.mkdir(mode=0o700)
    for file in own:
        file.replace(aside / file.name)
    return aside / place.database.name


def _copy(source: Path, target: Path) -> None:
    new = target.with_name(f"{target.name}.new")
    shutil.copy2(source, new)
    _settle(new, target)


def _put(target: Path, content: bytes) -> None:
    new = target.with_name(f"{target.name}.new")
    new.write_bytes(content)
    _settle(new, target)


def _settle(new: Path, target: Path) -> None:
    """Have the disk take a file, then put it in its place."""
    with new.open("rb") as file:
        os.fsync(file.fileno())
    new.replace(target)


@contextlib.contextmanager
def _told(what: str) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        named = f" ({error.filename})" if error.filename else ""
        raise StoreError(f"{what}: {error.strerror}{named}; free space, or mend permissions") from error
    except sqlite3.Error as error:
        raise StoreError(f"{what}: the database answers «{error}»; look at its disk and permissions") from error
