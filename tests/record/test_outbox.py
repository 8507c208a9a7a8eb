"""The outbox in both databases: written with its cause or not at all, and never twice."""

from collections.abc import Collection, Sequence
from datetime import timedelta
from typing import Any

import pytest

from callguard.errors import InputError, NotFoundError, StoreError
from callguard.events import StoredEvent
from callguard.record.outbox import FAILED_KEPT
from callguard.record.store import SqlStore
from callguard.sendings import Channel, Sending, SendingState
from tests.fakes import alert, call_started
from tests.record.journals import numbered, stored
from tests.sendings import MADE, sending

CRM = (Channel.WEBHOOK, "crm")


class PlainMail:
    """Sends one thing for every alert, numbered as its event."""

    types: Collection[str] = ("decision",)

    def __init__(self) -> None:
        self.wakes = 0

    async def look_up(self, policies: Collection[str]) -> None:
        """Needs none."""

    def because_of(self, body: Any, *, agent: str, is_alert: bool) -> Sequence[Sending]:
        return [sending(body["seq"])] if is_alert else []

    def posted(self) -> None:
        self.wakes += 1


async def due(store: SqlStore, *, after_s: float = 0, limit: int = 10) -> list[str]:
    rows = await store.outbox.due(*CRM, MADE + timedelta(seconds=after_s), limit=limit)
    return [row.sending_id for row in rows]


async def ended(store: SqlStore, number: int, state: SendingState, *, days_ago: float = 0) -> None:
    await store.outbox.add([sending(number)])
    at = MADE - timedelta(days=days_ago)
    await store.outbox.note([sending(number).model_copy(update={"state": state, "ended_at": at})])


async def test_an_alert_and_what_is_to_be_sent_of_it_are_stored_together_and_once(store: SqlStore) -> None:
    mail = PlainMail()
    store.send_by(mail)
    batch = [*numbered(call_started("c1")), stored(2, alert("c1:1"), is_alert=True)]
    await store.append(batch)
    await store.append(batch)
    assert await due(store) == ["msg_2"]
    assert mail.wakes == 1


async def test_an_alert_that_cannot_be_stored_sends_nothing(store: SqlStore) -> None:
    mail = PlainMail()
    store.send_by(mail)
    await store.append(numbered(call_started("c1")))
    broken = StoredEvent(seq=3, call_id="c1", agent="", is_alert=False, body=b'{"type":"risk","at":"2026-11-20T14:03:00+00:00"}')
    with pytest.raises(InputError):
        await store.append([stored(2, alert("c1:1"), is_alert=True), broken])
    assert (await due(store), mail.wakes) == ([], 0)


async def test_it_comes_back_as_it_was_put_in(store: SqlStore) -> None:
    await store.outbox.add([sending()])
    assert await store.outbox.due(*CRM, MADE, limit=1) == [sending()]


async def test_what_is_there_already_stays_as_it_is(store: SqlStore) -> None:
    await ended(store, 1, SendingState.DELIVERED)
    await store.outbox.add([sending(1), sending(2)])
    assert await due(store) == ["msg_2"]


async def test_each_receiver_gets_its_own_in_due_order_and_no_more_than_asked_for(store: SqlStore) -> None:
    other = [sending(8, route="other"), sending(9, channel=Channel.NOTICE)]
    await store.outbox.add([sending(1, due_s=2), sending(2, due_s=1), sending(3, due_s=60), *other])
    assert await due(store, after_s=5) == ["msg_2", "msg_1"]
    assert await due(store, after_s=99, limit=1) == ["msg_2"]
    assert await store.outbox.next_due(*CRM) == MADE + timedelta(seconds=1)
    assert await store.outbox.next_due(Channel.WEBHOOK, "nobody") is None
    assert await store.outbox.routes_waited_for() == {CRM, (Channel.WEBHOOK, "other"), (Channel.NOTICE, "crm")}


