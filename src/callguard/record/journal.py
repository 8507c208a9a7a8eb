"""Every event, and the list of calls that follows from them."""

import asyncio
from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any, Protocol

import orjson
from sqlalchemy import Row, Select, bindparam, case, delete, func, insert, or_, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from callguard.errors import InputError, StoreError
from callguard.events import CallRecord, StoredEvent
from callguard.record.case_tables import incidents
from callguard.record.database import Database
from callguard.record.findings import note_findings
from callguard.record.outbox import insert_sendings
from callguard.record.preferences import preferences
from callguard.record.tables import calls, events, users
from callguard.record.upkeep import CallChange, Json, fold, new_row
from callguard.sendings import Sending
from callguard.terms import CallState

SENT = update(events).where(events.c.seq == bindparam("number")).values(sent_ns=bindparam("moment"))
NO_TIMES = b'"stored_ns":0,"sent_ns":0}'
"""How the step times of a body end that was written before the event was stored; quotes inside a string would be escaped."""

READ = ("seq", "call_id", "agent", "is_alert", "body", "stored_ns", "sent_ns")
"""Columns of an event that are read again; its time and type stand in the body too."""
AT_ONCE = 250
"""Events that are made of rows before others have their turn."""
NUMBER = "newest_number"
KEPT_NUMBER = (preferences.c.owner == "", preferences.c.name == NUMBER)
CALLS_AT_ONCE = 500
"""Calls that are asked for together: databases bound the number of parameters."""
INTERRUPTED = "interrupted"
"""End reason of calls that were running when the server went away."""


class Mail(Protocol):
    """Knows what is to be sent because of an event."""

    @property
    def types(self) -> Collection[str]:
        """Types of events that it wants to see."""
        ...

    async def look_up(self, policies: Collection[str], /) -> None:
        """Get to know the policies that alerts were decided under, before their transaction begins."""
        ...

    def because_of(self, body: Json, *, agent: str, is_alert: bool) -> Sequence[Sending]:
        """Return what is to be sent; `is_alert`: the decision that the event is about alerted somebody."""
        ...

    def posted(self) -> None:
        """Take note that sendings were committed."""
        ...


