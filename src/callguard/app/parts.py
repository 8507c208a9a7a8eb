"""The thinking parts that live calls and replays share."""

from collections.abc import Callable, Sequence

from callguard.call_path import CallPath, Emit, Speech, Spot
from callguard.clock import Clock
from callguard.decide.ladder import Ladder
from callguard.decide.policy import Policy, load_policy
from callguard.events import CallStarted
from callguard.media.ear import Keep
from callguard.media.listening import Listening
from callguard.score.conversation import CallScorer
from callguard.score.factory import build_scorer
from callguard.score.scorer import Scorer
from callguard.settings import Settings, TranscribeSettings
from callguard.speech import SpeechSegment, Transcript
from callguard.terms import Role
from callguard.transcribe.keywords import KeywordSpotter
from callguard.transcribe.transcriber import Priority, Request, Transcriber


def engine_settings(settings: Settings) -> TranscribeSettings:
    """Return the engine's branch, in which the organisation's own name is expected too, if it has one."""
    own = settings.transcribe
    if settings.organisation == Settings.model_fields["organisation"].default or settings.organisation in own.vocabulary:
        return own
    return own.model_copy(update={"vocabulary": (settings.organisation, *own.vocabulary)})


class Parts:
    """The thinking parts that calls and replays share: engine, scorer, policy, judge."""

    def __init__(
        self,
        settings: Settings,
        clock: Clock,
        transcriber: Transcriber | None,
        *,
        policy: Policy | None = None,
        spotter: KeywordSpotter | None = None,
        scorer: Scorer | None = None,
    ) -> None:
        """`transcriber` is None where only written conversations are replayed; `spotter` hears what was not written down."""
        self.settings = settings
        self.clock = clock
        self.transcriber = transcriber
        self.spotter = spotter
        self.policy = policy or load_policy(settings.decide.policy)
        self.scorer: Scorer = scorer or build_scorer(settings.score)
        self.shows_prompts: Callable[[str], bool] = lambda _: True
        """Whether the agent of this log-in name wants cards."""

    def path(self, started: CallStarted, emit: Emit, *, policy: Policy | None = None) -> CallPath:
        """Return the path of one call, under another policy than new calls get if one is given."""
        used = policy or self.policy
        ladder = Ladder(
            started.call_id,
            used.said_in(started.language),
            organisation=self.settings.organisation,
            agent=started.agent,
            language=started.language,
        )
        scorer = CallScorer(started.call_id, self.scorer, self.settings.score, language=started.language, weigh=ladder.weigh)

        def speak(language: str) -> None:
            scorer.speak(language)
            ladder.speak(used.said_in(language), language)

        path = CallPath(
            started.call_id,
            write_down=lambda speech, is_flagged: self._write_down(speech, path.language, is_flagged=is_flagged),
            scorer=scorer,
            ladder=ladder,
            emit=emit,
            clock=self.clock,
            skip=self._skip,
            spot=self._spot(lambda: path.language),
            hear_again=lambda speech: self._hear_again(speech, path.language),
            language=started.language,
            on_language=speak,
        )
        return path

    def listening(self, started: CallStarted, keep: Keep | None = None) -> Listening:
        """Return the ears of one call; `keep` is given what they hear."""
        return Listening(started.call_id, started.channels, self.settings.media, keep or (lambda *_: None))

    def started(self, call_id: str, tap: str, channels: Sequence[Role]) -> CallStarted:
        """Return the start of a call that no phone system brings."""
        return CallStarted(
            call_id=call_id,
            tap=tap,
            started_at=self.clock.utc_now(),
            channels=tuple(channels),
            agent="",
            caller="",
            line="",
            language=self.settings.taps.language,
        )

    async def _write_down(self, speech: Speech, language: str, *, is_flagged: bool) -> Transcript | None:
        assert self.transcriber is not None, "a call with audio needs an engine"
        by_role = Priority.AGENT if speech.channel is Role.AGENT else Priority.CALLER
        return await self.transcriber.transcribe(
            self._request(speech, language, Priority.FLAGGED_CALL if is_flagged else by_role)
        )

    def _skip(self, speech: SpeechSegment) -> None:
        assert self.transcriber is not None, "a call with audio needs an engine"
        self.transcriber.skip(speech)

    def _spot(self, language: Callable[[], str]) -> Spot | None:
        spotter = self.spotter
        if spotter is None:
            return None

        async def spot(speech: SpeechSegment, is_flagged: bool) -> Transcript | None:
            priority = Priority.FLAGGED_CALL if is_flagged else Priority.CALLER
            return await spotter.spot(self._request(speech, language(), priority))

        return spot

    async def _hear_again(self, speech: SpeechSegment, language: str) -> Transcript | None:
        assert self.transcriber is not None, "a call with audio needs an engine"
        return await self.transcriber.confirm(self._request(speech, language, Priority.FLAGGED_CALL))

    def _request(self, speech: Speech, language: str, priority: Priority) -> Request:
        deadline_ns = self.clock.monotonic_ns() + self.settings.transcribe.final_deadline_ms * 1_000_000
        return Request(speech=speech, priority=priority, deadline_ns=deadline_ns, language=language)
