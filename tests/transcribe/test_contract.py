"""What every `Transcriber` does, whichever engine it is."""

import asyncio
from collections.abc import AsyncIterator
from concurrent.futures import ThreadPoolExecutor

import pytest
import pytest_asyncio

from callguard.clock import SystemClock
from callguard.errors import EngineError
from callguard.terms import RATE_HZ, Role
from callguard.transcribe.changeover import Changeover
from callguard.transcribe.engine import EngineRules, SharedEngine
from callguard.transcribe.guards import GuardLimits
from callguard.transcribe.sphinx.engine import SphinxEngine
from callguard.transcribe.transcriber import EngineInfo, Priority, Transcriber
from callguard.transcribe.window import WindowRule
from tests.transcribe.fakes import ScriptedModel, heard, request, segment, snapshot
from tests.transcribe.sphinx.fakes import CountingWorker

FAR_S = 1e9


def shared() -> SharedEngine:
    rules = EngineRules(
        workers=2,
        batch=4,
        queue=64,
        partial_interval_ms=100,
        window=WindowRule(margin_s=1.3, minimum_s=0),
        limits=GuardLimits(),
        inventions={},
    )
    info = EngineInfo(name="whisper test", is_fallback=False, detail="A test.")
    model = ScriptedModel(heard("word0 word1 word2 word3"))
    return SharedEngine(lambda: model, ThreadPoolExecutor(2), info, rules, SystemClock())


def offline() -> SphinxEngine:
    info = EngineInfo(name="pocketsphinx", is_fallback=True, detail="A test.")
    return SphinxEngine([CountingWorker(), CountingWorker()], 2, info, SystemClock(), queue=64)


@pytest_asyncio.fixture(params=["shared", "offline", "changeover"])
async def transcriber(request: pytest.FixtureRequest) -> AsyncIterator[Transcriber]:
    made: dict[str, Transcriber] = {
        "shared": shared(),
        "offline": offline(),
        "changeover": Changeover(offline(), shared()),
    }
    chosen = made[request.param]
    await chosen.start()
    yield chosen
    await chosen.close()


async def test_a_segment_gives_a_final_with_its_own_place_and_times(transcriber: Transcriber) -> None:
    asked = segment(4, seconds=2, start_sample=RATE_HZ, channel=Role.AGENT)
    transcript = await transcriber.transcribe(request(asked, deadline_s=FAR_S))
    assert transcript is not None
    assert transcript.is_final
    assert (transcript.call_id, transcript.channel, transcript.segment) == ("c1", Role.AGENT, 4)
    assert (transcript.start_sample, transcript.end_sample) == (asked.start_sample, asked.end_sample)
    assert (transcript.text, transcript.language) == ("word0 word1 word2 word3", "en")
    assert 0 < transcript.times.started_ns <= transcript.times.decoded_ns
    assert transcript.engine == transcriber.info.name


async def test_running_speech_gives_a_partial_and_its_segment_a_final(transcriber: Transcriber) -> None:
    partial = await transcriber.transcribe(request(snapshot(0, seconds=2, silence_s=0.16), deadline_s=FAR_S))
    assert partial is not None
    assert not partial.is_final
    final = await transcriber.transcribe(request(segment(0, seconds=2), deadline_s=FAR_S))
    assert final is not None
    assert final.is_final


async def test_speech_that_is_over_gives_no_more_partials(transcriber: Transcriber) -> None:
    await transcriber.transcribe(request(segment(0), deadline_s=FAR_S))
    assert await transcriber.transcribe(request(snapshot(0), deadline_s=FAR_S)) is None


async def test_speech_whose_end_is_not_asked_for_gives_no_more_partials(transcriber: Transcriber) -> None:
    await transcriber.transcribe(request(snapshot(0), deadline_s=FAR_S))
    transcriber.skip(segment(0))
    transcriber.skip(segment(0, call_id="nobody"))
    assert await transcriber.transcribe(request(snapshot(0, seconds=2), deadline_s=FAR_S)) is None
    assert await transcriber.transcribe(request(segment(1), deadline_s=FAR_S))


async def test_many_calls_are_written_down_at_once_and_nothing_is_left_waiting(transcriber: Transcriber) -> None:
    asked = [
        request(segment(number, call_id=f"call {call}", channel=channel), priority=priority, deadline_s=FAR_S)
        for call in range(6)
        for number in range(2)
        for channel, priority in ((Role.CALLER, Priority.CALLER), (Role.AGENT, Priority.AGENT))
    ]
    transcripts = await asyncio.gather(*map(transcriber.transcribe, asked))
    assert [(one.call_id, one.channel, one.segment) for one in transcripts if one] == [
        (one.speech.call_id, one.speech.channel, one.speech.segment) for one in asked
    ]
    assert transcriber.waiting == 0


async def test_a_call_can_end_twice_and_an_unknown_one_too(transcriber: Transcriber) -> None:
    await transcriber.transcribe(request(snapshot(0), deadline_s=FAR_S))
    transcriber.end_call("c1")
    transcriber.end_call("c1")
    transcriber.end_call("nobody")
    assert await transcriber.transcribe(request(segment(0), deadline_s=FAR_S))


async def test_speech_without_samples_is_an_error(transcriber: Transcriber) -> None:
    with pytest.raises(EngineError, match="0 samples"):
        await transcriber.transcribe(request(segment(seconds=0), deadline_s=FAR_S))


async def test_a_language_that_is_not_known_is_an_error(transcriber: Transcriber) -> None:
    with pytest.raises(EngineError, match="xx"):
        await transcriber.transcribe(request(segment(), deadline_s=FAR_S, language="xx"))


async def test_which_languages_are_known_can_be_asked(transcriber: Transcriber) -> None:
    assert [transcriber.knows(language) for language in ("en-GB", "auto", "", "xx")] == [True, True, True, False]


async def test_a_closed_engine_says_so(transcriber: Transcriber) -> None:
    await transcriber.close()
    with pytest.raises(EngineError, match="not running"):
        await transcriber.transcribe(request(segment(), deadline_s=FAR_S))


async def test_a_second_hearing_gives_a_transcript_or_says_that_there_is_no_other_way(transcriber: Transcriber) -> None:
    asked = request(segment(4, seconds=2), deadline_s=FAR_S)
    first = await transcriber.transcribe(asked)
    again = await transcriber.confirm(asked)
    assert first is not None
    assert again is None or (again.is_final, again.segment, again.start_sample) == (True, 4, first.start_sample)
