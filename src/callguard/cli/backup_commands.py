"""`callguard backup` and `callguard restore`: an installation into a folder, and back."""

import asyncio
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from callguard.app.keeping import known_calls, place_of
from callguard.cli.options import ConfigOption
from callguard.clock import SystemClock
from callguard.errors import SettingsError
from callguard.record import backup as backups
from callguard.settings import load_settings

POSTGRES = "the database is PostgreSQL: "
DUMP = "copy it with pg_dump --format=custom first, then take the recordings with --recordings-only"


def add(app: typer.Typer) -> None:
    """Add the commands."""
    if not any(command.name == "backup" for command in app.registered_commands):  # each of the two asks for both
        app.command("backup")(backup)
        app.command("restore")(restore)


def backup(
    folder: Annotated[Path, typer.Argument(help="A new folder, or that of an earlier backup, which is brought up to date.")],
    recordings_only: Annotated[bool, typer.Option("--recordings-only", help="Leave the database to pg_dump.")] = False,
    config: ConfigOption = None,
) -> None:
    """Copy database and recordings into a folder, while callguard runs; the key of callers' numbers is kept apart."""
    settings = load_settings(config)
    place = place_of(settings)
    if place.database is None and not recordings_only:
        raise SettingsError(POSTGRES + DUMP)
    if recordings_only and place.database is not None:
        raise SettingsError("--recordings-only is for an installation with PostgreSQL; leave it out")
    calls, last_seq = asyncio.run(known_calls(settings))
    made, copied = backups.back_up(place, folder, known_calls=calls, last_seq=last_seq, at=SystemClock().utc_now())
    console = Console(highlight=False, markup=False, soft_wrap=True)
    console.print(f"{folder}: {made.calls} calls up to event {made.last_seq}, {copied} recordings copied")
    if made.key:
        console.print(f"{place.key} is not in it: keep a copy of it in another place, once")


def restore(
    folder: Annotated[Path, typer.Argument(help="Folder of a backup.")],
    config: ConfigOption = None,
) -> None:
    """Put a backup in place; callguard must be stopped. What was there before is set aside, not deleted."""
    place = place_of(load_settings(config))
    done = backups.restore(folder, place, at=SystemClock().utc_now())
    console = Console(highlight=False, markup=False, soft_wrap=True)
    console.print(f"{folder} of {done.backup.at} is in place: {done.recordings} recordings were missing")
    if place.database is None or not done.backup.has_database:
        console.print("the database was not part of it: bring PostgreSQL's back with pg_restore --clean before you start")
    if done.set_aside is not None:
        console.print(f"the database that was there lies in {done.set_aside}: delete it when all is well")
    if not done.has_key:
        console.print(f"{place.key} is not the key of this backup: put that in its place before you start callguard")
