"""An incident's facts, drafted from stored events: pure, so that the same events always give the same facts."""

import math
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, Literal

from callguard.incidents import AlertLife, Answer, CallAct, ChecklistAnswer, Facts, Person, Said, Utterance
from callguard.record.fact_words import in_english, say
from callguard.record.story import settled_as
from callguard.terms import SEVERITY, Category, Tactic

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
        "call_described",
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
    described = next((row for row in reversed(rows) if row["type"] == "call_described"), started)
    ended = next((row for row in reversed(rows) if row["type"] == "call_ended"), None)
    began_at = _moment(started.get("started_at") or started["at"])
    agents = _agents(rows, marks)
    said = [row for row in rows if row["type"] == "transcript" and row["final"]]
    words = _words(rows)
    alerts = _alerts(rows, began_at)
    acts = _acts(rows)
    standing = [alert for alert in alerts if alert.settled != "withdrawn"]
    was_hung_up = any(act.tactic == Tactic.HANG_UP for act in acts)
    categories = _categories(words, standing)
    centres = [(word.start_s, word.end_s) for word in words] + [(alert.at_s, alert.at_s) for alert in standing]
    centres += [(act.at_s, act.at_s) for act in (*acts, *marks)]
    gaps, ending = _gaps(rows), _ending(ended, was_hung_up=was_hung_up)
    reasons = {"alert": bool(standing), "hung_up": was_hung_up, "marked": bool(marks)}
    return Facts(
        call_id=rows[0]["call_id"],
        line=described.get("line", ""),
        tap=started.get("tap", ""),
        language=described.get("language", ""),
        began_at=began_at,
        ended_at=None if ended is None else _moment(ended["ended_at"]),
        agent=agents[0] if agents else "",
        caller=described.get("caller", ""),
        people=_people(rows, agents, described.get("caller", "")),
        categories=categories,
        severity=max((*(word.severity for word in words), *(alert.severity for alert in standing)), default=0),
        words=words,
        excerpt=tuple(_line(row) for row in said if _is_near(row, centres)),
        acts=(*acts, *marks),
        warnings=_warnings(rows, acts),
        alerts=alerts,
        gaps=tuple(in_english(gap) for gap in gaps),
        gaps_said=gaps,
        how_it_ended=in_english(ending),
        ending_said=ending,
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
    settled: Literal["", "confirmed", "unproven", "withdrawn", "provisional"] = "provisional" if decision["provisional"] else ""
    for row in own:
        if row["type"] == "decision_settled":
            settled = settled_as(row)

    def answers(kind: str, what: str) -> tuple[Answer, ...]:
        return tuple(_answer(row, began_at, _answered(row, what)) for row in own if row["type"] == kind)

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
        answers=answers("alert_answered", "acknowledged") or _claimed(decision, rows, began_at),
    )


def _claimed(decision: Row, rows: Sequence[Row], began_at: datetime) -> tuple[Answer, ...]:
    """Return who took the call by claiming another of its alerts: a claim answers every open one."""
    claims = (
        row for row in rows if row["type"] == "alert_answered" and row["answer"] == "claimed" and row["at"] >= decision["at"]
    )
    return tuple(_answer(row, began_at, say("claimed_call")) for row in claims)[:1]


def _answer(row: Row, began_at: datetime, said: Said) -> Answer:
    return Answer(at_s=_since(row["at"], began_at), by=row["by"], what=in_english(said), said=said)


def _answered(row: Row, what: str) -> Said:
    match row.get("answer", what):
        case "handed_over":
            return say("handed_over", to=row["to"])
        case "declined":
            return say("declined", reason=row["reason"]) if row["reason"] else say("declined_plainly")
        case other:
            return say(str(other))


def _acts(rows: Iterable[Row]) -> tuple[CallAct, ...]:
    """Return what people did; a card that was waved away is nobody's business but the card's."""
    acts = []
    for row in rows:
        kind = row["type"]
        if kind in TOLD_APART or kind.startswith(CHECKLIST) or "by" not in row or row.get("answer") == "not_now":
            continue
        tactic = row.get("tactic", "")
        said = _said(row)
        what = _sentence(row) if said is None else in_english(said)
        acts.append(CallAct(at_s=row.get("at_s", 0.0), by=row["by"], what=what, kind=_kind(row), tactic=tactic, said=said))
    return tuple(acts)


