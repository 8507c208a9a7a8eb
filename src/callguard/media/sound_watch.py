"""Where one channel holds sound that may be speech, 20 ms at a time; what is faint while nobody speaks is not even gated."""

from callguard.media.gate import GATE_SAMPLES, SoundGate, to_gate_pcm
from callguard.media.loudness import FAINT, LOUD
from callguard.media.resample import REACH
from callguard.terms import RATE_HZ, Samples

GATE_HOLD = 20 * GATE_SAMPLES
"""400 ms: so long after sound the windows are still judged, because webrtcvad drops out inside words more than Silero does."""
BLOCK = RATE_HZ // 10
"""Samples that are looked at together while nobody speaks; blocks are counted from where the stretch begins."""


class SoundWatch:
    """Gates one channel; everything is decided by positions, so that how the audio is cut changes nothing."""

    def __init__(self, mode: int) -> None:
        self.sound_samples = 0
        """Sound that was let through; whoever recognises speech in it sets it to 0."""
        self._gate = SoundGate(mode)
        self._start = self._end = 0
        self._sound_end = -GATE_HOLD
        self._pcm = b""
        self._loud = b""
        self._is_measured = False
        self._is_faint = False

    def begin(self, position: int) -> None:
        """Begin a stretch."""
        self._start = self._end = position
        self._pcm = self._loud = b""

    def tune(self, *, is_measured: bool) -> None:
        """Go on with audio of another rate; `is_measured` says that `measure` is told of it, which takes 8 kHz."""
        self._is_measured = is_measured
        self._loud = LOUD * (len(self._pcm) // 4)  # nobody has measured what is here

    def measure(self, loud: bytes) -> None:
        """Take which of the next samples are loud; it runs ahead of `hear`."""
        if self._is_measured:
            self._loud += loud

    def hear(self, samples: Samples) -> None:
        """Take the next samples at 16 kHz."""
        self._pcm += to_gate_pcm(samples)

    def is_open(self, end: int) -> bool:
        """Say whether the window that ends there is worth judging."""
        return end - self._sound_end < GATE_HOLD

    @property
    def is_at_rest(self) -> bool:
        """Whether there has been no sound of late."""
        return not self.is_open(self._end)

    @property
    def is_faint(self) -> bool:
        """Whether it is at rest and all that has come and is not gated will be passed over, as far as it goes."""
        return self.is_at_rest and LOUD not in self._loud and (self._is_faint or self._begins_block)

    def gate_up_to(self, end: int, *, is_over: bool = False) -> bool:
        """Gate what is whole before `end`; return False if more must come first to know, which `is_over` says it will not."""
        used = 0
        while self._end + GATE_SAMPLES <= end:
            if self._begins_block:
                is_faint = self._is_faint_block(used // 4, is_over=is_over)
                if is_faint is None:
                    break
                self._is_faint = is_faint
            self._end += GATE_SAMPLES
            if not self._is_faint and self._gate.may_be_speech(self._pcm[used : used + 2 * GATE_SAMPLES]):
                self._sound_end = self._end
                self.sound_samples += GATE_SAMPLES
            used += 2 * GATE_SAMPLES
        if used:
            self._pcm = self._pcm[used:]
            self._loud = self._loud[used // 4 :]
        return self._end + GATE_SAMPLES > end

    def pass_over(self, end: int) -> int:
        """Pass over faint blocks as far as `gate_up_to` would; return the position from which `resume` wants the samples."""
        self._end += max(0, end - self._end) // GATE_SAMPLES * GATE_SAMPLES
        self._is_faint = True
        return self._end

    def resume(self, samples: Samples) -> None:
        """Take the faint samples from where `pass_over` has come to."""
        self._pcm = to_gate_pcm(samples)
        self._loud = FAINT * (len(samples) // 2 + REACH)

    @property
    def _begins_block(self) -> bool:
        return (self._end - self._start) % BLOCK == 0

    def _is_faint_block(self, first: int, *, is_over: bool) -> bool | None:
        """Say whether the block that begins now can be passed over; None while it has not all come.

        Only where nobody has spoken of late: speech on a quiet line is faint for moments too.
        """
        if not self._is_measured or not self.is_at_rest:
            return False
        loud = self._loud[first : first + BLOCK // 2]
        if LOUD in loud:
            return False
        if len(loud) < BLOCK // 2:
            return False if is_over else None
        return True
