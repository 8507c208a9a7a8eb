"""Every version of a policy that was ever proposed or used, word for word: old decisions are read under theirs."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Column, String, Table, Text, insert, select, update

from callguard.accounts import Noted
from callguard.errors import InputError
from callguard.record.database import Database
from callguard.record.preferences import put_preference
from callguard.record.tables import UtcDateTime, metadata
from callguard.record.task_files import insert_notes

policy_versions = Table(
    "policy_versions",
    metadata,
    Column("label", String, primary_key=True),
    Column("text", Text, nullable=False),
    Column("summary", Text, nullable=False),
    # Why it was proposed, in the proposer's words.
    Column("note", Text, nullable=False),
    Column("added_at", UtcDateTime, nullable=False),
    Column("added_by", String, nullable=False),
    # When it was last put into use; None for a proposal.
    Column("used_at", UtcDateTime),
    Column("used_by", String, nullable=False),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class ShelvedPolicy:
    """One version of a policy."""

    label: str
    """Name and version."""
    text: str
    """TOML."""
    summary: str
    note: str
    """Why it was proposed; may be empty."""
    added_at: datetime
    added_by: str
    used_at: datetime | None
    """When new calls last began to run under it; None for a proposal."""
    used_by: str


class PolicyShelf:
    """Keeps policies; one label never stands for two texts."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def add(self, policy: ShelvedPolicy, *, noted: Noted | None = None) -> None:
        """Keep a version; the same one again changes nothing. Raises InputError for another text under a known label.

        `noted` is what the log of access says of it, in the same transaction.
        """
        columns = policy_versions.c
        async with self._database.writing() as connection:
            await insert_notes(connection, [noted] if noted else [])
            known = await connection.scalar(select(columns.text).where(columns.label == policy.label))
            if known is not None:
                if known != policy.text:
                    raise InputError(f"{policy.label} is kept already with another text; raise its version")
                return
            row = {name: getattr(policy, name) for name in policy.__slots__}
            await connection.execute(insert(policy_versions), row)

    async def take_into_use(self, label: str, text: str, *, choice: tuple[str, str], noted: Noted) -> None:
        """Let new calls run under a version that is kept already: the choice, its time and the log of access, or none of them.

        `choice` is owner and name of the preference that holds the text in use.
        """
        async with self._database.writing() as connection:
            await put_preference(connection, *choice, text)
            values = {"used_at": noted.at, "used_by": noted.who}
            await connection.execute(update(policy_versions).where(policy_versions.c.label == label).values(values))
            await insert_notes(connection, [noted])

    async def get(self, label: str) -> ShelvedPolicy | None:
        """Return one version, None if it is not kept here."""
        async with self._database.reading() as connection:
            query = select(policy_versions).where(policy_versions.c.label == label)
            row = (await connection.execute(query)).one_or_none()
            return None if row is None else ShelvedPolicy(**dict(row._mapping))  # noqa: SLF001  # SQLAlchemy's public name

    async def all(self, limit: int = 500) -> list[ShelvedPolicy]:
        """Return the versions, newest first."""
        query = select(policy_versions).order_by(policy_versions.c.added_at.desc(), policy_versions.c.label).limit(limit)
        async with self._database.reading() as connection:
            return [ShelvedPolicy(**dict(row._mapping)) for row in await connection.execute(query)]  # noqa: SLF001  # see above
