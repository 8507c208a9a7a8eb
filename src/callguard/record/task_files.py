"""What is to be done after calls, and who looked at what, in the database."""

from collections.abc import Collection, Sequence
from dataclasses import asdict
from datetime import datetime

from sqlalchemy import insert, or_, select, true, update
from sqlalchemy.ext.asyncio import AsyncConnection

from callguard.accounts import Noted
from callguard.cases import AuditEntry, FollowUp, FollowUpStatus, TeamNotice, WrapUp
from callguard.errors import InputError, NotFoundError, TakenError
from callguard.record.case_tables import audit_log, follow_ups, team_notices, wrap_ups
from callguard.record.database import Database, insert_new
from callguard.record.outbox import insert_sendings
from callguard.sendings import Sending


class TaskFiles:
    """Follow-ups, wrap-ups, team notices and the log of access.

    `told` is what is to be sent because of a change: kept in its transaction, and only if something changed.
    """

    def __init__(self, database: Database) -> None:
        self._database = database

    async def add_follow_up(self, task: FollowUp, *, told: Sequence[Sending] = ()) -> bool:
        """Add a call's task; False if it has one already."""
        row = task.model_dump() | {"status": task.status.value}
        async with self._database.writing() as connection:
            if is_new := await insert_new(connection, follow_ups, row):
                await insert_sendings(connection, told)
            return is_new

    async def follow_up(self, follow_up_id: str) -> FollowUp:
        """Return one task as stored. Raises NotFoundError."""
        async with self._database.reading() as connection:
            query = select(follow_ups).where(follow_ups.c.follow_up_id == follow_up_id)
            row = (await connection.execute(query)).one_or_none()
        if row is None:
            raise NotFoundError("there is no such follow-up")
        return FollowUp(**row._mapping)  # noqa: SLF001  # SQLAlchemy's public name

    async def follow_ups(self, *, is_open: bool | None = None, limit: int = 500) -> list[FollowUp]:
        """Return tasks as stored, the most urgent first."""
        query = select(follow_ups).order_by(follow_ups.c.due_at, follow_ups.c.follow_up_id).limit(limit)
        if is_open is not None:
            done = follow_ups.c.status == FollowUpStatus.DONE.value
            query = query.where(~done if is_open else done)
        async with self._database.reading() as connection:
            return [FollowUp(**row._mapping) for row in await connection.execute(query)]  # noqa: SLF001  # SQLAlchemy's public name

    async def take_follow_up(self, follow_up_id: str, *, by: str, at: datetime) -> None:
        """Put a name to a task. Raises TakenError for one that somebody else has, InputError for one that is done."""
        noted = Noted(at=at, who=by, what="follow_up.take", subject=follow_up_id)
        await self._change_follow_up(follow_up_id, {"taken_by": by}, noted, only_of=by)

    async def end_follow_up(self, follow_up_id: str, *, by: str, at: datetime, outcome: str) -> None:
        """Close a task. Raises InputError for one that is done already."""
        values = {"status": FollowUpStatus.DONE.value, "done_by": by, "done_at": at, "outcome": outcome}
        await self._change_follow_up(follow_up_id, values, Noted(at=at, who=by, what="follow_up.done", subject=follow_up_id))

    async def begin_wrap_up(self, wrap_up: WrapUp, *, again: bool = False, told: Sequence[Sending] = ()) -> bool:
        """Give an agent time of their own; False if the call had it already.

        With `again` it begins anew where it was ended; False then if it goes on.
        """
        own = (wrap_ups.c.call_id == wrap_up.call_id) & (wrap_ups.c.agent == wrap_up.agent)
        anew = update(wrap_ups).where(own, wrap_ups.c.ended_at.is_not(None)).values(wrap_up.model_dump())
        async with self._database.writing() as connection:
            is_begun = await insert_new(connection, wrap_ups, wrap_up.model_dump())
            if again and not is_begun:
                is_begun = (await connection.execute(anew)).rowcount > 0
            if is_begun:
                await insert_sendings(connection, told)
            return is_begun

    async def wrap_up(self, agent: str) -> WrapUp | None:
        """Return the newest wrap-up of an agent that is going on."""
        query = select(wrap_ups).where(wrap_ups.c.agent == agent, wrap_ups.c.ended_at.is_(None))
        async with self._database.reading() as connection:
            row = (await connection.execute(query.order_by(wrap_ups.c.began_at.desc()).limit(1))).one_or_none()
            return None if row is None else WrapUp(**row._mapping)  # noqa: SLF001  # SQLAlchemy's public name

    async def end_wrap_ups(self, agent: str, at: datetime, *, told: Sequence[Sending] = ()) -> int:
        """End all that go on for an agent, and return how many did."""
        going_on = (wrap_ups.c.agent == agent) & wrap_ups.c.ended_at.is_(None)
        async with self._database.writing() as connection:
            ended = (await connection.execute(update(wrap_ups).where(going_on).values(ended_at=at))).rowcount
            if ended:
                await insert_sendings(connection, told)
            return ended

    async def add_notice(self, notice: TeamNotice, *, told: Sequence[Sending] = ()) -> bool:
        """Keep a notice for a team; False if it is kept already."""
        async with self._database.writing() as connection:
            if is_new := await insert_new(connection, team_notices, notice.model_dump()):
                await insert_sendings(connection, told)
            return is_new

    async def notices(self, team: str | None, since: datetime) -> list[TeamNotice]:
        """Return notices of a team, or of all, after `since`, newest first."""
        query = select(team_notices).where(team_notices.c.at > since).order_by(team_notices.c.at.desc()).limit(200)
        if team is not None:
            query = query.where(team_notices.c.team == team)
        async with self._database.reading() as connection:
            return [TeamNotice(**row._mapping) for row in await connection.execute(query)]  # noqa: SLF001  # SQLAlchemy's public name

    async def audit(self, at: datetime, who: str, what: str, subject: str, detail: str = "") -> None:
        """Note who did what to which record."""
        await self.audit_all([Noted(at=at, who=who, what=what, subject=subject, detail=detail)])

    async def audit_all(self, notes: Sequence[Noted]) -> None:
        """Note several acts in one transaction."""
        async with self._database.writing() as connection:
            await insert_notes(connection, notes)

    async def has_audited(self, who: str, what: str, subject: str, detail: str, *, since: datetime) -> bool:
        """Whether the same was noted after `since`."""
        same = (audit_log.c.who == who) & (audit_log.c.what == what) & (audit_log.c.detail == detail)
        query = select(audit_log.c.number).where(audit_log.c.subject == subject, same, audit_log.c.at > since).limit(1)
        async with self._database.reading() as connection:
            return await connection.scalar(query) is not None

    async def audit_entries(
        self,
        *,
        subject: str = "",
        who: str = "",
        what: Collection[str] = (),
        kind: str = "",
        before: int = 0,
        limit: int = 500,
    ) -> list[AuditEntry]:
        """Return who did what, newest first.

        `what` names some acts; `kind` is one, such as «user.add», or the first part of several: «user». `before` is the number of
        an entry, to read on from it.
        """
        query = select(audit_log).order_by(audit_log.c.number.desc()).limit(limit)
        if subject:
            query = query.where(audit_log.c.subject == subject)
        if who:
            query = query.where(audit_log.c.who == who)
        if what:
            query = query.where(audit_log.c.what.in_(what))
        if kind:
            query = query.where(or_(audit_log.c.what == kind, audit_log.c.what.startswith(f"{kind}.", autoescape=True)))
        if before:
            query = query.where(audit_log.c.number < before)
        async with self._database.reading() as connection:
            return [
                AuditEntry(number=row.number, at=row.at, who=row.who, what=row.what, subject=row.subject, detail=row.detail)
                for row in await connection.execute(query)
            ]

    async def _change_follow_up(
        self, follow_up_id: str, values: dict[str, object], noted: Noted, *, only_of: str | None = None
    ) -> None:
        is_open = (follow_ups.c.follow_up_id == follow_up_id) & (follow_ups.c.status != FollowUpStatus.DONE.value)
        is_free = true() if only_of is None else follow_ups.c.taken_by.in_(["", only_of])
        async with self._database.writing() as connection:
            if (await connection.execute(update(follow_ups).where(is_open, is_free).values(values))).rowcount == 0:
                if taken_by := await connection.scalar(select(follow_ups.c.taken_by).where(is_open)):
                    raise TakenError(f"{taken_by} has taken this follow-up already; read the list again")
                raise InputError("this follow-up is not there or done already; read the list again")
            await insert_notes(connection, [noted])


async def insert_notes(connection: AsyncConnection, notes: Sequence[Noted]) -> None:
    """Write into the log of access, in the transaction of what is noted."""
    if notes:
        await connection.execute(insert(audit_log), [asdict(note) for note in notes])
