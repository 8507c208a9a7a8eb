"""`callguard replay`: recordings and transcripts through the whole path."""

import asyncio
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Annotated

import orjson
import typer
from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

from callguard.app.replayer import Replayer, ReplayRules, is_transcript
from callguard.cli.options import ConfigOption, EngineOption, JsonOption, nested, require_files
from callguard.cli.show import line_of
from callguard.errors import SettingsError
from callguard.events import Event
from callguard.settings import load_settings
from callguard.terms import Role
from callguard.wire import as_json


def add(app: typer.Typer) -> None:
    """Add the command."""
    app.command("replay")(replay)


def replay(
    files: Annotated[list[Path], typer.Argument(help="WAV, FLAC, MP3 or Opus recordings, or .jsonl transcripts.")],
    *,
    channels: Annotated[str, typer.Option(help="Who is on the left and right channel, or mono.")] = "caller,agent",
    speed: Annotated[str, typer.Option(help="1 is real time; max is as fast as it goes.")] = "max",
    engine: EngineOption = None,
    policy: Annotated[str | None, typer.Option(help="Name of a bundled policy, or a file.", show_default=False)] = None,
    json: JsonOption = False,
    config: ConfigOption = None,
) -> None:
    """Run recordings through the whole path, or transcripts through scoring and policy."""
    require_files(files)
    settings = load_settings(config, **nested(transcribe={"engine": engine}, decide={"policy": policy}))
    rules = ReplayRules(channels=read_channels(channels), speed=read_speed(speed))
    recordings = [file for file in files if not is_transcript(file)]
    console = Console(highlight=False, markup=False, soft_wrap=True)

    def show(event: Event) -> None:
        row = as_json(event)
        if json:
            sys.stdout.write(orjson.dumps(row).decode() + "\n")
        elif line := line_of(row):
            console.print(line)

    with _progress(is_shown=bool(recordings) and sys.stderr.isatty()) as progress:
        asyncio.run(Replayer(settings).run(files, rules, show, _report_to(progress)))


def read_channels(text: str) -> tuple[Role, ...]:
    """Read «caller,agent», «agent,caller» or «mono». Raises SettingsError."""
    if text == "mono":
        return (Role.UNKNOWN,)
    names = text.split(",")
    if sorted(names) != ["agent", "caller"]:
        raise SettingsError(f"--channels is {text!r}; expected caller,agent or agent,caller (left first) or mono")
    return tuple(Role(name) for name in names)


def read_speed(text: str) -> float | None:
    """Read a factor of real time, or None for «max». Raises SettingsError."""
    if text == "max":
        return None
    try:
        speed = float(text)
    except ValueError as error:
        raise SettingsError(f"--speed is {text!r}; expected a number (1 is real time) or max") from error
    if not 0 < speed <= 1000:
        raise SettingsError(f"--speed is {text}; expected more than 0 and at most 1000, or max")
    return speed


def _progress(*, is_shown: bool) -> Progress:
    bar = (
        TextColumn("{task.description}"),
        BarColumn(pulse_style="dim"),
        TextColumn("{task.completed:.0f} s heard"),
        TimeElapsedColumn(),
    )
    return Progress(*bar, console=Console(stderr=True), transient=True, disable=not is_shown)


def _report_to(progress: Progress) -> Callable[[Path, float], None]:
    tasks = {}

    def heard(file: Path, seconds: float) -> None:
        if file not in tasks:
            tasks[file] = progress.add_task(file.name, total=None)
        progress.update(tasks[file], completed=seconds)

    return heard
