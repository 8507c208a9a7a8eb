import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from hashlib import sha1

import pytest

from callguard.accounts import User
from callguard.announced import MOST, Announcements, CallDetails
from callguard.call import LiveCall
from callguard.call_path import CallPath
from callguard.desk import GuardDesk
from callguard.errors import AccessError, InputError, NotFoundError, StoreError
from callguard.events import CallStarted, StoredEvent
from callguard.guard import Guard
from callguard.human_acts import CardAnswer
from callguard.publisher import Publisher
from callguard.terms import EndReason, GuardLevel, StaffRole, Tactic
from tests.clocks import HandClock
from tests.fakes import AlertLadder, ListKeeper, OpenJudge, QuietListening, ScriptedEngine, ShoutScorer, call_started

AGENT = User(name="sam", display_name="Sam", role=StaffRole.AGENT, team="blue", password_hash="")
SENIOR = User(name="ana", display_name="Ana", role=StaffRole.SENIOR, team="blue", password_hash="")


def only_seniors_interject(_: str, role: StaffRole, tactic: Tactic) -> None:
    if tactic is Tactic.INTERJECT and role is not StaffRole.SENIOR:
        raise AccessError("only senior staff may interject")


class House:
    """A desk over a guard in fakes, with one call that is running."""

    def __init__(self) -> None:
        self.clock = HandClock()
        self.announced = Announcements(self.clock)
        self.arrivals: list[tuple[CallStarted, str]] = []
        self.keeper = ListKeeper()
        self.ladders: dict[str, AlertLadder] = {}
        self.shown: list[StoredEvent] = []
        self.publisher = Publisher(self.keeper, self.shown.append, self.clock, last_seq=0)
        self.guard = Guard(self.make_call, OpenJudge(), self.clock, max_calls=2)
        self.desk: GuardDesk[QuietListening, str, str, str] = GuardDesk(
            self.guard,
            self.publisher,
            may_use=only_seniors_interject,
            cards=lambda call_id, language: [f"calm in {call_id} ({language})"],
            health=lambda: "well",
            callers=self,
            announced=self.announced,
        )

    def key_of(self, number: str, /) -> str:
        return f"c-{sha1(number.encode()).hexdigest()}" if number else ""

    async def arrived(self, started: CallStarted, number: str, /, *, at_sample: int) -> None:
        self.arrivals.append((started, number))

    def make_call(self, started: CallStarted, before: LiveCall[QuietListening] | None = None) -> LiveCall[QuietListening]:
        emit = self.publisher.publish
        engine = ScriptedEngine({})
        ladder = self.ladders[started.call_id] = AlertLadder()
        path = CallPath(
            started.call_id, write_down=engine.write_down, scorer=ShoutScorer(), ladder=ladder, emit=emit, clock=self.clock
        )
        return LiveCall(
            started,
            path,
            QuietListening(),
            emit=emit,
            clock=self.clock,
            guard=lambda: (GuardLevel.GUARDED, ""),
            silent_after_s=10,
        )

    @asynccontextmanager
    async def open(self) -> AsyncIterator[None]:
        tasks = [asyncio.ensure_future(self.guard.run()), asyncio.ensure_future(self.publisher.run())]
        await self.clock.let_run()
        self.guard.open(call_started())
        await self.clock.let_run()
        yield
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


def bodies(events: list[StoredEvent], kind: str) -> int:
    return sum(f'"type":"{kind}"'.encode() in event.body for event in events)


async def test_help_is_stored_and_alerts_before_it_is_acknowledged() -> None:
    house = House()
    async with house.open():
        await house.desk.help("c1", AGENT, is_panic=False)
        assert bodies(house.keeper.kept, "help_asked") == 1
        assert bodies(house.shown, "decision") == 1


async def test_an_act_that_cannot_be_stored_still_brings_help_and_says_so() -> None:
    house = House()
    async with house.open():
        house.keeper.is_broken = True
        with pytest.raises(StoreError):
            await house.desk.help("c1", AGENT, is_panic=True)
        assert bodies(house.shown, "decision") == 1


async def test_an_agent_can_neither_interject_nor_play_the_card_and_a_senior_can() -> None:
    house = House()
    async with house.open():
        with pytest.raises(AccessError):
            await house.desk.request("c1", AGENT, tactic=Tactic.INTERJECT)
        with pytest.raises(AccessError):
            await house.desk.card("c1", AGENT, tactic=Tactic.INTERJECT, answer=CardAnswer.USED, decision_id="")
        await house.desk.request("c1", SENIOR, tactic=Tactic.INTERJECT)
        assert bodies(house.keeper.kept, "tactic_requested") == 1


