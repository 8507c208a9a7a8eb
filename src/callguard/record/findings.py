"""By what calls are found again: their words, categories, tactics and the lives of their alerts; kept up with each event."""

import unicodedata
from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

import orjson
from sqlalchemy import (
    Boolean,
    Column,
    Float,
    Index,
    Integer,
    String,
    Table,
    Text,
    UniqueConstraint,
    delete,
    insert,
    select,
    update,
)
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.ext.asyncio import AsyncConnection

from callguard.record.case_tables import ROW_ID
from callguard.record.database import Database
from callguard.record.preferences import preferences
from callguard.record.tables import UtcDateTime, events, metadata

utterances = Table(
    "utterances",
    metadata,
    Column("utterance_id", ROW_ID, primary_key=True, autoincrement=True),
    Column("call_id", String, nullable=False),
    Column("channel", String, nullable=False),
    Column("segment", Integer, nullable=False),
    Column("start_s", Float, nullable=False),
    Column("text", Text, nullable=False),
    # What the words index holds: `folded` text as heard, and as corrected.
    Column("folded", Text, nullable=False),
    UniqueConstraint("call_id", "channel", "segment", name="uq_utterances_call_id"),
)

call_traits = Table(
    "call_traits",
    metadata,
    Column("call_id", String, primary_key=True),
    Column("kind", String, primary_key=True),
    Column("value", String, primary_key=True),
    Index(None, "kind", "value", "call_id"),
)

alert_lives = Table(
    "alert_lives",
    metadata,
    # Of the alert of the first tier; what is raised again is the same alert.
    Column("decision_id", String, primary_key=True),
    Column("call_id", String, nullable=False, index=True),
    Column("at", UtcDateTime, nullable=False, index=True),
    Column("category", String, nullable=False),
    Column("severity", Integer, nullable=False),
    Column("tier", Integer, nullable=False),
    Column("is_withdrawn", Boolean, nullable=False),
    # Seconds until somebody acknowledged or claimed it, and until somebody claimed it or joined the call.
    Column("seen_s", Float),
    Column("help_s", Float),
)

CATEGORY, TACTIC = "category", "tactic"
SEEN, HELPED = ("acknowledged", "claimed"), ("claimed",)
TYPES = (
    "transcript",
    "score",
    "decision",
    "decision_settled",
    "alert_answered",
    "card_answered",
    "tactic_requested",
    "staff_join",
)
"""Events that say something by which a call is found."""
Row = Mapping[str, Any]


def folded(text: str) -> str:
    """Return text as it is searched: small letters without marks, words of letters and digits with single spaces.

    Apostrophes join («can't» is «cant»), so that both databases cut words at the same places.
    """
    plain = unicodedata.normalize("NFKD", text.casefold().replace("'", "").replace("’", ""))
    kept = (one for one in plain if not unicodedata.combining(one))
    return " ".join("".join(one if one.isalnum() else " " for one in kept).split())


FROM = "findings_from"
"""Preference of the installation that says from which event on old ones are still to be gone through; absent when all are."""
PAGE = 2000


async def catch_up(database: Database) -> int:
    """Go through events that were stored before there were findings, and return how many; may be broken off and repeated."""
    count = 0
    is_ours = (preferences.c.owner == "") & (preferences.c.name == FROM)
    while True:
        async with database.writing() as connection:
            since = await connection.scalar(select(preferences.c.value).where(is_ours))
            if since is None:
                return count
            some = select(events.c.seq, events.c.call_id, events.c.type, events.c.body)
            query = some.where(events.c.seq > int(since), events.c.type.in_(TYPES)).order_by(events.c.seq).limit(PAGE)
            rows = [dict(row._mapping) for row in await connection.execute(query)]  # noqa: SLF001  # SQLAlchemy's public name
            if not rows:
                await connection.execute(delete(preferences).where(is_ours))
                return count
            await note_findings(connection, rows)
            await connection.execute(update(preferences).where(is_ours).values(value=str(rows[-1]["seq"])))
            count += len(rows)


async def forget_findings(connection: AsyncConnection, call_id: str) -> None:
    """Let go of everything by which a call could be found."""
    for table in (utterances, call_traits, alert_lives):
        await connection.execute(delete(table).where(table.c.call_id == call_id))


