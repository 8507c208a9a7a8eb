import asyncio
from collections.abc import AsyncIterator, Iterable, Sequence
from contextlib import asynccontextmanager
from dataclasses import replace

import pytest

from callguard.call import LiveCall
from callguard.call_path import CallPath, Speech
from callguard.errors import CapacityError, EngineError, NotFoundError, StillEndingError
from callguard.events import CallEnded, CallStarted, Decision, Event, Gap, GuardChanged
from callguard.guard import REMEMBERED, Guard
from callguard.human_acts import AlertAnswer, AlertAnswered, HelpAsked
from callguard.speech import Transcript
from callguard.terms import RATE_HZ, EndReason, GuardLevel, Role
from tests.clocks import HandClock
from tests.fakes import AlertLadder, OpenJudge, QuietListening, ScriptedEngine, ShoutScorer, call_started, speech_segment, types


def acknowledged(call_id: str, decision_id: str) -> AlertAnswered:
    return AlertAnswered(
        call_id=call_id, at_sample=0, by="ana", decision_id=decision_id, answer=AlertAnswer.ACKNOWLEDGED, to="", reason=""
    )


class House:
    """A guard in fakes, with two places."""

    def __init__(self) -> None:
        self.events: list[Event] = []
        self.clock = HandClock()
        self.engine = ScriptedEngine({0: "hello"})
        self.forgotten: list[str] = []
        self.listenings: dict[str, QuietListening] = {}
        self.guard = Guard(self.make_call, OpenJudge(), self.clock, max_calls=2, forget=self.forgotten.append)

    def make_call(self, started: CallStarted, before: LiveCall[QuietListening] | None = None) -> LiveCall[QuietListening]:
        path = CallPath(
            started.call_id,
            write_down=self.engine.write_down,
            scorer=ShoutScorer(),
            ladder=AlertLadder(),
            emit=self.events.append,
            clock=self.clock,
        )
        if before is not None:
            started, path = before.goes_on_as(started), before.path
        listening = self.listenings[started.call_id] = QuietListening()
        return LiveCall(
            started,
            path,
            listening,
            emit=self.events.append,
            clock=self.clock,
            guard=lambda: (GuardLevel.GUARDED, ""),
            silent_after_s=10,
            before=before,
        )

    @asynccontextmanager
    async def running(self) -> AsyncIterator[Guard[QuietListening]]:
        task = asyncio.ensure_future(self.guard.run())
        await self.clock.let_run()
        yield self.guard
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


async def test_what_a_call_hears_is_written_down() -> None:
    house = House()
    async with house.running() as guard:
        guard.open(call_started("a"))
        await house.clock.advance(0.02)
        house.listenings["a"].speech.append(speech_segment(0, call_id="a"))
        await house.clock.advance(0.04)
    assert [event.call_id for event in house.events if isinstance(event, Transcript)] == ["a"]


async def test_a_call_that_comes_again_while_its_last_words_are_written_down_is_asked_to_wait_for_them() -> None:
    house, may_go = House(), asyncio.Event()

    async def write_down(speech: Speech, is_flagged: bool) -> Transcript | None:
        await may_go.wait()
        return await house.engine.write_down(speech, is_flagged)

    async with house.running() as guard:
        first = guard.open(call_started("a"))
        first.path._write_down = write_down
        await house.clock.advance(0.02)
        house.listenings["a"].speech.append(speech_segment(0, call_id="a"))
        await house.clock.advance(0.04)
        first.end(EndReason.CLOSED)
        await house.clock.let_run()
        with pytest.raises(StillEndingError):
            guard.open(call_started("a"))
        may_go.set()
        await house.clock.let_run()
        second = guard.open(call_started("a"))
        assert (guard.refused, guard.calls) == (0, (second,))


async def test_speech_that_comes_before_the_calls_own_task_has_run_is_heard_when_it_does() -> None:
    house = House()
    async with house.running() as guard:
        guard.open(call_started("a"))
        house.listenings["a"].speech.append(speech_segment(0, call_id="a"))
        guard.settle()  # the tap brought a burst in the very turn before
        await house.clock.advance(0.04)
    assert [event.call_id for event in house.events if isinstance(event, Transcript)] == ["a"]


