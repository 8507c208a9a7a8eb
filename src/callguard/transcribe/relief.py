"""A second, smaller model that takes over while the first cannot keep up. It is loaded when it is first needed, and then kept."""

import asyncio
import logging
from concurrent.futures import Future
from typing import Protocol

from callguard.errors import CallguardError
from callguard.operations import EngineFigures
from callguard.speech import SpeechSegment, Transcript
from callguard.transcribe.daemon import in_daemon_thread
from callguard.transcribe.hypothesis import SpeechModel
from callguard.transcribe.transcriber import EngineInfo, Request, figures_of, standing_by
from callguard.transcribe.workers import Aside

log = logging.getLogger(__name__)


class SwitchableEngine(Protocol):
    """What relief needs of an engine: a `Transcriber` that can be made ready in another thread. `SharedEngine` is one."""

    @property
    def info(self) -> EngineInfo:
        """What is running."""
        ...

    @property
    def waiting(self) -> int:
        """Requests that have not begun."""
        ...

    @property
    def workers(self) -> int:
        """How many decode at the same time."""
        ...

    @property
    def worker_s_a_final(self) -> float:
        """Seconds of one worker for one finished piece of speech."""
        ...

    @property
    def worker_s_a_second(self) -> float:
        """Seconds of one worker for one second of finished speech."""
        ...

    def knows(self, language: str, /) -> bool:
        """Say whether the model understands a language."""
        ...

    async def start(self) -> None:
        """Load and warm the model."""
        ...

    def prepare(self) -> SpeechModel:
        """Load and warm the model in the thread that calls."""
        ...

    def adopt(self, model: SpeechModel) -> None:
        """Run with what `prepare` returned."""
        ...

    async def close(self) -> None:
        """Let go of the model."""
        ...

    async def transcribe(self, request: Request, /) -> Transcript | None:
        """Write down one piece of speech."""
        ...

    async def confirm(self, request: Request, /) -> Transcript | None:
        """Write a segment down again in another way."""
        ...

    def skip(self, segment: SpeechSegment, /) -> None:
        """Take note that a segment will not be asked for."""
        ...

    def end_call(self, call_id: str, /) -> None:
        """Forget what is kept for a call."""
        ...


class Relief:
    """A `Transcriber` with a smaller one behind it. Requests under way stay where they are; `relieve` moves the next ones."""

    def __init__(self, usual: SwitchableEngine, smaller: SwitchableEngine, aside: Aside = in_daemon_thread) -> None:
        """`aside` runs the loading, by name."""
        self._usual = usual
        self._smaller = smaller
        self._aside = aside
        self._now = usual
        self._is_wanted = False
        self._is_loading = False
        self._is_loaded = False
        self._is_closed = False
        self._has_failed = False

    @property
    def can_relieve(self) -> bool:
        """Whether there is a smaller model to take over; no longer, once it could not be loaded."""
        return not self._has_failed

    @property
    def info(self) -> EngineInfo:
        """What is running now."""
        return self._now.info

    @property
    def waiting(self) -> int:
        """Requests that have not begun."""
        return self._usual.waiting + self._smaller.waiting

    @property
    def workers(self) -> int:
        """How many decode at the same time."""
        return self._usual.workers

    @property
    def worker_s_a_final(self) -> float:
        """Seconds of one worker for one finished piece of speech, with the usual model."""
        return self._usual.worker_s_a_final

    @property
    def worker_s_a_second(self) -> float:
        """Seconds of one worker for one second of finished speech: with the smaller model, once that is known."""
        return self._smaller.worker_s_a_second or self._usual.worker_s_a_second

    def figures(self) -> tuple[EngineFigures, ...]:
        """Return what both have done; the one whose turn it is runs."""
        usual, smaller = figures_of(self._usual), figures_of(self._smaller)
        is_usual = self._now is self._usual
        return (*(usual if is_usual else standing_by(usual)), *(standing_by(smaller) if is_usual else smaller))

    def knows(self, language: str, /) -> bool:
        """Say whether the engine whose turn it is understands a language."""
        return self._now.knows(language)

    async def start(self) -> None:
        """Start the usual engine. Raises ModelMissingError or EngineError."""
        await self._usual.start()

    async def close(self) -> None:
        """Close both."""
        self._is_closed = True
        await self._usual.close()
        await self._smaller.close()

    def relieve(self, is_wanted: bool) -> None:
        """Let the smaller model take over, as soon as it is loaded, or the usual one come back."""
        self._is_wanted = is_wanted
        if is_wanted and not (self._is_loaded or self._is_loading):
            self._load()
        self._choose()

    async def transcribe(self, request: Request, /) -> Transcript | None:
        """Write down one piece of speech with the engine whose turn it is."""
        return await self._now.transcribe(request)

    async def confirm(self, request: Request, /) -> Transcript | None:
        """Hear a segment again with the usual model, which hears better and has not heard what the smaller one did."""
        return await self._usual.confirm(request)

    def skip(self, segment: SpeechSegment, /) -> None:
        """Take note that a segment will not be asked for."""
        self._usual.skip(segment)
        self._smaller.skip(segment)

    def end_call(self, call_id: str, /) -> None:
        """Forget what is kept for a call."""
        self._usual.end_call(call_id)
        self._smaller.end_call(call_id)

    def _load(self) -> None:
        self._is_loading = True
        loop = asyncio.get_running_loop()

        def tell(prepared: "Future[SpeechModel]") -> None:
            if not loop.is_closed():
                loop.call_soon_threadsafe(self._take, prepared)

        self._aside("callguard-relief", self._smaller.prepare).add_done_callback(tell)

    def _take(self, prepared: "Future[SpeechModel]") -> None:
        self._is_loading = False
        error = prepared.exception()
        self._has_failed = error is not None
        if error is not None:
            because = str(error) if isinstance(error, CallguardError) else type(error).__name__
            log.error("the smaller model cannot be loaded", extra={"cause": because})
            return
        if self._is_closed:
            prepared.result().close()
            return
        self._smaller.adopt(prepared.result())
        self._is_loaded = True
        self._choose()

    def _choose(self) -> None:
        before, self._now = self._now, self._smaller if self._is_wanted and self._is_loaded else self._usual
        if self._now is not before:
            log.warning("changed over", extra={"engine": self._now.info.name})
