"""What people and the installation have chosen while the server runs; the owner «» is the installation."""

from sqlalchemy import Column, String, Table, Text, delete, insert, select
from sqlalchemy.ext.asyncio import AsyncConnection

from callguard.record.database import Database
from callguard.record.tables import metadata

preferences = Table(
    "preferences",
    metadata,
    Column("owner", String, primary_key=True),
    Column("name", String, primary_key=True),
    Column("value", Text, nullable=False),
)


class Preferences:
    """Reads and changes choices."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def preference(self, owner: str, name: str) -> str | None:
        """Return a choice, None if none was made."""
        query = select(preferences.c.value).where(preferences.c.owner == owner, preferences.c.name == name)
        async with self._database.reading() as connection:
            return await connection.scalar(query)

    async def preferences_named(self, name: str) -> dict[str, str]:
        """Return everybody's choice of this name, by owner."""
        query = select(preferences.c.owner, preferences.c.value).where(preferences.c.name == name)
        async with self._database.reading() as connection:
            return {row.owner: row.value for row in await connection.execute(query)}

    async def set_preference(self, owner: str, name: str, value: str | None) -> None:
        """Make a choice; None takes it back."""
        async with self._database.writing() as connection:
            await put_preference(connection, owner, name, value)


async def put_preference(connection: AsyncConnection, owner: str, name: str, value: str | None) -> None:
    """Make a choice in somebody's transaction; None takes it back."""
    await connection.execute(delete(preferences).where(preferences.c.owner == owner, preferences.c.name == name))
    if value is not None:
        await connection.execute(insert(preferences), {"owner": owner, "name": name, "value": value})
