"""FreeSWITCH over its event socket: eavesdrop on the agent's leg, modes by the DTMF digits of mod_dptools.

In an eavesdrop 2 speaks to the leg that is listened to, 1 to the other one, 3 to both, and 0 to nobody. Taking over bridges the
telephone with the caller's leg and hangs the agent's up. Source: developer.signalwire.com, FreeSWITCH: mod_dptools eavesdrop and
mod_event_socket.
"""

import asyncio
import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from callguard.errors import ServiceError
from callguard.human_acts import JoinMode
from callguard.join.phone import Legs
from callguard.join_settings import FreeSwitchSettings
from callguard.terms import Role

CONNECT_WAIT_S: Final = 5.0
ANSWER_WAIT_S: Final = 35
LARGEST_HEADERS: Final = 65_536
DIGITS: Final[Mapping[JoinMode, str]] = {JoinMode.LISTEN: "0", JoinMode.WHISPER: "2", JoinMode.INTERJECT: "3"}


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
        """Call the senior's telephone and let it listen to the agent's leg. Raises ServiceError."""
        ends = _Ends(legs.names.get(Role.AGENT, ""), legs.names.get(Role.CALLER, ""))
        if not ends.agent or (mode is JoinMode.TAKE_OVER and not ends.caller):
            raise ServiceError(
                "FreeSWITCH's UUIDs of this call are not known; let the dialplan POST them to /api/calls/{id}/legs"
            )
        handle = str(uuid.uuid4())
        endpoint = self._settings.endpoint.format(phone=phone)
        wishes = f"origination_uuid={handle},originate_timeout={ANSWER_WAIT_S - 5},eavesdrop_enable_dtmf=true"
        await self._command(f"originate {{{wishes}}}{endpoint} &eavesdrop({ends.agent})")
        self._ends[handle] = ends
        if mode is not JoinMode.LISTEN:
            await self.change(handle, mode)
        return handle

    async def change(self, handle: str, mode: JoinMode) -> None:
        """Go on in another mode. Raises ServiceError."""
        ends = self._ends[handle]
        if mode is JoinMode.TAKE_OVER:
            await self._command(f"uuid_bridge {handle} {ends.caller}")
            await self._command(f"uuid_kill {ends.agent}")
        else:
            # uuid_recv_dtmf: as if the telephone itself had sent it; uuid_send_dtmf would play it to the senior's ear.
            await self._command(f"uuid_recv_dtmf {handle} {DIGITS[mode]}")

    async def leave(self, handle: str) -> None:
        """Hang up the senior's telephone. Raises ServiceError."""
        if self._ends.pop(handle, None) is not None:
            await self._command(f"uuid_kill {handle}")

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
        except (OSError, TimeoutError, EOFError, ValueError) as error:
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
        if body.startswith(("-ERR", "-USAGE")):
            said = body.strip().removeprefix("-ERR").strip()[:80]
            raise ServiceError(f"FreeSWITCH answered «{said}» to {command.split(' ', maxsplit=1)[0]}; is the call still running?")
        return body


async def _message(reader: asyncio.StreamReader) -> tuple[dict[str, str], str]:
    """Read one message: header lines, an empty line, and a body if there is a Content-Length."""
    raw = await reader.readuntil(b"\n\n")
    lines = (line.partition(":") for line in raw.decode(errors="replace").splitlines() if line)
    headers = {name.lower(): value.strip() for name, _, value in lines}
    length = int(headers.get("content-length", 0))
    return headers, (await reader.readexactly(length)).decode(errors="replace") if length else ""
