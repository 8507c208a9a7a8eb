"""Messages arrive whole and in order however the network and the peer cut them."""

import asyncio
import os
import struct
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from functools import partial

import pytest
from websockets.asyncio.client import connect
from websockets.asyncio.server import ServerConnection, serve
from websockets.exceptions import ConnectionClosed, ConnectionClosedOK

from callguard.errors import ProtocolError
from callguard.taps.reading_rounds import ReadingRounds
from callguard.taps.streaming_socket import StreamingConnection


class Desk:
    """Takes messages until «stop»; «bad» is refused."""

    def __init__(self, rounds: ReadingRounds | None) -> None:
        self.rounds = rounds
        self.taken: list[bytes] = []
        self.end: BaseException | None = None
        self.is_over = asyncio.Event()

    def take(self, message: bytes) -> bool:
        self.taken.append(message)
        if message == b"bad":
            raise ProtocolError("bad")
        return message == b"stop"

    async def converse(self, socket: ServerConnection) -> None:
        assert isinstance(socket, StreamingConnection)
        try:
            await socket.stream_to(self.take, self.rounds)
        except (ProtocolError, ConnectionClosed) as error:
            self.end = error
        self.is_over.set()
        await socket.close()


OpenDesk = Callable[[], AbstractAsyncContextManager[tuple[Desk, int]]]


@pytest.fixture(params=["as they come", "in rounds"])
def desk(request: pytest.FixtureRequest) -> OpenDesk:
    return partial(open_desk, ReadingRounds(many=1) if request.param == "in rounds" else None)


@asynccontextmanager
async def open_desk(rounds: ReadingRounds | None) -> AsyncIterator[tuple[Desk, int]]:
    taking = Desk(rounds)
    async with serve(
        taking.converse, "127.0.0.1", 0, create_connection=StreamingConnection, compression=None, max_size=65_536
    ) as server:
        yield taking, next(iter(server.sockets)).getsockname()[1]


def frame(payload: bytes, first: int = 0x81, mask: bytes = b"\x01\x02\x03\x04") -> bytes:
    size = len(payload)
    length = bytes([0x80 | size]) if size < 126 else bytes([0xFE]) + struct.pack(">H", size)
    return bytes([first]) + length + mask + bytes(byte ^ mask[place % 4] for place, byte in enumerate(payload))


async def raw(port: int) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(
        b"GET / HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
        b"Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\nSec-WebSocket-Version: 13\r\n\r\n"
    )
    await reader.readuntil(b"\r\n\r\n")
    return reader, writer


MESSAGES = [b"a", b"", b"x" * 125, b"y" * 126, b"z" * 70, os.urandom(65_535), b"stop"]


@pytest.mark.parametrize("piece", [1, 2, 7, 1000, 1 << 20])
async def test_messages_are_the_same_however_the_bytes_are_cut(piece: int, desk: OpenDesk) -> None:
    messages = MESSAGES if piece > 2 else [message for message in MESSAGES if len(message) < 1000]
    async with desk() as (taking, port):
        reader, writer = await raw(port)
        sent = b"".join(map(frame, messages))
        for start in range(0, len(sent), piece):
            writer.write(sent[start : start + piece])
            await writer.drain()
            await asyncio.sleep(0)
        await taking.is_over.wait()
        assert taking.taken == messages
        assert taking.end is None
        assert (await reader.read(1))[0] == 0x88  # a close frame
        writer.close()


async def test_pings_between_messages_are_answered(desk: OpenDesk) -> None:
    async with desk() as (taking, port):
        reader, writer = await raw(port)
        writer.write(frame(b"one") + frame(b"are you there", first=0x89) + frame(b"two"))
        assert await reader.readexactly(15) == b"\x8a\x0dare you there"
        assert taking.taken == [b"one", b"two"]
        writer.close()


async def test_a_message_in_several_frames_comes_whole_and_what_follows_too(desk: OpenDesk) -> None:
    async with desk() as (taking, port):
        _, writer = await raw(port)
        writer.write(frame(b"one") + frame(b"tw", first=0x01) + frame(b"o", first=0x80) + frame(b"three") + frame(b"stop"))
        await taking.is_over.wait()
        assert taking.taken == [b"one", b"two", b"three", b"stop"]
        writer.close()


async def test_frames_on_the_heels_of_the_handshake_are_taken(desk: OpenDesk) -> None:
    async with desk() as (taking, port), connect(f"ws://127.0.0.1:{port}", compression=None) as socket:
        await socket.send("early")
        await socket.send("stop")
        await taking.is_over.wait()
        assert taking.taken == [b"early", b"stop"]


async def test_what_the_taker_refuses_ends_the_stream_and_nothing_more_is_taken(desk: OpenDesk) -> None:
    async with desk() as (taking, port):
        _, writer = await raw(port)
        writer.write(frame(b"bad") + frame(b"more"))
        await taking.is_over.wait()
        assert isinstance(taking.end, ProtocolError)
        assert taking.taken == [b"bad"]
        writer.close()


@pytest.mark.parametrize(("sent", "code"), [(b"\x81\x05hello", 1002), (b"\x81\xff" + b"\0" * 5 + b"\x02\0\0" + b"\0" * 4, 1009)])
async def test_what_breaks_the_protocol_or_is_too_long_is_refused(sent: bytes, code: int, desk: OpenDesk) -> None:
    async with desk() as (taking, port):
        reader, writer = await raw(port)
        writer.write(frame(b"one") + sent)
        answer = await reader.readexactly(4)
        assert (answer[0], int.from_bytes(answer[2:4])) == (0x88, code)
        writer.close()  # a peer that stays is waited for
        await taking.is_over.wait()
        assert isinstance(taking.end, ConnectionClosed)


async def test_a_goodbye_and_a_lost_connection_are_told(desk: OpenDesk) -> None:
    async with desk() as (taking, port):
        async with connect(f"ws://127.0.0.1:{port}", compression=None) as socket:
            await socket.send("one")
        await taking.is_over.wait()
        assert isinstance(taking.end, ConnectionClosedOK)
    async with desk() as (taking, port):
        _, writer = await raw(port)
        writer.write(frame(b"one") + frame(b"cut off")[:4])
        await writer.drain()
        writer.transport.abort()
        await taking.is_over.wait()
        assert isinstance(taking.end, ConnectionClosed)
