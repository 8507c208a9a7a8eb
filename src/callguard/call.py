"""One live call: runs its path (`call_path.py`) for what a tap brings, with tasks, order and a watchdog.

Neither knows a step by name; `app/` hands them in.
"""

import asyncio
import logging
from collections.abc import Callable, Iterable
from dataclasses import replace
from typing import Generic, Protocol, TypeVar

from callguard.call_path import CallPath, Emit, Speech
from callguard.clock import Clock
from callguard.errors import CallguardError, OverloadError
from callguard.events import (
    CallEnded,
    CallStarted,
    Gap,
    GuardChanged,
    HumanAct,
    KeyPressed,
)
from callguard.guard_watch import SECOND_NS, GuardWatch
from callguard.human_acts import CallDescribed, PromptsSwitched
from callguard.load import LoadControl, Treatment
from callguard.playback import CallVoice, PlaysAudio
from callguard.speech import AudioFrame, SpeechSegment, SpeechSnapshot, Transcript, TranscriptLost
from callguard.supervision import Supervision
from callguard.terms import RATE_HZ, EndReason, GuardLevel, Role

log = logging.getLogger(__name__)

HEARD = "callguard"
"""Who says what a call's language is, where nobody else does."""


class Listening(Protocol):
    """The ears of one call."""

    def feed(self, item: AudioFrame | Gap) -> None:
        """Take audio; speech comes out where the judge settles all calls together."""
        ...

    @property
    def is_quiet(self) -> bool:
        """Whether nobody has made a sound of late, on any channel."""
        ...


Ears = TypeVar("Ears", bound=Listening)
Ears_contra = TypeVar("Ears_contra", bound=Listening, contravariant=True)


class Judge(Protocol[Ears_contra]):
    """Voice activity for all calls at once."""

    def settle(self, listenings: Iterable[Ears_contra], /) -> Iterable[Speech]:
        """Judge what has been heard and return the speech that follows."""
        ...

    def finish(self, listening: Ears_contra, /) -> Iterable[Speech]:
        """Return the speech that was still open when the call ended."""
        ...


