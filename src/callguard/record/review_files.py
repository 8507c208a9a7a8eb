"""Reviews and verdicts in the database; every version of a verdict is kept."""

from collections.abc import Callable, Iterable, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import (
    Boolean,
    Column,
    Float,
    Integer,
    Row,
    String,
    Table,
    Text,
    UniqueConstraint,
    and_,
    delete,
    exists,
    insert,
    or_,
    select,
    update,
)
from sqlalchemy.ext.asyncio import AsyncConnection

from callguard.accounts import Noted
from callguard.record.case_tables import ROW_ID
from callguard.record.database import Database
from callguard.record.tables import UtcDateTime, calls, metadata, users
from callguard.record.task_files import insert_notes
from callguard.reviewing import About, Drawn, Judgement, Review, ReviewEntry, Verdict
from callguard.terms import Category

reviews = Table(
    "reviews",
    metadata,
    Column("review_id", String, primary_key=True),
    Column("call_id", String, nullable=False),
    Column("round", Integer, nullable=False),
    Column("drawn", String, nullable=False),
    Column("seed", String, nullable=False),
    Column("reviewer", String, nullable=False, index=True),
    Column("created_at", UtcDateTime, nullable=False),
    Column("taken_at", UtcDateTime),
    Column("finished_at", UtcDateTime, index=True),
    UniqueConstraint("call_id", "round", name="uq_reviews_call_id"),
)

verdicts = Table(
    "verdicts",
    metadata,
    Column("verdict_id", ROW_ID, primary_key=True, autoincrement=True),
    Column("call_id", String, nullable=False, index=True),
    Column("by", String, nullable=False),
    Column("at", UtcDateTime, nullable=False),
    Column("about", String, nullable=False),
    Column("subject", String, nullable=False),
    Column("segment", Integer, nullable=False),
    Column("at_s", Float, nullable=False),
    Column("judgement", String, nullable=False),
    Column("was", String, nullable=False),
    Column("categories", String, nullable=False),
    Column("severity", Integer, nullable=False),
    Column("note", Text, nullable=False),
    Column("policy", String, nullable=False),
    Column("is_settling", Boolean, nullable=False),
    Column("is_taken_back", Boolean, nullable=False),
)


async def forget_reviews(connection: AsyncConnection, call_id: str) -> None:
    """Let go of what reviewers said about a call."""
    for table in (reviews, verdicts):
        await connection.execute(delete(table).where(table.c.call_id == call_id))


