"""Where speech begins and ends: the state of one channel, fed with one probability per window."""

from dataclasses import dataclass

import numpy as np

from callguard.media.silero import WINDOW
from callguard.media.track import Track
from callguard.settings import MediaSettings
from callguard.speech import CutReason, SpeechSegment, SpeechSnapshot
from callguard.terms import RATE_HZ, Role, StepTimes

STAY_BELOW = 0.15
"""Running speech stays open down to this much under the opening threshold: Silero's own hysteresis."""
LOWEST_STAY = 0.01
QUIET_SPAN = RATE_HZ * 30 // 1000
"""A cut in long speech is made in the middle of the quietest 30 ms."""
QUIET_HOP = RATE_HZ // 100

Heard = SpeechSnapshot | SpeechSegment


def in_windows(milliseconds: int) -> int:
    """Return the nearest whole number of windows, in samples."""
    return round(milliseconds * RATE_HZ / 1000 / WINDOW) * WINDOW


@dataclass(slots=True)
class _Speech:
    """Speech that is running."""

    start: int
    end: int
    voiced: int
    is_proven: bool
    next_snapshot: int
    pauses_shown: int = 0
    """How often the silence that runs now has been shown."""


class Segmenter:
    """Turns probabilities into snapshots and segments; windows come in order, 32 ms each.

    A segment keeps as much of the silence after it as `speculate_ms`, so that it has exactly the samples of the snapshot
    taken at that moment: an engine that started early has then decoded the segment itself. Silence that lasts on for
    `expect_end_ms` is shown a second time, with the same samples, as the likely end.
    """

    def __init__(self, call_id: str, channel: Role, settings: MediaSettings) -> None:
        self._call_id = call_id
        self._channel = channel
        self._opens_at = settings.speech_threshold
        self._stays_at = max(settings.speech_threshold - STAY_BELOW, LOWEST_STAY)
        self._hangover = in_windows(settings.min_silence_ms)
        self._tail = min(in_windows(settings.speculate_ms), self._hangover)
        self._pauses = (self._tail, max(in_windows(settings.expect_end_ms), self._tail + WINDOW))
        self._proof = in_windows(settings.min_speech_ms)
        self._snapshot_every = in_windows(settings.snapshot_ms)
        self._longest = settings.max_segment_ms * RATE_HZ // 1000
        self._pre_roll = settings.pre_roll_ms * RATE_HZ // 1000
        self._speech: _Speech | None = None
        self._segment = 0
        self._floor = 0
        self.last_speech_end = 0
        """Position where the latest proven speech ended or has got to."""

    def hear(self, track: Track, end: int, probability: float) -> list[Heard]:
        """Take the window of `track` that ends at `end`."""
        speech = self._speech
        if speech is None:
            if probability < self._opens_at:
                return []
            speech = self._speech = self._begin(track, end - WINDOW)
        if probability >= self._stays_at:
            speech.voiced += WINDOW
            speech.end = end
            speech.pauses_shown = 0
            speech.is_proven = speech.is_proven or speech.voiced >= self._proof
        if speech.is_proven:
            self.last_speech_end = speech.end
            return self._continue(track, speech, end)
        if end - speech.end >= self._hangover:
            self._speech = None
        return []

    def stop(self, track: Track, at: int, cut: CutReason) -> list[Heard]:
        """End what is open at `at`, because the audio ends there; later windows belong to another stretch."""
        speech, self._speech, self._floor = self._speech, None, at
        if speech is None or not speech.is_proven:
            return []
        speech.end = min(speech.end, at)
        return [self._segment_of(track, speech, min(speech.end + self._tail, at), cut, closed_at=at)]

    @property
    def is_open(self) -> bool:
        """Whether speech is running, proven or not."""
        return self._speech is not None

    def wanted_from(self, heard_up_to: int) -> int:
        """Return the first position whose samples may still be asked for."""
        return self._speech.start if self._speech else max(self._floor, heard_up_to - self._pre_roll)

    def _begin(self, track: Track, at: int) -> _Speech:
        start = max(at - self._pre_roll, self._floor, track.start)
        return _Speech(start=start, end=at, voiced=0, is_proven=False, next_snapshot=at + self._snapshot_every)

    def _continue(self, track: Track, speech: _Speech, end: int) -> list[Heard]:
        silence = end - speech.end
        if silence >= self._hangover:
            self._speech, self._floor = None, speech.end + self._tail
            return [self._segment_of(track, speech, speech.end + self._tail, CutReason.SILENCE, closed_at=end)]
        if end - speech.start >= self._longest:
            return [self._cut(track, speech, end)]
        pauses = sum(silence >= length for length in self._pauses)
        if pauses > speech.pauses_shown or (not silence and end >= speech.next_snapshot):
            speech.pauses_shown = pauses
            speech.next_snapshot = end + self._snapshot_every
            return [self._snapshot_of(track, speech, end, is_likely_over=pauses == len(self._pauses))]
        return []

    def _cut(self, track: Track, speech: _Speech, end: int) -> SpeechSegment:
        at = _quietest(track, end - self._longest // 3, end)
        segment = self._segment_of(track, speech, at, CutReason.TOO_LONG, closed_at=end)
        self._floor = at
        self._speech = None
        if speech.end > at:
            self._speech = _Speech(at, speech.end, speech.end - at, is_proven=True, next_snapshot=end + self._snapshot_every)
        return segment

    def _snapshot_of(self, track: Track, speech: _Speech, heard: int, *, is_likely_over: bool) -> SpeechSnapshot:
        end = min(heard, speech.end + self._tail)
        return SpeechSnapshot(
            call_id=self._call_id,
            channel=self._channel,
            segment=self._segment,
            start_sample=speech.start,
            end_sample=end,
            silence_samples=end - speech.end,
            is_likely_over=is_likely_over,
            times=StepTimes(speech_end_ns=track.received_ns(speech.end), received_ns=track.received_ns(heard)),
            samples=track.view(speech.start, end),
        )

    def _segment_of(self, track: Track, speech: _Speech, end: int, cut: CutReason, *, closed_at: int) -> SpeechSegment:
        number, self._segment = self._segment, self._segment + 1
        samples = track.view(speech.start, end).copy()  # a segment may be kept for long: it must not hold the whole buffer
        samples.setflags(write=False)
        return SpeechSegment(
            call_id=self._call_id,
            channel=self._channel,
            segment=number,
            start_sample=speech.start,
            end_sample=end,
            cut=cut,
            times=StepTimes(speech_end_ns=track.received_ns(min(speech.end, end)), received_ns=track.received_ns(closed_at)),
            samples=samples,
        )


def _quietest(track: Track, start: int, end: int) -> int:
    """Return the middle of the quietest 30 ms between two positions; the first of equals."""
    energy = np.concatenate(([0.0], np.cumsum(np.square(track.view(start, end), dtype=np.float64))))
    firsts = np.arange(0, len(energy) - QUIET_SPAN, QUIET_HOP)
    return start + int(firsts[np.argmin(energy[firsts + QUIET_SPAN] - energy[firsts])]) + QUIET_SPAN // 2
