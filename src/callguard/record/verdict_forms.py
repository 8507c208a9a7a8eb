"""What a verdict must say, given what callguard said of the call: pure."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from callguard.errors import InputError, NotFoundError
from callguard.reviewing import About, Judgement, NewVerdict, Verdict, severity_of
from callguard.terms import Category, Role

ALLOWED: Mapping[About, frozenset[Judgement]] = {
    About.ALERT: frozenset({Judgement.RIGHT, Judgement.WRONG, Judgement.TOO_LATE}),
    About.WORDS: frozenset({Judgement.RIGHT, Judgement.WRONG}),
    About.MISSED: frozenset({Judgement.MISSED}),
}
STANDS = frozenset({Judgement.RIGHT, Judgement.TOO_LATE})
AFTERWARDS_S = 3.0
"""A reviewer marks a miss when they have heard it: the utterance that ended so long ago is meant."""
Row = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class CallFacts:
    """What callguard said of one call."""

    call_id: str
    spoken: Mapping[int, tuple[float, float]]
    """Start and end of each final utterance of the caller, by segment."""
    labels: Mapping[int, tuple[Category, ...]]
    scores: Mapping[int, Mapping[str, float]]
    alerts: Mapping[str, Row]
    """First-tier alerts by decision id."""
    withdrawn: frozenset[str]

    @property
    def alerts_to_judge(self) -> tuple[str, ...]:
        """Alerts that the score raised and that were not withdrawn."""
        return tuple(name for name, row in self.alerts.items() if row["segment"] >= 0 and name not in self.withdrawn)

    def at(self, moment_s: float) -> int:
        """Return the segment of the caller's utterance at or just before a moment; -1 if there is none."""
        near = [(start, place) for place, (start, end) in self.spoken.items() if start <= moment_s <= end + AFTERWARDS_S]
        return max(near)[1] if near else -1


def facts_of(call_id: str, rows: Iterable[Row]) -> CallFacts:
    """Read the events of a call (`wire`)."""
    spoken: dict[int, tuple[float, float]] = {}
    labels: dict[int, tuple[Category, ...]] = {}
    scores: dict[int, Mapping[str, float]] = {}
    alerts: dict[str, Row] = {}
    withdrawn = set()
    for row in rows:
        match row["type"]:
            case "transcript" if row["final"] and row["text"] and row["channel"] != Role.AGENT.value:
                spoken[row["segment"]] = (row["start_s"], row["end_s"])
            case "score" if row["final"]:
                labels[row["segment"]] = tuple(Category(one) for one in row["labels"])
                scores[row["segment"]] = row["scores"]
            case "decision" if row["kind"] == "alert" and not row["repeats"]:
                alerts[row["decision_id"]] = row
            case "decision_settled" if not row["confirmed"]:
                withdrawn.add(row["decision_id"])
    return CallFacts(call_id, spoken, labels, scores, alerts, frozenset(withdrawn))


def filled(new: NewVerdict, facts: CallFacts, *, by: str, at: datetime, policy: str) -> Verdict:
    """Return the verdict with what it is about. Raises InputError, NotFoundError for something that is not in the call."""
    if new.judgement not in ALLOWED[new.about]:
        allowed = ", ".join(sorted(ALLOWED[new.about]))
        raise InputError(f"«{new.judgement}» cannot be said of {new.about}; expected one of {allowed}")
    subject, segment, at_s, was, decided_by = _what(new, facts)
    if new.about is About.MISSED and not new.categories:
        raise InputError("a miss needs what was missed; send at least one category")
    categories = was if new.judgement in STANDS else tuple(dict.fromkeys(new.categories))
    severity = severity_of(categories) if new.severity is None else new.severity
    if new.judgement in STANDS and severity != severity_of(was):
        raise InputError(
            f"«{new.judgement}» with severity {severity} says two things: callguard's is {severity_of(was)}; "
            "send «wrong» with the categories and the right severity"
        )
    says_the_same = set(categories) == set(was) and severity == severity_of(was)
    if new.about is not About.ALERT and new.judgement is Judgement.WRONG and says_the_same:
        raise InputError("«wrong» says the same as callguard did; send what it should have been, or «right»")
    return Verdict(
        verdict_id=0,
        call_id=facts.call_id,
        by=by,
        at=at,
        about=new.about,
        subject=subject,
        segment=segment,
        at_s=at_s,
        judgement=new.judgement,
        was=was,
        categories=categories,
        severity=severity,
        note=new.note.strip(),
        policy=decided_by or policy,
        is_settling=False,
        is_taken_back=False,
    )


def _what(new: NewVerdict, facts: CallFacts) -> tuple[str, int, float, tuple[Category, ...], str]:
    """Return subject, segment, moment, what callguard said and under which policy."""
    policy = next((str(row["policy"]) for row in facts.alerts.values()), "")
    if new.about is About.ALERT:
        alert = facts.alerts.get(new.subject)
        if alert is None:
            raise NotFoundError("the call has no such alert; send the decision id of one of its story")
        said = (Category(alert["category"]),) if alert["category"] in set(Category) else ()
        was = tuple(dict.fromkeys((*said, *facts.labels.get(alert["segment"], ()))))
        return new.subject, alert["segment"], alert["at_s"], was, alert["policy"]
    if new.about is About.WORDS:
        if new.segment not in facts.spoken:
            raise NotFoundError("the caller said no such utterance; send the segment of one of their lines")
        return f"words:{new.segment}", new.segment, facts.spoken[new.segment][0], facts.labels.get(new.segment, ()), policy
    segment = facts.at(new.at_s)
    return f"missed:{round(new.at_s * 10)}", segment, new.at_s, facts.labels.get(segment, ()), policy
