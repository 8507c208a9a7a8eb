"""Users, their sessions, and bearer tokens: hashes only, never a secret itself."""

from datetime import datetime
from typing import Any

from sqlalchemy import Row, delete, insert, select, update

from callguard.errors import InputError, NotFoundError
from callguard.events import ApiToken, StaffRole, TokenScope, User
from callguard.record.database import Database
from callguard.record.tables import sessions, tap_tokens, users


class Accounts:
    """Who may log in, and who has."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def add_user(self, user: User) -> None:
        """Add somebody. Raises InputError if the name is taken."""
        row = {"name": user.name, "display_name": user.display_name, "role": user.role.value, "team": user.team}
        async with self._database.writing() as connection:
            if await connection.scalar(select(users.c.name).where(users.c.name == user.name)):
                raise InputError("a user of this name exists already; choose another name")
            await connection.execute(insert(users), row | {"password_hash": user.password_hash})

    async def user(self, name: str) -> User | None:
        """Return the user of this log-in name."""
        async with self._database.reading() as connection:
            row = (await connection.execute(select(users).where(users.c.name == name))).one_or_none()
            return None if row is None else _user(row)

    async def users(self) -> list[User]:
        """Return everybody, by name."""
        async with self._database.reading() as connection:
            return [_user(row) for row in await connection.execute(select(users).order_by(users.c.name))]

    async def set_password(self, name: str, password_hash: str) -> None:
        """Change a password and end the user's sessions. Raises NotFoundError."""
        async with self._database.writing() as connection:
            changed = await connection.execute(update(users).where(users.c.name == name).values(password_hash=password_hash))
            if changed.rowcount == 0:
                raise NotFoundError("there is no user of this name")
            await connection.execute(delete(sessions).where(sessions.c.user_name == name))

    async def add_session(self, token_hash: str, user: str, expires: datetime, *, now: datetime) -> None:
        """Remember a log-in until `expires`, and forget those that are over by `now`."""
        async with self._database.writing() as connection:
            await connection.execute(delete(sessions).where(sessions.c.expires_at <= now))
            await connection.execute(insert(sessions), {"token_hash": token_hash, "user_name": user, "expires_at": expires})

    async def session_user(self, token_hash: str, now: datetime) -> User | None:
        """Return who has this session, None if it is unknown or over."""
        query = select(users).join(sessions).where(sessions.c.token_hash == token_hash, sessions.c.expires_at > now)
        async with self._database.reading() as connection:
            row = (await connection.execute(query)).one_or_none()
            return None if row is None else _user(row)

    async def end_session(self, token_hash: str) -> None:
        """Forget a session; an unknown one is over already."""
        async with self._database.writing() as connection:
            await connection.execute(delete(sessions).where(sessions.c.token_hash == token_hash))

    async def add_token(self, name: str, token_hash: str, scope: TokenScope) -> None:
        """Remember a bearer token by its hash. Raises InputError if the name is taken."""
        async with self._database.writing() as connection:
            if await connection.scalar(select(tap_tokens.c.name).where(tap_tokens.c.name == name)):
                raise InputError("a token of this name exists already; choose another name")
            await connection.execute(insert(tap_tokens), {"name": name, "token_hash": token_hash, "scope": scope.value})

    async def token(self, token_hash: str) -> ApiToken | None:
        """Return what a bearer token stands for, None if it is unknown."""
        query = select(tap_tokens.c.name, tap_tokens.c.scope).where(tap_tokens.c.token_hash == token_hash)
        async with self._database.reading() as connection:
            row = (await connection.execute(query)).one_or_none()
            return None if row is None else ApiToken(name=row.name, scope=TokenScope(row.scope))

    async def end_token(self, name: str) -> None:
        """Revoke a bearer token. Raises NotFoundError."""
        async with self._database.writing() as connection:
            if (await connection.execute(delete(tap_tokens).where(tap_tokens.c.name == name))).rowcount == 0:
                raise NotFoundError("there is no token of this name")


def _user(row: Row[Any]) -> User:
    return User(**(dict(row._mapping) | {"role": StaffRole(row.role)}))  # noqa: SLF001  # SQLAlchemy's public name
