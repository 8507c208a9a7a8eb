"""What another policy would have done on stored calls."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Any

import orjson

from callguard.app.parts import Parts
from callguard.clock import SystemClock
from callguard.decide.policy import Policy
from callguard.events import Decision, Event
from callguard.record.store import SqlStore
from callguard.settings import Settings
from callguard.stored_call import go_through
from callguard.terms import RATE_HZ, DecisionKind, Role

Row = Mapping[str, Any]


class Fate(StrEnum):
    """What becomes of an alert under the other policy."""

    STAYS = "stays"
    MOVES = "moves"
    COMES = "comes"
    GOES = "goes"


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """One alert under both policies."""

    call_id: str
    fate: Fate
    category: str
    because: str
    before_s: float | None
    after_s: float | None
    segment: int
    """The utterance that caused it, in the newer of both."""

    def as_row(self) -> dict[str, Any]:
        """Return plain values."""
        return {
            "call_id": self.call_id,
            "fate": self.fate.value,
            "category": self.category,
            "because": self.because,
            "before_s": self.before_s,
            "after_s": self.after_s,
        }


async def rescore_calls(settings: Settings, policy: Policy, *, limit: int) -> list[Change]:
    """Run the newest `limit` stored calls through `policy` and compare with what was decided then. Raises StoreError."""
    store = await SqlStore.open(settings.database_url)
    parts = Parts(settings, SystemClock(), None, policy=policy)
    try:
        changes: list[Change] = []
        for call in await store.calls(limit):
            rows = [orjson.loads(event.body) for event in await store.events_of_call(call.call_id)]
            changes += compare(call.call_id, _alerts_then(rows), alerts_now(rows, parts))
        return changes
    finally:
        await store.close()


def compare(call_id: str, before: Iterable[Row], after: Iterable[Row]) -> list[Change]:
    """Pair the alerts of one call by category, in the order of time."""
    waiting = list(before)
    changes: list[Change] = []
    for alert in after:
        match = next((old for old in waiting if old["category"] == alert["category"]), None)
        if match is not None:
            waiting.remove(match)
        changes.append(_change(call_id, match, alert))
    return changes + [_change(call_id, old, None) for old in waiting]


def _change(call_id: str, before: Row | None, after: Row | None) -> Change:
    known = after or before
    assert known is not None, "one of the two is there"
    before_s = before["at_s"] if before else None
    after_s = after["at_s"] if after else None
    if before_s is None or after_s is None:
        fate = Fate.COMES if before is None else Fate.GOES
    else:
        fate = Fate.STAYS if before_s == after_s else Fate.MOVES
    return Change(
        call_id=call_id,
        fate=fate,
        category=known["category"],
        because=known["because"],
        before_s=before_s,
        after_s=after_s,
        segment=known.get("segment", -1),
    )


def _alerts_then(rows: Iterable[Row]) -> list[Row]:
    """Alerts that the score raised; what people asked for does not depend on a policy."""
    return [
        row for row in rows if row["type"] == "decision" and row["kind"] == "alert" and row["segment"] >= 0 and row["tier"] == 1
    ]


def alerts_now(rows: Iterable[Row], parts: Parts) -> list[Row]:
    """Return the first-tier alerts that the score raises under the policy of `parts`."""
    return [
        {
            "category": event.category,
            "because": event.because,
            "at_s": round(event.at_sample / RATE_HZ, 3),
            "segment": event.segment,
        }
        for event in decide_again(rows, parts)
        if isinstance(event, Decision) and event.kind is DecisionKind.ALERT and event.tier == 1 and event.segment >= 0
    ]


def decide_again(rows: Iterable[Row], parts: Parts) -> list[Event]:
    """Return what the policy and the scorer of `parts` say of a stored call: its words and acts, gone through again."""
    rows, events = list(rows), list[Event]()
    if rows:
        first = next((row for row in rows if row["type"] == "call_started"), rows[0])
        started = replace(
            parts.started(rows[0]["call_id"], "rescore", [Role.CALLER, Role.AGENT]),
            agent=first.get("agent", ""),
            language=first.get("language", parts.settings.taps.language),
        )
        go_through(rows, parts.path(started, events.append))
    return events
