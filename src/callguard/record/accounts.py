"""Users, their sessions, and bearer tokens: hashes only, never a secret itself."""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from typing import Any

from sqlalchemy import Row, delete, insert, select, update

from callguard.accounts import ApiToken, Noted, TokenScope, User
from callguard.errors import InputError, NotFoundError
from callguard.record.database import Database
from callguard.record.tables import sessions, tap_tokens, users
from callguard.record.task_files import insert_notes
from callguard.terms import StaffRole


class Accounts:
    """Who may log in, and who has.

    `noted` is what the log of access says of a change: written in its transaction, so that neither is there without the other.
    """

    def __init__(self, database: Database) -> None:
        self._database = database

    async def add_user(self, user: User, *, noted: Noted | None = None) -> None:
        """Add somebody. Raises InputError if the name is taken."""
        async with self._database.writing() as connection:
            if await connection.scalar(select(users.c.name).where(users.c.name == user.name)):
                raise InputError("a user of this name exists already; choose another name")
            await connection.execute(insert(users), _row(user))
            await insert_notes(connection, [noted] if noted else [])

    async def user(self, name: str) -> User | None:
        """Return the user of this log-in name."""
        async with self._database.reading() as connection:
            row = (await connection.execute(select(users).where(users.c.name == name))).one_or_none()
            return None if row is None else _user(row)

    async def users(self) -> list[User]:
        """Return everybody, by name."""
        async with self._database.reading() as connection:
            return [_user(row) for row in await connection.execute(select(users).order_by(users.c.name))]

    async def set_password(
        self, name: str, password_hash: str, *, one_time_until: datetime | None = None, noted: Noted | None = None
    ) -> None:
        """Change a password and end the user's sessions; `one_time_until` makes it a one-time one. Raises NotFoundError."""
        if not await self.exchange_password(name, None, password_hash, one_time_until=one_time_until, noted=noted):
            raise NotFoundError("there is no user of this name")

    async def exchange_password(
        self,
        name: str,
        was: str | None,
        password_hash: str,
        *,
        one_time_until: datetime | None = None,
        noted: Noted | None = None,
    ) -> bool:
        """Do as `set_password` does where the hash is still `was`, or whatever it is for None; return whether it was done."""
        own = users.c.name == name if was is None else (users.c.name == name) & (users.c.password_hash == was)
        values = {"password_hash": password_hash, "one_time_until": one_time_until}
        async with self._database.writing() as connection:
            if (await connection.execute(update(users).where(own).values(values))).rowcount == 0:
                return False
            await connection.execute(delete(sessions).where(sessions.c.user_name == name))
            await insert_notes(connection, [noted] if noted else [])
        return True

    async def change_user(
        self,
        name: str,
        *,
        display_name: str | None = None,
        role: StaffRole | None = None,
        team: str | None = None,
        is_disabled: bool | None = None,
        noted: Callable[[User, User], Noted | None] | None = None,
    ) -> tuple[User, User]:
        """Change what is given and return the user before and after; another role, or being disabled, ends their sessions.

        `noted` makes of them what the log of access says.
        Raises NotFoundError, or InputError where nobody would be left who can log in as admin.
        """
        admins = select(users.c.name).where(users.c.role == StaffRole.ADMIN.value, users.c.is_disabled.is_(False))
        async with self._database.writing() as connection:
            # Locked, so that two admins cannot each take the other's rights at the same time.
            left = set(await connection.scalars(admins.with_for_update()))
            row = (await connection.execute(select(users).where(users.c.name == name).with_for_update())).one_or_none()
            if row is None:
                raise NotFoundError("there is no user of this name")
            before = _user(row)
            after = replace(
                before,
                display_name=before.display_name if display_name is None else display_name,
                role=before.role if role is None else role,
                team=before.team if team is None else team,
                is_disabled=before.is_disabled if is_disabled is None else is_disabled,
            )
            is_admin = after.role is StaffRole.ADMIN and not after.is_disabled
            if left == {name} and not is_admin:
                raise InputError("this is the last admin who can log in; make somebody else an admin first")
            await connection.execute(update(users).where(users.c.name == name).values(_row(after)))
            if after.is_disabled or after.role is not before.role:
                await connection.execute(delete(sessions).where(sessions.c.user_name == name))
            note = noted(before, after) if noted else None
            await insert_notes(connection, [note] if note else [])
        return before, after

    async def add_session(
        self, token_hash: str, user: str, expires: datetime, *, now: datetime, password_hash: str | None = None
    ) -> bool:
        """Remember a log-in until `expires`, and forget those that are over by `now`.

        With `password_hash` only if that is still the user's, who is not disabled; return whether it was remembered.
        """
        is_theirs = (users.c.name == user, users.c.password_hash == password_hash, users.c.is_disabled.is_(False))
        async with self._database.writing() as connection:
            await connection.execute(delete(sessions).where(sessions.c.expires_at <= now))
            # Locked, so that a password that is changed at the same time ends this session too.
            if (
                password_hash is not None
                and await connection.scalar(select(users.c.name).where(*is_theirs).with_for_update()) is None
            ):
                return False
            await connection.execute(insert(sessions), {"token_hash": token_hash, "user_name": user, "expires_at": expires})
        return True

    async def session_user(self, token_hash: str, now: datetime) -> User | None:
        """Return who has this session, None if it is unknown or over."""
        is_theirs = (sessions.c.token_hash == token_hash, sessions.c.expires_at > now, users.c.is_disabled.is_(False))
        query = select(users).join(sessions).where(*is_theirs)
        async with self._database.reading() as connection:
            row = (await connection.execute(query)).one_or_none()
            return None if row is None else _user(row)

    async def end_session(self, token_hash: str) -> None:
        """Forget a session; an unknown one is over already."""
        async with self._database.writing() as connection:
            await connection.execute(delete(sessions).where(sessions.c.token_hash == token_hash))

    async def add_token(self, name: str, token_hash: str, scope: TokenScope, *, noted: Noted | None = None) -> None:
        """Remember a bearer token by its hash. Raises InputError if the name is taken."""
        async with self._database.writing() as connection:
            if await connection.scalar(select(tap_tokens.c.name).where(tap_tokens.c.name == name)):
                raise InputError("a token of this name exists already; choose another name")
            await connection.execute(insert(tap_tokens), {"name": name, "token_hash": token_hash, "scope": scope.value})
            await insert_notes(connection, [noted] if noted else [])

    async def token(self, token_hash: str) -> ApiToken | None:
        """Return what a bearer token stands for, None if it is unknown."""
        query = select(tap_tokens.c.name, tap_tokens.c.scope).where(tap_tokens.c.token_hash == token_hash)
        async with self._database.reading() as connection:
            row = (await connection.execute(query)).one_or_none()
            return None if row is None else ApiToken(name=row.name, scope=TokenScope(row.scope))

    async def tokens(self) -> list[ApiToken]:
        """Return what bearer tokens there are, by name; never a token itself."""
        query = select(tap_tokens.c.name, tap_tokens.c.scope).order_by(tap_tokens.c.name)
        async with self._database.reading() as connection:
            return [ApiToken(name=row.name, scope=TokenScope(row.scope)) for row in await connection.execute(query)]

    async def end_token(self, name: str, *, noted: Noted | None = None) -> None:
        """Revoke a bearer token. Raises NotFoundError."""
        async with self._database.writing() as connection:
            if (await connection.execute(delete(tap_tokens).where(tap_tokens.c.name == name))).rowcount == 0:
                raise NotFoundError("there is no token of this name")
            await insert_notes(connection, [noted] if noted else [])


def _row(user: User) -> dict[str, Any]:
    return {column.name: getattr(user, column.name) for column in users.columns} | {"role": user.role.value}


def _user(row: Row[Any]) -> User:
    return User(**(dict(row._mapping) | {"role": StaffRole(row.role)}))  # noqa: SLF001  # SQLAlchemy's public name
