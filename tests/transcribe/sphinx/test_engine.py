import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace

import pytest

from callguard.errors import EngineError, OverloadError
from callguard.speech import SpeechSegment, SpeechSnapshot, Transcript, Word
from callguard.terms import RATE_HZ, Role, StepTimes
from callguard.transcribe.sphinx.engine import SphinxEngine
from callguard.transcribe.transcriber import EngineInfo, Priority
from tests.clocks import HandClock
from tests.transcribe.fakes import request, segment, snapshot
from tests.transcribe.sphinx.fakes import CountingWorker


class Bench:
    """The engine over workers that count."""

    def __init__(self, workers: list[CountingWorker], *, slots_each: int, queue: int) -> None:
        self.workers = workers
        self.clock = HandClock()
        info = EngineInfo(name="pocketsphinx", is_fallback=True, detail="A test.")
        self.engine = SphinxEngine(workers, slots_each, info, self.clock, queue=queue)

    async def ask(
        self, speech: SpeechSegment | SpeechSnapshot, *, priority: Priority = Priority.CALLER
    ) -> "asyncio.Task[Transcript | None]":
        """Put a request, and let it run as far as it can."""
        task = asyncio.create_task(self.engine.transcribe(request(speech, priority=priority, clock=self.clock)))
        await self.clock.let_run()
        return task


@asynccontextmanager
async def running(*, workers: int = 1, slots_each: int = 2, queue: int = 4) -> AsyncIterator[Bench]:
    bench = Bench([CountingWorker() for _ in range(workers)], slots_each=slots_each, queue=queue)
    await bench.engine.start()
    yield bench
    await bench.engine.close()


async def test_speech_is_decoded_while_it_runs_and_the_final_hears_only_the_rest() -> None:
    async with running() as bench:
        await (await bench.ask(snapshot(0, seconds=1)))
        await (await bench.ask(snapshot(0, seconds=2)))
        final = await (await bench.ask(segment(0, seconds=2.5)))
        assert final is not None
        assert (final.text, final.is_final) == ("word0 word1 word2 word3 word4", True)
        assert bench.workers[0].asked == [("BEGIN", 0, 0), ("HEAR", 0, 2), ("HEAR", 0, 2), ("HEAR", 0, 1), ("END", 0, 0)]


async def test_words_have_their_place_in_the_call() -> None:
    async with running() as bench:
        final = await (await bench.ask(segment(0, seconds=1, start_sample=RATE_HZ)))
        assert final is not None
        assert final.words[1] == Word(text="word1", start_sample=24_000, end_sample=32_000, probability=0.9)


async def test_running_speech_is_shown_as_far_as_two_looks_agree() -> None:
    async with running() as bench:
        first = await (await bench.ask(snapshot(0, seconds=1)))
        second = await (await bench.ask(snapshot(0, seconds=2)))
        assert first is None
        assert second is not None
        assert (second.text, second.is_final) == ("word0 word1", False)


async def test_all_of_running_speech_is_shown_in_a_pause() -> None:
    async with running() as bench:
        shown = await (await bench.ask(snapshot(0, seconds=1, silence_s=0.16)))
        assert shown is not None
        assert shown.text == "word0 word1"


async def test_running_speech_whose_end_is_not_asked_for_gives_its_decoder_to_who_waits() -> None:
    async with running(workers=1, slots_each=2) as bench:
        await (await bench.ask(snapshot(0, channel=Role.AGENT), priority=Priority.AGENT))
        bench.workers[0].gate.clear()
        first, second = await bench.ask(segment(0, call_id="c2")), await bench.ask(segment(0, call_id="c3"))
        assert bench.engine.waiting == 1
        bench.engine.skip(segment(0, channel=Role.AGENT))
        await bench.clock.let_run()
        assert bench.engine.waiting == 0
        bench.workers[0].gate.set()
        assert await first
        assert await second


