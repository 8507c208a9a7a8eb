import sqlite3
from contextlib import closing
from datetime import timedelta
from pathlib import Path
from typing import Any

import orjson
import pytest
from sqlalchemy import event

from callguard.errors import InputError, StoreError
from callguard.events import StoredEvent
from callguard.human_acts import AgentAssigned
from callguard.record.journal import CALLS_AT_ONCE
from callguard.record.store import SqlStore
from callguard.terms import CallState, DecisionKind
from tests.fakes import alert, call_started, transcript
from tests.record.journals import BEGAN, call_ended, numbered, risk, settled, state, stored
from tests.record.ready import ready_sqlite


async def test_an_empty_store_begins_at_zero(store: SqlStore) -> None:
    assert await store.last_seq() == 0
    assert await store.events_since(0) == []
    assert await store.calls(10) == []


async def test_events_come_back_as_they_were_in_order(store: SqlStore) -> None:
    events = numbered(call_started(), transcript("«héllo» \N{PILE OF POO}"), call_ended())
    await store.append(events[:1])
    await store.append(events[1:])
    assert await store.events_since(0) == events
    assert await store.events_since(1, limit=1) == events[1:2]
    assert await store.seq_after(0, len(events)) == events[-1].seq
    assert await store.seq_after(0, len(events) + 1) is None
    assert await store.last_seq() == 3


async def test_an_event_comes_back_with_when_it_was_stored_and_sent(store: SqlStore) -> None:
    spoken, began, drawn = transcript('so "stored_ns":0,"sent_ns":0} it goes'), call_started(), stored(3, alert("c1:1"))
    await store.append([*numbered(began, spoken), drawn], stored_ns=5, sent_ns={1: 6})
    await store.append([], sent_ns={2: 8})

    rows = [orjson.loads(event.body) for event in await store.events_since(0)]

    assert [(row["times"]["stored_ns"], row["times"]["sent_ns"]) for row in rows] == [(5, 6), (5, 8), (5, 0)]
    assert rows[1]["text"] == spoken.text
    assert rows[1]["times"]["decoded_ns"] == 0


async def test_storing_again_what_is_stored_changes_nothing_though_the_time_is_another(store: SqlStore) -> None:
    events = numbered(call_started())
    await store.append(events, stored_ns=5)
    await store.append(events, stored_ns=9)

    assert orjson.loads((await store.events_since(0))[0].body)["times"]["stored_ns"] == 5


async def test_an_agent_sees_what_was_said_before_the_call_was_given_to_them(store: SqlStore) -> None:
    given = AgentAssigned(call_id="c1", at_sample=0, by="pbx", agent="sam")
    await store.append([stored(1, call_started(agent=""), agent=""), stored(2, transcript("hello"), agent="")])
    await store.append([stored(3, given, agent="sam")])

    assert [event.seq for event in await store.events_since(0, agent="sam")] == [1, 2, 3]


async def test_an_agent_gets_events_of_their_own_calls_only(store: SqlStore) -> None:
    mine, others = stored(1, call_started("c1"), agent="sam"), stored(2, call_started("c2"), agent="priya")
    await store.append([mine, others])
    assert await store.events_since(0, agent="sam") == [mine]


async def test_events_of_a_call_can_be_chosen_by_type(store: SqlStore) -> None:
    events = numbered(call_started(), transcript("hello"), call_started("c2"), call_ended())
    await store.append(events)
    assert await store.events_of_call("c1") == [events[0], events[1], events[3]]
    assert await store.events_of_call("c1", types=("transcript", "call_ended")) == [events[1], events[3]]
    assert await store.events_of_call("nobody") == []


async def test_a_call_is_listed_from_its_start_and_changes_with_its_events(store: SqlStore) -> None:
    await store.append(numbered(call_started()))
    running = await store.call("c1")
    await store.append(
        numbered(risk(2), state(CallState.SEVERE), risk(4), risk(1), alert("c1:1"), alert("c1:2"), call_ended(), first=2)
    )
    ended = await store.call("c1")
    assert running is not None
    assert (running.agent, running.ended_at, running.state, running.alerts) == ("sam", None, CallState.QUIET, 0)
    assert ended is not None
    assert (ended.state, ended.peak_severity, ended.alerts, ended.end_reason) == (CallState.SEVERE, 4, 2, "closed")
    assert (ended.started_at, ended.ended_at) == (BEGAN, BEGAN + timedelta(minutes=5))


