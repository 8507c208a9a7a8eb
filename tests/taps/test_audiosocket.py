"""The AudioSocket listener and the client that plays into it, over real sockets."""

import asyncio
import socket
from collections.abc import AsyncIterator

import pytest

from callguard.clock import SystemClock
from callguard.errors import CapacityError, ProtocolError, ServiceError, StillEndingError
from callguard.events import CallStarted, Gap, KeyPressed
from callguard.settings import AudioSocketSettings
from callguard.speech import AudioFrame
from callguard.taps.audiosocket import AudioSocketTap, watch_connection
from callguard.taps.audiosocket_client import play_audiosocket
from callguard.taps.audiosocket_wire import (
    DIGIT,
    ERROR,
    HANGUP,
    IDENTITY,
    SILENCE,
    MessageReader,
    call_id_of,
    pack,
    write_identity,
)
from callguard.terms import Encoding, EndReason, Role
from tests.clocks import HandClock
from tests.fakes import RecordingSession, RecordingSink
from tests.taps.audiosocket_peer import AudioSocketPeer, audiosocket_peer
from tests.taps.peers import ended, heard, serving

MONO = "7d444840-9dc0-11d1-b245-5ffdce74fad2"
CALL = call_id_of(7)
FRAME = b"\x01\x00" * 160
OTHER_FRAME = b"\x02\x00" * 160
TRACKS = {Role.CALLER: FRAME * 10, Role.AGENT: b"\x02\x00" * 800}


def identity(call_id: str, role: Role) -> bytes:
    return pack(IDENTITY, write_identity(call_id, role))


@pytest.fixture
async def peer() -> AsyncIterator[AudioSocketPeer]:
    async with audiosocket_peer(RecordingSink()) as peer:
        yield peer


async def opened(peer: AudioSocketPeer) -> RecordingSession:
    async with asyncio.timeout(5):
        await peer.sink.has_call.wait()
    return peer.sink.sessions[0]


async def kinds_answered(reader: asyncio.StreamReader) -> list[int]:
    async with asyncio.timeout(5):
        return [message.kind for message in MessageReader().push(await reader.read())]


def has_ipv6() -> bool:
    try:
        socket.create_server(("::1", 0), family=socket.AF_INET6).close()
    except OSError:
        return False
    return True


@pytest.mark.parametrize(
    ("host", "shown"),
    [
        ("127.0.0.1", "127.0.0.1:"),
        pytest.param("::1", "[::1]:", marks=pytest.mark.skipif(not has_ipv6(), reason="this machine has no IPv6")),
    ],
)
async def test_the_client_plays_a_whole_call(host: str, shown: str) -> None:
    tap, sink = AudioSocketTap(AudioSocketSettings(host=host, port=0), HandClock()), RecordingSink()
    async with serving(tap, sink):
        assert tap.address.startswith(shown)  # what Asterisk takes in its dialplan
        await play_audiosocket(tap.address, TRACKS, call_id=CALL, clock=HandClock(), speed=None)
        (session,) = sink.sessions
        await ended(session)
    assert session.call.call_id == CALL
    assert {role: session.audio(role) for role in TRACKS} == TRACKS
    assert session.ends == [(EndReason.CLOSED, "")]


@pytest.mark.parametrize("frames", [0, 2000])
async def test_the_client_tells_that_the_tap_is_full_whatever_is_on_its_way(frames: int) -> None:
    tap = AudioSocketTap(AudioSocketSettings(port=0), HandClock())
    tracks = {Role.CALLER: FRAME * frames, Role.AGENT: FRAME * frames}
    async with serving(tap, RecordingSink(room=0)):
        with pytest.raises(CapacityError, match="full"):
            await play_audiosocket(tap.address, tracks, call_id=CALL, clock=HandClock(), speed=None)


async def test_the_client_tells_that_it_was_refused() -> None:
    tap = AudioSocketTap(AudioSocketSettings(port=0), HandClock())
    async with serving(tap, RecordingSink()):
        with pytest.raises(ProtocolError, match="refused the call"):
            await play_audiosocket(tap.address, {Role.CALLER: b"odd"}, call_id=CALL, clock=HandClock(), speed=None)


