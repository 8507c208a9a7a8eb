"""How many calls one machine listens to: a real server, its real Twilio tap, two-party calls at real-time pace.

Each party speaks 40 % of the time, in the voices of the demo calls; the weights are random, of exact shape, and say about four
tokens for each second of speech. The calls come from a process of their own (`phone_calls.py`), a console reads every event.

    python benchmarks/calls.py [--model base.en] [--calls 28] [--seconds 60] [--partials] [--window short|plain] [--json]
    python benchmarks/calls.py --costs [--seconds 30] [--json]

`final_p95_ms` is from the last sample of speech, by the caller's clock, to the final text at the console: the hangover is in it.
`provisional_p95_ms` is to the first text of an utterance, from 0.4 s after it began: one word. `--costs` measures what listening
alone costs: the tap and the ears of a channel that speaks 40 %, fifty silent calls, and memory for each call.
`--weights FOLDER` takes real weights instead.
"""

import argparse
import asyncio
import contextlib
import json
import os
import platform
import sys
import tempfile
import time
from collections import defaultdict
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

sys.path.insert(0, str(Path(__file__).parent.parent))  # a script is started from anywhere, and neither folder is a package

from benchmarks.processes import CallSource, Usage, free_port, server
from callguard.accounts import TokenScope
from callguard.app.installation import new_token
from callguard.clock import SystemClock
from callguard.deliver.metrics import steps_of
from callguard.demo.console import TerminalConsole
from callguard.demo.script import Row
from callguard.settings import load_settings
from callguard.terms import StepTimes
from tools.make_shape_model import SHAPES, make_model

TOKENS = 13
"""What the weights say about any utterance: four for each second; the pieces of the demo calls' turns last 3.3 s on average."""
TAIL_S = 0.16
"""Silence that a segment keeps after its speech (`media.speculate_ms`)."""
FIRST_WORD_S = 0.4
PRE_ROLL_S = 0.3
WINDOWS = {"short": {"margin_s": 1.3, "minimum_s": 0.0}, "plain": {"margin_s": 2.6, "minimum_s": 10.0}}
IDLE_CALLS = 50
EAR_CALLS = 10
MUST = {
    "tap_p95_ms": 40,
    "final_p95_ms": 1000,
    "provisional_p95_ms": 1200,
    "ear_percent": 0.5,
    "idle_percent": 15,
    "mb_a_call": 6,
}


@dataclass
class Heard:
    """What the console saw."""

    began_ns: dict[str, int]
    rows: list[tuple[int, Row]]
    """When it came, and what."""
    finals_ms: list[float] = field(default_factory=list)
    provisionals_ms: list[float] = field(default_factory=list)
    steps_ms: dict[str, list[float]] = field(default_factory=lambda: defaultdict(list))
    """What each step of a final took."""
    lost: int = 0
    speech_s: float = 0.0
    unreliable: int = 0
    guard: dict[str, int] = field(default_factory=dict)

    def count(self) -> None:
        """Work out the figures."""
        seen: set[tuple[str, str, int]] = set()
        for at_ns, row in self.rows:
            if row["type"] in {"transcript_lost", "gap"}:
                self.lost += 1
            elif row["type"] == "guard":
                self.guard[row["because"] or row["guard"]] = self.guard.get(row["because"] or row["guard"], 0) + 1
            elif row["type"] == "transcript":
                self._take(at_ns, row, seen)

    def _take(self, at_ns: int, row: Row, seen: set[tuple[str, str, int]]) -> None:
        began_ns = self.began_ns[row["call_id"]]
        utterance = (row["call_id"], row["channel"], row["segment"])
        if row["text"] and utterance not in seen:
            seen.add(utterance)
            word_ns = began_ns + int((row["start_s"] + PRE_ROLL_S + FIRST_WORD_S) * 1e9)
            if not row["final"]:
                self.provisionals_ms.append((at_ns - word_ns) / 1e6)
        if row["final"]:
            spoken_ns = began_ns + int((row["end_s"] - TAIL_S) * 1e9)
            self.finals_ms.append((at_ns - spoken_ns) / 1e6)
            for step, spent_s in steps_of(StepTimes(**row["times"])).items():
                self.steps_ms[step].append(spent_s * 1000)
            self.speech_s += row["end_s"] - row["start_s"]
            self.unreliable += not row["reliable"]


