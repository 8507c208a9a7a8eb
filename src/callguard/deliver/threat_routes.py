"""Alerts in depth: what they rest on, who has them, what is decided about a threat, and the checklist."""

import asyncio
from collections.abc import Iterable, Mapping
from typing import Annotated, Any

import orjson
from fastapi import APIRouter, Path
from pydantic import BaseModel, Field
from starlette.responses import Response

from callguard.deliver.access import CallReader, OnCalls, Reviewer, SeniorStaff, check_call, check_is_call, read_call
from callguard.deliver.services import Parts, Services, as_response
from callguard.errors import InputError, NotFoundError
from callguard.human_acts import AlertAnswer, Measure
from callguard.terms import StaffRole

router = APIRouter(prefix="/api", tags=["alerts"])

BEFORE_S = 30.0
"""What was said before an alert, as far as it is shown with it."""
HEARD_S = 10.0
"""What can be heard of it: the offending words and a little before."""
Row = Mapping[str, Any]
DecisionId = Annotated[str, Path(description="«<call_id>:<n>», as the alert carries it.")]


class HandedOver(BaseModel, frozen=True, extra="forbid"):
    """To whom an alert goes."""

    to: str = Field(min_length=1, max_length=256, description="Log-in name of a member of senior staff.")


class Declined(BaseModel, frozen=True, extra="forbid"):
    """Why somebody cannot take an alert."""

    reason: str = Field(min_length=1, max_length=1000)


class DecidedThreat(BaseModel, frozen=True, extra="forbid"):
    """What is done about a threat."""

    measures: tuple[Measure, ...] = Field(min_length=1, max_length=4)
    note: str = Field(default="", max_length=4000, description="The police's reference, who goes along, or why nothing is done.")


class WrittenField(BaseModel, frozen=True, extra="forbid"):
    """What somebody writes into the checklist."""

    value: str = Field(min_length=1, max_length=4000)


@router.get("/alerts/{decision_id:path}/evidence")
async def evidence(decision_id: DecisionId, user: Reviewer, parts: Parts) -> Response:
    """Return what an alert rests on: the exact words, how sure the scorer was, and the last 30 s of what was said.

    Who reads it is logged.
    """
    await read_call(_call_of(decision_id), user, parts, f"alert {decision_id}")
    call_id, alert, rows = await _alert(decision_id, parts)
    segment, at_s = alert["segment"], alert["at_s"]
    scores = [row for row in rows if row["type"] == "score" and row["segment"] == segment and row["channel"] != "agent"]
    score = scores[-1] if scores and segment >= 0 else None
    said = [row for row in rows if row["type"] == "transcript" and row["final"] and at_s - BEFORE_S <= row["end_s"] <= at_s + 1]
    shown = ("channel", "text", "start_s", "end_s", "reliable", "unreliable_because")
    return as_response(
        {
            "call_id": call_id,
            "decision_id": decision_id,
            "category": alert["category"],
            "severity": alert["severity"],
            "because": alert["because"],
            "text": score["text"] if score else "",
            "spans": score["spans"] if score else [],
            "confidence": score["scores"].get(alert["category"]) if score else None,
            "reliable": score["reliable"] if score else alert["reliable"],
            "scorer": score["scorer"] if score else "",
            "audio_s": {"start": max(at_s - HEARD_S, 0), "end": at_s + 0.5},
            "said": [{name: row[name] for name in shown} for row in said],
            "life": [row for row in rows if row.get("decision_id") == decision_id and row["type"] != "decision"],
        }
    )


@router.get("/alerts/{decision_id:path}/audio", response_class=Response, responses={200: {"content": {"audio/wav": {}}}})
async def audio(decision_id: DecisionId, user: Reviewer, parts: Parts) -> Response:
    """Return ten seconds that an alert rests on, both parties. Who listens is logged."""
    await check_call(_call_of(decision_id), user, parts)
    call_id, alert, _ = await _alert(decision_id, parts)
    start_s, end_s = max(alert["at_s"] - HEARD_S, 0), alert["at_s"] + 0.5
    await parts.replays.heard_piece(user, call_id, where=f"alert {decision_id}, {start_s:.1f} to {end_s:.1f} s")

    def cut() -> bytes:
        return parts.recordings.wav(call_id, start_s=start_s, end_s=end_s)

    return Response(await asyncio.get_running_loop().run_in_executor(parts.clerk, cut), media_type="audio/wav")


