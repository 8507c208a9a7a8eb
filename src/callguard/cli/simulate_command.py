"""`callguard simulate`: many calls at once against a running server, through a real tap."""

import asyncio
import dataclasses
import sys
import uuid
from collections.abc import Awaitable, Callable, Collection, Mapping
from functools import partial
from typing import Annotated, Literal
from urllib.parse import urlsplit

import orjson
import typer
from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Table

from callguard.cli.options import JsonOption
from callguard.clock import SystemClock
from callguard.demo.audio import as_l16, mulaw_tracks
from callguard.demo.script import load_demo_calls
from callguard.errors import ServiceError, SettingsError
from callguard.settings import AudioSocketSettings, HttpSettings, TwilioSettings
from callguard.simulation import Figures, Report, scrape_metrics
from callguard.simulation import simulate as run_simulation
from callguard.taps.audiosocket_client import play_audiosocket
from callguard.taps.audiosocket_wire import call_id_of
from callguard.taps.twilio_client import play_twilio
from callguard.terms import Role

HIGHEST_PORT = 65_535
LONGEST_S = 24 * 3600
BYTES_A_SECOND = 8000
"""µ-law at 8 kHz."""
DEFAULT_URLS = {
    "twilio": f"ws://127.0.0.1:{TwilioSettings().port}/twilio",
    "audiosocket": f"127.0.0.1:{AudioSocketSettings().port}",
}

Tracks = Mapping[Role, bytes]


def add(app: typer.Typer) -> None:
    """Add the command."""
    app.command("simulate")(simulate)


def simulate(
    *,
    calls: Annotated[int, typer.Option(min=1, help="Calls at once.")],
    seconds: Annotated[float, typer.Option(min=1, max=LONGEST_S, help="How long each call is.")],
    url: Annotated[str, typer.Option(help="The tap's address.", show_default=False)] = "",
    tap: Annotated[Literal["twilio", "audiosocket"], typer.Option(help="Protocol to speak.")] = "twilio",
    http: Annotated[
        str, typer.Option(help="The server's consoles, whose /metrics are read.")
    ] = f"http://127.0.0.1:{HttpSettings().port}",
    token: Annotated[str, typer.Option(help="Bearer token of the Twilio tap, if it wants one.")] = "",
    metrics_token: Annotated[str, typer.Option(help="The server's http.metrics_token, if it has one.")] = "",
    json: JsonOption = False,
) -> None:
    """Play calls against a running server and print latency per step, losses and resource use; exit 1 if a call failed.

    The calls are those of the demo, threats among them: the server raises real alerts for them and keeps their records.
    """
    address = read_url(tap, url)
    metrics = read_http(http)
    clock = SystemClock()
    tracks = [rotated(mulaw_tracks(call.audio), seconds, index * 7.0) for index, call in enumerate(load_demo_calls())]
    players: dict[str, Callable[[Tracks], Awaitable[int]]] = {
        "twilio": lambda one: play_twilio(
            address,
            {"inbound": one[Role.CALLER], "outbound": one[Role.AGENT]},
            call_sid=f"CA{uuid.uuid4().hex}",
            clock=clock,
            parameters={"agent": "simulated", "line": "simulation"},
            bearer_token=token,
        ),
        "audiosocket": lambda one: play_audiosocket(
            address, {role: as_l16(audio) for role, audio in one.items()}, call_id=call_id_of(uuid.uuid4().int), clock=clock
        ),
    }
    with Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        TimeElapsedColumn(),
        console=Console(stderr=True),
        transient=True,
        disable=not sys.stderr.isatty(),
    ) as progress:
        task = progress.add_task(f"{calls} calls", total=calls)

        async def play(number: int) -> None:
            await players[tap](tracks[number % len(tracks)])
            progress.advance(task)

        report = asyncio.run(run_simulation(calls, play, clock=clock, scrape=partial(_scrape, metrics, metrics_token)))
    if json:
        sys.stdout.write(orjson.dumps(dataclasses.asdict(report)).decode() + "\n")
    else:
        _print(report)
    raise typer.Exit(int(report.completed < report.calls))


def read_url(tap: str, text: str) -> str:
    """Return a tap's address, the one of a server with defaults for none. Raises SettingsError."""
    if not text:
        return DEFAULT_URLS[tap]
    host, colon, port = text.rpartition(":")
    is_port = port.isdecimal() and 0 < int(port) <= HIGHEST_PORT
    if tap == "audiosocket" and not (host and colon and is_port and _can_be_asked_for(host)):
        raise SettingsError(f"--url is {text!r}; AudioSocket has host and port, such as {DEFAULT_URLS[tap]}")
    if tap == "twilio" and not _is_address(text, {"ws", "wss"}):
        raise SettingsError(f"--url is {text!r}; the Twilio tap has a WebSocket's address, such as {DEFAULT_URLS[tap]}")
    return text


def read_http(text: str) -> str:
    """Return the address of a server's figures. Raises SettingsError."""
    if not _is_address(text, {"http", "https"}):
        raise SettingsError(f"--http is {text!r}; expected the server's consoles, such as http://127.0.0.1:{HttpSettings().port}")
    return f"{text.rstrip('/')}/metrics"


def _is_address(text: str, schemes: Collection[str]) -> bool:
    try:
        parts = urlsplit(text)
        host, port = parts.hostname, parts.port
    except ValueError:
        return False
    return parts.scheme in schemes and host is not None and port != 0 and _can_be_asked_for(host)


def _can_be_asked_for(host: str) -> bool:
    """Whether a host's name is one that the network can be asked for: asking for another is no OSError but a UnicodeError."""
    try:
        host.encode("idna")
    except UnicodeError:
        return False
    return True


async def _scrape(url: str, token: str) -> Figures:
    """Read the server's figures, or say that there are none and go on without."""
    try:
        return await scrape_metrics(url, token)
    except ServiceError as error:
        sys.stderr.write(f"callguard: {error}\n")
        return {}


def rotated(tracks: Tracks, seconds: float, offset_s: float) -> dict[Role, bytes]:
    """Return `seconds` of a call that begins at `offset_s` and goes round, both parties alike."""
    length = min(map(len, tracks.values()))
    start, wanted = int(offset_s * BYTES_A_SECOND) % length, int(seconds * BYTES_A_SECOND)
    rounds = -(-(start + wanted) // length)
    return {role: (audio[:length] * rounds)[start : start + wanted] for role, audio in tracks.items()}


def _print(report: Report) -> None:
    console = Console(highlight=False, markup=False)
    table = Table(show_edge=False, pad_edge=False)
    for title in ("step", "p50 ms", "p95 ms", "p99 ms", "measured"):
        table.add_column(title, justify="left" if title == "step" else "right")
    for step, row in report.steps_ms.items():
        table.add_row(step, *("" if row[name] is None else f"{row[name]:.0f}" for name in ("p50", "p95", "p99", "count")))
    console.print(table)
    ended = f"{report.completed} of {report.calls} calls completed, {report.refused} refused, {report.failed} failed"
    console.print(f"{ended} in {report.seconds} s")
    if report.first_refusal:
        console.print(f"the first that was refused: {report.first_refusal}")
    if report.first_trouble:
        console.print(f"the first that failed: {report.first_trouble}")
    console.print(f"lost: {', '.join(f'{what} {count:g}' for what, count in report.lost.items()) or 'nothing'}")
    if report.cpu_cores is not None and report.rss_mb is not None:
        console.print(f"server: {report.cpu_cores:.2f} cores, {report.rss_mb:.0f} MB")
