"""Incident records: drafted by the product, completed and signed by people."""

from typing import Annotated, Any, Literal

from fastapi import APIRouter, Query
from pydantic import BaseModel, Field
from starlette.responses import Response

from callguard.deliver.access import Anybody, Keeper, OnCalls, check_call
from callguard.deliver.services import Parts
from callguard.documents import Paper
from callguard.incidents import ChainCheck, IncidentStatus, IncidentSummary, IncidentView, Statement, SupportOffer

router = APIRouter(prefix="/api", tags=["incidents"])

MOST_VERSIONS = 100_000
RECORD_FORMS: dict[int | str, dict[str, Any]] = {
    200: {"content": {"application/pdf": {}, "application/json": {}, "application/vcon": {}}}
}
LETTER_FORMS: dict[int | str, dict[str, Any]] = {200: {"content": {"text/plain": {}, "application/pdf": {}}}}


class Mark(BaseModel, frozen=True, extra="forbid"):
    """Why somebody wants a record of a call; nobody has to justify it."""

    why: str = Field(default="", max_length=2000)


class Remark(BaseModel, frozen=True, extra="forbid"):
    """A comment."""

    text: str = Field(min_length=1, max_length=10_000)


class Amendment(BaseModel, frozen=True, extra="forbid"):
    """A change of a signed record, and why."""

    reason: str = Field(min_length=1, max_length=2000)
    statement: Statement


class Hold(BaseModel, frozen=True, extra="forbid"):
    """Legal hold: nothing of the record or its call is deleted."""

    on: bool
    reason: str = Field(min_length=1, max_length=2000)


class Offer(BaseModel, frozen=True, extra="forbid"):
    """Help for the agent: confidential."""

    kind: str = Field(min_length=1, max_length=200, description="One of `support` in `GET /api/policy/choices`.")
    note: str = Field(default="", max_length=5000)


class OfferAnswer(BaseModel, frozen=True, extra="forbid"):
    """What the agent wants of it."""

    answer: Literal["accepted", "declined", "later"]


class Marked(BaseModel, frozen=True, extra="forbid"):
    """What became of a mark."""

    incident: IncidentSummary | None = Field(description="Null while the call is running: the record is drafted when it ends.")


Seen = Annotated[
    int,
    Query(
        ge=0,
        le=MOST_VERSIONS,
        description="The version that was read: 400 if somebody has changed meanwhile what this act is about. 0 does not ask.",
    ),
]


@router.post("/calls/{call_id:path}/incident")
async def mark_call(call_id: str, user: OnCalls, mark: Mark, parts: Parts) -> Marked:
    """Ask for an incident record of a call that one may read, at any score: what was said is in the record."""
    await check_call(call_id, user, parts)
    return Marked(incident=await parts.cases.incidents.mark(call_id, user, why=mark.why))


@router.get("/incidents")
async def list_incidents(
    user: Anybody,
    parts: Parts,
    status: Annotated[list[IncidentStatus] | None, Query(description="Repeat it to name several.")] = None,
    caller: Annotated[str | None, Query(description="Keyed hash of a caller.")] = None,
    limit: Annotated[int, Query(ge=1, le=1000)] = 200,
) -> list[IncidentSummary]:
    """List records, latest call first; agents see those of their own calls."""
    return await parts.cases.incidents.summaries(user, statuses=status, caller=caller, limit=limit)


@router.get("/incidents/of-call/{call_id:path}")
async def incident_of_call(call_id: str, user: Anybody, parts: Parts) -> IncidentView:
    """Return the record of a call."""
    return await parts.cases.incidents.of_call(call_id, user)


@router.get("/incidents/{incident_id}")
async def read_incident(
    incident_id: str,
    user: Anybody,
    parts: Parts,
    version: Annotated[int, Query(ge=0, le=MOST_VERSIONS, description="0 is the newest.")] = 0,
) -> IncidentView:
    """Return a record with its history and what this user may do with it."""
    return await parts.cases.incidents.view(incident_id, user, version=version)


