"""`callguard erase`: deletes what is kept of one caller, on their request."""

import asyncio
import sys
from typing import Annotated

import typer
from rich.console import Console

from callguard.app.keeping import erase as erase_caller
from callguard.cli.options import ConfigOption, JsonOption
from callguard.settings import load_settings


def add(app: typer.Typer) -> None:
    """Add the command."""
    app.command("erase")(erase)


def erase(
    caller: Annotated[str, typer.Argument(help="Number or account, or the ck_… of a record; - reads it from standard input.")],
    with_records: Annotated[
        bool, typer.Option("--with-records", help="Incident records, notes and ended restrictions too.")
    ] = False,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only say what would be deleted.")] = False,
    as_json: JsonOption = False,
    config: ConfigOption = None,
) -> None:
    """Delete a caller's calls with their sound, whatever their time; what is under legal hold or in force stays."""
    named = sys.stdin.readline().strip() if caller == "-" else caller
    report = asyncio.run(erase_caller(load_settings(config), named, is_dry_run=dry_run, with_records=with_records))
    if as_json:
        print(report.model_dump_json())  # noqa: T201  # the command's output
        return
    console = Console(highlight=False, markup=False, soft_wrap=True)
    done = "would be erased" if dry_run else "erased"
    for lapse in report.erased:
        console.print(f"{lapse.call_id}  {lapse.kept_as:8}  ended {lapse.ended_at:%Y-%m-%d}  {len(lapse.audio)} recordings")
    stay = ", ".join(f"{count} {kind}" for kind, count in sorted(report.kept.items())) or "none"
    console.print(f"{len(report.erased)} calls and {report.records} records {done}; calls that stay: {stay}")
    if report.is_forgotten:
        console.print("the caller would be forgotten" if dry_run else "the caller is forgotten")
    else:
        console.print(f"the caller {'would stay' if dry_run else 'stays'} in the register: something speaks of them")