class Journal:
    """Appends events and answers what happened."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._mail: Mail | None = None

    def send_by(self, mail: Mail) -> None:
        """From now on, keep with each event what is to be sent because of it, in the same transaction."""
        self._mail = mail

    async def last_seq(self) -> int:
        """Return the number of the newest event that was ever stored, 0 before the first."""
        async with self._database.reading() as connection:
            return await newest_number(connection)

    async def append(self, batch: Sequence[StoredEvent], *, stored_ns: int = 0, sent_ns: Mapping[int, int] | None = None) -> None:
        """Store events in one transaction and return when it is committed; what was stored before is left as it is.

        `stored_ns` is the moment, `sent_ns` says by number when events of this or an earlier batch went out to consoles. The list
        of calls is brought up to date in the same transaction. Raises StoreError, or InputError for an event that is not what its
        type promises; then nothing was stored.
        """
        sent = dict(sent_ns or {})
        if not batch and not sent:
            return
        rows = [_event_row(event) | {"stored_ns": stored_ns, "sent_ns": sent.pop(event.seq, 0)} for event in batch]
        sendings: list[Sending] = []
        if self._mail is not None and (alerts := [row for row in rows if row["is_alert"] and row["type"] == "decision"]):
            await self._mail.look_up({str(_json(row["body"]).get("policy", "")) for row in alerts})
        async with self._database.writing() as connection:
            new = await _not_yet_stored(connection, rows) if rows else []
            if new:
                await connection.execute(insert(events), new)
                await _update_calls(connection, new)
                await _give_to_agents(connection, new)
                await _note(connection, new)
                sendings = await self._sendings(connection, new)
                await insert_sendings(connection, sendings)
            if sent:
                times = [{"number": seq, "moment": moment} for seq, moment in sent.items()]
                await connection.execute(SENT, times)
        if self._mail is not None and sendings:
            self._mail.posted()

    async def seq_after(self, seq: int, count: int) -> int | None:
        """Return the number of the `count`-th stored event after `seq`, None if there are fewer."""
        async with self._database.reading() as connection:
            query = select(events.c.seq).where(events.c.seq > seq).order_by(events.c.seq).offset(count - 1).limit(1)
            found = await connection.scalar(query)
            return None if found is None else int(found)

    async def events_since(self, seq: int, *, agent: str | None = None, limit: int = 1000) -> list[StoredEvent]:
        """Return events after `seq` in order, at most `limit`; with `agent` only those of that agent's calls."""
        query = select(events).where(events.c.seq > seq).order_by(events.c.seq).limit(limit)
        return await self._events(query if agent is None else query.where(events.c.agent == _text(agent)))

    async def events_of_call(self, call_id: str, *, types: Collection[str] | None = None) -> list[StoredEvent]:
        """Return all events of a call in order, or those of some types."""
        query = select(events).where(events.c.call_id == _text(call_id)).order_by(events.c.seq)
        return await self._events(query if types is None else query.where(events.c.type.in_(types)))

    async def events_of_calls_since(
        self, since: datetime, *, agent: str | None = None, types: Collection[str] | None = None, limit: int = 20_000
    ) -> list[StoredEvent]:
        """Return the newest `limit` events, in order, of calls that are running or ended after `since`."""
        recent = select(calls.c.call_id).where(or_(calls.c.ended_at.is_(None), calls.c.ended_at > since))
        if agent is not None:
            recent = recent.where(calls.c.agent == _text(agent))
        async with self._database.reading() as connection:
            ids = list(await connection.scalars(recent))
        found: list[StoredEvent] = []
        for start in range(0, len(ids), CALLS_AT_ONCE):
            query = select(events).where(events.c.call_id.in_(ids[start : start + CALLS_AT_ONCE]))
            if types is not None:
                query = query.where(events.c.type.in_(types))
            # Ordered by the bare number, years of events are gone through, newest first, until there are enough.
            found += await self._events(query.order_by((events.c.seq + 0).desc()).limit(limit))
        return sorted(found, key=lambda event: event.seq)[-limit:]

    async def calls(
        self, limit: int, *, agent: str | None = None, running: bool | None = None, only_team: str = ""
    ) -> list[CallRecord]:
        """Return the newest calls, latest start first; with `only_team` those whose agent is in this team or in none."""
        query = select(calls).order_by(calls.c.started_at.desc(), calls.c.call_id).limit(limit)
        if only_team:
            query = query.where(calls.c.agent.not_in(select(users.c.name).where(users.c.team.not_in(["", only_team]))))
        if agent is not None:
            query = query.where(calls.c.agent == _text(agent))
        if running is not None:
            query = query.where(calls.c.ended_at.is_(None) if running else calls.c.ended_at.is_not(None))
        async with self._database.reading() as connection:
            return [_call(row) for row in await connection.execute(query)]

    async def call(self, call_id: str) -> CallRecord | None:
        """Return one call, or None if there is no such call."""
        async with self._database.reading() as connection:
            row = (await connection.execute(select(calls).where(calls.c.call_id == _text(call_id)))).one_or_none()
            return None if row is None else _call(row)

    async def has_had(self, agent: str, caller: str) -> bool:
        """Whether this agent had a call with this caller, known by keyed hash."""
        query = select(calls.c.call_id).where(calls.c.caller == caller, calls.c.agent == agent).limit(1)
        async with self._database.reading() as connection:
            return await connection.scalar(query) is not None

    async def owed_after_the_end(self, since: datetime, *, anyway_since: datetime) -> list[str]:
        """Return calls that ended after `since` and have no incident record, and all after `anyway_since`, oldest first."""
        query = select(calls.c.call_id).outerjoin(incidents, incidents.c.call_id == calls.c.call_id)
        query = query.where(
            calls.c.ended_at > since, or_(incidents.c.call_id.is_(None), calls.c.ended_at > anyway_since)
        ).order_by(calls.c.ended_at)
        async with self._database.reading() as connection:
            return list(await connection.scalars(query))

    async def mark_interrupted(self, at: datetime) -> int:
        """Close calls that never ended, at the start of a server, and return how many there were."""
        closed = update(calls).where(calls.c.ended_at.is_(None)).values(ended_at=at, end_reason=INTERRUPTED)
        async with self._database.writing() as connection:
            return (await connection.execute(closed)).rowcount

    async def _sendings(self, connection: AsyncConnection, rows: Iterable[dict[str, Any]]) -> list[Sending]:
        if self._mail is None:
            return []
        sendings: list[Sending] = []
        wanted = self._mail.types
        for row in rows:
            if row["type"] in wanted:
                body = _json(row["body"])
                is_alert = body.get("kind") == "alert"
                if row["type"] == "decision_settled":
                    is_alert = body["decision_id"] in await _alerts_of(connection, row["call_id"])
                sendings += self._mail.because_of(body, agent=row["agent"], is_alert=is_alert)
        return sendings

    async def _events(self, query: Select[Any]) -> list[StoredEvent]:
        wanted = query.with_only_columns(*(events.c[name] for name in READ), maintain_column_froms=True)
        async with self._database.reading() as connection:
            rows = (await connection.execute(wanted)).all()
        found: list[StoredEvent] = []
        for start in range(0, len(rows), AT_ONCE):
            if start:
                await asyncio.sleep(0)  # an hour of talk is thousands of events, and live calls share this loop
            found += [_event(row) for row in rows[start : start + AT_ONCE]]
        return found


async def newest_number(connection: AsyncConnection) -> int:
    """Return the number of the newest event that was ever stored, also if its call was let go; 0 before the first."""
    stored = await connection.scalar(select(func.max(events.c.seq))) or 0
    let_go = await connection.scalar(select(preferences.c.value).where(*KEPT_NUMBER))
    return max(int(stored), int(let_go or 0))