async def measure(arguments: argparse.Namespace, model: Path, calls: int, *, silent: bool = False) -> dict[str, Any]:
    """Run one server with `calls` calls and return its figures."""
    rows: list[tuple[int, Row]] = []
    with tempfile.TemporaryDirectory() as folder:
        token = await new_token(load_settings(data_dir=Path(folder)), "benchmark", TokenScope.SENIOR)
        http, tap = free_port(), free_port()
        environment = {
            "CALLGUARD_DATA_DIR": folder,
            "CALLGUARD_HTTP__PORT": str(http),
            "CALLGUARD_TAPS__TWILIO__PORT": str(tap),
            "CALLGUARD_TAPS__AUDIOSOCKET__ENABLED": "false",
            "CALLGUARD_TAPS__MAX_CALLS": "1000",
            "CALLGUARD_TRANSCRIBE__ENGINE": "whisper",
            "CALLGUARD_TRANSCRIBE__MODEL": str(model),
            "CALLGUARD_TRANSCRIBE__PARTIALS": "both" if arguments.partials else "none",
            "CALLGUARD_RECORD__AUDIO": str(not arguments.no_audio).lower(),
        }
        callguard = Path(sys.executable).with_name("callguard")
        async with (
            server([str(callguard), "serve"], environment, "speech engine", profile=arguments.profile) as process,
            watching(f"ws://127.0.0.1:{http}/ws", token, rows),
        ):
            source = CallSource(tap, calls, arguments.seconds, silent=silent)
            await source.connect()
            usage = Usage(process.pid)
            sent = await source.play(usage.sample)
            usage.stop()
            await asyncio.sleep(2)
    heard = Heard(sent["began_ns"], rows)
    heard.count()
    return figures(arguments, calls, heard, usage, sent)


def figures(arguments: argparse.Namespace, calls: int, heard: Heard, usage: Usage, sent: dict[str, Any]) -> dict[str, Any]:
    """Return what the issue asks for first, then what helps to understand it."""
    return {
        "model": arguments.model,
        "calls": calls,
        "final_p95_ms": percentile(heard.finals_ms, 95),
        "provisional_p95_ms": percentile(heard.provisionals_ms, 95) if arguments.partials else None,
        "dropped": heard.lost,
        "rss_mb": round(usage.peak_mb),
        "cpu_cores": round(usage.cores, 3),
        "window": arguments.window,
        "final_p50_ms": percentile(heard.finals_ms, 50),
        "tap_p95_ms": percentile(heard.steps_ms["tap"], 95),
        "steps_p50_p95_ms": {step: [percentile(spent, 50), percentile(spent, 95)] for step, spent in heard.steps_ms.items()},
        "final_max_ms": percentile(heard.finals_ms, 100),
        "provisional_p50_ms": percentile(heard.provisionals_ms, 50) if arguments.partials else None,
        "finals": len(heard.finals_ms),
        "speaking": round(heard.speech_s / (2 * calls * arguments.seconds), 3),
        "unreliable": heard.unreliable,
        "guard": heard.guard,
        "broken": sent["broken"],
        "source_cpu": sent["cpu"],
        "source_late_p99_ms": sent["late_p99_ms"],
    }


def pace_ms() -> int:
    """Return what a fixed piece of work costs on this machine now: a shared one may give a third of its speed without a word."""
    began, total = time.process_time(), 0
    for number in range(3_000_000):
        total += number
    return round((time.process_time() - began) * 1000)


def percentile(values: list[float], rank: int) -> float | None:
    return round(float(np.percentile(values, rank)), 1) if values else None


