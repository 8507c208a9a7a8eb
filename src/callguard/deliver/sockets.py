"""The consoles' WebSocket: what was missed, then what happens, in order and without doubles."""

import asyncio
import contextlib
from typing import Annotated

import orjson
from fastapi import APIRouter, Query
from starlette.websockets import WebSocket, WebSocketDisconnect

from callguard.deliver import messages
from callguard.deliver.access import find_user
from callguard.deliver.hub import Listener
from callguard.deliver.origin import is_from_elsewhere
from callguard.deliver.replay import missed
from callguard.deliver.services import Parts, Services
from callguard.errors import StoreError

router = APIRouter()

BEAT_S = 10.0
CLOSE_WAIT_S = 2.0
TRY_AGAIN_LATER = 1013  # RFC 6455 registry: the console may come back and resume
NOT_LOGGED_IN = 4401
UNAVAILABLE = 1011
POLICY = 1008


class _OverError(Exception):
    """Ends a console's tasks; the code goes to the console."""

    def __init__(self, code: int, reason: str) -> None:
        super().__init__(reason)
        self.code = code
        self.reason = reason


@router.websocket("/ws")
async def console(socket: WebSocket, parts: Parts, since: Annotated[int | None, Query(ge=0)] = None) -> None:
    """Serve one console until it leaves; `since` is the last event that it has seen."""
    if is_from_elsewhere(socket.headers, parts.settings.public_url):
        await socket.close(POLICY)  # before accepting: answered with HTTP 403
        return
    try:
        user = await find_user(socket, parts)
    except StoreError as error:
        await socket.accept()
        await _close(socket, UNAVAILABLE, error.code)
        return
    # Accepted even without a log-in, because a page is not told why a handshake was refused.
    await socket.accept()
    if user is None:
        await _close(socket, NOT_LOGGED_IN, "log in")
        return
    with parts.hub.listen(user) as listener:
        await _Console(socket, parts, listener).run(since)


class _Console:
    """One connected console."""

    def __init__(self, socket: WebSocket, parts: Services, listener: Listener) -> None:
        self._socket = socket
        self._parts = parts
        self._listener = listener
        self._turn = asyncio.Lock()

    async def run(self, since: int | None) -> None:
        """Serve until somebody ends it."""
        over: _OverError | None = None
        try:
            async with asyncio.TaskGroup() as tasks:
                tasks.create_task(self._tell(since))
                tasks.create_task(self._hear())
                tasks.create_task(self._keep_alive())
                tasks.create_task(self._drop())
        except* WebSocketDisconnect:
            pass
        except* _OverError as group:
            over = next(error for error in group.exceptions if isinstance(error, _OverError))
        if over is not None:
            await _close(self._socket, over.code, over.reason)

    async def _tell(self, since: int | None) -> None:
        listener = self._listener
        await self._send(messages.hello(listener.seq, listener.user, self._parts.desk.health(), self._parts.clock))
        if since is not None:
            async for body in missed(self._parts.archive, listener, since):
                await self._send(body)
        while True:
            await self._send(await listener.next())

    async def _hear(self) -> None:
        while True:
            message = await self._socket.receive()
            if message["type"] == "websocket.disconnect":
                raise WebSocketDisconnect(message.get("code", 1000))
            complaint = self._take(message.get("text"))
            if complaint:
                await self._send(messages.refusal(complaint))

    def _take(self, text: str | None) -> str:
        """Take a console's message; return what is wrong with it, if anything."""
        try:
            body = orjson.loads(text or "")
        except orjson.JSONDecodeError:
            return "the message is no JSON text; expected an object with «type»"
        match body:
            case {"type": "drawn", "seq": int(seq)} if not isinstance(seq, bool):
                if self._listener.has_got(seq):  # nobody can have seen what was not sent to them
                    self._parts.on_drawn(seq, self._listener.user.name, self._parts.clock.monotonic_ns())
                return ""
            case {"type": "drawn"}:
                return "«drawn» has no number in «seq»"
            case _:
                return "the message has an unknown «type»; expected «drawn»"

    async def _keep_alive(self) -> None:
        while True:
            await self._parts.clock.sleep(BEAT_S)
            with contextlib.suppress(StoreError):  # a failing store logs nobody out
                user = await find_user(self._socket, self._parts)
                if user is None:
                    raise _OverError(NOT_LOGGED_IN, "your session is over")
                self._listener.user = user  # another team sees other calls
            await self._send(messages.beat(self._parts.desk.health(), self._parts.clock))

    async def _drop(self) -> None:
        await self._listener.dropped.wait()
        raise _OverError(TRY_AGAIN_LATER, "too slow: reconnect and resume")

    async def _send(self, message: bytes) -> None:
        async with self._turn:
            await self._socket.send_text(message.decode())


async def _close(socket: WebSocket, code: int, reason: str) -> None:
    """Say goodbye to a peer that may no longer be listening."""
    # RuntimeError: the server has closed the connection already.
    with contextlib.suppress(TimeoutError, RuntimeError, WebSocketDisconnect):
        async with asyncio.timeout(CLOSE_WAIT_S):
            await socket.close(code, reason)
