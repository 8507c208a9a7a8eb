"""Logging in and out, and what belongs to whoever is logged in."""

from typing import Literal, TypedDict

from fastapi import APIRouter, HTTPException, Request, Response
from pydantic import BaseModel, Field

from callguard.accounts import User
from callguard.deliver.access import COOKIE, Anybody
from callguard.deliver.origin import is_from_elsewhere
from callguard.deliver.services import Parts, Services, as_response
from callguard.errors import AccessError
from callguard.settings import HttpSettings
from callguard.terms import StaffRole

router = APIRouter(prefix="/api", tags=["accounts"])

LONGEST_FIELD = 256


class Login(BaseModel, frozen=True, extra="forbid"):
    """Who wants to log in."""

    name: str = Field(max_length=LONGEST_FIELD)
    password: str = Field(max_length=2048)
    new_password: str = Field(
        default="", max_length=2048, description="One's own, in exchange for a one-time password; without it the answer is 403."
    )


class NewPassword(BaseModel, frozen=True, extra="forbid"):
    """A change of one's own password."""

    old: str = Field(max_length=2048)
    new: str = Field(max_length=2048)


class Person(BaseModel):
    """Who is logged in."""

    name: str
    display_name: str
    role: StaffRole
    team: str


def public(user: User) -> dict[str, str]:
    """Return what may be told of a user."""
    return {"name": user.name, "display_name": user.display_name, "role": user.role.value, "team": user.team}


class _Reach(TypedDict):
    """Where a browser sends the session's cookie."""

    samesite: Literal["strict", "none"]
    secure: bool


def _reach(settings: HttpSettings) -> _Reach:
    """Keep the cookie on our own site, unless other sites may show our pages; whatever changes anything names its origin."""
    is_secure = settings.public_url.startswith("https:")
    return {"samesite": "none" if settings.embed_origins and is_secure else "strict", "secure": is_secure}


def _count_try(request: Request, name: str, parts: Services) -> str:
    """Count a try at somebody's password and return from where it comes. Raises HTTPException 429 for too many."""
    address = request.client.host if request.client else ""
    if wait_s := parts.throttle.wait_s(name, address, parts.clock.monotonic_ns()):
        again = f"too many tries; try again in {wait_s // 60 + 1} min"
        raise HTTPException(429, again, headers={"Retry-After": str(wait_s)})
    return address


@router.post("/login", response_model=Person)
async def log_in(request: Request, login: Login, parts: Parts) -> Response:
    """Begin a session: answers with a cookie."""
    if is_from_elsewhere(request.headers, parts.settings.public_url):
        raise AccessError("this log-in comes from the page of another site; open callguard's own address")
    address = _count_try(request, login.name, parts)
    known = await parts.doorkeeper.log_in(login.name, login.password, login.new_password)
    if known is None:
        raise HTTPException(401, "name or password is wrong; check both and try again")
    user, token = known
    parts.throttle.forgive(login.name, address)
    response = as_response(public(user))
    response.set_cookie(
        COOKIE,
        token,
        max_age=parts.settings.session_hours * 3600,
        httponly=True,
        **_reach(parts.settings),
    )
    return response


@router.post("/logout")
async def log_out(request: Request, user: Anybody, parts: Parts) -> Response:  # noqa: ARG001  # only somebody logged in
    """End the session."""
    if token := request.cookies.get(COOKIE):
        await parts.doorkeeper.log_out(token)
    response = as_response({})
    response.delete_cookie(COOKIE, httponly=True, **_reach(parts.settings))
    return response


@router.get("/me", response_model=Person)
async def me(user: Anybody) -> Response:
    """Say who is logged in."""
    return as_response(public(user))


@router.post("/me/password")
async def change_password(request: Request, user: Anybody, change: NewPassword, parts: Parts) -> Response:
    """Change one's own password, which ends all of one's sessions."""
    address = _count_try(request, user.name, parts)  # whoever found a console open may guess no faster than at the log-in
    if not await parts.doorkeeper.change_password(user, change.old, change.new):
        raise AccessError("the old password is wrong; check it and try again")
    parts.throttle.forgive(user.name, address)
    return as_response({})
