"""Browsers as a source of calls: a softphone's server announces each party's browser, one request each way."""

from fastapi import APIRouter
from pydantic import BaseModel, ConfigDict

from callguard.deliver.access import Dispatcher
from callguard.deliver.line_ports import NewLine
from callguard.deliver.services import Parts
from callguard.errors import InputError

router = APIRouter(prefix="/api", tags=["taps"])

PREFIX = "web-"
"""Begins the ids of calls from browsers, so that they never meet those of another tap."""


class OpenLine(BaseModel):
    """A browser that was answered."""

    model_config = ConfigDict(frozen=True, use_attribute_docstrings=True)

    call_id: str
    """As callguard names the call."""
    line_id: str
    sdp: str
    """The answer, for the browser."""


@router.post("/lines", status_code=201)
async def open_line(_: Dispatcher, new: NewLine, parts: Parts) -> OpenLine:
    """Take one party's browser as a source of a call: for a phone system with a tap token.

    The first party begins the call, the second joins it. callguard hears both microphones and carries no conversation.
    """
    call_id = PREFIX + new.call_id
    if parts.desk.agent_of(call_id) is None and await parts.archive.call(call_id) is not None:
        raise InputError("a call of this id is over already; give each call an id of its own")
    line_id, answer = await parts.lines.open(new, call_id)
    return OpenLine(call_id=call_id, line_id=line_id, sdp=answer)


@router.delete("/lines/{line_id}", status_code=204)
async def end_line(_: Dispatcher, line_id: str, parts: Parts) -> None:
    """Say that a party has hung up; the call is over when both have."""
    await parts.lines.hang_up(line_id)
