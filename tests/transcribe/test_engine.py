import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace

import pytest

from callguard.errors import EngineError, OverloadError
from callguard.speech import SpeechSegment, SpeechSnapshot, Transcript
from callguard.terms import RATE_HZ, Role, StepTimes
from callguard.transcribe.engine import BEAM, OTHER_FRAMES, EngineRules, SharedEngine
from callguard.transcribe.guards import GuardLimits, load_inventions
from callguard.transcribe.hypothesis import HeardWord
from callguard.transcribe.transcriber import EngineInfo, Priority
from callguard.transcribe.window import FULL_FRAMES, WindowRule
from callguard.transcribe.workers import WordTimes
from tests.clocks import HandClock
from tests.transcribe.fakes import HandPool, ScriptedModel, heard, request, segment, snapshot

LOOP = " ".join(["so"] * 12)


class Bench:
    """An engine on a hand-driven pool and clock."""

    def __init__(self, model: ScriptedModel, *, workers: int = 2, queue: int = 8, word_times: WordTimes = "when_idle") -> None:
        self.model = model
        self.pool = HandPool()
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
        self.engine = SharedEngine(lambda: model, self.pool, info, rules, self.clock)

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
    bench = Bench(model, workers=workers, queue=queue, word_times=word_times)
    starting = asyncio.create_task(bench.engine.start())
    await bench.pool.work()
    await starting
    model.asked.clear()
    model.languages.clear()
    model.asked_for_words.clear()
    yield bench
    await bench.pool.work_all()
    await bench.engine.close()


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


async def test_a_partial_is_overtaken_by_its_final_without_an_error() -> None:
    async with running(ScriptedModel(), workers=1) as bench:
        busy = await bench.ask(segment(0, channel=Role.AGENT))
        partial = await bench.ask(snapshot(0))
        final = await bench.ask(segment(0))
        await bench.pool.work_all()
        assert await busy
        assert await partial is None
        assert await final
        assert len(bench.model.asked) == 2


async def test_a_partial_that_is_done_after_its_final_was_asked_is_not_shown() -> None:
    async with running(ScriptedModel(heard("w"), heard("one two"), heard("one two"))) as bench:
        partial = await bench.ask(snapshot(0, silence_s=0.0))
        final = await bench.ask(segment(0))
        await bench.pool.work_all()
        assert await partial is None
        assert await final


async def test_running_speech_is_shown_as_far_as_two_decodes_agree() -> None:
    model = ScriptedModel(heard("w"), heard("I know where"), heard("I know wherever you"), heard("I know where you live"))
    async with running(model) as bench:
        shown = []
        for seconds in (1.0, 2.0, 3.0):
            task = await bench.ask(snapshot(0, seconds=seconds))
            await bench.pool.work_all()
            transcript = await task
            shown.append(transcript and (transcript.text, transcript.is_final))
            await bench.clock.advance(1)
        assert shown == [None, ("I know", False), None]


async def test_partials_of_a_channel_keep_their_distance() -> None:
    async with running(ScriptedModel()) as bench:
        await (await _worked(bench, snapshot(0, seconds=1)))
        await bench.clock.advance(0.5)
        await (await _worked(bench, snapshot(0, seconds=1.5)))
        await bench.clock.advance(0.5)
        await (await _worked(bench, snapshot(0, seconds=2)))
        assert len(bench.model.asked) == 2


async def test_no_partial_is_decoded_while_finals_queue() -> None:
    async with running(ScriptedModel(), workers=1) as bench:
        finals = [await bench.ask(segment(number)) for number in range(2)]
        partial = await bench.ask(snapshot(0, channel=Role.AGENT))
        assert await partial is None
        await bench.pool.work_all()
        await asyncio.gather(*finals)


async def test_a_decode_that_began_in_the_first_silence_is_used_for_the_segment() -> None:
    async with running(ScriptedModel(heard("w"), heard("leave me alone"))) as bench:
        early = await bench.ask(snapshot(0, seconds=2, silence_s=0.16))
        final = await bench.ask(segment(0, seconds=2))
        await bench.pool.work_all()
        transcript = await final
        assert transcript is not None
        assert (transcript.text, transcript.is_final) == ("leave me alone", True)
        assert await early is None
        assert len(bench.model.asked) == 1
        assert bench.engine.counts.early_used == 1


