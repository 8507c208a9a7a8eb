"""A senior's browser, played by aiortc on the loopback interface."""

import asyncio
import json
from collections.abc import Awaitable, Callable
from fractions import Fraction
from typing import Any

import numpy as np
from aiortc import MediaStreamTrack, RTCConfiguration, RTCPeerConnection, RTCSessionDescription
from aiortc.mediastreams import MediaStreamError
from av import AudioFrame, AudioResampler

from callguard.join.addresses import restrict_candidates
from callguard.join_settings import JoinSettings
from callguard.terms import RATE_HZ, Samples

LOOPBACK = JoinSettings(addresses=("127.0.0.1",))
FRAME = RATE_HZ // 50


class Tone(MediaStreamTrack):
    """A sine for ever, in real time."""

    kind = "audio"

    def __init__(self, hertz: float, loud: float = 0.5) -> None:
        super().__init__()
        self._hertz, self._loud, self._sent = hertz, loud, 0
        self._began = asyncio.get_running_loop().time()

    async def recv(self) -> AudioFrame:
        await asyncio.sleep(max(0.0, self._began + self._sent * 0.02 - asyncio.get_running_loop().time()))
        at = (np.arange(FRAME) + self._sent * FRAME) / RATE_HZ
        pcm = (32767 * self._loud * np.sin(2 * np.pi * self._hertz * at)).astype(np.int16)
        frame = AudioFrame.from_ndarray(pcm[np.newaxis], format="s16", layout="mono")
        frame.pts, frame.sample_rate, frame.time_base = self._sent * FRAME, RATE_HZ, Fraction(1, RATE_HZ)
        self._sent += 1
        return frame


class SeniorBrowser:
    """Offers audio, and keeps what it hears and how loud the parties are said to be."""

    def __init__(self, *, hertz: float = 1000.0, configuration: RTCConfiguration | None = None) -> None:
        self.peer = RTCPeerConnection(configuration)
        self.peer.addTrack(Tone(hertz))
        self.channel = self.peer.createDataChannel("levels")
        self.channel.on("message", lambda text: self.levels.append(json.loads(text)))
        self.peer.on("track", self._heard)
        self.levels: list[dict[str, Any]] = []
        self.heard: list[Samples] = []
        self.on_frame: Callable[[Samples], None] = lambda _: None
        self._hearing: asyncio.Task[None] | None = None
        self._has_heard = asyncio.Event()

    async def offer(self) -> str:
        """Return an offer with all candidates, of the loopback interface."""
        restrict_candidates(self.peer, LOOPBACK)
        await self.peer.setLocalDescription(await self.peer.createOffer())
        return self.peer.localDescription.sdp

    async def accept(self, answer: str) -> None:
        await self.peer.setRemoteDescription(RTCSessionDescription(answer, "answer"))

    async def join(self, answer: Callable[[str], Awaitable[str]]) -> None:
        await self.accept(await answer(await self.offer()))

    async def until(self, done: Callable[[], bool], *, seconds: float = 20) -> None:
        """Wait until what has been heard is enough; looks at every frame."""
        async with asyncio.timeout(seconds):
            while not done():
                self._has_heard.clear()
                await self._has_heard.wait()

    def strength(self, hertz: float) -> float:
        """Return the amplitude of a tone in the last 200 ms heard."""
        last = np.concatenate(self.heard)[-RATE_HZ // 5 :] if self.heard else np.zeros(1, np.float32)
        return float(2 * abs(np.mean(last * np.exp(-2j * np.pi * hertz * np.arange(len(last)) / RATE_HZ))))

    async def close(self) -> None:
        await self.peer.close()
        if self._hearing is not None:
            await self._hearing

    def _heard(self, track: MediaStreamTrack) -> None:
        self._hearing = asyncio.ensure_future(self._hear(track))

    async def _hear(self, track: MediaStreamTrack) -> None:
        narrow = AudioResampler(format="flt", layout="mono", rate=RATE_HZ)
        while True:
            try:
                frame = await track.recv()
            except MediaStreamError:
                return
            assert isinstance(frame, AudioFrame)
            for piece in narrow.resample(frame):
                samples = piece.to_ndarray()[0]
                self.heard.append(samples)
                self.on_frame(samples)
            self._has_heard.set()
