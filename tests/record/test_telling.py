"""What people do and what follows a call is told with the same transaction that does it, on both databases.

A process can be killed between two transactions and never inside one, so each act is tried with a database that dies after none,
one, two … of them: whatever is there then, its sending is there too, and the next start makes up the rest, once.
"""

import asyncio
import contextlib
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, field

import pytest
from sqlalchemy import func, select, true
from sqlalchemy.ext.asyncio import AsyncConnection

from callguard.accounts import User
from callguard.app.aftercare import AGAIN_S, Aftercare
from callguard.callers import RestrictionDecision
from callguard.cases import AftercareRules
from callguard.errors import InputError, StoreError
from callguard.incidents import Statement, incident_id_of
from callguard.record.case_tables import follow_ups, incidents, restrictions, team_notices, wrap_ups
from callguard.record.database import Database
from callguard.record.store import SqlStore
from callguard.record.vault import Vault
from callguard.sendings import Kind
from callguard.terms import StaffRole
from tests.clocks import HandClock
from tests.deliver.case_access import proposed
from tests.record.cases import CALLER, hard_call, hard_facts
from tests.record.journals import BEGAN, numbered
from tests.sendings import TellsAll

ANA = User(name="ana", display_name="Ana Ruiz", role=StaffRole.SENIOR, team="blue", password_hash="$argon2id$x")
SAM = User(name="sam", display_name="Sam", role=StaffRole.AGENT, team="blue", password_hash="$argon2id$x")
INCIDENT = incident_id_of("c1")
MOST = 8
"""More transactions than any act here has."""


class Killed(BaseException):
    """The process was killed before this transaction was committed."""


class MortalDatabase(Database):
    """Commits `lives` transactions, and dies in the next."""

    def __init__(self, url: str) -> None:
        super().__init__(url)
        self.lives = 0

    @contextlib.asynccontextmanager
    async def writing(self) -> AsyncIterator[AsyncConnection]:
        async with super().writing() as connection:
            yield connection
            if not self.lives:
                raise Killed
            self.lives -= 1


class FullDatabase(Database):
    """Takes everything and commits nothing."""

    @contextlib.asynccontextmanager
    async def writing(self) -> AsyncIterator[AsyncConnection]:
        async with super().writing() as connection:
            yield connection
            raise StoreError("the disk that holds the database is full")


async def _at_once() -> None:
    """Everything is stored already."""


def aftercare(store: SqlStore, outbox: TellsAll | None = None) -> tuple[Aftercare, TellsAll]:
    outbox = outbox or TellsAll(HandClock())
    made = Aftercare(
        store,
        Vault(bytes(32)),
        rules=AftercareRules,
        clock=outbox.clock,
        publish=lambda _: None,
        settled=_at_once,
        outbox=outbox,
    )
    return made, outbox


async def end_the_call(store: SqlStore) -> None:
    made, _ = aftercare(store)
    await made._tasks.call_ended("c1")


async def be_ready(store: SqlStore) -> None:
    made, _ = aftercare(store)
    await made.cases.tasks.end_wrap_up(SAM)


async def sign(store: SqlStore) -> None:
    made, _ = aftercare(store)
    await made.cases.incidents.sign(INCIDENT, ANA)


async def decide(store: SqlStore) -> None:
    made, _ = aftercare(store)
    await made.cases.callers.decide("r1", ANA, decision=RestrictionDecision(approve=True, reason="Threats.", consulted="omar"))


async def lift(store: SqlStore) -> None:
    made, _ = aftercare(store)
    await made.cases.callers.lift("r1", ANA, reason="She apologised.")


async def a_call(store: SqlStore) -> None:
    """A hard call has ended, of a caller of whom there is a record already."""
    await store.append(numbered(*hard_call()))
    before = hard_facts().model_copy(update={"call_id": "c0"})
    await store.incidents.draft(before, BEGAN, by="callguard", reason="drafted")


async def a_record(store: SqlStore) -> None:
    """All that follows the call is done, the record is completed, and a restriction is proposed."""
    await a_call(store)
    await end_the_call(store)
    made, _ = aftercare(store)
    await made.cases.incidents.complete(INCIDENT, ANA, statement=Statement(account="He shouted."))
    await store.register.propose(proposed(caller=CALLER))


async def a_restriction(store: SqlStore) -> None:
    """A restriction is in force."""
    await a_record(store)
    await decide(store)


Step = Callable[[SqlStore], Awaitable[None]]
ACTS: dict[str, tuple[Step, Step]] = {
    "a call ends": (a_call, end_the_call),
    "the agent is ready": (a_record, be_ready),
    "a record is signed": (a_record, sign),
    "a restriction is decided": (a_record, decide),
    "a restriction is lifted": (a_restriction, lift),
}


