import asyncio
from dataclasses import replace
from pathlib import Path

import pytest
import soundfile
import soxr

from callguard.clock import SystemClock
from callguard.errors import EngineError
from callguard.terms import RATE_HZ, Role
from callguard.transcribe.keywords import KEYWORDS
from callguard.transcribe.sphinx.process import WorkerProcess
from callguard.transcribe.sphinx.spotter import NAME, SphinxSpotter
from callguard.transcribe.transcriber import Priority, Request
from tests.clocks import HandClock
from tests.fakes import speech_segment
from tests.transcribe.sphinx.fakes import CountingWorker

DATA = Path(__file__).parent / "data"


def ask(number: int = 0, *, end_s: float = 1, language: str = "en") -> Request:
    return Request(
        speech=speech_segment(number, channel=Role.CALLER, end_s=end_s),
        priority=Priority.CALLER,
        deadline_ns=10**12,
        language=language,
    )


@pytest.fixture
async def worker() -> CountingWorker:
    return CountingWorker()


@pytest.fixture
async def spotter(worker: CountingWorker) -> SphinxSpotter:
    spotter = SphinxSpotter(worker, HandClock(), queue=4)
    await spotter.start()
    return spotter


async def test_what_is_spotted_is_final_and_unreliable_text(spotter: SphinxSpotter) -> None:
    heard = await spotter.spot(ask())
    assert heard is not None
    assert (heard.is_final, heard.is_reliable, heard.unreliable_because, heard.engine) == (True, False, KEYWORDS, NAME)
    assert [(word.text, word.start_sample, word.end_sample) for word in heard.words] == [
        ("word0", 0, 8000),
        ("word1", 8000, 16000),
    ]


async def test_where_nothing_is_spotted_nothing_is_said(spotter: SphinxSpotter) -> None:
    assert await spotter.spot(ask(end_s=0.25)) is None


async def test_a_language_without_phrases_is_not_listened_to(spotter: SphinxSpotter, worker: CountingWorker) -> None:
    assert await spotter.spot(ask(language="fr")) is None
    assert worker.asked == []


async def test_a_channel_goes_on_with_its_own_state_until_the_call_ends(spotter: SphinxSpotter, worker: CountingWorker) -> None:
    await spotter.spot(ask(0))
    await spotter.spot(ask(1))
    spotter.end_call("c1")
    await spotter.spot(ask(0))
    assert worker.states == ["", "after 2", ""]


async def test_a_broken_worker_is_an_error_and_not_calm(spotter: SphinxSpotter, worker: CountingWorker) -> None:
    worker.is_broken = True
    with pytest.raises(EngineError):
        await spotter.spot(ask())


async def test_a_closed_spotter_listens_to_nothing(spotter: SphinxSpotter, worker: CountingWorker) -> None:
    await spotter.close()
    assert worker.is_closed
    with pytest.raises(EngineError):
        await spotter.spot(ask())


async def test_a_threat_is_spotted_by_a_process_of_its_own() -> None:
    samples, rate_hz = soundfile.read(DATA / "threat.flac", dtype="float32")
    heard = soxr.resample(samples, rate_hz, RATE_HZ)
    spotter = SphinxSpotter(WorkerProcess(1, hears_keywords=True), SystemClock(), queue=4)
    await spotter.start()
    try:
        asked = ask(end_s=len(heard) / RATE_HZ)
        deadline_ns = SystemClock().monotonic_ns() + 60 * 10**9
        spotted = await spotter.spot(replace(asked, speech=replace(asked.speech, samples=heard), deadline_ns=deadline_ns))
    finally:
        await spotter.close()
    assert spotted is not None
    assert "kill you" in spotted.text
    assert not spotted.is_reliable


async def test_it_knows_what_a_second_of_speech_takes(worker: CountingWorker) -> None:
    clock = HandClock()
    spotter = SphinxSpotter(worker, clock, queue=4)
    await spotter.start()
    assert spotter.worker_s_a_second == 0
    worker.gate.clear()
    spotting = asyncio.ensure_future(spotter.spot(ask(end_s=4)))
    await clock.let_run()
    await clock.advance(0.2)
    worker.gate.set()
    await spotting
    assert spotter.worker_s_a_second == pytest.approx(0.05)
