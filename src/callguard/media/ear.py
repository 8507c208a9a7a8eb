"""One channel of one call: from frames to windows that wait for the judge, and from its answers to speech."""

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from callguard.events import Gap
from callguard.media.doze import Doze
from callguard.media.loudness import FAINT, is_faint, loudness
from callguard.media.pcm import decode
from callguard.media.resample import REACH, TAIL, Resampler
from callguard.media.segmenter import Heard, Segmenter
from callguard.media.silero import CONTEXT, STATE_WIDTH, WINDOW, SpeechState
from callguard.media.sound_watch import BLOCK, SoundWatch
from callguard.media.track import Track
from callguard.settings import MediaSettings
from callguard.speech import AudioFrame, CutReason
from callguard.terms import RATE_HZ, Encoding, Role, Samples

FILLED_GAP = RATE_HZ // 5
"""Gaps up to 200 ms are filled with silence; longer ones end the segment, since nobody knows what was said there."""
WAITING = frozenset({Encoding.MULAW, Encoding.ALAW})
"""Encodings that are heard a block at a time while nobody speaks, because most of what a silent channel costs is per piece. Any
payload of theirs is audio, one byte a sample: what is wrong with others is said at once."""
POSITIONS_HZ = 1000
"""Positions of frames are believed to the millisecond: taps count in other rates than 16 kHz, and clocks in milliseconds."""
SILENCE = np.zeros(RATE_HZ, np.float32)
SILENCE.setflags(write=False)

Keep = Callable[[Role, int, Samples], None]
"""Takes a channel's audio at 16 kHz with the position of its first sample."""


@dataclass(slots=True)
class _Window:
    """32 ms that end at `end`; `is_open` says that the gate wants them judged."""

    track: Track
    end: int
    is_open: bool


@dataclass(slots=True)
class _Break:
    """The stretch ends at `at`: a gap or the end of the call."""

    track: Track
    at: int
    cut: CutReason


