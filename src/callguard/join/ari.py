"""Asterisk's REST interface: a snoop channel on the agent's channel, bridged with the senior's telephone.

The snoop channel lives in a Stasis application, which exists while its WebSocket is connected. To listen, the snoop spies on both
directions; to whisper, it adds `whisper=out`, which the agent alone hears; to interject or take over, the telephone goes into the
bridge of the call itself. Source: docs.asterisk.org, Asterisk REST Interface: channels, bridges, events.
"""

import asyncio
import contextlib
import logging
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import quote

import httpx
import orjson
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed, InvalidHandshake, InvalidURI

from callguard.errors import CallguardError, NotFoundError, ServiceError
from callguard.human_acts import JoinMode
from callguard.join.phone import Legs
from callguard.join_settings import AriSettings
from callguard.terms import Role

log = logging.getLogger(__name__)

ANSWER_WAIT_S: Final = 30.0
REST_WAIT_S: Final = 5.0
NO_EVENTS: Final = "Asterisk's events cannot be had; look at join.ari, ari.conf and http.conf"
WHISPERS: Final[Mapping[JoinMode, str]] = {JoinMode.LISTEN: "none", JoinMode.WHISPER: "out"}

Json = Mapping[str, Any]


@dataclass(slots=True, kw_only=True)
class _Joined:
    """One senior's telephone in one call."""

    phone: str
    """Id of the telephone's channel."""
    agent: str
    """Id of the agent's channel."""
    caller: str
    """Id of the caller's channel; empty if nobody has said."""
    mode: JoinMode | None = None
    """None while it is in nothing."""
    snoop: str = ""
    own_bridge: str = ""
    """The bridge of snoop and telephone; empty while the telephone is in the call's own bridge."""


