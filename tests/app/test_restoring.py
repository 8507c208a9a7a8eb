"""A server that went away without a goodbye, and the next one."""

from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import replace
from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import Any

import orjson
import pytest

from callguard.app.parts import Parts
from callguard.app.policy_versions import policy_called
from callguard.app.restoring import MOST, restore
from callguard.call import LiveCall
from callguard.call_path import CallPath, Emit
from callguard.decide.policy import Policy, load_policy
from callguard.events import CallEnded, CallStarted, Decision, DecisionSettled, Event, StoredEvent
from callguard.human_acts import AgentAssigned, AlertAnswer, AlertAnswered, HelpAsked
from callguard.media.listening import Listening
from callguard.record.store import SqlStore
from callguard.settings import load_settings
from callguard.terms import RATE_HZ, DecisionKind, EndReason, GuardLevel
from callguard.wire import as_json
from tests.clocks import HandClock
from tests.fakes import call_started, transcript, types
from tests.record.ready import ready_sqlite
from tests.scorers import rule_scorer

THREAT = "i know where you live and i am going to kill you"


class House:
    """What a server keeps between two runs, and one run of it without sockets."""

    def __init__(self, store: SqlStore, clock: HandClock) -> None:
        self.store, self.clock = store, clock
        self.parts = Parts(load_settings(score={"engine": "rules"}), clock, None, scorer=rule_scorer())
        self.published: list[Event] = []
        self.policies: list[str] = []
        self.taken: dict[str, LiveCall[Listening]] = {}

    def make_call(self, started: CallStarted, emit: Emit, policy: Policy | None) -> tuple[LiveCall[Listening], CallPath]:
        self.policies.append(policy.label if policy else "")
        path = self.parts.path(started, emit, policy=policy)
        call = LiveCall(
            started,
            path,
            self.parts.listening(started),
            emit=emit,
            clock=self.clock,
            guard=lambda: (GuardLevel.GUARDED, ""),
            silent_after_s=10,
        )
        return call, path

    async def restore(self) -> int:
        return await restore(
            self.store,
            self.clock.utc_now(),
            make_call=self.make_call,
            policy_called=partial(policy_called, self.store),
            publish=self.published.append,
            adopt=lambda call, agent: self.taken.__setitem__(f"{call.started.call_id} of {agent}", call),
        )


async def threatened(store: SqlStore, clock: HandClock, *, keep: Callable[[dict[str, Any]], object] = bool) -> list[Decision]:
    """Let a call with a threat happen and store what `keep` lets through; return what was decided."""
    house, events = House(store, clock), list[Event]()
    started = call_started("c1", agent="sam")
    started = replace(started, started_at=clock.utc_now())
    path = house.parts.path(started, events.append)
    path.understand(transcript(THREAT, call_id="c1", end_s=3))
    rows = [as_json(event) | {"at": clock.utc_now().isoformat()} for event in [started, *events]]
    kept = [row | {"seq": number} for number, row in enumerate(filter(keep, rows), 1)]
    await store.append(
        [StoredEvent(seq=row["seq"], call_id="c1", agent="sam", is_alert=False, body=orjson.dumps(row)) for row in kept]
    )
    return [event for event in events if isinstance(event, Decision)]


async def keep(store: SqlStore, events: Sequence[Event], clock: HandClock, *, from_seq: int = 1) -> None:
    """Store events as they were told now."""
    rows = [as_json(event) | {"at": clock.utc_now().isoformat(), "seq": seq} for seq, event in enumerate(events, from_seq)]
    await store.append(
        [StoredEvent(seq=row["seq"], call_id=row["call_id"], agent="sam", is_alert=False, body=orjson.dumps(row)) for row in rows]
    )


@pytest.fixture
async def store(tmp_path: Path) -> AsyncIterator[SqlStore]:
    opened = await SqlStore.open(ready_sqlite(tmp_path))
    yield opened
    await opened.close()