@router.post("/incidents/{incident_id}/comments")
async def comment_incident(incident_id: str, user: Anybody, remark: Remark, parts: Parts) -> IncidentView:
    """Add a comment; agents do it on their own calls."""
    return await parts.cases.incidents.comment(incident_id, user, text=remark.text)


@router.post("/incidents/{incident_id}/complete")
async def complete_incident(incident_id: str, user: Keeper, statement: Statement, parts: Parts, seen: Seen = 0) -> IncidentView:
    """Write the people's part; possible until it is signed."""
    return await parts.cases.incidents.complete(incident_id, user, statement=statement, seen=seen)


@router.post("/incidents/{incident_id}/sign")
async def sign_incident(incident_id: str, user: Anybody, parts: Parts, seen: Seen = 0) -> IncidentView:
    """Sign a completed or amended record: for the role that the policy names."""
    return await parts.cases.incidents.sign(incident_id, user, seen=seen)


@router.post("/incidents/{incident_id}/amend")
async def amend_incident(incident_id: str, user: Keeper, amendment: Amendment, parts: Parts, seen: Seen = 0) -> IncidentView:
    """Change a signed record; the signed version stays."""
    statement, reason = amendment.statement, amendment.reason
    return await parts.cases.incidents.amend(incident_id, user, statement=statement, reason=reason, seen=seen)


@router.post("/incidents/{incident_id}/hold")
async def hold_incident(incident_id: str, user: Keeper, hold: Hold, parts: Parts) -> IncidentView:
    """Set or lift a legal hold."""
    return await parts.cases.incidents.hold(incident_id, user, is_on=hold.on, reason=hold.reason)


@router.get("/incidents/{incident_id}/verify")
async def verify_incident(incident_id: str, user: Anybody, parts: Parts) -> ChainCheck:
    """Say whether every version is as it was written."""
    return await parts.cases.incidents.verify(incident_id, user)


@router.get("/incidents/{incident_id}/support")
async def list_support(incident_id: str, user: Anybody, parts: Parts) -> list[SupportOffer]:
    """Return offers of help: to the agent their own, to others those that they made, to the manager's role all."""
    return await parts.cases.incidents.support(incident_id, user)


@router.post("/incidents/{incident_id}/support")
async def offer_support(incident_id: str, user: Keeper, offer: Offer, parts: Parts) -> SupportOffer:
    """Offer help to the agent; the record says that it was done, and not what."""
    return await parts.cases.incidents.offer_support(incident_id, user, kind=offer.kind, note=offer.note)


@router.post("/support/{support_id}/answer", status_code=204)
async def answer_support(support_id: str, user: Anybody, answer: OfferAnswer, parts: Parts) -> None:
    """Accept, decline or put off an offer: only the agent does."""
    await parts.cases.incidents.answer_support(support_id, user, answer=answer.answer)


@router.get("/incidents/{incident_id}/export.{form}", response_class=Response, responses=RECORD_FORMS)
async def export_incident(incident_id: str, form: Literal["pdf", "json", "vcon"], user: Keeper, parts: Parts) -> Response:
    """Return a record as PDF, JSON or vCon (draft-ietf-vcon-vcon-core)."""
    return file_response(await parts.cases.papers.incident(incident_id, user, form=form))


@router.get("/incidents/{incident_id}/letter.{form}", response_class=Response, responses=LETTER_FORMS)
async def answer_letter(incident_id: str, form: Literal["txt", "pdf"], user: Keeper, parts: Parts) -> Response:
    """Return a draft of the answer to the caller's complaint, filled from the record."""
    return file_response(await parts.cases.papers.answer_letter(incident_id, user, form=form))


def file_response(paper: Paper) -> Response:
    """Return a file to be saved."""
    headers = {"Content-Disposition": f'attachment; filename="{paper.name}"'}
    return Response(paper.content, media_type=paper.media_type, headers=headers)
