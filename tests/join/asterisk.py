"""Asterisk's REST interface as far as joins need it: real HTTP and WebSocket, Asterisk's own rules, status codes and events."""

import asyncio
import base64
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from typing import Any

import uvicorn
from fastapi import FastAPI, WebSocket
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.websockets import WebSocketDisconnect

from tests.deliver.office import TestServer

LOGIN = f"Basic {base64.b64encode(b'callguard:secret').decode()}"


@dataclass
class FakeAsterisk:
    """Channels, bridges and one Stasis application at a time."""

    channels: dict[str, str] = field(default_factory=lambda: {"caller-1": "Up", "agent-1": "Up"})
    bridges: dict[str, set[str]] = field(default_factory=lambda: {"call": {"caller-1", "agent-1"}})
    snoops: dict[str, dict[str, str]] = field(default_factory=dict)
    apps: dict[str, asyncio.Queue[dict[str, Any]]] = field(default_factory=dict)
    in_app: set[str] = field(default_factory=set)
    answers: bool | None = True
    """Whether telephones are picked up; None: they go on ringing."""
    rings: asyncio.Event = field(default_factory=asyncio.Event)
    closed_bridges: frozenset[str] = frozenset()
    """Bridges that no Stasis application made: nothing can be added to them."""
    sockets: int = 0
    """How many sockets have asked for events so far."""
    _lose_events: asyncio.Event = field(default_factory=asyncio.Event)

    def web(self) -> FastAPI:
        web = FastAPI()
        web.add_api_route("/ari/channels", self._originate, methods=["POST"])
        web.add_api_route("/ari/channels/{channel}/snoop", self._snoop, methods=["POST"])
        web.add_api_route("/ari/channels/{channel}", self._show, methods=["GET"])
        web.add_api_route("/ari/channels/{channel}", self._hang_up, methods=["DELETE"])
        web.add_api_route("/ari/bridges", self._list, methods=["GET"])
        web.add_api_route("/ari/bridges", self._create, methods=["POST"])
        web.add_api_route("/ari/bridges/{bridge}", self._destroy, methods=["DELETE"])
        web.add_api_route("/ari/bridges/{bridge}/addChannel", self._add, methods=["POST"])
        web.add_api_route("/ari/bridges/{bridge}/removeChannel", self._remove, methods=["POST"])
        web.add_api_websocket_route("/ari/events", self._events)

        @web.middleware("http")
        async def check(request: Request, call_next: Any) -> Response:
            if request.headers.get("authorization") != LOGIN:
                return JSONResponse({"message": "Authentication required"}, 401)
            answer: Response = await call_next(request)
            return answer

        return web

    async def _events(self, socket: WebSocket, app: str) -> None:
        if socket.headers.get("authorization") != LOGIN:
            await socket.close(1008)
            return
        await socket.accept()
        self.sockets += 1
        queue = self.apps[app] = asyncio.Queue()

        async def tell() -> None:
            while True:
                await socket.send_json(await queue.get())

        async def lose() -> None:
            await self._lose_events.wait()
            await socket.close()

        beside = [asyncio.create_task(tell()), asyncio.create_task(lose())]
        with suppress(WebSocketDisconnect):
            await socket.receive_text()
        for task in beside:
            task.cancel()
        self.apps.pop(app, None)

    def lose_events(self) -> None:
        """Close the sockets of all applications, as a restart of Asterisk's HTTP server does."""
        self._lose_events.set()
        self._lose_events = asyncio.Event()

    def _enter(self, app: str, channel: str) -> None:
        self.in_app.add(channel)
        event = {"type": "StasisStart", "application": app, "args": [], "channel": {"id": channel, "state": "Up"}}
        self.apps[app].put_nowait(event)

    async def _originate(self, endpoint: str, channelId: str, app: str) -> Response:  # noqa: N803
        if not endpoint.startswith("PJSIP/"):
            return JSONResponse({"message": "Allocation failed"}, 500)
        if app not in self.apps:
            return JSONResponse({"message": "Application not found"}, 400)
        self.channels[channelId] = "Up" if self.answers else "Ringing"
        self.rings.set()
        if self.answers is None:
            return JSONResponse({"id": channelId, "state": "Ringing"})
        if self.answers:
            self._enter(app, channelId)
        else:
            del self.channels[channelId]
            destroyed = {"type": "ChannelDestroyed", "application": app, "cause": 17, "channel": {"id": channelId}}
            self.apps[app].put_nowait(destroyed)
        return JSONResponse({"id": channelId, "state": "Down"})

    async def _show(self, channel: str) -> Response:
        if channel not in self.channels:
            return JSONResponse({"message": "Channel not found"}, 404)
        return JSONResponse({"id": channel, "state": self.channels[channel]})

    async def _snoop(self, channel: str, spy: str, whisper: str, app: str, snoopId: str) -> Response:  # noqa: N803
        if channel not in self.channels:
            return JSONResponse({"message": "Channel not found"}, 404)
        if spy not in {"none", "both", "out", "in"} or whisper not in {"none", "both", "out", "in"}:
            return JSONResponse({"message": "Invalid parameters"}, 400)
        if app not in self.apps:
            return JSONResponse({"message": "Application not found"}, 400)
        self.channels[snoopId] = "Up"
        self.snoops[snoopId] = {"of": channel, "spy": spy, "whisper": whisper}
        self._enter(app, snoopId)
        return JSONResponse({"id": snoopId, "state": "Up"})

    async def _hang_up(self, channel: str) -> Response:
        if channel not in self.channels:
            return JSONResponse({"message": "Channel not found"}, 404)
        self.end(channel)
        return Response(status_code=204)

    def end(self, channel: str) -> None:
        """End a channel, and with it those that snoop on it."""
        del self.channels[channel]
        self.snoops.pop(channel, None)
        for inside in self.bridges.values():
            inside.discard(channel)
        for snoop in [name for name, made in self.snoops.items() if made["of"] == channel]:
            self.end(snoop)

    def transfer(self, new_agent: str) -> None:
        """Let another agent have the call."""
        self.end("agent-1")
        self.channels[new_agent] = "Up"
        self.bridges["call"].add(new_agent)

    async def _list(self) -> Response:
        return JSONResponse([{"id": name, "channels": sorted(inside)} for name, inside in self.bridges.items()])

    async def _create(self) -> Response:
        name = f"b{len(self.bridges)}"
        self.bridges[name] = set()
        return JSONResponse({"id": name, "channels": []})

    async def _destroy(self, bridge: str) -> Response:
        if self.bridges.pop(bridge, None) is None:
            return JSONResponse({"message": "Bridge not found"}, 404)
        return Response(status_code=204)

    async def _add(self, bridge: str, channel: str) -> Response:
        wanted = set(channel.split(","))
        if bridge not in self.bridges:
            return JSONResponse({"message": "Bridge not found"}, 404)
        if bridge in self.closed_bridges:
            return JSONResponse({"message": "Bridge not in Stasis application"}, 409)
        if not wanted <= self.channels.keys():
            return JSONResponse({"message": "Channel not found"}, 400)
        if not wanted <= self.in_app:
            return JSONResponse({"message": "Channel not in Stasis application"}, 409)
        for inside in self.bridges.values():
            inside.difference_update(wanted)
        self.bridges[bridge] |= wanted
        return Response(status_code=204)

    async def _remove(self, bridge: str, channel: str) -> Response:
        if channel not in self.bridges.get(bridge, set()):
            return JSONResponse({"message": "Channel not in this bridge"}, 422)
        self.bridges[bridge].discard(channel)
        return Response(status_code=204)


@asynccontextmanager
async def served(web: FastAPI) -> AsyncIterator[str]:
    """Serve on a free port of the loopback interface and lend the address."""
    server = TestServer(uvicorn.Config(web, port=0, log_level="warning", lifespan="off", ws="websockets-sansio"))
    task = asyncio.create_task(server.serve())
    await server.listening.wait()
    host, port = server.servers[0].sockets[0].getsockname()[:2]
    try:
        yield f"http://{host}:{port}"
    finally:
        server.should_exit = True
        server.force_exit = True
        await task
