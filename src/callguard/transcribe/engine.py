"""The speech engine that all calls share: finals, partials, early starts, second tries."""

import logging
from collections.abc import Callable, Mapping
from concurrent.futures import Executor
from dataclasses import dataclass, replace

from callguard.clock import Clock
from callguard.errors import EngineError, LanguageError, OverloadError
from callguard.operations import EngineFigures
from callguard.speech import SpeechSegment, SpeechSnapshot, Transcript, Word
from callguard.terms import RATE_HZ, Role
from callguard.transcribe.channel import Channel, EarlyStart
from callguard.transcribe.daemon import in_daemon_thread
from callguard.transcribe.guards import (
    LOW_CONFIDENCE,
    NO_SPEECH,
    RELIABLE,
    REPEATS,
    TOO_DENSE,
    GuardLimits,
    Inventions,
    find_fault,
    is_unsure,
    normalise,
)
from callguard.transcribe.hypothesis import HeardWord, Hypothesis, SpeechModel, language_code
from callguard.transcribe.scheduler import Kind, SpeechKey
from callguard.transcribe.transcriber import EngineInfo, Request
from callguard.transcribe.window import FULL_FRAMES, WindowRule
from callguard.transcribe.workers import Aside, Decoding, OvertakenError, WordTimes, Workers

log = logging.getLogger(__name__)

BEAM = 5
OTHER_FRAMES = 2000
"""A window of 20 s: neither Whisper's own nor one that any short utterance is decoded in at first."""
MILLISECOND_NS = 1_000_000
WORTH_ANOTHER_TRY = frozenset({LOW_CONFIDENCE, REPEATS, TOO_DENSE, NO_SPEECH})


@dataclass(frozen=True, slots=True, kw_only=True)
class EngineRules:
    """How one model is run."""

    workers: int
    batch: int
    """The most that one worker decodes together."""
    queue: int
    partial_interval_ms: int
    window: WindowRule
    limits: GuardLimits
    inventions: Mapping[str, Inventions]
    word_times: WordTimes = "when_idle"
    batch_frames: int = 0
    """The most frames of windows in a batch where there is no crowd; 0 for no bound. See `Scheduler`."""


@dataclass(slots=True)
class EngineCounts:
    """What the engine has done since it started, beside what its workers count."""

    early_used: int = 0
    retried: int = 0
    unreliable: int = 0


@dataclass(frozen=True, slots=True)
class _Heard:
    """One decode and what the checks say about it."""

    decoding: Decoding
    hypothesis: Hypothesis
    fault: str


