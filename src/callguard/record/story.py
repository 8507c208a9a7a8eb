"""The story of one stored call, from its events: pure."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal

from callguard.archive import Act, CallStory, Correction, RecordingFacts, StoryAlert, StoryLine, StoryMark
from callguard.events import CallRecord
from callguard.incidents import CallComment
from callguard.terms import CallState, Category, Role

SHORTEST_GAP_S = 0.5
"""A lost packet is not worth a mark."""
LEAST_SCORE = 0.05
RANK = {state: place for place, state in enumerate(CallState)}
"""By how bad a call got; care stands above all, because somebody must be looked after."""
Row = Mapping[str, Any]


def tell(
    record: CallRecord,
    rows: Sequence[Row],
    *,
    agent_name: str,
    team: str,
    thresholds: Mapping[Category, float],
    recording: RecordingFacts,
    corrections: Iterable[Correction],
    comments: Iterable[CallComment],
) -> CallStory:
    """Return the story; `rows` are the call's events in order (`wire`), without those of running speech or with them."""
    lines, alerts = _Lines(), _Alerts()
    marks: list[StoryMark] = []
    joins: dict[str, tuple[float, Row]] = {}
    described: Row = {}
    worst, end_s = CallState.QUIET, 0.0
    for row in rows:
        end_s = max(end_s, row.get("end_s", 0.0), row.get("at_s", 0.0))
        lines.take(row)
        alerts.take(row)
        marks += _marks(row, joins)
        if row["type"] == "state":
            worst = max(worst, CallState(row["state"]), key=RANK.__getitem__)
        elif row["type"] in {"call_started", "call_described"}:
            described = row
    marks += [_join(since_s, end_s, row) for since_s, row in joins.values()]
    return CallStory(
        call_id=record.call_id,
        agent=record.agent,
        agent_name=agent_name,
        team=team,
        line=record.line,
        tap=record.tap,
        language=described.get("language", ""),
        started_at=record.started_at,
        ended_at=record.ended_at,
        duration_s=round(max(recording.duration_s, end_s), 3),
        end_reason=record.end_reason,
        state=record.state,
        worst_state=worst,
        peak_severity=record.peak_severity,
        policies=tuple(dict.fromkeys(row["policy"] for row in rows if row["type"] == "decision")),
        thresholds=thresholds,
        recording=recording,
        lines=lines.told(corrections),
        alerts=alerts.told(lines),
        marks=tuple(sorted(marks, key=lambda mark: mark.start_s)),
        comments=tuple(comments),
    )


def settled_as(row: Row) -> Literal["confirmed", "unproven", "withdrawn"]:
    """Return what became of a provisional decision."""
    if not row["confirmed"]:
        return "withdrawn"
    return "unproven" if row.get("unproven") else "confirmed"


class _Lines:
    def __init__(self) -> None:
        self.said: dict[tuple[str, int], Row] = {}
        self._scores: dict[tuple[str, int], Row] = {}

    def take(self, row: Row) -> None:
        if row["type"] in ("transcript", "score") and row["final"]:
            into = self.said if row["type"] == "transcript" else self._scores
            into[row["channel"], row["segment"]] = row

    def told(self, corrections: Iterable[Correction]) -> tuple[StoryLine, ...]:
        corrected = {(one.channel.value, one.segment): one for one in corrections}
        lines = [self._line(key, row, corrected.get(key)) for key, row in self.said.items() if row["text"]]
        return tuple(sorted(lines, key=lambda line: (line.start_s, line.channel)))

    def _line(self, key: tuple[str, int], row: Row, correction: Correction | None) -> StoryLine:
        score = self._scores.get(key) if row["channel"] != Role.AGENT.value else None
        return StoryLine(
            channel=Role(row["channel"]),
            segment=row["segment"],
            start_s=row["start_s"],
            end_s=row["end_s"],
            heard=row["text"],
            text=correction.text if correction else row["text"],
            corrected_by=correction.by if correction else "",
            corrected_at=correction.at if correction else None,
            is_reliable=row["reliable"],
            unreliable_because=row["unreliable_because"],
            labels=tuple(Category(label) for label in score["labels"]) if score else (),
            severity=score["severity"] if score else 0,
            spans=tuple(score["spans"]) if score else (),
            scores={Category(name): p for name, p in score["scores"].items() if p >= LEAST_SCORE} if score else {},
        )


@dataclass(slots=True)
class _Alert:
    row: Row
    settled: Literal["", "provisional", "confirmed", "unproven", "withdrawn"]
    raised_again: list[datetime] = field(default_factory=list)
    seen_s: float | None = None
    help_s: float | None = None
    acts: list[Act] = field(default_factory=list)


