"""What people say of calls, above all agents of what is stored of their own: kept beside the call, never changed."""

from sqlalchemy import Column, Float, String, Table, Text, insert, select

from callguard.incidents import CallComment
from callguard.record.case_tables import ROW_ID
from callguard.record.database import Database
from callguard.record.tables import UtcDateTime, metadata

call_comments = Table(
    "call_comments",
    metadata,
    Column("comment_id", ROW_ID, primary_key=True),
    Column("call_id", String, nullable=False, index=True),
    Column("by", String, nullable=False),
    Column("at", UtcDateTime, nullable=False),
    Column("text", Text, nullable=False),
    # Seconds into the call; None for what is said of the call as a whole.
    Column("at_s", Float),
)


class CallComments:
    """Comments in the database. Every method raises StoreError if the store fails."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def add_comment(self, comment: CallComment) -> None:
        """Keep a comment."""
        async with self._database.writing() as connection:
            await connection.execute(insert(call_comments), comment.model_dump())

    async def comments_of(self, call_id: str) -> list[CallComment]:
        """Return the comments on a call, oldest first."""
        table = call_comments.c
        query = (
            select(table.call_id, table.by, table.at, table.text, table.at_s)
            .where(table.call_id == call_id)
            .order_by(table.comment_id)
        )
        async with self._database.reading() as connection:
            return [CallComment(**row._mapping) for row in await connection.execute(query)]  # noqa: SLF001  # SQLAlchemy's public name
