"""`callguard models …`: speech models on this machine."""

import dataclasses
import sys
from typing import Annotated

import orjson
import typer
from rich.console import Console
from rich.progress import Progress, SpinnerColumn, TextColumn
from rich.table import Table

from callguard.cli.options import ConfigOption, JsonOption
from callguard.errors import ModelMissingError
from callguard.settings import load_settings
from callguard.transcribe.models import ModelRow, list_models, pull_model, pulled_models, verify_model

NameArgument = Annotated[str, typer.Argument(help="Name from `callguard models list`, or a hub repository.")]


def add(app: typer.Typer) -> None:
    """Add the commands."""
    models = typer.Typer(help="Speech models on this machine.", no_args_is_help=True)
    models.command("list")(list_all)
    models.command("pull")(pull)
    models.command("verify")(verify)
    app.add_typer(models, name="models")


def list_all(*, json: JsonOption = False, config: ConfigOption = None) -> None:
    """List the known models: what is on disk, size, licence, window and languages."""
    rows = list_models(load_settings(config).transcribe.models_dir)
    if json:
        for row in rows:
            sys.stdout.write(orjson.dumps(_plain(row)).decode() + "\n")
        return
    table = Table(show_edge=False, pad_edge=False)
    for title in ("name", "on disk", "size MB", "licence", "languages", "window", "note"):
        table.add_column(title, overflow="fold")
    for row in rows:
        here = "yes" if row.folder else "no"
        size = row.bytes_on_disk // 1_000_000 if row.folder else row.entry.megabytes
        table.add_row(row.entry.name, here, str(size), row.entry.licence, row.entry.languages, _window(row), row.entry.note)
    Console(highlight=False, markup=False).print(table)


def pull(
    name: NameArgument,
    *,
    source: Annotated[str, typer.Option("--from", help="A mirror's address or a folder, for sites without internet.")] = "",
    config: ConfigOption = None,
) -> None:
    """Fetch a model, verify it and keep it; an interrupted pull goes on where it stopped."""
    say = Console(stderr=True, highlight=False, markup=False)
    with Progress(SpinnerColumn(), TextColumn("{task.description}"), console=say, transient=True) as progress:
        task = progress.add_task(f"pulling {name}", total=None)
        folder = pull_model(
            name,
            load_settings(config).transcribe.models_dir,
            lambda text: progress.update(task, description=text),
            source=source,
        )
    Console(highlight=False, markup=False, soft_wrap=True).print(f"{name} is in {folder}")


def verify(
    name: Annotated[str, typer.Argument(help="A pulled model; all of them without it.")] = "", config: ConfigOption = None
) -> None:
    """Compare pulled models with the checksums taken when they were pulled; exit 1 if one differs."""
    pulled = pulled_models(load_settings(config).transcribe.models_dir)
    if name and name not in pulled:
        raise ModelMissingError(f"{name} is not on disk; `callguard models pull {name}` fetches it")
    console, faults = Console(highlight=False, markup=False, soft_wrap=True), 0
    for known, folder in pulled.items():
        if name not in ("", known):
            continue
        try:
            wrong = verify_model(folder)
        except ModelMissingError as error:  # the others are looked at all the same
            wrong = [str(error)]
        faults += len(wrong)
        console.print(f"{known}: {'; '.join(wrong) if wrong else 'as it was pulled'}")
    if faults:
        console.print("what is not as it was pulled: `callguard models pull NAME` fetches it again")
    if not pulled:
        console.print("no models are on disk")
    raise typer.Exit(int(bool(faults)))


def _window(row: ModelRow) -> str:
    """Return how much the model is given to hear, in words."""
    rule = row.entry.window
    return f"speech + {rule.margin_s:g} s" + (f", {rule.minimum_s:g} s or more" if rule.minimum_s else "")


def _plain(row: ModelRow) -> dict[str, object]:
    """Return a row as JSON values; the window rule as its own fields."""
    return {
        "name": row.entry.name,
        "on_disk": row.folder is not None,
        "folder": str(row.folder) if row.folder else None,
        "bytes": row.bytes_on_disk,
        "megabytes": row.entry.megabytes,
        "licence": row.entry.licence,
        "languages": row.entry.languages,
        "repository": row.entry.repository,
        "window": dataclasses.asdict(row.entry.window),
    }