async def test_speech_without_a_decoder_is_heard_when_it_is_over() -> None:
    async with running() as bench:
        assert await (await bench.ask(snapshot(0, seconds=1))) is None
        assert await (await bench.ask(snapshot(0, seconds=1, channel=Role.AGENT), priority=Priority.AGENT)) is None
        final = await (await bench.ask(segment(0, seconds=2, channel=Role.AGENT), priority=Priority.AGENT))
        assert final is not None
        assert len(final.words) == 4
        assert [verb for verb, slot, _ in bench.workers[0].asked if slot == 1] == ["BEGIN", "HEAR", "HEAR", "END"]


async def test_an_agent_whose_decoder_was_taken_is_heard_from_the_start_at_the_end() -> None:
    async with running() as bench:
        await (await bench.ask(snapshot(0, seconds=1, channel=Role.AGENT), priority=Priority.AGENT))
        await (await bench.ask(snapshot(0, seconds=1)))
        final = await (await bench.ask(segment(0, seconds=2, channel=Role.AGENT), priority=Priority.AGENT))
        assert final is not None
        assert len(final.words) == 4


async def test_a_decoder_that_is_taken_in_the_middle_of_a_feed_gets_no_more_of_it() -> None:
    async with running() as bench:
        bench.workers[0].gate.clear()
        agent = await bench.ask(snapshot(0, seconds=3, channel=Role.AGENT), priority=Priority.AGENT)
        caller = await bench.ask(snapshot(0, seconds=1, silence_s=0.2))
        bench.workers[0].gate.set()
        assert await agent is None
        shown = await caller
        assert shown is not None
        assert shown.text == "word0 word1"


async def test_a_segment_that_ends_before_what_was_heard_is_decoded_again() -> None:
    async with running() as bench:
        await (await bench.ask(snapshot(0, seconds=3)))
        final = await (await bench.ask(segment(0, seconds=2)))
        assert final is not None
        assert len(final.words) == 4


async def test_the_state_of_a_channel_goes_on_into_its_next_utterance() -> None:
    async with running() as bench:
        await (await bench.ask(segment(0, seconds=2)))
        await (await bench.ask(segment(0, seconds=1, channel=Role.AGENT)))
        await (await bench.ask(segment(1, seconds=2)))
        assert bench.workers[0].states == ["", "", "after 4"]


async def test_nothing_is_kept_for_a_call_that_has_ended() -> None:
    async with running() as bench:
        await (await bench.ask(segment(0, seconds=2)))
        await (await bench.ask(snapshot(1, seconds=1)))
        bench.engine.end_call("c1")
        await (await bench.ask(segment(0, seconds=1)))
        assert bench.workers[0].states == ["", "after 4", ""]


async def test_finished_speech_waits_for_a_decoder_and_the_most_urgent_is_next() -> None:
    async with running(slots_each=1) as bench:
        bench.workers[0].gate.clear()
        tasks = [
            await bench.ask(segment(0, call_id="a")),
            await bench.ask(segment(0, seconds=1, call_id="b"), priority=Priority.AGENT),
            await bench.ask(segment(0, seconds=3, call_id="c"), priority=Priority.FLAGGED_CALL),
        ]
        assert bench.engine.waiting == 2
        bench.workers[0].gate.set()
        finals = await asyncio.gather(*tasks)
        assert all(finals)
        heard = [size for verb, _, size in bench.workers[0].asked if verb == "HEAR"]
        assert heard == [2, 2, 2, 2, 2, 2]


async def test_a_full_queue_is_an_overload() -> None:
    async with running(slots_each=1, queue=1) as bench:
        bench.workers[0].gate.clear()
        first = await bench.ask(segment(0, call_id="a"))
        second = await bench.ask(segment(0, call_id="b"))
        third = await bench.ask(segment(0, call_id="c"), priority=Priority.AGENT)
        with pytest.raises(OverloadError, match="1 requests were waiting"):
            await third
        bench.workers[0].gate.set()
        assert all(await asyncio.gather(first, second))