@router.post("/alerts/{decision_id:path}/hand-over")
async def hand_over(decision_id: DecisionId, user: SeniorStaff, handed: HandedOver, parts: Parts) -> Response:
    """Give an alert to a colleague, who has it from now on; everybody is told."""
    colleague = await parts.archive.user(handed.to)
    if colleague is None or colleague.role is not StaffRole.SENIOR or colleague.is_disabled:
        raise InputError("alerts are handed to senior staff only; name a colleague's log-in")
    return await _answer(decision_id, user, parts, AlertAnswer.HANDED_OVER, to=handed.to)


@router.post("/alerts/{decision_id:path}/decline")
async def decline(decision_id: DecisionId, user: SeniorStaff, declined: Declined, parts: Parts) -> Response:
    """Say that one cannot take an alert and why: it goes to the next tier at once."""
    return await _answer(decision_id, user, parts, AlertAnswer.DECLINED, reason=declined.reason)


@router.post("/alerts/{decision_id:path}/threat")
async def decide_threat(decision_id: DecisionId, user: SeniorStaff, decided: DecidedThreat, parts: Parts) -> Response:
    """Decide what is done about a threat: police, an escort home, other protection, or nothing, and why."""
    if Measure.NONE in decided.measures and (len(decided.measures) > 1 or not decided.note):
        raise InputError("«none» stands alone and needs a note that says why; take it out or write the reason")
    call_id = _call_of(decision_id)
    await check_is_call(call_id, parts)
    await parts.desk.threat(call_id, user, decision_id=decision_id, measures=decided.measures, note=decided.note)
    return as_response({})


@router.get("/calls/{call_id:path}/checklist")
async def checklist(call_id: str, user: CallReader, parts: Parts) -> Response:
    """Return the checklist of a threat against a place, as far as it is filled. Who reads somebody else's is logged."""
    await read_call(call_id, user, parts, "checklist")
    rows = await _rows(call_id, parts, ("call_started", "call_described", "checklist_filled"))
    described = next((row for row in reversed(rows) if row["type"] in {"call_started", "call_described"}), {})
    filled = [row for row in rows if row["type"] == "checklist_filled"]
    asked = {question.field: question.ask for question in parts.desk.questions(call_id, described.get("language", "en"))}
    # What was filled in stays in sight, whatever the policy has a place for now.
    asked |= {row["field"]: "" for row in filled if row["field"] not in asked}
    fields = [
        {"field": name, "ask": ask, "entries": _entries(row for row in filled if row["field"] == name)}
        for name, ask in asked.items()
    ]
    open_field = next((field["field"] for field in fields if field["ask"] and not field["entries"]), None)
    return as_response({"is_open": bool(filled), "next": open_field if filled else None, "fields": fields})


@router.put("/calls/{call_id:path}/checklist/{field}")
async def write_field(call_id: str, field: str, user: OnCalls, written: WrittenField, parts: Parts) -> Response:
    """Write a field of the checklist by hand: it stands, whatever is heard later."""
    await check_call(call_id, user, parts)
    await parts.desk.write_field(call_id, user, field=field, value=written.value)
    return as_response({})


def _entries(rows: Iterable[Row]) -> list[Row]:
    return [{"value": row["value"], "by": row["by"], "start_s": row["start_s"], "at": row["at"]} for row in rows]


async def _answer(
    decision_id: str, user: SeniorStaff, parts: Services, answer: AlertAnswer, *, to: str = "", reason: str = ""
) -> Response:
    call_id = _call_of(decision_id)
    await check_is_call(call_id, parts)
    await parts.desk.alert(call_id, user, decision_id=decision_id, answer=answer, to=to, reason=reason)
    return as_response({})


async def _alert(decision_id: str, parts: Services) -> tuple[str, Row, list[Row]]:
    call_id = _call_of(decision_id)
    rows = await _rows(call_id, parts, None)
    for row in rows:
        if row["type"] == "decision" and row["decision_id"] == decision_id and row["kind"] == "alert":
            return call_id, row, rows
    raise NotFoundError("the call has no alert with this id, or it is only just being stored; ask again in a moment")


async def _rows(call_id: str, parts: Services, types: tuple[str, ...] | None) -> list[Row]:
    return [orjson.loads(event.body) for event in await parts.archive.events_of_call(call_id, types=types)]


def _call_of(decision_id: str) -> str:
    return decision_id.rpartition(":")[0]  # «<call_id>:<n>»
