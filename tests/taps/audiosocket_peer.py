"""A caller's end of the AudioSocket tap, for the contract tests: a connection for each party, over real TCP."""

import asyncio
import socket
import struct
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

from callguard.settings import AudioSocketSettings
from callguard.taps.audiosocket import AudioSocketTap
from callguard.taps.audiosocket_wire import HANGUP, IDENTITY, MessageReader, call_id_of, pack, write_identity
from callguard.terms import Role, Samples
from tests.clocks import HandClock
from tests.fakes import RecordingSink
from tests.taps.peers import FRAME_MS, WAIT_S, heard, level, opened, stoppable

AUDIO_8K = 0x10


def slin(samples: Samples) -> bytes:
    """Return samples as 16-bit little-endian."""
    return (samples * 32768).astype("<i2").tobytes()


class AudioSocketLine:
    """Both parties' connections; AudioSocket has no timestamps, so that speaking takes time on the tap's clock."""

    def __init__(self, call_id: str, peer: "AudioSocketPeer", writers: dict[Role, asyncio.StreamWriter]) -> None:
        self.call_id, self._peer, self.writers, self._said = call_id, peer, writers, 0

    async def speak(self, milliseconds: int) -> None:
        for _ in range(milliseconds // FRAME_MS):
            await self._peer.clock.advance(FRAME_MS / 1000)
            for role, writer in self.writers.items():
                payload = slin(level(role))
                writer.write(pack(AUDIO_8K, payload))
            self._said += len(payload)
            await self._caught_up()

    async def _caught_up(self) -> None:
        session = await opened(self._peer.sink, self.call_id)
        await heard(session, lambda: all(len(session.audio(role)) >= self._said for role in self.writers))

    async def lose(self, milliseconds: int) -> None:
        await self._peer.clock.advance(milliseconds / 1000)

    async def hang_up(self) -> None:
        for writer in self.writers.values():
            writer.write(pack(HANGUP))
            writer.close()

    async def break_off(self) -> None:
        for writer in self.writers.values():
            reset(writer)


def reset(writer: asyncio.StreamWriter) -> None:
    """Break a TCP connection so that the other side sees a reset."""
    writer.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    writer.transport.abort()


class AudioSocketPeer:
    refusal_of_garbage = "ff 02"
    refusal_when_full = "ff 04"
    writes_log = True
    rate_hz = 8000

    def __init__(self, tap: AudioSocketTap, sink: RecordingSink, stop: Callable[[], object], clock: HandClock) -> None:
        self.tap, self.sink, self._stop, self.clock = tap, sink, stop, clock
        self._writers: list[asyncio.StreamWriter] = []

    async def connect(self, *data: bytes) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        host, _, port = self.tap.address.rpartition(":")
        reader, writer = await asyncio.open_connection(host, int(port))
        self._writers.append(writer)
        for piece in data:
            writer.write(piece)
        return reader, writer

    def disconnect(self) -> None:
        for writer in self._writers:
            writer.close()

    async def call(self, number: int) -> AudioSocketLine:
        call_id, writers = call_id_of(number), {}
        for role in (Role.CALLER, Role.AGENT):
            _, writers[role] = await self.connect(pack(IDENTITY, write_identity(call_id, role)))
        line = AudioSocketLine(call_id, self, writers)
        await line.speak(FRAME_MS)
        return line

    async def babble(self) -> str:
        return await self._answer(b"GET / HTTP/1.1\r\n\r\n")

    async def knock(self) -> str:
        return await self._answer(pack(IDENTITY, write_identity(call_id_of(99), Role.CALLER)))

    async def _answer(self, data: bytes) -> str:
        reader, writer = await self.connect(data)
        async with asyncio.timeout(WAIT_S):
            answer = await reader.read()
        writer.close()
        (message,) = MessageReader().push(answer)
        return f"{message.kind:02x} {message.payload.hex()}"

    async def stop(self) -> None:
        self._stop()


@asynccontextmanager
async def audiosocket_peer(sink: RecordingSink) -> AsyncIterator[AudioSocketPeer]:
    clock = HandClock()
    tap = AudioSocketTap(AudioSocketSettings(port=0), clock)
    async with stoppable(tap, sink) as stop:
        peer = AudioSocketPeer(tap, sink, stop, clock)
        yield peer
        peer.disconnect()
