"""The caller register in the database: keyed hashes, sealed numbers, notes and restrictions."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Exists, Row, case, delete, exists, false, func, insert, or_, select, update

from callguard.callers import CallerNote, Restriction, RestrictionStatus
from callguard.errors import InputError, NotFoundError
from callguard.record.case_tables import (
    caller_notes,
    callers,
    follow_ups,
    incident_versions,
    incidents,
    restrictions,
    support_offers,
)
from callguard.record.database import Database, insert_new
from callguard.record.outbox import insert_sendings
from callguard.record.tables import calls
from callguard.sendings import Sending


@dataclass(frozen=True, slots=True, kw_only=True)
class Contact:
    """One call of a caller, as the contact level needs it."""

    started_at: datetime
    ended_at: datetime | None
    repeated_demands: int
    severity: int
    """Of its incident; 0 without one."""
    about_care: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class KnownCaller:
    """A row of the register."""

    caller: str
    sealed: str
    first_seen: datetime
    last_seen: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Erased:
    """What went of a caller."""

    records: int
    """Incident records, notes and restrictions."""
    is_forgotten: bool


class RegisterFiles:
    """Who has called before, and what people have said and decided about it."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def saw(self, caller: str, sealed: str, at: datetime) -> None:
        """Note that a caller called."""
        later = case((callers.c.last_seen < at, at), else_=callers.c.last_seen)
        async with self._database.writing() as connection:
            # Put in first: on PostgreSQL two calls of one new caller may arrive together.
            row = {"caller": caller, "sealed": sealed, "first_seen": at, "last_seen": at}
            if not await insert_new(connection, callers, row):
                await connection.execute(update(callers).where(callers.c.caller == caller).values(last_seen=later))

    async def caller(self, caller: str) -> KnownCaller | None:
        """Return one row of the register."""
        async with self._database.reading() as connection:
            row = (await connection.execute(select(callers).where(callers.c.caller == caller))).one_or_none()
            return None if row is None else KnownCaller(**row._mapping)  # noqa: SLF001  # SQLAlchemy's public name

    async def newest(self) -> KnownCaller | None:
        """Return who called last, None in an empty register."""
        query = select(callers).order_by(callers.c.last_seen.desc(), callers.c.caller).limit(1)
        async with self._database.reading() as connection:
            row = (await connection.execute(query)).one_or_none()
            return None if row is None else KnownCaller(**row._mapping)  # noqa: SLF001  # SQLAlchemy's public name

    async def contacts(self, caller: str, since: datetime) -> list[Contact]:
        """Return this caller's calls that began after `since`."""
        severity = func.coalesce(incidents.c.severity, 0).label("severity")
        about_care = func.coalesce(incidents.c.about_care, false()).label("about_care")
        query = select(calls.c.started_at, calls.c.ended_at, calls.c.repeated_demands, severity, about_care)
        query = query.outerjoin(incidents, incidents.c.call_id == calls.c.call_id)
        query = query.where(calls.c.caller == caller, calls.c.started_at > since)
        async with self._database.reading() as connection:
            return [Contact(**row._mapping) for row in await connection.execute(query)]  # noqa: SLF001  # SQLAlchemy's public name

    async def add_note(self, note: CallerNote) -> None:
        """Add a note."""
        async with self._database.writing() as connection:
            await connection.execute(insert(caller_notes), note.model_dump())

    async def end_note(self, note_id: str, *, by: str, at: datetime) -> CallerNote:
        """Stop showing a note. Raises NotFoundError."""
        current = (caller_notes.c.note_id == note_id) & caller_notes.c.ended_at.is_(None)
        async with self._database.writing() as connection:
            if (await connection.execute(update(caller_notes).where(current).values(ended_by=by, ended_at=at))).rowcount == 0:
                raise NotFoundError("there is no such note, or it was ended already")
            row = (await connection.execute(select(caller_notes).where(caller_notes.c.note_id == note_id))).one()
            return CallerNote(**row._mapping)  # noqa: SLF001  # SQLAlchemy's public name

    async def notes(self, caller: str, *, all_of_them: bool = False) -> list[CallerNote]:
        """Return the notes that are shown, newest first, or those that were ended too."""
        query = select(caller_notes).where(caller_notes.c.caller == caller).order_by(caller_notes.c.at.desc())
        if not all_of_them:
            query = query.where(caller_notes.c.ended_at.is_(None))
        async with self._database.reading() as connection:
            return [CallerNote(**row._mapping) for row in await connection.execute(query)]  # noqa: SLF001  # SQLAlchemy's public name

    async def propose(self, restriction: Restriction) -> None:
        """Keep a proposal."""
        async with self._database.writing() as connection:
            await connection.execute(insert(restrictions), _row(restriction))

    async def replace(self, restriction: Restriction, *, was: RestrictionStatus, told: Sequence[Sending] = ()) -> None:
        """Write what a person decided about a restriction that stood at `was`, and what is to be sent of it, as one.

        Raises InputError if it no longer stands there.
        """
        same = (restrictions.c.restriction_id == restriction.restriction_id) & (restrictions.c.status == was.value)
        async with self._database.writing() as connection:
            if (await connection.execute(update(restrictions).where(same).values(_row(restriction)))).rowcount == 0:
                raise InputError("somebody else has decided this meanwhile; read it again")
            await insert_sendings(connection, told)

    async def restriction(self, restriction_id: str) -> Restriction:
        """Return one restriction as stored. Raises NotFoundError."""
        query = select(restrictions).where(restrictions.c.restriction_id == restriction_id)
        async with self._database.reading() as connection:
            row = (await connection.execute(query)).one_or_none()
        if row is None:
            raise NotFoundError("there is no such restriction")
        return _restriction(row)

    async def restrictions(
        self, *, caller: str | None = None, statuses: Collection[RestrictionStatus] | None = None, limit: int = 500
    ) -> list[Restriction]:
        """Return restrictions as stored, newest proposal first."""
        query = select(restrictions).order_by(restrictions.c.proposed_at.desc(), restrictions.c.restriction_id).limit(limit)
        if caller is not None:
            query = query.where(restrictions.c.caller == caller)
        if statuses is not None:
            query = query.where(restrictions.c.status.in_([status.value for status in statuses]))
        async with self._database.reading() as connection:
            return [_restriction(row) for row in await connection.execute(query)]

    async def offenders(
        self, since: datetime, *, any_acts: int, severe_acts: int, severe: int, threat: int, limit: int
    ) -> list[str]:
        """Return callers with so many offences after `since`, or so many severe ones, most first.

        `severe` and `threat` are severities; what is about care is an offence only where it is a threat.
        """
        counts = incidents.c.severity >= case((incidents.c.about_care, threat), else_=1)
        severe_ones = func.sum(case((incidents.c.severity >= severe, 1), else_=0))
        query = (
            select(incidents.c.caller)
            .where(incidents.c.caller != "", incidents.c.happened_at > since, counts)
            .group_by(incidents.c.caller)
            .having(or_(func.count() >= any_acts, severe_ones >= severe_acts))
            .order_by(func.count().desc(), incidents.c.caller)
            .limit(limit)
        )
        async with self._database.reading() as connection:
            return list(await connection.scalars(query))

    async def calls_of(self, caller: str) -> list[str]:
        """Return the ids of a caller's calls."""
        async with self._database.reading() as connection:
            return list(await connection.scalars(select(calls.c.call_id).where(calls.c.caller == caller)))

    async def erase(
        self, caller: str, now: datetime, *, with_records: bool, is_dry_run: bool, calls_that_go: Collection[str] = ()
    ) -> Erased:
        """Delete a caller if nothing speaks of them; `with_records` first what may be deleted of what does.

        Records under hold and their support and follow-ups stay, and restrictions in force. A dry run takes `calls_that_go` for
        deleted.
        """
        free = select(incidents.c.incident_id).where(incidents.c.caller == caller, ~incidents.c.is_on_hold)
        ended = or_(restrictions.c.status != RestrictionStatus.IN_FORCE.value, restrictions.c.ends_at <= now)
        gone = 0
        async with self._database.writing() as connection:
            if with_records:
                for table in (support_offers, follow_ups, incident_versions):
                    await connection.execute(delete(table).where(table.c.incident_id.in_(free)))
                for own in (
                    delete(incidents).where(incidents.c.caller == caller, ~incidents.c.is_on_hold),
                    delete(caller_notes).where(caller_notes.c.caller == caller),
                    delete(restrictions).where(restrictions.c.caller == caller, ended),
                ):
                    gone += (await connection.execute(own)).rowcount
            row = delete(callers).where(callers.c.caller == caller, *(~need for need in _needed(but=calls_that_go)))
            is_forgotten = bool((await connection.execute(row)).rowcount)
            if is_dry_run:
                await connection.rollback()
        return Erased(records=gone, is_forgotten=is_forgotten)

    async def lapsed_callers(self, before: datetime, *, delete_them: bool) -> int:
        """Count callers unseen since `before` without incident, note or restriction, and delete them if told to."""
        lapsed = (callers.c.last_seen < before, *(~need for need in _needed()))
        async with self._database.writing() as connection:
            if delete_them:
                return (await connection.execute(delete(callers).where(*lapsed))).rowcount
            return int(await connection.scalar(select(func.count()).select_from(callers).where(*lapsed)) or 0)


def _needed(but: Collection[str] = ()) -> list[Exists]:
    """Return what keeps a caller in the register: calls `but` these, among others."""
    own = [exists().where(table.c.caller == callers.c.caller) for table in (incidents, caller_notes, restrictions)]
    return [*own, exists().where(calls.c.caller == callers.c.caller, calls.c.call_id.not_in(but))]


def _row(restriction: Restriction) -> dict[str, Any]:
    return restriction.model_dump() | {"status": restriction.status.value, "incidents": " ".join(restriction.incidents)}


def _restriction(row: Row[Any]) -> Restriction:
    return Restriction(**(dict(row._mapping) | {"incidents": tuple(row.incidents.split())}))  # noqa: SLF001  # SQLAlchemy's public name