async def test_the_client_says_when_nobody_answers() -> None:
    with pytest.raises(ServiceError, match="no AudioSocket tap answers"):
        await play_audiosocket("127.0.0.1:1", TRACKS, call_id=CALL, clock=SystemClock(), speed=None)


async def test_an_ordinary_uuid_is_a_mono_call(peer: AudioSocketPeer) -> None:
    await peer.connect(identity(MONO, Role.UNKNOWN), pack(0x10, FRAME), pack(HANGUP))
    session = await opened(peer)
    await ended(session)
    assert (session.call.call_id, session.call.channels) == (MONO, (Role.UNKNOWN,))
    assert session.audio(Role.UNKNOWN) == FRAME


async def test_parties_take_turns_when_both_come_in_a_burst(peer: AudioSocketPeer) -> None:
    _, caller = await peer.connect(identity(CALL, Role.CALLER))
    _, agent = await peer.connect(identity(CALL, Role.AGENT))
    session = await opened(peer)
    burst = pack(0x10, FRAME) * 200
    caller.write(burst)
    agent.write(burst)
    both_heard = len(FRAME) * 200
    await heard(session, lambda: all(len(session.audio(role)) == both_heard for role in TRACKS))
    leads, ahead = [], 0
    for item in session.items:
        assert isinstance(item, AudioFrame)
        ahead += 1 if item.channel is Role.CALLER else -1
        leads.append(abs(ahead))
    assert max(leads) <= 100  # frames: two seconds of the four