class ReviewFiles:
    """Every method raises StoreError if the store fails."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def add(self, new: Sequence[Review], *, noted: Callable[[Sequence[Review]], Noted] | None = None) -> Sequence[Review]:
        """Keep reviews whose call has none of that round yet, and return them.

        `noted` makes of them what the log of access says.
        """
        async with self._database.writing() as connection:
            wanted = [one.call_id for one in new]
            known = {
                (row.call_id, row.round)
                for part in _parts(wanted)
                for row in await connection.execute(select(reviews.c.call_id, reviews.c.round).where(reviews.c.call_id.in_(part)))
            }
            kept = [one for one in new if (one.call_id, one.round) not in known]
            if kept:
                await connection.execute(insert(reviews), [one.model_dump() for one in kept])
            await insert_notes(connection, [noted(kept)] if noted else [])
            return kept

    async def take(self, review_id: str, reviewer: str, at: datetime) -> bool:
        """Give a review that nobody has to somebody who has none of that call; return whether it is theirs now."""
        others = reviews.alias()
        call_id = select(reviews.c.call_id).where(reviews.c.review_id == review_id).scalar_subquery()
        async with self._database.writing() as connection:
            has_one = await connection.scalar(select(exists().where(others.c.call_id == call_id, others.c.reviewer == reviewer)))
            if has_one:
                return False
            free = update(reviews).where(reviews.c.review_id == review_id, reviews.c.reviewer == "")
            return (await connection.execute(free.values(reviewer=reviewer, taken_at=at))).rowcount == 1

    async def finish(self, review_id: str, at: datetime) -> None:
        """Note that a review is done."""
        async with self._database.writing() as connection:
            own = update(reviews).where(reviews.c.review_id == review_id, reviews.c.finished_at.is_(None))
            await connection.execute(own.values(finished_at=at))

    async def get(self, review_id: str) -> Review | None:
        """Return one."""
        async with self._database.reading() as connection:
            row = (await connection.execute(select(reviews).where(reviews.c.review_id == review_id))).one_or_none()
            return None if row is None else _review(row)

    async def of_call(self, call_id: str) -> list[Review]:
        """Return a call's reviews, first round first."""
        async with self._database.reading() as connection:
            query = select(reviews).where(reviews.c.call_id == call_id).order_by(reviews.c.round)
            return [_review(row) for row in await connection.execute(query)]

    async def entries(self, reader: str, *, limit: int) -> list[ReviewEntry]:
        """Return the reviews that somebody has or may take, with their calls: those that are not done first, newest first.

        A call that they review already is not offered to them again.
        """
        others = reviews.alias()
        has_one = exists().where(others.c.call_id == reviews.c.call_id, others.c.reviewer == reader)
        theirs = or_(reviews.c.reviewer == reader, and_(reviews.c.reviewer == "", ~has_one))
        table = reviews.join(calls, calls.c.call_id == reviews.c.call_id).outerjoin(users, users.c.name == calls.c.agent)
        query = select(reviews, calls.c.started_at, calls.c.ended_at, calls.c.alerts, users.c.team).select_from(table)
        # By the database, so that what others have done does not push what waits off the end of the list.
        is_done = reviews.c.finished_at.is_not(None)
        query = query.where(theirs).order_by(is_done, reviews.c.created_at.desc(), reviews.c.review_id).limit(limit)
        async with self._database.reading() as connection:
            return [
                ReviewEntry(
                    review=_review(row),
                    started_at=row.started_at,
                    duration_s=((row.ended_at or row.started_at) - row.started_at).total_seconds(),
                    team=row.team or "",
                    alerts=row.alerts,
                )
                for row in await connection.execute(query)
            ]

    async def finished(self, limit: int = 5000) -> list[Review]:
        """Return the reviews that are done, the latest first."""
        query = select(reviews).where(reviews.c.finished_at.is_not(None)).order_by(reviews.c.finished_at.desc()).limit(limit)
        async with self._database.reading() as connection:
            return [_review(row) for row in await connection.execute(query)]

    async def candidates(self, since: datetime, until: datetime, team: str) -> list[tuple[str, int]]:
        """Return the calls that began in a time and have ended, each with its alerts."""
        table = calls.outerjoin(users, users.c.name == calls.c.agent)
        query = select(calls.c.call_id, calls.c.alerts).select_from(table)
        query = query.where(calls.c.started_at >= since, calls.c.started_at < until, calls.c.ended_at.is_not(None))
        if team:
            query = query.where(users.c.team == team)
        async with self._database.reading() as connection:
            return [(row.call_id, row.alerts) for row in await connection.execute(query)]

    async def say(self, verdict: Verdict) -> Verdict:
        """Keep a version; its `verdict_id` is given here."""
        row = verdict.model_dump(exclude={"verdict_id"})
        row |= {"was": ",".join(verdict.was), "categories": ",".join(verdict.categories)}
        async with self._database.writing() as connection:
            made = await connection.execute(insert(verdicts).returning(verdicts.c.verdict_id), row)
            return verdict.model_copy(update={"verdict_id": int(made.scalar_one())})

    async def verdicts(self, call_ids: Iterable[str]) -> list[Verdict]:
        """Return every version about these calls, oldest first."""
        found: list[Verdict] = []
        async with self._database.reading() as connection:
            for part in _parts(list(call_ids)):
                query = select(verdicts).where(verdicts.c.call_id.in_(part)).order_by(verdicts.c.verdict_id)
                found += [_verdict(row) for row in await connection.execute(query)]
        return found


def _parts(names: Sequence[str], size: int = 500) -> Iterable[Sequence[str]]:
    """Cut what would be more parameters than a database takes."""
    return (names[start : start + size] for start in range(0, len(names), size))


def _review(row: Row[Any]) -> Review:
    own: dict[str, Any] = {column.name: getattr(row, column.name) for column in reviews.columns}
    return Review(**(own | {"drawn": Drawn(row.drawn)}))


def _verdict(row: Row[Any]) -> Verdict:
    own: dict[str, Any] = {column.name: getattr(row, column.name) for column in verdicts.columns}
    read = {"about": About(row.about), "judgement": Judgement(row.judgement)}
    return Verdict(**(own | read | {"was": _categories(row.was), "categories": _categories(row.categories)}))


def _categories(text: str) -> tuple[Category, ...]:
    return tuple(Category(one) for one in text.split(",") if one)
