"""A long run: calls come and go for hours through the real Twilio tap, and memory must not follow them.

    python benchmarks/soak.py [--minutes 60] [--calls 8] [--engine pocketsphinx] [--json]

Rounds of short calls, half of them silent in both directions; the server's memory is read between the rounds, when no call runs.
The first third is for warming up; from then on a line is fitted through the readings. Exit 1 if it climbs faster than
`MOST_MB_AN_HOUR`, or if the last round left a call or a queue behind. `broken` counts calls that the server refused or cut off.
"""

import argparse
import asyncio
import json
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import numpy as np

sys.path.insert(0, str(Path(__file__).parent.parent))  # a script is started from anywhere, and neither folder is a package

from benchmarks.processes import CallSource, Usage, free_port, server
from callguard.simulation import scrape_metrics

ROUND_S = 20.0
MOST_MB_AN_HOUR = 20.0
"""Allocators and caches settle slowly; a leak of one call's audio (1 MB) in each round would be thirty times as much."""
SHORTEST_H = 0.25
"""Over a shorter time the line says little: then only the distance between first and last reading counts, at most a twentieth."""


async def soak(minutes: float, calls: int, engine: str) -> dict[str, Any]:
    """Run rounds for so long and return what came of it."""
    readings: list[tuple[float, float]] = []
    broken = played = 0
    with tempfile.TemporaryDirectory() as folder:
        http, tap = free_port(), free_port()
        environment = {
            "CALLGUARD_DATA_DIR": folder,
            "CALLGUARD_HTTP__PORT": str(http),
            "CALLGUARD_TAPS__TWILIO__PORT": str(tap),
            "CALLGUARD_TAPS__AUDIOSOCKET__ENABLED": "false",
            "CALLGUARD_TRANSCRIBE__ENGINE": engine,
        }
        callguard = Path(sys.executable).with_name("callguard")
        async with server([str(callguard), "serve"], environment, "speech engine") as process:
            usage, began = Usage(process.pid), time.monotonic()
            while time.monotonic() - began < 60 * minutes:
                source = CallSource(tap, calls, ROUND_S, silent=len(readings) % 2 == 1, first=played)
                await source.connect()
                report = await source.play(usage.sample)
                broken += report["broken"]
                played += calls
                left = await emptied(f"http://127.0.0.1:{http}/metrics")
                readings.append(((time.monotonic() - began) / 3600, usage.now_mb()))
                print(
                    f"{60 * readings[-1][0]:6.1f} min  {played:6} calls  {readings[-1][1]:7.1f} MB", file=sys.stderr, flush=True
                )
    settled = readings[len(readings) // 3 :]
    hours = [at for at, _ in settled]
    slope = float(np.polyfit(hours, [mb for _, mb in settled], 1)[0]) if len(settled) > 2 else 0.0
    return {
        "minutes": minutes,
        "calls": played,
        "broken": broken,
        "left": left,
        "first_mb": round(settled[0][1], 1),
        "last_mb": round(settled[-1][1], 1),
        "mb_an_hour": round(slope, 1),
        "hours_measured": round(hours[-1] - hours[0], 3),
    }


async def emptied(url: str) -> float:
    """Wait for the last words of a round and return what is left in calls and queues; 0 is all there should be."""
    left = 0.0
    for _ in range(60):
        figures = await scrape_metrics(url)
        left = sum(value for (name, _), value in figures.items() if name in {"callguard_calls_running", "callguard_queue_length"})
        if not left:
            break
        await asyncio.sleep(0.5)
    return left


def is_sound(result: dict[str, Any]) -> bool:
    """Say whether memory stayed and nothing was left behind."""
    if result["left"]:
        return False
    if result["hours_measured"] < SHORTEST_H:
        return bool(result["last_mb"] <= 1.05 * result["first_mb"])
    return bool(result["mb_an_hour"] <= MOST_MB_AN_HOUR)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--minutes", type=float, default=60)
    parser.add_argument("--calls", type=int, default=8, help="at once, in each round")
    parser.add_argument("--engine", default="pocketsphinx")
    parser.add_argument("--json", action="store_true", help="end with one line of JSON")
    arguments = parser.parse_args()
    result = asyncio.run(soak(arguments.minutes, arguments.calls, arguments.engine))
    for name, value in result.items():
        print(f"{name:16}{value!s:>10}")
    if arguments.json:
        print(json.dumps(result))
    return 0 if is_sound(result) else 1


if __name__ == "__main__":
    sys.exit(main())
