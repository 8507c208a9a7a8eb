import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

import orjson
import pytest

from callguard.errors import StoreError
from callguard.events import StoredEvent
from callguard.human_acts import AgentAssigned, HelpAsked
from callguard.publisher import COMMIT_WAIT_S, SPARE_WAIT_S, Publisher
from callguard.terms import DecisionKind
from tests.clocks import HandClock
from tests.fakes import ListKeeper, alert, call_started, transcript


@dataclass
class Desk:
    keeper: ListKeeper = field(default_factory=ListKeeper)
    shown: list[StoredEvent] = field(default_factory=list)
    kept_when_shown: list[int] = field(default_factory=list)
    has_shown: asyncio.Event = field(default_factory=asyncio.Event)

    def fan_out(self, event: StoredEvent) -> None:
        self.shown.append(event)
        self.kept_when_shown.append(len(self.keeper.kept))
        self.has_shown.set()


@asynccontextmanager
async def running(desk: Desk, *, last_seq: int = 0) -> AsyncIterator[Publisher]:
    publisher = Publisher(desk.keeper, desk.fan_out, HandClock(), last_seq=last_seq)
    task = asyncio.ensure_future(publisher.run())
    yield publisher
    await publisher.close()
    await task


async def test_events_are_numbered_without_gaps_after_the_last_one_kept() -> None:
    desk = Desk()
    async with running(desk, last_seq=41) as publisher:
        publisher.publish(call_started())
        publisher.publish(transcript("hello"))
        await publisher.sent()
    assert [event.seq for event in desk.shown] == [42, 43]
    assert [orjson.loads(event.body)["seq"] for event in desk.shown] == [42, 43]


async def test_every_event_knows_its_calls_agent() -> None:
    desk = Desk()
    async with running(desk) as publisher:
        publisher.publish(call_started(agent="priya"))
        publisher.publish(transcript("hello"))
        await publisher.sent()
    assert [event.agent for event in desk.shown] == ["priya", "priya"]


async def test_an_alert_says_whose_teams_it_is_as_far_as_anybody_knows() -> None:
    desk, teams = Desk(), {"sam": "blue"}
    publisher = Publisher(desk.keeper, desk.fan_out, HandClock(), last_seq=0, team_of=lambda agent: teams.get(agent, ""))
    task = asyncio.ensure_future(publisher.run())
    publisher.publish(call_started(agent=""))
    publisher.publish(alert("c1:1"))
    publisher.publish(AgentAssigned(call_id="c1", at_sample=0, by="pbx", agent="sam"))
    publisher.publish(alert("c1:2"))
    await publisher.close()
    await task
    told = [orjson.loads(event.body) for event in desk.shown]
    assert [(one["reach"], one["team"]) for one in told if one["type"] == "decision"] == [("all", ""), ("all", "blue")]


async def test_a_call_that_is_given_to_an_agent_is_theirs_from_then_on() -> None:
    desk = Desk()
    async with running(desk) as publisher:
        publisher.publish(call_started(agent=""))
        publisher.publish(AgentAssigned(call_id="c1", at_sample=0, by="pbx", agent="sam"))
        publisher.publish(transcript("hello"))
        await publisher.sent()
    assert [event.agent for event in desk.shown] == ["", "sam", "sam"]
    assert [event.is_alert for event in desk.shown] == [False, True, False]


async def test_an_alert_is_committed_before_it_is_shown() -> None:
    desk = Desk()
    async with running(desk) as publisher:
        publisher.publish(alert("c1:1"))
        await publisher.sent()
    assert desk.kept_when_shown == [1]


async def test_an_alert_that_cannot_be_stored_is_shown_all_the_same() -> None:
    desk = Desk()
    desk.keeper.is_broken = True
    async with running(desk) as publisher:
        publisher.publish(alert("c1:1"))
        await publisher.close()
    assert [event.seq for event in desk.shown] == [1]


async def test_an_act_that_could_not_be_stored_is_not_acknowledged() -> None:
    desk = Desk()
    desk.keeper.is_broken = True
    async with running(desk) as publisher:
        publisher.publish(HelpAsked(call_id="c1", at_sample=0, by="sam", is_panic=False))
        with pytest.raises(StoreError, match="could not be stored"):
            await publisher.sent()


async def test_a_store_that_hangs_delays_an_alert_by_no_more_than_half_the_budget() -> None:
    class Hanging(ListKeeper):
        async def write(self, event: StoredEvent) -> None:
            await asyncio.Event().wait()

    desk = Desk(keeper=Hanging())
    began = asyncio.get_running_loop().time()
    async with running(desk) as publisher:
        publisher.publish(alert("c1:1"))
        await publisher.close()
    assert [event.seq for event in desk.shown] == [1]
    assert asyncio.get_running_loop().time() - began >= COMMIT_WAIT_S


async def test_the_first_painting_by_each_person_is_kept_with_its_times() -> None:
    desk = Desk()
    async with running(desk) as publisher:
        publisher.publish(alert("c1:1", kind=DecisionKind.PROMPT))
        await publisher.sent()
        for user in ("ana", "ana", "ben"):
            publisher.drawn(1, user, 77)
        publisher.drawn(999, "ana", 77)
        await publisher.sent()
    rows = [orjson.loads(event.body) for event in desk.shown[1:]]
    assert [(row["type"], row["by"], row["decision_id"], row["drawn_ns"]) for row in rows] == [
        ("shown", "ana", "c1:1", 77),
        ("shown", "ben", "c1:1", 77),
    ]