@pytest.mark.parametrize(("kind", "rate_hz"), [(0x10, 8000), (0x12, 16_000), (0x16, 48_000)])
async def test_frames_carry_the_rate_of_their_type(peer: AudioSocketPeer, kind: int, rate_hz: int) -> None:
    payload = b"\x01\x00" * (rate_hz // 50)
    await peer.connect(identity(MONO, Role.UNKNOWN), pack(kind, payload), pack(kind, payload), pack(HANGUP))
    session = await opened(peer)
    await ended(session)
    frames = [item for item in session.items if isinstance(item, AudioFrame)]
    assert {(frame.rate_hz, frame.encoding) for frame in frames} == {(rate_hz, Encoding.L16_LE)}
    assert [frame.start_sample for frame in frames] == [0, rate_hz // 50]


async def test_a_key_is_noted_without_telling_which(peer: AudioSocketPeer) -> None:
    await peer.connect(identity(MONO, Role.UNKNOWN), pack(0x10, FRAME), pack(DIGIT, b"7"), pack(HANGUP))
    session = await opened(peer)
    await ended(session)
    assert session.items[1] == KeyPressed(call_id=MONO, channel=Role.UNKNOWN, at_sample=320)


async def test_closing_the_connection_between_messages_is_a_goodbye(peer: AudioSocketPeer) -> None:
    _, writer = await peer.connect(identity(MONO, Role.UNKNOWN), pack(0x10, FRAME), pack(SILENCE))
    writer.close()
    session = await opened(peer)
    await ended(session)
    assert session.ends == [(EndReason.CLOSED, "")]


async def test_a_connection_that_ends_inside_a_message_is_broken(peer: AudioSocketPeer) -> None:
    _, writer = await peer.connect(identity(MONO, Role.UNKNOWN), pack(0x10, FRAME)[:100])
    writer.close()
    session = await opened(peer)
    await ended(session)
    assert [reason for reason, _ in session.ends] == [EndReason.BROKEN]


async def test_an_error_that_asterisk_reports_is_no_goodbye(peer: AudioSocketPeer) -> None:
    await peer.connect(identity(MONO, Role.UNKNOWN), pack(ERROR, b"\x02"))
    session = await opened(peer)
    await ended(session)
    assert [reason for reason, _ in session.ends] == [EndReason.BROKEN]


@pytest.mark.parametrize(
    "wrong", [pack(0x10, b"odd"), identity(MONO, Role.UNKNOWN), b"\x77\x00\x00"], ids=["half a sample", "second UUID", "type"]
)
async def test_garbage_in_a_running_call_ends_it_with_an_error(peer: AudioSocketPeer, wrong: bytes) -> None:
    reader, _ = await peer.connect(identity(MONO, Role.UNKNOWN), pack(0x10, FRAME), wrong)
    assert await kinds_answered(reader) == [ERROR]
    session = peer.sink.sessions[0]
    assert [reason for reason, _ in session.ends] == [EndReason.FAILED]


@pytest.mark.parametrize(
    "first", [pack(0x10, FRAME), pack(IDENTITY, b"short"), pack(IDENTITY, bytes(6) + b"\x80\x00\x80" + bytes(7))]
)
async def test_a_connection_that_does_not_say_who_it_is_is_refused(peer: AudioSocketPeer, first: bytes) -> None:
    reader, _ = await peer.connect(first)
    assert await kinds_answered(reader) == [ERROR]
    assert peer.sink.sessions == []


async def test_who_never_says_who_it_is_is_not_waited_for() -> None:
    tap = AudioSocketTap(AudioSocketSettings(port=0), HandClock(), identity_wait_s=0.05)
    async with serving(tap, RecordingSink()):
        host, _, port = tap.address.rpartition(":")
        reader, writer = await asyncio.open_connection(host, int(port))
        assert await kinds_answered(reader) == [ERROR]
        writer.close()


async def test_one_side_is_listened_to_while_the_other_is_awaited_and_after(peer: AudioSocketPeer) -> None:
    _, writer = await peer.connect(identity(CALL, Role.CALLER), pack(0x10, FRAME))
    session = await opened(peer)
    await heard(session, lambda: session.audio(Role.CALLER) == FRAME)
    await peer.clock.advance(6)
    writer.write(pack(0x10, FRAME) + pack(HANGUP))
    await ended(session)
    assert session.audio(Role.CALLER) == 2 * FRAME
    assert session.call.channels == (Role.CALLER, Role.AGENT)


async def test_a_call_whose_only_party_left_waits_for_the_other_and_no_longer(peer: AudioSocketPeer) -> None:
    _, writer = await peer.connect(identity(CALL, Role.CALLER), pack(0x10, FRAME), pack(HANGUP))
    session = await opened(peer)
    await heard(session, lambda: session.audio(Role.CALLER) == FRAME)
    writer.close()
    await peer.clock.advance(4.9)
    assert session.ends == []
    await peer.clock.advance(0.2)
    await ended(session)
    assert session.ends == [(EndReason.CLOSED, "")]


async def test_the_second_party_may_come_late_and_is_placed_by_the_clock(peer: AudioSocketPeer) -> None:
    _, caller = await peer.connect(identity(CALL, Role.CALLER), pack(0x10, FRAME))
    session = await opened(peer)
    await heard(session, lambda: session.audio(Role.CALLER) == FRAME)
    await peer.clock.advance(10)
    _, agent = await peer.connect(identity(CALL, Role.AGENT), pack(0x10, FRAME), pack(HANGUP))
    await heard(session, lambda: session.audio(Role.AGENT) == FRAME)
    (frame,) = [item for item in session.items if isinstance(item, AudioFrame) and item.channel is Role.AGENT]
    assert frame.start_sample == 10 * 8000 - 160
    assert session.ends == []
    caller.write(pack(HANGUP))
    await ended(session)
    agent.close()


async def test_a_party_whose_connection_is_made_again_goes_on_after_a_gap(peer: AudioSocketPeer) -> None:
    await peer.connect(identity(CALL, Role.AGENT))
    _, first = await peer.connect(identity(CALL, Role.CALLER), pack(0x10, FRAME))
    session = await opened(peer)
    await heard(session, lambda: session.audio(Role.CALLER) == FRAME)
    first.close()
    await peer.clock.advance(2)
    _, again = await peer.connect(identity(CALL, Role.CALLER))
    await say_until_heard(session, again, pack(0x10, FRAME))
    (gap,) = session.gaps()
    assert gap == Gap(call_id=CALL, channel=Role.CALLER, start_sample=320, end_sample=32_000 - 320, because="lost")


async def say_until_heard(session: RecordingSession, writer: asyncio.StreamWriter, message: bytes) -> None:
    """Say the same again and again: whoever waits for a place is not heard yet."""
    before = len(session.audio(Role.CALLER))
    async with asyncio.timeout(5):
        while len(session.audio(Role.CALLER)) == before:
            writer.write(message)
            await writer.drain()
            await asyncio.sleep(0)


async def test_a_party_that_comes_before_the_one_it_follows_has_left_is_heard_once_that_has(peer: AudioSocketPeer) -> None:
    await peer.connect(identity(CALL, Role.AGENT))
    _, first = await peer.connect(identity(CALL, Role.CALLER), pack(0x10, FRAME))
    session = await opened(peer)
    await heard(session, lambda: session.audio(Role.CALLER) == FRAME)
    _, second = await peer.connect(identity(CALL, Role.CALLER), pack(0x10, bytes(320)))
    await peer.clock.advance(1)
    first.write(pack(0x10, FRAME))
    await heard(session, lambda: session.audio(Role.CALLER) == 2 * FRAME)
    first.write(pack(HANGUP))
    await say_until_heard(session, second, pack(0x10, OTHER_FRAME))
    assert session.audio(Role.CALLER).startswith(2 * FRAME + OTHER_FRAME)  # and not what was said beside the first
    assert session.ends == []


class EndingSink(RecordingSink):
    """Still understands the last words of every call that comes, while `is_ending`."""

    def __init__(self) -> None:
        super().__init__()
        self.is_ending = True
        self.has_asked = asyncio.Event()

    def open(self, call: CallStarted, /) -> RecordingSession:
        """Ask for patience, or take the call."""
        if self.is_ending:
            self.has_asked.set()
            raise StillEndingError("in a moment")
        return super().open(call)


async def test_a_call_that_is_connected_again_while_its_last_words_are_understood_is_heard_after_them() -> None:
    sink = EndingSink()
    async with audiosocket_peer(sink) as peer:
        for role in (Role.CALLER, Role.AGENT):
            await peer.connect(identity(CALL, role), pack(0x10, FRAME))
            await sink.has_asked.wait()
            sink.has_asked.clear()
        sink.is_ending = False
        await peer.clock.advance(0.2)
        session = await opened(peer)
        await heard(session, lambda: session.audio(Role.CALLER) == session.audio(Role.AGENT) == FRAME)
    assert len(sink.sessions) == 1


async def test_a_peer_that_vanishes_is_noticed_also_while_something_that_it_was_sent_waits() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        _, writer = await asyncio.open_connection(*listener.getsockname())
        watch_connection(writer)
        connection: socket.socket = writer.get_extra_info("socket")
        assert connection.getsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT) == 30_000
        assert connection.getsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE) == 1
        writer.close()


