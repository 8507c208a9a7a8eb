"""Joining calls: for senior staff only, every route of it.

POST an offer (or a telephone) and a mode, get the answer: one request each way, as with WHIP (RFC 9725) and WHEP, in JSON because
the mode travels along. PATCH changes the mode, DELETE leaves.
"""

from typing import Annotated, Literal

from fastapi import APIRouter
from pydantic import BaseModel, Field, model_validator
from starlette.responses import Response

from callguard.deliver.access import Dispatcher, SeniorStaff, check_call, check_may_take
from callguard.deliver.services import Parts, as_response
from callguard.errors import InputError, NotFoundError
from callguard.human_acts import JoinMode, JoinWay
from callguard.terms import Role, StaffRole

router = APIRouter(prefix="/api", tags=["join"])

LONGEST_OFFER = 65_536


class JoinOffer(BaseModel, frozen=True, extra="forbid"):
    """How somebody wants to join."""

    mode: JoinMode
    sdp: str = Field(default="", max_length=LONGEST_OFFER, description="Offer of the browser, with all its candidates.")
    phone: str = Field(
        default="",
        max_length=64,
        pattern=r"^[0-9A-Za-z+*#._@-]*$",
        description="Telephone to call instead; empty: the known one.",
    )


class JoinChange(BaseModel, frozen=True, extra="forbid"):
    """Another mode, or a colleague to hand over to: one of them."""

    mode: JoinMode | None = None
    hand_over_to: str = Field(default="", max_length=256, description="The colleague's log-in name.")

    @model_validator(mode="after")
    def _one(self) -> "JoinChange":
        if (self.mode is None) == (not self.hand_over_to):
            raise ValueError("send «mode» or «hand_over_to»")
        return self


class CallLegs(BaseModel, frozen=True, extra="forbid"):
    """What the phone system calls the ends of a call: channel id, call SID or UUID."""

    caller: Annotated[str, Field(max_length=128, pattern=r"^[0-9A-Za-z._:/@+-]*$")] = ""
    agent: Annotated[str, Field(max_length=128, pattern=r"^[0-9A-Za-z._:/@+-]*$")] = ""


class IceServerShown(BaseModel, extra="forbid"):
    """A STUN or TURN server, as browsers take it."""

    urls: str
    username: str = ""
    credential: str = ""


class WaysShown(BaseModel, extra="forbid", use_attribute_docstrings=True):
    """How a call can be joined now."""

    browser: list[JoinMode]
    phone: list[JoinMode]
    phone_system: str
    """Its name; empty if none is set up."""
    call_instead: str
    """What to call when joining fails; empty if the installation has not said."""
    agent_is_told: Literal["always", "by_mode"]
    ice_servers: list[IceServerShown]
    """What the browser needs beside its own addresses."""


class InsideShown(BaseModel, extra="forbid"):
    """Somebody who is in a call."""

    join_id: str
    by: str
    name: str
    mode: JoinMode
    way: JoinWay


class JoinShown(BaseModel, extra="forbid"):
    """How a call can be joined, and who is in it."""

    ways: WaysShown
    inside: list[InsideShown]


class JoinedShown(BaseModel, extra="forbid", use_attribute_docstrings=True):
    """What somebody who joined gets."""

    join_id: str
    mode: JoinMode
    way: JoinWay
    agent_is_told: bool
    sdp: str
    """The answer to a browser's offer; empty by telephone."""


@router.get("/calls/{call_id:path}/join", response_model=JoinShown)
async def ways(call_id: str, user: SeniorStaff, parts: Parts) -> Response:
    """Say how a running call can be joined, and who is in it."""
    await check_may_take(call_id, user, parts)
    return as_response({"ways": parts.joins.ways(call_id), "inside": parts.joins.inside(call_id)})


@router.post("/calls/{call_id:path}/join", status_code=201, response_model=JoinedShown)
async def join(call_id: str, user: SeniorStaff, offer: JoinOffer, parts: Parts) -> Response:
    """Join a running call: one's own team's, or one to which senior staff were alerted; claims its open alert."""
    await check_may_take(call_id, user, parts)
    joined = await parts.joins.join(call_id, user, offer.mode, offer=offer.sdp, phone=offer.phone)
    return as_response(joined, status=201)


@router.patch("/calls/{call_id:path}/join/{join_id}")
async def change(call_id: str, join_id: str, user: SeniorStaff, wanted: JoinChange, parts: Parts) -> Response:
    """Go on in another mode, or ask a colleague to take the call."""
    await check_call(call_id, user, parts)
    if wanted.mode is not None:
        await parts.joins.change(call_id, join_id, user, wanted.mode)
    else:
        colleague = await parts.archive.user(wanted.hand_over_to)
        if colleague is None or colleague.role is not StaffRole.SENIOR or colleague.name == user.name:
            raise InputError("a call is handed over to a colleague who is senior staff; send their log-in name")
        await parts.joins.hand_over(call_id, join_id, user, colleague.name)
        parts.hub.readers.let_in(call_id, colleague.name)
    return as_response({})


@router.delete("/calls/{call_id:path}/join/{join_id}")
async def leave(call_id: str, join_id: str, user: SeniorStaff, parts: Parts) -> Response:
    """Leave; the call goes on."""
    await parts.joins.leave(call_id, join_id, user)
    return as_response({})


@router.post("/calls/{call_id:path}/legs")
async def name_legs(call_id: str, by: Dispatcher, legs: CallLegs, parts: Parts) -> Response:
    """Say what the phone system calls the two ends of a running call, so that it can be told to connect senior staff."""
    del by  # only who may
    named = {Role(role): name for role, name in legs.model_dump().items() if name}
    if parts.desk.agent_of(call_id) is None:
        raise NotFoundError("there is no such running call")
    parts.joins.name_legs(call_id, named)
    return as_response({})
