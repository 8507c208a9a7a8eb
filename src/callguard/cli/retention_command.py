"""`callguard retention`: lets go of calls whose time is over."""

import asyncio
from typing import Annotated

import typer
from rich.console import Console

from callguard.app.keeping import sweep
from callguard.cli.options import ConfigOption, JsonOption
from callguard.settings import load_settings


def add(app: typer.Typer) -> None:
    """Add the command."""
    app.command("retention")(retention)


def retention(
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only say what would be deleted.")] = False,
    strays: Annotated[
        bool, typer.Option("--strays", help="Delete old recordings of no stored call too; look at --dry-run first.")
    ] = False,
    as_json: JsonOption = False,
    config: ConfigOption = None,
) -> None:
    """Delete events and audio of calls that the policy in use no longer keeps; incidents and holds stay. Run it daily."""
    report = asyncio.run(sweep(load_settings(config), is_dry_run=dry_run, with_strays=strays))
    if as_json:
        print(report.model_dump_json())  # noqa: T201  # the command's output
        return
    console = Console(highlight=False, markup=False, soft_wrap=True)
    done = "would be deleted" if dry_run else "deleted"
    for lapse in report.lapsed:
        held = f"{lapse.events} events, {len(lapse.audio)} recordings"
        console.print(f"{lapse.call_id}  {lapse.kept_as:8}  ended {lapse.ended_at:%Y-%m-%d}  {held}")
    stay = ", ".join(f"{count} {kind}" for kind, count in sorted(report.kept.items())) or "none"
    console.print(f"{len(report.lapsed)} calls and {report.callers} callers {done}; calls that stay: {stay}")
    if report.strays and (dry_run or not strays):
        what = f"{len(report.strays)} recordings belong to no stored call, {report.strays[0]} for one"
        console.print(f"{what}; if the settings name the right database, delete them with --strays")