async def test_a_call_that_nobody_knows_is_not_found_and_belongs_to_nobody() -> None:
    house = House()
    async with house.open():
        with pytest.raises(NotFoundError):
            await house.desk.help("z", AGENT, is_panic=False)
        assert house.desk.agent_of("z") is None
        assert house.desk.agent_of("c1") == "sam"


async def test_a_call_without_an_agent_is_given_to_one_and_only_once() -> None:
    house = House()
    async with house.open():
        house.guard.open(call_started("c2", agent=""))
        await house.clock.let_run()
        await house.desk.assign("c2", "pbx", agent="sam")
        await house.desk.assign("c2", "pbx", agent="sam")
        assert bodies(house.keeper.kept, "agent_assigned") == 1
        assert house.shown[-1].agent == "sam"
        assert house.desk.agent_of("c2") == house.guard.call("c2").started.agent == "sam"
        assert house.ladders["c2"].agents[-1] == "sam", "alerts name who has the call"
        with pytest.raises(InputError, match="another agent's"):
            await house.desk.assign("c2", "ana", agent="priya")
        with pytest.raises(NotFoundError):
            await house.desk.assign("z", "ana", agent="priya")


async def test_a_running_call_gets_its_caller_line_and_language() -> None:
    house = House()
    async with house.open():
        house.guard.open(replace(call_started("c2", agent=""), caller=""))
        await house.clock.let_run()
        said = CallDetails(agent="sam", caller="+44 20 7946 0002", line="Repairs", language="de")
        assert await house.desk.describe("c2", "pbx", said)
        call = house.guard.call("c2").started
        assert (call.caller, call.line, call.language) == (house.key_of(said.caller), "Repairs", "de")
        assert house.arrivals == [(call, "+44 20 7946 0002")]
        assert house.desk.agent_of("c2") == "sam"
        await house.desk.describe("c2", "pbx", said)  # a dialplan that asks again
        assert bodies(house.keeper.kept, "call_described") == bodies(house.keeper.kept, "agent_assigned") == 1
        assert not [event for event in house.keeper.kept if b"7946 0002" in event.body]
        assert await house.desk.describe("c2", "pbx", CallDetails(line="Complaints", language="fr"))
        again = house.guard.call("c2").started
    assert (again.caller, again.line, again.language) == (call.caller, "Complaints", "fr")
    assert len(house.arrivals) == 1


@pytest.mark.parametrize("said", [CallDetails(agent="priya", line="New"), CallDetails(caller="somebody else", line="New")])
async def test_a_call_keeps_the_agent_and_the_caller_that_it_has(said: CallDetails) -> None:
    house = House()
    async with house.open():
        with pytest.raises(InputError, match="already"):
            await house.desk.describe("c1", "pbx", said)
        assert house.guard.call("c1").started.line == ""
        assert bodies(house.keeper.kept, "call_described") == 0


async def test_what_is_said_of_a_call_before_it_begins_is_kept_until_it_does() -> None:
    house = House()
    async with house.open():
        assert not await house.desk.describe("c2", "pbx", CallDetails(caller="1", language="de"))
        assert not await house.desk.describe("c2", "pbx", CallDetails(caller="2", agent="sam"))
        begun = house.announced.complete(replace(call_started("c2", agent=""), caller=""))
        assert (begun.agent, begun.caller, begun.line, begun.language) == ("sam", "2", "", "de")
        assert house.announced.complete(call_started("c2")) == call_started("c2")  # once


async def test_nothing_is_said_of_a_call_that_is_over() -> None:
    house = House()
    async with house.open():
        house.guard.call("c1").end(EndReason.CLOSED)
        await house.clock.let_run()
        with pytest.raises(InputError, match="over already"):
            await house.desk.describe("c1", "pbx", CallDetails(line="Repairs"))


async def test_announcements_of_calls_that_never_come_are_forgotten() -> None:
    clock = HandClock()
    announced = Announcements(clock)
    announced.put("c1", CallDetails(line="Old"))
    await clock.advance(3601)
    assert announced.complete(call_started("c1")).line == ""
    for number in range(MOST + 1):
        announced.put(str(number), CallDetails(line="New"))
    assert announced.complete(call_started("0")).line == ""
    assert announced.complete(call_started("1")).line == "New"


async def test_cards_are_those_of_the_call_in_its_language() -> None:
    house = House()
    async with house.open():
        assert house.desk.cards("c1") == ["calm in c1 (en)"]
        assert house.desk.cards("gone") == ["calm in gone ()"]
        assert house.desk.cards() == ["calm in  ()"]