class LiveCall(Generic[Ears]):
    """A call that a tap brings; its failure ends this call only."""

    def __init__(
        self,
        started: CallStarted,
        path: CallPath,
        listening: Ears,
        *,
        emit: Emit,
        clock: Clock,
        guard: Callable[[], tuple[GuardLevel, str]],
        silent_after_s: float,
        load: LoadControl | None = None,
        shows_prompts: bool = True,
        before: "LiveCall[Ears] | None" = None,
    ) -> None:
        """`guard` tells how well a call is listened to while nothing is wrong: an engine may take over during the call.

        `load` says what is given up while the engine cannot keep up; without it nothing is.
        `shows_prompts` is what the agent has chosen before; «off» becomes the call's first event.

        `before` is the same call, over by now, that its phone system brings again after a transfer or a broken line: `started` is
        then what `before.goes_on_as` returned and `path` its path, so that the call goes on as the one that it is for people.
        """
        self.started = started
        self._brought_language = started.language
        self._goes_on = before is not None
        self.listening = listening
        self._supervised = Supervision(started.call_id, self.fail)
        self.voice = CallVoice()
        """The way back into the call, as far as its tap lends one."""
        self.path = path
        self._emit = emit
        self._clock = clock
        self._load = load or LoadControl()
        self._shows_prompts = shows_prompts
        self.from_sample: int = 0 if before is None else max(before.now_sample, before.next_sample)
        """Where in the call the audio begins that the tap counts from 0."""
        self.next_sample: int = self.from_sample
        """Where the speech ends that was heard last."""
        self._from_segment: int = 0 if before is None else before.next_segment
        self.next_segment: int = self._from_segment
        """More than the number of any piece of speech, of either channel."""
        now_ns = clock.monotonic_ns()
        self._began_ns = now_ns - self.from_sample * SECOND_NS // RATE_HZ
        self._watch = GuardWatch(started.channels, now_ns=now_ns, normal=guard, load=self._load, silent_after_s=silent_after_s)
        self._ended = asyncio.Event()
        self._is_over = False
        self._goodbye = (EndReason.CLOSED, "")
        self._tasks: asyncio.TaskGroup | None = None
        self._before: dict[Role, asyncio.Task[None]] = {}
        self._looking: set[Role] = set()

    # --- the tap's side -------------------------------------------------------------------------

    def push(self, item: AudioFrame | Gap | KeyPressed) -> None:
        """Take the next piece from the tap."""
        if self._ended.is_set():
            return
        with self._supervised:
            if isinstance(item, KeyPressed):
                self._emit(replace(item, at_sample=self.from_sample + item.at_sample))
                return
            if isinstance(item, Gap):
                start, end = self.from_sample + item.start_sample, self.from_sample + item.end_sample
                self._emit(replace(item, start_sample=start, end_sample=end))
            else:
                self._watch.audio_came(item.channel, item.received_ns)
            self.listening.feed(item)

    @property
    def is_quiet(self) -> bool:
        """Whether nobody has made a sound of late."""
        return not self._ended.is_set() and self.listening.is_quiet

    def lend(self, voice: PlaysAudio) -> None:
        """Take a way back into the call from the tap."""
        self.voice.lend(voice)

    def end(self, reason: EndReason, detail: str = "") -> None:
        """Take the tap's goodbye."""
        if not self._ended.is_set():
            self._goodbye = (reason, detail)
            self._ended.set()

    def take_up(self, *, elapsed_s: float, next_segment: int = 0) -> None:
        """Be a call of an earlier run that began so long ago: over, but for its alerts and what people do about them."""
        self._began_ns = self._clock.monotonic_ns() - int(elapsed_s * SECOND_NS)
        self.next_segment = next_segment
        self._is_over = True
        self._ended.set()

    def goes_on_as(self, brought: CallStarted) -> CallStarted:
        """Return what is known of this call, over by now, that its phone system brings again as `brought`.

        What is not said anew still holds; a language that is the one said at first is not said anew.
        """
        known = self.started
        return replace(
            brought,
            started_at=known.started_at,
            agent=brought.agent or known.agent,
            caller=brought.caller or known.caller,
            line=brought.line or known.line,
            language=known.language if brought.language == self._brought_language else brought.language,
        )

    @property
    def has_open_alerts(self) -> bool:
        """Whether an alert of the call still waits for an answer."""
        return self.path.has_open_alerts

    def fail(self, error: CallguardError) -> None:
        """End the call because something that it needs has failed."""
        log.error("call failed", extra={"call_id": self.started.call_id, "code": error.code, "cause": str(error)})
        self._watch.given_up()
        self._emit(self._guard_event(GuardLevel.NOT_GUARDED, str(error)))
        self.end(EndReason.FAILED, str(error))

    # --- callguard's side -----------------------------------------------------------------------

    @property
    def is_running(self) -> bool:
        """Whether its own task runs, so that it can hear."""
        return self._tasks is not None

    @property
    def has_ended(self) -> bool:
        """Whether the tap said goodbye or the call failed."""
        return self._ended.is_set()

    @property
    def now_sample(self) -> int:
        """How long the call has been running."""
        return (self._clock.monotonic_ns() - self._began_ns) * RATE_HZ // SECOND_NS

    async def run(self, finish: Callable[[], Iterable[Speech]]) -> None:
        """Guard the call until it has ended and its last words are understood; `finish` gives the speech that was still open."""
        self._emit(self.started)
        self.path.keep_time(lambda: self.now_sample)
        self.path.speak(self.started.language)
        self.path.assign(self.started.agent)
        begins = self._watch.at_first()
        self._emit(self._guard_event(begins.level, begins.because))
        if self._goes_on or not self._shows_prompts:
            call_id, agent = self.started.call_id, self.started.agent
            self.path.act(PromptsSwitched(call_id=call_id, at_sample=self.from_sample, by=agent, is_on=self._shows_prompts))
        with self._supervised:
            async with asyncio.TaskGroup() as tasks:
                self._tasks = tasks
                await self._ended.wait()
                with self._supervised:  # what was heard before is understood all the same
                    for speech in finish():
                        self.hear(speech)
            self.path.flush()
        self._is_over = True
        self._tasks = None
        self._before.clear()
        del self.listening  # an ended call is kept for its alerts: its audio is not
        reason, detail = self._goodbye
        self._emit(
            CallEnded(
                call_id=self.started.call_id,
                ended_at=self._clock.utc_now(),
                at_sample=self.now_sample,
                reason=reason,
                detail=detail,
            )
        )

    def hear(self, speech: Speech) -> None:
        """Have a piece of speech written down and understood, each channel in its own order."""
        assert self._tasks is not None, "hear() belongs to a running call"
        speech = self._in_its_place(speech)
        if isinstance(speech, SpeechSnapshot):
            if not self._load.hears(speech):
                return
            # One look at running speech at a time is enough; a pause is not to be missed, because engines start early on it.
            if speech.silence_samples or speech.channel not in self._looking:
                self._looking.add(speech.channel)
                self._tasks.create_task(self._hear_snapshot(speech))
            return
        self._load.note_final()
        self._watch.waits(speech.channel, speech.segment, self._clock.monotonic_ns())
        before = self._before.get(speech.channel)
        self._before[speech.channel] = self._tasks.create_task(self._hear_segment(speech, before))

    def _in_its_place(self, speech: Speech) -> Speech:
        """Return speech as part of the whole call, with a number that no other has, and take note of where that is."""
        start, end = self.from_sample + speech.start_sample, self.from_sample + speech.end_sample
        segment = self._from_segment + speech.segment
        self.next_sample, self.next_segment = max(self.next_sample, end), max(self.next_segment, segment + 1)
        return replace(speech, start_sample=start, end_sample=end, segment=segment) if self._goes_on else speech

    def act(self, act: HumanAct) -> None:
        """Take what a person did; works after the call has ended too, because alerts outlive calls."""
        self.path.act(act)

    def describe(self, started: CallStarted) -> None:
        """Take what turned out about the call: agent, caller, line or language."""
        self.started = started
        self.path.speak(started.language)
        self.path.assign(started.agent)
        self.watch_guard()

    def watch(self) -> None:
        """Let a second pass: the ladder's timers, and whether the call is really being heard."""
        with self._supervised:
            self.path.tick(self.now_sample)
        self.watch_guard()

    async def _hear_snapshot(self, speech: SpeechSnapshot) -> None:
        with self._supervised:
            try:
                transcript = await self.path.transcribe(speech)
            finally:
                self._looking.discard(speech.channel)
            if isinstance(transcript, Transcript):
                self.path.understand(transcript)

    async def _hear_segment(self, speech: SpeechSegment, before: asyncio.Task[None] | None) -> None:
        with self._supervised:
            try:
                transcript, spotted = await self._hear_out(speech)
            finally:
                self._watch.waits_no_more(speech.channel, speech.segment)
            if before is not None:
                await before
            if isinstance(transcript, TranscriptLost):
                self._watch.lost(transcript.because, self._clock.monotonic_ns())
                if spotted is None:
                    self.path.lose(transcript)
                else:
                    self._emit(transcript)
                transcript = spotted
            else:
                self._watch.written()
            if transcript is not None:
                await self.path.conclude(speech, transcript)
                self._note_language()

    def _note_language(self) -> None:
        """Tell everybody of the call's language, where it has just been found out."""
        if self.path.language == self.started.language:
            return
        self.describe(replace(self.started, language=self.path.language))
        call = self.started
        described = CallDescribed(
            call_id=call.call_id, at_sample=self.now_sample, by=HEARD, caller=call.caller, line=call.line, language=call.language
        )
        self._emit(described)

    async def _hear_out(self, speech: SpeechSegment) -> tuple[Transcript | TranscriptLost | None, Transcript | None]:
        """Return what was written down, and what was spotted where that was lost."""
        treatment = self._load.treatment(speech.channel)
        if treatment is Treatment.LEAVE:
            return self.path.leave_out(speech), None
        if treatment is Treatment.WRITE_DOWN:
            transcript = await self.path.transcribe(speech)
            if not isinstance(transcript, TranscriptLost):
                return transcript, None
            if transcript.because == OverloadError.code:
                self._load.note_missed()
        else:
            transcript = self.path.leave_out(speech)
        try:
            return transcript, await self.path.spot(speech)
        except OverloadError as error:
            self._load.note_missed()
            log.warning("no time to listen for threats", extra={"call_id": speech.call_id, "cause": str(error)})
            return transcript, None

    @property
    def last_audio_ns(self) -> int:
        """When audio of either side came last; at first, when the call began."""
        return self._watch.last_audio_ns

    def late_s(self, now_ns: int) -> float:
        """Return how long the oldest finished piece of speech has been waiting for its words."""
        return self._watch.late_s(now_ns)

    def watch_guard(self) -> None:
        """Tell people if this call is now listened to better or worse than they know."""
        if self._is_over:
            return
        news = self._watch.news(self._clock.monotonic_ns(), has_ended=self._ended.is_set())
        if news is not None:
            self._emit(self._guard_event(news.level, news.because))

    def _guard_event(self, level: GuardLevel, because: str) -> GuardChanged:
        return GuardChanged(call_id=self.started.call_id, at_sample=self.now_sample, guard=level, because=because)
