"""The thinking of one call, from pieces of speech to what people are told; live calls and replays share it."""

import logging
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import replace
from typing import Protocol

from callguard.clock import Clock
from callguard.errors import EngineError, OverloadError
from callguard.events import ChecklistFilled, Decision, DecisionSettled, Event, HumanAct, StateChanged, WarningGiven
from callguard.second_hearing import HEARD_ONCE, HearAgain, Scorer, SecondHearing
from callguard.speech import CallRisk, SpeechSegment, SpeechSnapshot, Transcript, TranscriptLost, UtteranceScore
from callguard.terms import Core, Role, is_named

log = logging.getLogger(__name__)

Speech = SpeechSegment | SpeechSnapshot

IN_A_ROW = 2
"""Utterances of the caller that are in one language, where nobody has said which it is: it is the call's from then on. Of a
single short one an engine may think anything."""

LEFT_OUT = "left_out"
"""Why speech was not written down that nobody tried to: the load did not allow it."""


Verdict = StateChanged | Decision | DecisionSettled | WarningGiven | ChecklistFilled


Emit = Callable[[Event], None]


WriteDown = Callable[[Speech, bool], Awaitable[Transcript | None]]
"""Asks the speech engine; the flag says that the call stands high on the ladder and goes first."""


Skip = Callable[[SpeechSegment], None]
"""Tells the speech engine that a segment will not be asked for, whose running speech it may have heard."""


Spot = Callable[[SpeechSegment, bool], Awaitable[Transcript | None]]
"""Asks what listens for threats alone; the flag is that of `WriteDown`."""


class Ladder(Core[UtteranceScore | CallRisk | Transcript | HumanAct, Verdict], Protocol):
    """The policy's view of one call."""

    def weigh(self, score: UtteranceScore) -> UtteranceScore:
        """Return what the policy's own thresholds make of a score."""
        ...

    def tick(self, at_sample: int) -> Iterable[Verdict]:
        """Let time pass up to `at_sample`."""
        ...

    def assign(self, agent: str) -> None:
        """Name this agent from here on, by log-in name."""
        ...

    def lose(self, lost: TranscriptLost) -> Iterable[Verdict]:
        """Take that the end of a piece of speech will never be read."""
        ...

    def skip_to(self, number: int) -> None:
        """Give later decisions higher numbers than this."""
        ...

    @property
    def has_open_alerts(self) -> bool:
        """Whether an alert still waits for an answer."""
        ...


