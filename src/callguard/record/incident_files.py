"""Incident records in the database: every version, and one row for the list."""

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Row, insert, select, update

from callguard.errors import InputError, NotFoundError
from callguard.incidents import (
    CallAct,
    ChainCheck,
    Facts,
    IncidentContent,
    IncidentStatus,
    IncidentSummary,
    IncidentVersion,
    SupportOffer,
    incident_id_of,
)
from callguard.record.case_tables import call_marks, incident_versions, incidents, support_offers
from callguard.record.chain import Act, check, link, read_version
from callguard.record.database import Database, insert_new
from callguard.record.fact_words import in_english, say
from callguard.record.outbox import insert_sendings
from callguard.sendings import Sending

NO_SUCH = "there is no such incident among those that you may see"
CHANGED = "somebody else has changed this record meanwhile; read it again, then repeat what you did"


class IncidentFiles:
    """Adds versions; nothing here changes or deletes one.

    `told` is what is to be sent because of a new version: kept in its transaction or, like it, not at all.
    """

    def __init__(self, database: Database) -> None:
        self._database = database

    async def draft(
        self, facts: Facts, at: datetime, *, by: str, reason: str, told: Sequence[Sending] = ()
    ) -> tuple[IncidentSummary, bool]:
        """Write the first version of a call's record, and say whether it is new: a call has one record."""
        first = first_row(facts, at)
        version, body = link(
            None,
            incident_id=first.incident_id,
            status=IncidentStatus.DRAFT,
            act="drafted",
            by=by,
            at=at,
            reason=reason,
            content=IncidentContent(facts=facts),
        )
        row = first.model_dump() | {"categories": " ".join(first.categories)}
        async with self._database.writing() as connection:
            if is_new := await insert_new(connection, incidents, row):
                await connection.execute(insert(incident_versions), _version_row(version, body))
                await insert_sendings(connection, told)
        return first if is_new else await self.find(first.incident_id) or first, is_new

    async def add(
        self,
        before: IncidentVersion,
        *,
        status: IncidentStatus,
        act: Act,
        by: str,
        at: datetime,
        reason: str,
        content: IncidentContent,
        is_on_hold: bool | None = None,
        told: Sequence[Sending] = (),
        offer: SupportOffer | None = None,
    ) -> IncidentVersion:
        """Write the version that follows `before`. Raises InputError if somebody else has written one meanwhile.

        The `offer` of which it tells is kept in its transaction, apart from the record.
        """
        version, body = link(
            before, incident_id=before.incident_id, status=status, act=act, by=by, at=at, reason=reason, content=content
        )
        facts = content.facts
        values: dict[str, Any] = {"version": version.version, "status": status.value, "changed_at": at}
        values |= {"agent": facts.agent, "severity": facts.severity, "about_care": facts.about_care}
        values["categories"] = " ".join(facts.categories)
        if is_on_hold is not None:
            values["is_on_hold"] = is_on_hold
        newest = (incidents.c.incident_id == before.incident_id) & (incidents.c.version == before.version)
        async with self._database.writing() as connection:
            if (await connection.execute(update(incidents).where(newest).values(values))).rowcount == 0:
                raise InputError(CHANGED)
            await connection.execute(insert(incident_versions), _version_row(version, body))
            if offer is not None:
                await connection.execute(insert(support_offers), offer.model_dump())
            await insert_sendings(connection, told)
        return version

    async def find(self, incident_id: str) -> IncidentSummary | None:
        """Return one row of the list."""
        async with self._database.reading() as connection:
            row = (await connection.execute(select(incidents).where(incidents.c.incident_id == incident_id))).one_or_none()
            return None if row is None else _summary(row)

    async def summaries(
        self,
        *,
        agent: str | None = None,
        caller: str | None = None,
        statuses: Collection[IncidentStatus] | None = None,
        limit: int = 200,
    ) -> list[IncidentSummary]:
        """Return rows of the list, latest call first."""
        query = select(incidents).order_by(incidents.c.happened_at.desc(), incidents.c.incident_id).limit(limit)
        if agent is not None:
            query = query.where(incidents.c.agent == agent)
        if caller is not None:
            query = query.where(incidents.c.caller == caller)
        if statuses is not None:
            query = query.where(incidents.c.status.in_([status.value for status in statuses]))
        async with self._database.reading() as connection:
            return [_summary(row) for row in await connection.execute(query)]

    async def versions(self, incident_id: str) -> list[IncidentVersion]:
        """Return all versions, first to last. Raises NotFoundError."""
        return [read_version(body, stored_hash) for _, stored_hash, body in await self._links(incident_id)]

    async def newest(self, incident_id: str) -> IncidentVersion:
        """Return the newest version. Raises NotFoundError."""
        _, stored_hash, body = (await self._links(incident_id))[-1]
        return read_version(body, stored_hash)

    async def check(self, incident_id: str) -> ChainCheck:
        """Return whether a record is as it was written. Raises NotFoundError."""
        summary = await self.find(incident_id)
        links = await self._links(incident_id) if summary else []
        if summary is None:
            raise NotFoundError(NO_SUCH)
        return check(incident_id, links, last=summary.version, status=summary.status.value)

    async def mark(self, mark_id: str, call_id: str, *, by: str, at: datetime, why: str) -> None:
        """Note that a person wants a record of this call."""
        row = {"mark_id": mark_id, "call_id": call_id, "by": by, "at": at, "why": why}
        async with self._database.writing() as connection:
            await connection.execute(insert(call_marks), row)

    async def marks(self, call_id: str, began_at: datetime) -> list[CallAct]:
        """Return who marked a call, placed in its audio."""
        query = select(call_marks).where(call_marks.c.call_id == call_id).order_by(call_marks.c.at, call_marks.c.mark_id)
        async with self._database.reading() as connection:
            return [
                _mark(row.by, row.why, at_s=round(max((row.at - began_at).total_seconds(), 0.0), 3))
                for row in await connection.execute(query)
            ]

    async def support(self, incident_id: str) -> list[SupportOffer]:
        """Return what was offered."""
        query = select(support_offers).where(support_offers.c.incident_id == incident_id).order_by(support_offers.c.offered_at)
        async with self._database.reading() as connection:
            return [SupportOffer(**row._mapping) for row in await connection.execute(query)]  # noqa: SLF001  # SQLAlchemy's public name

    async def answer_support(self, support_id: str, *, agent: str, answer: str, at: datetime) -> None:
        """Keep the agent's answer. Raises NotFoundError for an offer that was not made to them."""
        own = (support_offers.c.support_id == support_id) & (support_offers.c.agent == agent)
        async with self._database.writing() as connection:
            changed = await connection.execute(update(support_offers).where(own).values(answer=answer, answered_at=at))
            if changed.rowcount == 0:
                raise NotFoundError("there is no such offer to you")

    async def _links(self, incident_id: str) -> list[tuple[int, str, str]]:
        query = select(incident_versions).where(incident_versions.c.incident_id == incident_id)
        async with self._database.reading() as connection:
            rows = await connection.execute(query.order_by(incident_versions.c.version))
            links = [(row.version, row.hash, row.body) for row in rows]
        if not links:
            raise NotFoundError(NO_SUCH)
        return links


def first_row(facts: Facts, at: datetime) -> IncidentSummary:
    """Return the row of the list that a call's record begins with."""
    return IncidentSummary(
        incident_id=incident_id_of(facts.call_id),
        call_id=facts.call_id,
        agent=facts.agent,
        caller=facts.caller,
        status=IncidentStatus.DRAFT,
        version=1,
        categories=facts.categories,
        severity=facts.severity,
        about_care=facts.about_care,
        happened_at=facts.began_at,
        changed_at=at,
        is_on_hold=False,
    )


def _mark(by: str, why: str, *, at_s: float) -> CallAct:
    said = say("marked_why", why=why) if why else say("marked")
    return CallAct(at_s=at_s, by=by, what=in_english(said), kind="mark", said=said)


def _version_row(version: IncidentVersion, body: str) -> dict[str, Any]:
    return {"incident_id": version.incident_id, "version": version.version, "hash": version.hash, "body": body}


def _summary(row: Row[Any]) -> IncidentSummary:
    return IncidentSummary(**(dict(row._mapping) | {"categories": tuple(row.categories.split())}))  # noqa: SLF001  # SQLAlchemy's public name