async def test_nothing_is_decoded_early_while_all_workers_are_busy() -> None:
    async with running(ScriptedModel(), workers=1) as bench:
        other = await bench.ask(segment(0, channel=Role.AGENT))
        assert await (await bench.ask(snapshot(0, seconds=2, silence_s=0.16))) is None
        await bench.pool.work_all()
        assert await other


async def test_nothing_is_decoded_early_where_workers_have_had_little_rest() -> None:
    async with running(ScriptedModel(), workers=1) as bench:
        other = await bench.ask(segment(0, channel=Role.AGENT))
        await bench.clock.advance(2)
        await bench.pool.work_all()
        assert await other
        assert await (await bench.ask(snapshot(0, seconds=2, silence_s=0.16))) is None
        await bench.clock.advance(2)
        early = await (await _worked(bench, snapshot(0, seconds=2, silence_s=0.16)))
        assert early is not None


async def test_an_early_decode_that_is_done_first_is_shown_as_a_whole() -> None:
    async with running(ScriptedModel(heard("w"), heard("leave me alone"))) as bench:
        early = await (await _worked(bench, snapshot(0, seconds=2, silence_s=0.16)))
        assert early is not None
        assert (early.text, early.is_final) == ("leave me alone", False)
        final = await (await bench.ask(segment(0, seconds=2)))
        assert final is not None
        assert final.is_final
        assert len(bench.model.asked) == 1


async def test_an_early_decode_is_thrown_away_when_speech_goes_on() -> None:
    async with running(ScriptedModel(heard("w"), heard("leave me"), heard("leave me alone or else"))) as bench:
        await (await _worked(bench, snapshot(0, seconds=2, silence_s=0.16)))
        await bench.ask(snapshot(0, seconds=3))
        final = await (await _worked(bench, segment(0, seconds=3.5)))
        assert final is not None
        assert final.text == "leave me alone or else"
        assert bench.engine.counts.early_used == 0


async def test_an_early_decode_of_more_speech_than_the_segment_holds_is_not_used() -> None:
    async with running(ScriptedModel(heard("w"), heard("one two three"), heard("one two"))) as bench:
        await (await _worked(bench, snapshot(0, seconds=3, silence_s=0.16)))
        final = await (await _worked(bench, segment(0, seconds=2)))
        assert final is not None
        assert final.text == "one two"


async def test_speech_of_a_segment_that_is_over_is_not_decoded() -> None:
    async with running(ScriptedModel()) as bench:
        await (await _worked(bench, segment(1)))
        assert await (await bench.ask(snapshot(1))) is None
        assert await (await bench.ask(snapshot(0))) is None


async def test_text_that_fails_a_check_is_decoded_with_a_beam_and_then_in_the_full_window() -> None:
    async with running(ScriptedModel(heard("w"), heard(LOOP), heard(LOOP + " what"), heard("so what"))) as bench:
        transcript = await (await _worked(bench, segment(seconds=3)))
        assert transcript is not None
        assert (transcript.text, transcript.is_reliable) == ("so what", True)
        assert [(frames, beam) for _, frames, beam in bench.model.asked] == [(430, 1), (430, BEAM), (FULL_FRAMES, BEAM)]


async def test_text_that_fails_every_check_is_shown_as_unreliable() -> None:
    answers = [heard("mumble", mean_log_probability=value) for value in (-1.9, -1.4, -1.6)]
    async with running(ScriptedModel(heard("w"), *answers)) as bench:
        transcript = await (await _worked(bench, segment()))
        assert transcript is not None
        assert (transcript.is_reliable, transcript.unreliable_because) == (False, "low_confidence")
        assert transcript.mean_log_probability == -1.4


async def test_a_repetition_that_two_ways_of_decoding_hear_alike_is_believed() -> None:
    async with running(ScriptedModel(heard(LOOP))) as bench:
        transcript = await (await _worked(bench, segment(seconds=4)))
        assert transcript is not None
        assert transcript.is_reliable
        assert len(bench.model.asked) == 2


async def test_the_full_window_is_not_spent_while_others_wait() -> None:
    async with running(ScriptedModel(heard("mumble", mean_log_probability=-2)), workers=1) as bench:
        first = await bench.ask(segment(0))
        others = [await bench.ask(segment(0, seconds=8 + 6 * number, call_id=f"d{number}")) for number in range(3)]
        await bench.pool.work_all()
        await asyncio.gather(first, *others)
        assert (1, FULL_FRAMES, BEAM) not in bench.model.asked[:4]


