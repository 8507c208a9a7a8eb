"""Twilio Media Streams: a WebSocket listener of its own, one connection a call.

The TwiML is `<Start><Stream url="wss://…/twilio" track="both_tracks"/></Start>`, with `<Parameter>`s `agent`, `caller`, `line`
and `language`. A bidirectional stream, `<Connect><Stream url="…"/></Connect>`, says with `plays_to` («caller» or «agent») on
whose leg it hangs: that party is its inbound track and hears what callguard sends back.

How the protocol is refused: HTTP 401, 404 or 503 in the handshake; then close code 1007 for what cannot be read, 1008 for
messages out of place, 1003 for other audio, 1009 for oversized messages, 1013 when callguard is full, 1011 for its own failure.
"""

import asyncio
import contextlib
import logging
from collections.abc import Callable, Mapping
from http import HTTPStatus
from typing import Final

from websockets.asyncio.server import ServerConnection, serve
from websockets.exceptions import ConnectionClosed
from websockets.frames import CloseCode
from websockets.http11 import Request, Response

from callguard.clock import Clock
from callguard.errors import (
    AudioFormatError,
    CallguardError,
    CapacityError,
    InputError,
    ProtocolError,
    StillEndingError,
    StoreError,
)
from callguard.events import CallStarted
from callguard.settings import TwilioSettings
from callguard.taps.complaints import Complaint, Complaints
from callguard.taps.joined_call import LAST_WORDS_NS
from callguard.taps.port import port_error
from callguard.taps.reading_rounds import ReadingRounds
from callguard.taps.streaming_socket import StreamingConnection
from callguard.taps.tap import CallSession, CallSink
from callguard.taps.twilio_signature import Admits, Doorkeeper, nobody
from callguard.taps.twilio_stream import TwilioStream
from callguard.taps.twilio_voice import Encode, lent_voice
from callguard.terms import EndReason, Role

log = logging.getLogger(__name__)

PATH: Final = "/twilio"
START_WAIT_S: Final = 10.0
CLOSE_WAIT_S: Final = 2.0
LARGEST_MESSAGE: Final = 65_536  # bytes; a message of 20 ms has about 350
LONGEST_REASON: Final = 120  # bytes; a close frame holds 123
LARGEST_HELD: Final = 1_048_576
"""Bytes that may wait while the same call's last words are being understood: half a minute of both tracks."""
CLOSE_CODES: Final[Mapping[type[CallguardError], CloseCode]] = {
    AudioFormatError: CloseCode.UNSUPPORTED_DATA,
    ProtocolError: CloseCode.POLICY_VIOLATION,
    InputError: CloseCode.INVALID_DATA,
    CapacityError: CloseCode.TRY_AGAIN_LATER,
    StillEndingError: CloseCode.TRY_AGAIN_LATER,
}