async def test_speech_that_waited_past_its_deadline_is_an_overload() -> None:
    async with running(slots_each=1) as bench:
        bench.workers[0].gate.clear()
        first = await bench.ask(segment(0, call_id="a"))
        late = await bench.ask(segment(0, call_id="b"))
        await bench.clock.advance(11)
        bench.workers[0].gate.set()
        assert await first
        with pytest.raises(OverloadError, match="deadline"):
            await late


async def test_a_worker_that_fails_fails_its_request_and_the_speech_is_decoded_again() -> None:
    async with running() as bench:
        await (await bench.ask(snapshot(0, seconds=1)))
        bench.workers[0].is_broken = True
        with pytest.raises(EngineError, match="middle of its work"):
            await (await bench.ask(snapshot(0, seconds=2)))
        bench.workers[0].is_broken = False
        final = await (await bench.ask(segment(0, seconds=2)))
        assert final is not None
        assert len(final.words) == 4


async def test_finished_speech_whose_worker_dies_is_decoded_again_as_a_whole() -> None:
    async with running() as bench:
        await (await bench.ask(snapshot(0, seconds=1)))
        bench.workers[0].dies = 1
        final = await (await bench.ask(segment(0, seconds=2)))
        assert final is not None
        assert len(final.words) == 4
        assert bench.workers[0].generation == 2


async def test_finished_speech_of_which_workers_die_again_and_again_is_an_error() -> None:
    async with running() as bench:
        bench.workers[0].dies = 2
        with pytest.raises(EngineError, match="middle of its work"):
            await (await bench.ask(segment(0)))
        assert bench.engine.figures()[0].failed_in_a_row == 1
        assert await (await bench.ask(segment(1)))
        assert bench.engine.figures()[0].failed_in_a_row == 0


async def test_speech_in_other_workers_is_unharmed_by_one_that_fails() -> None:
    async with running(workers=2, slots_each=1) as bench:
        bench.workers[0].gate.clear()
        bench.workers[1].is_broken = True
        unharmed = await bench.ask(segment(0, call_id="a"))
        with pytest.raises(EngineError):
            await (await bench.ask(segment(0, call_id="b")))
        bench.workers[0].gate.set()
        assert await unharmed


async def test_a_request_that_was_cancelled_leaves_its_decoder_to_others() -> None:
    async with running(slots_each=1) as bench:
        bench.workers[0].gate.clear()
        unwanted = await bench.ask(segment(0))
        unwanted.cancel()
        await bench.clock.let_run()
        bench.workers[0].gate.set()
        assert await (await bench.ask(segment(1)))


async def test_late_snapshots_of_speech_that_is_over_give_nothing() -> None:
    async with running() as bench:
        await (await bench.ask(segment(1)))
        assert await (await bench.ask(snapshot(1))) is None
        assert await (await bench.ask(snapshot(0))) is None


async def test_step_times_say_when_the_text_was_there() -> None:
    async with running() as bench:
        await (await bench.ask(snapshot(0, seconds=1)))
        await bench.clock.advance(1)
        cut_ns = bench.clock.monotonic_ns()
        final = await (await bench.ask(replace(segment(0), times=StepTimes(segmented_ns=cut_ns))))
        assert final is not None
        assert (final.times.started_ns, final.times.decoded_ns) == (cut_ns, cut_ns)


async def test_another_language_is_an_error() -> None:
    async with running() as bench:
        with pytest.raises(EngineError, match="English only"):
            await bench.engine.transcribe(request(segment(), language="de", clock=bench.clock))


async def test_an_engine_that_is_closed_says_so() -> None:
    async with running() as bench:
        await bench.engine.close()
        assert bench.workers[0].is_closed
        with pytest.raises(EngineError, match="not running"):
            await bench.engine.transcribe(request(segment(), clock=bench.clock))


async def test_workers_that_cannot_start_are_an_error() -> None:
    bench = Bench([CountingWorker()], slots_each=1, queue=1)
    bench.workers[0].is_broken = True
    with pytest.raises(EngineError, match="cannot start"):
        await bench.engine.start()
    assert bench.workers[0].is_closed
