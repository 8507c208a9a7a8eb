"""What is lost when the process dies: kill -9 at random moments while 20 calls alert, and count afterwards.

    python benchmarks/crash.py [--kills N] [--calls N] [--seed N] [--json]

A real `callguard serve` in a process of its own (SQLite, rules as scorer; the calls are real Twilio streams that carry silence).
Agents ask for help on all calls over HTTP as fast as they can, senior staff acknowledge what their console shows, and at a seeded
moment the process is killed. The console comes back with `since`, as consoles do. At the end:

- lost: acts that were answered 200 and are not in the store (cries for help, their alerts, acknowledgements), and alerts that the
  console was shown and the store does not have, or that the store has and the console was never shown;
- duplicated: alerts that came to the console twice.

A receiver of webhooks stands beside it, outside the process that dies, and answers one attempt in four with 503. Every alert and
every acknowledgement in the store must have come to it, with a signature that is ours: what has not is lost too. One that came
again must have come under the id that it had before; more ids than alerts count as duplicated.

With --json the last line is {"kills", "lost", "duplicated", "alerts", "acknowledged", "webhooks", "webhooks_again", "seconds",
"lost_of"}; the last says what was lost.
"""

import argparse
import asyncio
import base64
import contextlib
import hashlib
import hmac
import json
import os
import random
import signal
import socket
import sys
import tempfile
import time
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
import orjson
from websockets.asyncio.client import connect
from websockets.exceptions import WebSocketException

from callguard.accounts import TokenScope
from callguard.clock import SystemClock
from callguard.deliver.auth import Doorkeeper
from callguard.deliver.passwords import Passwords
from callguard.record.store import SqlStore
from callguard.sendings import SendingState
from callguard.taps.twilio_client import start_message

READY_S = 300.0
"""A start costs six seconds of a core; a machine that does other work beside it gives it little of one."""
SECRET = "a secret that only this benchmark has"  # noqa: S105
KINDS = ["alert.raised", "alert.escalated", "alert.closed"]
TAKEN, BUSY = b"HTTP/1.1 204 No Content\r\n\r\n", b"HTTP/1.1 503 Busy\r\ncontent-length: 0\r\n\r\n"
REFUSALS = 2
"""So often it refuses the same one at most: more would only make the end wait for the pauses."""
REFUSED = 0.25
"""Share of webhooks that the receiver does not take at once."""
EMPTIED_S = 300.0
"""So long the last life may take to send what waits."""
LONGEST_S = 1.5
"""A kill comes at most so long after the calls are there."""


@dataclass
class Ledger:
    """What the outside world was promised and shown."""

    helped: Counter[str] = field(default_factory=Counter)
    """Cries for help that were answered 200, by call."""
    acknowledged: set[str] = field(default_factory=set)
    shown: Counter[str] = field(default_factory=Counter)
    """Alerts by how often they came to the console."""
    seq: int = 0


@dataclass
class Receiver:
    """Takes webhooks, and refuses some so that they must come again."""

    dice: random.Random
    key: bytes
    came: Counter[str] = field(default_factory=Counter)
    """Attempts by idempotency key, refused ones too."""
    taken: dict[str, set[str]] = field(default_factory=dict)
    """Keys of webhooks that were answered 204, by what they tell."""
    forged: int = 0

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Answer one connection's requests until the other end dies."""
        with contextlib.suppress(OSError, asyncio.IncompleteReadError):
            while True:
                head = (await reader.readuntil(b"\r\n\r\n")).decode()
                headers = {name.lower(): value for name, _, value in (line.partition(": ") for line in head.split("\r\n"))}
                body = await reader.readexactly(int(headers["content-length"]))
                is_taken = self._take(headers, body)
                writer.write(TAKEN if is_taken else BUSY)
                await writer.drain()
        writer.close()

    def _take(self, headers: dict[str, str], body: bytes) -> bool:
        key = headers["webhook-id"]
        signed = f"{key}.{headers['webhook-timestamp']}.".encode() + body
        made = base64.b64encode(hmac.digest(self.key, signed, hashlib.sha256)).decode()
        self.forged += headers["webhook-signature"] != f"v1,{made}"
        self.came[key] += 1
        if self.came[key] <= REFUSALS and self.dice.random() < REFUSED:
            return False
        told = orjson.loads(body)
        self.taken.setdefault(f"{told['type']} {told['data']['alert_id']}", set()).add(key)
        return True