async def test_a_call_too_many_is_refused_and_running_ones_go_on() -> None:
    house = House()
    async with house.running() as guard:
        guard.open(call_started("a"))
        guard.open(call_started("b"))
        with pytest.raises(CapacityError, match="max_calls is 2"):
            guard.open(call_started("c"))
        assert [call.started.call_id for call in guard.calls] == ["a", "b"]


async def test_a_second_call_of_the_same_id_is_refused() -> None:
    house = House()
    async with house.running() as guard:
        guard.open(call_started("a"))
        with pytest.raises(CapacityError, match="running already"):
            guard.open(call_started("a"))


async def test_a_guard_that_is_not_running_takes_no_calls() -> None:
    with pytest.raises(CapacityError, match="not accepting"):
        House().guard.open(call_started())


async def test_an_ended_call_makes_room_and_is_forgotten_by_shared_parts() -> None:
    house = House()
    async with house.running() as guard:
        guard.open(call_started("a")).end(EndReason.BROKEN, "the peer went away")
        await house.clock.advance(0.02)
        assert guard.calls == ()
    assert house.forgotten == ["a"]
    assert isinstance(house.events[-1], CallEnded)


async def test_an_alert_can_be_answered_after_its_call_has_ended_but_not_for_a_call_nobody_knows() -> None:
    house = House()
    async with house.running() as guard:
        guard.open(call_started("a")).end(EndReason.CLOSED)
        await house.clock.advance(0.02)
        guard.act(HelpAsked(call_id="a", at_sample=0, by="sam", is_panic=False))
        assert types(house.events)[-2:] == ["HelpAsked", "Decision"]
        with pytest.raises(NotFoundError):
            guard.act(HelpAsked(call_id="z", at_sample=0, by="sam", is_panic=False))


async def test_the_oldest_of_many_ended_calls_are_let_go() -> None:
    house, gone = House(), list[str]()
    house.guard = Guard(house.make_call, OpenJudge(), house.clock, max_calls=2, let_go=gone.append)
    async with house.running() as guard:
        for number in range(REMEMBERED + 2):
            guard.open(call_started(f"c{number}")).end(EndReason.CLOSED)
            await house.clock.let_run()
    assert gone == ["c0", "c1"]


async def test_a_call_whose_alert_nobody_has_answered_is_not_let_go_while_others_can_be() -> None:
    house = House()
    async with house.running() as guard:
        guard.open(call_started("unanswered")).end(EndReason.CLOSED)
        await house.clock.let_run()
        guard.act(HelpAsked(call_id="unanswered", at_sample=0, by="sam", is_panic=False))
        for number in range(REMEMBERED + 2):
            guard.open(call_started(f"c{number}")).end(EndReason.CLOSED)
            await house.clock.let_run()

        guard.act(acknowledged("unanswered", "unanswered:1"))

    assert types(house.events)[-1] == "AlertAnswered"


async def test_a_call_that_the_phone_system_brings_again_goes_on_with_what_it_decided() -> None:
    house = House()
    async with house.running() as guard:
        guard.open(call_started("a")).end(EndReason.BROKEN)
        await house.clock.let_run()
        guard.act(HelpAsked(call_id="a", at_sample=0, by="sam", is_panic=False))
        guard.open(call_started("a"))
        await house.clock.let_run()
        guard.act(HelpAsked(call_id="a", at_sample=0, by="sam", is_panic=False))

        guard.act(acknowledged("a", "a:2"))
        guard.act(acknowledged("a", "a:1"))
        with pytest.raises(NotFoundError):
            guard.act(acknowledged("a", "a:77"))

    assert [event.decision_id for event in house.events if isinstance(event, Decision)] == ["a:1", "a:2"]
    assert [event.decision_id for event in house.events if isinstance(event, AlertAnswered)] == ["a:2", "a:1"]


