"""Joins the commands, and turns every error of ours into one clear sentence and an exit code."""

import errno
import importlib
import io
import os
import signal
import sys
from collections.abc import Iterable
from typing import TextIO

import typer
from rich.console import Console

from callguard.cli import logs
from callguard.errors import CallguardError

OUTPUT_FAILED = {errno.ENOSPC, errno.EPIPE, errno.EIO}
"""What writing to standard output may end with, when it is a full disk or a reader that has gone."""

INTERRUPTED = 128 + signal.SIGINT
"""What shells expect of a program that Ctrl-C has ended."""

COMMANDS = {
    "serve": "serve_command",
    "demo": "demo_command",
    "replay": "replay_command",
    "score": "score_command",
    "transcribe": "transcribe_command",
    "simulate": "simulate_command",
    "models": "model_commands",
    "policy": "policy_commands",
    "export": "export_command",
    "doctor": "doctor_command",
    "db": "store_commands",
    "users": "user_commands",
    "incident": "incident_commands",
    "retention": "retention_command",
    "erase": "erase_command",
    "backup": "backup_commands",
    "restore": "backup_commands",
    "webhook": "webhook_commands",
}
"""Command and the module whose `add(app)` adds it: only the one asked for is imported, because a scorer needs no web server."""


def build(names: Iterable[str] = tuple(COMMANDS)) -> typer.Typer:
    """Return the command line with the commands `names`."""
    app = typer.Typer(
        name="callguard",
        help="Guards people who answer the phone: hears live calls, scores abuse and threats, helps while the call goes on.",
        no_args_is_help=True,
        add_completion=False,
        rich_markup_mode="rich",
        pretty_exceptions_enable=False,
    )
    app.callback()(lambda: None)
    for name in names:
        importlib.import_module(f"callguard.cli.{COMMANDS[name]}").add(app)
    return app


def main() -> None:
    """Run the command line and end the process."""
    for stream in (sys.stdout, sys.stderr):
        _write_whatever_comes(stream)
    sys.exit(run(sys.argv[1:]))


def _write_whatever_comes(stream: TextIO) -> None:
    """Let a sign that the locale lacks end nothing: a terminal shows «?» for it, and files and programs get UTF-8."""
    if isinstance(stream, io.TextIOWrapper):
        if stream.isatty():
            stream.reconfigure(errors="replace")
        else:
            stream.reconfigure(encoding="utf-8")


def run(arguments: list[str]) -> int:
    """Run one command and return its exit code: 0 done, 1 the work failed, 2 wrong arguments or settings."""
    logs.set_up()
    say = Console(stderr=True, highlight=False, markup=False, soft_wrap=True)
    asked = [name for name in arguments[:1] if name in COMMANDS]
    if asked == ["serve"] and sys.platform != "win32":
        # Long before there is a policy that could be read again: a reload that comes while it starts must not end it.
        signal.signal(signal.SIGHUP, signal.SIG_IGN)
    try:
        build(asked or COMMANDS)(args=arguments, prog_name="callguard")
    except SystemExit as ended:
        return ended.code if isinstance(ended.code, int) else int(bool(ended.code))
    except KeyboardInterrupt:  # before the command had begun; what it does about it then is its own affair
        return INTERRUPTED
    except CallguardError as error:
        say.print(f"callguard: {error}")
        return error.exit_code
    except BaseExceptionGroup as group:
        return _end_with(group, say)
    except OSError as error:
        return _end_without(error, say)
    return 0


def _end_without(error: OSError, say: Console) -> int:
    """Say that the output goes nowhere, or which file this user may not have; all else is a bug and keeps its traceback."""
    if error.errno in OUTPUT_FAILED:
        sys.stdout = open(os.devnull, "w")  # noqa: SIM115, PTH123  # the interpreter flushes it once more at exit
        say.print(f"callguard: the output cannot be written: {error.strerror}; write it elsewhere")
        return 1
    if not isinstance(error, PermissionError) or error.filename is None:
        raise error
    say.print(
        f"callguard: {error.filename}: {error.strerror}; run it as the user whom callguard runs as, or change who may use it"
    )
    return 1


def _end_with(group: BaseExceptionGroup[BaseException], say: Console) -> int:
    """Say what a task group failed with; what is not ours is a bug and keeps its traceback."""
    ours, others = group.split(CallguardError)
    if ours is None or others is not None:
        raise group
    errors = list(_leaves(ours))
    for error in errors:
        say.print(f"callguard: {error}")
    return max(error.exit_code for error in errors)


def _leaves(group: BaseExceptionGroup[CallguardError]) -> list[CallguardError]:
    leaves: list[CallguardError] = []
    for error in group.exceptions:
        leaves += _leaves(error) if isinstance(error, BaseExceptionGroup) else [error]
    return leaves
