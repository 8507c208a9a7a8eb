"""Stand-ins that honour our protocols, for tests; each says how it differs from the real thing."""

import asyncio
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime

import numpy as np
import numpy.typing as npt

from callguard.call_path import Speech, Verdict
from callguard.errors import CapacityError, EngineError, NotFoundError, StoreError
from callguard.events import CallStarted, Decision, Event, Gap, HumanAct, KeyPressed, StoredEvent, WarningGiven
from callguard.human_acts import AlertAnswered, HelpAsked
from callguard.playback import CallVoice, PlaysAudio
from callguard.speech import (
    AudioFrame,
    CallRisk,
    CutReason,
    SpeechSegment,
    SpeechSnapshot,
    Transcript,
    TranscriptLost,
    UtteranceScore,
)
from callguard.terms import RATE_HZ, Audience, CallState, Category, DecisionKind, EndReason, Reach, Role, StepTimes


def call_started(call_id: str = "c1", *, agent: str = "sam") -> CallStarted:
    """Return the start of an ordinary two-party call."""
    return CallStarted(
        call_id=call_id,
        tap="fake",
        started_at=datetime(2026, 11, 20, 14, 3, tzinfo=UTC),
        channels=(Role.CALLER, Role.AGENT),
        agent=agent,
        caller="+44 20 7946 0001",
        line="",
        language="en",
    )


def speech_segment(
    number: int, *, call_id: str = "c1", channel: Role = Role.CALLER, start_s: float = 0, end_s: float = 1
) -> SpeechSegment:
    """Return a segment of silence."""
    return SpeechSegment(
        call_id=call_id,
        channel=channel,
        segment=number,
        start_sample=int(start_s * RATE_HZ),
        end_sample=int(end_s * RATE_HZ),
        cut=CutReason.SILENCE,
        times=StepTimes(speech_end_ns=1, received_ns=2),
        samples=np.zeros(int((end_s - start_s) * RATE_HZ), np.float32),
    )


def speech_snapshot(number: int, *, call_id: str = "c1", channel: Role = Role.CALLER, end_s: float = 0.5) -> SpeechSnapshot:
    """Return a snapshot of running silence."""
    return SpeechSnapshot(
        call_id=call_id,
        channel=channel,
        segment=number,
        start_sample=0,
        end_sample=int(end_s * RATE_HZ),
        silence_samples=0,
        times=StepTimes(),
        samples=np.zeros(int(end_s * RATE_HZ), np.float32),
    )


def transcript(
    text: str,
    *,
    number: int = 0,
    call_id: str = "c1",
    channel: Role = Role.CALLER,
    start_s: float | None = None,
    end_s: float = 1,
    is_final: bool = True,
) -> Transcript:
    """Return a reliable transcript; without a start, of a second of speech."""
    return Transcript(
        call_id=call_id,
        channel=channel,
        segment=number,
        start_sample=int((end_s - 1 if start_s is None else start_s) * RATE_HZ),
        end_sample=int(end_s * RATE_HZ),
        is_final=is_final,
        text=text,
        words=(),
        language="en",
        engine="fake",
        mean_log_probability=-0.1,
        no_speech_probability=0.0,
        is_reliable=True,
        unreliable_because="",
        times=StepTimes(),
    )


class ShoutScorer:
    """Core of the score step that knows two rules: upper case is an insult, and with «!» a threat. The agent is not scored."""

    def push(self, item: Transcript, /) -> Iterable[UtteranceScore | CallRisk]:
        """Score a caller's transcript."""
        score = self.read(item)
        if score is not None:
            yield score

    def read(self, item: Transcript, /) -> UtteranceScore | None:
        """Score without consequence."""
        if item.channel is Role.AGENT:
            return None
        is_insult = item.text.isupper()
        is_threat = is_insult and item.text.endswith("!")
        return UtteranceScore(
            call_id=item.call_id,
            channel=item.channel,
            segment=item.segment,
            start_sample=item.start_sample,
            end_sample=item.end_sample,
            is_final=item.is_final,
            is_reliable=item.is_reliable,
            text=item.text,
            scores={Category.INSULT: float(is_insult)},
            labels=(Category.INSULT,) if is_insult else (),
            severity=4 if is_threat else 2 * is_insult,
            spans=(),
            is_angry=False,
            scorer="shout",
            times=item.times,
        )

    def warned(self, warning: WarningGiven, /) -> None:
        """Care about nothing."""

    def flush(self) -> Iterable[UtteranceScore | CallRisk]:
        """Hold nothing."""
        return ()


