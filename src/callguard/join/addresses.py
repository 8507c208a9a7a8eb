"""Which own addresses and UDP ports browsers are offered; aiortc has no settings for either."""

import asyncio
import errno
import logging
import socket
from collections.abc import Iterator
from typing import Final

from aioice import Candidate
from aioice.candidate import candidate_foundation, candidate_priority
from aioice.ice import Connection, StunProtocol
from aiortc import RTCPeerConnection

from callguard.errors import CapacityError
from callguard.join_settings import JoinSettings

log = logging.getLogger(__name__)

OF_THE_PORT: Final = frozenset({errno.EADDRINUSE, errno.EACCES})
"""Of an address that may have another one."""
RECEIVE_BUFFER: Final = 262_144  # bytes: what aioice asks for too


def restrict_candidates(peer: RTCPeerConnection, settings: JoinSettings) -> None:
    """Let a connection that has not gathered yet use only the addresses and ports of the settings."""
    for connection in _ice_connections(peer):
        _restrict(connection, settings)


def _restrict(connection: Connection, settings: JoinSettings) -> None:
    gather = connection.get_component_candidates

    async def gather_chosen(component: int, addresses: list[str], timeout: int = 5) -> list[Candidate]:  # noqa: ASYNC109
        chosen = list(settings.addresses) or addresses
        if not settings.first_port:
            return await gather(component, chosen, timeout)
        own = await _bind_all(connection, component, chosen, settings)
        return own + await gather(component, [], timeout)  # relays, if a TURN server is set

    connection.get_component_candidates = gather_chosen  # type: ignore[method-assign]  # aiortc makes the connection itself


def publish_address(sdp: str, public_ip: str) -> str:
    """Return an answer that names the address outside a 1:1 NAT beside each own one."""
    if not public_ip:
        return sdp
    lines: list[str] = []
    for line in sdp.splitlines(keepends=True):
        lines.append(line)
        fields = line.split(" ")
        if line.startswith("a=candidate:") and "typ host" in line and ":" not in fields[4]:
            lines.append(" ".join([f"{fields[0]}1", *fields[1:4], public_ip, *fields[5:]]))
    return "".join(lines)


def _ice_connections(peer: RTCPeerConnection) -> Iterator[Connection]:
    transports = {one.receiver.transport for one in peer.getTransceivers()}
    if peer.sctp is not None:
        transports.add(peer.sctp.transport)
    for transport in transports:
        yield transport.transport.iceGatherer._connection  # noqa: SLF001  # its only way in


async def _bind_all(connection: Connection, component: int, addresses: list[str], settings: JoinSettings) -> list[Candidate]:
    """Return a candidate for each address that can be had. Raises CapacityError if none can."""
    own, troubles = list[Candidate](), dict[str, OSError]()
    for address in addresses:
        try:
            own.append(await _bind(connection, component, address, settings))
        except OSError as error:
            troubles[address] = error
            log.warning("an address is not offered to browsers", extra={"address": address, "cause": error.strerror})
    if own or not troubles:
        return own
    address, trouble = next(iter(troubles.items()))
    if trouble.errno == errno.EADDRINUSE:
        raise CapacityError(f"no UDP port of join.first_port to join.last_port is free on {address}; widen them")
    raise CapacityError(f"{address} cannot be bound for browsers ({trouble.strerror}); mend join.addresses")


async def _bind(connection: Connection, component: int, address: str, settings: JoinSettings) -> Candidate:
    """Bind the first port that is free. Raises OSError where none is, or where it is not for want of one."""
    loop = asyncio.get_running_loop()
    trouble = OSError()
    for port in range(settings.first_port, max(settings.first_port, settings.last_port) + 1):
        try:
            transport, protocol = await loop.create_datagram_endpoint(
                lambda: StunProtocol(connection), local_addr=(address, port)
            )
        except OSError as error:
            trouble = error
            if error.errno in OF_THE_PORT:
                continue
            break
        bound: socket.socket = transport.get_extra_info("socket")
        bound.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, RECEIVE_BUFFER)
        protocol.local_candidate = Candidate(
            foundation=candidate_foundation("host", "udp", address),
            component=component,
            transport="udp",
            priority=candidate_priority(component, "host"),
            host=address,
            port=port,
            type="host",
        )
        connection._protocols.append(protocol)  # noqa: SLF001  # what its own gathering does
        return protocol.local_candidate
    raise trouble
