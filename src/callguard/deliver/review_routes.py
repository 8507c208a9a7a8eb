"""Reviewing calls: the queue and its draw, verdicts, the second reviewer, agreement. For QA alone."""

from typing import Annotated

from fastapi import APIRouter, Query, Response

from callguard.deliver.access import Auditor
from callguard.deliver.services import Parts
from callguard.reviewing import Agreement, CallReview, Dispute, Draw, DrawRequest, NewVerdict, Review, ReviewEntry, Verdict

router = APIRouter(prefix="/api", tags=["review"])


@router.post("/reviews/draw")
async def draw(user: Auditor, request: DrawRequest, parts: Parts) -> Draw:
    """Draw calls for review by lot: some with an alert, and some without, so that misses can be found.

    Each ended call of the time gets a number from a hash of seed and call id; of each kind those with the smallest numbers are
    drawn. The same seed over the same calls draws the same ones, and no one can steer it.
    """
    return await parts.reviews.draw(user, request)


@router.get("/reviews")
async def entries(user: Auditor, parts: Parts, limit: Annotated[int, Query(ge=1, le=1000)] = 500) -> list[ReviewEntry]:
    """Return what one may take and has begun, then what one has done; newest first."""
    return list(await parts.reviews.entries(user, limit=limit))


@router.get("/reviews/disputes")
async def disputes(user: Auditor, parts: Parts) -> list[Dispute]:
    """Return what two reviewers, both done, see differently and nobody has settled."""
    return list(await parts.reviews.disputes(user))


@router.get("/reviews/agreement")
async def agreement(user: Auditor, parts: Parts) -> list[Agreement]:
    """Return how far blind reviewers agree beyond chance: for all categories together («any») and for each.

    Only what was said before the reviewer's own review was finished counts. It says whether verdicts can be built on, and
    nothing about any one reviewer.
    """
    return list(await parts.reviews.agreement(user))


@router.post("/reviews/{review_id}/take")
async def take(review_id: str, user: Auditor, parts: Parts) -> Review:
    """Begin a review from the queue; nobody reviews a call twice."""
    return await parts.reviews.take(user, review_id)


@router.get("/calls/{call_id:path}/review")
async def of_call(call_id: str, user: Auditor, parts: Parts) -> CallReview:
    """Return the verdicts on a call that hold: one's own, and others' only when one's own review is finished."""
    return await parts.reviews.of_call(user, call_id)


@router.post("/calls/{call_id:path}/review/finish")
async def finish(call_id: str, user: Auditor, parts: Parts) -> Review:
    """Say that one went through the whole call: every alert is judged, and what is left unmarked stands."""
    return await parts.reviews.finish(user, call_id)


@router.post("/calls/{call_id:path}/review/settle", status_code=201)
async def settle(call_id: str, user: Auditor, verdict: NewVerdict, parts: Parts) -> Verdict:
    """Settle what both reviewers, who are done, see differently."""
    return await parts.reviews.settle(user, call_id, verdict)


@router.post("/calls/{call_id:path}/verdicts", status_code=201)
async def say(call_id: str, user: Auditor, verdict: NewVerdict, parts: Parts) -> Verdict:
    """Judge an alert, the labels of an utterance, or say what was missed; said again it replaces one's own, and both are kept."""
    return await parts.reviews.say(user, call_id, verdict)


@router.get("/calls/{call_id:path}/verdicts")
async def versions(call_id: str, user: Auditor, parts: Parts) -> list[Verdict]:
    """Return every version of the verdicts that one may see, oldest first."""
    return list(await parts.reviews.versions(user, call_id))


@router.delete("/calls/{call_id:path}/verdicts/{subject}", status_code=204)
async def take_back(call_id: str, subject: str, user: Auditor, parts: Parts) -> Response:
    """Take one's own verdict back; it is kept as a version."""
    await parts.reviews.take_back(user, call_id, subject)
    return Response(status_code=204)
