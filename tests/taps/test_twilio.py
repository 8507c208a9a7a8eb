"""The Twilio listener and the client that plays into it, over real sockets."""

import asyncio
import json
import logging
import socket
from contextlib import suppress

import pytest
from pydantic import SecretStr
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed, InvalidStatus

from callguard.clock import SystemClock
from callguard.errors import AccessError, CapacityError, ProtocolError, ServiceError, StillEndingError, StoreError
from callguard.events import CallStarted, Gap
from callguard.settings import TwilioSettings
from callguard.speech import AudioFrame
from callguard.taps.twilio import TwilioTap
from callguard.taps.twilio_client import media_message, play_twilio, start_message
from callguard.terms import EndReason, Role
from tests.clocks import HandClock
from tests.fakes import RecordingSession, RecordingSink
from tests.taps.peers import ended, serving

TRACKS = {"inbound": b"\x11" * 1600, "outbound": b"\x22" * 800}


def make_tap(start_wait_s: float = 5.0, **settings: object) -> TwilioTap:
    return TwilioTap(TwilioSettings.model_validate({"port": 0, **settings}), HandClock(), start_wait_s=start_wait_s)


async def closed_with(link: ClientConnection) -> tuple[int | None, str | None]:
    async with asyncio.timeout(5):
        with suppress(ConnectionClosed):
            await link.recv()
    return link.close_code, link.close_reason


async def test_the_client_plays_a_whole_call() -> None:
    tap, sink = make_tap(), RecordingSink()
    async with serving(tap, sink):
        await play_twilio(tap.address, TRACKS, call_sid="CA1", clock=HandClock(), parameters={"agent": "sam"}, speed=None)
    (session,) = sink.sessions
    assert session.call.agent == "sam"
    assert session.audio(Role.CALLER) == TRACKS["inbound"]
    assert session.audio(Role.AGENT) == TRACKS["outbound"]
    assert session.ends == [(EndReason.CLOSED, "")]
    assert session.gaps() == []


