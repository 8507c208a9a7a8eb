"""One browser over WebRTC: the one module that imports aiortc.

An offer with all its candidates comes in, an answer with all of ours goes out (no trickle): one request, as with WHIP and WHEP.
"""

import asyncio
import logging
from collections.abc import Callable, Mapping
from contextlib import suppress
from fractions import Fraction
from typing import Final, Protocol, cast

import numpy as np
import orjson
from aiortc import (
    MediaStreamTrack,
    RTCConfiguration,
    RTCDataChannel,
    RTCIceServer,
    RTCPeerConnection,
    RTCRtpTransceiver,
    RTCSessionDescription,
)
from aiortc.exceptions import InvalidAccessError, InvalidStateError, OperationError
from aiortc.mediastreams import MediaStreamError
from av import AudioFrame, AudioResampler

from callguard.clock import Clock
from callguard.errors import InputError
from callguard.join.addresses import publish_address, restrict_candidates
from callguard.join.ice import ice_servers
from callguard.join.packet_order import PacketOrder
from callguard.join_settings import JoinSettings
from callguard.terms import RATE_HZ, Samples

log = logging.getLogger(__name__)

FRAME: Final = RATE_HZ // 50
FRAME_NS: Final = 20_000_000
LATE_NS: Final = 100_000_000
"""When the process was held up for longer, the time is made up by silence instead of a burst."""
LEVEL_EVERY: Final = 5
"""Frames: levels are told ten times a second."""
SECOND_NS: Final = 1_000_000_000
ORDERS_PACKETS: Final = "_RTCRtpReceiver__jitter_buffer"
"""Where a receiver of aiortc's puts its packets in order; it cannot be given another way of it."""


class Mix(Protocol):
    """What this browser is to hear."""

    def pull(self) -> Samples:
        """Return the next 20 ms at 16 kHz."""
        ...

    def take_levels(self) -> Mapping[str, float]:
        """Return how loud each party was since the last time."""
        ...


class BrowserPeer:
    """The server's end of one browser's connection."""

    def __init__(
        self,
        mix: Mix,
        settings: JoinSettings,
        clock: Clock,
        *,
        on_voice: Callable[[Samples], None],
        on_state: Callable[[str], None],
    ) -> None:
        """`on_voice` gets what the senior says at 16 kHz; `on_state` «connected», «failed» or «closed»."""
        servers = [
            RTCIceServer(one.urls, one.username or None, one.credential or None) for one in ice_servers(settings, clock.utc_now())
        ]
        self._settings = settings
        self._on_voice = on_voice
        self._on_state = on_state
        self._connection = RTCPeerConnection(RTCConfiguration(iceServers=servers))
        self._hearing: asyncio.Task[None] | None = None
        self._levels: RTCDataChannel | None = None
        self._track = _CallTrack(mix, clock, self._tell_levels)
        self._connection.on("track", self._heard)
        self._connection.on("datachannel", self._opened)
        self._connection.on("connectionstatechange", self._changed)

    async def answer(self, offer: str) -> str:
        """Return the answer to a browser's offer. Raises InputError for what is no offer of audio."""
        try:
            await self._connection.setRemoteDescription(RTCSessionDescription(offer, "offer"))
            audio = [one for one in self._connection.getTransceivers() if one.kind == "audio"]
            if len(audio) != 1:
                raise InputError(
                    f"the offer has {len(audio)} audio sections; expected one, and at most one data channel beside it"
                )
            setattr(audio[0].receiver, ORDERS_PACKETS, PacketOrder())
            self._speak(audio[0])
            restrict_candidates(self._connection, self._settings)
            await self._connection.setLocalDescription(await self._connection.createAnswer())
        except (ValueError, LookupError, AssertionError, AttributeError) as error:  # what aiortc's parser lets through
            raise InputError("the offer cannot be read; send the «sdp» of an RTCSessionDescription of type «offer»") from error
        except (InvalidAccessError, InvalidStateError, OperationError) as error:
            raise InputError(f"the offer cannot be answered ({error}); offer Opus audio over DTLS-SRTP") from error
        return publish_address(self._connection.localDescription.sdp, self._settings.public_ip)

    async def close(self) -> None:
        """End the connection; the browser sees it close."""
        if self._hearing is not None:
            self._hearing.cancel()
            (failed,) = await asyncio.gather(self._hearing, return_exceptions=True)
            if isinstance(failed, Exception):  # of this browser alone: whoever closes it serves others
                log.error("a browser was no longer heard", exc_info=failed)
        self._track.stop()
        # An offer that was refused half-way leaves aiortc's data channel without a transport; nothing has been opened by then.
        with suppress(AttributeError):
            await self._connection.close()

    def _speak(self, transceiver: RTCRtpTransceiver) -> None:
        transceiver.sender.replaceTrack(self._track)
        hears = transceiver._offerDirection in {"sendrecv", "recvonly"}  # noqa: SLF001  # aiortc tells it nowhere else
        transceiver.direction = "sendrecv" if hears else "sendonly"

    def _heard(self, track: MediaStreamTrack) -> None:
        if track.kind == "audio":
            self._hearing = asyncio.ensure_future(self._hear(track))

    async def _hear(self, track: MediaStreamTrack) -> None:
        narrow, kind = AudioResampler(format="flt", layout="mono", rate=RATE_HZ), None
        while True:
            try:
                frame = cast("AudioFrame", await track.recv())
            except MediaStreamError:
                return
            was, kind = kind, (frame.format.name, frame.layout.name, frame.sample_rate)
            if was not in (None, kind):  # a browser may change to another codec of the answer at any time
                narrow = AudioResampler(format="flt", layout="mono", rate=RATE_HZ)
            for piece in narrow.resample(frame):
                self._on_voice(piece.to_ndarray()[0].astype(np.float32))

    def _opened(self, channel: RTCDataChannel) -> None:
        self._levels = channel

    def _tell_levels(self, levels: Mapping[str, float]) -> None:
        if self._levels is not None and self._levels.readyState == "open" and self._levels.bufferedAmount == 0:
            self._levels.send(orjson.dumps({"type": "levels", **levels}).decode())

    def _changed(self) -> None:
        if (state := self._connection.connectionState) in {"connected", "failed", "closed"}:
            self._on_state(state)


class _CallTrack(MediaStreamTrack):
    """The mix as aiortc wants it: `recv` returns 20 ms every 20 ms."""

    kind = "audio"

    def __init__(self, mix: Mix, clock: Clock, tell_levels: Callable[[Mapping[str, float]], None]) -> None:
        super().__init__()
        self._mix = mix
        self._clock = clock
        self._tell_levels = tell_levels
        self._sent = 0
        self._due_ns = 0

    async def recv(self) -> AudioFrame:
        """Return the next frame when it is due."""
        if self.readyState != "live":
            raise MediaStreamError
        now_ns = self._clock.monotonic_ns()
        if now_ns - self._due_ns > LATE_NS:
            self._due_ns = now_ns
        await self._clock.sleep(max(0.0, (self._due_ns - now_ns) / SECOND_NS))
        self._due_ns += FRAME_NS
        pcm = np.rint(self._mix.pull() * 32767).astype(np.int16)
        frame = AudioFrame.from_ndarray(pcm[np.newaxis], format="s16", layout="mono")
        frame.pts, frame.sample_rate, frame.time_base = self._sent * FRAME, RATE_HZ, Fraction(1, RATE_HZ)
        self._sent += 1
        if self._sent % LEVEL_EVERY == 0:
            self._tell_levels(self._mix.take_levels())
        return frame
