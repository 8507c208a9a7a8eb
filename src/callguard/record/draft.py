"""An incident's facts, drafted from stored events: pure, so that the same events always give the same facts."""

import math
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, Literal

from callguard.cases import AlertLife, Answer, CallAct, ChecklistAnswer, Facts, Person, Utterance
from callguard.events import SEVERITY, Category, Tactic

Row = Mapping[str, Any]
"""An event in its public JSON form, with `at`."""

BEFORE_S = 30.0
AFTER_S = 15.0
"""How much of the conversation stands around words that counted."""
WARNINGS = frozenset({Tactic.WARN.value, Tactic.CONFRONT.value})
CHECKLIST = "checklist"
"""Begins the types of events that fill in a checklist."""
HEARD = "heard"
"""Filled a field, where no person did."""
TOLD_APART = frozenset(
    {
        "call_started",
        "call_ended",
        "gap",
        "key_pressed",
        "transcript",
        "transcript_lost",
        "score",
        "risk",
        "state",
        "decision",
        "decision_settled",
        "shown",
        "alert_answered",
        "agent_assigned",
        "guard",
        "caller_known",
        "warning_given",
        "prompts_switched",
    }
)
"""Types that are no acts of people during the call, or that have a place of their own in the record."""


def draft_facts(rows: Sequence[Row], *, marks: Sequence[CallAct] = (), questions: Iterable[tuple[str, str]] = ()) -> Facts:
    """Return what stored events say about one call.

    `marks` are people who asked for a record; `questions` are the fields of the policy's checklist; `rows` is not empty.
    """
    started = next((row for row in rows if row["type"] == "call_started"), rows[0])
    ended = next((row for row in reversed(rows) if row["type"] == "call_ended"), None)
    began_at = _moment(started.get("started_at") or started["at"])
    agent = next((row["agent"] for row in reversed(rows) if row["type"] == "agent_assigned"), started.get("agent", ""))
    said = [row for row in rows if row["type"] == "transcript" and row["final"]]
    words = _words(rows)
    alerts = _alerts(rows, began_at)
    acts = _acts(rows)
    standing = [alert for alert in alerts if alert.settled != "withdrawn"]
    was_hung_up = any(act.tactic == Tactic.HANG_UP for act in acts)
    categories = _categories(words, standing)
    centres = [(word.start_s, word.end_s) for word in words] + [(alert.at_s, alert.at_s) for alert in standing]
    centres += [(act.at_s, act.at_s) for act in (*acts, *marks)]
    reasons = {"alert": bool(standing), "hung_up": was_hung_up, "marked": bool(marks)}
    return Facts(
        call_id=rows[0]["call_id"],
        line=started.get("line", ""),
        tap=started.get("tap", ""),
        language=started.get("language", ""),
        began_at=began_at,
        ended_at=None if ended is None else _moment(ended["ended_at"]),
        agent=agent,
        caller=started.get("caller", ""),
        people=_people(rows, agent, started.get("caller", "")),
        categories=categories,
        severity=max((*(word.severity for word in words), *(alert.severity for alert in standing)), default=0),
        words=words,
        excerpt=tuple(_line(row) for row in said if _is_near(row, centres)),
        acts=(*acts, *marks),
        warnings=_warnings(rows, acts),
        alerts=alerts,
        gaps=_gaps(rows),
        how_it_ended=_ending(ended, was_hung_up=was_hung_up),
        was_hung_up=was_hung_up,
        policy=next((row["policy"] for row in reversed(rows) if row["type"] == "decision"), ""),
        scorer=next((row["scorer"] for row in reversed(rows) if row["type"] == "score"), ""),
        checklist=_checklist(rows, questions, is_open=Category.THREAT_GENERAL in categories),
        about_care=Category.SELF_HARM in categories,
        reasons=tuple(reason for reason, holds in reasons.items() if holds),
    )


def _words(rows: Sequence[Row]) -> tuple[Utterance, ...]:
    """Return the caller's words that counted: last readings, and running speech that never got one because the call dropped."""
    transcripts = {(row["channel"], row["segment"], row["final"]): row for row in rows if row["type"] == "transcript"}
    scores: dict[tuple[str, int], Row] = {}
    for row in rows:
        place = (row.get("channel", ""), row.get("segment", -1))
        if row["type"] == "score" and (row["final"] or not scores.get(place, {"final": False})["final"]):
            scores[place] = row
    found = []
    for (channel, segment), score in scores.items():
        if not score["labels"]:
            continue
        heard = transcripts.get((channel, segment, score["final"]), {})
        found.append(
            Utterance(
                start_s=score["start_s"],
                end_s=score["end_s"],
                speaker=channel,
                text=score["text"],
                confidence=_confidence(heard),
                is_reliable=score["reliable"] and score["final"],
                engine=heard.get("engine", ""),
                labels=tuple(score["labels"]),
                severity=score["severity"],
            )
        )
    return tuple(sorted(found, key=lambda word: (word.start_s, word.end_s)))


