"""After the call: time for the agent, the team's notice, the call back, and what waits for senior staff."""

from typing import Annotated

from fastapi import APIRouter, Query
from pydantic import BaseModel, Field

from callguard.cases import AuditEntry, FollowUp, ReviewQueue, TeamNotice, WrapUp
from callguard.deliver.access import Admin, Anybody, Keeper, OnCalls, SeniorStaff, check_call
from callguard.deliver.services import Parts

router = APIRouter(prefix="/api", tags=["after the call"])


LAST_NUMBER = 2**63 - 1
"""Of what a database counts."""


class Outcome(BaseModel, frozen=True, extra="forbid"):
    """How a call back went."""

    outcome: str = Field(min_length=1, max_length=5000)


@router.get("/wrap-up")
async def read_wrap_up(user: Anybody, parts: Parts) -> WrapUp | None:
    """Return the time of their own that this user is having; null when ready for calls."""
    return await parts.cases.tasks.wrap_up(user)


@router.post("/calls/{call_id:path}/wrap-up")
async def take_wrap_up(call_id: str, user: OnCalls, parts: Parts) -> WrapUp | None:
    """Take time after a call, at any score: nobody has to justify it."""
    await check_call(call_id, user, parts)
    return await parts.cases.tasks.take_wrap_up(call_id, user)


@router.post("/wrap-up/end", status_code=204)
async def end_wrap_up(user: Anybody, parts: Parts) -> None:
    """Be ready for calls again; the call distributor is told."""
    await parts.cases.tasks.end_wrap_up(user)


@router.get("/notices")
async def list_notices(user: Anybody, parts: Parts) -> list[TeamNotice]:
    """Return what one's team should know of the last two days; nothing in it says who or what."""
    return await parts.cases.tasks.notices(user)


@router.get("/follow-ups")
async def list_follow_ups(
    user: SeniorStaff, parts: Parts, is_open: Annotated[bool | None, Query(alias="open")] = None
) -> list[FollowUp]:
    """List calls back after a hang-up, the most urgent first; each says what to say."""
    return await parts.cases.tasks.follow_ups(user, is_open=is_open)


@router.post("/follow-ups/{follow_up_id}/take")
async def take_follow_up(follow_up_id: str, user: SeniorStaff, parts: Parts) -> FollowUp:
    """Take a task on oneself; whoever comes second is told who has it (409)."""
    return await parts.cases.tasks.take_follow_up(follow_up_id, user)


@router.post("/follow-ups/{follow_up_id}/done")
async def end_follow_up(follow_up_id: str, user: SeniorStaff, outcome: Outcome, parts: Parts) -> FollowUp:
    """Say how the call back went."""
    return await parts.cases.tasks.end_follow_up(follow_up_id, user, outcome=outcome.outcome)


@router.get("/queue")
async def review_queue(user: Keeper, parts: Parts) -> ReviewQueue:
    """Return all that waits for senior staff: records, restrictions, follow-ups, repeat offenders."""
    return await parts.cases.tasks.queue(user)


@router.get("/audit")
async def audit(
    user: Admin,
    parts: Parts,
    *,
    subject: str = "",
    who: str = "",
    kind: Annotated[str, Query(description="An act such as «user.add», or the first part of several: «user».")] = "",
    before: Annotated[int, Query(ge=0, le=LAST_NUMBER, description="Read on from the entry of this number.")] = 0,
    limit: Annotated[int, Query(ge=1, le=5000)] = 500,
) -> list[AuditEntry]:
    """Return who looked at or changed what, newest first."""
    return await parts.cases.tasks.audit(user, subject=subject, who=who, kind=kind, before=before, limit=limit)
