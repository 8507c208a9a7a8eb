"""A browser's connection, over real UDP on the loopback interface."""

import asyncio
from collections.abc import Mapping

import numpy as np
import pytest
from aiortc import MediaStreamTrack, RTCPeerConnection
from aiortc.mediastreams import MediaStreamError
from av import AudioFrame

from callguard.clock import SystemClock
from callguard.errors import CapacityError, InputError
from callguard.join.addresses import publish_address
from callguard.join.peer import BrowserPeer
from callguard.join_settings import JoinSettings
from callguard.terms import RATE_HZ, Samples
from tests.join.browser import LOOPBACK, SeniorBrowser
from tests.taps.test_playing_back import strength

FRAME = RATE_HZ // 50


class ToneMix:
    """A call in which a tone is heard."""

    def __init__(self, hertz: float) -> None:
        self._hertz, self._at = hertz, 0

    def pull(self) -> Samples:
        at = np.arange(self._at, self._at + FRAME) / RATE_HZ
        self._at += FRAME
        return (0.5 * np.sin(2 * np.pi * self._hertz * at)).astype(np.float32)

    def take_levels(self) -> Mapping[str, float]:
        return {"caller": 0.354, "agent": 0.0}


class Served:
    """The server's end, and what it was told."""

    def __init__(self, settings: JoinSettings = LOOPBACK) -> None:
        self.states: list[str] = []
        self.has_state = asyncio.Event()
        self.said: list[Samples] = []
        self.peer = BrowserPeer(ToneMix(440), settings, SystemClock(), on_voice=self.said.append, on_state=self._changed)

    def _changed(self, state: str) -> None:
        self.states.append(state)
        self.has_state.set()

    async def until(self, state: str) -> None:
        async with asyncio.timeout(20):
            while state not in self.states:
                self.has_state.clear()
                await self.has_state.wait()


async def test_sound_goes_both_ways_and_levels_come_beside_it() -> None:
    served, senior = Served(), SeniorBrowser(hertz=1000)
    await senior.join(served.peer.answer)
    await served.until("connected")
    await senior.until(lambda: senior.strength(440) > 0.4 and len(senior.levels) > 1 and len(served.said) > 50)
    said = np.concatenate(served.said[-20:])
    assert strength(said, 1000, RATE_HZ) > 0.4
    assert senior.levels[-1] == {"type": "levels", "caller": 0.354, "agent": 0.0}
    await served.peer.close()
    await senior.close()
    assert served.states[-1] == "closed"


async def test_a_network_that_loses_one_packet_in_twenty_costs_a_twentieth_of_what_is_said() -> None:
    served, senior = Served(), SeniorBrowser(hertz=1000)
    await senior.join(served.peer.answer)
    await served.until("connected")
    lossy = LossyNetwork(senior)
    before = len(served.said)
    async with asyncio.timeout(20):
        await lossy.has_sent_enough.wait()
    heard = sum(map(len, served.said[before:])) / FRAME
    assert heard > lossy.let_through - 20, "what waits or is on its way may be missing, and nothing else"
    await served.peer.close()
    await senior.close()


class LossyNetwork:
    """Between a senior's browser and callguard: one packet of sound in twenty is lost, 300 are let through."""

    def __init__(self, senior: SeniorBrowser) -> None:
        self.let_through = self._sent = 0
        self.has_sent_enough = asyncio.Event()
        transport = senior.peer.getSenders()[0].transport
        self._send = transport._send_rtp
        transport._send_rtp = self._pass_on  # type: ignore[method-assign]  # the loopback interface loses nothing by itself

    async def _pass_on(self, data: bytes) -> None:
        self._sent += 1
        if self._sent % 20:
            self.let_through += 1
            await self._send(data)
        if self.let_through >= 300:
            self.has_sent_enough.set()


async def test_a_browser_that_says_goodbye_is_noticed() -> None:
    served, senior = Served(), SeniorBrowser()
    await senior.join(served.peer.answer)
    await served.until("connected")
    await senior.close()
    await served.until("closed")
    await served.peer.close()


