"""Events as the store receives them, for tests of this folder."""

from datetime import UTC, datetime, timedelta

import orjson

from callguard.events import CallEnded, DecisionSettled, Event, StateChanged, StoredEvent
from callguard.speech import CallRisk
from callguard.terms import CallState, EndReason
from callguard.wire import as_json

BEGAN = datetime(2026, 11, 20, 14, 3, tzinfo=UTC)


def stored(seq: int, event: Event, *, agent: str = "sam", is_alert: bool = False) -> StoredEvent:
    """Return `event` as the publisher makes it, one second after the one before."""
    body = as_json(event) | {"seq": seq, "at": (BEGAN + timedelta(seconds=seq)).isoformat()}
    return StoredEvent(seq=seq, call_id=event.call_id, agent=agent, is_alert=is_alert, body=orjson.dumps(body))


def numbered(*events: Event, first: int = 1, agent: str = "sam") -> list[StoredEvent]:
    """Return events with consecutive numbers."""
    return [stored(first + place, event, agent=agent) for place, event in enumerate(events)]


def call_ended(call_id: str = "c1") -> CallEnded:
    """Return an ordinary goodbye."""
    return CallEnded(call_id=call_id, ended_at=BEGAN + timedelta(minutes=5), at_sample=0, reason=EndReason.CLOSED, detail="")


def state(state: CallState, call_id: str = "c1") -> StateChanged:
    """Return a step on the ladder."""
    return StateChanged(call_id=call_id, at_sample=0, state=state, was=CallState.QUIET)


def risk(peak_severity: int, call_id: str = "c1") -> CallRisk:
    """Return the risk of a call so far."""
    return CallRisk(
        call_id=call_id, at_sample=0, risk=0.5, peak_severity=peak_severity, repeated_demands=0, interruptions=0, is_warned=False
    )


def settled(decision_id: str, *, is_confirmed: bool, call_id: str = "c1") -> DecisionSettled:
    """Return the end of a provisional decision."""
    return DecisionSettled(call_id=call_id, decision_id=decision_id, at_sample=0, is_confirmed=is_confirmed, because="")
