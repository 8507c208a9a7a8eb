"""Latency per step of the budget, with 1 and 8 calls in real time: real server, Twilio tap, and a console that reports drawing.

    .venv/bin/python benchmarks/latency.py [--calls 1 8] [--seconds 60] [--engine auto] [--json]

The console is a program, not a browser: what a browser needs to paint is measured by the browser test and is not in here.
"""

import argparse
import asyncio
import contextlib
import json
import os
import platform
import sys
import tempfile
import uuid
from collections import defaultdict
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import numpy as np

from callguard.accounts import TokenScope
from callguard.app.installation import new_token
from callguard.app.lifecycle import listen
from callguard.cli.simulate_command import Tracks, rotated
from callguard.clock import SystemClock
from callguard.deliver.budget import BUDGET_MS
from callguard.deliver.metrics import steps_of
from callguard.demo.audio import mulaw_tracks
from callguard.demo.console import TerminalConsole
from callguard.demo.script import Row, load_demo_calls
from callguard.settings import load_settings
from callguard.taps.twilio_client import play_twilio
from callguard.terms import Role, StepTimes

QUANTILES = (50, 95, 99)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--calls", type=int, nargs="+", default=[1, 8])
    parser.add_argument("--seconds", type=float, default=60)
    parser.add_argument("--engine", default="auto")
    parser.add_argument("--json", action="store_true")
    arguments = parser.parse_args()
    print(
        f"{platform.processor() or platform.machine()}, {os.cpu_count()} cores, Python {platform.python_version()}",
        file=sys.stderr,
    )
    results = {}
    for calls in arguments.calls:
        results[calls] = asyncio.run(measure(calls, arguments.seconds, arguments.engine))
        print_table(calls, results[calls])
    if arguments.json:
        print(json.dumps({str(calls): result for calls, result in results.items()}))
    return 0


async def measure(calls: int, seconds: float, engine: str) -> dict[str, Any]:
    """Run one server with `calls` calls and return percentiles by step."""
    tracks = [rotated(mulaw_tracks(call.audio), seconds, 11.0 * index) for index, call in enumerate(load_demo_calls())]
    clock = SystemClock()
    rows: list[Row] = []
    async with server(engine) as (tap_url, console_url, token):
        console = TerminalConsole(console_url, token, rows.append, clock)
        connected = asyncio.Event()
        async with asyncio.TaskGroup() as tasks:
            watching = tasks.create_task(console.run(connected.set))
            await connected.wait()

            async def one(number: int) -> None:
                await clock.sleep(4.0 * number / calls)  # so that not all callers speak at the same moment
                call_id = f"CA{uuid.uuid4().hex}"
                await play(tap_url, tracks[number % len(tracks)], call_id, clock)
                await console.wait_for_end(call_id)

            await asyncio.gather(*map(one, range(calls)))
            watching.cancel()
    return summarise(rows)


async def play(url: str, tracks: Tracks, call_id: str, clock: SystemClock) -> None:
    await play_twilio(url, {"inbound": tracks[Role.CALLER], "outbound": tracks[Role.AGENT]}, call_sid=call_id, clock=clock)


@contextlib.asynccontextmanager
async def server(engine: str) -> AsyncIterator[tuple[str, str, str]]:
    """Run `callguard serve` in a process of its own; yield tap URL, console URL and a token."""
    with tempfile.TemporaryDirectory() as folder:
        http, tap = free_port(), free_port()
        environment = {
            "CALLGUARD_DATA_DIR": folder,
            "CALLGUARD_HTTP__PORT": str(http),
            "CALLGUARD_TAPS__TWILIO__PORT": str(tap),
            "CALLGUARD_TAPS__AUDIOSOCKET__ENABLED": "false",
            "CALLGUARD_TRANSCRIBE__ENGINE": engine,
        }
        token = await new_token(load_settings(data_dir=Path(folder)), "benchmark", TokenScope.SENIOR)
        callguard = Path(sys.executable).with_name("callguard")
        process = await asyncio.create_subprocess_exec(
            callguard, "serve", env=os.environ | environment, stdout=asyncio.subprocess.PIPE, limit=1 << 20
        )
        assert process.stdout is not None
        while b"speech engine" not in (line := await process.stdout.readline()):
            if not line:
                sys.exit("the server did not start; its message is above")
        print(line.decode().strip(), file=sys.stderr)
        try:
            yield f"ws://127.0.0.1:{tap}/twilio", f"ws://127.0.0.1:{http}/ws", token
        finally:
            process.terminate()
            await process.wait()


def free_port() -> int:
    with contextlib.closing(listen("127.0.0.1", 0)) as listener:
        port: int = listener.getsockname()[1]
        return port


def summarise(rows: list[Row]) -> dict[str, Any]:
    """Return percentiles in ms by step, with how many were measured and what was lost."""
    samples: dict[str, list[float]] = defaultdict(list)
    for row in rows:
        times = StepTimes(**row["times"]) if "times" in row else StepTimes()
        if row["type"] == "transcript" and row["final"]:
            steps = {name: value for name, value in steps_of(times).items() if name in {"tap", "hangover", "queue", "decode"}}
        elif row["type"] == "shown" and times.speech_end_ns:
            steps = {
                name: value for name, value in steps_of(times, row["drawn_ns"]).items() if name in {"score", "deliver", "total"}
            }
        else:
            continue
        for name, seconds in steps.items():
            samples[name].append(seconds * 1000)
    result: dict[str, Any] = {
        name: {f"p{q}": round(float(np.percentile(samples[name], q)), 1) for q in QUANTILES} | {"n": len(samples[name])}
        for name in BUDGET_MS
        if samples[name]
    }
    return result | {"lost": sum(row["type"] == "transcript_lost" for row in rows)}


def print_table(calls: int, result: dict[str, Any]) -> None:
    print(f"\n{calls} call{'s' if calls > 1 else ''}\n{'step':10}{'budget ms':>10}{'p50':>9}{'p95':>9}{'p99':>9}{'n':>7}")
    for name, budget in BUDGET_MS.items():
        if name in result:
            row = result[name]
            print(f"{name:10}{budget:10}{row['p50']:9.1f}{row['p95']:9.1f}{row['p99']:9.1f}{row['n']:7}")
    print(f"speech not written down: {result['lost']}")


if __name__ == "__main__":
    sys.exit(main())
