import asyncio
from dataclasses import replace

import pytest

from callguard.errors import EngineError, OverloadError
from callguard.speech import Transcript
from callguard.terms import RATE_HZ, Role, StepTimes
from callguard.transcribe.hypothesis import HeardWord
from callguard.transcribe.transcriber import Priority
from callguard.transcribe.workers import WordTimes
from tests.transcribe.bench import Bench, running, worked
from tests.transcribe.fakes import ScriptedModel, heard, request, segment


async def test_a_segment_comes_back_as_a_final_transcript() -> None:
    async with running(ScriptedModel(heard("warm up"), heard("I will wait"))) as bench:
        task = await bench.ask(segment(3, seconds=2))
        await bench.pool.work_all()
        transcript = await task
        assert transcript is not None
        assert (transcript.text, transcript.segment, transcript.is_final, transcript.is_reliable) == (
            "I will wait",
            3,
            True,
            True,
        )
        assert transcript.engine == "whisper test"
        assert bench.model.asked == [(1, 330, 1)]


async def test_step_times_say_when_decoding_began_and_ended() -> None:
    async with running(ScriptedModel()) as bench:
        speech = replace(segment(), times=StepTimes(speech_end_ns=1, segmented_ns=bench.clock.monotonic_ns()))
        task = await bench.ask(speech)
        started_ns = bench.clock.monotonic_ns()
        await bench.clock.advance(0.3)
        await bench.pool.work_all()
        transcript = await task
        assert transcript is not None
        assert (transcript.times.started_ns, transcript.times.decoded_ns) == (started_ns, bench.clock.monotonic_ns())
        assert transcript.times.speech_end_ns == 1


async def test_what_a_second_of_speech_costs_is_what_its_cheapest_decode_took() -> None:
    async with running(ScriptedModel()) as bench:
        assert bench.engine.worker_s_a_second == 0
        for number, spent_s in enumerate((3.0, 0.5, 7.0)):
            task = await bench.ask(segment(number, seconds=2.0))
            await bench.clock.advance(spent_s)
            await bench.pool.work_all()
            await task
        assert bench.engine.worker_s_a_second == pytest.approx(0.25)


async def test_an_idle_worker_begins_at_once_and_waiting_speech_is_decoded_together() -> None:
    async with running(ScriptedModel(), workers=1) as bench:
        tasks = [await bench.ask(segment(number)) for number in range(4)]
        assert (bench.pool.busy, bench.engine.waiting) == (1, 3)
        await bench.pool.work_all()
        await asyncio.gather(*tasks)
        assert [utterances for utterances, _, _ in bench.model.asked] == [1, 3]


async def test_a_full_queue_refuses_the_least_urgent_with_overload() -> None:
    async with running(ScriptedModel(), workers=1, queue=1) as bench:
        first = await bench.ask(segment(0))
        agent = await bench.ask(segment(0, channel=Role.AGENT), priority=Priority.AGENT)
        caller = await bench.ask(segment(1))
        with pytest.raises(OverloadError, match="1 requests were waiting"):
            await agent
        await bench.pool.work_all()
        assert await first
        assert await caller


async def test_what_has_waited_past_its_deadline_is_refused_with_overload() -> None:
    async with running(ScriptedModel(), workers=1) as bench:
        first = await bench.ask(segment(0))
        late = await bench.ask(segment(1))
        await bench.clock.advance(11)
        await bench.pool.work_all()
        assert await first
        with pytest.raises(OverloadError, match="deadline"):
            await late


async def test_a_language_that_was_found_out_is_kept_for_the_call() -> None:
    french = replace(heard("bonjour"), language="fr", language_probability=0.95)
    async with running(ScriptedModel(french)) as bench:
        await (await worked(bench, segment(0), language="auto"))
        await (await worked(bench, segment(1), language="auto"))
        assert bench.model.languages == ["", "fr"]


async def test_a_language_that_was_heard_in_noise_is_not_kept() -> None:
    noise, credits_ = (
        replace(one, language="fr", language_probability=0.95)
        for one in (heard("", mean_log_probability=-2, no_speech_probability=0.9), heard("Abonnez-vous"))
    )
    async with running(ScriptedModel(heard("w"), noise, noise, noise, credits_, heard("hello"))) as bench:
        for number in range(3):
            await (await worked(bench, segment(number), language="auto"))
        assert set(bench.model.languages) == {""}


async def test_an_unsure_language_is_asked_for_again() -> None:
    french = replace(heard("bonjour"), language="fr", language_probability=0.4)
    async with running(ScriptedModel(french)) as bench:
        await (await worked(bench, segment(0), language=""))
        await (await worked(bench, segment(1), language=""))
        assert bench.model.languages == ["", ""]


async def test_a_language_that_the_model_does_not_know_is_an_error() -> None:
    async with running(ScriptedModel()) as bench:
        with pytest.raises(EngineError, match="«xx»"):
            await (await bench.ask(segment(), language="xx-YY"))


async def test_a_model_that_fails_is_an_error_and_the_next_request_is_served() -> None:
    async with running(ScriptedModel(heard("w"), EngineError("it fell over"), heard("fine"))) as bench:
        with pytest.raises(EngineError, match="fell over"):
            await (await worked(bench, segment(0)))
        assert await (await worked(bench, segment(1)))


