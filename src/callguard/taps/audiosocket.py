"""Asterisk AudioSocket: one TCP connection a party, for example from two ARI snoop channels (spy in and out).

AudioSocket is mono. A UUID of version 8 tells callguard which call a connection belongs to and whose voice it carries (see
`audiosocket_wire.read_identity`); every other UUID is a mono call. Garbage and refusals are answered with the protocol's error
message, 0xff, and the connection is closed. There is no authentication: listen on a private address. With `plays_back` callguard
answers with audio on a party's own connection; a snoop channel made with whisper=out lets that party alone hear it.
"""

import asyncio
import logging
import socket as sockets
from asyncio import StreamReader, StreamWriter
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from typing import Final

import numpy as np

from callguard.clock import Clock
from callguard.errors import CallguardError, CapacityError, ProtocolError
from callguard.events import CallStarted
from callguard.settings import AudioSocketSettings
from callguard.taps.audiosocket_wire import (
    AUDIO_RATES_HZ,
    DIGIT,
    ERROR,
    FRAME_FORWARDING_ERROR,
    HANGUP,
    IDENTITY,
    MEMORY_ERROR,
    Identity,
    Message,
    MessageReader,
    pack,
    read_identity,
)
from callguard.taps.complaints import Complaint, Complaints
from callguard.taps.joined_call import JoinedCall, once_over
from callguard.taps.outgoing import OutgoingVoice
from callguard.taps.party_line import PartyLine
from callguard.taps.port import port_error
from callguard.taps.tap import CallSink
from callguard.terms import Encoding, EndReason, Role, Samples

log = logging.getLogger(__name__)

IDENTITY_WAIT_S: Final = 10.0
LINGER_S: Final = 1.0
LARGEST_READ: Final = 8192
"""Bytes: half a second at 8 kHz. Behind a stall the parties of a call take turns in pieces of this size."""
QUIET_S: Final = 15  # seconds without a byte after which the kernel asks whether the peer is still there
PROBES: Final = 3
SLIN_8K: Final = 0x10
UNSENT: Final = 16_000
"""Bytes that may wait for a peer that does not read, a second; what is beyond is not sent."""
STOPPED: Final = "callguard was stopped"


