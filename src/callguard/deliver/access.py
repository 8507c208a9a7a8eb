"""Who may do what: the one place where roles become rights."""

from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Annotated

from fastapi import Depends, HTTPException
from starlette.requests import HTTPConnection

from callguard.accounts import TokenScope, User
from callguard.deliver.origin import is_from_elsewhere
from callguard.deliver.readers import DECIDING
from callguard.deliver.services import Parts, Services
from callguard.errors import AccessError, InputError, NotFoundError
from callguard.terms import StaffRole, Tactic

COOKIE = "callguard_session"
SHIFT = timedelta(hours=12)
"""Calls that ended longer ago are no longer put in front of a console that opens, and are their own team's again."""
SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})
ON_CALLS = frozenset({StaffRole.AGENT, StaffRole.SENIOR})
"""Who acts on calls."""
READERS = ON_CALLS | {StaffRole.QA}
"""Who reads calls, each their own: see `readers.py`."""
MID_AND_HIGH_LEVEL = frozenset({StaffRole.SENIOR})
"""An admin runs the machine, reads no call and takes no part in any: an alert that they acknowledged would reach nobody else."""
KEEPERS = frozenset({StaffRole.SENIOR, StaffRole.ADMIN})
"""Who keeps records: whose call it was, incidents, callers."""
RESERVED_TACTICS = frozenset({Tactic.INTERJECT, Tactic.HANG_UP_FOLLOW_UP})
"""For mid and high level staff only: they take the burden off the agent."""
ACTS = frozenset({Tactic.ESCALATE, Tactic.HANG_UP}) | RESERVED_TACTICS
"""Tactics that somebody must carry out; the others are words."""


def _bearer(connection: HTTPConnection) -> str | None:
    kind, _, token = connection.headers.get("authorization", "").partition(" ")
    return token if kind.lower() == "bearer" else None


async def find_user(connection: HTTPConnection, services: Services) -> User | None:
    """Return who is asking, by bearer token or session cookie."""
    if (token := _bearer(connection)) is not None:
        return await services.doorkeeper.bearer_user(token)
    cookie = connection.cookies.get(COOKIE)
    return await services.doorkeeper.session(cookie) if cookie else None


async def somebody(connection: HTTPConnection, services: Parts) -> User:
    """Return who is asking. Raises HTTPException 401 without a log-in, AccessError for a request that another site made."""
    user = await find_user(connection, services)
    if user is None:
        raise HTTPException(401, "you are not logged in, or your session is over; log in")
    # By the token alone: a proxy that asks for a password of its own makes browsers send `Authorization: Basic` from every site.
    changes_by_cookie = _bearer(connection) is None and connection.scope.get("method", "GET") not in SAFE_METHODS
    if changes_by_cookie and is_from_elsewhere(connection.headers, services.settings.public_url):
        raise AccessError("this request comes from the page of another site; open callguard's own address")
    return user


def one_of(roles: frozenset[StaffRole]) -> Callable[[User], Awaitable[User]]:
    """Return a dependency that lets only these roles through."""

    async def check(user: Annotated[User, Depends(somebody)]) -> User:
        if user.role not in roles:
            raise AccessError(f"this is not for the role «{user.role}»; ask somebody who is {' or '.join(sorted(roles))}")
        return user

    return check


async def dispatcher(connection: HTTPConnection, services: Parts) -> str:
    """Return the name of whoever may say whose call it is: a phone system by its tap token, or senior staff."""
    if (token := _bearer(connection)) is not None:
        known = await services.doorkeeper.bearer(token)
        if known is not None and known.scope is TokenScope.TAP:
            return known.name
    return (await one_of(KEEPERS)(await somebody(connection, services))).name


