"""«Only mid and high level staff interject» and «no caller is restricted by a model», tried on every route that there is.

The routes come from the matrices of rights, which another test compares with what is served: a route that is added tomorrow
is tried too. Each is sent what it expects and what it should not be given: reserved tactics, another role or person.
"""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import httpx
import pytest

from callguard.callers import RestrictionStatus
from callguard.terms import StaffRole, Tactic
from tests.deliver.case_access import CALLER, CASE_MATRIX, NUMBER, have_everything, proposed
from tests.deliver.office import Office
from tests.deliver.test_access import MATRIX

CHANGES = [
    (method, path, body)
    for method, path, body, _ in (*MATRIX, *CASE_MATRIX)
    if method != "GET" and path != "/api/logout"  # it would only make the rest easy
]
CHANGES.append(("POST", "/api/restrictions/r2/lift", {"reason": "apologised"}))
STUFFED = {"tactic": "interject", "mode": "interject", "role": "senior", "by": "ana", "user": "ana", "approve": True}
"""What somebody would add who hopes that it is read."""
INSTEAD: dict[str, Any] = {
    "tactic": "interject",
    "mode": "take_over",
    "agent": "ana",
    "to": "sam",
    "hand_over_to": "sam",
    "answer": "used",
}
"""What somebody would put in the place of what a route expects."""
CLAIMED = "role=senior&user=ana&by=ana&as=senior"
HEADERS = {"X-Role": "senior", "X-User": "ana", "X-Forwarded-User": "ana", "Remote-User": "ana"}
RESERVED = (Tactic.INTERJECT, Tactic.HANG_UP_FOLLOW_UP)
OF_SENIOR_STAFF = ("join", "change", "hand_over", "leave", "alert", "threat")
BEARERS = ("", "sam", "priya", "quentin", "adam", "token:tap", "token:agent", "token:qa", "token:admin")
"""Everybody who is not senior staff in person: nobody, agents, qa, admin, and programs under the name of a senior."""


def is_reserved(act: tuple[Any, ...]) -> bool:
    return act[0] in OF_SENIOR_STAFF or (act[0] in ("card", "request") and any(part in RESERVED for part in act))


@asynccontextmanager
async def bearing(office: Office, bearer: str) -> AsyncIterator[httpx.AsyncClient]:
    """Lend a client that is somebody, or a program with a token of a scope that is called like a senior."""
    kind, _, scope = bearer.partition(":")
    if kind != "token":
        async with office.client(bearer) as client:
            yield client
        return
    async with office.client("adam") as admin:
        token = (await admin.post("/api/tokens", json={"name": "ana", "scope": scope})).json()["token"]
    async with office.client() as client:
        client.headers["Authorization"] = f"Bearer {token}"
        yield client


async def have_restrictions(office: Office) -> None:
    """Have all that a call leaves, with one restriction that is proposed and one that is in force."""
    await have_everything(office)
    in_force = {"status": RestrictionStatus.IN_FORCE, "refuse_calls": True}
    await office.store.register.propose(proposed("r2", caller="ck_somebody").model_copy(update=in_force))


async def stand(office: Office) -> dict[str, RestrictionStatus]:
    """Return how the restrictions stand that were there before."""
    return {name: (await office.store.register.restriction(name)).status for name in ("r1", "r2")}


async def try_everything(office: Office, bearer: str) -> int:
    """Send every change that there is, in two ways, and return how many were let through."""
    done = 0
    async with bearing(office, bearer) as client:
        for method, path, body in CHANGES:
            known = body or {}
            changed = known | {key: value for key, value in INSTEAD.items() if key in known}
            for sent in (changed or None, known | STUFFED):
                answer = await client.request(method, f"{path}?{CLAIMED}", json=sent, headers=HEADERS)
                assert answer.status_code < 500, (method, path, sent)
                done += answer.status_code < 400
    return done


@pytest.mark.parametrize("bearer", BEARERS)
async def test_nobody_but_senior_staff_acts_like_them_or_restricts_a_caller_on_any_route(office: Office, bearer: str) -> None:
    await have_restrictions(office)
    done = await try_everything(office, bearer)
    assert (done > 0) == (bearer != "")
    assert [act for act in office.desk.acts if is_reserved(act)] == []
    assert {user.name for user in await office.store.users() if user.role is StaffRole.SENIOR} == {"ana"}
    await nobody_is_restricted_or_freed(office)


async def test_a_program_with_the_rights_of_senior_staff_restricts_nobody_on_any_route(office: Office) -> None:
    await have_restrictions(office)
    assert await try_everything(office, "token:senior") > 0
    await nobody_is_restricted_or_freed(office)


async def test_senior_staff_do_all_of_it_by_the_same_routes(office: Office) -> None:
    """The guard bites: what is refused to others is what this sweep does."""
    await have_restrictions(office)
    await try_everything(office, "ana")
    assert {act[0] for act in office.desk.acts if is_reserved(act)} >= {"join", "change", "alert", "threat", "request", "card"}
    assert set((await stand(office)).values()) == {RestrictionStatus.LIFTED}


async def nobody_is_restricted_or_freed(office: Office) -> None:
    assert await stand(office) == {"r1": RestrictionStatus.PROPOSED, "r2": RestrictionStatus.IN_FORCE}
    others = await office.store.register.restrictions(caller=CALLER)
    assert {restriction.status for restriction in others} == {RestrictionStatus.PROPOSED}
    async with office.client("ana") as ana:
        assert (await ana.post("/api/callers/lookup", json={"caller": NUMBER})).json()["allowed"] is True