async def test_the_time_and_the_segments_of_a_call_that_is_brought_again_count_on() -> None:
    house = House()
    house.engine.texts = {0: "hello", 2: "hello", 3: "again"}
    async with house.running() as guard:
        first = guard.open(call_started("a"))
        await house.clock.advance(3)
        house.listenings["a"].speech.append(speech_segment(0, call_id="a", start_s=1, end_s=2))
        house.listenings["a"].speech.append(speech_segment(2, call_id="a", channel=Role.AGENT, start_s=1, end_s=2))
        await house.clock.advance(2)
        first.end(EndReason.BROKEN)
        await house.clock.advance(5)
        second = guard.open(replace(call_started("a"), started_at=house.clock.utc_now()))
        gap = Gap(call_id="a", channel=Role.CALLER, start_sample=0, end_sample=RATE_HZ, because="lost")
        second.push(gap)
        await house.clock.advance(3)
        house.listenings["a"].speech.append(speech_segment(0, call_id="a", start_s=1, end_s=2))
        await house.clock.advance(1)

    assert [(event.segment, event.end_sample) for event in house.events if isinstance(event, Transcript)] == [
        (0, 2 * RATE_HZ),
        (2, 2 * RATE_HZ),
        (3, 12 * RATE_HZ),
    ]
    assert [event.end_sample for event in house.events if isinstance(event, Gap)] == [11 * RATE_HZ]
    assert house.listenings["a"].fed == [gap], "ears count from 0"
    assert [event.at_sample // RATE_HZ for event in house.events if isinstance(event, GuardChanged)] == [0, 10]


async def test_a_call_that_is_brought_again_has_the_agent_caller_and_beginning_that_it_had_if_nothing_else_is_said() -> None:
    house = House()
    async with house.running() as guard:
        guard.open(replace(call_started("a", agent="sam"), line="Help"))
        await house.clock.let_run()
        guard.call("a").describe(replace(guard.call("a").started, language="de"))
        guard.call("a").end(EndReason.BROKEN)
        await house.clock.advance(5)
        guard.open(replace(call_started("a", agent=""), caller="", started_at=house.clock.utc_now()))
        await house.clock.let_run()
        guard.call("a").end(EndReason.CLOSED)
        await house.clock.advance(5)
        guard.open(replace(call_started("a", agent="kim"), language="fr"))
        await house.clock.let_run()

    first, again, third = (event for event in house.events if isinstance(event, CallStarted))
    assert again == replace(first, language="de")
    assert third == replace(first, agent="kim", language="fr")


async def test_what_belongs_to_a_call_id_stays_as_long_as_any_part_of_the_call() -> None:
    house, gone = House(), list[str]()
    house.guard = Guard(house.make_call, OpenJudge(), house.clock, max_calls=2, let_go=gone.append)
    async with house.running() as guard:
        guard.open(call_started("a")).end(EndReason.BROKEN)
        await house.clock.let_run()
        guard.open(call_started("a"))
        for number in range(REMEMBERED + 1):
            guard.open(call_started(f"c{number}")).end(EndReason.CLOSED)
            await house.clock.let_run()

    assert "c0" in gone
    assert "a" not in gone


async def test_drain_returns_when_the_last_call_has_ended() -> None:
    house = House()
    async with house.running() as guard:
        call = guard.open(call_started("a"))
        drained = asyncio.ensure_future(guard.drain())
        await house.clock.advance(0.1)
        assert not drained.done()
        call.end(EndReason.CLOSED)
        await house.clock.advance(0.1)
        assert drained.done()


async def test_a_detector_that_fails_ends_the_calls_and_says_so() -> None:
    class BrokenJudge(OpenJudge):
        def settle(self, listenings: Iterable[QuietListening], /) -> Sequence[Speech]:
            if list(listenings):
                raise EngineError("the detector fell over; restart callguard")
            return ()

        def finish(self, listening: QuietListening, /) -> Sequence[Speech]:
            return ()

    house = House()
    house.guard = Guard(house.make_call, BrokenJudge(), house.clock, max_calls=2)
    async with house.running() as guard:
        guard.open(call_started("a"))
        await house.clock.advance(0.06)
    ended = house.events[-1]
    assert isinstance(ended, CallEnded)
    assert (ended.reason, ended.detail) == (EndReason.FAILED, "the detector fell over; restart callguard")
