"""Callers' ends of the taps, for the contract tests: what a telephone system does, over real sockets or with a real file."""

import asyncio
import json
import socket
import struct
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import Protocol

import numpy as np
import pytest
import soundfile
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed

from callguard.clock import Clock
from callguard.errors import AudioFormatError, CapacityError, InputError
from callguard.media.g711 import encode_mulaw
from callguard.settings import AudioSocketSettings, TwilioSettings, WebRtcSettings
from callguard.taps.audiosocket import AudioSocketTap
from callguard.taps.audiosocket_wire import HANGUP, IDENTITY, MessageReader, call_id_of, pack, write_identity
from callguard.taps.file import FileTap
from callguard.taps.pulled_voice import PulledVoice
from callguard.taps.tap import Tap
from callguard.taps.twilio import TwilioTap
from callguard.taps.twilio_client import media_message, start_message
from callguard.taps.webrtc import Party, WebRtcTap
from callguard.terms import Role, Samples
from tests.clocks import HandClock
from tests.fakes import RecordingSession, RecordingSink

FRAME_MS = 20
LEVELS = {Role.CALLER: 0.25, Role.AGENT: -0.5}
"""What the two parties say: a constant each, so that a swapped or mixed channel shows."""
AUDIO_8K = 0x10
WAIT_S = 5.0


def level(role: Role, milliseconds: int = FRAME_MS) -> Samples:
    """Return what a party says for so long, at 8 kHz."""
    return np.full(8 * milliseconds, LEVELS[role], np.float32)


def slin(samples: Samples) -> bytes:
    """Return samples as 16-bit little-endian."""
    return (samples * 32768).astype("<i2").tobytes()


async def heard(session: RecordingSession, done: Callable[[], bool]) -> None:
    """Wait until what the session has heard is enough."""
    async with asyncio.timeout(WAIT_S):
        while not done():
            session.has_heard.clear()
            await session.has_heard.wait()


async def ended(session: RecordingSession) -> None:
    """Wait for the end of a call."""
    async with asyncio.timeout(WAIT_S):
        await session.has_ended.wait()


@asynccontextmanager
async def serving(tap: Tap, sink: RecordingSink) -> AsyncIterator[None]:
    """Run a listening tap until the block ends."""
    up = asyncio.Event()
    task = asyncio.create_task(tap.serve(sink, up.set))
    started = asyncio.create_task(up.wait())
    await asyncio.wait([task, started], return_when=asyncio.FIRST_COMPLETED)
    started.cancel()
    try:
        if task.done():
            await task
        yield
    finally:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task


class Line(Protocol):
    """One call, seen from the telephone system."""

    call_id: str

    async def speak(self, milliseconds: int) -> None:
        """Send what both parties say."""
        ...

    async def lose(self, milliseconds: int) -> None:
        """Let both parties speak without sending it."""
        ...

    async def hang_up(self) -> None:
        """Say goodbye in the protocol's own way."""
        ...

    async def break_off(self) -> None:
        """Go away without a word."""
        ...


class Peer(Protocol):
    """A telephone system that is connected to one kind of tap."""

    sink: RecordingSink
    refusal_of_garbage: str
    refusal_when_full: str
    writes_log: bool
    rate_hz: int

    async def call(self, number: int) -> Line:
        """Begin a call."""
        ...

    async def babble(self) -> str:
        """Send what is not the protocol and return how it was refused."""
        ...

    async def knock(self) -> str:
        """Begin a call that is refused, and return how."""
        ...

    async def stop(self) -> None:
        """Stop the tap."""
        ...


