"""Tuning thresholds by verdicts, and figures over time. Nothing here changes how calls are judged: an admin does that."""

from typing import Annotated, Literal

from fastapi import APIRouter, Query
from pydantic import AwareDatetime

from callguard.deliver.access import Auditor, Overseer
from callguard.deliver.services import Parts
from callguard.terms import Category
from callguard.tuning import CardUse, Curves, Proposal, Proposed, Trends, WhatIf, WhatIfRequest

router = APIRouter(prefix="/api", tags=["tuning"])


@router.get("/tuning/curves")
async def curves(_: Auditor, parts: Parts) -> Curves:
    """Return precision and recall by threshold for each category, on the utterances of reviewed calls, with today's point."""
    return await parts.tuning.curves()


@router.post("/tuning/what-if")
async def what_if(user: Auditor, request: WhatIfRequest, parts: Parts) -> WhatIf:
    """Go through stored calls under today's policy and under another: which alerts come, go or move. Nothing is changed by it."""
    return await parts.tuning.what_if(user, request)


@router.post("/tuning/proposals", status_code=201)
async def propose(user: Auditor, proposal: Proposal, parts: Parts) -> Proposed:
    """Keep a version of a policy with these thresholds; it runs nowhere until an admin puts it into use."""
    return await parts.tuning.propose(user, proposal)


@router.get("/trends")
async def trends(
    user: Overseer,
    parts: Parts,
    *,
    since: AwareDatetime,
    until: AwareDatetime,
    by: Literal["day", "week"] = "week",
    zone: Annotated[str, Query(max_length=64, description="IANA name of the time zone in which days begin.")] = "UTC",
    team: Annotated[str, Query(max_length=256)] = "",
    category: Annotated[Category | None, Query(description="Narrows alerts and what was judged of them, not calls.")] = None,
) -> Trends:
    """Return calls, cover, alerts, time to help and false alarms per day or week: by team and category, never by agent.

    Senior staff get their own team's.
    """
    return await parts.tuning.trends(user, since, until, by=by, zone=zone, team=team, category=category)


@router.get("/trends/cards")
async def cards(_: Overseer, parts: Parts, *, since: AwareDatetime, until: AwareDatetime) -> list[CardUse]:
    """Return for each card how often it was shown, used, looked for, found helpful and waved away.

    Over all calls that began in this time: a card that is waved away again and again wants other words or another moment.
    It cannot be narrowed to a team or an agent.
    """
    return await parts.tuning.cards(since, until)