async def test_an_alert_that_waited_goes_on_to_the_next_tier_and_can_be_answered(store: SqlStore) -> None:
    clock = HandClock()
    alert = next(one for one in await threatened(store, clock) if one.kind == "alert")
    await clock.advance(12)
    await store.mark_interrupted(clock.utc_now())

    house = House(store, clock)
    assert await house.restore() == 1
    call = house.taken["c1 of sam"]
    assert house.published == [], "what is stored is not said twice"

    await clock.advance(12)
    call.watch()
    again = [event for event in house.published if isinstance(event, Decision)]
    assert [(one.tier, one.repeats) for one in again] == [(2, alert.decision_id)]
    answer = AlertAnswered(
        call_id="c1",
        at_sample=call.now_sample,
        by="ana",
        decision_id=alert.decision_id,
        answer=AlertAnswer.CLAIMED,
        to="",
        reason="",
    )
    call.act(answer)
    await clock.advance(300)
    call.watch()
    assert house.published[-1] == answer
    await store.close()


async def test_an_alert_that_was_decided_and_not_kept_is_raised_at_the_next_start(store: SqlStore) -> None:
    clock = HandClock()
    decided = await threatened(store, clock, keep=lambda row: row["type"] in ("call_started", "transcript"))
    await store.mark_interrupted(clock.utc_now())

    house = House(store, clock)
    await house.restore()

    alerts = [one.decision_id for one in decided if one.kind == "alert"]
    assert [event.decision_id for event in house.published if isinstance(event, Decision)] == alerts
    await store.close()


async def test_a_call_goes_on_under_the_policy_that_it_was_decided_upon_with(store: SqlStore) -> None:
    clock = HandClock()
    await threatened(store, clock)
    await store.mark_interrupted(clock.utc_now())

    house = House(store, clock)
    house.parts.policy = load_policy("low-tolerance")
    await house.restore()
    assert house.policies == [load_policy("standard").label]

    await clock.advance(25)
    house.taken["c1 of sam"].watch()
    again = [event.policy for event in house.published if isinstance(event, Decision)]
    assert again == [load_policy("standard").label]
    await store.close()


async def test_calls_of_long_ago_and_calls_without_open_alerts_are_left_alone(store: SqlStore) -> None:
    clock = HandClock()
    await threatened(store, clock)
    await store.mark_interrupted(clock.utc_now())
    clock_later = clock.utc_now() + timedelta(hours=2)

    house = House(store, clock)
    taken = await restore(
        store,
        clock_later,
        make_call=house.make_call,
        policy_called=partial(policy_called, store),
        publish=house.published.append,
        adopt=lambda *_: None,
    )

    assert (taken, house.published) == (0, [])
    await store.close()


async def test_a_call_that_was_cut_off_is_taken_up_however_many_have_begun_since(store: SqlStore) -> None:
    clock = HandClock()
    await threatened(store, clock)
    await clock.advance(60)
    others = [replace(call_started(f"other-{number}"), started_at=clock.utc_now()) for number in range(MOST)]
    over = [
        CallEnded(call_id=one.call_id, ended_at=clock.utc_now(), at_sample=0, reason=EndReason.CLOSED, detail="")
        for one in others
    ]
    await keep(store, [*others, *over], clock, from_seq=100)
    await store.mark_interrupted(clock.utc_now())

    house = House(store, clock)

    assert await house.restore() == 1
    assert list(house.taken) == ["c1 of sam"]
    await store.close()


async def test_an_alert_that_its_owner_gave_up_at_the_last_tier_can_be_answered_after_a_restart(store: SqlStore) -> None:
    clock = HandClock()
    house, events = House(store, clock), list[Event]()
    started = replace(call_started("c1", agent="sam"), started_at=clock.utc_now())
    path = house.parts.path(started, events.append)
    path.understand(transcript(THREAT, call_id="c1", end_s=3))
    path.tick(100 * RATE_HZ)
    alert = next(event.decision_id for event in events if isinstance(event, Decision) and event.kind is DecisionKind.ALERT)

    def answer(at_s: int, answer: AlertAnswer) -> AlertAnswered:
        return AlertAnswered(call_id="c1", at_sample=at_s * RATE_HZ, by="ana", decision_id=alert, answer=answer, to="", reason="")

    path.act(answer(100, AlertAnswer.CLAIMED))
    path.act(answer(101, AlertAnswer.DECLINED))
    ended = CallEnded(call_id="c1", ended_at=clock.utc_now(), at_sample=101 * RATE_HZ, reason=EndReason.CLOSED, detail="")
    await keep(store, [started, *events, ended], clock)

    again = House(store, clock)

    assert await again.restore() == 1
    assert again.taken["c1 of sam"].has_open_alerts
    await store.close()