class TwilioLine:
    def __init__(self, link: ClientConnection, call_id: str) -> None:
        self.link, self.call_id, self._chunk = link, call_id, 0

    async def speak(self, milliseconds: int) -> None:
        for _ in range(milliseconds // FRAME_MS):
            self._chunk += 1
            for track, role in (("inbound", Role.CALLER), ("outbound", Role.AGENT)):
                payload = encode_mulaw(level(role))
                at_ms = (self._chunk - 1) * FRAME_MS
                await self.link.send(media_message("MZ1", 0, track=track, chunk=self._chunk, timestamp_ms=at_ms, payload=payload))

    async def lose(self, milliseconds: int) -> None:
        self._chunk += milliseconds // FRAME_MS

    async def hang_up(self) -> None:
        await self.link.send(json.dumps({"event": "stop", "stop": {"callSid": self.call_id}}))
        await self.link.wait_closed()

    async def break_off(self) -> None:
        self.link.transport.abort()
        await self.link.wait_closed()


class TwilioPeer:
    refusal_of_garbage = "1007"
    refusal_when_full = "1013"
    writes_log = True
    rate_hz = 8000

    def __init__(self, tap: TwilioTap, sink: RecordingSink, stop: Callable[[], object]) -> None:
        self.tap, self.sink, self._stop = tap, sink, stop

    async def _begin(self, number: int) -> tuple[ClientConnection, str]:
        link, call_id = await connect(self.tap.address), f"CA{number}"
        await link.send(json.dumps({"event": "connected"}))
        await link.send(json.dumps(start_message(call_id, ["inbound", "outbound"], {})))
        return link, call_id

    async def call(self, number: int) -> TwilioLine:
        line = TwilioLine(*await self._begin(number))
        await line.speak(FRAME_MS)
        await _opened(self.sink, line.call_id)
        return line

    async def babble(self) -> str:
        return await _close_code(await connect(self.tap.address), "How do you do?")

    async def knock(self) -> str:
        link, _ = await self._begin(99)
        return await _close_code(link)

    async def stop(self) -> None:
        self._stop()


async def _close_code(link: ClientConnection, message: str = "") -> str:
    with suppress(ConnectionClosed):
        if message:
            await link.send(message)
        async with asyncio.timeout(WAIT_S):
            await link.recv()
    return str(link.close_code)


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
        session = await _opened(self._peer.sink, self.call_id)
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


class FileLine:
    """Writes down what is said and plays it when the call is over: a file has no other way."""

    def __init__(self, file: Path, clock: Clock, sink: RecordingSink) -> None:
        self.call_id, self._file, self._clock, self._sink = file.stem, file, clock, sink
        self._said_ms = FRAME_MS

    async def speak(self, milliseconds: int) -> None:
        self._said_ms += milliseconds

    async def lose(self, milliseconds: int) -> None:
        pytest.skip(f"a file cannot lose {milliseconds} ms on its way")

    async def hang_up(self) -> None:
        self._write()
        await self._play()

    async def break_off(self) -> None:
        self._write()
        whole = self._file.read_bytes()
        self._file.write_bytes(whole[: len(whole) * 2 // 3])
        with pytest.raises(AudioFormatError, match="copy it again"):
            await self._play()

    def _write(self) -> None:
        noise = np.random.default_rng(1).normal(0, 0.001, (8 * self._said_ms, 2))  # so that FLAC has something to write
        parties = np.stack([level(role, self._said_ms) for role in (Role.CALLER, Role.AGENT)], axis=1)
        soundfile.write(self._file, parties + noise, 8000)

    async def _play(self) -> None:
        await FileTap(self._file, self._clock, speed=None).serve(self._sink, lambda: None)


class FilePeer:
    refusal_of_garbage = "audio_format"
    refusal_when_full = "capacity"
    writes_log = False
    """The error itself is what the command line prints."""
    rate_hz = 8000

    def __init__(self, folder: Path, clock: Clock, sink: RecordingSink) -> None:
        self._folder, self._clock, self.sink = folder, clock, sink

    async def call(self, number: int) -> FileLine:
        return FileLine(self._folder / f"call{number}.flac", self._clock, self.sink)

    async def babble(self) -> str:
        file = self._folder / "garbage.wav"
        file.write_bytes(b"How do you do?" * 100)
        with pytest.raises(AudioFormatError) as refused:
            FileTap(file, self._clock)
        return refused.value.code

    async def knock(self) -> str:
        line = await self.call(99)
        with pytest.raises(CapacityError) as refused:
            await line.hang_up()
        return refused.value.code

    async def stop(self) -> None:
        pytest.skip("a file played as fast as it goes is over before it can be stopped")


class PlainBrowser:
    """A browser's connection without a network: it is connected as soon as it is answered."""

    def __init__(self, on_voice: Callable[[Samples], None], on_state: Callable[[str], None]) -> None:
        self.on_voice, self.on_state = on_voice, on_state

    async def answer(self, offer: str) -> str:
        """Take only what calls itself an offer."""
        if offer != "offer":
            raise InputError("the offer cannot be read")
        return "answer"

    async def close(self) -> None:
        """Say that it is closed, as the real one does."""
        self.on_state("closed")


class WebRtcLine:
    """Both parties' browsers; Opus has no call time, so that speaking takes time on the tap's clock."""

    def __init__(self, call_id: str, peer: "WebRtcPeer", lines: dict[Role, tuple[str, PlainBrowser]]) -> None:
        self.call_id, self._peer, self._lines = call_id, peer, lines

    async def speak(self, milliseconds: int) -> None:
        for _ in range(milliseconds // FRAME_MS):
            await self._peer.clock.advance(FRAME_MS / 1000)
            for role, (_, browser) in self._lines.items():
                browser.on_voice(np.full(16 * FRAME_MS, LEVELS[role], np.float32))

    async def lose(self, milliseconds: int) -> None:
        await self._peer.clock.advance(milliseconds / 1000)

    async def hang_up(self) -> None:
        for line_id, _ in self._lines.values():
            await self._peer.tap.hang_up(line_id)

    async def break_off(self) -> None:
        for _, browser in self._lines.values():
            browser.on_state("failed")


class WebRtcPeer:
    refusal_of_garbage = "input"
    refusal_when_full = "capacity"
    writes_log = True
    rate_hz = 16_000

    def __init__(self, sink: RecordingSink, clock: HandClock) -> None:
        self.sink, self.clock = sink, clock
        self.tap = WebRtcTap(WebRtcSettings(), clock, self._connect)
        self.stopping: Callable[[], object] = lambda: None
        self.voices: dict[Role, PulledVoice] = {}
        """What each party is to hear, of the newest connections."""
        self._newest: list[PlainBrowser] = []

    def _connect(
        self, voice: PulledVoice, /, *, on_voice: Callable[[Samples], None], on_state: Callable[[str], None]
    ) -> PlainBrowser:
        self.voices |= dict.fromkeys(voice.sides, voice)
        self._newest.append(PlainBrowser(on_voice, on_state))
        return self._newest[-1]

    async def open(
        self, call_id: str, role: Role, offer: str = "offer", *, is_connected: bool = True
    ) -> tuple[str, PlainBrowser]:
        """Announce a party's browser, which connects at once or never."""
        line_id, _ = await self.tap.open(Party(call_id=call_id, role=role), offer)
        browser = self._newest[-1]
        if is_connected:
            browser.on_state("connected")
        return line_id, browser

    async def call(self, number: int) -> WebRtcLine:
        call_id = f"web-{number}"
        line = WebRtcLine(call_id, self, {role: await self.open(call_id, role) for role in LEVELS})
        await line.speak(FRAME_MS)
        return line

    async def babble(self) -> str:
        with pytest.raises(InputError) as refused:
            await self.open("web-98", Role.CALLER, "How do you do?")
        return refused.value.code

    async def knock(self) -> str:
        with pytest.raises(CapacityError) as refused:
            await self.open("web-99", Role.CALLER)
        return refused.value.code

    async def stop(self) -> None:
        self.stopping()


async def _opened(sink: RecordingSink, call_id: str) -> RecordingSession:
    async with asyncio.timeout(WAIT_S):
        while not any(session.call.call_id == call_id for session in sink.sessions):
            sink.has_call.clear()
            await sink.has_call.wait()
    return sink.session(call_id)


@asynccontextmanager
async def twilio_peer(sink: RecordingSink) -> AsyncIterator[TwilioPeer]:
    tap = TwilioTap(TwilioSettings(port=0), HandClock())
    async with _stoppable(tap, sink) as stop:
        yield TwilioPeer(tap, sink, stop)


@asynccontextmanager
async def audiosocket_peer(sink: RecordingSink) -> AsyncIterator[AudioSocketPeer]:
    clock = HandClock()
    tap = AudioSocketTap(AudioSocketSettings(port=0), clock)
    async with _stoppable(tap, sink) as stop:
        peer = AudioSocketPeer(tap, sink, stop, clock)
        yield peer
        peer.disconnect()


@asynccontextmanager
async def webrtc_peer(sink: RecordingSink) -> AsyncIterator[WebRtcPeer]:
    peer = WebRtcPeer(sink, HandClock())
    async with _stoppable(peer.tap, sink) as peer.stopping:
        yield peer


@asynccontextmanager
async def file_peer(sink: RecordingSink, folder: Path) -> AsyncIterator[FilePeer]:
    yield FilePeer(folder, HandClock(), sink)


@asynccontextmanager
async def _stoppable(tap: Tap, sink: RecordingSink) -> AsyncIterator[Callable[[], object]]:
    async def serve() -> None:
        async with serving(tap, sink):
            up.set()
            await stop.wait()

    up, stop = asyncio.Event(), asyncio.Event()
    task = asyncio.create_task(serve())
    await up.wait()
    try:
        yield stop.set
    finally:
        stop.set()
        await task
