"""Options that several commands share."""

import sys
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Annotated

import typer

from callguard.errors import SettingsError
from callguard.settings import CONFIG_VARIABLE

ConfigOption = Annotated[
    Path | None, typer.Option("--config", envvar=CONFIG_VARIABLE, help="TOML file with settings.", show_default=False)
]
JsonOption = Annotated[bool, typer.Option("--json", help="One JSON object a line, for scripts.")]
EngineOption = Annotated[str | None, typer.Option("--engine", help="auto, whisper or pocketsphinx.", show_default=False)]


def nested(**branches: dict[str, object]) -> dict[str, object]:
    """Return the branches that have something in them, for `load_settings`."""
    kept = {name: {key: value for key, value in branch.items() if value is not None} for name, branch in branches.items()}
    return {name: branch for name, branch in kept.items() if branch}


def read_lines(file: str) -> Iterator[str]:
    """Yield the lines of a UTF-8 file, or of standard input for «-». Raises SettingsError if it cannot be read."""
    try:
        if file == "-":
            yield from (line.decode("utf-8-sig").rstrip("\r\n") for line in sys.stdin.buffer)
        else:
            # Not splitlines: what else ends lines may stand in a JSON text, and standard input is parted at line feeds only.
            yield from Path(file).read_text(encoding="utf-8-sig").removesuffix("\n").split("\n")
    except FileNotFoundError as error:
        raise SettingsError(f"{file} does not exist; name a text file, or - for standard input") from error
    except (OSError, UnicodeDecodeError) as error:
        raise SettingsError(f"{file} cannot be read as UTF-8 text: {error}") from error


def require_files(files: Iterable[Path]) -> None:
    """Raise SettingsError for a file that is not there: a wrong argument, whatever the command would do with it."""
    for file in files:
        if not file.is_file():
            raise SettingsError(f"{file} does not exist or is no file; name an existing one")
