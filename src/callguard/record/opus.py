"""Ogg Opus files: the one module here that speaks PyAV.

libsndfile would do too, but holds a second of audio back in its page (1.0 s lost by a killed writer against 0.2 s) and takes half
as much time again.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import numpy.typing as npt
from av.audio.codeccontext import AudioCodecContext
from av.audio.frame import AudioFrame
from av.audio.stream import AudioStream

from callguard.errors import StoreError
from callguard.record.opus_packet import frame_of, frames_in, packet_of
from callguard.terms import RATE_HZ

CHANNEL_BIT_RATE = 24_000  # transparent for telephone speech; 11 MB an hour and channel
PAGE_US = 200_000  # what a killed writer loses at most, and a piece
PIECE = RATE_HZ // 10
"""Samples that go to the encoder together: with 20 ms at a time, forty calls spend more on handing over than on encoding."""
FRAME = RATE_HZ // 50
UNCOUPLED = (
    "255"  # mapping family of independent channels: nothing of one party leaks into the other's side, as joint stereo does
)
COMPLEXITY = "0"  # of 10
APPLICATION = "lowdelay"
"""Opus' transform coder alone. On telephone speech at this rate it is nearer to the original than its speech coder (log-spectral
distance 3.4 dB against 3.5 dB at complexity 3) for a quarter of the cost: 0.2 % of a core a call."""
DELAY = RATE_HZ // 400
"""Samples, 2.5 ms, by which the encoder is behind: with so many more than there are, all come out."""
SILENT = b"\xff\xfe"
"""The frame that the encoder gives for digital silence once what was before has died away."""
TICK = Fraction(1, RATE_HZ)

Pcm = npt.NDArray[np.int16]


class OpusFile:
    """A file at `RATE_HZ` that grows as blocks are written.

    Every method raises StoreError when the disk does not take what it should.
    """

    def __init__(self, path: Path, channels: int) -> None:
        layout = {1: "mono", 2: "stereo"}[channels]
        self._position = 0
        self._held: list[Pcm] = []
        self._held_samples = 0
        with _translated():
            ogg = {"page_duration": str(PAGE_US), "flush_packets": "1"}
            self._container = av.open(str(path), "w", format="ogg", options=ogg)
            # This encoder gives the file its header and never hears a sample: each channel has one of its own.
            mapping = {"mapping_family": UNCOUPLED} if channels > 1 else {}
            stream = self._container.add_stream("libopus", rate=RATE_HZ, layout=layout, options=CODING | mapping)
            assert isinstance(stream, AudioStream)  # of an audio codec
            self._stream = stream
            self._voices = [_Voice() for _ in range(channels)]
            self._silences: dict[int, bytes] = {}

    def take_up(self, before: Path) -> int:
        """Begin with the sound of another such file, as it is coded there, and return where it ends: whole frames.

        To be called before anything is written. A file that was cut off is taken as far as it goes; one of another kind, or with
        other channels, not at all.
        """
        with suppress(av.FFmpegError, ValueError), av.open(str(before)) as container:
            stream = container.streams.audio[0]
            if stream.codec_context.name not in ("opus", "libopus") or stream.codec_context.channels != len(self._voices):
                return 0
            for read in container.demux(stream):
                if read.size:
                    coded = bytes(read)
                    self._mux(coded, FRAME * frames_in(coded))
        return self._position

    def write(self, block: Pcm) -> None:
        """Append samples, shape (n, channels)."""
        self._held.append(block)
        self._held_samples += len(block)
        if self._held_samples >= PIECE:
            held = self._take_held()
            whole = len(held) // FRAME * FRAME
            for start in range(0, whole, PIECE):
                self._encode(held[start : min(start + PIECE, whole)])
            self._held, self._held_samples = [held[whole:]], len(held) - whole

    def _take_held(self) -> Pcm:
        held = np.concatenate(self._held) if len(self._held) > 1 else self._held[0]
        self._held, self._held_samples = [], 0
        return held

    def _encode(self, block: Pcm, *, end: int | None = None) -> None:
        """Write whole frames, at most a piece, as one packet; the file's last ends at `end`, before its frames do."""
        with _translated():
            coded = self._silence(len(block) // FRAME) if self._sleeps_through(block) else self._coded(block)
        self._mux(coded, len(block), end=end)

    def _mux(self, coded: bytes, samples: int, *, end: int | None = None) -> None:
        with _translated():
            packet = av.Packet(coded)
            packet.stream = self._stream
            packet.time_base = TICK
            packet.pts = packet.dts = self._position - DELAY
            self._position += samples
            packet.duration = (self._position - DELAY if end is None else end) - packet.pts
            self._container.mux(packet)

    def _sleeps_through(self, block: Pcm) -> bool:
        return all(voice.is_asleep for voice in self._voices) and not block.any()

    def _coded(self, block: Pcm) -> bytes:
        return self._packet([voice.encode(block[:, channel]) for channel, voice in enumerate(self._voices)])

    def _silence(self, frames: int) -> bytes:
        """Return what `_coded` gives for silence through which all voices sleep; most of a call's time on hold is that."""
        if frames not in self._silences:
            self._silences[frames] = self._packet([[SILENT] * frames for _ in self._voices])
        return self._silences[frames]

    def _packet(self, parts: Sequence[Sequence[bytes]]) -> bytes:
        """Return one packet of every channel's frames."""
        kind, last = self._voices[0].kind, len(parts) - 1
        return b"".join(packet_of(kind, frames, is_delimited=channel < last) for channel, frames in enumerate(parts))

    def close(self) -> None:
        """Write what the encoder still holds and close the file."""
        rest = self._take_held() if self._held else np.zeros((0, len(self._voices)), np.int16)
        end = self._position + len(rest)
        if end:
            padded = np.zeros((-(-(len(rest) + DELAY) // FRAME) * FRAME, len(self._voices)), np.int16)
            padded[: len(rest)] = rest
            self._encode(padded, end=end)
        with _translated():
            self._container.close()

    def abandon(self) -> None:
        """Close a file that has failed, keeping what is in it."""
        with suppress(StoreError), _translated():
            self._container.close()


CODING = {"application": APPLICATION, "compression_level": COMPLEXITY}


class _Voice:
    """The encoder of one channel.

    It sleeps through digital silence, of which every frame is the same: one side of a conversation is silent for more than half
    of it, and with nothing but zeros the encoder's filters run into the numbers that a processor is slow with.
    """

    def __init__(self) -> None:
        encoder = av.CodecContext.create("libopus", "w")
        assert isinstance(encoder, AudioCodecContext)  # of an audio codec
        encoder.sample_rate, encoder.layout, encoder.format = RATE_HZ, "mono", "s16"
        encoder.bit_rate, encoder.time_base, encoder.options = CHANNEL_BIT_RATE, TICK, CODING
        self._encoder = encoder
        self._position = 0
        self.is_asleep = False
        """Whether more silence gives the same frame again."""
        self.kind = 0
        """First byte of its packets."""

    def encode(self, samples: Pcm) -> list[bytes]:
        """Return the frames of so many whole ones, shape (n * FRAME,)."""
        if samples.any():
            self.is_asleep = False
        elif self.is_asleep:
            return [SILENT] * (len(samples) // FRAME)
        frame = AudioFrame.from_ndarray(np.ascontiguousarray(samples).reshape(1, -1), format="s16", layout="mono")
        frame.sample_rate = RATE_HZ
        frame.pts = self._position
        self._position += len(samples)
        packets = [bytes(packet) for packet in self._encoder.encode(frame)]
        self.kind = packets[0][0]
        frames = [frame_of(packet) for packet in packets]
        self.is_asleep = frames[-1] == SILENT
        return frames


@contextmanager
def _translated() -> Iterator[None]:
    try:
        yield
    except av.FFmpegError as error:
        raise StoreError(
            f"call audio cannot be written ({error.strerror}); free space on the disk or check the audio folder: "
            "this call goes on without a recording"
        ) from error