class AudioSocketTap:
    """Listens for Asterisk's AudioSocket connections."""

    name = "audiosocket"

    def __init__(
        self, settings: AudioSocketSettings, clock: Clock, *, language: str = "en", identity_wait_s: float = IDENTITY_WAIT_S
    ) -> None:
        self._settings = settings
        self._clock = clock
        self._language = language
        self._identity_wait_s = identity_wait_s
        self._complaints = Complaints(log, clock)
        self._calls: dict[str, JoinedCall] = {}
        self.address = ""

    @property
    def complaint(self) -> Complaint | None:
        """The last thing that a peer did wrong."""
        return self._complaints.last

    async def serve(self, calls: CallSink, started: Callable[[], None]) -> None:
        """Bring connections to `calls` until cancelled. Raises ServiceError if the port cannot be had."""
        tasks = asyncio.TaskGroup()

        def connected(reader: StreamReader, writer: StreamWriter) -> None:
            tasks.create_task(self._converse(reader, writer, calls, tasks))

        server = await self._bind(connected)
        host, port = server.sockets[0].getsockname()[:2]
        self.address = f"{f'[{host}]' if ':' in host else host}:{port}"
        async with tasks:
            try:
                await server.start_serving()
                started()
                await asyncio.get_running_loop().create_future()  # until cancelled
            finally:
                server.close()

    async def _bind(self, connected: Callable[[StreamReader, StreamWriter], None]) -> asyncio.Server:
        host, port = self._settings.host, self._settings.port
        try:
            return await asyncio.start_server(connected, host, port, start_serving=False)
        except OSError as error:
            raise port_error("AudioSocket", host, port, error, variable="CALLGUARD_TAPS__AUDIOSOCKET__PORT") from error

    async def _converse(self, reader: StreamReader, writer: StreamWriter, calls: CallSink, tasks: asyncio.TaskGroup) -> None:
        watch_connection(writer)
        try:
            refused = await self._hear(_Connection(reader), calls, tasks, writer)
            if refused is not None:
                await self._refuse(reader, writer, refused)
        finally:
            writer.close()

    async def _hear(
        self, connection: "_Connection", calls: CallSink, tasks: asyncio.TaskGroup, writer: StreamWriter
    ) -> CallguardError | None:
        """Hear one connection to its end; returns why it must be refused, if it must."""
        call: JoinedCall | None = None
        role, reason, detail = Role.UNKNOWN, EndReason.FAILED, STOPPED
        try:
            identity = await self._identify(connection)
            role = identity.role
            await self._await_place(connection, identity)
            call = await once_over(lambda: self._join(identity, calls, tasks), self._clock)
            with self._voice(call, role, writer, tasks):
                await self._listen(connection, identity, call)
            reason, detail = EndReason.CLOSED, ""
        except CallguardError as error:
            detail = str(error)
            return error
        except OSError as error:
            reason, detail = EndReason.BROKEN, f"the connection was lost before Asterisk hung up ({error})"
        finally:
            if call is not None:
                call.leave(role, reason, detail)
                self._forget_ended()
        return None

    @contextmanager
    def _voice(self, call: JoinedCall, role: Role, writer: StreamWriter, tasks: asyncio.TaskGroup) -> Iterator[None]:
        """Lend the way back to this party for as long as the connection lasts, if there is one."""
        if not self._settings.plays_back or role is Role.UNKNOWN:
            yield
            return

        def send(samples: Samples | None) -> None:
            if samples is not None and writer.transport.get_write_buffer_size() < UNSENT:
                pcm = np.clip(np.rint(samples * 32768), -32768, 32767).astype("<i2")
                writer.write(pack(SLIN_8K, pcm.tobytes()))

        voice = OutgoingVoice(role, send, self._clock)
        speaking = tasks.create_task(voice.run())
        call.session.lend(voice)
        try:
            yield
        finally:
            voice.close()
            speaking.cancel()

    async def _identify(self, connection: "_Connection") -> Identity:
        try:
            async with asyncio.timeout(self._identity_wait_s):
                message = await connection.next()
        except TimeoutError as error:
            raise ProtocolError(f"no UUID within {self._identity_wait_s:g} s; send it first") from error
        if message is None or message.kind != IDENTITY:
            raise ProtocolError("the connection does not begin with a UUID message; connect Asterisk's AudioSocket here")
        return read_identity(message.payload)

    async def _await_place(self, connection: "_Connection", identity: Identity) -> None:
        """Give a party that is connected already a moment to leave: in a transfer the next one may come before it.

        Asterisk asks no second time. What comes meanwhile is not heard: nothing could say later where it belongs.
        """
        call = self._calls.get(identity.call_id)
        if call is None or not call.has(identity.role):
            return
        waiting = [
            asyncio.ensure_future(call.until_left(identity.role)),
            asyncio.ensure_future(self._clock.sleep(self._settings.join_wait_s)),
            asyncio.ensure_future(connection.pass_over()),
        ]
        try:
            await asyncio.wait(waiting, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for task in waiting:
                task.cancel()
            await asyncio.gather(*waiting, return_exceptions=True)

    def _join(self, identity: Identity, calls: CallSink, tasks: asyncio.TaskGroup) -> JoinedCall:
        call = self._calls.get(identity.call_id)
        if call is None:
            call = self._open(identity, calls)
            if identity.role is not Role.UNKNOWN:
                tasks.create_task(self._wait_for_other(call))
        call.join(identity.role)
        return call

    def _open(self, identity: Identity, calls: CallSink) -> JoinedCall:
        roles = (Role.UNKNOWN,) if identity.role is Role.UNKNOWN else (Role.CALLER, Role.AGENT)
        session = calls.open(
            CallStarted(
                call_id=identity.call_id,
                tap=self.name,
                started_at=self._clock.utc_now(),
                channels=roles,
                agent="",
                caller="",
                line="",
                language=self._language,
            )
        )
        call = self._calls[identity.call_id] = JoinedCall(session, roles, self._clock.monotonic_ns())
        return call

    async def _wait_for_other(self, call: JoinedCall) -> None:
        try:
            await self._clock.sleep(self._settings.join_wait_s)
            if call.is_one_sided:
                self._complaints.say("one party has not connected; the call goes on one-sided", wait_s=self._settings.join_wait_s)
        finally:
            call.stop_waiting()
            self._forget_ended()

    def _forget_ended(self) -> None:
        for call_id in [call_id for call_id, call in self._calls.items() if call.has_ended]:
            del self._calls[call_id]

    async def _listen(self, connection: "_Connection", identity: Identity, call: JoinedCall) -> None:
        line = PartyLine(identity.call_id, identity.role, call)
        while (message := await connection.next()) is not None and message.kind != HANGUP:
            if (rate_hz := AUDIO_RATES_HZ.get(message.kind)) is not None:
                self._take(line, message.payload, rate_hz)
            elif message.kind == DIGIT:
                line.press()
            elif message.kind == ERROR:
                raise ConnectionAbortedError("Asterisk reported an error")
            elif message.kind == IDENTITY:
                raise ProtocolError("a second UUID came on one connection; open one connection for each call and party")

    def _take(self, line: PartyLine, payload: bytes, rate_hz: int) -> None:
        if len(payload) % 2:
            raise ProtocolError(f"an audio message has {len(payload)} bytes; expected an even number: 16-bit samples")
        now_ns = self._clock.monotonic_ns()
        line.hear(payload, len(payload) // 2, encoding=Encoding.L16_LE, rate_hz=rate_hz, received_ns=now_ns)

    async def _refuse(self, reader: StreamReader, writer: StreamWriter, error: CallguardError) -> None:
        self._complaints.say("connection refused", code=error.code, because=str(error))
        with suppress(OSError, TimeoutError):
            writer.write(pack(ERROR, MEMORY_ERROR if isinstance(error, CapacityError) else FRAME_FORWARDING_ERROR))
            writer.write_eof()
            # Closing on unread audio would reset the connection, and the reset would overtake the answer.
            async with asyncio.timeout(LINGER_S):
                while await reader.read(LARGEST_READ):
                    pass


class _Connection:
    """The messages of one connection."""

    def __init__(self, reader: StreamReader) -> None:
        self._reader = reader
        self._parser = MessageReader()
        self._messages: deque[Message] = deque()
        self._wrong: ProtocolError | None = None

    async def next(self) -> Message | None:
        """Return the next message, None at a goodbye: closing between two messages is one, says the protocol.

        Raises ProtocolError for garbage and OSError for a connection that broke, also inside a message.
        """
        while not self._messages:
            if self._wrong is not None:
                raise self._wrong
            await asyncio.sleep(0)  # a full buffer is read without waiting, and would keep the other party waiting
            data = await self._reader.read(LARGEST_READ)
            if not data:
                if self._parser.is_between_messages:
                    return None
                raise ConnectionAbortedError("cut off inside a message")
            try:
                self._messages.extend(self._parser.push(data))
            except ProtocolError as error:  # what came before the garbage is heard first, however TCP cut it
                self._wrong = error
        return self._messages.popleft()

    async def pass_over(self) -> None:
        """Read until the goodbye and keep nothing. Raises what `next` raises."""
        while (message := await self.next()) is not None and message.kind != HANGUP:
            pass


def watch_connection(writer: StreamWriter) -> None:
    """Let the kernel find out when a peer has vanished without a word, within half a minute, also while it is being sent to."""
    connection: sockets.socket = writer.get_extra_info("socket")
    connection.setsockopt(sockets.SOL_SOCKET, sockets.SO_KEEPALIVE, 1)
    for option, value in (("TCP_KEEPIDLE", QUIET_S), ("TCP_KEEPINTVL", QUIET_S // PROBES), ("TCP_KEEPCNT", PROBES)):
        if hasattr(sockets, option):  # Linux has all three, other systems have fewer
            connection.setsockopt(sockets.IPPROTO_TCP, getattr(sockets, option), value)
    if hasattr(sockets, "TCP_USER_TIMEOUT"):  # the kernel does not ask while something that it sent waits to be acknowledged
        connection.setsockopt(sockets.IPPROTO_TCP, sockets.TCP_USER_TIMEOUT, 2 * QUIET_S * 1000)
