"""A served callguard without its guard: the real store, hub and web application, and a desk that remembers what was asked."""

import asyncio
import socket
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import httpx
import orjson
import uvicorn
from argon2 import PasswordHasher
from fastapi import FastAPI
from prometheus_client import CollectorRegistry
from websockets.asyncio.client import ClientConnection, connect
from websockets.typing import Origin

from callguard.app.aftercare import Aftercare
from callguard.app.parts import Parts
from callguard.app.policy_versions import PolicyVersions
from callguard.app.post import Post
from callguard.app.teams import Teams
from callguard.app.tuning_room import TuningRoom
from callguard.cases import AftercareRules
from callguard.clock import Clock
from callguard.deliver.access import COOKIE
from callguard.deliver.auth import create_user
from callguard.deliver.hub import Hub
from callguard.deliver.passwords import Passwords
from callguard.deliver.readings import Readings
from callguard.deliver.web import create_web
from callguard.events import Event, StoredEvent
from callguard.record.export_desk import ExportDesk
from callguard.record.recordings import Recordings
from callguard.record.replay_desk import ReplayDesk
from callguard.record.review_desk import ReviewDesk
from callguard.record.store import SqlStore
from callguard.record.vault import Vault
from callguard.sendings import Kind
from callguard.settings import HttpSettings, load_settings
from callguard.terms import Category, StaffRole
from callguard.wire import as_json
from tests.clocks import HandClock
from tests.deliver.desks import (
    PlainChoices,
    PlainLetters,
    PlainRecordings,
    RecordingDesk,
    RecordingJoins,
    RecordingLines,
)
from tests.deliver.plain_operations import PlainOperations
from tests.record.ready import finish, ready_sqlite
from tests.scorers import rule_scorer
from tests.sendings import TellsAll

NARROW = 8192
"""Bytes that a connection holds for a peer that does not read: the kernel's own choice is megabytes."""
LONGEST_END_S = 10.0
PASSWORD = "correct horse battery"
PEOPLE = {
    "sam": StaffRole.AGENT,
    "priya": StaffRole.AGENT,
    "ana": StaffRole.SENIOR,
    "quentin": StaffRole.QA,
    "adam": StaffRole.ADMIN,
}


THRESHOLDS = dict.fromkeys(Category, 0.6)


class TestServer(uvicorn.Server):
    """uvicorn that leaves signals alone and says when it listens."""

    __test__ = False

    def __init__(self, config: uvicorn.Config) -> None:
        super().__init__(config)
        self.listening = asyncio.Event()

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        self.listening.set()


def cheap_passwords() -> Passwords:
    """Return hashing at the lowest cost that argon2 allows."""
    return Passwords(PasswordHasher(time_cost=1, memory_cost=8, parallelism=1))


@dataclass
class Office:
    """The parts of a served callguard, and ways to be somebody in it."""

    web: FastAPI
    store: SqlStore
    hub: Hub
    desk: RecordingDesk
    joins: RecordingJoins
    clock: HandClock
    drawn: list[tuple[int, str, int]]
    choices: PlainChoices
    operations: PlainOperations
    teams: Teams
    readings: Readings
    aftercare: Aftercare
    outbox: TellsAll
    published: list[Event]
    seq: int = 0

    def event(self, event: Event, *, agent: str = "sam", is_alert: bool = False, at: datetime | None = None) -> StoredEvent:
        """Number an event, as the publisher does."""
        self.seq += 1
        body = as_json(event) | {"seq": self.seq, "at": (at or self.clock.utc_now()).isoformat()}
        return StoredEvent(seq=self.seq, call_id=event.call_id, agent=agent, is_alert=is_alert, body=orjson.dumps(body))

    async def happen(self, event: Event, *, agent: str = "sam") -> StoredEvent:
        """Store and publish an event."""
        stored = self.event(event, agent=agent)
        await self.store.append([stored])
        self.hub.publish(stored)
        return stored

    async def hire(self, name: str, display_name: str, role: StaffRole, *, team: str = "blue") -> None:
        """Let somebody else work here."""
        passwords = self.web.state.services.passwords
        await create_user(self.store, passwords, name=name, display_name=display_name, role=role, team=team, password=PASSWORD)
        await self.teams.learn(name)

    async def told(self) -> list[tuple[Kind, dict[str, Any]]]:
        """Return what is to be sent, in the order in which it was made."""
        rows = sorted(await self.store.outbox.listed(), key=lambda row: row.created_at)
        return [(row.kind, orjson.loads(row.payload)) for row in rows]

    async def close(self) -> None:
        """Give threads and connections back."""
        self.web.state.services.passwords.close()
        await self.store.close()

    @asynccontextmanager
    async def client(self, name: str = "") -> AsyncIterator[httpx.AsyncClient]:
        """Lend a browser on our own page, logged in as `name`."""
        transport = httpx.ASGITransport(app=self.web)
        async with httpx.AsyncClient(
            transport=transport, base_url="http://callguard.test", headers={"Origin": "http://callguard.test"}
        ) as client:
            if name:
                answer = await client.post("/api/login", json={"name": name, "password": PASSWORD})
                assert answer.status_code == 200, answer.text
            yield client

    async def cookie(self, name: str) -> str:
        """Log in and return the session's token."""
        known = await self.web.state.services.doorkeeper.log_in(name, PASSWORD)
        assert known is not None
        return str(known[1])

    @asynccontextmanager
    async def socket(self, address: str, name: str, query: str = "") -> AsyncIterator[ClientConnection]:
        """Lend a console's socket, logged in as `name`."""
        headers = {"Cookie": f"{COOKIE}={await self.cookie(name)}"}
        host, _, port = address.partition(":")
        line = socket.socket()
        line.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, NARROW)
        line.connect((host, int(port)))
        url, origin = f"ws://{address}/ws{query}", Origin(f"http://{address}")
        # Uncompressed, so that a test knows how much the line holds.
        async with connect(url, sock=line, origin=origin, additional_headers=headers, compression=None) as console:
            yield console

    @asynccontextmanager
    async def served(self, port: int = 0, **config: Any) -> AsyncIterator[str]:
        """Serve with the real server, on a free port unless one is named, and lend the address, such as «127.0.0.1:4711»."""
        listener = socket.create_server(("127.0.0.1", port))
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, NARROW)
        server = TestServer(uvicorn.Config(self.web, log_level="warning", lifespan="off", ws_ping_interval=None, **config))
        task = asyncio.create_task(server.serve(sockets=[listener]))
        await server.listening.wait()
        try:
            yield f"127.0.0.1:{listener.getsockname()[1]}"
        finally:
            server.should_exit = True
            server.force_exit = True
            await task
            if unfinished := server.server_state.tasks:
                # A page that still asked for something holds a connection, which the store cannot close for it.
                _, stuck = await asyncio.wait(unfinished, timeout=LONGEST_END_S)
                assert not stuck
            listener.close()