class _Alerts:
    def __init__(self) -> None:
        self._alerts: dict[str, _Alert] = {}
        self._first: dict[str, str] = {}
        """Id of the alert itself, by id of what raised it again."""

    def take(self, row: Row) -> None:
        at = datetime.fromisoformat(row["at"])
        match row["type"]:
            case "decision" if row["kind"] == "alert" and row.get("repeats"):
                self._first[row["decision_id"]] = row["repeats"]
                if (alert := self._alerts.get(row["repeats"])) is not None:
                    alert.raised_again.append(at)
            case "decision" if row["kind"] == "alert":
                self._alerts[row["decision_id"]] = _Alert(row, "provisional" if row["provisional"] else "")
            case "decision_settled" if (alert := self._of(row)) is not None:
                alert.settled = settled_as(row)
            case "alert_answered":
                self._answered(row, at)
            case "threat_decided" if (alert := self._of(row)) is not None:
                detail = " · ".join(filter(None, (", ".join(row["measures"]), row["note"])))
                alert.acts.append(Act(what="threat_decided", by=row["by"], at=at, detail=detail))
            case "shown" if (alert := self._of(row)) is not None and all(
                act.by != row["by"] or act.what != "shown" for act in alert.acts
            ):
                alert.acts.append(Act(what="shown", by=row["by"], at=at, detail=""))
            case "staff_join" if row["phase"] == "joined":
                self._helped(at)

    def told(self, lines: _Lines) -> tuple[StoryAlert, ...]:
        return tuple(self._told(alert, lines) for alert in self._alerts.values())

    def _told(self, alert: _Alert, lines: _Lines) -> StoryAlert:
        row = alert.row
        said = next((line for key, line in lines.said.items() if key[1] == row["segment"] and key[0] != Role.AGENT.value), None)
        same = ("decision_id", "at", "at_s", "category", "severity", "state", "because", "text", "segment", "policy")
        return StoryAlert(
            **{name: row[name] for name in same},
            heard_s=said["start_s"] if said is not None and row["segment"] >= 0 else row["at_s"],
            is_urgent=row["urgent"],
            is_reliable=row["reliable"],
            settled=alert.settled,
            raised_again=tuple(alert.raised_again),
            seen_s=alert.seen_s,
            help_s=alert.help_s,
            acts=tuple(alert.acts),
        )

    def _of(self, row: Row) -> _Alert | None:
        named: str = row["decision_id"]
        return self._alerts.get(self._first.get(named, named))

    def _answered(self, row: Row, at: datetime) -> None:
        meant = self._of(row)
        if meant is not None:
            detail = row.get("to") or row.get("reason") or ""
            meant.acts.append(Act(what=row["answer"], by=row["by"], at=at, detail=detail))
            if row["answer"] in ("acknowledged", "claimed") and meant.seen_s is None:
                meant.seen_s = self._waited(meant, at)
        if row["answer"] == "claimed":  # whoever claims one has the call
            self._helped(at)

    def _helped(self, at: datetime) -> None:
        for alert in self._alerts.values():
            waited = self._waited(alert, at)
            alert.seen_s = waited if alert.seen_s is None else alert.seen_s
            alert.help_s = waited if alert.help_s is None else alert.help_s

    @staticmethod
    def _waited(alert: _Alert, at: datetime) -> float:
        return round(max((at - datetime.fromisoformat(alert.row["at"])).total_seconds(), 0.0), 3)


def _marks(row: Row, joins: dict[str, tuple[float, Row]]) -> Iterable[StoryMark]:
    """Return what one event marks; `joins` are those that go on, changed in place."""
    match row["type"]:
        case "gap" if row["end_s"] - row["start_s"] >= SHORTEST_GAP_S:
            yield StoryMark(kind="gap", start_s=row["start_s"], end_s=row["end_s"], by="", what=row["because"])
        case "transcript_lost":
            yield StoryMark(kind="lost", start_s=row["start_s"], end_s=row["end_s"], by="", what=row["because"])
        case "card_answered" if row["answer"] != "not_now":
            yield _at(row, "card", row["tactic"])
        case "help_asked":
            yield _at(row, "panic" if row["panic"] else "help", "")
        case "tactic_requested":
            yield _at(row, "request", row["tactic"])
        case "warning_given":
            yield _at(row, "warning", "")
        case "state":
            yield _at(row, "state", row["state"])
        case "guard":
            yield _at(row, "guard", row["guard"])
        case "staff_join":
            if (going_on := joins.pop(row["join_id"], None)) is not None:
                yield _join(going_on[0], row["at_s"], going_on[1])
            if row["phase"] in ("joined", "changed", "handed_over"):
                joins[row["join_id"]] = (row["at_s"], row)


def _at(row: Row, kind: Literal["card", "help", "panic", "request", "warning", "state", "guard"], what: str) -> StoryMark:
    return StoryMark(kind=kind, start_s=row["at_s"], end_s=row["at_s"], by=row.get("by", ""), what=what)


def _join(start_s: float, end_s: float, row: Row) -> StoryMark:
    return StoryMark(kind="join", start_s=start_s, end_s=max(start_s, end_s), by=row["name"] or row["by"], what=row["mode"])