async def test_the_same_party_twice_is_refused_and_the_first_stays(peer: AudioSocketPeer) -> None:
    _, first = await peer.connect(identity(CALL, Role.CALLER), pack(0x10, FRAME))
    session = await opened(peer)
    reader, _ = await peer.connect(identity(CALL, Role.CALLER))
    refused = asyncio.ensure_future(kinds_answered(reader))
    while not refused.done():  # it is given a moment, in which the first may leave
        await peer.clock.advance(1)
    assert await refused == [ERROR]
    first.write(pack(0x10, FRAME))
    await heard(session, lambda: session.audio(Role.CALLER) == 2 * FRAME)
    assert session.ends == []


async def test_a_call_that_waits_for_a_party_ends_when_callguard_is_stopped(peer: AudioSocketPeer) -> None:
    await peer.connect(identity(CALL, Role.CALLER), pack(0x10, FRAME), pack(HANGUP))
    session = await opened(peer)
    await heard(session, lambda: session.audio(Role.CALLER) == FRAME)
    await peer.stop()
    await ended(session)
    assert len(session.ends) == 1


async def test_a_port_in_use_is_told_with_the_remedy() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        tap = AudioSocketTap(AudioSocketSettings(port=port), HandClock())
        with pytest.raises(ServiceError, match=rf"127.0.0.1:{port} .* CALLGUARD_TAPS__AUDIOSOCKET__PORT"):
            await tap.serve(RecordingSink(), lambda: None)
