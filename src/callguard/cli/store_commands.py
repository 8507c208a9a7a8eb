"""`callguard db …`: the database's shape."""

import asyncio

import typer
from rich.console import Console

from callguard.cli.options import ConfigOption
from callguard.record.migrate import upgrade as migrate
from callguard.settings import load_settings


def add(app: typer.Typer) -> None:
    """Add the commands."""
    db = typer.Typer(help="The database.", no_args_is_help=True)
    db.callback()(lambda: None)
    db.command("upgrade")(upgrade)
    app.add_typer(db, name="db")


def upgrade(config: ConfigOption = None) -> None:
    """Bring the database to the shape that this callguard needs; safe to run again."""
    revision = asyncio.run(migrate(load_settings(config).database_url))
    Console(highlight=False).print(f"the database is at revision {revision}")