def _line(row: Row) -> Utterance:
    return Utterance(
        start_s=row["start_s"],
        end_s=row["end_s"],
        speaker=row["channel"],
        text=row["text"],
        confidence=_confidence(row),
        is_reliable=row["reliable"],
        engine=row["engine"],
    )


def _confidence(heard: Row) -> float | None:
    """Return the mean probability of a word; None where the engine gives none."""
    mean = heard.get("mean_log_probability", 0.0)
    return round(math.exp(mean), 2) if mean < 0 else None


def _is_near(row: Row, centres: Iterable[tuple[float, float]]) -> bool:
    return any(row["end_s"] >= begin - BEFORE_S and row["start_s"] <= end + AFTER_S for begin, end in centres)


def _categories(words: Iterable[Utterance], alerts: Iterable[AlertLife]) -> tuple[str, ...]:
    named = {label for word in words for label in word.labels}
    named |= {alert.category for alert in alerts if alert.category in set(Category)}
    return tuple(sorted(named, key=lambda name: (-SEVERITY[Category(name)], name)))


def _alerts(rows: Sequence[Row], began_at: datetime) -> tuple[AlertLife, ...]:
    return tuple(_alert(row, rows, began_at) for row in rows if row["type"] == "decision" and row["kind"] == "alert")


def _alert(decision: Row, rows: Sequence[Row], began_at: datetime) -> AlertLife:
    own = [row for row in rows if row.get("decision_id") == decision["decision_id"]]
    settled: Literal["", "confirmed", "withdrawn", "provisional"] = "provisional" if decision["provisional"] else ""
    for row in own:
        if row["type"] == "decision_settled":
            settled = "confirmed" if row["confirmed"] else "withdrawn"

    def answers(kind: str, what: str) -> tuple[Answer, ...]:
        return tuple(
            Answer(at_s=_since(row["at"], began_at), by=row["by"], what=_answered(row, what))
            for row in own
            if row["type"] == kind
        )

    return AlertLife(
        decision_id=decision["decision_id"],
        at_s=decision["at_s"],
        at=_moment(decision["at"]),
        category=decision["category"],
        severity=decision["severity"],
        words=decision["because"],
        told=decision["text"],
        tier=decision["tier"],
        is_urgent=decision["urgent"],
        settled=settled,
        seen=answers("shown", "seen"),
        answers=answers("alert_answered", "answered") or _claimed(decision, rows, began_at),
    )


def _claimed(decision: Row, rows: Sequence[Row], began_at: datetime) -> tuple[Answer, ...]:
    """Return who took the call by claiming another of its alerts: a claim answers every open one."""
    claims = (
        row for row in rows if row["type"] == "alert_answered" and row["answer"] == "claimed" and row["at"] >= decision["at"]
    )
    return tuple(Answer(at_s=_since(row["at"], began_at), by=row["by"], what="claimed the call") for row in claims)[:1]


def _answered(row: Row, what: str) -> str:
    told = str(row.get("answer", what)).replace("_", " ")
    return told + (f" to {row['to']}" if row.get("to") else "") + (f": {row['reason']}" if row.get("reason") else "")


def _acts(rows: Iterable[Row]) -> tuple[CallAct, ...]:
    """Return what people did; a card that was waved away is nobody's business but the card's."""
    acts = []
    for row in rows:
        kind = row["type"]
        if kind in TOLD_APART or kind.startswith(CHECKLIST) or "by" not in row or row.get("answer") == "not_now":
            continue
        tactic = row.get("tactic", "")
        acts.append(CallAct(at_s=row.get("at_s", 0.0), by=row["by"], what=_sentence(row), kind=_kind(row), tactic=tactic))
    return tuple(acts)


def _warnings(rows: Iterable[Row], acts: Iterable[CallAct]) -> tuple[CallAct, ...]:
    """Return when the caller was given the chance to stop, by a card or in the agent's own words."""
    told = {"": "Warned the caller in their own words."}
    given = tuple(
        CallAct(
            at_s=row["at_s"], by=row["by"] or "agent", what=told.get(row["by"], "Warned the caller with a card."), kind="warning"
        )
        for row in rows
        if row["type"] == "warning_given"
    )
    return given or tuple(act for act in acts if act.tactic in WARNINGS)