class Ear:
    """Hears one channel. `hear` runs in the tap's own task; `ask`, `answer` and `take` belong to the judge.

    Everything is decided by sample positions: how the audio is cut into frames and when the judge comes changes no result.
    Memory holds running speech (at most `max_segment_ms`) or the pre-roll, and whatever the judge has not heard yet.
    """

    def __init__(self, call_id: str, channel: Role, settings: MediaSettings, keep: Keep = lambda *_: None) -> None:
        """`keep` is given the resampled audio, so that a recorder need not do the work again.

        Where nobody speaks and nothing is louder than `loudness.QUIET`, it is given digital silence instead.
        """
        self.channel = channel
        self._keep = keep
        self.position = 0
        """Position that the audio has reached, at 16 kHz since the call began."""
        self.last_audio_ns = 0
        """When the latest frame reached the tap; 0 before the first."""
        self._watch = SoundWatch(settings.gate_mode)
        self._segmenter = Segmenter(call_id, channel, settings)
        self._resampler: Resampler | None = None
        self._next_in = 0
        self._track = Track(0)
        self._window_end = WINDOW
        self._doze: Doze | None = None
        wanted = (settings.pre_roll_ms * RATE_HZ // 1000 + CONTEXT + 2 * WINDOW) // 2
        self._wanted_of_doze = wanted + TAIL + REACH
        self._aside: list[AudioFrame] = []
        self._aside_samples = self._aside_wanted = 0
        self._waiting: deque[_Window | _Break] = deque()
        self._state: SpeechState = np.zeros((2, STATE_WIDTH), np.float32)
        self._is_warm = False
        self._heard: list[tuple[int, Heard]] = []

    @property
    def last_speech_end(self) -> int:
        """Position where speech was last recognised; 0 before the first."""
        return self._segmenter.last_speech_end

    @property
    def sound_samples(self) -> int:
        """Sound that the gate let through since speech was last recognised."""
        return self._watch.sound_samples

    @property
    def is_dozing(self) -> bool:
        """Whether what comes is counted and not heard, because nobody speaks and nothing is loud."""
        return self._doze is not None

    @property
    def is_waiting(self) -> bool:
        """Whether there is anything for the judge to settle."""
        return bool(self._waiting)

    def hear(self, item: AudioFrame | Gap) -> None:
        """Take the next frame or gap. Raises AudioFormatError for a payload or rate that cannot be audio."""
        if isinstance(item, Gap):
            self._wake()
            self._skip_to(item.end_sample)
            return
        if self._may_wait(item):
            if not self._aside:
                self._aside_wanted = self._up_to_block_end(item.rate_hz)
            self._aside.append(item)
            self._aside_samples += len(item.payload)
            self.last_audio_ns = item.received_ns
            if self._aside_samples >= self._aside_wanted:
                self._let_in()
            return
        self._wake()
        self._tune(item.rate_hz)
        payload, samples = item.payload, decode(item.encoding, item.payload)
        lead = item.start_sample - self._next_in
        if lead * POSITIONS_HZ > item.rate_hz:
            self._skip_to(_at_16k(item.start_sample, item.rate_hz))
        elif -lead * POSITIONS_HZ > item.rate_hz:
            payload, samples = payload[-lead:], samples[-lead:]  # heard already
        if len(samples):
            self._watch.measure(loudness(item.encoding, payload, samples))
            self._take_in(samples, item.received_ns)

    def close(self) -> None:
        """Take the call as over: let out what is held back and end the stretch."""
        self._wake()
        self._end_stretch(CutReason.CALL_END)

    def ask(self) -> Samples | None:
        """Settle what needs no judge and return the next window that does, with its context; None if there is none."""
        while self._waiting:
            head = self._waiting[0]
            if isinstance(head, _Window):
                if head.is_open:
                    return self._windowed(head)
                self._is_warm = False
                self._settle(head, 0.0)
            else:
                self._note(head.at, self._segmenter.stop(head.track, head.at, head.cut))
                self._is_warm = False
            self._waiting.popleft()
        return None

    @property
    def state(self) -> SpeechState:
        """The detector's state of this channel, shape (2, 128); zeros after a pause in which it was not asked."""
        if not self._is_warm:
            self._state = np.zeros((2, STATE_WIDTH), np.float32)
        return self._state

    def answer(self, probability: float, state: SpeechState) -> None:
        """Take the judge's answer for the window that `ask` returned."""
        window = self._waiting.popleft()
        assert isinstance(window, _Window)  # `ask` stops at windows only
        self._state, self._is_warm = state, True
        self._settle(window, probability)

    def take(self) -> list[tuple[int, Heard]]:
        """Return what was heard since the last time, each with the position at which it became known."""
        heard, self._heard = self._heard, []
        return heard

    def _may_wait(self, frame: AudioFrame) -> bool:
        """Say whether this frame may be heard together with the next ones: nobody speaks, and it follows on the last."""
        return (
            frame.encoding in WAITING
            and self._resampler is not None
            and self._resampler.rate_hz == frame.rate_hz
            and frame.start_sample == self._next_in + self._aside_samples
            and not self._segmenter.is_open
            and self._watch.is_at_rest
            and (not self._aside or self._aside[0].encoding is frame.encoding)
        )

    def _up_to_block_end(self, rate_hz: int) -> int:
        """Return the samples at `rate_hz` from where the channel is to the end of its block."""
        into = (self._next_in - _at_rate(self._track.start, rate_hz)) * RATE_HZ // rate_hz % BLOCK
        return -(-(BLOCK - into) * rate_hz // RATE_HZ)

    def _let_in(self) -> None:
        """Hear what was put aside, or let the channel doze on."""
        if not self._aside:
            return
        aside, self._aside, self._aside_samples = self._aside, [], 0
        encoding, payload = aside[0].encoding, b"".join([frame.payload for frame in aside])
        assert self._resampler is not None  # frames wait only behind others
        if is_faint(encoding, payload) and self._may_doze(encoding, len(payload)):
            self._doze_through(encoding, payload)
            return
        self._rise()
        samples = decode(encoding, payload)
        self._watch.measure(loudness(encoding, payload, samples))
        for frame in aside:
            self._next_in += len(frame.payload)
            self.position = _at_16k(self._next_in, frame.rate_hz)
            self._track.arrive(self.position, frame.received_ns)
        self._append(self._resampler.push(samples))

    def _wake(self) -> None:
        """Be ready for what does not follow on, or cannot wait."""
        self._let_in()
        self._rise()

    def _may_doze(self, encoding: Encoding, count: int) -> bool:
        """Say whether faint sound changes nothing: whole blocks that would be passed over, and nothing waits for the judge."""
        if self._doze is not None:
            return self._doze.encoding is encoding and 2 * count % BLOCK == 0
        assert self._resampler is not None  # `_let_in` knows
        into = 2 * self._next_in - self._track.start
        return (
            self._resampler.is_doubling
            and into > 0
            and into % BLOCK == 0
            and 2 * count % BLOCK == 0
            and not self._waiting
            and not self._segmenter.is_open
            and self._watch.is_faint
        )

    def _doze_through(self, encoding: Encoding, payload: bytes) -> None:
        if self._doze is None:
            self._doze = Doze(encoding, self._wanted_of_doze)
        count = 2 * len(payload)
        silence = SILENCE[:count] if count <= len(SILENCE) else np.zeros(count, np.float32)
        self._keep(self.channel, self._track.end + 2 * self._doze.samples, silence)
        self._doze.add(payload)
        self._next_in += len(payload)
        self.position = 2 * self._next_in

    def _rise(self) -> None:
        """Go on as if everything had been heard: what may still be wanted is, and the windows passed behind the closed gate."""
        doze, self._doze = self._doze, None
        if doze is None:
            return
        assert self._resampler is not None  # who dozes has heard
        samples = decode(doze.encoding, doze.payload)
        if doze.samples > len(samples):
            self._track.skip(2 * (doze.samples - len(samples) + TAIL))
            self._resampler.prime(samples[:TAIL])
            samples = samples[TAIL:]
        self._track.append(self._resampler.push(samples))
        windows = max(0, (self._track.end - self._window_end) // WINDOW + 1)
        if windows:
            self._window_end += windows * WINDOW
            self._is_warm = False
        faint_from = self._watch.pass_over(self._window_end - WINDOW)
        self._watch.resume(self._track.view(faint_from, self._track.end))

    def _settle(self, window: _Window, probability: float) -> None:
        before = self._segmenter.last_speech_end
        self._note(window.end, self._segmenter.hear(window.track, window.end, probability))
        if self._segmenter.last_speech_end != before:
            self._watch.sound_samples = 0
        window.track.forget_before(min(self._segmenter.wanted_from(window.end), window.end - CONTEXT))

    def _note(self, at: int, heard: list[Heard]) -> None:
        self._heard.extend((at, event) for event in heard)

    @staticmethod
    def _windowed(window: _Window) -> Samples:
        start = window.end - WINDOW
        samples = window.track.view(start - CONTEXT, window.end)
        if len(samples) == CONTEXT + WINDOW:
            return samples
        padded = np.zeros(CONTEXT + WINDOW, np.float32)
        first = CONTEXT + max(start - CONTEXT, window.track.start) - start
        padded[first : first + len(samples)] = samples
        return padded

    def _tune(self, rate_hz: int) -> None:
        if self._resampler is not None and self._resampler.rate_hz == rate_hz:
            return
        if self._resampler is not None:
            self._append(self._resampler.finish())
        self._resampler = Resampler(rate_hz)
        self._watch.tune(is_measured=self._resampler.is_doubling)
        self._next_in = _at_rate(self.position, rate_hz)

    def _take_in(self, samples: Samples, received_ns: int) -> None:
        assert self._resampler is not None  # `hear` has tuned it
        self._next_in += len(samples)
        self.position = _at_16k(self._next_in, self._resampler.rate_hz)
        self.last_audio_ns = received_ns
        self._track.arrive(self.position, received_ns)
        self._append(self._resampler.push(samples))

    def _skip_to(self, position: int) -> None:
        missing = position - self.position
        if missing <= 0:
            return
        if missing <= FILLED_GAP and self._resampler is not None:
            count = _at_rate(position, self._resampler.rate_hz) - self._next_in
            self._next_in += count
            self._watch.measure(FAINT * count)
            self._append(self._resampler.push(np.zeros(count, np.float32)))
        else:
            self._end_stretch(CutReason.GAP)
            self._begin_stretch(position)
        self.position = position

    def _end_stretch(self, cut: CutReason) -> None:
        if self._resampler is not None:
            self._append(self._resampler.finish())
        self._gate_windows(is_over=True)
        if self._track.end > self._window_end - WINDOW:
            self._append(np.zeros(self._window_end - self._track.end, np.float32))
            self._gate_windows(is_over=True)
        self._waiting.append(_Break(self._track, min(self.position, self._track.end), cut))

    def _begin_stretch(self, position: int) -> None:
        self._track = Track(position)
        self._window_end = position + WINDOW
        self._watch.begin(position)
        if self._resampler is not None:
            self._next_in = _at_rate(position, self._resampler.rate_hz)

    def _append(self, samples: Samples) -> None:
        if not len(samples):
            return
        self._keep(self.channel, self._track.end, samples)
        self._track.append(samples)
        self._watch.hear(samples)
        self._gate_windows()

    def _gate_windows(self, *, is_over: bool = False) -> None:
        """Let the windows that are whole wait for the judge; `is_over` says that no more sound comes."""
        while self._track.end >= self._window_end and self._watch.gate_up_to(self._window_end, is_over=is_over):
            self._waiting.append(_Window(self._track, self._window_end, self._watch.is_open(self._window_end)))
            self._window_end += WINDOW


def _at_16k(position: int, rate_hz: int) -> int:
    return round(position * RATE_HZ / rate_hz)


def _at_rate(position: int, rate_hz: int) -> int:
    return round(position * rate_hz / RATE_HZ)
