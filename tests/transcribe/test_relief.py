"""The smaller model takes over and gives back, without losing what is under way."""

import asyncio
from collections.abc import Callable
from concurrent.futures import Future

from callguard.errors import EngineError
from callguard.speech import SpeechSegment, Transcript
from callguard.transcribe.hypothesis import SpeechModel
from callguard.transcribe.relief import Relief
from callguard.transcribe.transcriber import EngineInfo, Request
from tests.fakes import transcript
from tests.transcribe.fakes import request, segment


class NamedEngine:
    """An engine that writes its own name."""

    workers = 2
    worker_s_a_final = 0.1
    worker_s_a_second = 0.0
    waiting = 0

    def __init__(self, name: str) -> None:
        self.info = EngineInfo(name=name, is_fallback=False, detail="")
        self.is_ready = False
        self.is_closed = False
        self.ended: list[str] = []
        self.skipped: list[int] = []

    def knows(self, language: str, /) -> bool:
        return language == "en"

    async def start(self) -> None:
        self.is_ready = True

    def prepare(self) -> SpeechModel:
        raise NotImplementedError("the test answers instead")

    def adopt(self, model: SpeechModel) -> None:
        self.is_ready = True

    async def close(self) -> None:
        self.is_closed = True

    async def transcribe(self, request: Request, /) -> Transcript | None:
        if not self.is_ready:
            raise EngineError("not loaded")
        return transcript(self.info.name)

    async def confirm(self, request: Request, /) -> Transcript | None:
        return transcript(f"{self.info.name} again")

    def skip(self, segment: SpeechSegment, /) -> None:
        self.skipped.append(segment.segment)

    def end_call(self, call_id: str, /) -> None:
        self.ended.append(call_id)


class Model:
    """Stands for loaded weights."""

    is_closed = False

    def close(self) -> None:
        self.is_closed = True


class House:
    def __init__(self) -> None:
        self.usual, self.smaller = NamedEngine("base"), NamedEngine("tiny")
        self.loading: list[Future[SpeechModel]] = []
        self.relief = Relief(self.usual, self.smaller, self.aside)

    def aside(self, name: str, work: Callable[[], SpeechModel]) -> "Future[SpeechModel]":
        self.loading.append(Future())
        return self.loading[-1]

    async def text(self) -> str:
        written = await self.relief.transcribe(request(segment()))
        assert written is not None
        return written.text


async def test_the_usual_model_goes_on_until_the_smaller_one_is_loaded() -> None:
    house = House()
    await house.relief.start()
    house.relief.relieve(is_wanted=True)
    assert await house.text() == "base"
    house.loading[0].set_result(Model())  # type: ignore[arg-type]  # stands for weights that nobody decodes with
    await asyncio.sleep(0)
    assert (await house.text(), house.relief.info.name) == ("tiny", "tiny")


async def test_it_is_loaded_once_and_kept() -> None:
    house = House()
    await house.relief.start()
    house.relief.relieve(is_wanted=True)
    house.loading[0].set_result(Model())  # type: ignore[arg-type]  # as above
    await asyncio.sleep(0)
    house.relief.relieve(is_wanted=False)
    assert await house.text() == "base"
    house.relief.relieve(is_wanted=True)
    assert await house.text() == "tiny"
    assert len(house.loading) == 1


async def test_a_smaller_model_that_cannot_be_loaded_leaves_the_usual_one() -> None:
    house = House()
    await house.relief.start()
    house.relief.relieve(is_wanted=True)
    house.loading[0].set_exception(EngineError("broken"))
    await asyncio.sleep(0)
    assert await house.text() == "base"


async def test_weights_that_come_after_the_end_are_let_go() -> None:
    house = House()
    house.relief.relieve(is_wanted=True)
    await house.relief.close()
    model = Model()
    house.loading[0].set_result(model)  # type: ignore[arg-type]  # as above
    await asyncio.sleep(0)
    assert (model.is_closed, house.usual.is_closed, house.smaller.is_closed) == (True, True, True)


async def test_threats_are_heard_again_by_the_usual_model() -> None:
    house = House()
    again = await house.relief.confirm(request(segment()))
    assert again is not None
    assert again.text == "base again"
    house.relief.end_call("c1")
    assert (house.usual.ended, house.smaller.ended) == (["c1"], ["c1"])


async def test_it_costs_what_the_smaller_model_costs_once_that_is_known() -> None:
    house = House()
    house.usual.worker_s_a_second = 0.4
    assert house.relief.worker_s_a_second == 0.4
    house.smaller.worker_s_a_second = 0.05
    assert house.relief.worker_s_a_second == 0.05
