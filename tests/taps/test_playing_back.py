"""What callguard says on a call, as the telephone system receives it."""

import asyncio
import json
from base64 import b64decode

import numpy as np
from websockets.asyncio.client import ClientConnection, connect

from callguard.clock import SystemClock
from callguard.media.g711 import decode_mulaw, encode_mulaw
from callguard.settings import AudioSocketSettings, TwilioSettings
from callguard.taps.audiosocket import AudioSocketTap
from callguard.taps.audiosocket_wire import IDENTITY, MessageReader, call_id_of, pack, write_identity
from callguard.taps.outgoing import FRAME, Mixer, Narrower, OutgoingVoice
from callguard.taps.twilio import TwilioTap
from callguard.taps.twilio_client import media_message, start_message
from callguard.terms import RATE_HZ, Role, Samples
from tests.clocks import HandClock
from tests.fakes import RecordingSession, RecordingSink
from tests.taps.peers import serving

TONE_HZ = 440.0


def tone(seconds: float, *, hertz: float = TONE_HZ, loud: float = 0.5) -> Samples:
    return (loud * np.sin(2 * np.pi * hertz * np.arange(round(seconds * RATE_HZ)) / RATE_HZ)).astype(np.float32)


def strength(samples: Samples, hertz: float, rate_hz: int) -> float:
    at = np.arange(len(samples)) / rate_hz
    return float(2 * abs(np.mean(samples * np.exp(-2j * np.pi * hertz * at))))


def test_narrowing_keeps_speech_and_takes_out_what_would_fold_back() -> None:
    narrower = Narrower()
    kept = np.concatenate([narrower.push(piece) for piece in np.split(tone(0.4) + tone(0.4, hertz=5000), 20)])
    assert len(kept) == 3200
    assert abs(strength(kept[400:], TONE_HZ, 8000) - 0.5) < 0.01
    assert strength(kept[400:], 3000, 8000) < 0.005  # 5 kHz would fold to 3 kHz


