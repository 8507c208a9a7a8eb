"""`callguard doctor`: what is there, what is missing, and the command that mends it."""

import asyncio
import errno
import http.client
import shutil
import socket
import sys
import urllib.request
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import orjson
import typer
from rich.console import Console
from rich.table import Table

from callguard.app.installation import (
    check_database,
    check_engine,
    check_keys,
    check_policy,
    check_scorer,
    check_sending,
    check_speaker,
    check_taps,
    has_consoles,
)
from callguard.cli.options import ConfigOption, JsonOption
from callguard.errors import CallguardError
from callguard.settings import Settings, describe_settings, load_settings

LOW_DISK = 2 * 1024**3
"""Two channels of a call take about 15 MB an hour: 2 GiB is a working day of twenty agents."""


class Verdict(StrEnum):
    """How a check came out."""

    GOOD = "good"
    FALLBACK = "fallback"
    """It works, but less well than it could."""
    MISSING = "missing"


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One row of the report."""

    part: str
    verdict: Verdict
    found: str
    remedy: str


def add(app: typer.Typer) -> None:
    """Add the command."""
    app.command("doctor")(doctor)


def doctor(
    config: ConfigOption = None,
    as_json: JsonOption = False,
    settings_only: Annotated[bool, typer.Option("--settings", help="List every setting with its default.")] = False,
) -> None:
    """Tell what is there, what is missing and the command that mends it; exit 1 if callguard could not serve."""
    if settings_only:
        _print_settings()
        return
    findings = list(examine(load_settings(config)))
    if as_json:
        for finding in findings:
            row = {"part": finding.part, "verdict": finding.verdict, "found": finding.found, "remedy": finding.remedy}
            sys.stdout.write(orjson.dumps(row).decode() + "\n")
    else:
        _print_findings(findings)
    raise typer.Exit(int(any(finding.verdict is Verdict.MISSING for finding in findings)))


def examine(settings: Settings) -> Iterator[Finding]:
    """Look at every part that `serve` needs."""
    is_running = _answers(settings.http.host, settings.http.port)
    yield _python()
    # Beside a callguard that guards, a second model would take memory from live calls.
    yield _tried("speech engine", lambda: _engine(settings, is_loaded=not is_running))
    yield _tried("scorer", lambda: _good("scorer", check_scorer(settings)), "mend score in the settings, or leave it out")
    policy = _tried("policy", lambda: _good("policy", asyncio.run(check_policy(settings))), "callguard policy check FILE")
    database = _tried("database", lambda: _good("database", asyncio.run(check_database(settings))))
    yield policy
    yield database
    if Verdict.MISSING not in {policy.verdict, database.verdict}:  # it needs both, and would say the same again
        yield _tried("telling others", lambda: _sending(settings), "mend notify in the settings")
    yield _tried("callers' key", lambda: _good("callers' key", check_keys(settings)))
    yield _tried("disk", lambda: _folder(settings.data_path))
    yield _consoles()
    yield _tried("taps", lambda: _taps(settings))
    if settings.decide.spoken_prompts != "off":
        yield _tried("spoken prompts", lambda: _good("spoken prompts", check_speaker(settings)))
    for name, host, port in _ports(settings):
        yield _port(name, host, port, is_running=is_running)


def _good(part: str, found: str) -> Finding:
    return Finding(part=part, verdict=Verdict.GOOD, found=found, remedy="")


def _tried(part: str, look: Callable[[], Finding], remedy: str = "") -> Finding:
    """Return what `look` finds, or why it cannot be had; most such sentences end with what to do, `remedy` is for the others."""
    try:
        return look()
    except CallguardError as error:
        return Finding(part=part, verdict=Verdict.MISSING, found=str(error), remedy=remedy)
    except OSError as error:
        found = f"{error.filename or part}: {error.strerror}"
        remedy = "run it as the user whom callguard runs as, or let that user read and write there"
        return Finding(part=part, verdict=Verdict.MISSING, found=found, remedy=remedy)


def _python() -> Finding:
    return _good("python", ".".join(map(str, sys.version_info[:3])))


def _engine(settings: Settings, *, is_loaded: bool) -> Finding:
    part, remedy = "speech engine", f"callguard models pull {settings.transcribe.model}"
    try:
        info = asyncio.run(check_engine(settings, is_loaded=is_loaded))
    except CallguardError as error:
        return Finding(part=part, verdict=Verdict.MISSING, found=str(error), remedy=remedy)
    found = f"{info.name}: {info.detail}"
    return Finding(part=part, verdict=Verdict.FALLBACK, found=found, remedy=remedy) if info.is_fallback else _good(part, found)


def _sending(settings: Settings) -> Finding:
    part = "telling others"
    found, problems = asyncio.run(check_sending(settings))
    if problems:
        remedy = "docs/webhooks.md; callguard webhook test; GET /api/outbox?state=failed"
        return Finding(part=part, verdict=Verdict.FALLBACK, found=f"{found}; {'; '.join(problems)}", remedy=remedy)
    return _good(part, found)


def _consoles() -> Finding:
    if has_consoles():
        return _good("consoles", "built")
    remedy = "make console, in callguard's folder"
    return Finding(part="consoles", verdict=Verdict.FALLBACK, found="not built: browsers get a page that says so", remedy=remedy)


def _taps(settings: Settings) -> Finding:
    if problems := check_taps(settings):
        remedy = "set CALLGUARD_TAPS__TWILIO__AUTH_TOKEN, a private taps.audiosocket.host, enabled = false for what is not used"
        return Finding(part="taps", verdict=Verdict.FALLBACK, found="; ".join(problems), remedy=remedy)
    return _good("taps", "no call from strangers")


def _folder(folder: Path) -> Finding:
    existing = next(parent for parent in (folder.absolute(), *folder.absolute().parents) if parent.exists())
    free = shutil.disk_usage(existing).free
    found = f"{folder}, {free / 1024**3:.1f} GiB free"
    if free < LOW_DISK:
        return Finding(
            part="disk", verdict=Verdict.MISSING, found=found, remedy="free some space, or set data_dir to a larger disk"
        )
    return Finding(part="disk", verdict=Verdict.GOOD, found=found, remedy="")


def _ports(settings: Settings) -> Iterator[tuple[str, str, int]]:
    yield "http", settings.http.host, settings.http.port
    if settings.taps.twilio.enabled:
        yield "taps.twilio", settings.taps.twilio.host, settings.taps.twilio.port
    if settings.taps.audiosocket.enabled:
        yield "taps.audiosocket", settings.taps.audiosocket.host, settings.taps.audiosocket.port


def _answers(host: str, port: int) -> bool:
    """Whether a callguard serves its consoles there: then its ports are taken because all is well."""
    directly = urllib.request.build_opener(urllib.request.ProxyHandler({}))  # a proxy outside knows nothing of this machine
    try:
        with directly.open(f"http://{host}:{port}/healthz", timeout=1) as answer:
            return bool(answer.read() == b'{"status":"alive"}')
    except (OSError, http.client.HTTPException):
        return False


def _port(name: str, host: str, port: int, *, is_running: bool) -> Finding:
    with socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as error:
            if is_running:
                return Finding(part=f"port {port}", verdict=Verdict.GOOD, found=f"a callguard is running on {host}", remedy="")
            is_taken = error.errno == errno.EADDRINUSE
            remedy = f"stop what uses it (perhaps a running callguard), or set {name}.port" if is_taken else f"set {name}.host"
            return Finding(
                part=f"port {port}", verdict=Verdict.MISSING, found=f"{name} on {host}: {error.strerror}", remedy=remedy
            )
    return Finding(part=f"port {port}", verdict=Verdict.GOOD, found=f"free for {name} on {host}", remedy="")


def _print_findings(findings: list[Finding]) -> None:
    table = Table(show_edge=False, pad_edge=False)
    for title in ("part", "", "found", "to mend it"):
        table.add_column(title, overflow="fold")
    for finding in findings:
        table.add_row(finding.part, finding.verdict.value, finding.found, finding.remedy)
    Console(highlight=False).print(table)


def _print_settings() -> None:
    for variable, default, description in describe_settings():
        sys.stdout.write(f"{variable}={default}{'  # ' + description if description else ''}\n")