class AsteriskRest:
    """Joins by snoop channels and bridges."""

    name = "Asterisk"
    modes = frozenset(JoinMode)

    def __init__(self, settings: AriSettings) -> None:
        self._settings = settings
        self._secret = settings.password.get_secret_value()
        self._rest = httpx.AsyncClient(base_url=settings.url.rstrip("/"), auth=(settings.user, self._secret), timeout=REST_WAIT_S)
        self._socket: ClientConnection | None = None
        self._listening: asyncio.Task[None] | None = None
        self._connecting = asyncio.Lock()
        self._arrived: dict[str, asyncio.Future[None]] = {}
        self._joined: dict[str, _Joined] = {}

    async def join(self, legs: Legs, phone: str, mode: JoinMode) -> str:
        """Call the senior's telephone and connect it. Raises ServiceError."""
        agent = legs.names.get(Role.AGENT, "")
        if not agent:
            raise ServiceError("Asterisk's channel of the agent is not known; let the dialplan POST it to /api/calls/{id}/legs")
        await self._listen()
        handle = f"callguard-{secrets.token_hex(8)}"
        joined = _Joined(phone=handle, agent=agent, caller=legs.names.get(Role.CALLER, ""))
        try:
            await self._arrive(
                handle,
                "POST",
                "/channels",
                endpoint=self._settings.endpoint.format(phone=phone),
                channelId=handle,
                app=self._settings.app,
                callerId="callguard",
                timeout=int(ANSWER_WAIT_S),
            )
            await self._connect(joined, mode)
        except (CallguardError, asyncio.CancelledError):
            with contextlib.suppress(ServiceError):
                await self._hang_up(joined)
            raise
        self._joined[handle] = joined
        return handle

    async def change(self, handle: str, mode: JoinMode, legs: Legs) -> None:
        """Go on in another mode. Raises ServiceError, NotFoundError."""
        joined = self._joined.get(handle)
        if joined is None:
            raise NotFoundError("the telephone is not in this call (any more); join it again")
        joined.agent = legs.names.get(Role.AGENT, joined.agent)
        joined.caller = legs.names.get(Role.CALLER, joined.caller)
        await self._listen()
        if mode is JoinMode.TAKE_OVER and joined.mode is JoinMode.INTERJECT:
            await self._drop_agent(joined)
            return
        before = joined.mode
        try:
            await self._release(joined)
            await self._connect(joined, mode)
        except CallguardError:
            await self._go_back(joined, before)
            raise

    async def leave(self, handle: str) -> None:
        """Hang up the senior's telephone. Raises ServiceError."""
        joined = self._joined.pop(handle, None)
        if joined is not None:
            await self._hang_up(joined)

    async def is_connected(self, handle: str) -> bool:
        """Return whether the senior's telephone is still in the call. Raises ServiceError.

        A snoop channel ends with the agent's channel, as a transfer ends it; the telephone would then be left in a bridge of its
        own, in silence.
        """
        if not await self._has(handle):
            return False
        joined = self._joined.get(handle)
        if joined is None or not joined.snoop or joined.mode is None:
            return True
        snoop = joined.snoop
        return await self._has(snoop) or joined.snoop != snoop or joined.mode is None  # a change of mode has ended it

    def let_stay(self, handle: str) -> None:
        """Leave the senior's telephone where it is."""
        self._joined.pop(handle, None)

    async def close(self) -> None:
        """Let go of connections."""
        if self._listening is not None:
            self._listening.cancel()
        if self._socket is not None:
            await self._socket.close()
        await self._rest.aclose()

    async def _connect(self, joined: _Joined, mode: JoinMode) -> None:
        if mode in WHISPERS:
            await self._snoop(joined, WHISPERS[mode])
            joined.mode = mode
            return
        bridge = await self._bridge_of(joined)
        await self._ask("POST", f"/bridges/{quote(bridge)}/addChannel", channel=joined.phone)
        joined.mode = JoinMode.INTERJECT
        if mode is JoinMode.TAKE_OVER:
            await self._drop_agent(joined)

    async def _drop_agent(self, joined: _Joined) -> None:
        await self._try("DELETE", f"/channels/{quote(joined.agent)}", reason="normal")
        joined.mode = JoinMode.TAKE_OVER

    async def _go_back(self, joined: _Joined, before: JoinMode | None) -> None:
        """Be in the mode that everybody was told of; a telephone that hears nothing and looks as if it did is hung up."""
        try:
            await self._release(joined)
            if before is None:
                raise ServiceError("there is no mode to go back to")
            await self._connect(joined, before)
        except CallguardError:
            with contextlib.suppress(ServiceError):
                await self.leave(joined.phone)

    async def _snoop(self, joined: _Joined, whisper: str) -> None:
        joined.snoop = f"callguard-{secrets.token_hex(8)}"
        await self._arrive(
            joined.snoop,
            "POST",
            f"/channels/{quote(joined.agent)}/snoop",
            spy="both",
            whisper=whisper,
            app=self._settings.app,
            snoopId=joined.snoop,
        )
        bridge = await self._ask("POST", "/bridges", type="mixing")
        joined.own_bridge = bridge["id"]
        await self._ask("POST", f"/bridges/{quote(joined.own_bridge)}/addChannel", channel=f"{joined.snoop},{joined.phone}")

    async def _bridge_of(self, joined: _Joined) -> str:
        """Return the call's bridge: the agent's, or the caller's where a colleague has taken the call over."""
        bridges = await self._ask("GET", "/bridges")
        for channel in (joined.agent, joined.caller):
            for bridge in bridges:
                if channel and channel in bridge["channels"]:
                    return str(bridge["id"])
        raise ServiceError("the agent's channel is in no bridge, so that nobody can be added to the call; try to whisper")

    async def _release(self, joined: _Joined) -> None:
        """Take the telephone out of what it is in."""
        joined.mode = None
        if joined.own_bridge:
            await self._try("DELETE", f"/bridges/{quote(joined.own_bridge)}")
        else:
            for bridge in await self._ask("GET", "/bridges"):
                if joined.phone in bridge["channels"]:
                    await self._ask("POST", f"/bridges/{quote(bridge['id'])}/removeChannel", channel=joined.phone)
        if joined.snoop:
            await self._try("DELETE", f"/channels/{quote(joined.snoop)}")
        joined.own_bridge = joined.snoop = ""

    async def _hang_up(self, joined: _Joined) -> None:
        if joined.own_bridge:
            await self._try("DELETE", f"/bridges/{quote(joined.own_bridge)}")
        if joined.snoop:
            await self._try("DELETE", f"/channels/{quote(joined.snoop)}")
        await self._try("DELETE", f"/channels/{quote(joined.phone)}")

    async def _arrive(self, channel: str, method: str, path: str, **query: str | int) -> None:
        """Make a channel and wait until it is in the application: only then Asterisk lets it be bridged."""
        arrived = self._arrived[channel] = asyncio.get_running_loop().create_future()
        try:
            await self._ask(method, path, **query)
            async with asyncio.timeout(ANSWER_WAIT_S):
                await arrived
        except TimeoutError as error:
            raise ServiceError("the telephone did not answer; try again or listen in the browser") from error
        finally:
            del self._arrived[channel]

    async def _has(self, channel: str) -> bool:
        try:
            await self._ask("GET", f"/channels/{quote(channel)}")
        except NotFoundError:
            return False
        return True

    async def _try(self, method: str, path: str, **query: str) -> None:
        """Ask for the end of something that may have ended already."""
        try:
            await self._ask(method, path, **query)
        except NotFoundError:
            return

    async def _ask(self, method: str, path: str, **query: str | int) -> Any:
        try:
            answer = await self._rest.request(method, path, params=query)
        except httpx.HTTPError as error:
            raise ServiceError("Asterisk's REST interface does not answer; look at join.ari.url and http.conf") from error
        if answer.status_code in {401, 403}:
            raise ServiceError("Asterisk refuses callguard's name or password; look at join.ari and ari.conf")
        if answer.status_code == 404:
            raise NotFoundError("Asterisk no longer has this channel or bridge; the call is probably over")
        if answer.is_error:
            raise ServiceError(f"Asterisk answered {answer.status_code} to {method} {path.split('/')[1]}; look at its log")
        try:
            return orjson.loads(answer.content) if answer.content else None
        except orjson.JSONDecodeError as error:
            raise ServiceError("what answers at join.ari.url is not Asterisk's REST interface; check the address") from error

    async def _listen(self) -> None:
        """Have the application's WebSocket; the application is known to Asterisk only while it is open."""
        async with self._connecting:  # a second socket of the same application would take its events from the first
            if self._listening is not None and not self._listening.done():
                return
            self._socket = await self._open_events()
            self._listening = asyncio.create_task(self._take_events(self._socket), name="Asterisk's events")

    async def _open_events(self) -> ClientConnection:
        scheme, _, rest = self._settings.url.rstrip("/").partition("://")
        url = f"{'wss' if scheme == 'https' else 'ws'}://{rest}/events?app={quote(self._settings.app)}&subscribeAll=false"
        login = httpx.BasicAuth(self._settings.user, self._secret)
        header = next(login.auth_flow(httpx.Request("GET", self._settings.url))).headers["Authorization"]
        try:
            return await connect(url, additional_headers={"Authorization": header})
        except (OSError, InvalidHandshake, InvalidURI, TimeoutError) as error:
            raise ServiceError(NO_EVENTS) from error

    async def _take_events(self, socket: ClientConnection) -> None:
        try:
            async for message in socket:
                self._take(orjson.loads(message))
        except ConnectionClosed:
            log.warning("Asterisk's events are gone; they are asked for again at the next join")
        finally:
            for waiting in self._arrived.values():
                if not waiting.done():
                    waiting.set_exception(ServiceError(NO_EVENTS))

    def _take(self, event: Json) -> None:
        channel = event.get("channel", {}).get("id", "")
        waiting = self._arrived.get(channel)
        if waiting is None or waiting.done():
            return
        if event["type"] == "StasisStart":
            waiting.set_result(None)
        elif event["type"] in {"ChannelDestroyed", "StasisEnd"}:
            waiting.set_exception(ServiceError("the telephone did not answer; try again or listen in the browser"))
