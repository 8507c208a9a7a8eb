"""A caller's end of the WebRTC tap, for the contract tests: browsers that are connected without a network."""

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

import numpy as np
import pytest

from callguard.errors import CapacityError, InputError
from callguard.settings import WebRtcSettings
from callguard.taps.pulled_voice import PulledVoice
from callguard.taps.webrtc import Party, WebRtcTap
from callguard.terms import Role, Samples
from tests.clocks import HandClock
from tests.fakes import RecordingSink
from tests.taps.peers import FRAME_MS, LEVELS, stoppable


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
        self, call_id: str, role: Role, offer: str = "offer", *, is_connected: bool = True, replaces: str = ""
    ) -> tuple[str, PlainBrowser]:
        """Announce a party's browser, which connects at once or never."""
        line_id, _ = await self.tap.open(Party(call_id=call_id, role=role), offer, replaces=replaces)
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


@asynccontextmanager
async def webrtc_peer(sink: RecordingSink) -> AsyncIterator[WebRtcPeer]:
    peer = WebRtcPeer(sink, HandClock())
    async with stoppable(peer.tap, sink) as peer.stopping:
        yield peer
