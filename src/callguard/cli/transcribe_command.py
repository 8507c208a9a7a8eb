"""`callguard transcribe`: segments of a recording with times and confidence."""

import asyncio
import math
import sys
from pathlib import Path
from typing import Annotated

import orjson
import typer
from rich.console import Console

from callguard.app.replayer import Replayer, ReplayRules
from callguard.cli.options import ConfigOption, EngineOption, JsonOption, nested, require_files
from callguard.cli.replay_command import read_channels
from callguard.cli.show import line_of
from callguard.events import Event
from callguard.settings import load_settings
from callguard.speech import Transcript, TranscriptLost
from callguard.wire import as_json


def add(app: typer.Typer) -> None:
    """Add the command."""
    app.command("transcribe")(transcribe)


def transcribe(
    file: Annotated[Path, typer.Argument(help="A WAV, FLAC, MP3 or Opus recording.")],
    *,
    channels: Annotated[str, typer.Option(help="Who is on the left and right channel, or mono.")] = "caller,agent",
    engine: EngineOption = None,
    json: JsonOption = False,
    config: ConfigOption = None,
) -> None:
    """Write down a recording: one segment a line, with its times and how sure the engine is."""
    require_files([file])
    settings = load_settings(config, **nested(transcribe={"engine": engine}))
    console = Console(highlight=False, markup=False, soft_wrap=True)

    def show(event: Event) -> None:
        if not isinstance(event, Transcript | TranscriptLost):
            return
        row = as_json(event)
        if isinstance(event, Transcript):
            row["confidence"] = round(math.exp(min(0.0, event.mean_log_probability)), 4)
        if json:
            sys.stdout.write(orjson.dumps(row).decode() + "\n")
        else:
            console.print(line_of(row) + (f"  ({row['confidence']:.2f})" if "confidence" in row else ""))

    rules = ReplayRules(channels=read_channels(channels), speed=None)
    asyncio.run(Replayer(settings).run([file], rules, show))
