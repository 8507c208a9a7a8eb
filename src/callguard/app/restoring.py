"""Calls of the run before, taken up at the start: their alerts go on waiting, and what was decided but not kept is said now.

A call is gone through once more (`stored_call`): the same events give the same decisions with the same ids. An alert that the
store lacks was decided in the moment in which the process died, and is raised now.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any

import orjson

from callguard.call import LiveCall
from callguard.call_path import CallPath, Emit
from callguard.decide.policy import Policy
from callguard.errors import CallguardError
from callguard.events import CallRecord, CallStarted, Decision, DecisionSettled, Event
from callguard.media.listening import Listening
from callguard.record.journal import INTERRUPTED
from callguard.record.store import SqlStore
from callguard.stored_call import go_through
from callguard.terms import DecisionKind, Role

log = logging.getLogger(__name__)

LOOKED_AT = 4096
"""Newest calls of the list: more than begin in an hour, and a moment's work."""
MOST = 128
"""Calls that are gone through, a few seconds of work: those that were cut off before all others."""
RECENT = timedelta(hours=1)
"""Alerts of calls that ended longer ago are no longer chased; boards show them, and the record has them."""

Row = dict[str, Any]
MakeCall = Callable[[CallStarted, Emit, Policy | None], tuple[LiveCall[Listening], CallPath]]
"""Makes a call under a policy, or under that of new calls."""
PolicyCalled = Callable[[str], Awaitable[Policy | None]]
"""Finds a policy by its label."""


@dataclass
class _Mouth:
    """What a call says: held back while it is gone through again, sent on from then on."""

    publish: Emit
    held: list[Event] | None = field(default_factory=list)

    def say(self, event: Event) -> None:
        if self.held is None:
            self.publish(event)
        else:
            self.held.append(event)

    def open(self) -> list[Event]:
        held, self.held = self.held or [], None
        return held


async def restore(
    store: SqlStore,
    now: datetime,
    *,
    make_call: MakeCall,
    policy_called: PolicyCalled,
    publish: Emit,
    adopt: Callable[[LiveCall[Listening], str], None],
) -> int:
    """Take up the calls whose alerts still wait and return how many; `adopt` is given each with its agent.

    A call goes on under the policy that it was decided upon with: another would raise other alerts.

    To be called when nothing is published yet but calls can be. Raises StoreError.
    """
    taken = 0
    for call in _perhaps_waiting(await store.calls(LOOKED_AT), now):
        rows = [orjson.loads(event.body) for event in await store.events_of_call(call.call_id)]
        if call.end_reason != INTERRUPTED and not _waiting(rows):
            continue
        if (started := _started(rows)) is None:
            continue
        mouth = _Mouth(publish)
        label = next((str(row["policy"]) for row in rows if row["type"] == "decision"), "")
        live, path = make_call(started, mouth.say, await policy_called(label) if label else None)
        try:
            await asyncio.to_thread(go_through, rows, path)
        except CallguardError as error:
            log.warning("a call of the last run cannot be taken up", extra={"call_id": call.call_id, "cause": str(error)})
            continue
        path.skip_to(max((_number(row) for row in rows if row["type"] == "decision"), default=0))
        segments = (int(row["segment"]) for row in rows if "channel" in row and "segment" in row)
        live.describe(replace(started, agent=call.agent, caller=call.caller, line=call.line, language=path.language))
        live.take_up(elapsed_s=(now - started.started_at).total_seconds(), next_segment=max(segments, default=-1) + 1)
        adopt(live, call.agent)
        for missed in _missed(rows, mouth.open()):
            publish(missed)
        taken += 1
    return taken


def _perhaps_waiting(calls: Iterable[CallRecord], now: datetime) -> Sequence[CallRecord]:
    """Return the calls of which an alert may wait, in the order of `calls`: a crash may have come before one was stored."""
    recent = [call for call in calls if _is_recent(call, now) and (call.end_reason == INTERRUPTED or call.alerts)]
    chosen = {call.call_id for call in sorted(recent, key=lambda call: call.end_reason != INTERRUPTED)[:MOST]}
    return [call for call in recent if call.call_id in chosen]


def _is_recent(call: CallRecord, now: datetime) -> bool:
    return call.ended_at is None or now - call.ended_at < RECENT


def _waiting(rows: Iterable[Row]) -> bool:
    """Whether an alert may wait for an answer: one that was declined does, whoever had it before."""
    waiting: set[str] = set()
    for row in rows:
        if row["type"] == "decision" and row["kind"] == "alert":
            waiting.add(row["decision_id"])
        elif row["type"] == "alert_answered" and row["answer"] == "claimed":
            waiting.clear()
        elif row["type"] == "alert_answered" and row["answer"] == "declined":
            waiting.add(row["decision_id"])
        elif row["type"] == "alert_answered" or (row["type"] == "decision_settled" and not row["confirmed"]):
            waiting.discard(row["decision_id"])
    return bool(waiting)


def _missed(rows: Sequence[Row], decided: Iterable[Event]) -> Sequence[Event]:
    """Return the alerts that were decided and not kept, and what became of provisional ones whose end was never heard."""
    kept = {row["decision_id"] for row in rows if row["type"] == "decision"}
    settled = {row["decision_id"] for row in rows if row["type"] == "decision_settled"}
    missed: list[Event] = []
    for event in decided:
        if isinstance(event, Decision) and event.kind is DecisionKind.ALERT and event.decision_id not in kept:
            kept.add(event.decision_id)
            missed.append(event)
        elif isinstance(event, DecisionSettled) and event.decision_id in kept - settled:
            missed.append(event)
    return missed


def _number(row: Row) -> int:
    return int(row["decision_id"].rpartition(":")[2])


def _started(rows: Iterable[Row]) -> CallStarted | None:
    row = next((row for row in rows if row["type"] == "call_started"), None)
    if row is None:
        return None
    return CallStarted(
        call_id=row["call_id"],
        tap=row["tap"],
        started_at=datetime.fromisoformat(row["started_at"]),
        channels=tuple(Role(name) for name in row["channels"]),
        agent=row["agent"],
        caller=row["caller"],
        line=row["line"],
        language=row["language"],
    )
