"""The desk of running calls and the policies that these began with."""

from collections.abc import Coroutine
from typing import Any, cast

import pytest

from callguard.announced import Announcements
from callguard.app.acts import build_desk
from callguard.app.aftercare import Aftercare
from callguard.app.call_making import CallMaker
from callguard.app.parts import Parts
from callguard.call import LiveCall
from callguard.decide.policy import Policy, load_policy
from callguard.deliver.ports import Health
from callguard.errors import AccessError
from callguard.events import CallStarted, Event
from callguard.guard import Guard
from callguard.join.rooms import Rooms
from callguard.load import LoadControl
from callguard.media.listening import Listening, SpeechJudge
from callguard.publisher import Publisher
from callguard.settings import load_settings
from callguard.terms import RATE_HZ, StaffRole, Tactic
from callguard.transcribe.transcriber import EngineInfo, Transcriber
from tests.clocks import HandClock
from tests.fakes import LevelDetector, ListKeeper, call_started, transcript
from tests.scorers import rule_scorer


class DeafEngine:
    """Knows every language; is asked for nothing else."""

    info = EngineInfo(name="deaf", is_fallback=False, detail="")

    def knows(self, _: str) -> bool:
        return True


class NoRegister:
    """A register that knows nobody; keeps for whom and when it was asked."""

    def __init__(self) -> None:
        self.asked: list[tuple[str, int]] = []
        self._waiting: list[Coroutine[Any, Any, Any]] = []

    def sealed(self, started: CallStarted) -> CallStarted:
        return started

    def key_of(self, number: str, /) -> str:
        return number

    async def arrived(self, started: CallStarted, number: str, /, *, at_sample: int = 0) -> None:
        self.asked.append((started.agent, at_sample))

    async def settle(self) -> None:
        while self._waiting:
            await self._waiting.pop(0)

    def soon(self, work: Coroutine[Any, Any, Any]) -> None:
        self._waiting.append(work)


def stricter(policy: Policy) -> Policy:
    """Return another version, in which agents do not end calls and which asks one question only."""
    hang_up = policy.cards[Tactic.HANG_UP].model_copy(update={"roles": frozenset({StaffRole.SENIOR})})
    cards = dict(policy.cards) | {Tactic.HANG_UP: hang_up}
    return policy.model_copy(update={"version": 9, "cards": cards, "checklist": policy.checklist[:1]})


class House:
    """What makes calls, in a server without sockets."""

    def __init__(self) -> None:
        self.clock, self.events = HandClock(), list[Event]()
        self.parts = Parts(load_settings(score={"engine": "rules"}), self.clock, None, scorer=rule_scorer())
        publisher = Publisher(ListKeeper(), lambda _: None, self.clock, last_seq=0, observe=self.events.append)
        self.register, announced = NoRegister(), Announcements(self.clock)
        self.maker = CallMaker(
            self.parts,
            cast("Transcriber", DeafEngine()),
            publisher,
            cast("Aftercare", self.register),
            rooms=Rooms(),
            recorder=None,
            load=LoadControl(),
            begin_soon=self.register.soon,
            announced=announced,
        )
        guard = Guard(self.make, SpeechJudge(LevelDetector()), self.clock, max_calls=4)
        self.calls: dict[str, LiveCall[Listening]] = {}
        self.desk = build_desk(
            guard,
            publisher,
            self.maker.policy_of,
            lambda: Health(is_ready=True, engine="", is_fallback=False, not_recorded_because=""),
            organisation="Larkfield",
            callers=self.register,
            announced=announced,
        )

    def make(self, started: CallStarted, before: LiveCall[Listening] | None = None) -> LiveCall[Listening]:
        made = self.calls[started.call_id] = self.maker.make(started, before)
        return made


async def test_a_running_call_is_acted_upon_by_the_policy_that_it_began_with() -> None:
    house = House()
    house.make(call_started("old"))
    standard, house.parts.policy = house.parts.policy, stricter(house.parts.policy)
    house.make(call_started("new"))
    sam = cast("Any", type("Sam", (), {"role": StaffRole.AGENT, "name": "sam"}))

    assert len(house.desk.questions("old", "en")) == len(standard.checklist)
    assert len(house.desk.questions("new", "en")) == len(house.desk.questions("unknown", "en")) == 1
    with pytest.raises(AccessError, match="standard 9"):
        await house.desk.request("new", sam, tactic=Tactic.HANG_UP)
    with pytest.raises(Exception, match="neither running nor"):  # this guard runs no call: the policy has let it through
        await house.desk.request("old", sam, tactic=Tactic.HANG_UP)

    await house.register.settle()
    house.maker.let_go("old")
    assert house.maker.policy_of("old").version == 9


async def test_a_call_that_goes_on_keeps_its_policy_its_state_and_its_time_and_a_new_agent_is_told_of_the_caller() -> None:
    house = House()
    first = house.make(call_started("c1", agent="sam"))
    first.path.understand(transcript("you are an idiot", end_s=3))
    house.parts.policy = stricter(load_policy("standard"))
    await house.clock.advance(60)

    again = house.make(call_started("c1", agent="sam"), first)
    third = house.make(call_started("c1", agent="kim"), again)

    await house.register.settle()
    assert again.path is third.path is first.path
    assert house.maker.policy_of("c1").version == load_policy("standard").version
    assert (again.from_sample, again.now_sample) == (60 * RATE_HZ, 60 * RATE_HZ)
    assert house.register.asked == [("sam", 0), ("kim", 60 * RATE_HZ)]
