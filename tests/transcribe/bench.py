"""A speech engine on a hand-driven pool and clock, for its tests."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from callguard.speech import SpeechSegment, SpeechSnapshot, Transcript
from callguard.transcribe.engine import EngineRules, SharedEngine
from callguard.transcribe.guards import GuardLimits, load_inventions
from callguard.transcribe.transcriber import EngineInfo, Priority
from callguard.transcribe.window import WindowRule
from callguard.transcribe.workers import WordTimes
from tests.clocks import HandClock
from tests.transcribe.fakes import HandPool, ScriptedModel, request


class Bench:
    """An engine on a hand-driven pool and clock."""

    def __init__(self, model: ScriptedModel, *, workers: int = 2, queue: int = 8, word_times: WordTimes = "when_idle") -> None:
        self.model = model
        self.pool = HandPool()
        self.loading = HandPool()
        self.clock = HandClock()
        rules = EngineRules(
            workers=workers,
            batch=4,
            queue=queue,
            partial_interval_ms=700,
            window=WindowRule(margin_s=1.3, minimum_s=0),
            limits=GuardLimits(),
            inventions=load_inventions(),
            word_times=word_times,
        )
        info = EngineInfo(name="whisper test", is_fallback=False, detail="A test.")
        self.engine = SharedEngine(
            lambda: model, self.pool, info, rules, self.clock, aside=lambda _, act: self.loading.submit(act)
        )

    async def ask(
        self, speech: SpeechSegment | SpeechSnapshot, *, priority: Priority = Priority.CALLER, language: str = "en"
    ) -> "asyncio.Task[Transcript | None]":
        """Put a request, without waiting for its answer."""
        asked = request(speech, priority=priority, clock=self.clock, language=language)
        task = asyncio.create_task(self.engine.transcribe(asked))
        await self.clock.let_run()
        return task


@asynccontextmanager
async def running(
    model: ScriptedModel, *, workers: int = 2, queue: int = 8, word_times: WordTimes = "when_idle"
) -> AsyncIterator[Bench]:
    """Run an engine that has warmed up and been asked nothing yet, until the block ends."""
    bench = Bench(model, workers=workers, queue=queue, word_times=word_times)
    starting = asyncio.create_task(bench.engine.start())
    await bench.loading.work()
    await starting
    model.asked.clear()
    model.languages.clear()
    model.asked_for_words.clear()
    yield bench
    await bench.pool.work_all()
    await bench.engine.close()


async def worked(
    bench: Bench, speech: SpeechSegment | SpeechSnapshot, *, language: str = "en"
) -> "asyncio.Task[Transcript | None]":
    """Ask and work until nothing is left; the task that comes back is done."""
    task = await bench.ask(speech, language=language)
    await bench.pool.work_all()
    return task
