"""What a run of events means for the list of calls: pure, so that it can be tested without a database."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from callguard.terms import CallState

Json = Mapping[str, Any]


@dataclass(slots=True)
class CallChange:
    """What several events in a row do to one call's row."""

    agent: str
    at: datetime
    """Of the first of the events: the start of a call whose own start was never stored."""
    values: dict[str, Any] = field(default_factory=dict)
    peak_severity: int = 0
    repeated_demands: int = 0
    alerts: int = 0
    withdrawn: list[str] = field(default_factory=list)
    """Decisions that were taken back; whether one was an alert, only its own event says."""

    @property
    def is_empty(self) -> bool:
        """Whether the row stays as it is."""
        return not (self.values or self.peak_severity or self.repeated_demands or self.alerts or self.withdrawn)


def fold(bodies: Iterable[tuple[str, str, Json]]) -> dict[str, CallChange]:
    """Return the change of each call from (call_id, agent, event as JSON), in order of the events.

    Raises KeyError or ValueError for an event that lacks what its type promises.
    """
    changes: dict[str, CallChange] = {}
    for call_id, agent, body in bodies:
        change = changes.setdefault(call_id, CallChange(agent=agent, at=datetime.fromisoformat(body["at"])))
        _apply(change, body)
    return {call_id: change for call_id, change in changes.items() if not change.is_empty}


def _apply(change: CallChange, body: Json) -> None:
    match body["type"]:
        case "call_started":
            started = {"started_at": datetime.fromisoformat(body["started_at"]), "ended_at": None, "end_reason": ""}
            change.values |= started | {name: body[name] for name in ("tap", "agent", "line", "caller")}
        case "call_ended":
            change.values |= {"ended_at": datetime.fromisoformat(body["ended_at"]), "end_reason": body["reason"]}
        case "agent_assigned":
            change.values["agent"] = body["agent"]
        case "call_described":
            change.values |= {name: body[name] for name in ("line", "caller")}
        case "state":
            change.values["state"] = body["state"]
        case "risk":
            change.peak_severity = max(change.peak_severity, body["peak_severity"])
            change.repeated_demands = max(change.repeated_demands, body.get("repeated_demands", 0))
        case "decision" if body["kind"] == "alert":
            change.alerts += 1
        case "decision_settled" if not body["confirmed"]:
            change.withdrawn.append(body["decision_id"])


def new_row(call_id: str, change: CallChange) -> dict[str, Any]:
    """Return the first row of a call."""
    empty = {"tap": "", "agent": change.agent, "line": "", "caller": ""}
    times = {"started_at": change.at, "ended_at": None, "end_reason": ""}
    counts = {"state": CallState.QUIET.value, "peak_severity": change.peak_severity, "alerts": change.alerts}
    counts |= {"repeated_demands": change.repeated_demands}
    return {"call_id": call_id} | empty | times | counts | change.values