async def test_no_proxy_is_asked_for_a_tap_on_this_machine(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("http_proxy", "https_proxy", "no_proxy"):
        monkeypatch.setenv(name, "http://127.0.0.1:9" if name != "no_proxy" else "")
    tap, sink = make_tap(), RecordingSink()
    async with serving(tap, sink):
        await play_twilio(tap.address, TRACKS, call_sid="CA1", clock=HandClock(), speed=None)
    assert len(sink.sessions) == 1


async def test_the_client_keeps_time_by_its_clock() -> None:
    tap, sink, clock = make_tap(), RecordingSink(), HandClock()
    async with serving(tap, sink):
        playing = asyncio.create_task(play_twilio(tap.address, TRACKS, call_sid="CA1", clock=clock))
        await sink.has_call.wait()
        session = sink.sessions[0]
        assert session.items == []
        while not playing.done():
            await clock.advance(0.02)
        began_ns = await playing
    assert began_ns == 1_000_000_000
    assert clock.monotonic_ns() - began_ns >= 10 * 20_000_000
    assert session.audio(Role.CALLER) == TRACKS["inbound"]


@pytest.mark.parametrize(
    ("messages", "code", "because"),
    [
        (["no JSON"], 1007, "not JSON"),
        ([media_message("MZ1", 1, track="inbound", chunk=1, timestamp_ms=0, payload=b"x")], 1008, "media came before start"),
        ([json.dumps(start_message("CA1", ["inbound", "fifth"], {}))], 1008, "other tracks"),
        (
            [
                json.dumps(start_message("CA1", ["inbound"], {})),
                media_message("MZ1", 1, track="outbound", chunk=1, timestamp_ms=0, payload=b"x"),
            ],
            1008,
            "did not announce",
        ),
        ([json.dumps({"event": "start", "start": {"callSid": "CA1"}})], 1003, "mediaFormat"),
        (["x" * 100_000], 1009, ""),
    ],
)
async def test_what_is_wrong_decides_how_the_stream_is_closed(messages: list[str], code: int, because: str) -> None:
    tap, sink = make_tap(), RecordingSink()
    async with serving(tap, sink), connect(tap.address) as link:
        for message in messages:
            await link.send(message)
        found, reason = await closed_with(link)
    assert found == code
    assert because in (reason or "")
    assert all(session.ends[0][0] is EndReason.FAILED for session in sink.sessions)


async def test_who_never_starts_is_not_waited_for() -> None:
    tap, sink = make_tap(start_wait_s=0.05), RecordingSink()
    async with serving(tap, sink), connect(tap.address) as link:
        await link.send(json.dumps({"event": "connected"}))
        code, reason = await closed_with(link)
    assert (code, reason) == (1008, "no start within 0.05 s; send it first")


async def test_a_failure_of_callguard_itself_is_1011() -> None:
    class FullDisk(RecordingSink):
        def open(self, call: CallStarted, /) -> RecordingSession:
            raise StoreError("the disk is full: free some space")

    tap = make_tap()
    async with serving(tap, FullDisk()), connect(tap.address) as link:
        await link.send(json.dumps(start_message("CA1", ["inbound"], {})))
        assert await closed_with(link) == (1011, "the disk is full: free some space")


async def test_what_still_waits_for_a_lost_message_is_heard_when_the_line_breaks() -> None:
    tap, sink = make_tap(), RecordingSink()
    async with serving(tap, sink):
        link = await connect(tap.address)
        await link.send(json.dumps(start_message("CA1", ["inbound"], {})))
        for chunk in (1, 3):
            await link.send(media_message("MZ1", 1, track="inbound", chunk=chunk, timestamp_ms=chunk * 20, payload=b"x" * 160))
        await sink.has_call.wait()
        await sink.sessions[0].has_heard.wait()
        link.transport.abort()
        await ended(sink.sessions[0])
        await link.wait_closed()
    assert len(sink.sessions[0].audio(Role.CALLER)) == 320
    assert any(isinstance(item, Gap) for item in sink.sessions[0].items)


class EndingSink(RecordingSink):
    """Still understands the last words of every call that comes, while `is_ending`; `asked` grows with each call brought."""

    def __init__(self) -> None:
        super().__init__()
        self.is_ending = True
        self.has_asked = asyncio.Event()
        self.asked = 0

    async def until_asked(self, times: int) -> None:
        async with asyncio.timeout(5):
            while self.asked < times:
                self.has_asked.clear()
                await self.has_asked.wait()

    def open(self, call: CallStarted, /) -> RecordingSession:
        """Ask for patience, or take the call."""
        self.asked += 1
        self.has_asked.set()
        if self.is_ending:
            raise StillEndingError("in a moment")
        return super().open(call)


async def test_a_stream_that_comes_while_the_call_s_last_words_are_understood_is_heard_from_its_first_message() -> None:
    sink, clock = EndingSink(), HandClock()
    tap = TwilioTap(TwilioSettings(port=0), clock)
    chunks = [
        media_message("MZ2", 1, track="inbound", chunk=number, timestamp_ms=(number - 1) * 20, payload=bytes([number]) * 160)
        for number in (1, 2, 3)
    ]
    async with serving(tap, sink), connect(tap.address) as link:
        await link.send(json.dumps(start_message("CA1", ["inbound", "outbound"], {})))
        for asked, chunk in enumerate(chunks[:2], start=1):
            await sink.until_asked(asked)
            await clock.advance(0.02)
            await link.send(chunk)
        await sink.until_asked(3)
        sink.is_ending = False
        await link.send(chunks[2])
        await link.send(json.dumps({"event": "stop", "stop": {}}))
        await link.wait_closed()
    (session,) = sink.sessions
    assert session.audio(Role.CALLER) == b"\x01" * 160 + b"\x02" * 160 + b"\x03" * 160
    frames = [item for item in session.items if isinstance(item, AudioFrame)]
    assert [frame.received_ns - frames[0].received_ns for frame in frames] == [0, 20_000_000, 20_000_000]
    assert session.ends == [(EndReason.CLOSED, "")]


async def test_a_stream_that_ends_while_it_is_held_is_told_in_the_log() -> None:
    sink, has_logged = EndingSink(), asyncio.Event()
    said: list[str] = []

    class Listens(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            said.append(record.getMessage())
            has_logged.set()

    tap, log, listens = TwilioTap(TwilioSettings(port=0), HandClock()), logging.getLogger("callguard.taps.twilio"), Listens()
    log.addHandler(listens)
    async with serving(tap, sink), asyncio.timeout(5):
        async with connect(tap.address) as link:
            await link.send(json.dumps(start_message("CA1", ["inbound"], {})))
            await sink.until_asked(1)
        await has_logged.wait()
    log.removeHandler(listens)
    assert sink.sessions == []
    assert ["not heard" in text for text in said] == [True]


async def test_a_stream_whose_call_does_not_come_to_its_end_is_refused_at_last() -> None:
    sink, clock = EndingSink(), HandClock()
    tap = TwilioTap(TwilioSettings(port=0), clock)
    async with serving(tap, sink), connect(tap.address) as link:
        await link.send(json.dumps(start_message("CA1", ["inbound", "outbound"], {})))
        await sink.until_asked(1)
        await clock.advance(16)
        await link.send(media_message("MZ2", 1, track="inbound", chunk=1, timestamp_ms=0, payload=b"x" * 160))
        assert await closed_with(link) == (1013, "in a moment")
    assert sink.sessions == []


async def test_losses_are_told_in_the_log(caplog: pytest.LogCaptureFixture) -> None:
    tap, sink = make_tap(), RecordingSink()
    async with serving(tap, sink), connect(tap.address) as link:
        await link.send(json.dumps(start_message("CA1", ["inbound"], {})))
        for chunk in (1, 5):
            await link.send(media_message("MZ1", 1, track="inbound", chunk=chunk, timestamp_ms=chunk * 20, payload=b"x"))
        with caplog.at_level(logging.WARNING):
            await link.send(json.dumps({"event": "stop"}))
            await link.wait_closed()
    (record,) = [record for record in caplog.records if record.name == "callguard.taps.twilio"]
    assert record.__dict__["lost"] == 3


async def test_another_path_is_not_found() -> None:
    tap = make_tap()
    async with serving(tap, RecordingSink()):
        with pytest.raises(InvalidStatus) as refused:
            await connect(tap.address.replace("/twilio", "/other"))
    assert refused.value.response.status_code == 404


async def test_a_stream_that_must_be_signed_is_refused_unsigned_and_taken_signed() -> None:
    url = "wss://guard.example.org/twilio"
    tap, sink = make_tap(auth_token=SecretStr("secret"), public_url=url, bearer_token=SecretStr("open")), RecordingSink()
    async with serving(tap, sink):
        with pytest.raises(AccessError, match="answered 401"):
            await play_twilio(tap.address, TRACKS, call_sid="CA1", clock=HandClock(), speed=None)
        await play_twilio(tap.address, TRACKS, call_sid="CA2", clock=HandClock(), bearer_token="open", speed=None)
    assert [session.call.call_id for session in sink.sessions] == ["CA2"]


async def test_a_token_that_was_made_here_opens_and_none_is_believed_that_cannot_be_looked_up() -> None:
    async def admits(token: str) -> bool:
        if token == "unlucky":
            raise StoreError("the disk is full")
        return token == "made here"

    sink = RecordingSink()
    tap = TwilioTap(TwilioSettings(port=0, bearer_token=SecretStr("open")), HandClock(), admits=admits)
    async with serving(tap, sink):
        with pytest.raises(InvalidStatus) as refused:
            await connect(tap.address, additional_headers={"Authorization": "Bearer unlucky"})
        await play_twilio(tap.address, TRACKS, call_sid="CA1", clock=HandClock(), bearer_token="made here", speed=None)
    assert refused.value.response.status_code == 503
    assert [session.call.call_id for session in sink.sessions] == ["CA1"]


async def test_the_client_tells_full_from_broken() -> None:
    tap, sink = make_tap(), RecordingSink(room=0)
    async with serving(tap, sink):
        with pytest.raises(CapacityError, match="1013: all places are taken"):
            await play_twilio(tap.address, TRACKS, call_sid="CA1", clock=HandClock(), speed=None)
        sink.room = 1
        with pytest.raises(ProtocolError, match="1008"):
            await play_twilio(tap.address, {"third": b"x"}, call_sid="CA1", clock=HandClock(), speed=None)


async def test_the_client_says_when_nobody_answers() -> None:
    with pytest.raises(ServiceError, match="no Twilio tap answers"):
        await play_twilio("ws://127.0.0.1:1/twilio", TRACKS, call_sid="CA1", clock=SystemClock(), speed=None)


async def test_a_port_in_use_is_told_with_the_remedy() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(ServiceError, match=rf"127.0.0.1:{port} .* CALLGUARD_TAPS__TWILIO__PORT"):
            await make_tap(port=port).serve(RecordingSink(), lambda: None)
