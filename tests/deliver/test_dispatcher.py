"""What is sent, when again, and that nobody waits for somebody else's receiver."""

import asyncio
import contextlib
from collections.abc import AsyncIterator
from datetime import timedelta
from itertools import pairwise
from random import Random

import pytest

from callguard.deliver.dispatcher import LONGEST_PAUSE_S, NO_ROUTE, Dispatcher, pause_s
from callguard.deliver.sending_ports import Receipt
from callguard.errors import StoreError
from callguard.sendings import Channel, SendingState
from tests.clocks import HandClock
from tests.sendings import MADE, MemoryOutbox, PlainRoute, sending

CRM = (Channel.WEBHOOK, "crm")
DOWN = Receipt(error="answered 503")


@contextlib.asynccontextmanager
async def running(outbox: MemoryOutbox, clock: HandClock, **routes: PlainRoute) -> AsyncIterator[Dispatcher]:
    ways = {(Channel.WEBHOOK, name): route for name, route in routes.items()}
    dispatcher = Dispatcher(outbox, ways, clock, keep=timedelta(days=14), dice=Random(1))
    task = asyncio.create_task(dispatcher.run())
    await clock.let_run()
    await clock.let_run()
    yield dispatcher
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)


async def test_what_waits_is_delivered_in_order_of_due_time_and_once() -> None:
    clock, crm = HandClock(), PlainRoute()
    outbox = MemoryOutbox(sending(1), sending(2, due_s=-1), sending(3, due_s=30))
    async with running(outbox, clock, crm=crm) as dispatcher:
        assert crm.came == ["msg_2", "msg_1"]
        await clock.advance(29)
        assert len(crm.came) == 2
        await clock.advance(2)
        assert crm.came == ["msg_2", "msg_1", "msg_3"]
        await clock.advance(3600)
        dispatcher.wake()
        await clock.let_run()
    assert len(crm.came) == 3
    assert {outbox.state(number)[0] for number in (1, 2, 3)} == {SendingState.DELIVERED}
    assert crm.is_closed


async def test_a_failed_attempt_is_repeated_after_pauses_that_grow_under_the_same_id() -> None:
    clock, crm = HandClock(), PlainRoute(receipt=DOWN, give_up_after=timedelta(days=3))
    outbox = MemoryOutbox(sending())
    moments = list[int]()
    async with running(outbox, clock, crm=crm):
        for second in range(40):
            if len(crm.came) > len(moments):
                moments.append(second)
            await clock.advance(1)
        crm.receipt = Receipt()
        await clock.advance(60)
    assert len(moments) >= 4
    pauses = [after - before for before, after in pairwise(moments)]
    assert pauses == sorted(pauses)
    assert set(crm.came) == {"msg_1"}
    assert outbox.state() == (SendingState.DELIVERED, len(crm.came), "")


def test_a_pause_doubles_has_an_end_and_is_never_the_same_for_all() -> None:
    dice = Random(1)
    assert 1.5 <= pause_s(1, dice) <= 2.5
    assert 12 <= pause_s(4, dice) <= 20
    assert pause_s(1000, dice) <= LONGEST_PAUSE_S * 1.25
    assert len({pause_s(5, dice) for _ in range(5)}) == 5


async def test_what_is_too_old_is_given_up_and_that_shows() -> None:
    clock, crm = HandClock(), PlainRoute(receipt=DOWN, give_up_after=timedelta(seconds=60))
    outbox, outcomes = MemoryOutbox(sending()), list[str]()
    async with running(outbox, clock, crm=crm) as dispatcher:
        dispatcher.observe = lambda _, __, outcome: outcomes.append(outcome)
        assert dispatcher.waiting == 1
        await clock.advance(59)
        assert dispatcher.oldest_s > 0
        await clock.advance(3600)
        assert (dispatcher.waiting, dispatcher.given_up) == (0, 1)
    state, attempts, error = outbox.state()
    assert (state, error) == (SendingState.FAILED, "answered 503")
    assert attempts == len(crm.came) < 10
    assert outcomes[-1] == "failed"


async def test_a_receiver_that_wants_nothing_more_is_not_asked_again() -> None:
    clock, crm = HandClock(), PlainRoute(receipt=Receipt(error="answered 410", is_final=True))
    outbox = MemoryOutbox(sending())
    async with running(outbox, clock, crm=crm):
        await clock.advance(3600)
    assert outbox.state() == (SendingState.FAILED, 1, "answered 410")


async def test_a_receiver_that_does_not_answer_delays_no_other_and_holds_no_more_than_its_share() -> None:
    clock, stuck, crm = HandClock(), PlainRoute(open=asyncio.Event()), PlainRoute()
    outbox = MemoryOutbox(*(sending(number, route="stuck") for number in range(1, 9)), sending(9))
    async with running(outbox, clock, stuck=stuck, crm=crm):
        assert outbox.state(9)[0] is SendingState.DELIVERED
        assert (stuck.most_at_once, len(stuck.came)) == (2, 2)


async def test_what_was_on_its_way_when_the_server_died_is_sent_again_under_the_same_id() -> None:
    clock, outbox, stuck, crm = HandClock(), MemoryOutbox(sending()), PlainRoute(open=asyncio.Event()), PlainRoute()
    async with running(outbox, clock, crm=stuck):
        assert stuck.came == ["msg_1"]
    async with running(outbox, clock, crm=crm):
        assert crm.came == ["msg_1"]
    assert outbox.state()[0] is SendingState.DELIVERED


async def test_a_route_that_breaks_is_a_failed_attempt_and_stops_nothing(caplog: pytest.LogCaptureFixture) -> None:
    clock, broken, crm = HandClock(), PlainRoute(breaks=RuntimeError("a bug")), PlainRoute()
    outbox = MemoryOutbox(sending(1, route="broken"), sending(2))
    async with running(outbox, clock, broken=broken, crm=crm):
        assert outbox.state(2)[0] is SendingState.DELIVERED
        assert outbox.state(1)[:2] == (SendingState.WAITING, 1)
    assert "unforeseen" in caplog.text


async def test_a_store_that_fails_is_asked_again() -> None:
    clock, crm, outbox = HandClock(), PlainRoute(), MemoryOutbox(sending())
    outbox.error = StoreError("gone")
    async with running(outbox, clock, crm=crm):
        await clock.advance(20)
        assert crm.came == []
        outbox.error = None
        await clock.advance(6)
        assert outbox.state()[0] is SendingState.DELIVERED


async def test_what_nobody_can_receive_fails_at_once_and_says_why() -> None:
    clock, outbox = HandClock(), MemoryOutbox(sending(route="nobody"))
    async with running(outbox, clock) as dispatcher:
        assert outbox.state() == (SendingState.FAILED, 0, NO_ROUTE)
        assert dispatcher.given_up == 1


async def test_what_was_delivered_long_ago_is_cleared_away() -> None:
    clock, outbox = HandClock(), MemoryOutbox()
    async with running(outbox, clock):
        assert outbox.swept_before == MADE - timedelta(days=14)
