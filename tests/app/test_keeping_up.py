from callguard.app.keeping_up import load_control
from callguard.app.parts import Parts
from callguard.load import PARTIALS
from callguard.settings import Settings
from tests.transcribe.fakes import segment
from tests.transcribe.test_changeover import running


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