class Server:
    """`callguard serve`, started and killed."""

    def __init__(self, folder: Path, log: Path, hooks: str) -> None:
        self.http_port, self.twilio_port = free_port(), free_port()
        self._log = log
        self._env = os.environ | {
            "CALLGUARD_DATA_DIR": str(folder),
            "CALLGUARD_HTTP__PORT": str(self.http_port),
            "CALLGUARD_TAPS__TWILIO__PORT": str(self.twilio_port),
            "CALLGUARD_TAPS__AUDIOSOCKET__ENABLED": "false",
            "CALLGUARD_TRANSCRIBE__ENGINE": "pocketsphinx",
            "CALLGUARD_TRANSCRIBE__WORKERS": "1",
            "CALLGUARD_TRANSCRIBE__KEYWORDS": "false",
            "CALLGUARD_RECORD__AUDIO": "false",
            "CALLGUARD_SCORE__ENGINE": "rules",
            "CALLGUARD_NOTIFY__WEBHOOKS": json.dumps({"crash": {"url": hooks, "secret": SECRET, "kinds": KINDS}}),
        }
        self._process: asyncio.subprocess.Process | None = None

    async def start(self) -> None:
        """Return when it is ready."""
        with self._log.open("ab") as log:
            self._process = await asyncio.create_subprocess_exec(
                *(sys.executable, "-c", "from callguard.cli.main import main; main()", "serve"),
                env=self._env,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
        began = time.monotonic()
        async with httpx.AsyncClient() as client:
            while time.monotonic() - began < READY_S:
                if self._process.returncode is not None:
                    raise SystemExit(f"the server ended by itself with {self._process.returncode}:\n{self._last_words()}")
                with contextlib.suppress(httpx.HTTPError):
                    if (await client.get(f"http://127.0.0.1:{self.http_port}/readyz")).status_code == httpx.codes.OK:
                        return
                await asyncio.sleep(0.02)
        raise SystemExit(f"the server was not ready in {READY_S:g} s:\n{self._last_words()}")

    def _last_words(self) -> str:
        """Return the end of its log, which goes with the folder."""
        return "\n".join(self._log.read_text(errors="replace").splitlines()[-20:])

    async def end(self, number: signal.Signals) -> None:
        """Kill it with all its workers, or ask it to stop."""
        assert self._process is not None
        if number is signal.SIGKILL:
            os.killpg(self._process.pid, number)
        else:
            self._process.send_signal(number)
        await self._process.wait()


async def hold_call(port: int, call_id: str, connected: asyncio.Event) -> None:
    """Connect one stream that says nothing."""
    with contextlib.suppress(OSError, WebSocketException):
        async with connect(f"ws://127.0.0.1:{port}/twilio", compression=None) as stream:
            await stream.send(json.dumps({"event": "connected", "protocol": "Call", "version": "1.0.0"}))
            await stream.send(
                json.dumps(start_message(call_id, {"inbound": b"", "outbound": b""}, {"agent": f"agent-{call_id}"}))
            )
            connected.set()
            await stream.wait_closed()


async def watch(port: int, token: str, ledger: Ledger, alerts: asyncio.Queue[str]) -> None:
    """Be the console of senior staff until the server goes away."""
    url = f"ws://127.0.0.1:{port}/ws?since={ledger.seq}"
    with contextlib.suppress(OSError, WebSocketException):
        async with connect(url, additional_headers={"Authorization": f"Bearer {token}"}, max_size=None) as console:
            async for message in console:
                row = orjson.loads(message)
                if row["type"] == "missed":  # numbers that nothing stored has
                    ledger.seq = max(ledger.seq, row["to_seq"])
                elif row["type"] != "hello":  # its number is the newest that there is, not what this console has seen
                    ledger.seq = max(ledger.seq, row.get("seq", 0))
                if row["type"] == "decision" and row["kind"] == "alert":
                    ledger.shown[row["decision_id"]] += 1
                    alerts.put_nowait(row["decision_id"])


async def ask_help(client: httpx.AsyncClient, call_id: str, ledger: Ledger) -> None:
    """Press «I need help» again and again."""
    while True:
        try:
            answer = await client.post(f"/api/calls/{call_id}/help")
        except httpx.HTTPError:
            return
        if answer.status_code == httpx.codes.OK:
            ledger.helped[call_id] += 1
        await asyncio.sleep(0.05)


async def acknowledge(client: httpx.AsyncClient, alerts: asyncio.Queue[str], ledger: Ledger) -> None:
    """Acknowledge what the console shows."""
    while True:
        decision_id = await alerts.get()
        try:
            answer = await client.post(f"/api/alerts/{decision_id}/acknowledge")
        except httpx.HTTPError:
            return
        if answer.status_code == httpx.codes.OK:
            ledger.acknowledged.add(decision_id)


async def live_and_die(server: Server, token: str, ledger: Ledger, calls: list[str], dies_after_s: float) -> None:
    """One life of the server."""
    await server.start()
    alerts: asyncio.Queue[str] = asyncio.Queue(maxsize=100_000)
    address = f"http://127.0.0.1:{server.http_port}"
    async with httpx.AsyncClient(base_url=address, headers={"Authorization": f"Bearer {token}"}, timeout=30) as client:
        connected = [asyncio.Event() for _ in calls]
        tasks = [asyncio.create_task(watch(server.http_port, token, ledger, alerts))]
        tasks += [
            asyncio.create_task(hold_call(server.twilio_port, call_id, there))
            for call_id, there in zip(calls, connected, strict=True)
        ]
        for there in connected:
            await there.wait()
        tasks += [asyncio.create_task(ask_help(client, call_id, ledger)) for call_id in calls]
        tasks += [asyncio.create_task(acknowledge(client, alerts, ledger)) for _ in range(4)]
        await asyncio.sleep(dies_after_s)
        await server.end(signal.SIGKILL)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


async def come_back(server: Server, token: str, ledger: Ledger, store: SqlStore) -> None:
    """Let the console and the receiver catch up with a last life, and stop that in order."""
    await server.start()
    alerts: asyncio.Queue[str] = asyncio.Queue(maxsize=1_000_000)
    watching = asyncio.create_task(watch(server.http_port, token, ledger, alerts))
    address = f"http://127.0.0.1:{server.http_port}"
    async with httpx.AsyncClient(base_url=address, headers={"Authorization": f"Bearer {token}"}, timeout=30) as client:
        last = (await client.get("/api/live")).json()["seq"]
        while ledger.seq < last:  # noqa: ASYNC110  # the other end is another process
            await asyncio.sleep(0.05)
    await emptied(store)
    await server.end(signal.SIGTERM)
    await asyncio.wait([watching], timeout=5)
    watching.cancel()


async def emptied(store: SqlStore) -> None:
    """Return when nothing waits any more; what still waits after a while counts as lost."""
    began = time.monotonic()
    while time.monotonic() - began < EMPTIED_S and (await store.outbox.counts()).by_state.get(SendingState.WAITING):  # noqa: ASYNC110  # another process
        await asyncio.sleep(0.5)


async def settle(store: SqlStore, ledger: Ledger, receiver: Receiver) -> tuple[dict[str, int], int]:
    """Return what is lost, by what it is, and what came twice."""
    helps, alerts, answered = Counter[str](), set[str](), set[str]()
    asked, facts = Counter[str](), Counter[str]()
    seq = 0
    while page := await store.events_since(seq, limit=5000):
        seq = page[-1].seq
        for row in (orjson.loads(event.body) for event in page):
            if row["type"] == "help_asked":
                helps[row["call_id"]] += 1
            elif row["type"] == "decision" and row["kind"] == "alert":
                alerts.add(row["decision_id"])
                facts[f"alert.{'escalated' if row['repeats'] else 'raised'} {row['decision_id']}"] = 1
                asked[row["call_id"]] += row["category"] == "help" and row["tier"] == 1
            elif row["type"] == "alert_answered":
                answered.add(row["decision_id"])
                facts[f"alert.closed {row['decision_id']}"] += 1
    lost = {
        "cries for help that are not in the store": sum(
            max(count - helps[call_id], 0) for call_id, count in ledger.helped.items()
        ),
        "cries for help without an alert": sum(max(count - asked[call_id], 0) for call_id, count in ledger.helped.items()),
        "acknowledgements that are not in the store": len(ledger.acknowledged - answered),
        "alerts that were shown and are not in the store": len(set(ledger.shown) - alerts),
        "alerts that are in the store and were not shown": len(alerts - set(ledger.shown)),
        "webhooks that did not come": sum(not receiver.taken.get(fact) for fact in facts),
        "webhooks with a wrong signature": receiver.forged,
    }
    duplicated = sum(count - 1 for count in ledger.shown.values())
    duplicated += sum(max(len(keys) - facts[fact], 0) for fact, keys in receiver.taken.items())
    return lost, duplicated


async def measure(kills: int, calls: int, seed: int) -> dict[str, Any]:
    """Kill it so many times and settle the accounts."""
    dice, ledger, began = random.Random(seed), Ledger(), time.monotonic()
    with tempfile.TemporaryDirectory() as held:
        folder = Path(held)
        store = await SqlStore.open(f"sqlite:///{folder / 'callguard.db'}")
        passwords = Passwords()
        doorkeeper = Doorkeeper(store, passwords, SystemClock(), session_hours=1)
        token = await doorkeeper.issue_token("crash", TokenScope.SENIOR)
        receiver = Receiver(random.Random(seed), SECRET.encode())
        hooks = await asyncio.start_server(receiver.serve, "127.0.0.1", 0)
        server = Server(folder, folder / "server.log", f"http://127.0.0.1:{hooks.sockets[0].getsockname()[1]}/")
        for kill in range(kills):
            names = [f"K{kill:04}C{number:02}" for number in range(calls)]
            await live_and_die(server, token, ledger, names, dice.uniform(0.0, LONGEST_S))
            if sys.stderr.isatty():
                sys.stderr.write(f"\r{kill + 1} of {kills} kills, {len(ledger.shown)} alerts")
        await come_back(server, token, ledger, store)
        lost, duplicated = await settle(store, ledger, receiver)
        hooks.close()
        await store.close()
        passwords.close()
    return {
        "kills": kills,
        "lost": sum(lost.values()),
        "lost_of": {what: count for what, count in lost.items() if count},
        "duplicated": duplicated,
        "alerts": len(ledger.shown),
        "acknowledged": len(ledger.acknowledged),
        "webhooks": len(receiver.came),
        "webhooks_again": receiver.came.total() - len(receiver.came),
        "seconds": round(time.monotonic() - began, 1),
    }


def free_port() -> int:
    """Return a port that nobody uses now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--kills", type=int, default=20)
    parser.add_argument("--calls", type=int, default=20)
    parser.add_argument("--seed", type=int, default=4)
    parser.add_argument("--json", action="store_true")
    arguments = parser.parse_args()
    row = asyncio.run(measure(arguments.kills, arguments.calls, arguments.seed))
    print(f"\n{row['kills']} kills in {row['seconds']} s: {row['alerts']} alerts shown, {row['acknowledged']} acknowledged, "
          f"{row['webhooks']} webhooks, {row['webhooks_again']} times again; "
          f"lost {row['lost']}, duplicated {row['duplicated']}")  # fmt: skip
    for what, count in row["lost_of"].items():
        print(f"  {count} {what}")
    if arguments.json:
        print(json.dumps(row))
    sys.exit(bool(row["lost"] or row["duplicated"]))


if __name__ == "__main__":
    main()