class AlertLadder:
    """Policy that alerts senior staff for every labelled utterance and every cry for help; remembers how time passed."""

    def __init__(self) -> None:
        self.ticks: list[int] = []
        self.decided = 0
        self.agents: list[str] = []
        self.lost: list[TranscriptLost] = []
        self.is_flushed = False
        self._is_open: dict[str, bool] = {}

    @property
    def has_open_alerts(self) -> bool:
        """Whether one was not answered."""
        return any(self._is_open.values())

    def weigh(self, score: UtteranceScore) -> UtteranceScore:
        """Have no thresholds."""
        return score

    def push(self, item: UtteranceScore | CallRisk | Transcript | HumanAct, /) -> Iterable[Verdict]:
        """Alert, or take an answer."""
        if isinstance(item, AlertAnswered):
            if item.decision_id not in self._is_open:
                raise NotFoundError("the call has no such alert")
            self._is_open[item.decision_id] = False
        if (isinstance(item, UtteranceScore) and item.labels) or isinstance(item, HelpAsked):
            yield self.alert(item.call_id, item.end_sample if isinstance(item, UtteranceScore) else item.at_sample)

    def alert(self, call_id: str, at_sample: int) -> Decision:
        """Return the next alert."""
        self.decided += 1
        self._is_open[f"{call_id}:{self.decided}"] = True
        return alert(f"{call_id}:{self.decided}", call_id=call_id, at_sample=at_sample)

    def tick(self, at_sample: int) -> Iterable[Verdict]:
        """Remember."""
        self.ticks.append(at_sample)
        return ()

    def lose(self, lost: TranscriptLost) -> Iterable[Verdict]:
        """Remember."""
        self.lost.append(lost)
        return ()

    def assign(self, agent: str) -> None:
        """Remember."""
        self.agents.append(agent)

    def skip_to(self, number: int) -> None:
        """Count on from there."""
        self.decided = max(self.decided, number)

    def flush(self) -> Iterable[Verdict]:
        """Hold nothing, but remember."""
        self.is_flushed = True
        return ()


def alert(decision_id: str, *, call_id: str = "c1", at_sample: int = 0, kind: DecisionKind = DecisionKind.ALERT) -> Decision:
    """Return an alert for senior staff."""
    return Decision(
        decision_id=decision_id,
        call_id=call_id,
        at_sample=at_sample,
        audience=Audience.SENIOR,
        kind=kind,
        state=CallState.SEVERE,
        severity=2,
        category="insult",
        tactics=(),
        text="",
        because="",
        segment=0,
        tier=1,
        reach=Reach.ALL,
        team="",
        repeats="",
        answer_within_s=0,
        is_urgent=False,
        is_provisional=False,
        is_reliable=True,
        policy="fake 1",
        times=StepTimes(),
    )


class ScriptedEngine:
    """Writes down what it was told to, by segment number; a missing number is an engine failure."""

    def __init__(self, texts: dict[int, str]) -> None:
        self.texts = texts
        self.asked: list[tuple[Speech, bool]] = []

    async def write_down(self, speech: Speech, is_flagged: bool) -> Transcript | None:  # the protocol's own shape
        """Return the text for this segment."""
        self.asked.append((speech, is_flagged))
        if speech.segment not in self.texts:
            raise EngineError("the model fell over; restart it")
        return transcript(
            self.texts[speech.segment],
            number=speech.segment,
            call_id=speech.call_id,
            channel=speech.channel,
            end_s=speech.end_sample / RATE_HZ,
            is_final=isinstance(speech, SpeechSegment),
        )


class QuietListening:
    """Ears that hear what the test puts into `speech`."""

    def __init__(self) -> None:
        self.fed: list[AudioFrame | Gap] = []
        self.speech: list[Speech] = []
        self.is_quiet = False

    def feed(self, item: AudioFrame | Gap) -> None:
        """Remember the item."""
        self.fed.append(item)