async def test_an_attempt_is_remembered(store: SqlStore) -> None:
    await store.outbox.add([sending()])
    later = {"attempts": 1, "due_at": MADE + timedelta(seconds=9), "last_error": "answered 503"}
    await store.outbox.note([sending().model_copy(update=later)])
    assert await due(store, after_s=8) == []
    (row,) = await store.outbox.due(*CRM, MADE + timedelta(seconds=9), limit=1)
    assert (row.attempts, row.last_error) == (1, "answered 503")


async def test_what_failed_can_be_tried_again_as_if_it_were_new(store: SqlStore) -> None:
    await ended(store, 1, SendingState.FAILED)
    now = MADE + timedelta(days=1)
    again = await store.outbox.try_again("msg_1", now, by="adam")
    assert (again.state, again.attempts, again.tried_since, again.created_at) == ("waiting", 0, now, sending(1).created_at)
    assert await due(store, after_s=86_400) == ["msg_1"]


async def test_what_an_admin_gives_up_is_not_tried_and_an_attempt_under_way_brings_it_back_only_if_delivered(
    store: SqlStore,
) -> None:
    await store.outbox.add([sending(1), sending(2)])
    await store.outbox.abandon("msg_1", MADE, by="adam")
    await store.outbox.abandon("msg_2", MADE, by="adam")
    assert await due(store) == []
    await store.outbox.note([sending(1).model_copy(update={"attempts": 1})])
    await store.outbox.note([sending(2).model_copy(update={"attempts": 1, "state": SendingState.DELIVERED, "ended_at": MADE})])
    assert {row.sending_id: row.state for row in await store.outbox.listed()} == {"msg_1": "abandoned", "msg_2": "delivered"}


async def test_what_was_delivered_is_over(store: SqlStore) -> None:
    await ended(store, 1, SendingState.DELIVERED)
    with pytest.raises(InputError, match="was delivered"):
        await store.outbox.try_again("msg_1", MADE, by="adam")
    with pytest.raises(InputError, match="was delivered"):
        await store.outbox.abandon("msg_1", MADE, by="adam")
    with pytest.raises(NotFoundError):
        await store.outbox.abandon("msg_2", MADE, by="adam")


async def test_counts_say_how_many_and_since_when(store: SqlStore) -> None:
    await ended(store, 1, SendingState.FAILED)
    await store.outbox.add([sending(5), sending(6)])
    counts = await store.outbox.counts()
    assert dict(counts.by_state) == {SendingState.FAILED: 1, SendingState.WAITING: 2}
    assert counts.oldest_waiting == sending(5).created_at


async def test_what_has_no_receiver_is_given_up_with_the_reason(store: SqlStore) -> None:
    await store.outbox.add([sending(1), sending(2, route="other")])
    assert await store.outbox.fail_all(*CRM, MADE, error="nobody") == 1
    (row,) = await store.outbox.listed(state=SendingState.FAILED)
    assert (row.sending_id, row.last_error) == ("msg_1", "nobody")


async def test_what_is_over_is_deleted_in_time_and_what_waits_never(store: SqlStore) -> None:
    await ended(store, 1, SendingState.DELIVERED, days_ago=15)
    await ended(store, 2, SendingState.DELIVERED, days_ago=13)
    await ended(store, 3, SendingState.ABANDONED, days_ago=15)
    await ended(store, 4, SendingState.FAILED, days_ago=15)
    await ended(store, 5, SendingState.FAILED, days_ago=15 + FAILED_KEPT.days)
    await store.outbox.add([sending(6)])
    assert await store.outbox.sweep(MADE - timedelta(days=14)) == 3
    assert {row.sending_id for row in await store.outbox.listed()} == {"msg_2", "msg_4", "msg_6"}


async def test_a_store_that_is_gone_says_so(store: SqlStore) -> None:
    async with store._database.writing() as connection:
        await connection.exec_driver_sql("DROP TABLE outbox")
    with pytest.raises(StoreError):
        await store.outbox.counts()