class TwilioTap:
    """Listens for Twilio's media streams.

    Raises SettingsError if signatures are asked for and the signed address is unknown.
    """

    name = "twilio"

    def __init__(
        self,
        settings: TwilioSettings,
        clock: Clock,
        *,
        language: str = "en",
        start_wait_s: float = START_WAIT_S,
        admits: Admits = nobody,
        encode: Encode | None = None,
    ) -> None:
        """`admits` is asked about bearer tokens that are not in the settings; `encode` makes µ-law of what is played back."""
        self._encode = encode
        self._settings = settings
        self._clock = clock
        self._language = language
        self._start_wait_s = start_wait_s
        self._doorkeeper = Doorkeeper(settings, admits)
        self._complaints = Complaints(log, clock)
        self._rounds = ReadingRounds()
        self._is_stopping = False
        self.address = ""

    @property
    def complaint(self) -> Complaint | None:
        """The last thing that a peer did wrong."""
        return self._complaints.last

    async def serve(self, calls: CallSink, started: Callable[[], None]) -> None:
        """Bring streams to `calls` until cancelled. Raises ServiceError if the port cannot be had."""

        async def converse(socket: ServerConnection) -> None:
            assert isinstance(socket, StreamingConnection)  # made by `create_connection`
            await self._converse(socket, calls)

        host, port = self._settings.host, self._settings.port
        listener = serve(
            converse,
            host,
            port,
            process_request=self._admit,
            create_connection=StreamingConnection,
            compression=None,
            max_size=LARGEST_MESSAGE,
            server_header=None,
            close_timeout=CLOSE_WAIT_S,
        )
        try:
            server = await listener
        except OSError as error:
            raise port_error("Twilio", host, port, error, variable="CALLGUARD_TAPS__TWILIO__PORT") from error
        host, port = server.sockets[0].getsockname()[:2]
        self.address = f"ws://{f'[{host}]' if ':' in host else host}:{port}{PATH}"
        started()
        try:
            await server.wait_closed()
        finally:
            self._is_stopping = True
            server.close()
            await server.wait_closed()

    async def _admit(self, connection: ServerConnection, request: Request) -> Response | None:
        if request.path.partition("?")[0].rstrip("/") != PATH:
            self._complaints.say("handshake for another path refused", status=404)
            return connection.respond(HTTPStatus.NOT_FOUND, f"Media streams connect to {PATH}.\n")
        try:
            is_admitted = await self._doorkeeper.admits(request.headers)
        except StoreError as error:
            self._complaints.say("handshake refused: its token cannot be looked up", status=503, because=str(error))
            return connection.respond(HTTPStatus.SERVICE_UNAVAILABLE, "The token cannot be looked up now; try again.\n")
        if not is_admitted:
            self._complaints.say("handshake without a valid signature or token refused", status=401)
            return connection.respond(HTTPStatus.UNAUTHORIZED, "Sign the handshake or show the bearer token.\n")
        return None

    async def _converse(self, socket: StreamingConnection, calls: CallSink) -> None:
        async with asyncio.TaskGroup() as tasks:
            refused = await self._hear(socket, calls, tasks)
        if refused is not None:
            code = CLOSE_CODES.get(type(refused), CloseCode.INTERNAL_ERROR)
            self._complaints.say("stream refused", code=refused.code, close_code=int(code), because=str(refused))
            await socket.close(code, str(refused).encode()[:LONGEST_REASON].decode(errors="ignore"))
        await socket.close()

    async def _hear(self, socket: StreamingConnection, calls: CallSink, tasks: asyncio.TaskGroup) -> CallguardError | None:
        """Hear one stream to its end; returns why it must be refused, if it must."""
        stream = TwilioStream(Role(self._settings.inbound_is), self._language)
        conversation = _Conversation(stream, calls, self._clock)
        reason, detail = EndReason.FAILED, "callguard was stopped"
        try:
            async with asyncio.timeout(self._start_wait_s) as patience:
                with contextlib.ExitStack() as way_back:

                    def begin(session: CallSession) -> None:
                        way_back.enter_context(lent_voice(socket, stream, session, tasks, clock=self._clock, encode=self._encode))

                    conversation.on_start = lambda: patience.reschedule(None)
                    conversation.on_session = begin
                    await socket.stream_to(conversation.take, self._rounds, conversation.is_quiet)
            reason, detail = EndReason.CLOSED, ""
        except TimeoutError:
            return ProtocolError(f"no start within {self._start_wait_s:g} s; send it first")
        except ConnectionClosed:
            if not self._is_stopping:
                reason, detail = EndReason.BROKEN, "Twilio's connection was lost before it said stop"
        except CallguardError as error:
            detail = str(error)
            return error
        finally:
            if conversation.session is not None:
                conversation.end(reason, detail)
                self._report(stream)
            elif conversation.is_held and reason is not EndReason.FAILED:  # whoever is refused is told of anyhow
                self._complaints.say("a stream ended before the last words of the one before were understood; it was not heard")
        return None

    def _report(self, stream: TwilioStream) -> None:
        if stream.lost or stream.bad:
            self._complaints.say("messages were lost, late or unreadable", lost=stream.lost, unreadable=stream.bad)


class _Conversation:
    """Takes the messages of one stream.

    Twilio opens a stream that was closed no second time. So one that comes while the last words of the stream before it are being
    understood, as when a transfer stops and starts it, is held until then.
    """

    def __init__(self, stream: TwilioStream, calls: CallSink, clock: Clock) -> None:
        self._stream = stream
        self._calls = calls
        self._clock = clock
        self._call: CallStarted | None = None
        self._started_ns = 0
        self._held: list[tuple[bytes, int]] = []
        self._held_bytes = 0
        self.session: CallSession | None = None
        self.on_start: Callable[[], None] = lambda: None
        self.on_session: Callable[[CallSession], None] = lambda _: None

    def take(self, message: bytes) -> bool:
        """Take the next message; return whether it was the last. Raises CallguardError if the stream must be refused."""
        now_ns = self._clock.monotonic_ns()
        if self.session is not None:
            return self._push(message, now_ns)
        if self._call is None:
            self._call = self._stream.start(message, self._clock.utc_now())
            if self._call is None:
                return False
            self._started_ns = now_ns
            self.on_start()
        else:
            self._held.append((message, now_ns))
            self._held_bytes += len(message)
        return self._open(self._call, now_ns)

    def _open(self, call: CallStarted, now_ns: int) -> bool:
        """Begin the call, with what was held; return whether its last message is among that."""
        try:
            session = self._calls.open(call)
        except StillEndingError:
            if now_ns - self._started_ns >= LAST_WORDS_NS or self._held_bytes > LARGEST_HELD:
                raise
            return False
        self.session = session
        self.on_session(session)
        held, self._held = self._held, []
        return any(self._push(message, received_ns) for message, received_ns in held)

    def _push(self, message: bytes, received_ns: int) -> bool:
        assert self.session is not None, "the call has begun"
        for item in self._stream.push(message, received_ns):
            self.session.push(item)
        return self._stream.is_over

    @property
    def is_held(self) -> bool:
        """Whether a call was brought and could not begin."""
        return self._call is not None and self.session is None

    def is_quiet(self) -> bool:
        """Say whether what comes next may come a little later."""
        return self.session is not None and self.session.is_quiet

    def end(self, reason: EndReason, detail: str) -> None:
        """Let out what waited for messages that did not come, and say goodbye."""
        assert self.session is not None, "only a call that began can end"
        for item in self._stream.flush():
            self.session.push(item)
        self.session.end(reason, detail)
