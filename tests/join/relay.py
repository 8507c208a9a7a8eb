"""A TURN server over UDP that keeps to RFC 8656 as far as a call needs it, and counts what it relays."""

import asyncio
import base64
import hmac
import struct
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Final, cast

from aioice import stun
from aioice.turn import is_channel_data, make_integrity_key

Address = tuple[str, int]

HOST: Final = "127.0.0.1"
REALM: Final = "callguard.test"
NONCE: Final = b"once"
LIFETIME_S: Final = 600
UDP: Final = 17
UNAUTHORIZED, BAD_REQUEST, FORBIDDEN, MISMATCH = (
    (401, "Unauthorized"),
    (400, "Bad Request"),
    (403, "Forbidden"),
    (437, "Mismatch"),
)


class _Relayed(asyncio.DatagramProtocol):
    """The address that stands for one client."""

    def __init__(self, client: Address, turn: "TurnServer") -> None:
        self.client, self._turn = client, turn
        self.allowed: set[str] = set()
        self.channels: dict[int, Address] = {}
        self.transport: asyncio.DatagramTransport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = cast("asyncio.DatagramTransport", transport)

    def datagram_received(self, data: bytes, addr: Address) -> None:
        if addr[0] in self.allowed:  # RFC 8656, 11.3: from others it is dropped
            self._turn.bring(self, data, addr)

    def send(self, data: bytes, peer: Address) -> None:
        if peer[0] in self.allowed and self.transport is not None:
            self._turn.relayed += 1
            self.transport.sendto(data, peer)


@dataclass
class TurnServer(asyncio.DatagramProtocol):
    """Knows users whose names and passwords are made with one secret, or one user by name."""

    secret: str = ""
    user: str = ""
    password: str = ""
    relayed: int = 0
    """Datagrams that went through it."""
    users: set[str] = field(default_factory=set)
    """User names that have shown a right password."""
    _clients: dict[Address, _Relayed] = field(default_factory=dict)
    _allocating: list[asyncio.Future[None]] = field(default_factory=list)
    _transport: asyncio.DatagramTransport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.DatagramTransport", transport)

    def close(self) -> None:
        for relayed in self._clients.values():
            if relayed.transport is not None:
                relayed.transport.close()

    def datagram_received(self, data: bytes, addr: Address) -> None:
        if is_channel_data(data):
            channel, length = struct.unpack("!HH", data[:4])
            if (relayed := self._clients.get(addr)) and (peer := relayed.channels.get(channel)):
                relayed.send(data[4 : 4 + length], peer)
            return
        message = stun.parse_message(data)
        if message.message_class is stun.Class.INDICATION:
            if relayed := self._clients.get(addr):
                relayed.send(message.attributes["DATA"], message.attributes["XOR-PEER-ADDRESS"])
            return
        if message.message_method is stun.Method.BINDING:
            self._answer(message, addr, {"XOR-MAPPED-ADDRESS": addr})
            return
        key = self._key(message)
        if key is None:
            self._refuse(message, addr, UNAUTHORIZED)
        elif message.message_method is stun.Method.ALLOCATE:
            self._allocating.append(asyncio.ensure_future(self._allocate(message, addr, key)))
        elif addr not in self._clients:
            self._refuse(message, addr, MISMATCH)
        else:
            self._carry_out(message, addr, key)

    def bring(self, relayed: _Relayed, data: bytes, peer: Address) -> None:
        """Pass on to a client what came to its address: on the peer's channel, else as an indication."""
        self.relayed += 1
        assert self._transport is not None
        for channel, bound in relayed.channels.items():
            if bound == peer:
                self._transport.sendto(struct.pack("!HH", channel, len(data)) + data, relayed.client)
                return
        told = stun.Message(stun.Method.DATA, stun.Class.INDICATION, attributes={"XOR-PEER-ADDRESS": peer, "DATA": data})
        self._transport.sendto(bytes(told), relayed.client)

    def _key(self, message: stun.Message) -> bytes | None:
        """Return the key of who asks, None if they have shown no right password."""
        username = str(message.attributes.get("USERNAME", ""))
        password = self.password if username == self.user else ""
        if self.secret:
            password = base64.b64encode(hmac.digest(self.secret.encode(), username.encode(), "sha1")).decode()
        if not username or not password or message.attributes.get("NONCE") != NONCE:
            return None
        key = make_integrity_key(username, REALM, password)
        if not message.check_message_integrity(key):
            return None
        self.users.add(username)
        return key

    async def _allocate(self, message: stun.Message, addr: Address, key: bytes) -> None:
        if message.attributes.get("REQUESTED-TRANSPORT", 0) >> 24 != UDP:
            self._refuse(message, addr, BAD_REQUEST)
            return
        if addr not in self._clients:
            relayed = self._clients[addr] = _Relayed(addr, self)
            await asyncio.get_running_loop().create_datagram_endpoint(lambda: relayed, local_addr=(HOST, 0))
        bound = self._clients[addr].transport
        assert bound is not None
        own = {"XOR-RELAYED-ADDRESS": bound.get_extra_info("sockname"), "XOR-MAPPED-ADDRESS": addr, "LIFETIME": LIFETIME_S}
        self._answer(message, addr, own, key)

    def _carry_out(self, message: stun.Message, addr: Address, key: bytes) -> None:
        relayed = self._clients[addr]
        peer = message.attributes.get("XOR-PEER-ADDRESS")
        if message.message_method is stun.Method.REFRESH:
            if message.attributes.get("LIFETIME") == 0:
                del self._clients[addr]
                assert relayed.transport is not None
                relayed.transport.close()
            self._answer(message, addr, {"LIFETIME": message.attributes.get("LIFETIME", LIFETIME_S)}, key)
        elif peer is None or peer[0] != HOST:
            self._refuse(message, addr, FORBIDDEN)
        else:
            relayed.allowed.add(peer[0])
            if message.message_method is stun.Method.CHANNEL_BIND:
                relayed.channels[message.attributes["CHANNEL-NUMBER"]] = peer
            self._answer(message, addr, {}, key)

    def _answer(self, to: stun.Message, addr: Address, attributes: dict[str, object], key: bytes | None = None) -> None:
        self._send(stun.Message(to.message_method, stun.Class.RESPONSE, to.transaction_id, dict(attributes)), addr, key)

    def _refuse(self, to: stun.Message, addr: Address, why: tuple[int, str]) -> None:
        attributes: dict[str, object] = {"ERROR-CODE": why, "REALM": REALM, "NONCE": NONCE}
        self._send(stun.Message(to.message_method, stun.Class.ERROR, to.transaction_id, attributes), addr, None)

    def _send(self, message: stun.Message, addr: Address, key: bytes | None) -> None:
        if key is not None:
            message.add_message_integrity(key)
        assert self._transport is not None
        self._transport.sendto(bytes(message), addr)


@asynccontextmanager
async def turn_server(make: Callable[[], TurnServer]) -> AsyncIterator[tuple[TurnServer, str]]:
    """Lend a TURN server on a free port, and its `turn:` address."""
    transport, served = await asyncio.get_running_loop().create_datagram_endpoint(make, local_addr=(HOST, 0))
    try:
        yield served, f"turn:{HOST}:{transport.get_extra_info('sockname')[1]}?transport=udp"
    finally:
        served.close()
        transport.close()