async def test_failures_in_a_row_are_counted_until_something_is_heard() -> None:
    answers = (EngineError("no memory"), EngineError("no memory"), heard("fine"))
    async with running(ScriptedModel(heard("w"), *answers)) as bench:
        counted = []
        for number in range(3):
            await asyncio.gather(await worked(bench, segment(number)), return_exceptions=True)
            counted += [figures.failed_in_a_row for figures in bench.engine.figures()]
        assert counted == [1, 2, 0]


async def test_utterances_that_fail_together_are_decoded_one_by_one() -> None:
    answers = (heard("first"), EngineError("no memory"), heard("one"), EngineError("poison"), heard("three"))
    async with running(ScriptedModel(heard("w"), *answers), workers=1) as bench:
        first = await bench.ask(segment(0))
        together = [await bench.ask(segment(number, call_id=f"c{number}")) for number in range(1, 4)]
        await bench.pool.work_all()
        assert await first
        came = await asyncio.gather(*together, return_exceptions=True)
        assert [one.text if isinstance(one, Transcript) else str(one) for one in came] == ["one", "poison", "three"]
        assert [utterances for utterances, _, _ in bench.model.asked] == [1, 3, 1, 1, 1]


async def test_a_request_that_nobody_waits_for_any_more_leaves_the_queue() -> None:
    async with running(ScriptedModel(), workers=1) as bench:
        first = await bench.ask(segment(0))
        unwanted = await bench.ask(segment(1))
        unwanted.cancel()
        await bench.clock.let_run()
        assert bench.engine.waiting == 0
        await bench.pool.work_all()
        assert await first


async def test_speech_without_samples_is_an_error() -> None:
    async with running(ScriptedModel()) as bench:
        with pytest.raises(EngineError, match="0 samples"):
            await (await bench.ask(segment(seconds=0)))


async def test_closing_ends_what_waits_with_an_error_and_lets_go_of_the_model() -> None:
    async with running(ScriptedModel(), workers=1) as bench:
        begun = await bench.ask(segment(0))
        waiting = await bench.ask(segment(1))
        closing = asyncio.create_task(bench.engine.close())
        await bench.pool.work_all()
        await closing
        with pytest.raises(EngineError, match="closed"):
            await waiting
        assert await begun
        assert bench.model.is_closed
        with pytest.raises(EngineError, match="not running"):
            await bench.engine.transcribe(request(segment(2)))


async def test_an_engine_that_is_still_fetching_its_weights_can_be_closed() -> None:
    bench = Bench(ScriptedModel())
    starting = asyncio.create_task(bench.engine.start())
    await bench.clock.let_run()
    starting.cancel()
    await asyncio.wait([starting])
    await bench.engine.close()
    assert starting.cancelled()
    assert (bench.loading.busy, bench.pool.busy) == (1, 0)  # the pool is waited for, and what loads is not


async def test_nothing_is_kept_for_a_call_that_has_ended() -> None:
    french = replace(heard("bonjour"), language="fr", language_probability=0.95)
    async with running(ScriptedModel(french)) as bench:
        await (await worked(bench, segment(0), language="auto"))
        bench.engine.end_call("c1")
        await (await worked(bench, segment(0), language="auto"))
        assert bench.model.languages == ["", ""]


async def test_requests_of_the_same_moment_fill_batches() -> None:
    async with running(ScriptedModel(), workers=2, queue=16) as bench:
        asked = [request(segment(call_id=f"c{number}"), clock=bench.clock) for number in range(8)]
        tasks = [asyncio.create_task(bench.engine.transcribe(one)) for one in asked]
        await bench.pool.work_all()
        await asyncio.gather(*tasks)
        assert [utterances for utterances, _, _ in bench.model.asked] == [4, 4]


async def test_words_have_their_place_in_the_call_and_stay_inside_their_speech() -> None:
    words = (
        HeardWord(text="leave", start_s=0.5, end_s=0.75, probability=0.9),
        HeardWord(text="me", start_s=0.75, end_s=2.5, probability=0.8),
    )
    async with running(ScriptedModel(replace(heard("leave me"), words=words))) as bench:
        transcript = await (await worked(bench, segment(seconds=2, start_sample=10 * RATE_HZ)))
        assert transcript is not None
        assert [(word.text, word.start_sample / RATE_HZ, word.end_sample / RATE_HZ) for word in transcript.words] == [
            ("leave", 10.5, 10.75),
            ("me", 10.75, 12.0),
        ]


@pytest.mark.parametrize(
    ("setting", "expected"), [("never", [False, False]), ("always", [True] * 2), ("when_idle", [False, True])]
)
async def test_word_times_are_sought_as_the_setting_says(setting: WordTimes, expected: list[bool]) -> None:
    async with running(ScriptedModel(), workers=1, word_times=setting) as bench:
        first = await bench.ask(segment(0))
        bench.model.asked_for_words.clear()
        others = [await bench.ask(segment(0, call_id=f"d{number}", seconds=seconds)) for number, seconds in enumerate((8, 2))]
        await bench.pool.work_all()
        await asyncio.gather(first, *others)
        assert bench.model.asked_for_words[1:] == expected