@contextlib.asynccontextmanager
async def watching(url: str, token: str, rows: list[tuple[int, Row]]) -> AsyncIterator[None]:
    """Read every event as a senior's console does."""
    console = TerminalConsole(url, token, lambda row: rows.append((time.monotonic_ns(), row)), SystemClock())
    connected = asyncio.Event()
    task = asyncio.create_task(console.run(connected.set))
    await connected.wait()
    try:
        yield
    finally:
        task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await task


async def ear_cost(arguments: argparse.Namespace) -> float:
    """Return what tap and media cost for one channel that speaks 40 %, in percent of a core: no engine, no store, no console."""
    tap = free_port()
    ears = [sys.executable, str(Path(__file__).with_name("ears.py")), "--port", str(tap)]
    async with server(ears, {}, "listening", profile=arguments.profile) as process:
        source = CallSource(tap, EAR_CALLS, arguments.seconds)
        await source.connect()
        usage = Usage(process.pid)
        await source.play(usage.sample)
        usage.stop()
    return 100 * usage.cores / (2 * EAR_CALLS)


async def costs(arguments: argparse.Namespace, model: Path) -> dict[str, Any]:
    """Return what listening costs beside the engine."""
    ear_percent = await ear_cost(arguments)
    idle = await measure(arguments, model, IDLE_CALLS, silent=True)
    one, forty = await measure(arguments, model, 1), await measure(arguments, model, 40)
    return {
        "ear_percent": round(ear_percent, 3),
        "idle_percent": round(100 * idle["cpu_cores"], 1),
        "mb_a_call": round((forty["rss_mb"] - one["rss_mb"]) / 39, 2),
        "rss_mb": [one["rss_mb"], forty["rss_mb"]],
        "idle_rss_mb": idle["rss_mb"],
    }


def prepare(arguments: argparse.Namespace, folder: Path) -> Path:
    """Return the folder of the weights, which says what window they tolerate."""
    if arguments.weights:
        for file in arguments.weights.iterdir():
            (folder / file.name).symlink_to(file)
        (folder / "preprocessor_config.json").write_text(json.dumps({"feature_size": 80, "sampling_rate": 16000}))
    else:
        make_model(arguments.model, folder, tokens=arguments.tokens, is_deaf=arguments.partials)
    (folder / "callguard.json").write_text(json.dumps({"name": f"{arguments.model} shape", **WINDOWS[arguments.window]}))
    return folder


def print_table(result: dict[str, Any]) -> None:
    for name, value in result.items():
        must = f"  (at most {MUST[name]})" if name in MUST else ""
        print(f"{name:22}{value!s:>12}{must}")


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--model", choices=sorted(SHAPES), default="base.en", help="shape of the weights")
    parser.add_argument("--calls", type=int, default=28)
    parser.add_argument("--seconds", type=float, default=60)
    parser.add_argument("--partials", action="store_true", help="write running speech down too")
    parser.add_argument("--window", choices=sorted(WINDOWS), default="short", help="what the weights tolerate")
    parser.add_argument("--tokens", type=int, default=TOKENS, help="for each utterance")
    parser.add_argument("--weights", type=Path, help="folder with real weights")
    parser.add_argument("--costs", action="store_true", help="measure what listening costs beside the engine")
    parser.add_argument("--no-audio", action="store_true", help="do not record the calls")
    parser.add_argument("--profile", type=Path, help="folder for a py-spy profile of the server")
    parser.add_argument("--json", action="store_true", help="end with one line of JSON")
    arguments = parser.parse_args()
    before_ms = pace_ms()
    with tempfile.TemporaryDirectory() as folder:
        model = prepare(arguments, Path(folder))
        measured = costs(arguments, model) if arguments.costs else measure(arguments, model, arguments.calls)
        result = asyncio.run(measured) | {"pace_ms": [before_ms, pace_ms()]}
    print(f"{platform.processor() or platform.machine()}, {os.cpu_count()} cores, Python {platform.python_version()}")
    print_table(result)
    if arguments.json:
        print(json.dumps(result))
    return 0


if __name__ == "__main__":
    sys.exit(main())
