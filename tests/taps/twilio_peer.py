"""A caller's end of the Twilio tap, for the contract tests: Media Streams over a real WebSocket."""

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress

from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed

from callguard.media.g711 import encode_mulaw
from callguard.settings import TwilioSettings
from callguard.taps.twilio import TwilioTap
from callguard.taps.twilio_client import media_message, start_message
from callguard.terms import Role
from tests.clocks import HandClock
from tests.fakes import RecordingSink
from tests.taps.peers import FRAME_MS, WAIT_S, level, opened, stoppable


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
        await opened(self.sink, line.call_id)
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


@asynccontextmanager
async def twilio_peer(sink: RecordingSink) -> AsyncIterator[TwilioPeer]:
    tap = TwilioTap(TwilioSettings(port=0), HandClock())
    async with stoppable(tap, sink) as stop:
        yield TwilioPeer(tap, sink, stop)