async def keep_number(connection: AsyncConnection) -> None:
    """Remember the newest number before events are deleted: the order of events goes on from it."""
    newest = str(await newest_number(connection))
    await connection.execute(delete(preferences).where(*KEPT_NUMBER))
    await connection.execute(insert(preferences), {"owner": "", "name": NUMBER, "value": newest})


async def _not_yet_stored(connection: AsyncConnection, rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return the rows that are new: a commit whose answer got lost is tried again, and must not count twice."""
    numbers = [row["seq"] for row in rows]
    query = select(events.c.seq, events.c.body).where(events.c.seq.between(min(numbers), max(numbers)))
    stored = {row.seq: row.body for row in await connection.execute(query)}
    for row in rows:
        if stored.get(row["seq"], row["body"]) != row["body"]:
            raise StoreError(f"event {row['seq']} is stored with other content; let one callguard only write to a database")
    return [row for row in rows if row["seq"] not in stored]


async def _update_calls(connection: AsyncConnection, rows: Iterable[dict[str, Any]]) -> None:
    try:
        changes = fold((row["call_id"], row["agent"], _json(row["body"])) for row in rows)
    except (KeyError, ValueError, TypeError) as error:
        raise InputError(f"an event lacks what its type promises ({type(error).__name__}); expected all of its fields") from error
    for call_id, change in changes.items():
        change.alerts -= await _withdrawn_alerts(connection, call_id, change)
        peak = case((calls.c.peak_severity < change.peak_severity, change.peak_severity), else_=calls.c.peak_severity)
        most = case((calls.c.repeated_demands < change.repeated_demands, change.repeated_demands), else_=calls.c.repeated_demands)
        values = change.values | {"peak_severity": peak, "repeated_demands": most, "alerts": calls.c.alerts + change.alerts}
        changed = await connection.execute(update(calls).where(calls.c.call_id == call_id).values(values))
        if changed.rowcount == 0:
            await connection.execute(insert(calls), new_row(call_id, change))


async def _note(connection: AsyncConnection, rows: Iterable[dict[str, Any]]) -> None:
    try:
        await note_findings(connection, rows)
    except (KeyError, ValueError, TypeError) as error:
        raise InputError(f"an event lacks what its type promises ({type(error).__name__}); expected all of its fields") from error


async def _give_to_agents(connection: AsyncConnection, rows: Iterable[dict[str, Any]]) -> None:
    """Let an agent see what was said on their call before anybody said that it was theirs."""
    for row in rows:
        if row["type"] == "agent_assigned":
            nobodys = update(events).where(events.c.call_id == row["call_id"], events.c.agent == "")
            await connection.execute(nobodys.values(agent=row["agent"]))


async def _withdrawn_alerts(connection: AsyncConnection, call_id: str, change: CallChange) -> int:
    if not change.withdrawn:
        return 0
    return len((await _alerts_of(connection, call_id)).intersection(change.withdrawn))


async def _alerts_of(connection: AsyncConnection, call_id: str) -> set[str]:
    decisions = select(events.c.body).where(events.c.call_id == call_id, events.c.type == "decision")
    return {body["decision_id"] for body in map(_json, await connection.scalars(decisions)) if body["kind"] == "alert"}


def _event_row(event: StoredEvent) -> dict[str, Any]:
    body = _json(event.body)
    try:
        named = {"type": body["type"], "at": datetime.fromisoformat(body["at"])}
    except (KeyError, ValueError, TypeError) as error:
        raise InputError(f"event {event.seq} has no `type` or no time in `at`; expected both") from error
    who = {"seq": event.seq, "call_id": _text(event.call_id), "agent": _text(event.agent)}
    return who | named | {"is_alert": event.is_alert, "body": event.body.decode()}


def _json(text: str | bytes) -> Json:
    try:
        body: Json = orjson.loads(text)
    except orjson.JSONDecodeError as error:
        raise InputError("an event is no JSON object; expected what `wire.as_json` makes") from error
    return body


def _text(name: str) -> str:
    """Return `name` as PostgreSQL can hold it: names come from outside, and text there has no NUL."""
    return name.replace("\0", "\N{REPLACEMENT CHARACTER}")


def _event(row: Row[Any]) -> StoredEvent:
    body = _with_times(row.body.encode(), row.stored_ns, row.sent_ns) if row.stored_ns else row.body.encode()
    return StoredEvent(seq=row.seq, call_id=row.call_id, agent=row.agent, is_alert=row.is_alert, body=body)


def _with_times(body: bytes, stored_ns: int, sent_ns: int) -> bytes:
    """Return a body with the step times that became known after it was written."""
    times = b'"stored_ns":%d,"sent_ns":%d}' % (stored_ns, sent_ns)
    if NO_TIMES in body:
        return body.replace(NO_TIMES, times)
    if b'"times":{' in body:
        return body  # an event that knew them: it tells of another one that was sent before
    return b'%b,"times":{%b}' % (body[:-1], times)


def _call(row: Row[Any]) -> CallRecord:
    read = {"state": CallState(row.state), "caller": row.caller or ""}
    return CallRecord(**(dict(row._mapping) | read))  # noqa: SLF001  # SQLAlchemy's public name
