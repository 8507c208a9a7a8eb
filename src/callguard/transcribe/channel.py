"""What the engine keeps for each channel of a call: language, the running utterance, a decode that began early."""

from dataclasses import dataclass, field

from callguard.speech import SpeechSegment, SpeechSnapshot
from callguard.transcribe.agreement import Agreement
from callguard.transcribe.hypothesis import Hypothesis, Utterance
from callguard.transcribe.log_mel import Features, LogMel
from callguard.transcribe.workers import Decoding

SURE_OF_LANGUAGE = 0.8
"""A language heard with this probability is kept for the rest of the call; short utterances mislead below it."""


@dataclass(frozen=True, slots=True)
class EarlyStart:
    """A decode that began in the first silence of its speech."""

    decoding: Decoding
    start_sample: int
    speech_end_sample: int
    end_sample: int

    @classmethod
    def of(cls, snapshot: SpeechSnapshot, decoding: Decoding) -> "EarlyStart":
        """Note that `decoding` is about `snapshot`."""
        return cls(decoding, snapshot.start_sample, snapshot.end_sample - snapshot.silence_samples, snapshot.end_sample)

    def covers(self, segment: SpeechSegment) -> bool:
        """Say whether `segment` holds the same speech: all that was decoded, and nothing after it."""
        return segment.start_sample == self.start_sample and self.speech_end_sample <= segment.end_sample <= self.end_sample


@dataclass(slots=True)
class Channel:
    """One channel of one call."""

    language: str = ""
    """Found out once and then kept; empty while unknown or given by the tap."""
    segment: int = -1
    """The newest segment that was seen."""
    is_over: bool = True
    """Whether the final of that segment was asked for."""
    last_partial_ns: int = 0
    shown: str = ""
    agreement: Agreement = field(default_factory=Agreement)
    early: EarlyStart | None = None
    final_way: tuple[int, int, int] = (-1, 0, 0)
    """The newest segment that was concluded, and the window and beam that its text was found with."""
    _log_mel: LogMel | None = None
    _log_mel_of: tuple[int, int] = (-1, -1)

    def follow(self, snapshot: SpeechSnapshot) -> bool:
        """Take note of running speech; return False if its segment is over already."""
        if snapshot.segment < self.segment or (snapshot.segment == self.segment and self.is_over):
            return False
        if snapshot.segment > self.segment:
            self._begin(snapshot.segment)
        speech_end_sample = snapshot.end_sample - snapshot.silence_samples
        if self.early is not None and speech_end_sample > self.early.speech_end_sample:
            self.early = None  # speech went on
        return True

    def finish(self, segment: SpeechSegment) -> Decoding | None:
        """Take note that speech is over; return the decode that began early if it holds the same speech."""
        if segment.segment > self.segment:
            self._begin(segment.segment)
        if segment.segment < self.segment:
            return None
        self.is_over = True
        early, self.early = self.early, None
        return early.decoding if early is not None and early.covers(segment) else None

    def utterance(self, speech: SpeechSegment | SpeechSnapshot, language: str, filters: Features) -> Utterance:
        """Return `speech` for the model; what was seen of its beginning before is not computed again."""
        key = (speech.segment, speech.start_sample)
        if self._log_mel is None or self._log_mel_of != key:
            self._log_mel, self._log_mel_of = LogMel(filters), key
        return Utterance(samples=speech.samples, log_mel=self._log_mel, language=language or self.language)

    def learn(self, hypothesis: Hypothesis) -> None:
        """Keep the language that was found out, if it is sure."""
        if hypothesis.language_probability >= SURE_OF_LANGUAGE:
            self.language = hypothesis.language

    def _begin(self, segment: int) -> None:
        self.segment = segment
        self.is_over = False
        self.shown = ""
        self.agreement = Agreement()
        self.early = None
