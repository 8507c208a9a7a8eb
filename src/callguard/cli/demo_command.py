"""`callguard demo`: the whole product in one command, on bundled calls through a real tap in real time."""

import asyncio
import contextlib
import itertools
import os
import secrets
import signal
import socket
import sys
import tempfile
import webbrowser
from collections.abc import Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Annotated, Any

import numpy as np
import orjson
import typer
from rich.console import Console

from callguard.accounts import TokenScope
from callguard.app.server import Running, Server
from callguard.cli import logs
from callguard.cli.show import decision_line
from callguard.clock import SystemClock
from callguard.deliver.auth import create_user
from callguard.demo.audio import mulaw_tracks
from callguard.demo.console import TerminalConsole
from callguard.demo.player import Outcome, play_all
from callguard.demo.script import DemoCall, Row, load_demo_calls
from callguard.demo.twilio import play_call
from callguard.errors import CallguardError
from callguard.settings import HttpSettings, Settings, TwilioSettings, load_settings
from callguard.terms import StaffRole

PAUSE_S = 10.0
"""Between two rounds when the demo goes on: time to look at the consoles."""
ORGANISATION = "Larkfield"
SENIOR, REVIEWER = "ana", "quentin"


def add(app: typer.Typer) -> None:
    """Add the command."""
    app.command("demo")(demo)


def demo(
    once: Annotated[bool, typer.Option("--once", help="Stop after the last call and print a summary.")] = False,
    no_browser: Annotated[bool, typer.Option("--no-browser", help="Print the consoles' address instead of opening it.")] = False,
) -> None:
    """Serve with defaults and play the bundled calls through the Twilio tap; exit 1 if one did not do what its script says."""
    logs.set_up("error")  # warnings of the demo are for the console, not for the log
    with tempfile.TemporaryDirectory(prefix="callguard-demo-") as folder:
        code = asyncio.run(Demo(demo_settings(Path(folder)), once=once, opens_browser=not no_browser).run())
    raise typer.Exit(code)


def demo_settings(folder: Path) -> Settings:
    """Return the defaults, with data that goes away and free ports where the usual ones are taken."""
    return load_settings(
        organisation=ORGANISATION,
        data_dir=folder,
        record={"database_url": ""},
        http={"host": "127.0.0.1", "port": free_port(HttpSettings().port), "public_url": ""},
        taps={
            "twilio": {
                "enabled": True,
                "host": "127.0.0.1",
                "port": free_port(TwilioSettings().port),
                "auth_token": "",
                "bearer_token": "",
            },
            "audiosocket": {"enabled": False},
        },
    )


