"""What people say was said: kept beside what was heard, every version of it, never in its place."""

from sqlalchemy import Column, Integer, String, Table, Text, insert, select, update

from callguard.accounts import Noted
from callguard.archive import Correction
from callguard.errors import NotFoundError
from callguard.record.call_comments import call_comments
from callguard.record.case_tables import ROW_ID
from callguard.record.database import Database
from callguard.record.findings import folded, utterances
from callguard.record.tables import UtcDateTime
from callguard.record.task_files import insert_notes
from callguard.terms import Role

corrections = Table(
    "corrections",
    call_comments.metadata,
    Column("correction_id", ROW_ID, primary_key=True, autoincrement=True),
    Column("call_id", String, nullable=False, index=True),
    Column("channel", String, nullable=False),
    Column("segment", Integer, nullable=False),
    Column("by", String, nullable=False),
    Column("at", UtcDateTime, nullable=False),
    Column("heard", Text, nullable=False),
    Column("text", Text, nullable=False),
)


class Corrections:
    """Corrections in the database. Every method raises StoreError if the store fails."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def heard(self, call_id: str, channel: Role, segment: int) -> str:
        """Return an utterance as the engine wrote it. Raises NotFoundError."""
        own = (utterances.c.call_id == call_id) & (utterances.c.channel == channel.value) & (utterances.c.segment == segment)
        async with self._database.reading() as connection:
            text = await connection.scalar(select(utterances.c.text).where(own))
        if text is None:
            raise NotFoundError("the call has no such utterance; send the channel and segment of a line of its story")
        return str(text)

    async def correct(self, correction: Correction, *, noted: Noted | None = None) -> None:
        """Keep a correction and what the log of access says of it, and let the call be found by its words too."""
        row = correction.model_dump() | {"channel": correction.channel.value}
        found = (
            (utterances.c.call_id == correction.call_id)
            & (utterances.c.channel == correction.channel.value)
            & (utterances.c.segment == correction.segment)
        )
        words = f"{folded(correction.heard)} {folded(correction.text)}"
        async with self._database.writing() as connection:
            await connection.execute(insert(corrections), row)
            await connection.execute(update(utterances).where(found).values(folded=words))
            await insert_notes(connection, [noted] if noted else [])

    async def of_call(self, call_id: str) -> list[Correction]:
        """Return all corrections of a call, oldest first: of one utterance the last one holds."""
        return await self.all(call_id) if call_id else []

    async def all(self, call_id: str = "") -> list[Correction]:
        """Return the corrections of all calls, or of one, oldest first."""
        query = select(corrections).order_by(corrections.c.correction_id)
        if call_id:
            query = query.where(corrections.c.call_id == call_id)
        async with self._database.reading() as connection:
            rows = [dict(row._mapping) for row in await connection.execute(query)]  # noqa: SLF001  # SQLAlchemy's public name
        return [
            Correction(**{name: row[name] for name in Correction.model_fields} | {"channel": Role(row["channel"])})
            for row in rows
        ]
