"""FreeSWITCH over its event socket: eavesdrop on the agent's leg.

Channel variables of the telephone say who hears it: `eavesdrop_whisper_bleg` lets the leg that is listened to hear it,
`eavesdrop_whisper_aleg` the other one. eavesdrop reads them when it begins, so that a change sets them and lets it begin anew.
Its own way, the digits 0 to 3, is switched off: it would take them from the senior's keypad as well, and nobody would know who
hears what. Taking over bridges the telephone with the caller's leg and hangs the agent's up.
Source: developer.signalwire.com, FreeSWITCH: mod_dptools eavesdrop, mod_event_socket; signalwire/freeswitch, mod_dptools.c.
"""

import asyncio
import contextlib
import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from callguard.errors import CallguardError, NotFoundError, ServiceError
from callguard.human_acts import JoinMode
from callguard.join.phone import Legs
from callguard.join_settings import FreeSwitchSettings
from callguard.terms import Role

CONNECT_WAIT_S: Final = 5.0
ANSWER_WAIT_S: Final = 35
LARGEST_HEADERS: Final = 65_536
AGENT_HEARS: Final = "eavesdrop_whisper_bleg"
CALLER_HEARS: Final = "eavesdrop_whisper_aleg"
HEARD_BY: Final[Mapping[JoinMode, frozenset[str]]] = {
    JoinMode.LISTEN: frozenset(),
    JoinMode.WHISPER: frozenset({AGENT_HEARS}),
    JoinMode.INTERJECT: frozenset({AGENT_HEARS, CALLER_HEARS}),
}
GONE: Final = "no such channel"


@dataclass(frozen=True, slots=True)
class _Ends:
    """The legs of a joined call."""

    agent: str
    caller: str


