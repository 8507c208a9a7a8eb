"""What the engine does about text that it does not believe, and how it confirms what a threat rests on."""

import asyncio

from callguard.errors import EngineError
from callguard.transcribe.engine import BEAM, OTHER_FRAMES
from callguard.transcribe.window import FULL_FRAMES
from tests.transcribe.bench import running, worked
from tests.transcribe.fakes import ScriptedModel, heard, request, segment

LOOP = " ".join(["so"] * 12)


async def test_text_that_fails_a_check_is_decoded_with_a_beam_and_then_in_the_full_window() -> None:
    async with running(ScriptedModel(heard("w"), heard(LOOP), heard(LOOP + " what"), heard("so what"))) as bench:
        transcript = await (await worked(bench, segment(seconds=3)))
        assert transcript is not None
        assert (transcript.text, transcript.is_reliable) == ("so what", True)
        assert [(frames, beam) for _, frames, beam in bench.model.asked] == [(430, 1), (430, BEAM), (FULL_FRAMES, BEAM)]


async def test_text_that_fails_every_check_is_shown_as_unreliable() -> None:
    answers = [heard("mumble", mean_log_probability=value) for value in (-1.9, -1.4, -1.6)]
    async with running(ScriptedModel(heard("w"), *answers)) as bench:
        transcript = await (await worked(bench, segment()))
        assert transcript is not None
        assert (transcript.is_reliable, transcript.unreliable_because) == (False, "low_confidence")
        assert transcript.mean_log_probability == -1.4


async def test_a_second_try_that_fails_leaves_what_was_heard_at_first() -> None:
    threat = heard("I will find you", mean_log_probability=-1.2)
    async with running(ScriptedModel(heard("w"), threat, EngineError("no memory"))) as bench:
        transcript = await (await worked(bench, segment()))
        assert transcript is not None
        assert (transcript.text, transcript.unreliable_because) == ("I will find you", "low_confidence")


async def test_a_repetition_that_two_ways_of_decoding_hear_alike_is_believed() -> None:
    async with running(ScriptedModel(heard(LOOP))) as bench:
        transcript = await (await worked(bench, segment(seconds=4)))
        assert transcript is not None
        assert transcript.is_reliable
        assert len(bench.model.asked) == 2


async def test_a_repetition_that_the_model_itself_doubts_is_not_believed() -> None:
    async with running(ScriptedModel(heard(LOOP, mean_log_probability=-1.5))) as bench:
        transcript = await (await worked(bench, segment(seconds=4)))
        assert transcript is not None
        assert not transcript.is_reliable


async def test_the_full_window_is_not_spent_while_others_wait() -> None:
    async with running(ScriptedModel(heard("mumble", mean_log_probability=-2)), workers=1) as bench:
        first = await bench.ask(segment(0))
        others = [await bench.ask(segment(0, seconds=8 + 6 * number, call_id=f"d{number}")) for number in range(3)]
        await bench.pool.work_all()
        await asyncio.gather(first, *others)
        assert (1, FULL_FRAMES, BEAM) not in bench.model.asked[:4]


async def test_the_full_window_is_not_spent_by_workers_that_have_been_busy_of_late() -> None:
    async with running(ScriptedModel(heard("mumble", mean_log_probability=-2)), workers=1) as bench:
        task = await bench.ask(segment(0))
        await bench.clock.advance(2.0)
        await bench.pool.work_all()
        transcript = await task
        assert transcript is not None
        assert not transcript.is_reliable
        assert [beam for _, _, beam in bench.model.asked] == [1, BEAM]
        assert all(frames < FULL_FRAMES for _, frames, _ in bench.model.asked)


async def test_a_known_invention_is_unreliable_at_once() -> None:
    async with running(ScriptedModel(heard("Thanks for watching!"))) as bench:
        transcript = await (await worked(bench, segment()))
        assert transcript is not None
        assert transcript.unreliable_because == "known_invention"
        assert len(bench.model.asked) == 1


async def test_confirming_decodes_again_in_another_way() -> None:
    async with running(ScriptedModel()) as bench:
        task = asyncio.create_task(bench.engine.confirm(request(segment(), clock=bench.clock)))
        await bench.pool.work_all()
        assert (await task).text == "yes"
        assert bench.model.asked == [(1, FULL_FRAMES, BEAM)]


async def test_confirming_takes_yet_another_way_where_the_final_had_a_beam_and_the_full_window() -> None:
    mumble = heard("mumble", mean_log_probability=-1.5)
    async with running(ScriptedModel(heard("w"), mumble, mumble, heard("I will find you"))) as bench:
        await (await worked(bench, segment(4)))
        task = asyncio.create_task(bench.engine.confirm(request(segment(4), clock=bench.clock)))
        await bench.pool.work_all()
        assert (await task).text == "I will find you"
        assert bench.model.asked[-2:] == [(1, FULL_FRAMES, BEAM), (1, OTHER_FRAMES, 1)]