@cache
def staffed_sqlite() -> bytes:
    """Return a database with everybody of PEOPLE in it."""
    with TemporaryDirectory() as folder:
        finish(_hire_everybody(ready_sqlite(Path(folder))))
        return (Path(folder) / "callguard.db").read_bytes()


async def _hire_everybody(url: str) -> None:
    store, passwords = await SqlStore.open(url), cheap_passwords()
    for name, role in PEOPLE.items():
        await create_user(store, passwords, name=name, display_name=name.title(), role=role, team="blue", password=PASSWORD)
    passwords.close()
    await store.close()


async def open_office(
    folder: Path,
    *,
    clock: Clock | None = None,
    listener_queue: int = 512,
    rules: AftercareRules = AftercareRules(follow_up_wording="Hello, this is Ana Ruiz."),  # noqa: B008  # frozen
    **settings: Any,
) -> Office:
    """Make an office with everybody of PEOPLE in it."""
    hand = HandClock()
    store = await SqlStore.open(ready_sqlite(folder, staffed_sqlite()))
    operations = PlainOperations()
    teams = Teams(store)
    await teams.load()
    readings = Readings(store.tasks, clock or hand)
    hub = Hub(last_seq=0, listener_queue=listener_queue, team_of=teams.team_of, heard_live=readings.heard_live)
    desk, choices = RecordingDesk(), PlainChoices()
    joins = RecordingJoins(desk)
    drawn: list[tuple[int, str, int]] = []
    passwords = cheap_passwords()
    outbox, published = TellsAll(hand), list[Event]()
    aftercare = Aftercare(
        store,
        Vault(bytes(32)),
        rules=lambda: rules,
        clock=hand,
        publish=published.append,
        settled=_at_once,
        outbox=outbox,
    )
    parts = Parts(load_settings(data_dir=folder, score={"engine": "rules"}), clock or hand, None, scorer=rule_scorer())
    replays = ReplayDesk(store, Recordings(folder / "audio"), thresholds=lambda: THRESHOLDS, clock=clock or hand)
    reviews = ReviewDesk(store, second_share=1.0, policy=lambda: choices.policy().label, clock=clock or hand)
    web = create_web(
        store,
        hub,
        desk,
        HttpSettings(**settings),
        clock or hand,
        registry=CollectorRegistry(),
        passwords=passwords,
        on_drawn=lambda *told: drawn.append(told),
        on_person=teams.learn,
        letters=PlainLetters(),
        joins=joins,
        lines=RecordingLines(desk),
        cases=aftercare.cases,
        comments=store.comments,
        recordings=PlainRecordings(),
        choices=choices,
        readings=readings,
        replays=replays,
        reviews=reviews,
        exports=ExportDesk(store, replays, reviews, rules=lambda: rules, clock=clock or hand),
        tuning=TuningRoom(store, parts, PolicyVersions(store, choices, clock or hand)),
        outbox=Post(load_settings(data_dir=folder), store, hand, policy=choices.policy),
        operations=operations,
    )
    return Office(
        web=web,
        store=store,
        hub=hub,
        desk=desk,
        joins=joins,
        clock=hand,
        drawn=drawn,
        choices=choices,
        operations=operations,
        teams=teams,
        readings=readings,
        aftercare=aftercare,
        outbox=outbox,
        published=published,
    )


async def _at_once() -> None:
    """Everything that happens in an office is stored already."""