Dispatcher = Annotated[str, Depends(dispatcher)]
Anybody = Annotated[User, Depends(somebody)]
OnCalls = Annotated[User, Depends(one_of(ON_CALLS))]
NoteWriter = Annotated[User, Depends(one_of(ON_CALLS | {StaffRole.ADMIN}))]
"""Who may write down what the next person should know of a caller."""
CallReader = Annotated[User, Depends(one_of(READERS))]
Reviewer = Annotated[User, Depends(one_of(frozenset({StaffRole.SENIOR, StaffRole.QA})))]
"""Who may read and hear what an alert rests on."""
SeniorStaff = Annotated[User, Depends(one_of(MID_AND_HIGH_LEVEL))]
Keeper = Annotated[User, Depends(one_of(KEEPERS))]
LogReader = Annotated[User, Depends(one_of(frozenset({StaffRole.QA, StaffRole.ADMIN})))]
"""Who may read who looked at calls."""
Auditor = Annotated[User, Depends(one_of(frozenset({StaffRole.QA})))]
"""Who may judge what callguard said of calls."""
Overseer = Annotated[User, Depends(one_of(frozenset({StaffRole.SENIOR, StaffRole.QA, StaffRole.ADMIN})))]
"""Who may read figures about calls together."""
Admin = Annotated[User, Depends(one_of(frozenset({StaffRole.ADMIN})))]


def is_open_to(user: User, tactic: Tactic) -> bool:
    """Whether this user's role may use this tactic."""
    return tactic not in RESERVED_TACTICS or user.role in MID_AND_HIGH_LEVEL


def check_tactic(user: User, tactic: Tactic) -> None:
    """Raise AccessError if this user's role may not use this tactic."""
    if not is_open_to(user, tactic):
        raise AccessError("interjecting and calling back are for senior staff; press «I need help» and they will come")


def check_act(user: User, tactic: Tactic) -> None:
    """Raise InputError for a tactic that is only words, AccessError for one that is not for this role."""
    if tactic not in ACTS:
        raise InputError(f"«{tactic}» is said, not requested; expected one of {', '.join(sorted(ACTS))}")
    check_tactic(user, tactic)


async def check_call(call_id: str, user: User, services: Services) -> None:
    """Raise NotFoundError unless there is such a call and this user may know what is said on it.

    Running calls are known without the store, so that a cry for help never depends on it.
    """
    await _reach(call_id, user, services, is_enough=lambda: False)


async def check_may_take(call_id: str, user: User, services: Services) -> None:
    """Raise NotFoundError unless this user may know what is said on a call, or senior staff were alerted to it."""
    await _reach(call_id, user, services, is_enough=lambda: services.hub.readers.is_alerting(call_id))


async def check_is_call(call_id: str, services: Services) -> None:
    """Raise NotFoundError unless there is such a call: any senior may answer an alert, and the desk knows which there are."""
    if (await _whose(call_id, services))[0] is None:
        raise _no_such_call()


async def read_call(call_id: str, user: User, services: Services, where: str) -> None:
    """Do as `check_call` does, and note that what was said on somebody else's call is about to be shown."""
    agent = await _reach(call_id, user, services, is_enough=lambda: False)
    if agent != user.name:
        await services.readings.read(user.name, call_id, where)


async def _reach(call_id: str, user: User, services: Services, *, is_enough: Callable[[], bool]) -> str:
    """Return whose call it is."""
    agent, is_recent = await _whose(call_id, services)
    readers = services.hub.readers
    if agent is None:
        raise _no_such_call()
    if readers.is_own(user, agent):
        return agent
    if user.role is StaffRole.SENIOR and is_recent:
        if readers.may_read(user, call_id, agent) or is_enough():
            return agent
        # Of an earlier run, or long forgotten: what is stored says who was called to it.
        readers.learn(await services.archive.events_of_call(call_id, types=DECIDING))
        if readers.may_read(user, call_id, agent) or is_enough():
            return agent
    raise _no_such_call()


async def _whose(call_id: str, services: Services) -> tuple[str | None, bool]:
    """Return whose call it is, None if there is no such call, and whether it is running or ended within a shift."""
    agent = services.desk.agent_of(call_id)
    if agent is not None:
        return agent, True
    stored = await services.archive.call(call_id)
    if stored is None:
        return None, False
    return stored.agent, stored.ended_at is None or stored.ended_at > services.clock.utc_now() - SHIFT


def _no_such_call() -> NotFoundError:
    return NotFoundError("there is no such call among those that you may see")
