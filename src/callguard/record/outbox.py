"""The outbox: what is to be sent, in the same database as what caused it, so that neither exists without the other."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Column, Index, Integer, String, Table, Text, delete, func, insert, or_, select, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.ext.asyncio import AsyncConnection

from callguard.errors import InputError, NotFoundError
from callguard.record.case_tables import audit_log
from callguard.record.database import Database
from callguard.record.tables import UtcDateTime, metadata
from callguard.sendings import Channel, OutboxCounts, Sending, SendingState

outbox = Table(
    "outbox",
    metadata,
    Column("sending_id", String, primary_key=True),
    Column("kind", String, nullable=False),
    Column("channel", String, nullable=False),
    Column("route", String, nullable=False),
    Column("call_id", String, nullable=False, index=True),
    Column("payload", Text, nullable=False),
    Column("created_at", UtcDateTime, nullable=False, index=True),
    Column("due_at", UtcDateTime, nullable=False),
    Column("tried_since", UtcDateTime, nullable=False),
    Column("attempts", Integer, nullable=False),
    Column("state", String, nullable=False),
    Column("last_error", String, nullable=False),
    Column("ended_at", UtcDateTime),
    Index(None, "state", "channel", "route", "due_at"),
)

FAILED_KEPT = timedelta(days=90)
"""So long an admin can look at what was given up and have it tried again."""
LONGEST_ERROR = 500


class OutboxFiles:
    """Sendings in the database. Every method raises StoreError if the store fails."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def add(self, sendings: Sequence[Sending]) -> None:
        """Keep sendings; one whose id is there already stays as it is."""
        async with self._database.writing() as connection:
            await insert_sendings(connection, sendings)

    async def due(self, channel: Channel, route: str, now: datetime, *, limit: int) -> list[Sending]:
        """Return what waits for a receiver and may be tried now, in order of due time."""
        waiting = _waiting_for(channel, route) & (outbox.c.due_at <= now)
        query = select(outbox).where(waiting).order_by(outbox.c.due_at, outbox.c.created_at, outbox.c.sending_id).limit(limit)
        async with self._database.reading() as connection:
            return [Sending(**row._mapping) for row in await connection.execute(query)]  # noqa: SLF001  # SQLAlchemy's public name

    async def next_due(self, channel: Channel, route: str) -> datetime | None:
        """Return when the next that waits for a receiver may be tried."""
        query = select(outbox.c.due_at).where(_waiting_for(channel, route)).order_by(outbox.c.due_at).limit(1)
        async with self._database.reading() as connection:
            found: datetime | None = await connection.scalar(query)
            return found

    async def note(self, tried: Sequence[Sending]) -> None:
        """Keep what attempts came to; what an admin gave up meanwhile and was not delivered stays given up."""
        async with self._database.writing() as connection:
            for sending in tried:
                values = {
                    "attempts": sending.attempts,
                    "due_at": sending.due_at,
                    "state": sending.state.value,
                    "last_error": sending.last_error[:LONGEST_ERROR],
                    "ended_at": sending.ended_at,
                }
                change = update(outbox).where(outbox.c.sending_id == sending.sending_id)
                if sending.state is not SendingState.DELIVERED:
                    change = change.where(outbox.c.state == SendingState.WAITING.value)
                await connection.execute(change.values(values))

    async def routes_waited_for(self) -> set[tuple[Channel, str]]:
        """Return every receiver for whom something waits."""
        query = select(outbox.c.channel, outbox.c.route).where(outbox.c.state == SendingState.WAITING.value).distinct()
        async with self._database.reading() as connection:
            return {(Channel(row.channel), row.route) for row in await connection.execute(query)}

    async def fail_all(self, channel: Channel, route: str, at: datetime, *, error: str) -> int:
        """Give up all that waits for a receiver who does not exist, and return how many there were."""
        values = {"state": SendingState.FAILED.value, "ended_at": at, "last_error": error[:LONGEST_ERROR]}
        async with self._database.writing() as connection:
            return (await connection.execute(update(outbox).where(_waiting_for(channel, route)).values(values))).rowcount

    async def counts(self) -> OutboxCounts:
        """Return how many there are in each state, and since when the oldest waits."""
        per_state = select(outbox.c.state, func.count().label("number")).group_by(outbox.c.state)
        oldest = select(func.min(outbox.c.created_at)).where(outbox.c.state == SendingState.WAITING.value)
        async with self._database.reading() as connection:
            by_state = {SendingState(row.state): int(row.number) for row in await connection.execute(per_state)}
            return OutboxCounts(by_state=by_state, oldest_waiting=await connection.scalar(oldest))

    async def listed(self, *, state: SendingState | None = None, limit: int = 200) -> list[Sending]:
        """Return sendings, newest first."""
        query = select(outbox).order_by(outbox.c.created_at.desc(), outbox.c.sending_id).limit(limit)
        if state is not None:
            query = query.where(outbox.c.state == state.value)
        async with self._database.reading() as connection:
            return [Sending(**row._mapping) for row in await connection.execute(query)]  # noqa: SLF001  # SQLAlchemy's public name

    async def try_again(self, sending_id: str, now: datetime, *, by: str) -> Sending:
        """Let one that was given up wait again, as if it were new, or one that waits be tried at once.

        Raises NotFoundError, InputError for one that was delivered.
        """
        values = {"state": SendingState.WAITING.value, "due_at": now, "tried_since": now, "attempts": 0, "ended_at": None}
        return await self._change(
            sending_id, values, "outbox.retry", by, now, undone="it was delivered; nothing is left to be sent"
        )

    async def abandon(self, sending_id: str, now: datetime, *, by: str) -> Sending:
        """Give one up. Raises NotFoundError, InputError for one that was delivered."""
        values = {"state": SendingState.ABANDONED.value, "ended_at": now}
        return await self._change(
            sending_id, values, "outbox.abandon", by, now, undone="it was delivered; it cannot be called back"
        )

    async def sweep(self, before: datetime) -> int:
        """Delete what was delivered or abandoned before a time, and what failed long before; return how many."""
        over = outbox.c.state.in_([SendingState.DELIVERED.value, SendingState.ABANDONED.value]) & (outbox.c.ended_at < before)
        failed = (outbox.c.state == SendingState.FAILED.value) & (outbox.c.ended_at < before - FAILED_KEPT)
        async with self._database.writing() as connection:
            return (await connection.execute(delete(outbox).where(or_(over, failed)))).rowcount

    async def _change(
        self, sending_id: str, values: dict[str, Any], what: str, by: str, now: datetime, *, undone: str
    ) -> Sending:
        """Change one and say so in the log of access, or neither."""
        this = outbox.c.sending_id == sending_id
        async with self._database.writing() as connection:
            open_one = this & (outbox.c.state != SendingState.DELIVERED.value)
            changed = (await connection.execute(update(outbox).where(open_one).values(values))).rowcount
            row = (await connection.execute(select(outbox).where(this))).one_or_none()
            if row is not None and changed:
                noted = {"at": now, "who": by, "what": what, "subject": sending_id, "detail": row.kind}
                await connection.execute(insert(audit_log), noted)
        if row is None:
            raise NotFoundError("there is no such sending; it may have been delivered and deleted meanwhile: read the list again")
        if not changed:
            raise InputError(undone)
        return Sending(**row._mapping)  # noqa: SLF001  # SQLAlchemy's public name


async def insert_sendings(connection: AsyncConnection, sendings: Sequence[Sending]) -> None:
    """Insert within a transaction that is going on; what is there already stays as it is."""
    if not sendings:
        return
    make = postgresql.insert if connection.dialect.name == "postgresql" else sqlite.insert
    rows = [sending.model_dump() | _names(sending) for sending in sendings]
    await connection.execute(make(outbox).on_conflict_do_nothing(index_elements=["sending_id"]), rows)


def _names(sending: Sending) -> dict[str, str]:
    return {"kind": sending.kind.value, "channel": sending.channel.value, "state": sending.state.value}


def _waiting_for(channel: Channel, route: str) -> Any:
    return (outbox.c.state == SendingState.WAITING.value) & (outbox.c.channel == channel.value) & (outbox.c.route == route)