def _kind(row: Row) -> str:
    named = {"card_answered": "card", "tactic_requested": "request", "threat_decided": "decision"}
    if row["type"] == "help_asked":
        return "panic" if row["panic"] else "help"
    return named.get(row["type"], str(row["type"]))


def _sentence(row: Row) -> str:
    tactic = str(row.get("tactic", "")).replace("_", " ")
    match row["type"]:
        case "card_answered":
            return f"Used the card «{tactic}»." if row["answer"] == "used" else f"Said that the card «{tactic}» helped."
        case "help_asked":
            return "Pressed «panic»: feared for their safety." if row["panic"] else "Pressed «I need help»."
        case "tactic_requested":
            return f"Asked for «{tactic}»."
        case "threat_decided":
            note = f" ({row['note']})" if row["note"] else ""
            return f"Decided about the threat: {', '.join(row['measures']).replace('_', ' ')}{note}."
        case other:
            words = [
                f"{name}: {row[name]}" for name in ("decision", "measure", "mode", "what", "text", "reason") if row.get(name)
            ]
            return f"{str(other).replace('_', ' ').capitalize()}{' (' + ', '.join(words) + ')' if words else ''}."


def _people(rows: Sequence[Row], agent: str, caller: str) -> tuple[Person, ...]:
    people = [Person(role="caller", name=caller)]
    if agent:
        people.append(Person(role="agent", name=agent))
    others = {row["by"] for row in rows if row["type"] not in {"agent_assigned", "shown"} and row.get("by")} - {agent, "heard"}
    return (*people, *(Person(role="senior", name=name) for name in sorted(others)))


def _gaps(rows: Sequence[Row]) -> tuple[str, ...]:
    found = [
        f"{clock_of(row['start_s'])} to {clock_of(row['end_s'])}: audio of the {row['channel']} is missing ({row['because']})."
        for row in rows
        if row["type"] in ("gap", "transcript_lost")
    ]
    found += [
        f"From {clock_of(row['at_s'])} on: {row['guard'].replace('_', ' ')}. {row['because']}"
        for row in rows
        if row["type"] == "guard" and row["guard"] in ("degraded", "not_guarded")
    ]
    return tuple(found)


def _ending(ended: Row | None, *, was_hung_up: bool) -> str:
    if ended is None:
        return "The end of the call was not seen: the connection to the phone system went away."
    if was_hung_up:
        return f"A member of staff ended the call at {clock_of(ended['at_s'])}."
    told = {
        "closed": "The call ended in the ordinary way",
        "broken": "The connection broke off",
        "failed": "callguard stopped listening because of an error",
    }
    detail = f" ({ended['detail']})" if ended["detail"] else ""
    return f"{told.get(ended['reason'], 'The call ended')} at {clock_of(ended['at_s'])}{detail}."


def _checklist(rows: Iterable[Row], questions: Iterable[tuple[str, str]], *, is_open: bool) -> tuple[ChecklistAnswer, ...]:
    answers: dict[str, ChecklistAnswer] = {}
    asked = dict(questions)
    for row in rows:
        if not row["type"].startswith(CHECKLIST) or "field" not in row:
            continue
        text = next((str(row[name]) for name in ("value", "answer", "text", "words") if row.get(name)), "")
        if not text:
            continue
        heard = ChecklistAnswer(
            field=row["field"],
            question=asked.get(row["field"], ""),
            answer=text,
            at_s=row.get("start_s", row.get("at_s")),
            by=row.get("by") or HEARD,
        )
        answers[row["field"]] = _both(answers.get(row["field"]), heard)
    if not answers and not is_open:
        return ()
    fields = dict.fromkeys((*asked, *answers))
    return tuple(answers.get(name, ChecklistAnswer(field=name, question=asked.get(name, ""))) for name in fields)


def _both(known: ChecklistAnswer | None, new: ChecklistAnswer) -> ChecklistAnswer:
    """Return what stands in a field: a person's word before what was heard, and else everything that was heard, in order."""
    if known is None or new.by != HEARD:
        return new
    if known.by != HEARD or new.answer in known.answer.split("\n"):
        return known
    return known.model_copy(update={"answer": f"{known.answer}\n{new.answer}"})


def clock_of(seconds: float) -> str:
    """Return a place in the audio as people read it, such as «04:12.3»."""
    tenths = round(seconds * 10)
    hours, rest = divmod(tenths, 36_000)
    minutes, rest = divmod(rest, 600)
    shown = f"{minutes:02}:{rest // 10:02}.{rest % 10}"
    return f"{hours}:{shown}" if hours else shown


def _moment(text: str) -> datetime:
    return datetime.fromisoformat(text)


def _since(at: str, began_at: datetime) -> float:
    return round((_moment(at) - began_at) / timedelta(seconds=1), 3)
