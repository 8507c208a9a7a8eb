from dataclasses import dataclass, field, replace

from callguard.app.engine_watch import EVERY_NS, FAILING, KEPT, EngineWatch
from callguard.operations import EngineFigures
from tests.clocks import HandClock

NOTHING = EngineFigures(
    name="whisper base.en",
    detail="It runs on cpu with 2 workers.",
    is_running=True,
    is_fallback=False,
    queue=0,
    queue_room=256,
    workers=2,
    busy=0,
    batch_limit=4,
)


@dataclass
class CountingEngine:
    """Says what it is told to say."""

    now: list[EngineFigures] = field(default_factory=lambda: [NOTHING])

    def figures(self) -> tuple[EngineFigures, ...]:
        return tuple(self.now)


async def test_factors_and_averages_are_of_the_last_minutes() -> None:
    engine, clock = CountingEngine(), HandClock()
    watch = EngineWatch(engine, clock)  # type: ignore[arg-type]  # the figures are all that it asks for
    engine.now = [replace(NOTHING, decoded=100, batches=100, whole_ns=10**12, whole_samples=16_000)]
    watch.look()
    engine.now = [replace(NOTHING, decoded=130, batches=110, whole_ns=10**12 + 2 * 10**9, whole_samples=16_000 * 21, dropped=2)]
    (standing,) = watch.engines()
    assert (standing.real_time_factor, standing.mean_batch, standing.decoded, standing.dropped) == (0.1, 3.0, 30, 2)
    for _ in range(KEPT + 1):
        await clock.advance(EVERY_NS / 1e9)
        watch.look()
    (standing,) = watch.engines()
    assert (standing.real_time_factor, standing.mean_batch, standing.decoded) == (None, None, 0)


def test_the_engine_that_runs_comes_first() -> None:
    engine = CountingEngine([replace(NOTHING, name="whisper tiny.en", is_running=False), NOTHING])
    watch = EngineWatch(engine, HandClock())  # type: ignore[arg-type]  # see above
    assert [one.name for one in watch.engines()] == ["whisper base.en", "whisper tiny.en"]


def test_an_engine_that_counts_no_pieces_is_not_said_to_have_decoded_none() -> None:
    engine = CountingEngine([replace(NOTHING, name="pocketsphinx", is_counted=False)])
    (standing,) = EngineWatch(engine, HandClock()).engines()  # type: ignore[arg-type]  # see above
    assert (standing.decoded, standing.dropped, standing.real_time_factor) == (None, None, None)


def test_an_engine_that_fails_again_and_again_is_told_from_one_that_stands_by() -> None:
    engine = CountingEngine([replace(NOTHING, failed_in_a_row=FAILING - 1)])
    watch = EngineWatch(engine, HandClock())  # type: ignore[arg-type]  # see above
    assert not watch.is_failing()
    engine.now = [replace(NOTHING, failed_in_a_row=FAILING)]
    assert watch.is_failing()
    engine.now = [replace(NOTHING, failed_in_a_row=FAILING, is_running=False), NOTHING]
    assert not watch.is_failing()