class FreeSwitchEavesdrop:
    """Joins by eavesdrop."""

    name = "FreeSWITCH"
    modes = frozenset(JoinMode)

    def __init__(self, settings: FreeSwitchSettings) -> None:
        self._settings = settings
        self._ends: dict[str, _Ends] = {}

    async def join(self, legs: Legs, phone: str, mode: JoinMode) -> str:
        """Call the senior's telephone and let it listen to the agent's leg. Raises ServiceError, NotFoundError."""
        ends = _Ends(legs.names.get(Role.AGENT, ""), legs.names.get(Role.CALLER, ""))
        if not ends.agent or (mode is JoinMode.TAKE_OVER and not ends.caller):
            raise ServiceError(
                "FreeSWITCH's UUIDs of this call are not known; let the dialplan POST them to /api/calls/{id}/legs"
            )
        handle = str(uuid.uuid4())
        endpoint = self._settings.endpoint.format(phone=phone)
        wishes = [f"origination_uuid={handle}", f"originate_timeout={ANSWER_WAIT_S - 5}", *_wishes(mode)]
        does = "park()" if mode is JoinMode.TAKE_OVER else f"eavesdrop({ends.agent})"
        try:
            await self._command(f"originate {{{','.join(wishes)}}}{endpoint} &{does}")
            if mode is JoinMode.TAKE_OVER:
                await self._take_over(handle, ends)
        except (CallguardError, asyncio.CancelledError):
            with contextlib.suppress(ServiceError):
                await self._hang_up(handle)
            raise
        self._ends[handle] = ends
        return handle

    async def change(self, handle: str, mode: JoinMode, legs: Legs) -> None:
        """Go on in another mode. Raises ServiceError, NotFoundError."""
        known = self._ends_of(handle)
        ends = _Ends(legs.names.get(Role.AGENT, known.agent), legs.names.get(Role.CALLER, known.caller))
        self._ends[handle] = ends
        if mode is JoinMode.TAKE_OVER:
            await self._take_over(handle, ends)
        else:
            steps = [*(f"set:{wish}" for wish in _wishes(mode)), f"eavesdrop:{ends.agent}"]
            await self._command(f"uuid_transfer {handle} {','.join(steps)} inline")

    async def leave(self, handle: str) -> None:
        """Hang up the senior's telephone. Raises ServiceError."""
        if self._ends.pop(handle, None) is not None:
            await self._hang_up(handle)

    async def is_connected(self, handle: str) -> bool:
        """Return whether the senior's telephone is still there. Raises ServiceError."""
        return (await self._command(f"uuid_exists {handle}")).strip() != "false"

    def let_stay(self, handle: str) -> None:
        """Leave the senior's telephone where it is."""
        self._ends.pop(handle, None)

    def _ends_of(self, handle: str) -> _Ends:
        if handle not in self._ends:
            raise NotFoundError("the telephone is not in this call (any more); join it again")
        return self._ends[handle]

    async def _take_over(self, handle: str, ends: _Ends) -> None:
        await self._command(f"uuid_bridge {handle} {ends.caller}")
        await self._hang_up(ends.agent)

    async def _hang_up(self, leg: str) -> None:
        """End a leg, which may have ended by itself: one whose partner is bridged elsewhere usually does."""
        try:
            await self._command(f"uuid_kill {leg}")
        except NotFoundError:
            return

    async def close(self) -> None:
        """Do nothing: every command has a connection of its own."""

    async def _command(self, command: str) -> str:
        """Return the answer to one API command, on a connection of its own: joins are rare."""
        try:
            async with asyncio.timeout(CONNECT_WAIT_S):
                reader, writer = await asyncio.open_connection(self._settings.host, self._settings.port, limit=LARGEST_HEADERS)
        except (OSError, TimeoutError) as error:
            raise ServiceError(
                "FreeSWITCH's event socket does not answer; look at join.freeswitch and event_socket.conf"
            ) from error
        try:
            async with asyncio.timeout(ANSWER_WAIT_S):
                return await self._converse(reader, writer, command)
        except (OSError, TimeoutError, EOFError, ValueError, asyncio.LimitOverrunError) as error:
            raise ServiceError("FreeSWITCH hung up before it had answered; look at its log") from error
        finally:
            writer.close()

    async def _converse(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, command: str) -> str:
        greeting, _ = await _message(reader)
        if greeting.get("content-type") != "auth/request":
            raise ServiceError("FreeSWITCH refuses callguard's address; look at apply-inbound-acl in event_socket.conf")
        writer.write(f"auth {self._settings.password.get_secret_value()}\n\n".encode())
        answer, _ = await _message(reader)
        if not answer.get("reply-text", "").startswith("+OK"):
            raise ServiceError("FreeSWITCH refuses callguard's password; look at join.freeswitch and event_socket.conf")
        writer.write(f"api {command}\n\n".encode())
        _, body = await _message(reader)
        if body.startswith("-ERR") and GONE in body.lower():
            raise NotFoundError("FreeSWITCH no longer has this leg; the call is probably over")
        if body.startswith(("-ERR", "-USAGE")):
            said = body.strip().removeprefix("-ERR").strip()[:80]
            raise ServiceError(f"FreeSWITCH answered «{said}» to {command.split(' ', maxsplit=1)[0]}; is the call still running?")
        return body


def _wishes(mode: JoinMode) -> list[str]:
    """Return the channel variables of a telephone in this mode, each said explicitly, for a change."""
    heard_by = HEARD_BY.get(mode, frozenset())
    says = {AGENT_HEARS: AGENT_HEARS in heard_by, CALLER_HEARS: CALLER_HEARS in heard_by, "eavesdrop_enable_dtmf": False}
    return [f"{name}={str(value).lower()}" for name, value in says.items()]


async def _message(reader: asyncio.StreamReader) -> tuple[dict[str, str], str]:
    """Read one message: header lines, an empty line, and a body if there is a Content-Length."""
    raw = await reader.readuntil(b"\n\n")
    lines = (line.partition(":") for line in raw.decode(errors="replace").splitlines() if line)
    headers = {name.lower(): value.strip() for name, _, value in lines}
    length = int(headers.get("content-length", 0))
    return headers, (await reader.readexactly(length)).decode(errors="replace") if length else ""
