"""What people say of calls: agents see what is stored of their own, and say what is wrong with it."""

from typing import Annotated

from fastapi import APIRouter
from pydantic import BaseModel, Field, StringConstraints
from starlette.responses import Response

from callguard.deliver.access import CallReader, check_call, read_call
from callguard.deliver.services import Parts, as_response
from callguard.incidents import CallComment
from callguard.terms import LONGEST_CALL_S

router = APIRouter(prefix="/api", tags=["calls"])


class WrittenComment(BaseModel, frozen=True, extra="forbid"):
    """What somebody says of a call."""

    text: Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=4000)]
    at_s: float | None = Field(
        default=None, ge=0, le=LONGEST_CALL_S, description="Seconds into the call; without it, of the call as a whole."
    )


@router.get("/calls/{call_id:path}/comments")
async def comments(call_id: str, user: CallReader, parts: Parts) -> Response:
    """Return what people said of a call; agents see their own calls only. Who reads somebody else's is logged."""
    await read_call(call_id, user, parts, "comments")
    return as_response([comment.model_dump(mode="json") for comment in await parts.comments.comments_of(call_id)])


@router.post("/calls/{call_id:path}/comments", status_code=201)
async def add_comment(call_id: str, user: CallReader, written: WrittenComment, parts: Parts) -> Response:
    """Say something of a call, such as that what is stored of it is wrong: kept beside it under one's name, never changed."""
    await check_call(call_id, user, parts)
    comment = CallComment(call_id=call_id, by=user.name, at=parts.clock.utc_now(), text=written.text, at_s=written.at_s)
    await parts.comments.add_comment(comment)
    return as_response(comment.model_dump(mode="json"), status=201)