async def test_a_withdrawn_alert_does_not_count_and_a_withdrawn_prompt_changes_nothing(store: SqlStore) -> None:
    prompt = alert("c1:2", kind=DecisionKind.PROMPT)
    await store.append(numbered(call_started(), alert("c1:1"), prompt, alert("c1:3")))
    await store.append(
        numbered(
            settled("c1:1", is_confirmed=False), settled("c1:2", is_confirmed=False), settled("c1:3", is_confirmed=True), first=5
        )
    )
    call = await store.call("c1")
    assert call is not None
    assert call.alerts == 1


async def test_a_call_whose_start_was_lost_is_listed_all_the_same(store: SqlStore) -> None:
    await store.append([stored(7, alert("c1:1"), agent="sam")])
    call = await store.call("c1")
    assert call is not None
    assert (call.agent, call.alerts, call.started_at) == ("sam", 1, BEGAN + timedelta(seconds=7))


async def test_calls_are_filtered_by_agent_and_by_whether_they_run(store: SqlStore) -> None:
    await store.append(numbered(call_started("c1"), call_started("c2", agent="priya"), call_started("c3"), call_ended("c3")))

    async def listed(agent: str | None = None, running: bool | None = None) -> list[str]:
        return [call.call_id for call in await store.calls(10, agent=agent, running=running)]

    assert await listed() == ["c1", "c2", "c3"]
    assert await listed(agent="sam") == ["c1", "c3"]
    assert await listed(running=True) == ["c1", "c2"]
    assert await listed(running=False) == ["c3"]
    assert len(await store.calls(1)) == 1


async def test_recent_events_are_those_of_running_and_just_ended_calls(store: SqlStore) -> None:
    events = numbered(call_started("c1"), alert("c1:1"), call_started("c2", agent="priya"), alert("c2:1", call_id="c2"))
    await store.append([*events, stored(5, call_ended("c2"), agent="priya")])

    async def alerts(since_min: int, agent: str | None = None, limit: int = 9) -> list[int]:
        since = BEGAN + timedelta(minutes=since_min)
        return [event.seq for event in await store.events_of_calls_since(since, agent=agent, types=["decision"], limit=limit)]

    assert await alerts(4) == [2, 4]
    assert await alerts(6) == [2]
    assert await alerts(4, agent="priya") == [4]
    assert await alerts(4, limit=1) == [4]


async def test_what_a_console_starts_with_goes_through_no_whole_table(tmp_path: Path) -> None:
    """A console opens as fast after years as on the first day: with 100,000 calls a whole table took five seconds."""
    store = await SqlStore.open(ready_sqlite(tmp_path))
    await store.append(numbered(call_started("c1"), alert("c1:1")))
    asked: list[tuple[str, Any]] = []

    def note(_connection: Any, _cursor: Any, statement: str, parameters: Any, *_: Any) -> None:
        asked.append((statement, parameters))

    event.listen(store._database._engine.sync_engine, "before_cursor_execute", note)
    await store.calls(100, running=True)
    assert len(await store.events_of_calls_since(BEGAN, types=["decision"])) == 1
    event.remove(store._database._engine.sync_engine, "before_cursor_execute", note)
    await store.close()
    with closing(sqlite3.connect(tmp_path / "callguard.db")) as plain:
        plans = [row[3] for one, given in asked for row in plain.execute(f"EXPLAIN QUERY PLAN {one}", given)]
    assert plans
    assert [step for step in plans if step.startswith("SCAN")] == []


async def test_more_calls_than_are_asked_for_together_are_told_in_order(store: SqlStore) -> None:
    names = [f"c{number}" for number in range(CALLS_AT_ONCE + 1)]
    await store.append(numbered(*map(call_started, names)))
    raised = [alert(f"{name}:1", call_id=name) for name in reversed(names)]
    await store.append(numbered(*raised, first=len(names) + 1))
    found = await store.events_of_calls_since(BEGAN, types=["decision"])
    assert [one.call_id for one in found] == names[::-1]
    assert await store.events_of_calls_since(BEGAN, types=["decision"], limit=4) == found[-4:]


