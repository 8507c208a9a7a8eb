"""`callguard incident …`: records, from outside."""

import asyncio
from typing import Annotated

import typer
from rich.console import Console

from callguard.app.keeping import check_incidents
from callguard.cli.options import ConfigOption, JsonOption
from callguard.errors import StoreError
from callguard.settings import load_settings


def add(app: typer.Typer) -> None:
    """Add the commands."""
    incident = typer.Typer(help="Incident records.", no_args_is_help=True)
    incident.callback()(lambda: None)
    incident.command("verify")(verify)
    app.add_typer(incident, name="incident")


def verify(
    incident_id: Annotated[str, typer.Argument(help="One record; all without it.", show_default=False)] = "",
    as_json: JsonOption = False,
    config: ConfigOption = None,
) -> None:
    """Check that every version of a record is as it was written; exit 1 if one is not."""
    checks = asyncio.run(check_incidents(load_settings(config), incident_id))
    console = Console(highlight=False, markup=False, soft_wrap=True)
    for check in checks:
        if as_json:
            print(check.model_dump_json())  # noqa: T201  # the command's output
        else:
            console.print(f"{check.incident_id}  {check.versions:3} versions  {check.problem or 'intact'}")
    broken = sum(not check.is_intact for check in checks)
    if broken:
        raise StoreError(
            f"{broken} of {len(checks)} records are not as they were written; restore them from a backup and ask who had access"
        )
    if not as_json:
        console.print(f"{len(checks)} records are intact" if checks else "there are no records yet")