async def test_what_finds_the_outbox_full_is_counted() -> None:
    desk = Desk()
    publisher = Publisher(desk.keeper, desk.fan_out, HandClock(), last_seq=0)
    for _ in range(8193):
        publisher.publish(transcript("hello"))
    assert publisher.lost == 1


async def test_what_comes_after_the_end_is_lost_and_nobody_waits_for_it_or_takes_it_for_kept() -> None:
    desk = Desk()
    async with running(desk) as publisher:
        pass
    publisher.publish(HelpAsked(call_id="c1", at_sample=0, by="sam", is_panic=False))
    with pytest.raises(StoreError, match="stopping"):
        await publisher.sent()
    assert (publisher.lost, publisher.last_seq) == (1, 0)


class ListSpare:
    """A spare journal in memory; fails while `is_broken`."""

    def __init__(self, keeper: ListKeeper) -> None:
        self.events: list[StoredEvent] = []
        self.is_broken = False
        self.answers = asyncio.Event()
        """Cleared: the disk below hangs."""
        self.answers.set()
        self.has_kept = asyncio.Event()
        self._keeper = keeper

    @property
    def kept(self) -> int:
        return len(self.events)

    async def write(self, event: StoredEvent) -> None:
        if self.is_broken:
            raise StoreError("this disk is gone too")
        await self.answers.wait()
        self.events.append(event)
        self.has_kept.set()

    async def bring_home(self) -> None:
        self._keeper.kept += self.events
        self.events.clear()


@asynccontextmanager
async def running_with_spare(desk: Desk) -> AsyncIterator[tuple[Publisher, ListSpare]]:
    spare = ListSpare(desk.keeper)
    publisher = Publisher(desk.keeper, desk.fan_out, HandClock(), last_seq=0, spare=spare, bring_home=spare.bring_home)
    task = asyncio.ensure_future(publisher.run())
    yield publisher, spare
    await publisher.close()
    await task


@asynccontextmanager
async def hanging(desk: Desk) -> AsyncIterator[tuple[Publisher, ListSpare]]:
    """Publish an alert while the disk of the spare journal hangs and the store fails."""
    desk.keeper.is_broken = True
    async with running_with_spare(desk) as (publisher, spare):
        spare.answers.clear()
        publisher.publish(alert("c1:1"))
        yield publisher, spare


async def test_an_alert_that_the_store_does_not_take_is_committed_beside_before_it_is_shown() -> None:
    desk = Desk()
    desk.keeper.is_broken = True
    async with running_with_spare(desk) as (publisher, spare):
        publisher.publish(alert("c1:1"))
        await publisher.sent()  # raises nothing: it is committed
        assert [event.seq for event in spare.events] == [1]
        assert [event.seq for event in desk.shown] == [1]


async def test_an_act_that_lies_in_the_spare_journal_is_acknowledged() -> None:
    desk = Desk()
    desk.keeper.is_broken = True
    async with running_with_spare(desk) as (publisher, spare):
        publisher.publish(HelpAsked(call_id="c1", at_sample=0, by="sam", is_panic=True))
        await publisher.sent()
        assert spare.kept == 1


async def test_only_if_both_fail_an_alert_is_shown_uncommitted_and_an_act_is_not_acknowledged() -> None:
    desk = Desk()
    desk.keeper.is_broken = True
    async with running_with_spare(desk) as (publisher, spare):
        spare.is_broken = True
        publisher.publish(alert("c1:1"))
        with pytest.raises(StoreError):
            await publisher.sent()
    assert [event.seq for event in desk.shown] == [1]


async def test_an_alert_is_shown_while_the_disk_of_store_and_spare_journal_hangs_and_is_kept_when_it_answers() -> None:
    desk = Desk()
    async with hanging(desk) as (publisher, spare):
        async with asyncio.timeout(20 * SPARE_WAIT_S):
            with pytest.raises(StoreError):
                await publisher.sent()
        assert [event.seq for event in desk.shown] == [1]
        spare.answers.set()
        desk.keeper.is_broken = False
        await spare.has_kept.wait()  # what hung has come to its end
        publisher.publish(transcript("hello"))
        await publisher.sent()
    assert sorted(event.seq for event in desk.keeper.kept) == [1, 2]


async def test_an_act_waits_for_a_slow_disk_and_is_acknowledged_once_it_answers() -> None:
    desk = Desk()
    async with hanging(desk) as (publisher, spare):
        acting = asyncio.ensure_future(publisher.sent())
        await desk.has_shown.wait()  # an alert does not wait for it
        assert not acting.done()
        spare.answers.set()
        await acting
        await publisher.sent()


async def test_the_spare_journal_is_brought_home_once_the_store_works_again() -> None:
    desk = Desk()
    desk.keeper.is_broken = True
    async with running_with_spare(desk) as (publisher, spare):
        publisher.publish(alert("c1:1"))
        await publisher.sent()
        desk.keeper.is_broken = False
        publisher.publish(transcript("hello"))
        await publisher.sent()
        assert spare.kept == 0
    assert sorted(event.seq for event in desk.keeper.kept) == [1, 2]


async def test_the_keeper_is_told_when_each_event_was_sent() -> None:
    desk = Desk()
    async with running(desk) as publisher:
        publisher.publish(transcript("hello"))
        publisher.publish(alert("c1:1"))
        await publisher.sent()
    assert set(desk.keeper.sent_ns) == {1, 2}