async def test_calls_that_never_ended_are_closed_as_interrupted(store: SqlStore) -> None:
    await store.append(numbered(call_started("c1"), call_started("c2"), call_ended("c2")))
    assert await store.mark_interrupted(BEGAN) == 1
    assert {call.call_id: call.end_reason for call in await store.calls(9)} == {"c1": "interrupted", "c2": "closed"}


async def test_a_batch_whose_answer_got_lost_can_be_stored_again_and_counts_once(store: SqlStore) -> None:
    events = numbered(call_started(), alert("c1:1"))
    await store.append(events)
    await store.append([*events, stored(3, transcript("hello"))])
    call = await store.call("c1")
    assert await store.last_seq() == 3
    assert call is not None
    assert call.alerts == 1


async def test_a_second_writer_is_noticed_and_its_batch_refused_whole(store: SqlStore) -> None:
    await store.append([stored(1, call_started())])
    with pytest.raises(StoreError, match="one callguard only"):
        await store.append([stored(1, transcript("other")), stored(2, transcript("more"))])
    assert await store.last_seq() == 1


@pytest.mark.parametrize(
    "body", [b"{", b"[]", b'{"type": "transcript"}', b'{"type": "decision", "at": "2026-11-20T14:03:00+00:00"}', b'{"at": 5}']
)
async def test_what_is_no_event_is_refused_and_nothing_of_its_batch_stored(store: SqlStore, body: bytes) -> None:
    broken = StoredEvent(seq=2, call_id="c1", agent="", is_alert=False, body=body)
    with pytest.raises(InputError):
        await store.append([stored(1, call_started()), broken])
    assert await store.last_seq() == 0
    assert await store.calls(9) == []


async def test_names_from_outside_may_hold_anything(store: SqlStore) -> None:
    await store.append([stored(1, call_started("a\0b", agent="x'; --"), agent="x'; --")])
    assert [event.seq for event in await store.events_of_call("a\0b")] == [1]
    assert await store.call("a\0b") is not None


async def test_large_batches_are_one_commit(store: SqlStore) -> None:
    await store.append(numbered(*[transcript("x" * 500) for _ in range(2000)]))
    assert await store.last_seq() == 2000


async def test_a_full_disk_is_a_sentence_that_says_what_to_do_and_passes(tmp_path: Path) -> None:
    store = await SqlStore.open(f"sqlite:///{tmp_path / 'c.db'}")
    async with store._database._engine.begin() as connection:  # the pool lends this same connection again
        pages = (await connection.exec_driver_sql("PRAGMA page_count")).scalar_one()
        await connection.exec_driver_sql(f"PRAGMA max_page_count={pages + 4}")
    with pytest.raises(StoreError, match="full; free space") as caught:
        await store.append(numbered(*[transcript("secret words" * 500) for _ in range(20)]))
    async with store._database._engine.begin() as connection:
        await connection.exec_driver_sql("PRAGMA max_page_count=1000000")
    await store.append(numbered(transcript("hello")))
    assert await store.last_seq() == 1
    assert "secret" not in f"{caught.value}{caught.value.__cause__}"
    await store.close()


async def test_a_commit_is_on_disk_when_append_returns(tmp_path: Path) -> None:
    store = await SqlStore.open(f"sqlite:///{tmp_path / 'c.db'}")
    await store.append([stored(1, alert("c1:1"), is_alert=True)])
    other = await SqlStore.open(f"sqlite:///{tmp_path / 'c.db'}")
    assert orjson.loads((await other.events_since(0))[0].body)["decision_id"] == "c1:1"
    await store.close()
    await other.close()


async def test_a_call_that_was_given_to_an_agent_is_listed_as_theirs(store: SqlStore) -> None:
    given = AgentAssigned(call_id="c1", at_sample=0, by="pbx", agent="priya")
    await store.append([*numbered(call_started(agent=""), agent=""), *numbered(given, first=2, agent="priya")])
    assert [call.call_id for call in await store.calls(10, agent="priya")] == ["c1"]
    assert len(await store.events_of_calls_since(BEGAN, agent="priya")) == 2