async def test_a_known_invention_is_unreliable_at_once() -> None:
    async with running(ScriptedModel(heard("Thanks for watching!"))) as bench:
        transcript = await (await _worked(bench, segment()))
        assert transcript is not None
        assert transcript.unreliable_because == "known_invention"
        assert len(bench.model.asked) == 1


async def test_confirming_decodes_again_in_another_way() -> None:
    async with running(ScriptedModel()) as bench:
        task = asyncio.create_task(bench.engine.confirm(request(segment(), clock=bench.clock)))
        await bench.pool.work_all()
        assert (await task).text == "yes"
        assert bench.model.asked == [(1, FULL_FRAMES, BEAM)]


async def test_a_language_that_was_found_out_is_kept_for_the_call() -> None:
    french = replace(heard("bonjour"), language="fr", language_probability=0.95)
    async with running(ScriptedModel(french)) as bench:
        await (await _worked(bench, segment(0), language="auto"))
        await (await _worked(bench, segment(1), language="auto"))
        assert bench.model.languages == ["", "fr"]


async def test_an_unsure_language_is_asked_for_again() -> None:
    french = replace(heard("bonjour"), language="fr", language_probability=0.4)
    async with running(ScriptedModel(french)) as bench:
        await (await _worked(bench, segment(0), language=""))
        await (await _worked(bench, segment(1), language=""))
        assert bench.model.languages == ["", ""]


async def test_a_language_that_the_model_does_not_know_is_an_error() -> None:
    async with running(ScriptedModel()) as bench:
        with pytest.raises(EngineError, match="«xx»"):
            await (await bench.ask(segment(), language="xx-YY"))


async def test_a_model_that_fails_is_an_error_and_the_next_request_is_served() -> None:
    async with running(ScriptedModel(heard("w"), EngineError("it fell over"), heard("fine"))) as bench:
        with pytest.raises(EngineError, match="fell over"):
            await (await _worked(bench, segment(0)))
        assert await (await _worked(bench, segment(1)))


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


async def test_nothing_is_kept_for_a_call_that_has_ended() -> None:
    french = replace(heard("bonjour"), language="fr", language_probability=0.95)
    async with running(ScriptedModel(french)) as bench:
        await (await _worked(bench, segment(0), language="auto"))
        bench.engine.end_call("c1")
        await (await _worked(bench, segment(0), language="auto"))
        assert bench.model.languages == ["", ""]


async def _worked(
    bench: Bench, speech: SpeechSegment | SpeechSnapshot, *, language: str = "en"
) -> "asyncio.Task[Transcript | None]":
    task = await bench.ask(speech, language=language)
    await bench.pool.work_all()
    return task


async def test_requests_of_the_same_moment_fill_batches() -> None:
    async with running(ScriptedModel(), workers=2, queue=16) as bench:
        asked = [request(segment(call_id=f"c{number}"), clock=bench.clock) for number in range(8)]
        tasks = [asyncio.create_task(bench.engine.transcribe(one)) for one in asked]
        await bench.pool.work_all()
        await asyncio.gather(*tasks)
        assert [utterances for utterances, _, _ in bench.model.asked] == [4, 4]


async def test_confirming_takes_yet_another_way_where_the_final_had_a_beam_and_the_full_window() -> None:
    mumble = heard("mumble", mean_log_probability=-1.5)
    async with running(ScriptedModel(heard("w"), mumble, mumble, heard("I will find you"))) as bench:
        await (await _worked(bench, segment(4)))
        task = asyncio.create_task(bench.engine.confirm(request(segment(4), clock=bench.clock)))
        await bench.pool.work_all()
        assert (await task).text == "I will find you"
        assert bench.model.asked[-2:] == [(1, FULL_FRAMES, BEAM), (1, OTHER_FRAMES, 1)]


async def test_words_have_their_place_in_the_call_and_stay_inside_their_speech() -> None:
    words = (
        HeardWord(text="leave", start_s=0.5, end_s=0.75, probability=0.9),
        HeardWord(text="me", start_s=0.75, end_s=2.5, probability=0.8),
    )
    async with running(ScriptedModel(replace(heard("leave me"), words=words))) as bench:
        transcript = await (await _worked(bench, segment(seconds=2, start_sample=10 * RATE_HZ)))
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


async def test_partials_get_no_word_times_and_early_starts_do() -> None:
    async with running(ScriptedModel(), word_times="always") as bench:
        await (await _worked(bench, snapshot(0, seconds=1)))
        await (await _worked(bench, snapshot(0, seconds=2, silence_s=0.16)))
        assert bench.model.asked_for_words == [False, True]
