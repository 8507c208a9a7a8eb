import asyncio

from callguard.app.keeping_up import load_control
from callguard.app.parts import Parts
from callguard.errors import EngineError
from callguard.load import PARTIALS, Step
from callguard.settings import Settings
from tests.clocks import HandClock
from tests.transcribe.fakes import segment
from tests.transcribe.test_changeover import running
from tests.transcribe.test_relief import House


async def test_an_engine_that_takes_over_is_weighed_and_relieved_like_one_that_was_there_from_the_start() -> None:
    async with running() as bench:
        load = load_control(Parts(Settings(score={"engine": "rules"}), bench.clock, bench.engine))
        assert not set(PARTIALS) & set(load.steps)
        await bench.fetching.work()
        for _ in range(400):
            load.note_final()
            load.tick(0.0, 1)
        assert set(PARTIALS) <= set(load.steps)
        assert load.share(1) is None
        speech = bench.begin(segment(0))
        await bench.clock.advance(0.5)
        assert await bench.ended(speech) == "whisper test"
        assert load.share(1) is not None
        assert load.refusal(10).startswith("with one more call")


async def test_a_smaller_model_that_cannot_be_loaded_is_no_step_and_is_not_spoken_of() -> None:
    house = House()
    await house.relief.start()
    load = load_control(Parts(Settings(score={"engine": "rules"}), HandClock(), house.relief))
    while load.step < Step.SMALLER_MODEL:
        load.tick(2.0, 1)
    house.relief.relieve(is_wanted=True)
    house.loading[0].set_exception(EngineError("broken"))
    await asyncio.sleep(0)
    load.tick(0.4, 1)
    stood = [load.step]
    for _ in range(100):
        load.tick(9.0, 1)
    assert [*stood, load.step] == [Step.NO_AGENT, Step.NOT_GUARDED]
