"""Guards with one engine while the weights of a better one are being fetched, then changes over between utterances."""

import asyncio
import logging
from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import replace

from callguard.errors import CallguardError, ModelMissingError
from callguard.operations import EngineFigures
from callguard.speech import SpeechSegment, Transcript
from callguard.terms import Role
from callguard.transcribe.daemon import in_daemon_thread
from callguard.transcribe.engine import SharedEngine
from callguard.transcribe.hypothesis import SpeechModel
from callguard.transcribe.sphinx.engine import SphinxEngine
from callguard.transcribe.transcriber import EngineInfo, Request, Transcriber, figures_of, standing_by
from callguard.transcribe.workers import Aside

log = logging.getLogger(__name__)

Later = Callable[[float, Callable[[], None]], asyncio.TimerHandle]

AGAIN_AFTER_S = 60.0
"""Until weights that could not be fetched are asked for again; twice as long each time."""
AGAIN_AFTER_AT_MOST_S = 3600.0


def _call_later(seconds: float, act: Callable[[], None]) -> asyncio.TimerHandle:
    return asyncio.get_running_loop().call_later(seconds, act)


class Changeover:
    """A `Transcriber` that becomes another one. Speech that has begun stays with the engine that began with it."""

    def __init__(
        self,
        at_first: SphinxEngine,
        better: SharedEngine,
        aside: Aside = in_daemon_thread,
        later: Later = _call_later,
        *,
        instead: Callable[[str], SharedEngine] | None = None,
    ) -> None:
        """`aside` runs the fetching, by name; `later` has it tried again after so many seconds.

        `instead` makes another engine, tried once, where the weights came and `better` cannot run them; it is told why.
        """
        self._at_first = at_first
        self._better = better
        self._now: Transcriber = at_first
        self._aside = aside
        self._info = at_first.info
        self._running: dict[tuple[str, Role], tuple[int, Transcriber]] = {}
        self._under_way = 0
        self._is_closed = False
        self._later = later
        self._instead = instead
        self._given_up: SharedEngine | None = None
        self._again_after_s = AGAIN_AFTER_S
        self._again: asyncio.TimerHandle | None = None

    @property
    def info(self) -> EngineInfo:
        """What is running now."""
        return self._info

    @property
    def waiting(self) -> int:
        """Requests that have not begun."""
        return self._at_first.waiting + self._better.waiting

    @property
    def workers(self) -> int:
        """How many of the better engine decode at the same time."""
        return self._better.workers

    @property
    def worker_s_a_final(self) -> float:
        """Seconds of one worker for one finished piece of speech; 0 while the first engine, which counts no such time, runs."""
        return self._better.worker_s_a_final

    @property
    def worker_s_a_second(self) -> float:
        """Seconds of one worker for one second of finished speech; 0 while the first engine runs."""
        return self._better.worker_s_a_second

    def figures(self) -> tuple[EngineFigures, ...]:
        """Return what both have done; until the better one is here, the first one runs."""
        first, better = figures_of(self._at_first), figures_of(self._better)
        is_better = self._now is self._better
        return (*(standing_by(first) if is_better else first), *(better if is_better else standing_by(better)))

    def knows(self, language: str, /) -> bool:
        """Say whether the engine that runs now understands a language."""
        return self._now.knows(language)

    async def start(self) -> None:
        """Start the first engine, and begin to fetch the weights of the other. Raises EngineError."""
        await self._at_first.start()
        self._fetch()

    def _fetch(self) -> None:
        self._again = None
        loop = asyncio.get_running_loop()

        def tell(prepared: "Future[SpeechModel]") -> None:
            if not loop.is_closed():
                loop.call_soon_threadsafe(self._change, prepared)

        self._aside("callguard-fetch", self._better.prepare).add_done_callback(tell)

    async def close(self) -> None:
        """Close both; a fetch that is under way is left to end by itself."""
        self._is_closed = True
        if self._again is not None:
            self._again.cancel()
        await self._at_first.close()
        await self._better.close()
        if self._given_up is not None:
            await self._given_up.close()

    async def transcribe(self, request: Request, /) -> Transcript | None:
        """Have speech written down by the engine that it belongs to."""
        speech = request.speech
        channel = (speech.call_id, speech.channel)
        segment, engine = self._running.get(channel, (-1, self._now))
        if segment != speech.segment:
            engine = self._now
        self._running[channel] = (speech.segment, engine)
        self._under_way += engine is self._at_first
        try:
            return await engine.transcribe(request)
        finally:
            self._under_way -= engine is self._at_first
            if isinstance(speech, SpeechSegment) and self._running.get(channel) == (speech.segment, engine):
                del self._running[channel]
            self._dismiss_when_idle()

    async def confirm(self, request: Request, /) -> Transcript | None:
        """Have a segment heard again by the engine that runs now; once it is the better one, that is as independent as can be."""
        return await self._now.confirm(request)

    def skip(self, segment: SpeechSegment, /) -> None:
        """Take note that a segment will not be asked for; see `Transcriber`."""
        channel = (segment.call_id, segment.channel)
        if self._running.get(channel, (-1, self._now))[0] == segment.segment:
            del self._running[channel]
        self._at_first.skip(segment)
        self._better.skip(segment)
        self._dismiss_when_idle()

    def end_call(self, call_id: str, /) -> None:
        """Forget what is kept for a call."""
        for channel in [key for key in self._running if key[0] == call_id]:
            del self._running[channel]
        self._at_first.end_call(call_id)
        self._better.end_call(call_id)
        self._dismiss_when_idle()

    def _change(self, prepared: "Future[SpeechModel]") -> None:
        error = prepared.exception()
        if error is not None:
            because = str(error) if isinstance(error, CallguardError) else type(error).__name__
            if self._instead is not None and not isinstance(error, ModelMissingError) and not self._is_closed:
                self._given_up, self._better, self._instead = self._better, self._instead(because), None
                self._fetch()
                return
            log.error("the better engine is not to be had", extra={"cause": because})
            detail = f"{self._better.info.name} could not be fetched: {because}"
            if (
                isinstance(error, ModelMissingError) and not self._is_closed
            ):  # the network may come back; what cannot be loaded stays so
                detail = f"{self._better.info.name} could not be fetched, which is tried again: {because}"
                self._again = self._later(self._again_after_s, self._fetch)
                self._again_after_s = min(2 * self._again_after_s, AGAIN_AFTER_AT_MOST_S)
            self._info = replace(self._info, detail=detail)
            return
        if self._is_closed:
            prepared.result().close()
            return
        self._better.adopt(prepared.result())
        self._now = self._better
        self._info = self._better.info
        log.info("changed over", extra={"engine": self._info.name})
        self._dismiss_when_idle()

    def _dismiss_when_idle(self) -> None:
        is_needed = self._under_way or any(engine is self._at_first for _, engine in self._running.values())
        if self._now is self._better and not is_needed:
            self._at_first.dismiss()
