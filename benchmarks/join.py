"""How far behind a senior listens: from the moment a sound is sent into the tap to the moment it leaves the browser's decoder.

    .venv/bin/python benchmarks/join.py [--beeps 60] [--json]

A whole server in this process, a Twilio stream in real time, and a listener over WebRTC on the loopback interface. The listener
is aiortc with its own jitter buffer; a browser's adapts to the network. Also prints what it costs a call when nobody listens.
"""

import argparse
import asyncio
import json
import os
import platform
import sys
import tempfile
import time
from pathlib import Path

import httpx
import numpy as np
from websockets.asyncio.client import ClientConnection, connect

sys.path.insert(0, str(Path(__file__).parent.parent))  # a script is started from anywhere, and `tests` is no package of ours

from callguard.accounts import TokenScope
from callguard.app.installation import new_token
from callguard.app.server import Running, Server
from callguard.join.rooms import Rooms
from callguard.media.g711 import encode_mulaw
from callguard.settings import load_settings
from callguard.taps.twilio_client import media_message, start_message
from callguard.terms import RATE_HZ, Role, Samples
from tests.join.browser import SeniorBrowser

FRAME = 160
PERIOD = 50
"""Frames from one beep to the next: a second, longer than any delay that could still be called live."""
LOUD = 0.1
LIMIT_MS = 400


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--beeps", type=int, default=60)
    parser.add_argument("--json", action="store_true")
    arguments = parser.parse_args()
    print(
        f"{platform.processor() or platform.machine()}, {os.cpu_count()} cores, Python {platform.python_version()}",
        file=sys.stderr,
    )
    delays = asyncio.run(measure(arguments.beeps))
    p50, p95 = (float(np.percentile(delays, share)) for share in (50, 95))
    idle_ns = cost_of_nobody()
    print(f"listen delay of {len(delays)} beeps: p50 {p50:.0f} ms, p95 {p95:.0f} ms (limit {LIMIT_MS} ms)")
    print(f"a piece of audio that nobody listens to costs {idle_ns:.0f} ns")
    if arguments.json:
        print(json.dumps({"beeps": len(delays), "p50_ms": p50, "p95_ms": p95, "idle_ns": idle_ns}))
    return 0 if len(delays) >= arguments.beeps * 0.9 and p95 <= LIMIT_MS else 1


async def measure(beeps: int) -> list[float]:
    """Return the delay of every beep that was heard, in milliseconds."""
    with tempfile.TemporaryDirectory() as folder:
        settings = load_settings(
            data_dir=Path(folder),
            http={"port": 0},
            taps={"twilio": {"port": 0}, "audiosocket": {"enabled": False}},
            transcribe={"engine": "pocketsphinx", "workers": 1},
            join={"addresses": ["127.0.0.1"]},
        )
        token = await new_token(settings, "benchmark", TokenScope.SENIOR)
        server, started = Server(settings), asyncio.get_running_loop().create_future()
        running = asyncio.ensure_future(server.run(started.set_result))
        up: Running = await started
        try:
            return await listen(up, token, beeps)
        finally:
            server.stop()
            await running


async def listen(server: Running, token: str, beeps: int) -> list[float]:
    sent_at: list[float] = []
    senior, heard_at, quiet = SeniorBrowser(), list[float](), [0]

    def watch(samples: Samples) -> None:
        if float(np.abs(samples).max()) > LOUD:
            if quiet[0] > PERIOD // 2:
                heard_at.append(time.monotonic())
            quiet[0] = 0
        else:
            quiet[0] += 1

    senior.on_frame = watch
    async with connect(server.taps["twilio"]) as link:
        await link.send(json.dumps({"event": "connected"}))
        await link.send(json.dumps(start_message("CA1", ["inbound"], {})))
        speaking = asyncio.create_task(_beep(link, sent_at, beeps))
        async with httpx.AsyncClient(base_url=server.url, headers={"Authorization": f"Bearer {token}"}) as client:
            while (await client.get("/api/calls/CA1/join")).status_code != 200:  # noqa: ASYNC110  # asked as a console asks
                await asyncio.sleep(0.05)
            answer = await client.post("/api/calls/CA1/join", json={"mode": "listen", "sdp": await senior.offer()})
            await senior.accept(answer.raise_for_status().json()["sdp"])
            await speaking
            await asyncio.sleep(1)
        await link.send(json.dumps({"event": "stop"}))
    await senior.close()
    # Beeps before the listener was connected were not heard by anybody: each one heard belongs to the last one sent before it.
    return [1000 * (at - max(one for one in sent_at if one <= at)) for at in heard_at]


async def _beep(link: ClientConnection, sent_at: list[float], beeps: int) -> None:
    at = np.arange(FRAME) / 8000
    beep = encode_mulaw((0.5 * np.sin(2 * np.pi * 800 * at)).astype(np.float32))
    began = time.monotonic()
    for chunk in range(beeps * PERIOD):
        is_beep = chunk % PERIOD < 3
        if chunk % PERIOD == 0:
            sent_at.append(time.monotonic())
        payload = beep if is_beep else b"\xff" * FRAME
        await link.send(
            media_message("MZ1", chunk + 2, track="inbound", chunk=chunk + 1, timestamp_ms=chunk * 20, payload=payload)
        )
        await asyncio.sleep(max(0.0, began + (chunk + 1) * 0.02 - time.monotonic()))


def cost_of_nobody() -> float:
    """Return the nanoseconds that one piece of audio costs while nobody listens to any call."""
    rooms, piece, times = Rooms(), np.zeros(RATE_HZ // 50, np.float32), 1_000_000
    began = time.perf_counter_ns()
    for _ in range(times):
        rooms.hear("CA1", Role.CALLER, piece)
    return (time.perf_counter_ns() - began) / times


if __name__ == "__main__":
    sys.exit(main())