def test_sources_are_mixed_and_each_stays_in_its_own_order() -> None:
    mixer = Mixer()
    mixer.add(np.full(FRAME, 0.25, np.float32), "ana")
    mixer.add(np.full(FRAME, 0.5, np.float32), "ana")
    mixer.add(np.full(FRAME // 2, 0.125, np.float32), "ben")
    first, second = mixer.pull(), mixer.pull()
    assert (first[0], first[-1], second[0]) == (0.375, 0.25, 0.5)
    assert mixer.is_empty


async def test_a_voice_is_sent_in_real_time_and_says_when_it_is_done() -> None:
    clock, sent = HandClock(), list[Samples | None]()
    voice = OutgoingVoice(Role.AGENT, sent.append, clock)
    async with asyncio.TaskGroup() as tasks:
        running = tasks.create_task(voice.run())
        voice.play(Role.AGENT, tone(0.1), source="ana")
        voice.play(Role.CALLER, tone(1), source="ana")  # not on this connection
        await clock.advance(0.03)
        assert sent == []
        await clock.advance(0.05)
        assert len(sent) == 3
        assert voice.waiting_s(Role.AGENT, source="ana") == 0.04
        await clock.advance(0.1)
        running.cancel()
    assert [piece is None for piece in sent] == [False] * 5 + [True]


async def test_what_a_stall_has_held_back_does_not_come_in_a_burst() -> None:
    clock, sent = HandClock(), list[Samples | None]()
    voice = OutgoingVoice(Role.AGENT, sent.append, clock)
    async with asyncio.TaskGroup() as tasks:
        running = tasks.create_task(voice.run())
        voice.play(Role.AGENT, tone(3), source="ana")
        await clock.advance(0.05)
        sent.clear()
        clock.stall(1)
        await clock.advance(0.01)
        at_once = len(sent)
        await clock.advance(0.2)
        running.cancel()
    assert at_once <= 3
    assert len(sent) == at_once + 10


async def test_forgetting_what_was_queued_tells_the_peer_to_forget_too() -> None:
    cleared = list[str]()
    voice = OutgoingVoice(Role.AGENT, lambda _: None, HandClock(), on_clear=lambda: cleared.append("cleared"))
    voice.clear(Role.AGENT, source="ana")
    voice.play(Role.AGENT, tone(1), source="ana")
    voice.clear(Role.AGENT, source="ana")
    assert cleared == ["cleared"]
    assert voice.waiting_s(Role.AGENT, source="ana") == 0


async def test_a_closed_connection_reaches_nobody() -> None:
    voice = OutgoingVoice(Role.AGENT, lambda _: None, HandClock())
    voice.close()
    voice.play(Role.AGENT, tone(1), source="ana")
    assert voice.sides == frozenset()


async def opened(sink: RecordingSink) -> RecordingSession:
    async with asyncio.timeout(5):
        await sink.has_call.wait()
    return sink.sessions[0]


async def lent(session: RecordingSession, side: Role) -> None:
    async with asyncio.timeout(5):
        while side not in session.voice.sides:
            session.has_voice.clear()
            await session.has_voice.wait()


async def begin_leg(address: str, parameters: dict[str, str]) -> ClientConnection:
    link = await connect(address)
    await link.send(json.dumps({"event": "connected"}))
    await link.send(json.dumps(start_message("CA1", ["inbound"], parameters)))
    await link.send(media_message("MZ1", 2, track="inbound", chunk=1, timestamp_ms=0, payload=b"\xff" * 160))
    return link


async def test_a_bidirectional_stream_hears_mulaw_with_a_mark_behind_it_and_forgets_on_clear() -> None:
    sink = RecordingSink()
    tap = TwilioTap(TwilioSettings(port=0), SystemClock(), encode=encode_mulaw)
    async with serving(tap, sink), asyncio.timeout(10):
        link = await begin_leg(tap.address, {"plays_to": "agent"})
        session = await opened(sink)
        await lent(session, Role.AGENT)
        session.voice.play(Role.AGENT, tone(0.2), source="ana")
        messages = [json.loads(await link.recv()) for _ in range(11)]
        await link.send(json.dumps({"event": "mark", "mark": messages[-1]["mark"]}))
        session.voice.play(Role.AGENT, tone(1), source="ana")
        session.voice.clear(Role.AGENT, source="ana")
        cleared = json.loads(await link.recv())
        await link.send(json.dumps({"event": "stop"}))
        await link.wait_closed()
        await session.has_ended.wait()
    assert session.call.channels == (Role.AGENT,)
    assert [message["event"] for message in messages] == ["media"] * 10 + ["mark"]
    assert {message["streamSid"] for message in messages} == {"MZ1"}
    said = np.concatenate([decode_mulaw(b64decode(message["media"]["payload"])) for message in messages[:10]])
    assert strength(said[80:], TONE_HZ, 8000) > 0.4
    assert cleared == {"event": "clear", "streamSid": "MZ1"}
    assert session.voice.sides == frozenset()


async def test_a_forked_stream_has_no_way_back() -> None:
    sink = RecordingSink()
    tap = TwilioTap(TwilioSettings(port=0), SystemClock(), encode=encode_mulaw)
    async with serving(tap, sink), asyncio.timeout(10):
        link = await begin_leg(tap.address, {})
        session = await opened(sink)
        await link.send(json.dumps({"event": "stop"}))
        await link.wait_closed()
    assert session.voice.sides == frozenset()


async def test_each_party_of_an_audiosocket_call_hears_what_is_meant_for_it() -> None:
    sink, call_id = RecordingSink(), call_id_of(5)
    tap = AudioSocketTap(AudioSocketSettings(port=0, plays_back=True), SystemClock())
    async with serving(tap, sink), asyncio.timeout(10):
        host, _, port = tap.address.rpartition(":")
        lines = {role: await asyncio.open_connection(host, int(port)) for role in (Role.CALLER, Role.AGENT)}
        for role, (_, writer) in lines.items():
            writer.write(pack(IDENTITY, write_identity(call_id, role)))
        session = await opened(sink)
        for role in lines:
            await lent(session, role)
        session.voice.play(Role.AGENT, tone(0.1), source="ana")
        parser = MessageReader()
        (first, *_) = parser.push(await lines[Role.AGENT][0].readexactly(323))
        for _, writer in lines.values():
            writer.write_eof()
        nothing = await lines[Role.CALLER][0].read()
        for _, writer in lines.values():
            writer.close()
        await session.has_ended.wait()
    assert (first.kind, len(first.payload)) == (0x10, 320)
    assert nothing == b""
    assert session.voice.sides == frozenset()