def _warnings(rows: Iterable[Row], acts: Iterable[CallAct]) -> tuple[CallAct, ...]:
    """Return when the caller was given the chance to stop, by a card or in the agent's own words."""
    given = tuple(_warning(row) for row in rows if row["type"] == "warning_given")
    return given or tuple(act for act in acts if act.tactic in WARNINGS)


def _warning(row: Row) -> CallAct:
    said = say("warned_card" if row["by"] else "warned_words")
    return CallAct(at_s=row["at_s"], by=row["by"] or "agent", what=in_english(said), kind="warning", said=said)


def _kind(row: Row) -> str:
    named = {"card_answered": "card", "tactic_requested": "request", "threat_decided": "decision"}
    if row["type"] == "help_asked":
        return "panic" if row["panic"] else "help"
    return named.get(row["type"], str(row["type"]))


def _said(row: Row) -> Said | None:
    """Return what somebody did by its key; None for a type of event that is new."""
    match row["type"]:
        case "card_answered":
            return say("card_used" if row["answer"] == "used" else "card_helped", tactic=row["tactic"])
        case "help_asked":
            return say("panic" if row["panic"] else "help")
        case "tactic_requested":
            return say("request", tactic=row["tactic"])
        case "threat_decided":
            measures = ",".join(row["measures"])
            return say("decided_note", measures=measures, note=row["note"]) if row["note"] else say("decided", measures=measures)
        case "staff_join":
            return _joined(row)
        case _:
            return None


def _joined(row: Row) -> Said:
    match row["phase"]:
        case "left":
            return say("join_left")
        case "failed":
            return say("join_failed", mode=row["mode"], because=row["because"])
        case other:
            return say(f"join_{other}", mode=row["mode"])


def _sentence(row: Row) -> str:
    """Return what is known of an act of a type that is new."""
    words = [f"{name}: {row[name]}" for name in ("decision", "measure", "mode", "what", "text", "reason") if row.get(name)]
    return f"{str(row['type']).replace('_', ' ').capitalize()}{' (' + ', '.join(words) + ')' if words else ''}."


def _agents(rows: Sequence[Row], marks: Sequence[CallAct]) -> tuple[str, ...]:
    """Return everybody who had the call; first the one whom the record is about.

    That is who had it when the caller went furthest, the last time that they did; else who asked for the record or for help, else
    who had it last. Who was named only later had it from the beginning.
    """
    had: list[str] = []
    worst: tuple[int, int] = (-1, 0)
    for row in rows:
        if row["type"] in {"call_started", "agent_assigned"} and row.get("agent"):
            had.append(row["agent"])
        elif row["type"] == "score" and row["final"] and row["labels"]:
            worst = max(worst, (row["severity"], max(len(had) - 1, 0)))
    if not had:
        return ()
    asked = [mark.by for mark in marks] + [row["by"] for row in rows if row["type"] == "help_asked"]
    about = had[worst[1]] if worst[0] >= 0 else next((by for by in asked if by in had), had[-1])
    return tuple(dict.fromkeys([about, *had]))


def _people(rows: Sequence[Row], agents: Sequence[str], caller: str) -> tuple[Person, ...]:
    people = [Person(role="caller", name=caller), *(Person(role="agent", name=agent) for agent in agents)]
    no_acts = {"agent_assigned", "call_described", "shown"}
    others = {row["by"] for row in rows if row["type"] not in no_acts and row.get("by")} - {*agents, "heard"}
    return (*people, *(Person(role="senior", name=name) for name in sorted(others)))


def _gaps(rows: Sequence[Row]) -> tuple[Said, ...]:
    found = [
        say("gap", begin=clock_of(row["start_s"]), end=clock_of(row["end_s"]), speaker=row["channel"], gap=row["because"])
        for row in rows
        if row["type"] in ("gap", "transcript_lost")
    ]
    found += [
        say("guard", begin=clock_of(row["at_s"]), guard=row["guard"], because=row["because"])
        for row in rows
        if row["type"] == "guard" and row["guard"] in ("degraded", "not_guarded")
    ]
    return tuple(found)


def _ending(ended: Row | None, *, was_hung_up: bool) -> Said:
    if ended is None:
        return say("ended_unseen")
    at = clock_of(ended["at_s"])
    if was_hung_up:
        return say("ended_by_staff", at=at)
    if ended["detail"]:
        return say(f"ended_{ended['reason']}_detail", at=at, detail=ended["detail"])
    return say(f"ended_{ended['reason']}", at=at)


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