def free_port(wanted: int) -> int:
    """Return `wanted` if it is free on loopback, else 0: any."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", wanted))
        except OSError:
            return 0
    return wanted


class Demo:
    """One run of the demo."""

    def __init__(self, settings: Settings, *, once: bool, opens_browser: bool) -> None:
        self._settings = settings
        self._once = once
        self._opens_browser = opens_browser
        self._clock = SystemClock()
        self._server = Server(settings, self._clock)
        self._say = Console(highlight=False, markup=False, soft_wrap=True)
        self._calls = load_demo_calls()
        self._titles: dict[str, str] = {}
        self._exit_code = 0
        self._failure: BaseExceptionGroup[CallguardError] | None = None

    async def run(self) -> int:
        """Serve and play; return the exit code."""
        loop = asyncio.get_running_loop()
        running: asyncio.Future[Running] = loop.create_future()
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(self._server.run(running.set_result))
            playing = tasks.create_task(self._play(running))
            for number in (signal.SIGINT, signal.SIGTERM):
                loop.add_signal_handler(number, playing.cancel)
        if self._failure is not None:
            raise self._failure
        return self._exit_code

    async def _play(self, started: "asyncio.Future[Running]") -> None:
        try:
            running = await started
            password = await self._people(running)
            token = await running.doorkeeper.issue_token("demo-terminal", TokenScope.SENIOR)
            console = TerminalConsole(f"ws{running.url.removeprefix('http')}/ws", token, self._show, self._clock)
            connected = asyncio.Event()
            async with asyncio.TaskGroup() as tasks:
                watching = tasks.create_task(console.run(connected.set))
                await connected.wait()
                self._welcome(running, password)
                await self._rounds(running, console)
                watching.cancel()
        except* CallguardError as failures:
            self._failure = failures  # raised again once the server has stopped in order
        finally:
            self._server.stop()

    async def _rounds(self, running: Running, console: TerminalConsole) -> None:
        for number in itertools.count(1):
            outcomes = await play_all(
                self._calls,
                tracks_of=lambda call: mulaw_tracks(call.audio),
                play=lambda call_id, call, tracks: play_call(running.taps["twilio"], call_id, call, tracks, self._clock),
                wait_for_end=console.wait_for_end,
                name_of=partial(self._name, number),
                at_once=calls_at_once(),
            )
            self._report(outcomes)
            if self._once:
                self._exit_code = int(any(outcome.failures for outcome in outcomes))
                summary = summarise(outcomes, console.latencies_ms, running.engine.name)
                sys.stdout.write(orjson.dumps(summary).decode() + "\n")
                return
            self._say.print(f"All calls are played; they begin again in {PAUSE_S:.0f} s. Ctrl-C ends the demo.")
            await self._clock.sleep(PAUSE_S)

    async def _people(self, running: Running) -> str:
        """Add the people of the demo, all with one password made for this run."""
        password = secrets.token_urlsafe(9)
        people = {call.script.agent: StaffRole.AGENT for call in self._calls} | {SENIOR: StaffRole.SENIOR, REVIEWER: StaffRole.QA}
        for name, role in people.items():
            await create_user(
                running.store, running.passwords, name=name, display_name=name.title(), role=role, team="demo", password=password
            )
        return password

    def _welcome(self, running: Running, password: str) -> None:
        agents = ", ".join(sorted({call.script.agent for call in self._calls}))
        self._say.print(f"Consoles: {running.url}")
        self._say.print(f"  log in as {SENIOR} (senior staff), {REVIEWER} (QA) or {agents} (agents), password {password}")
        self._say.print(f"  or as admin, password {running.first_admin_password}")
        fallback = " (fallback engine)" if running.engine.is_fallback else ""
        self._say.print(f"  speech engine: {running.engine.name}{fallback}. {running.engine.detail}")
        if self._opens_browser:
            with contextlib.suppress(webbrowser.Error):
                webbrowser.open(running.url)

    def _name(self, number: int, call: DemoCall) -> str:
        call_id = f"CA{call.script.id}-{number}"
        self._titles[call_id] = call.script.title
        return call_id

    def _show(self, row: Row) -> None:
        if row["type"] == "call_started":
            self._say.print(f"          ── {self._titles.get(row['call_id'], row['call_id'])} (agent {row['agent']})")
        elif row["type"] == "decision":
            latency = f"{row['shown_ms'] / 1000:5.2f} s" if "shown_ms" in row else "  --   "
            self._say.print(f"{latency}  {decision_line(row)}")

    def _report(self, outcomes: Sequence[Outcome]) -> None:
        for outcome in outcomes:
            mark = "as scripted" if not outcome.failures else "NOT AS SCRIPTED"
            self._say.print(f"{mark:15}  {outcome.call.script.title}")
            for failure in outcome.failures:
                self._say.print(f"                 {failure}")


def calls_at_once() -> int:
    """Return how many calls are played together: one a core, since the offline engine takes up to half a core a speaker."""
    return os.cpu_count() or 1


def summarise(outcomes: Sequence[Outcome], latencies_ms: Sequence[float], engine: str) -> Mapping[str, Any]:
    """Return the summary that DESIGN.md promises."""
    p50, p95 = (round(float(np.percentile(latencies_ms, q)), 1) for q in (50, 95)) if latencies_ms else (None, None)
    return {
        "calls": len(outcomes),
        "utterances": sum(outcome.count("transcript", final=True) for outcome in outcomes),
        "warnings": sum(outcome.count("decision", kind="prompt") for outcome in outcomes),
        "alerts": sum(outcome.count("decision", kind="alert") for outcome in outcomes),
        "latency_ms": {"p50": p50, "p95": p95},
        "engine": engine,
        "failures": {outcome.call.script.id: outcome.failures for outcome in outcomes if outcome.failures},
    }
