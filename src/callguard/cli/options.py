"""Options that several commands share."""

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated

import typer

from callguard.errors import SettingsError

ConfigOption = Annotated[Path | None, typer.Option("--config", help="TOML file with settings.", show_default=False)]
JsonOption = Annotated[bool, typer.Option("--json", help="One JSON object a line, for scripts.")]
EngineOption = Annotated[str | None, typer.Option("--engine", help="auto, whisper or pocketsphinx.", show_default=False)]


def nested(**branches: dict[str, object]) -> dict[str, object]:
    """Return the branches that have something in them, for `load_settings`."""
    kept = {name: {key: value for key, value in branch.items() if value is not None} for name, branch in branches.items()}
    return {name: branch for name, branch in kept.items() if branch}


def read_lines(file: str) -> Iterator[str]:
    """Yield the lines of a UTF-8 file, or of standard input for «-». Raises SettingsError if it cannot be read."""
    if file == "-":
        yield from (line.rstrip("\n") for line in sys.stdin)
        return
    try:
        with Path(file).open(encoding="utf-8") as stream:
            yield from (line.rstrip("\n") for line in stream)
    except FileNotFoundError as error:
        raise SettingsError(f"{file} does not exist; name a text file, or - for standard input") from error
    except (OSError, UnicodeDecodeError) as error:
        raise SettingsError(f"{file} cannot be read as UTF-8 text: {error}") from error
