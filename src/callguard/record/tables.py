"""The tables, in the shape that the newest migration leaves behind."""

from datetime import UTC, datetime

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    DateTime,
    Dialect,
    ForeignKey,
    Index,
    Integer,
    MetaData,
    String,
    Table,
    Text,
    false,
)
from sqlalchemy.types import TypeDecorator


class UtcDateTime(TypeDecorator[datetime]):
    """An aware time: PostgreSQL keeps the zone, SQLite has none and gets UTC without one."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Return what the driver stores; a naive time is a bug of the caller."""
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("a time without a zone cannot be stored; expected UTC")
        in_utc = value.astimezone(UTC)
        return in_utc.replace(tzinfo=None) if dialect.name == "sqlite" else in_utc

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:  # noqa: ARG002  # SQLAlchemy's signature
        """Return the time as aware UTC."""
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


NAMES = {"ix": "ix_%(table_name)s_%(column_0_N_name)s", "fk": "fk_%(table_name)s_%(column_0_name)s", "pk": "pk_%(table_name)s"}
"""Constraints have the same names on both databases, so that a later migration can address them."""

metadata = MetaData(naming_convention=NAMES)

events = Table(
    "events",
    metadata,
    # SQLite's fast row id exists only for the exact type INTEGER.
    Column("seq", BigInteger().with_variant(Integer, "sqlite"), primary_key=True, autoincrement=False),
    Column("call_id", String, nullable=False),
    Column("agent", String, nullable=False),
    Column("type", String, nullable=False),
    Column("at", UtcDateTime, nullable=False),
    Column("is_alert", Boolean, nullable=False),
    Column("body", Text, nullable=False),
    # Monotonic ns of the process that wrote it, 0 = unknown; the body is written before either is known.
    Column("stored_ns", BigInteger, nullable=False, server_default="0"),
    Column("sent_ns", BigInteger, nullable=False, server_default="0"),
    Index(None, "call_id", "seq"),
    Index(None, "agent", "seq"),
)

calls = Table(
    "calls",
    metadata,
    Column("call_id", String, primary_key=True),
    Column("tap", String, nullable=False),
    Column("agent", String, nullable=False),
    Column("line", String, nullable=False),
    Column("started_at", UtcDateTime, nullable=False, index=True),
    Column("ended_at", UtcDateTime, index=True),
    Column("end_reason", String, nullable=False),
    Column("state", String, nullable=False),
    Column("peak_severity", Integer, nullable=False),
    Column("alerts", Integer, nullable=False),
    # None until the numbers of an older callguard are sealed; the keyed hash after that, empty for a withheld number.
    Column("caller", String, index=True),
    Column("repeated_demands", Integer, nullable=False, server_default="0"),
)

users = Table(
    "users",
    metadata,
    Column("name", String, primary_key=True),
    Column("display_name", String, nullable=False),
    Column("role", String, nullable=False),
    Column("team", String, nullable=False),
    Column("password_hash", String, nullable=False),
    Column("is_disabled", Boolean, nullable=False, server_default=false()),
    # None: the password is the person's own; else it is a one-time one that can be exchanged until then.
    Column("one_time_until", UtcDateTime),
)

sessions = Table(
    "sessions",
    metadata,
    Column("token_hash", String, primary_key=True),
    Column("user_name", ForeignKey("users.name", ondelete="CASCADE"), nullable=False, index=True),
    Column("expires_at", UtcDateTime, nullable=False, index=True),
)

tap_tokens = Table(
    "tap_tokens",
    metadata,
    Column("token_hash", String, primary_key=True),
    Column("name", String, nullable=False, unique=True),
    Column("scope", String, nullable=False),
)