class SharedEngine:
    """A `Transcriber` over one model for all calls."""

    def __init__(
        self,
        load: Callable[[], SpeechModel],
        pool: Executor,
        info: EngineInfo,
        rules: EngineRules,
        clock: Clock,
        *,
        aside: Aside = in_daemon_thread,
    ) -> None:
        """`load` blocks; it is called once, `aside`. `pool` has `rules.workers` threads and is the engine's own."""
        self._info = info
        self._rules = rules
        self._clock = clock
        self._workers = Workers(
            load,
            pool,
            clock,
            workers=rules.workers,
            batch=rules.batch,
            queue=rules.queue,
            word_times=rules.word_times,
            batch_frames=rules.batch_frames,
            aside=aside,
        )
        self._channels: dict[tuple[str, Role], Channel] = {}
        self.counts = EngineCounts()

    # --- Transcriber ----------------------------------------------------------------------------

    @property
    def info(self) -> EngineInfo:
        """What is running."""
        return self._info

    @property
    def waiting(self) -> int:
        """Requests that have not begun."""
        return self._workers.waiting

    @property
    def workers(self) -> int:
        """How many decode at the same time."""
        return self._rules.workers

    @property
    def worker_s_a_final(self) -> float:
        """Seconds that one worker spends on one finished piece of speech, on average; 0 before the first."""
        counts = self._workers.counts
        return counts.whole_ns / counts.whole / 1e9 if counts.whole else 0.0

    @property
    def worker_s_a_second(self) -> float:
        """Seconds that one worker spends on one second of finished speech, at best; 0 before the first."""
        return self._workers.counts.least_ns_a_sample * RATE_HZ / 1e9

    def figures(self) -> tuple[EngineFigures, ...]:
        """Return what it has done and is doing."""
        counts, rules = self._workers.counts, self._rules
        figures = EngineFigures(
            name=self._info.name,
            detail=self._info.detail,
            is_running=True,
            is_fallback=self._info.is_fallback,
            queue=self._workers.waiting,
            queue_room=rules.queue,
            workers=rules.workers,
            busy=self._workers.busy,
            batch_limit=rules.batch,
            decoded=counts.decoded,
            batches=counts.batches,
            dropped=counts.dropped,
            whole_ns=counts.whole_ns,
            whole_samples=counts.whole_samples,
            failed_in_a_row=counts.failed_in_a_row,
        )
        return (figures,)

    def knows(self, language: str, /) -> bool:
        """Say whether the model understands a language. Raises EngineError unless it is loaded."""
        return self._workers.model.knows(language_code(language))

    async def start(self) -> None:
        """Load and warm the model. Raises ModelMissingError or EngineError."""
        await self._workers.start(warm_up_frames=self._rules.window.frames(0))

    def prepare(self) -> SpeechModel:
        """Load and warm the model in the thread that calls, for `adopt`. Raises ModelMissingError or EngineError."""
        return self._workers.load_and_warm(self._rules.window.frames(0))

    def adopt(self, model: SpeechModel) -> None:
        """Run with what `prepare` returned, instead of `start`."""
        self._workers.adopt(model)

    async def close(self) -> None:
        """Let go of the model; requests under way end with EngineError."""
        await self._workers.close()
        self._channels.clear()

    async def transcribe(self, request: Request, /) -> Transcript | None:
        """Write down one piece of speech; see `Transcriber`."""
        self._check(request)
        if isinstance(request.speech, SpeechSegment):
            return await self._final(request, request.speech)
        return await self._partial(request, request.speech)

    def skip(self, segment: SpeechSegment, /) -> None:
        """Take note that a segment will not be asked for; see `Transcriber`."""
        channel = self._channels.get((segment.call_id, segment.channel))
        if channel is not None:
            channel.finish(segment)
            self._workers.skip(SpeechKey(segment.call_id, segment.channel, segment.segment))

    def end_call(self, call_id: str, /) -> None:
        """Forget what is kept for a call."""
        for channel in [key for key in self._channels if key[0] == call_id]:
            del self._channels[channel]

    async def confirm(self, request: Request, /) -> Transcript:
        """Write a segment down again in another way; see `Transcriber`.

        In the full window with a beam, unless its final was found in that way: then greedy, in a window that holds less silence.
        """
        self._check(request)
        frames, beam = FULL_FRAMES, BEAM
        if self._channel(request).final_way == (request.speech.segment, FULL_FRAMES, BEAM):
            frames, beam = max(self._rules.window.frames(len(request.speech.samples)), OTHER_FRAMES), 1
        heard = await self._hear(request, self._ask(request, Kind.FINAL, frames=frames, beam=beam))
        return self._transcript(request, heard)

    # --- finals ---------------------------------------------------------------------------------

    async def _final(self, request: Request, segment: SpeechSegment) -> Transcript:
        channel = self._channel(request)
        heard = await self._heard_early(request, channel.finish(segment))
        if heard is None:
            frames = self._rules.window.frames(len(segment.samples))
            heard = await self._hear(request, self._ask(request, Kind.FINAL, frames=frames))
        if heard.fault in WORTH_ANOTHER_TRY:
            heard = await self._try_again(request, heard)
        if heard.fault == RELIABLE and heard.hypothesis.text.strip():
            channel.learn(heard.hypothesis)  # noise sounds like any language
        channel.final_way = (segment.segment, *heard.decoding.way)
        self.counts.unreliable += bool(heard.fault)
        return self._transcript(request, heard)

    async def _heard_early(self, request: Request, early: Decoding | None) -> _Heard | None:
        """Return what a decode that began early has heard; None where it has not begun, or failed and is not the last word."""
        if early is None or not early.has_begun:
            return None
        try:
            heard = await self._hear(request, early)
        except EngineError as error:
            log.warning("an early decode failed; the speech is decoded again", extra={"cause": str(error)})
            return None
        self.counts.early_used += 1
        return heard

    async def _try_again(self, request: Request, heard: _Heard) -> _Heard:
        """Decode with a beam, then with the full window; return the first that passes, else the most probable."""
        frames = self._rules.window.frames(len(request.speech.samples))
        best = heard
        said = {normalise(heard.hypothesis.text)}
        for window in (frames, FULL_FRAMES) if frames < FULL_FRAMES else (FULL_FRAMES,):
            if window == FULL_FRAMES and not self._workers.is_rested:
                break  # it holds a worker for as long as ten short windows do: others would wait
            self.counts.retried += 1
            try:
                heard = await self._hear(request, self._ask(request, Kind.FINAL, frames=window, beam=BEAM))
            except EngineError as error:  # a beam in the full window may want more memory than there is
                if not isinstance(error, OverloadError):
                    log.warning("a second try failed", extra={"cause": str(error)})
                break  # shown as unreliable rather than not at all
            if heard.fault == REPEATS and normalise(heard.hypothesis.text) in said:
                # heard the same in two ways: a person repeats, not the decoder
                heard = replace(heard, fault=LOW_CONFIDENCE if is_unsure(heard.hypothesis, self._rules.limits) else RELIABLE)
            said.add(normalise(heard.hypothesis.text))
            if heard.fault == RELIABLE:
                return heard
            best = max(best, heard, key=lambda one: one.hypothesis.mean_log_probability)
        return best

    # --- partials -------------------------------------------------------------------------------

    async def _partial(self, request: Request, snapshot: SpeechSnapshot) -> Transcript | None:
        channel = self._channel(request)
        if not channel.follow(snapshot) or not self._is_wanted(channel, snapshot):
            return None
        kind = Kind.EARLY if snapshot.silence_samples else Kind.PARTIAL
        decoding = self._ask(request, kind, frames=self._rules.window.frames(len(snapshot.samples)))
        if kind is Kind.EARLY:
            channel.early = EarlyStart.of(snapshot, decoding)
        try:
            heard = await self._hear(request, decoding)
        except OvertakenError:
            return None
        channel.last_partial_ns = decoding.started_ns
        if channel.segment != snapshot.segment or channel.is_over:
            return None
        stable = channel.agreement.push(heard.hypothesis.text)
        text = heard.hypothesis.text if kind is Kind.EARLY else stable
        if text == channel.shown:
            return None
        channel.shown = text
        return self._transcript(request, replace(heard, hypothesis=replace(heard.hypothesis, text=text)))

    def _is_wanted(self, channel: Channel, snapshot: SpeechSnapshot) -> bool:
        """Say whether to decode running speech: in a pause if workers can spare it, else as often as the load allows."""
        if snapshot.silence_samples:
            if channel.early is not None and not channel.early.decoding.has_failed:
                return False
            if snapshot.is_likely_over:  # some fifth of what begins now is thrown away; it may wait and ride along
                return self._workers.waiting_finals < self._rules.workers * self._rules.batch
            return self._workers.is_idle and self._workers.is_at_ease  # half of what begins so early is thrown away
        waited_ns = self._clock.monotonic_ns() - channel.last_partial_ns
        is_soon = channel.last_partial_ns > 0 and waited_ns < self._rules.partial_interval_ms * MILLISECOND_NS
        return not (is_soon and channel.shown) and self._workers.waiting_finals < self._rules.workers

    # --- both -----------------------------------------------------------------------------------

    def _check(self, request: Request) -> None:
        if not self.knows(request.language):
            language = language_code(request.language)
            raise LanguageError(f"{self._info.name} does not know the language «{language}»; choose a multilingual model")
        if not len(request.speech.samples):
            raise EngineError("a piece of speech holds 0 samples; expected at least one")

    def _channel(self, request: Request) -> Channel:
        return self._channels.setdefault((request.speech.call_id, request.speech.channel), Channel())

    def _ask(self, request: Request, kind: Kind, *, frames: int, beam: int = 1) -> Decoding:
        channel = self._channel(request)
        utterance = channel.utterance(request.speech, language_code(request.language), self._workers.model.mel_filters)
        # Speech of which nothing can be read yet goes before speech that is being read already.
        last_heard_ns = channel.last_partial_ns if channel.shown else 0
        return self._workers.ask(request, kind, utterance, frames=frames, beam=beam, last_heard_ns=last_heard_ns)

    async def _hear(self, request: Request, decoding: Decoding) -> _Heard:
        hypothesis = await decoding.hypothesis()
        fault = find_fault(
            hypothesis, request.speech.samples, limits=self._rules.limits, inventions=self._rules.inventions, rate_hz=RATE_HZ
        )
        return _Heard(decoding, hypothesis, fault)

    def _transcript(self, request: Request, heard: _Heard) -> Transcript:
        speech = request.speech
        return Transcript(
            call_id=speech.call_id,
            channel=speech.channel,
            segment=speech.segment,
            start_sample=speech.start_sample,
            end_sample=speech.end_sample,
            is_final=isinstance(speech, SpeechSegment),
            text=heard.hypothesis.text,
            words=tuple(_in_call(word, speech) for word in heard.hypothesis.words),
            language=heard.hypothesis.language,
            engine=self._info.name,
            mean_log_probability=heard.hypothesis.mean_log_probability,
            no_speech_probability=heard.hypothesis.no_speech_probability,
            is_reliable=heard.fault == RELIABLE,
            unreliable_because=heard.fault,
            times=replace(
                speech.times,
                # a decode that began early was over before the segment was cut: it took none of the segment's time
                started_ns=max(heard.decoding.started_ns, speech.times.segmented_ns),
                decoded_ns=max(heard.decoding.decoded_ns, speech.times.segmented_ns),
            ),
        )


def _in_call(word: HeardWord, speech: SpeechSegment | SpeechSnapshot) -> Word:
    """Return a word with its place in the call, inside the speech that it belongs to."""
    start, end = (min(speech.start_sample + round(at_s * RATE_HZ), speech.end_sample) for at_s in (word.start_s, word.end_s))
    return Word(text=word.text, start_sample=start, end_sample=end, probability=word.probability)
