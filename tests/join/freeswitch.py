"""FreeSWITCH's event socket as far as joins need it: auth, api, and answers as mod_event_socket frames them."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field


@dataclass
class FakeFreeSwitch:
    """Legs by UUID; a telephone's leg says on whom it eavesdrops and in which mode."""

    legs: set[str] = field(default_factory=lambda: {"a-leg", "b-leg"})
    eavesdrops: dict[str, tuple[str, str]] = field(default_factory=dict)
    bridged: list[tuple[str, str]] = field(default_factory=list)
    password: str = "ClueCon"
    refuses_address: bool = False

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

    def _api(self, name: str, rest: str) -> str:
        arguments = rest.split(" ")
        if name == "originate":
            wishes, _, dialled = rest.removeprefix("{").partition("}")
            phone, _, app = dialled.partition(" ")
            if not phone.startswith("user/1"):
                return "-ERR USER_NOT_REGISTERED\n"
            leg = dict(wish.split("=") for wish in wishes.split(","))["origination_uuid"]
            self.legs.add(leg)
            self.eavesdrops[leg] = (app.removeprefix("&eavesdrop(").removesuffix(")"), "0")
            return f"+OK {leg}\n"
        if arguments[0] not in self.legs:
            return "-ERR No such channel!\n" if name == "uuid_kill" else "-ERR no such channel\n"
        if name == "uuid_kill":
            self.legs.discard(arguments[0])
            self.eavesdrops.pop(arguments[0], None)
        elif name == "uuid_recv_dtmf":
            self.eavesdrops[arguments[0]] = (self.eavesdrops[arguments[0]][0], arguments[1])
        elif name == "uuid_bridge":
            self.eavesdrops.pop(arguments[0], None)
            self.bridged.append((arguments[0], arguments[1]))
        else:
            return f"-ERR {name} command not found\n"
        return "+OK\n"
