"""What the engine does with speech that still goes on: partials, and decodes that begin in the first silence."""

import asyncio

import pytest

from callguard.errors import EngineError
from callguard.terms import Role
from tests.transcribe.bench import running, worked
from tests.transcribe.fakes import ScriptedModel, heard, segment, snapshot


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


async def test_running_speech_whose_end_is_not_asked_for_leaves_the_queue() -> None:
    async with running(ScriptedModel(), workers=1) as bench:
        busy = await bench.ask(segment(0, call_id="c2"))
        early = await bench.ask(snapshot(0, silence_s=0.16, is_likely_over=True))
        bench.engine.skip(segment(0))
        assert bench.engine.waiting == 0
        assert await early is None
        await bench.pool.work_all()
        assert await busy


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


async def test_partials_of_a_channel_keep_their_distance_once_something_can_be_read() -> None:
    async with running(ScriptedModel()) as bench:
        await (await worked(bench, snapshot(0, seconds=1)))
        await bench.clock.advance(0.1)
        assert await (await worked(bench, snapshot(0, seconds=1.1))) is not None
        await bench.clock.advance(0.5)
        await (await worked(bench, snapshot(0, seconds=1.5)))
        assert len(bench.model.asked) == 2
        await bench.clock.advance(0.5)
        await (await worked(bench, snapshot(0, seconds=2)))
        assert len(bench.model.asked) == 3


async def test_speech_of_which_nothing_can_be_read_goes_before_speech_that_is_being_read() -> None:
    async with running(ScriptedModel(), workers=1) as bench:
        for seconds in (1.0, 1.2):
            await (await worked(bench, snapshot(0, seconds=seconds)))
        await bench.clock.advance(1)
        busy = await bench.ask(segment(0, channel=Role.AGENT))
        read = await bench.ask(snapshot(0, seconds=8))
        unread = await bench.ask(snapshot(0, seconds=1.1, call_id="d1"))
        bench.model.asked.clear()
        await bench.pool.work_all()
        await asyncio.gather(busy, read, unread)
        assert [frames for _, frames, _ in bench.model.asked][1:] == [250, 940]


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
        early = await (await worked(bench, snapshot(0, seconds=2, silence_s=0.16)))
        assert early is not None


async def test_speech_that_is_likely_over_waits_for_a_busy_worker() -> None:
    async with running(ScriptedModel(heard("w"), heard("hello"), heard("leave me alone")), workers=1) as bench:
        other = await bench.ask(segment(0, channel=Role.AGENT))
        early = await bench.ask(snapshot(0, seconds=2, silence_s=0.16, is_likely_over=True))
        await bench.pool.work_all()
        final = await (await bench.ask(segment(0, seconds=2)))
        assert final is not None
        assert final.text == "leave me alone"
        assert bench.engine.counts.early_used == 1
        assert await other
        assert await early


async def test_what_is_likely_over_and_still_waits_at_its_end_is_asked_for_once() -> None:
    async with running(ScriptedModel(heard("w"), heard("hello"), heard("leave me alone")), workers=1) as bench:
        other = await bench.ask(segment(0, channel=Role.AGENT))
        early = await bench.ask(snapshot(0, seconds=2, silence_s=0.16, is_likely_over=True))
        final = await bench.ask(segment(0, seconds=2))
        await bench.pool.work_all()
        assert await early is None
        transcript = await final
        assert transcript is not None
        assert transcript.text == "leave me alone"
        assert len(bench.model.asked) == 2
        assert await other


async def test_what_began_in_the_first_silence_is_not_begun_again_at_the_likely_end() -> None:
    async with running(ScriptedModel(heard("w"), heard("leave me alone"))) as bench:
        early = await bench.ask(snapshot(0, seconds=2, silence_s=0.16))
        again = await bench.ask(snapshot(0, seconds=2, silence_s=0.16, is_likely_over=True))
        assert await again is None
        await bench.pool.work_all()
        assert await early
        assert len(bench.model.asked) == 1


async def test_an_early_decode_that_is_done_first_is_shown_as_a_whole() -> None:
    async with running(ScriptedModel(heard("w"), heard("leave me alone"))) as bench:
        early = await (await worked(bench, snapshot(0, seconds=2, silence_s=0.16)))
        assert early is not None
        assert (early.text, early.is_final) == ("leave me alone", False)
        final = await (await bench.ask(segment(0, seconds=2)))
        assert final is not None
        assert final.is_final
        assert len(bench.model.asked) == 1


async def test_an_early_decode_is_thrown_away_when_speech_goes_on() -> None:
    async with running(ScriptedModel(heard("w"), heard("leave me"), heard("leave me alone or else"))) as bench:
        await (await worked(bench, snapshot(0, seconds=2, silence_s=0.16)))
        await bench.ask(snapshot(0, seconds=3))
        final = await (await worked(bench, segment(0, seconds=3.5)))
        assert final is not None
        assert final.text == "leave me alone or else"
        assert bench.engine.counts.early_used == 0


async def test_an_early_decode_of_more_speech_than_the_segment_holds_is_not_used() -> None:
    async with running(ScriptedModel(heard("w"), heard("one two three"), heard("one two"))) as bench:
        await (await worked(bench, snapshot(0, seconds=3, silence_s=0.16)))
        final = await (await worked(bench, segment(0, seconds=2)))
        assert final is not None
        assert final.text == "one two"


async def test_speech_of_a_segment_that_is_over_is_not_decoded() -> None:
    async with running(ScriptedModel()) as bench:
        await (await worked(bench, segment(1)))
        assert await (await bench.ask(snapshot(1))) is None
        assert await (await bench.ask(snapshot(0))) is None


async def test_partials_get_no_word_times_and_early_starts_do() -> None:
    async with running(ScriptedModel(), word_times="always") as bench:
        await (await worked(bench, snapshot(0, seconds=1)))
        await (await worked(bench, snapshot(0, seconds=2, silence_s=0.16)))
        assert bench.model.asked_for_words == [False, True]


@pytest.mark.parametrize("is_known", [True, False], ids=["before the end", "after the end"])
async def test_speech_whose_early_decode_failed_is_decoded_again(is_known: bool) -> None:
    async with running(ScriptedModel(heard("w"), EngineError("no memory"), heard("leave me alone"))) as bench:
        early = await bench.ask(snapshot(0, seconds=2, silence_s=0.16))
        if is_known:
            await bench.pool.work_all()
        task = await bench.ask(segment(0, seconds=2))
        await bench.pool.work_all()
        final = await task
        assert final is not None
        assert final.text == "leave me alone"
        assert bench.engine.counts.early_used == 0
        with pytest.raises(EngineError, match="no memory"):
            await early
