"""People who may log in, and bearer tokens for taps and programs: for admins. Whatever changes is written down."""

import secrets
from datetime import datetime, timedelta
from typing import Annotated, Any

from fastapi import APIRouter
from pydantic import BaseModel, BeforeValidator, Field

from callguard.accounts import Noted, TokenScope, User, spelt
from callguard.deliver import messages
from callguard.deliver.access import Admin
from callguard.deliver.auth import create_user
from callguard.deliver.services import Parts, Services
from callguard.terms import StaffRole

router = APIRouter(prefix="/api", tags=["people"])

LONGEST_FIELD = 256
ONE_TIME_LASTS = timedelta(days=7)
"""A new colleague may start next week; what lies around longer is found by others."""
ONE_TIME_BYTES = 12
"""16 letters: nobody types more, and tries are slowed down."""


def _spelt(given: Any) -> Any:
    return spelt(given) if isinstance(given, str) else given


Spelt = Annotated[str, BeforeValidator(_spelt)]
"""A name as it is kept, however it was typed."""


class NewUser(BaseModel, frozen=True, extra="forbid"):
    """Somebody to add."""

    name: str = Field(max_length=LONGEST_FIELD)
    display_name: Spelt = Field(default="", max_length=LONGEST_FIELD)
    role: StaffRole
    team: Spelt = Field(default="", max_length=LONGEST_FIELD)
    password: str = Field(default="", max_length=2048, description="Empty makes a one-time password, shown once.")


class ChangedUser(BaseModel, frozen=True, extra="forbid"):
    """What is to be changed of somebody; what is left out stays."""

    display_name: Spelt | None = Field(default=None, min_length=1, max_length=LONGEST_FIELD)
    role: StaffRole | None = None
    team: Spelt | None = Field(default=None, max_length=LONGEST_FIELD)
    is_disabled: bool | None = None


class Person(BaseModel, frozen=True):
    """Somebody who may log in, as admins see them."""

    name: str
    display_name: str
    role: StaffRole
    team: str
    is_disabled: bool
    one_time_until: datetime | None
    """Until when their one-time password can be exchanged; null once they have chosen their own."""


class NewPerson(Person, frozen=True):
    """Somebody who was added or given another password just now."""

    one_time_password: str
    """Shown this once; empty where the password was given."""


class NewToken(BaseModel, frozen=True, extra="forbid"):
    """A bearer token to make."""

    name: str = Field(max_length=LONGEST_FIELD)
    scope: TokenScope


class Token(BaseModel, frozen=True):
    """A bearer token as it is listed: what it may do, never itself."""

    name: str
    scope: TokenScope


class ShownToken(BaseModel, frozen=True):
    """A bearer token that was made just now."""

    name: str
    token: str
    """Shown this once."""


@router.get("/users")
async def users(_: Admin, parts: Parts) -> list[Person]:
    """List everybody who may log in, by name."""
    return [_person(user) for user in await parts.archive.users()]


@router.post("/users", status_code=201)
async def add_user(admin: Admin, new: NewUser, parts: Parts) -> NewPerson:
    """Add somebody who may log in; without a password they get one for the first log-in, at which they choose their own."""
    one_time = "" if new.password else secrets.token_urlsafe(ONE_TIME_BYTES)
    until = parts.clock.utc_now() + ONE_TIME_LASTS if one_time else None
    fields = new.model_dump() | {"password": new.password or one_time}
    noted = _note(parts, admin, "user.add", new.name, f"{new.role}, team «{new.team}»")
    user = await create_user(parts.archive, parts.passwords, **fields, one_time_until=until, noted=noted)
    await _tell(parts, user.name)
    return _new_person(user, one_time)


@router.patch("/users/{name}")
async def change_user(admin: Admin, name: str, change: ChangedUser, parts: Parts) -> Person:
    """Change somebody's name, role or team, or disable them; another role, or being disabled, ends their sessions.

    Nobody is deleted, because records name them. The last admin who can log in stays one.
    """

    def noted(before: User, after: User) -> Noted | None:
        changed = _difference(before, after)
        return _note(parts, admin, "user.change", name, changed) if changed else None

    before, after = await parts.archive.change_user(name, **change.model_dump(), noted=noted)
    parts.doorkeeper.forget(name)
    if before != after:
        await _tell(parts, name)
    return _person(after)


@router.post("/users/{name}/reset")
async def reset_password(admin: Admin, name: str, parts: Parts) -> NewPerson:
    """Give somebody a one-time password instead of theirs, which ends their sessions; it is shown this once."""
    one_time, until = secrets.token_urlsafe(ONE_TIME_BYTES), parts.clock.utc_now() + ONE_TIME_LASTS
    noted = _note(parts, admin, "user.reset", name)
    await parts.archive.set_password(name, await parts.passwords.hash(one_time), one_time_until=until, noted=noted)
    parts.doorkeeper.forget(name)
    (user,) = [user for user in await parts.archive.users() if user.name == name]
    return _new_person(user, one_time)


@router.get("/tokens")
async def tokens(_: Admin, parts: Parts) -> list[Token]:
    """List the bearer tokens of taps and programs: what each may do, never the token itself."""
    return [Token(name=token.name, scope=token.scope) for token in await parts.archive.tokens()]


@router.post("/tokens", status_code=201)
async def add_token(admin: Admin, new: NewToken, parts: Parts) -> ShownToken:
    """Make a bearer token for a tap or a program; it is shown this once."""
    token = await parts.doorkeeper.issue_token(new.name, new.scope, noted=_note(parts, admin, "token.add", new.name, new.scope))
    return ShownToken(name=new.name, token=token)


@router.delete("/tokens/{name}")
async def end_token(admin: Admin, name: str, parts: Parts) -> dict[str, str]:
    """Revoke a bearer token."""
    await parts.archive.end_token(name, noted=_note(parts, admin, "token.end", name))
    return {}


def _note(parts: Services, admin: User, what: str, subject: str, detail: str = "") -> Noted:
    return Noted(at=parts.clock.utc_now(), who=admin.name, what=what, subject=subject, detail=detail)


async def _tell(parts: Services, name: str) -> None:
    """Let running calls and open consoles know somebody as they are now."""
    await parts.on_person(name)
    parts.hub.announce(messages.staff(is_edited=True))


def _person(user: User) -> Person:
    return Person(
        name=user.name,
        display_name=user.display_name,
        role=user.role,
        team=user.team,
        is_disabled=user.is_disabled,
        one_time_until=user.one_time_until,
    )


def _new_person(user: User, one_time_password: str) -> NewPerson:
    return NewPerson(**_person(user).model_dump(), one_time_password=one_time_password)


def _difference(before: User, after: User) -> str:
    """Return what was changed, for the log."""
    fields = ("display_name", "role", "team", "is_disabled")
    changes = [(name, getattr(before, name), getattr(after, name)) for name in fields]
    return "; ".join(f"{name}: {was} → {now}" for name, was, now in changes if was != now)