class CallPath:
    """Transcribe, score and decide for exactly one call."""

    def __init__(
        self,
        call_id: str,
        *,
        write_down: WriteDown,
        scorer: Scorer,
        ladder: Ladder,
        emit: Emit,
        clock: Clock,
        skip: Skip = lambda _: None,
        spot: Spot | None = None,
        hear_again: HearAgain | None = None,
        language: str = "",
        on_language: Callable[[str], None] = lambda _: None,
    ) -> None:
        """`language` is the call's (BCP 47), to be found out if it names none; `on_language` is called when it changes.

        `spot` hears the caller's speech that could not be written down; without it such speech is only counted as lost.

        `hear_again` is asked before a threat is believed; without it one hearing is enough.
        """
        self.call_id = call_id
        self.language = language
        self._write_down = write_down
        self._scorer = scorer
        self._ladder = ladder
        self._emit = emit
        self._clock = clock
        self._skip = skip
        self._spot = spot
        self._second_hearing = SecondHearing(scorer, hear_again, ladder.weigh)
        self._on_language = on_language
        self._is_flagged = False
        self._spoken: list[str] = []
        """Languages of the caller's last utterances, while that of the call is not known."""
        self._lost: dict[Role, TranscriptLost] = {}
        """Of each channel, the speech whose end was lost last: what was heard of it while it ran may come later."""
        self._now: Callable[[], int] | None = None

    def keep_time(self, now: Callable[[], int]) -> None:
        """Let time pass up to `now` (samples since the call began) before whatever is heard, as a live call does.

        The policy then learns of everything at the very time at which it is told, which is what a stored call knows of it.
        """
        self._now = now

    def speak(self, language: str) -> None:
        """Hear, understand and answer in another language from here on."""
        if language != self.language:
            self.language = language
            self._on_language(language)

    def assign(self, agent: str) -> None:
        """Name this agent from here on, by log-in name."""
        self._ladder.assign(agent)

    async def transcribe(self, speech: Speech) -> Transcript | TranscriptLost | None:
        """Ask the engine; a segment that it could not write down comes back as TranscriptLost, so that the loss is seen."""
        timed = replace(speech, times=replace(speech.times, segmented_ns=self._clock.monotonic_ns()))
        try:
            return await self._write_down(timed, self._is_flagged)
        except EngineError as error:
            log.warning("speech was not written down", extra={"call_id": self.call_id, "code": error.code, "cause": str(error)})
            if isinstance(speech, SpeechSnapshot):
                return None
            return lost(speech, error.code)

    def leave_out(self, speech: SpeechSegment) -> TranscriptLost:
        """Return the loss of a segment that nobody is asked for, and tell the engine."""
        self._skip(speech)
        return lost(speech, LEFT_OUT)

    async def spot(self, lost: SpeechSegment) -> Transcript | None:
        """Listen for threats in the caller's speech that was lost; None where none is heard or nothing listens for them.

        Raises OverloadError if nobody had time for that either.
        """
        if self._spot is None or lost.channel is Role.AGENT:
            return None
        try:
            return await self._spot(lost, self._is_flagged)
        except OverloadError:
            raise
        except EngineError as error:
            log.warning("no threats were listened for", extra={"call_id": self.call_id, "code": error.code, "cause": str(error)})
            return None

    async def conclude(self, speech: SpeechSegment, transcript: Transcript) -> None:
        """Understand the last reading of a piece of speech.

        A threat is told at once, as provisional; what is final about it comes when it has been heard a second time.
        """
        if self._second_hearing.threat(transcript) is not None:
            self.suspect(transcript)
            transcript = await self._second_hearing.settle(speech, transcript)
        self.understand(transcript)

    def suspect(self, transcript: Transcript) -> None:
        """Tell everybody of whole speech that was heard once and will be heard again: read as a final, told as provisional."""
        self._catch_up()
        self._emit(replace(transcript, is_final=False, unreliable_because=HEARD_ONCE))
        score = self._scorer.read(transcript)
        if score is not None:
            times = replace(score.times, scored_ns=self._clock.monotonic_ns())
            self._take(replace(self._ladder.weigh(score), is_final=False, times=times))

    def understand(self, transcript: Transcript) -> None:
        """Score and decide on what was written down, and tell everybody."""
        self._catch_up()
        self._emit(transcript)
        self._find_out_language(transcript)
        self._decide(transcript)
        for scored in self._scorer.push(transcript):
            if isinstance(scored, UtteranceScore):
                weighed = self._ladder.weigh(scored)  # what is shown and kept of the words is what the policy says of them
                self._take(replace(weighed, times=replace(scored.times, scored_ns=self._clock.monotonic_ns())))
            else:
                self._take(scored)
        lost = self._lost.get(transcript.channel)
        if lost is not None and lost.segment == transcript.segment:
            self._tell(self._ladder.lose(lost))

    def act(self, act: HumanAct) -> None:
        """Take what a person did, if the policy can make sense of it; what it refuses never happened and is told to nobody.

        What was due before is told before: an alert that goes to its next tier a moment before it is answered is answered too.
        """
        self.tick(act.at_sample)
        verdicts = tuple(self._ladder.push(act))
        self._emit(act)
        self._tell(verdicts)

    def skip_to(self, number: int) -> None:
        """Give later decisions higher numbers than this: a call that is taken up again has used it."""
        self._ladder.skip_to(number)

    @property
    def has_open_alerts(self) -> bool:
        """Whether an alert still waits for an answer."""
        return self._ladder.has_open_alerts

    def tick(self, at_sample: int) -> None:
        """Let call time pass."""
        self._tell(self._ladder.tick(at_sample))

    def lose(self, lost: TranscriptLost) -> None:
        """Tell everybody of speech that was not written down, and what becomes of that which it had led to while it ran."""
        self._catch_up()
        self._lost[lost.channel] = lost
        self._emit(lost)
        self._tell(self._ladder.lose(lost))

    def flush(self) -> None:
        """Say what is still held at the end of the call."""
        self._catch_up()
        for scored in self._scorer.flush():
            self._take(scored)
        self._tell(self._ladder.flush())

    def _catch_up(self) -> None:
        if self._now is not None:
            self.tick(self._now())

    def _find_out_language(self, heard: Transcript) -> None:
        is_sound = heard.is_final and heard.is_reliable and heard.channel is Role.CALLER and is_named(heard.language)
        if is_named(self.language) or not is_sound:
            return
        self._spoken = [*self._spoken, heard.language][-IN_A_ROW:]
        if self._spoken == IN_A_ROW * [heard.language]:
            self.speak(heard.language)

    def _take(self, scored: UtteranceScore | CallRisk) -> None:
        self._emit(scored)
        self._decide(scored)

    def _decide(self, item: UtteranceScore | CallRisk | Transcript | HumanAct) -> None:
        self._tell(self._ladder.push(item))

    def _tell(self, verdicts: Iterable[Verdict]) -> None:
        for verdict in verdicts:
            if isinstance(verdict, Decision):
                self._is_flagged = True
                self._emit(replace(verdict, times=replace(verdict.times, decided_ns=self._clock.monotonic_ns())))
            else:
                self._emit(verdict)
                if isinstance(verdict, WarningGiven):
                    self._scorer.warned(verdict)


def lost(speech: SpeechSegment, because: str) -> TranscriptLost:
    """Return the loss of a piece of speech."""
    return TranscriptLost(
        call_id=speech.call_id,
        channel=speech.channel,
        segment=speech.segment,
        start_sample=speech.start_sample,
        end_sample=speech.end_sample,
        because=because,
    )