async def note_findings(connection: AsyncConnection, rows: Iterable[Row]) -> None:
    """Take stored events into the tables of findings, in the transaction that stores them.

    A row has `call_id`, `type`, `at` and `body` (text). Raises KeyError, ValueError or TypeError for one that lacks what its type
    promises.
    """
    spoken: dict[tuple[str, str, int], dict[str, Any]] = {}
    traits: dict[tuple[str, str, str], None] = {}
    for row in rows:
        if row["type"] not in TYPES:
            continue
        body = orjson.loads(row["body"])
        if row["type"] == "transcript":
            if body["final"] and body["text"]:
                spoken[row["call_id"], body["channel"], body["segment"]] = _utterance(row["call_id"], body)
        else:
            traits.update(dict.fromkeys((row["call_id"], kind, value) for kind, value in _traits(body)))
            await _note_alert(connection, row, body)
    await _add(connection, utterances, spoken.values())
    await _add(connection, call_traits, (dict(zip(("call_id", "kind", "value"), key, strict=True)) for key in traits))


def _utterance(call_id: str, body: Row) -> dict[str, Any]:
    own = {"channel": body["channel"], "segment": body["segment"], "start_s": body["start_s"]}
    text = body["text"].replace("\0", " ")
    return {"call_id": call_id, "text": text, "folded": folded(text)} | own


def _traits(body: Row) -> Iterable[tuple[str, str]]:
    match body["type"]:
        case "score" if body["final"]:
            yield from ((CATEGORY, label) for label in body["labels"])
        case "decision" if body["kind"] == "alert":
            yield CATEGORY, body["category"]
        case "card_answered" if body["answer"] != "not_now":
            yield TACTIC, body["tactic"]
        case "tactic_requested":
            yield TACTIC, body["tactic"]


async def _add(connection: AsyncConnection, table: Table, new: Iterable[dict[str, Any]]) -> None:
    """Insert rows whose key is not there yet: the same is said, and done, many times."""
    make = postgresql.insert if connection.dialect.name == "postgresql" else sqlite.insert
    if rows := list(new):
        # Left to the database: to read what it knows of forty calls first takes longer, the longer they are.
        await connection.execute(make(table).on_conflict_do_nothing(), rows)


async def _note_alert(connection: AsyncConnection, row: Row, body: Row) -> None:
    lives, at = alert_lives.c, datetime.fromisoformat(body["at"])
    match body["type"]:
        case "decision" if body["kind"] == "alert" and body["repeats"]:
            raised = update(alert_lives).where(lives.decision_id == body["repeats"], lives.tier < body["tier"])
            await connection.execute(raised.values(tier=body["tier"]))
        case "decision" if body["kind"] == "alert":
            own = {name: body[name] for name in ("decision_id", "category", "severity", "tier")}
            known = await connection.scalar(select(lives.decision_id).where(lives.decision_id == body["decision_id"]))
            if known is None:
                await connection.execute(insert(alert_lives), {"call_id": row["call_id"], "at": at, "is_withdrawn": False} | own)
        case "decision_settled" if not body["confirmed"]:
            gone = update(alert_lives).where(lives.decision_id == body["decision_id"])
            await connection.execute(gone.values(is_withdrawn=True))
        case "alert_answered" if body["answer"] in SEEN:
            first = await _first_of(connection, row["call_id"], body["decision_id"])
            is_claim = body["answer"] in HELPED  # whoever claims one alert has the call, and with it the others
            await _answered(connection, row["call_id"], at, only="" if is_claim else first, is_help=is_claim)
        case "staff_join" if body["phase"] == "joined":
            await _answered(connection, row["call_id"], at, only="", is_help=True)


async def _first_of(connection: AsyncConnection, call_id: str, decision_id: str) -> str:
    """Return the alert that this decision raised again, or its own id."""
    query = select(events.c.body).where(events.c.call_id == call_id, events.c.type == "decision")
    for text in await connection.scalars(query):
        body = orjson.loads(text)
        if body["decision_id"] == decision_id:
            return str(body["repeats"] or decision_id)
    return decision_id


async def _answered(connection: AsyncConnection, call_id: str, at: datetime, *, only: str, is_help: bool) -> None:
    query = select(alert_lives).where(alert_lives.c.call_id == call_id)
    for life in list(await connection.execute(query)):
        waited = max((at - life.at).total_seconds(), 0.0)
        values = {}
        if life.seen_s is None and (only in ("", life.decision_id)):
            values["seen_s"] = waited
        if is_help and life.help_s is None:
            values["help_s"] = waited
        if values:
            await connection.execute(update(alert_lives).where(alert_lives.c.decision_id == life.decision_id).values(values))
