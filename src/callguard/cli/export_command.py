"""`callguard export`: stored events as JSON lines, for other tools."""

import asyncio
import contextlib
import sys
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Annotated

import orjson
import typer
from rich.progress import Progress, SpinnerColumn, TextColumn

from callguard.cli.options import ConfigOption
from callguard.errors import NotFoundError, ServiceError
from callguard.events import StoredEvent
from callguard.record.store import SqlStore
from callguard.settings import load_settings

PAGE = 1000
"""Events read at once: a few hundred kilobytes."""


def add(app: typer.Typer) -> None:
    """Add the command."""
    app.command("export")(export)


def export(
    call: Annotated[str, typer.Option("--call", help="One call's id; all calls without it.")] = "",
    out: Annotated[str, typer.Option("--out", help="File to write; - is standard output.")] = "-",
    config: ConfigOption = None,
) -> None:
    """Write stored events, one JSON object a line, in the order in which they happened; then what people corrected."""
    url = load_settings(config).database_url
    with contextlib.ExitStack() as stack:
        try:
            stream = sys.stdout.buffer if out == "-" else stack.enter_context(Path(out).open("wb"))
        except OSError as error:
            raise ServiceError(f"{out} cannot be written: {error.strerror}; name another file with --out") from error
        progress = stack.enter_context(_progress(is_shown=out != "-"))
        task = progress.add_task("exporting", total=None)
        written = asyncio.run(_write(url, call, stream.write, lambda count: progress.update(task, description=f"{count} events")))
    if call and not written:
        raise NotFoundError("no stored call has this id; leave --call out to export all")


async def _write(url: str, call: str, write: Callable[[bytes], int], report: Callable[[int], None]) -> int:
    store = await SqlStore.open(url)
    try:
        count = 0
        async for event in _events(store, call):
            write(event.body + b"\n")
            count += 1
            if count % PAGE == 0:
                report(count)
        for correction in await store.corrections.all(call):
            write(orjson.dumps({"type": "correction", **correction.model_dump(mode="json")}) + b"\n")
            count += 1
        report(count)
        return count
    finally:
        await store.close()


async def _events(store: SqlStore, call: str) -> AsyncIterator[StoredEvent]:
    if call:
        for event in await store.events_of_call(call):
            yield event
        return
    seq = 0
    while page := await store.events_since(seq, limit=PAGE):
        for event in page:
            yield event
        seq = page[-1].seq


def _progress(*, is_shown: bool) -> Progress:
    return Progress(
        SpinnerColumn(), TextColumn("{task.description}"), transient=True, disable=not (is_shown and sys.stderr.isatty())
    )
