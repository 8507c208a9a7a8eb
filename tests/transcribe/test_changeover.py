import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

from callguard.errors import EngineError, ModelMissingError
from callguard.speech import SpeechSegment, SpeechSnapshot, Transcript
from callguard.transcribe.changeover import Changeover
from callguard.transcribe.engine import EngineRules, SharedEngine
from callguard.transcribe.guards import GuardLimits
from callguard.transcribe.hypothesis import SpeechModel
from callguard.transcribe.sphinx.engine import SphinxEngine
from callguard.transcribe.transcriber import EngineInfo
from callguard.transcribe.window import FULL_WINDOW
from tests.clocks import HandClock
from tests.transcribe.fakes import HandPool, ScriptedModel, heard, request, segment, snapshot
from tests.transcribe.sphinx.fakes import CountingWorker


class Bench:
    """An offline engine that guards until the test lets the weights arrive."""

    def __init__(self, error: EngineError | None = None, *, has_another: bool = False) -> None:
        self.clock = HandClock()
        self.pool = HandPool()
        self.model = ScriptedModel(heard("from whisper"))
        self.worker = CountingWorker()
        self.fetching = HandPool()
        self.error = error
        self.tried_again: list[tuple[float, Callable[[], None]]] = []
        """After how many seconds, and what."""
        offline = EngineInfo(
            name="pocketsphinx", is_fallback=True, detail="Weights are on their way.", decodes_while_people_speak=True
        )
        whisper = EngineInfo(name="whisper test", is_fallback=False, detail="A test.")
        rules = EngineRules(
            workers=1, batch=1, queue=4, partial_interval_ms=100, window=FULL_WINDOW, limits=GuardLimits(), inventions={}
        )
        self.rules = rules
        self.engine = Changeover(
            SphinxEngine([self.worker], 2, offline, self.clock, queue=4),
            SharedEngine(self._load, self.pool, whisper, rules, self.clock),
            lambda _, act: self.fetching.submit(act),
            self._later,
            instead=self._instead if has_another else None,
        )

    def _load(self) -> SpeechModel:
        if self.error is not None:
            raise self.error
        return self.model

    def _instead(self, because: str) -> SharedEngine:
        info = EngineInfo(name="whisper elsewhere", is_fallback=False, detail=because)
        return SharedEngine(lambda: self.model, self.pool, info, self.rules, self.clock)

    def _later(self, seconds: float, act: Callable[[], None]) -> asyncio.TimerHandle:
        self.tried_again.append((seconds, act))
        return asyncio.get_running_loop().call_later(3600, act)

    async def text_of(self, speech: SpeechSegment | SpeechSnapshot) -> str:
        """Ask and return who wrote it down."""
        return await self.ended(self.begin(speech))

    def begin(self, speech: SpeechSegment | SpeechSnapshot) -> "asyncio.Task[Transcript | None]":
        """Ask, without waiting for the answer."""
        return asyncio.create_task(self.engine.transcribe(request(speech, clock=self.clock)))

    async def ended(self, task: "asyncio.Task[Transcript | None]") -> str:
        """Return who wrote it down; empty if nobody did."""
        await self.pool.work_all()
        transcript = await task
        return transcript.engine if transcript else ""


@asynccontextmanager
async def running(error: EngineError | None = None, *, has_another: bool = False) -> AsyncIterator[Bench]:
    bench = Bench(error, has_another=has_another)
    await bench.engine.start()
    yield bench
    await bench.engine.close()


async def test_the_offline_engine_guards_until_the_weights_are_there() -> None:
    async with running() as bench:
        assert await bench.text_of(segment(0)) == "pocketsphinx"
        await bench.fetching.work()
        assert await bench.text_of(segment(1)) == "whisper test"
        assert bench.engine.info.name == "whisper test"


async def test_speech_that_has_begun_stays_with_its_engine() -> None:
    async with running() as bench:
        await bench.text_of(snapshot(0, seconds=1))
        await bench.fetching.work()
        assert not bench.worker.is_dismissed
        assert await bench.text_of(segment(0)) == "pocketsphinx"
        assert bench.worker.is_dismissed
        assert await bench.text_of(segment(1)) == "whisper test"


async def test_speech_whose_end_is_not_asked_for_lets_the_offline_engine_go() -> None:
    async with running() as bench:
        await bench.text_of(snapshot(0, seconds=1))
        await bench.fetching.work()
        bench.engine.skip(segment(0))
        assert bench.worker.is_dismissed


async def test_the_end_of_the_last_call_lets_the_offline_engine_go() -> None:
    async with running() as bench:
        await bench.text_of(snapshot(0, seconds=1))
        await bench.fetching.work()
        bench.engine.end_call("c1")
        assert bench.worker.is_dismissed


async def test_weights_that_do_not_come_leave_the_offline_engine_on_guard_and_say_why() -> None:
    async with running(ModelMissingError("the mirror is empty")) as bench:
        await bench.fetching.work()
        assert "the mirror is empty" in bench.engine.info.detail
        assert bench.engine.info.is_fallback
        assert await bench.text_of(segment(0)) == "pocketsphinx"


async def test_weights_that_did_not_come_are_tried_again_ever_more_rarely() -> None:
    async with running(ModelMissingError("the network is away")) as bench:
        for _ in range(8):
            await bench.fetching.work()
            bench.tried_again[-1][1]()
        assert [seconds for seconds, _ in bench.tried_again] == [60, 120, 240, 480, 960, 1920, 3600, 3600]
        assert "tried again" in bench.engine.info.detail
        bench.error = None
        await bench.fetching.work()
        assert await bench.text_of(segment(0)) == "whisper test"


async def test_weights_that_came_and_cannot_be_loaded_are_not_tried_again() -> None:
    async with running(EngineError("it is broken")) as bench:
        await bench.fetching.work()
        assert bench.tried_again == []
        assert "it is broken" in bench.engine.info.detail


async def test_weights_that_came_and_cannot_be_loaded_may_be_run_elsewhere() -> None:
    async with running(EngineError("the GPU is broken"), has_another=True) as bench:
        await bench.fetching.work()
        assert await bench.text_of(segment(0)) == "pocketsphinx"
        await bench.fetching.work()
        assert await bench.text_of(segment(1)) == "whisper elsewhere"
        assert bench.engine.info.detail == "the GPU is broken"


async def test_weights_that_come_after_the_end_are_let_go() -> None:
    bench = Bench()
    await bench.engine.start()
    await bench.engine.close()
    await bench.fetching.work()
    assert bench.model.is_closed
