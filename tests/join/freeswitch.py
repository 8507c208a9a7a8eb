"""FreeSWITCH's event socket as far as joins need it: auth, api, and answers as mod_event_socket frames them."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

DIGITS = {"0": frozenset[str](), "1": frozenset({"caller"}), "2": frozenset({"agent"}), "3": frozenset({"agent", "caller"})}
"""What the keys do in an eavesdrop."""


@dataclass
class FakeFreeSwitch:
    """Legs by UUID; a telephone's leg says on whom it eavesdrops and who hears it."""

    legs: set[str] = field(default_factory=lambda: {"a-leg", "b-leg"})
    eavesdrops: dict[str, tuple[str, frozenset[str]]] = field(default_factory=dict)
    variables: dict[str, dict[str, str]] = field(default_factory=dict)
    bridged: list[tuple[str, str]] = field(default_factory=list)
    password: str = "ClueCon"
    refuses_address: bool = False
    hangs_up_after_bridge: bool = False
    """Whether the agent's leg ends by itself when the caller is bridged elsewhere: hangup_after_bridge of the usual dialplan."""

    @asynccontextmanager
    async def served(self) -> AsyncIterator[int]:
        """Listen on a free port of the loopback interface and lend it."""
        server = await asyncio.start_server(self._converse, "127.0.0.1", 0)
        async with server:
            yield server.sockets[0].getsockname()[1]

    async def _converse(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            if self.refuses_address:
                writer.write(b"Content-Type: text/rude-rejection\nContent-Length: 24\n\nAccess Denied, go away.\n")
                return
            writer.write(b"Content-Type: auth/request\n\n")
            said = (await reader.readuntil(b"\n\n")).decode().strip()
            if said != f"auth {self.password}":
                writer.write(b"Content-Type: command/reply\nReply-Text: -ERR invalid\n\n")
                return
            writer.write(b"Content-Type: command/reply\nReply-Text: +OK accepted\n\n")
            name, _, rest = (await reader.readuntil(b"\n\n")).decode().strip().removeprefix("api ").partition(" ")
            body = self._api(name, rest)
            writer.write(f"Content-Type: api/response\nContent-Length: {len(body)}\n\n{body}".encode())
        except asyncio.IncompleteReadError:
            pass
        finally:
            writer.close()

    def press(self, leg: str, digit: str) -> None:
        """Press a key of the telephone: eavesdrop takes it for a mode unless its channel says that it may not."""
        target, heard_by = self.eavesdrops[leg]
        if self.variables[leg].get("eavesdrop_enable_dtmf", "true") == "true":
            self.eavesdrops[leg] = (target, DIGITS.get(digit, heard_by))

    def _api(self, name: str, rest: str) -> str:
        arguments = rest.split(" ")
        if name == "originate":
            return self._originate(rest)
        if name == "uuid_exists":
            return str(arguments[0] in self.legs).lower()
        if arguments[0] not in self.legs:
            return "-ERR No such channel!\n" if name == "uuid_kill" else "-ERR no such channel\n"
        if name == "uuid_kill":
            self._end(arguments[0])
        elif name == "uuid_transfer" and arguments[2] == "inline":
            self.eavesdrops.pop(arguments[0], None)
            for step in arguments[1].split(","):
                application, _, argument = step.partition(":")
                if application == "set":
                    variable, _, value = argument.partition("=")
                    self.variables[arguments[0]][variable] = value
                else:
                    self._eavesdrop(arguments[0], argument)
        elif name == "uuid_bridge":
            if arguments[1] not in self.legs:
                return "-ERR Invalid uuid\n"
            self.eavesdrops.pop(arguments[0], None)
            self.bridged.append((arguments[0], arguments[1]))
            if self.hangs_up_after_bridge:
                self._end("b-leg")
        else:
            return f"-ERR {name} command not found\n"
        return "+OK\n"

    def _originate(self, rest: str) -> str:
        wishes, _, dialled = rest.removeprefix("{").partition("}")
        phone, _, application = dialled.partition(" ")
        if not phone.startswith("user/1"):
            return "-ERR USER_NOT_REGISTERED\n"
        variables = dict(wish.split("=") for wish in wishes.split(","))
        leg = variables["origination_uuid"]
        self.legs.add(leg)
        self.variables[leg] = variables
        if application != "&park()":
            self._eavesdrop(leg, application.removeprefix("&eavesdrop(").removesuffix(")"))
        return f"+OK {leg}\n"

    def _eavesdrop(self, leg: str, target: str) -> None:
        """Begin as mod_dptools does: who hears the telephone is read now."""
        if target not in self.legs:
            self._end(leg)
            return
        says = self.variables[leg]
        heard_by = {
            who
            for who, name in (("agent", "eavesdrop_whisper_bleg"), ("caller", "eavesdrop_whisper_aleg"))
            if says.get(name) == "true"
        }
        self.eavesdrops[leg] = (target, frozenset(heard_by))

    def _end(self, leg: str) -> None:
        self.legs.discard(leg)
        self.eavesdrops.pop(leg, None)