@pytest.mark.parametrize("offer", ["", "How do you do?", "v=0\r\n", "v=0\r\nm=audio x y z\r\n"])
async def test_what_is_no_offer_is_refused(offer: str) -> None:
    served = Served()
    with pytest.raises(InputError, match="offer"):
        await served.peer.answer(offer)
    await served.peer.close()


async def test_an_offer_of_a_data_channel_alone_is_refused_and_closes() -> None:
    served, browser = Served(), RTCPeerConnection()
    browser.createDataChannel("levels")
    await browser.setLocalDescription(await browser.createOffer())
    with pytest.raises(InputError, match="0 audio sections"):
        await served.peer.answer(browser.localDescription.sdp)
    await served.peer.close()
    await browser.close()


async def test_only_the_addresses_and_ports_of_the_settings_are_offered() -> None:
    settings = JoinSettings(addresses=("127.0.0.1",), first_port=40_710, last_port=40_711, public_ip="203.0.113.7")
    served, seniors = [Served(settings) for _ in range(3)], [SeniorBrowser() for _ in range(3)]
    offers = [await senior.offer() for senior in seniors]
    answers = [await one.peer.answer(offer) for one, offer in zip(served[:2], offers[:2], strict=True)]
    with pytest.raises(CapacityError, match="no UDP port"):
        await served[2].peer.answer(offers[2])
    found = [line.split(" ")[4:6] for answer in answers for line in answer.splitlines() if line.startswith("a=candidate")]
    assert {address for address, _ in found} == {"127.0.0.1", "203.0.113.7"}
    assert {port for _, port in found} <= {"40710", "40711"}
    for one in served:
        await one.peer.close()
    for senior in seniors:
        await senior.close()


@pytest.mark.parametrize("gone", ["192.0.2.1", "no-address"])
async def test_an_address_that_cannot_be_bound_costs_nobody_the_others(gone: str) -> None:
    senior = SeniorBrowser()
    offer = await senior.offer()
    both = Served(JoinSettings(addresses=(gone, "127.0.0.1"), first_port=40_712, last_port=40_715))
    answer = await both.peer.answer(offer)
    alone = Served(JoinSettings(addresses=(gone,), first_port=40_712, last_port=40_715))
    with pytest.raises(CapacityError, match=f"{gone} cannot be bound.*join.addresses"):
        await alone.peer.answer(offer)
    found = [line.split(" ")[4] for line in answer.splitlines() if line.startswith("a=candidate")]
    assert set(found) == {"127.0.0.1"}
    for closing in (both.peer.close, alone.peer.close, senior.close):
        await closing()


def test_no_address_is_published_that_is_not_set() -> None:
    assert publish_address("a=candidate:1 1 udp 1 10.0.0.1 5 typ host\r\n", "") == "a=candidate:1 1 udp 1 10.0.0.1 5 typ host\r\n"


class TrackOfTwoCodecs(MediaStreamTrack):
    """What a browser sends that changes from Opus to G.711 on its way: 100 ms each, as aiortc decodes them."""

    kind = "audio"

    def __init__(self) -> None:
        super().__init__()
        self.has_ended = asyncio.Event()
        self._frames = iter([(48_000, "stereo")] * 5 + [(8_000, "mono")] * 5)

    async def recv(self) -> AudioFrame:
        rate_hz, layout = next(self._frames, (0, ""))
        if not rate_hz:
            self.has_ended.set()
            raise MediaStreamError
        frame = AudioFrame.from_ndarray(
            np.full((1, rate_hz // 50 * (2 if layout == "stereo" else 1)), 8192, np.int16), format="s16", layout=layout
        )
        frame.sample_rate = rate_hz
        return frame


async def test_a_browser_that_changes_its_codec_is_heard_on_and_closes_in_peace() -> None:
    served, track = Served(), TrackOfTwoCodecs()
    served.peer._heard(track)  # what aiortc calls
    async with asyncio.timeout(5):
        await track.has_ended.wait()
    await served.peer.close()
    heard_s = sum(map(len, served.said)) / RATE_HZ
    assert 0.19 < heard_s <= 0.2
    assert served.said[-1].mean() == pytest.approx(0.25, abs=0.02)
