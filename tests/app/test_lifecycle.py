import asyncio
import contextlib
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, cast

import httpx
import orjson
import pytest
from fastapi import FastAPI
from websockets.asyncio.client import connect
from websockets.exceptions import ConnectionClosed

from callguard.accounts import TokenScope
from callguard.app.lifecycle import WebServer, listen, run_server, url_of, web_config
from callguard.errors import ServiceError
from callguard.events import StoredEvent
from callguard.human_acts import HelpAsked
from callguard.publisher import Publisher
from tests.app.test_server import serving, settings_in
from tests.clocks import HandClock
from tests.fakes import ListKeeper

LONGEST_S = 60.0
"""No measure: what hangs is to fail."""
GOING_AWAY_FOR_A_RESTART = 1012  # RFC 6455 registry; consoles come back


def test_a_taken_port_is_said_with_the_remedy() -> None:
    with listen("127.0.0.1", 0) as first:
        first.listen()
        port = first.getsockname()[1]
        with pytest.raises(ServiceError, match=rf"127\.0\.0\.1:{port}.*CALLGUARD_HTTP__PORT"):
            listen("127.0.0.1", port)


def test_an_address_that_is_not_this_machines_is_said_too() -> None:
    with pytest.raises(ServiceError, match="CALLGUARD_HTTP__HOST"):
        listen("192.0.2.1", 0)


def test_a_bound_socket_has_a_url() -> None:
    with listen("127.0.0.1", 0) as listener:
        assert url_of(listener) == f"http://127.0.0.1:{listener.getsockname()[1]}"


@dataclass
class QuietGuard:
    """A guard without calls; says when it was told to end."""

    ended: asyncio.Event = field(default_factory=asyncio.Event)

    async def run(self) -> None:
        try:
            await asyncio.Event().wait()
        finally:
            self.ended.set()

    async def drain(self) -> None:
        """There is no call."""


class SlowKeeper(ListKeeper):
    """Keeps and closes at once, as a writer."""

    def __init__(self) -> None:
        super().__init__()
        self.closed = asyncio.Event()

    async def run(self) -> None:
        await self.closed.wait()

    async def close(self) -> None:
        self.closed.set()


async def test_an_act_that_is_under_way_when_the_server_stops_is_kept_and_acknowledged() -> None:
    guard, keeper, shown = QuietGuard(), SlowKeeper(), list[StoredEvent]()
    publisher = Publisher(keeper, shown.append, HandClock(), last_seq=0)
    web, arrived = FastAPI(), asyncio.Event()

    @web.post("/help")
    async def ask() -> str:
        arrived.set()
        await guard.ended.wait()
        for _ in range(100):  # turns of the loop, in which the server goes on stopping
            await asyncio.sleep(0)
        publisher.publish(HelpAsked(call_id="c1", at_sample=0, by="sam", is_panic=True))
        await publisher.sent()
        return "kept"

    stopping = asyncio.Event()
    async with asyncio.timeout(LONGEST_S), asyncio.TaskGroup() as tasks:
        with contextlib.closing(listen("127.0.0.1", 0)) as listener:
            running = tasks.create_task(
                run_server(
                    taps=[],
                    guard=cast("Any", guard),
                    publisher=publisher,
                    writer=keeper,
                    web=WebServer(web_config(web)),
                    listener=listener,
                    started=lambda _: None,
                    stopping=stopping,
                )
            )
            async with httpx.AsyncClient(base_url=url_of(listener)) as agent:
                asking = tasks.create_task(agent.post("/help"))
                await arrived.wait()
                stopping.set()
                answer = await asking
            await running
    assert (answer.status_code, answer.json()) == (200, "kept")
    assert [event.is_alert for event in keeper.kept] == [True]


async def test_a_server_that_stops_tells_consoles_and_waits_for_nobody(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    async with asyncio.timeout(LONGEST_S):
        async with serving(settings_in(tmp_path)) as server:
            bearer = {"Authorization": f"Bearer {await server.doorkeeper.issue_token('test', TokenScope.SENIOR)}"}
            console, deaf = [
                await connect(f"ws{server.url.removeprefix('http')}/ws", additional_headers=bearer) for _ in range(2)
            ]
            deaf.transport.pause_reading()
            host, port = server.url.removeprefix("http://").split(":")
            heard, said = await asyncio.open_connection(host, int(port))
            # It says that more will come, and the server that it waits for it: both know of the request now.
            said.write(b"POST /api/login HTTP/1.1\r\nHost: callguard\r\nContent-Length: 9\r\nExpect: 100-continue\r\n\r\n")
            assert b"100 Continue" in await heard.readline()
        with pytest.raises(ConnectionClosed) as told:  # noqa: PT012  # whatever it was told before
            while True:
                await console.recv()
        head, _, body = (await heard.read()).strip().partition(b"\r\n\r\n")
        said.close()
        await said.wait_closed()
        deaf.transport.resume_reading()
        await deaf.wait_closed()
    assert told.value.rcvd is not None
    assert told.value.rcvd.code == GOING_AWAY_FOR_A_RESTART
    assert head.startswith(b"HTTP/1.1 503")
    assert b"content-security-policy" in head.lower()
    assert orjson.loads(body) == {"code": "service", "message": "callguard is stopping; do this again in a moment"}
    assert [one for one in caplog.records if one.exc_info] == []