async def done(database: Database) -> Counter[str]:
    """Return how much was done that is to be told, by the kind that tells it."""
    own = incidents.c.call_id == "c1"
    facts = {
        Kind.INCIDENT_DRAFTED: (incidents, own),
        Kind.CALLER_REPEATS: (incidents, own),
        Kind.INCIDENT_SIGNED: (incidents, incidents.c.status == "signed"),
        Kind.AGENT_STATE: (wrap_ups, true()),
        Kind.TEAM_NOTICE: (team_notices, true()),
        Kind.FOLLOW_UP_DUE: (follow_ups, true()),
        Kind.RESTRICTION_DECIDED: (restrictions, restrictions.c.decided_at.is_not(None)),
    }
    counted: Counter[str] = Counter()
    async with database.reading() as connection:
        for kind, (table, which) in facts.items():
            counted[kind.value] = await connection.scalar(select(func.count()).select_from(table).where(which)) or 0
        for kind, ended in ((Kind.AGENT_STATE, wrap_ups.c.ended_at), (Kind.RESTRICTION_DECIDED, restrictions.c.lifted_at)):
            counted[kind.value] += await connection.scalar(select(func.count(ended))) or 0
    return +counted


async def told(store: SqlStore) -> Counter[str]:
    """Return how much is to be sent."""
    return Counter(row.kind.value for row in await store.outbox.listed())


@pytest.mark.parametrize("act", ACTS)
async def test_whenever_the_process_is_killed_what_was_done_is_told_and_nothing_else(
    store: SqlStore, database_url: str, act: str
) -> None:
    prepare, do = ACTS[act]
    await prepare(store)
    before, kills = await told(store), 0
    assert before == await done(store._database)
    database = MortalDatabase(database_url)
    mortal = SqlStore(database)
    for database.lives in range(MOST):  # the process is killed, and started again, and killed a little later
        with contextlib.suppress(InputError):  # done already: only its entry in the log of access was lost
            try:
                await do(mortal)
            except Killed:
                kills += 1
        assert await told(store) == await done(store._database)
    assert 0 < kills < MOST
    assert await told(store) > before
    await mortal.close()


@pytest.mark.parametrize("act", ACTS)
async def test_what_the_database_does_not_commit_is_neither_done_nor_told(store: SqlStore, database_url: str, act: str) -> None:
    prepare, do = ACTS[act]
    await prepare(store)
    before = await told(store)
    full = SqlStore(FullDatabase(database_url))
    with pytest.raises(StoreError):
        await do(full)
    assert await told(store) == before == await done(store._database)
    await full.close()


async def test_all_that_follows_a_call_is_told_once(store: SqlStore) -> None:
    await a_call(store)
    await end_the_call(store)
    await end_the_call(store)
    once = (Kind.INCIDENT_DRAFTED, Kind.CALLER_REPEATS, Kind.AGENT_STATE, Kind.TEAM_NOTICE, Kind.FOLLOW_UP_DUE)
    assert await told(store) == Counter(kind.value for kind in once)


async def test_whoever_sends_is_woken_when_a_fact_was_committed(store: SqlStore) -> None:
    await a_call(store)
    made, outbox = aftercare(store)
    await made._tasks.call_ended("c1")
    assert outbox.wakes == 4


class AwayDatabase(Database):
    """Does not answer while it is away."""

    is_away = True

    @contextlib.asynccontextmanager
    async def writing(self) -> AsyncIterator[AsyncConnection]:
        if self.is_away:
            raise StoreError("the database cannot be reached")
        async with super().writing() as connection:
            yield connection

    @contextlib.asynccontextmanager
    async def reading(self) -> AsyncIterator[AsyncConnection]:
        if self.is_away:
            raise StoreError("the database cannot be reached")
        async with super().reading() as connection:
            yield connection


@dataclass
class TellsWhen(TellsAll):
    """Says too when something was committed."""

    came: asyncio.Event = field(default_factory=asyncio.Event)

    def posted(self) -> None:
        super().posted()
        self.came.set()


@pytest.mark.parametrize("what", ["a call ends", "a start"])
async def test_what_a_database_that_was_away_did_not_take_is_done_when_it_is_back(
    store: SqlStore, database_url: str, what: str
) -> None:
    await store.append(numbered(*hard_call()))
    database = AwayDatabase(database_url)
    away, clock = SqlStore(database), HandClock()
    outbox = TellsWhen(clock)
    made, _ = aftercare(away, outbox)
    await (made.ended("c1") if what == "a call ends" else made.catch_up())
    async with asyncio.TaskGroup() as tasks:
        going_on = tasks.create_task(made.keep_up())
        await clock.advance(AGAIN_S)  # away still
        assert await store.incidents.find(INCIDENT) is None
        database.is_away = False
        await clock.advance(AGAIN_S)
        while outbox.wakes < 4:
            await outbox.came.wait()
            outbox.came.clear()
        going_on.cancel()
    once = (Kind.INCIDENT_DRAFTED, Kind.AGENT_STATE, Kind.TEAM_NOTICE, Kind.FOLLOW_UP_DUE)
    assert await told(store) == Counter(kind.value for kind in once)
    await away.close()