class OpenJudge:
    """Lets all speech of `QuietListening` out."""

    def settle(self, listenings: Iterable[QuietListening], /) -> Sequence[Speech]:
        """Return and forget what each one heard."""
        heard = [speech for listening in listenings for speech in listening.speech]
        for listening in listenings:
            listening.speech.clear()
        return heard

    def finish(self, listening: QuietListening, /) -> Sequence[Speech]:
        """Return the rest."""
        return self.settle([listening])


class ListKeeper:
    """Keeps events in a list; fails while `is_broken`."""

    def __init__(self) -> None:
        self.kept: list[StoredEvent] = []
        self.sent_ns: dict[int, int] = {}
        self.is_broken = False

    def put(self, event: StoredEvent) -> None:
        """Keep at once."""
        self.kept.append(event)

    async def write(self, event: StoredEvent) -> None:
        """Keep, or fail as a full disk does."""
        if self.is_broken:
            raise StoreError("disk is full: free some space")
        self.kept.append(event)

    def sent(self, seq: int, sent_ns: int) -> None:
        """Remember when."""
        self.sent_ns[seq] = sent_ns

    @property
    def is_settled(self) -> bool:
        """Everything but what a full disk refused is kept."""
        return not self.is_broken


def types(events: Iterable[Event]) -> list[str]:
    """Return the class names, for asserts on order."""
    return [type(event).__name__ for event in events]


class RecordingSession:
    """A call session that keeps what a tap brings."""

    def __init__(self, call: CallStarted) -> None:
        self.call = call
        self.items: list[AudioFrame | Gap | KeyPressed] = []
        self.ends: list[tuple[EndReason, str]] = []
        self.has_heard = asyncio.Event()
        self.has_ended = asyncio.Event()
        self.voice = CallVoice()
        self.has_voice = asyncio.Event()
        self.is_quiet = False

    def lend(self, voice: PlaysAudio, /) -> None:
        """Keep the way back."""
        self.voice.lend(voice)
        self.has_voice.set()

    def push(self, item: AudioFrame | Gap | KeyPressed, /) -> None:
        """Keep the piece."""
        self.items.append(item)
        self.has_heard.set()

    def end(self, reason: EndReason, detail: str = "") -> None:
        """Keep every end, a second one too, so that a test can see it."""
        self.ends.append((reason, detail))
        self.has_ended.set()

    def audio(self, channel: Role) -> bytes:
        """Return the payloads of a channel, one after the other."""
        return b"".join(item.payload for item in self.items if isinstance(item, AudioFrame) and item.channel is channel)

    def gaps(self) -> list[Gap]:
        """Return the gaps, in order."""
        return [item for item in self.items if isinstance(item, Gap)]


class RecordingSink:
    """Takes `room` calls from taps and refuses more, as callguard does when it is full."""

    def __init__(self, room: int = 100) -> None:
        self.room = room
        self.sessions: list[RecordingSession] = []
        self.has_call = asyncio.Event()

    def open(self, call: CallStarted, /) -> RecordingSession:
        """Take the call."""
        if len(self.sessions) >= self.room:
            raise CapacityError("all places are taken; try again later")
        self.sessions.append(RecordingSession(call))
        self.has_call.set()
        return self.sessions[-1]

    def session(self, call_id: str) -> RecordingSession:
        """Return the call of that id."""
        return next(session for session in self.sessions if session.call.call_id == call_id)


class LevelDetector:
    """Speech detector that calls everything over a level speech, at once and without memory; counts what it was asked."""

    def __init__(self, level: float = 0.01) -> None:
        self.level = level
        self.batches: list[int] = []

    def probabilities(
        self, windows: npt.NDArray[np.float32], state: npt.NDArray[np.float32]
    ) -> tuple[npt.NDArray[np.float32], npt.NDArray[np.float32]]:
        """Return 1 for windows over the level, else 0."""
        self.batches.append(len(windows))
        return (np.sqrt(np.mean(np.square(windows), axis=1)) > self.level).astype(np.float32), state