async def test_a_tier_that_was_raised_just_before_the_end_is_not_raised_again_under_the_same_number(store: SqlStore) -> None:
    clock = HandClock()
    house, events = House(store, clock), list[Event]()
    started = replace(call_started("c1", agent="sam"), started_at=clock.utc_now())
    live, path = house.make_call(started, events.append, None)
    path.understand(transcript(THREAT, call_id="c1", end_s=3))
    began = [as_json(event) | {"at": clock.utc_now().isoformat()} for event in [started, *events]]
    events.clear()
    await clock.advance(23.4)  # not a whole second: twenty after the threat
    live.watch()
    raised = [as_json(event) | {"at": clock.utc_now().isoformat()} for event in events]
    assert [row["tier"] for row in raised if row["type"] == "decision"] == [2]
    rows = [row | {"seq": number} for number, row in enumerate([*began, *raised], 1)]
    await store.append(
        [StoredEvent(seq=row["seq"], call_id="c1", agent="sam", is_alert=False, body=orjson.dumps(row)) for row in rows]
    )
    await store.mark_interrupted(clock.utc_now())

    again = House(store, clock)
    await again.restore()
    await clock.advance(60)
    again.taken["c1 of sam"].watch()

    taken = {row["decision_id"] for row in rows if row["type"] == "decision"}
    new = [event for event in again.published if isinstance(event, Decision)]
    assert [event.tier for event in new] == [3]
    assert not taken & {event.decision_id for event in new}
    await store.close()


async def test_a_call_that_comes_again_after_a_restart_goes_on_with_its_agent_its_time_and_its_segments(store: SqlStore) -> None:
    clock = HandClock()
    house, events = House(store, clock), list[Event]()
    started = replace(call_started("c1", agent=""), caller="ck_" + 40 * "0", started_at=clock.utc_now())
    events += [started, AgentAssigned(call_id="c1", at_sample=0, by="pbx", agent="kim")]
    house.parts.path(started, events.append).understand(transcript("hello", number=4, end_s=3))
    rows = [as_json(event) | {"at": clock.utc_now().isoformat(), "seq": number} for number, event in enumerate(events, 1)]
    await store.append(
        [StoredEvent(seq=row["seq"], call_id="c1", agent="kim", is_alert=False, body=orjson.dumps(row)) for row in rows]
    )
    await store.mark_interrupted(clock.utc_now())
    await clock.advance(20)

    again = House(store, clock)
    await again.restore()
    before = again.taken["c1 of kim"]
    brought = replace(call_started("c1", agent=""), caller="", started_at=clock.utc_now())
    call = LiveCall(
        before.goes_on_as(brought),
        before.path,
        again.parts.listening(brought),
        emit=again.published.append,
        clock=clock,
        guard=lambda: (GuardLevel.GUARDED, ""),
        silent_after_s=10,
        before=before,
    )

    assert call.started == replace(started, agent="kim")
    assert (call.from_sample, call.next_segment) == (20 * RATE_HZ, 5)
    call.act(HelpAsked(call_id="c1", at_sample=call.now_sample, by="kim", is_panic=False))
    call.act(HelpAsked(call_id="c1", at_sample=call.now_sample, by="", is_panic=False))
    texts = [event.text for event in again.published if isinstance(event, Decision) and event.kind == "alert"]
    assert texts[0] == texts[1], "the ladder knows who has the call"
    await store.close()


async def test_a_provisional_alert_whose_speech_a_crash_cut_off_is_told_to_stand(store: SqlStore) -> None:
    clock = HandClock()
    house, events = House(store, clock), list[Event]()
    started = replace(call_started("c1", agent="sam"), started_at=clock.utc_now())
    house.parts.path(started, events.append).understand(replace(transcript(THREAT, end_s=3), is_final=False))
    rows = [as_json(one) | {"at": clock.utc_now().isoformat(), "seq": seq} for seq, one in enumerate([started, *events], 1)]
    await store.append(
        [StoredEvent(seq=row["seq"], call_id="c1", agent="sam", is_alert=False, body=orjson.dumps(row)) for row in rows]
    )
    await store.mark_interrupted(clock.utc_now())

    again = House(store, clock)
    await again.restore()

    decided = {event.decision_id for event in events if isinstance(event, Decision)}
    assert {event.decision_id for event in again.published if isinstance(event, DecisionSettled)} == decided
    assert types(again.published) == ["DecisionSettled"] * len(decided)
    await store.close()
