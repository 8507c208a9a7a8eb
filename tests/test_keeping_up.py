"""Whole calls against a simulated engine that slows down and recovers, on a hand-moved clock."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from itertools import pairwise

import pytest

from callguard.call import LiveCall
from callguard.call_path import CallPath, Speech
from callguard.errors import CapacityError, OverloadError
from callguard.events import CallStarted, Event, GuardChanged
from callguard.guard import Guard
from callguard.load import BECAUSE, LoadControl, Step
from callguard.speech import SpeechSegment, Transcript, TranscriptLost
from callguard.terms import GuardLevel, Role
from tests.clocks import SECOND_NS, HandClock
from tests.fakes import AlertLadder, OpenJudge, QuietListening, ShoutScorer, call_started, speech_segment, transcript

CALLS = 4
EVERY_S = 2.0
DEADLINE_S = 10


class SlowEngine:
    """Decodes one piece at a time, callers before agents, and drops what has waited too long."""

    workers = 1
    worker_s_a_final = 0.0

    def __init__(self, clock: HandClock) -> None:
        self._clock = clock
        self.seconds_each = 0.05
        self.worker_s_a_second = 0.0
        """What it says of its cost; 0 says that nothing is known."""
        self.asked: Counter[Role] = Counter()
        self._waiting: list[tuple[bool, int, Speech, asyncio.Future[Transcript]]] = []
        self._has_work = asyncio.Event()

    async def write_down(self, speech: Speech, is_flagged: bool) -> Transcript:
        self.asked[speech.channel] += 1
        answer: asyncio.Future[Transcript] = asyncio.get_running_loop().create_future()
        self._waiting.append((speech.channel is Role.AGENT, self._clock.monotonic_ns(), speech, answer))
        self._has_work.set()
        return await answer

    async def run(self) -> None:
        while True:
            await self._has_work.wait()
            now_ns = self._clock.monotonic_ns()
            late = [one for one in self._waiting if now_ns - one[1] > DEADLINE_S * SECOND_NS]
            self._waiting = [one for one in self._waiting if one not in late]
            for *_, answer in late:
                answer.set_exception(OverloadError("its deadline had passed"))
            if not self._waiting:
                self._has_work.clear()
                continue
            first = min(self._waiting, key=lambda one: one[:2])
            self._waiting.remove(first)
            await self._clock.sleep(self.seconds_each)
            speech, answer = first[2:]
            answer.set_result(
                transcript("I WILL KILL YOU", number=speech.segment, call_id=speech.call_id, channel=speech.channel)
            )


class House:
    """A guard with two-party calls that speak every two seconds on both sides."""

    def __init__(self, *, has_spotter: bool = True) -> None:
        self.clock = HandClock()
        self.events: list[tuple[float, Event]] = []
        self.engine = SlowEngine(self.clock)
        self.spotted: list[SpeechSegment] = []
        self.skipped: list[SpeechSegment] = []
        steps = [step for step in Step if step is not Step.KEYWORDS or has_spotter]
        self.load = LoadControl(steps, engine=lambda: self.engine, spotter_s_a_second=lambda: 0.05)
        self.steps: list[Step] = []
        self.listenings: dict[str, QuietListening] = {}
        self.guard = Guard(
            self.make_call,
            OpenJudge(),
            self.clock,
            max_calls=10,
            load=self.load,
            weighed=lambda: self.steps.append(self.load.step),
        )
        self.segment = 0

    def emit(self, event: Event) -> None:
        self.events.append((self.clock.monotonic_ns() / SECOND_NS, event))

    def make_call(self, started: CallStarted, before: LiveCall[QuietListening] | None = None) -> LiveCall[QuietListening]:
        path = CallPath(
            started.call_id,
            write_down=self.engine.write_down,
            scorer=ShoutScorer(),
            ladder=AlertLadder(),
            emit=self.emit,
            clock=self.clock,
            skip=self.skipped.append,
            spot=self.spot,
        )
        listening = self.listenings[started.call_id] = QuietListening()
        return LiveCall(
            started,
            path,
            listening,
            emit=self.emit,
            clock=self.clock,
            guard=lambda: (GuardLevel.GUARDED, ""),
            silent_after_s=600,
            load=self.load,
        )

    async def spot(self, speech: SpeechSegment, is_flagged: bool) -> Transcript | None:
        self.spotted.append(speech)
        return None

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        tasks = [asyncio.ensure_future(self.guard.run()), asyncio.ensure_future(self.engine.run())]
        await self.clock.let_run()
        for number in range(CALLS):
            self.guard.open(call_started(f"c{number}"))
        yield
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    async def talk(self, seconds: float) -> None:
        for _ in range(int(seconds / EVERY_S)):
            for call_id, listening in self.listenings.items():
                for role in (Role.AGENT, Role.CALLER):
                    listening.speech.append(speech_segment(self.segment, call_id=call_id, channel=role))
            self.segment += 1
            await self.clock.advance(EVERY_S)

    def lost(self, role: Role) -> list[float]:
        return [at for at, event in self.events if isinstance(event, TranscriptLost) and event.channel is role]


def changes(steps: list[Step]) -> list[Step]:
    return [steps[0]] + [after for before, after in pairwise(steps) if after is not before]


async def test_an_engine_that_keeps_up_changes_nothing() -> None:
    house = House()
    async with house.running():
        await house.talk(60)
    assert set(house.steps) == {Step.ALL}
    assert not house.lost(Role.CALLER) + house.lost(Role.AGENT)


async def test_an_engine_that_slows_down_is_relieved_step_by_step_and_gets_everything_back() -> None:
    house = House()
    async with house.running():
        await house.talk(20)
        house.engine.seconds_each = 5.0
        await house.talk(120)
        worst = house.load.step
        house.engine.seconds_each = 0.05
        await house.talk(900)
    walked = changes(house.steps)
    assert worst >= Step.KEYWORDS
    assert all(abs(after - before) == 1 for before, after in pairwise(walked))
    assert house.load.step is Step.ALL
    assert len(walked) < 30  # no flapping in a quarter of an hour


async def test_a_small_model_that_costs_no_more_than_the_spotter_goes_on_writing_down() -> None:
    house = House()
    house.engine.worker_s_a_second = 0.06
    async with house.running():
        house.engine.seconds_each = 1.0
        await house.talk(120)
    assert Step.KEYWORDS not in house.steps
    assert max(house.steps) >= Step.SMALLER_MODEL
    since = next(at for at, event in house.events if isinstance(event, TranscriptLost))
    assert any(isinstance(event, Transcript) for at, event in house.events if at > since + 60)


async def test_every_step_is_told_on_every_call() -> None:
    house = House()
    async with house.running():
        house.engine.seconds_each = 5.0
        await house.talk(60)
    for number in range(CALLS):
        told = [event for _, event in house.events if isinstance(event, GuardChanged) and event.call_id == f"c{number}"]
        for step in changes(house.steps)[1:]:
            assert BECAUSE[step] in [event.because for event in told]
        assert {event.guard for event in told} <= {GuardLevel.GUARDED, GuardLevel.DEGRADED, GuardLevel.NOT_GUARDED}


@pytest.mark.parametrize("seconds_each", [0.3, 0.6, 1.0, 2.0, 5.0])
async def test_no_caller_goes_unheard_before_all_agents_do(seconds_each: float) -> None:
    house = House(has_spotter=False)
    async with house.running():
        house.engine.seconds_each = seconds_each
        await house.talk(120)
    callers, agents = house.lost(Role.CALLER), house.lost(Role.AGENT)
    if callers:
        assert min(agents) <= min(callers)
        written = [at for at, e in house.events if isinstance(e, Transcript) and e.channel is Role.AGENT and at > min(callers)]
        assert not written


async def test_speech_that_cannot_be_written_down_is_listened_to_for_threats() -> None:
    house = House()
    async with house.running():
        house.engine.seconds_each = 5.0
        await house.talk(120)
    lost = sum(isinstance(event, TranscriptLost) and event.channel is Role.CALLER for _, event in house.events)
    assert len(house.spotted) >= lost > 0
    assert {speech.channel for speech in house.spotted} == {Role.CALLER}


async def test_the_engine_is_told_of_every_segment_that_is_left_out() -> None:
    house = House()
    async with house.running():
        house.engine.seconds_each = 5.0
        await house.talk(120)
    left_out = [event for _, event in house.events if isinstance(event, TranscriptLost) and event.because == "left_out"]
    assert left_out
    assert {(one.call_id, one.channel, one.segment) for one in house.skipped} == {
        (one.call_id, one.channel, one.segment) for one in left_out
    }


async def test_a_new_call_is_refused_while_running_ones_suffer() -> None:
    house = House()
    async with house.running():
        house.guard.open(call_started("early"))
        house.engine.seconds_each = 1.0
        await house.talk(20)
        with pytest.raises(CapacityError, match="running calls come first"):
            house.guard.open(call_started("late"))
        assert house.guard.refused == 1
        house.engine.seconds_each = 0.01
        await house.talk(600)
        house.guard.open(call_started("later"))
