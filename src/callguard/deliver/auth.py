"""Who somebody is: log-in by password, sessions, bearer tokens."""

import re
import secrets
from collections import OrderedDict
from datetime import datetime, timedelta
from hashlib import sha256

from callguard.accounts import ApiToken, Noted, TokenScope, User, spelt
from callguard.clock import Clock
from callguard.deliver.passwords import Passwords
from callguard.deliver.ports import Accounts
from callguard.errors import AccessError, ChoosePasswordError, InputError, StoreError
from callguard.terms import StaffRole

FIRST_ADMIN = "admin"
TOKEN_BYTES = 32
REMEMBERED = 10_000
MEMORY = timedelta(hours=1)
"""How long somebody is known without the store."""
NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._@+-]{0,63}")


def hash_token(token: str) -> str:
    """Return what is stored of a token; tokens are random, so that a fast hash is enough."""
    return sha256(token.encode()).hexdigest()


async def create_user(
    accounts: Accounts,
    passwords: Passwords,
    *,
    name: str,
    display_name: str,
    role: StaffRole,
    team: str,
    password: str,
    one_time_until: datetime | None = None,
    noted: Noted | None = None,
) -> User:
    """Add somebody who may log in; with `one_time_until` the password must be exchanged for their own.

    Raises InputError for a name or password that cannot be used.
    """
    if not NAME.fullmatch(name):
        raise InputError("a log-in name has 1 to 64 letters, digits or . _ @ + - and begins with a letter or digit")
    user = User(
        name=name,
        display_name=spelt(display_name) or name,
        role=role,
        team=spelt(team),
        password_hash=await passwords.hash(password),
        one_time_until=one_time_until,
    )
    await accounts.add_user(user, noted=noted)
    return user


async def create_first_admin(accounts: Accounts, passwords: Passwords) -> str | None:
    """Add the user «admin» with a generated password and return it; None if there is an admin, or somebody of that name."""
    if any(user.role is StaffRole.ADMIN or user.name == FIRST_ADMIN for user in await accounts.users()):
        return None
    password = secrets.token_urlsafe(15)
    await create_user(
        accounts,
        passwords,
        name=FIRST_ADMIN,
        display_name="Administrator",
        role=StaffRole.ADMIN,
        team="",
        password=password,
    )
    return password


class Doorkeeper:
    """Knows people by their sessions and programs by their tokens."""

    def __init__(self, accounts: Accounts, passwords: Passwords, clock: Clock, *, session_hours: int) -> None:
        self._accounts = accounts
        self._passwords = passwords
        self._clock = clock
        self._lasts = timedelta(hours=session_hours)
        self._known: OrderedDict[str, tuple[User, datetime]] = OrderedDict()

    async def log_in(self, name: str, password: str, new_password: str = "") -> tuple[User, str] | None:
        """Return the user and a new session's token, None if name or password are wrong.

        A one-time password is exchanged for `new_password`; without one ChoosePasswordError is raised. Raises AccessError for
        somebody who is disabled or whose one-time password is over, InputError for a password that cannot be used.
        """
        user = await self._accounts.user(name)
        if not await self._passwords.matches(password, None if user is None else user.password_hash) or user is None:
            return None
        if user.is_disabled:  # said only to who knows the password
            raise AccessError("this log-in is disabled; ask an admin")
        held: str | None = user.password_hash
        if user.one_time_until is not None:
            held = await self._exchange(user, password, new_password)
            if held is None:
                return None
        token = secrets.token_urlsafe(TOKEN_BYTES)
        now = self._clock.utc_now()
        # Looking at a password takes a while, in which somebody may have changed it to keep out who knows the old one.
        is_begun = await self._accounts.add_session(hash_token(token), name, now + self._lasts, now=now, password_hash=held)
        return (user, token) if is_begun else None

    async def _exchange(self, user: User, one_time: str, new_password: str) -> str | None:
        """Return the hash of their own password, None if somebody has exchanged the one-time one meanwhile: it works once."""
        if user.one_time_until is not None and user.one_time_until <= self._clock.utc_now():
            raise AccessError("this one-time password is over; ask an admin for another")
        if not new_password:
            raise ChoosePasswordError("this password works once; choose your own")
        if new_password == one_time:
            raise InputError("this is the one-time password; choose another one")
        password_hash = await self._passwords.hash(new_password)
        return password_hash if await self._accounts.exchange_password(user.name, user.password_hash, password_hash) else None

    def forget(self, name: str) -> None:
        """Know somebody from the store only, because their rights have changed."""
        self._known = OrderedDict((key, known) for key, known in self._known.items() if known[0].name != name)

    async def log_out(self, token: str) -> None:
        """End a session."""
        self._known.pop(hash_token(token), None)
        await self._accounts.end_session(hash_token(token))

    async def session(self, token: str) -> User | None:
        """Return who has this session.

        While the store is failing, those who were seen before are known from memory: an agent's cry for help must get through.
        """
        key, now = hash_token(token), self._clock.utc_now()
        try:
            user = await self._accounts.session_user(key, now)
        except StoreError:
            known, until = self._known.get(key, (None, now))
            if known is None or until <= now:
                raise
            return known
        if user is None:
            self._known.pop(key, None)
            return None
        self._known[key] = user, now + MEMORY
        self._known.move_to_end(key)
        while len(self._known) > REMEMBERED:
            self._known.popitem(last=False)
        return user

    async def bearer(self, token: str) -> ApiToken | None:
        """Return what a bearer token stands for."""
        return await self._accounts.token(hash_token(token))

    async def bearer_user(self, token: str) -> User | None:
        """Return as whom a bearer acts, None if the token is unknown or of a tap."""
        known = await self.bearer(token)
        if known is None or known.scope is TokenScope.TAP:
            return None
        return User(name=known.name, display_name=known.name, role=StaffRole(known.scope.value), team="", password_hash="")

    async def admits_tap(self, token: str) -> bool:
        """Whether this bearer token lets a phone system bring its calls."""
        known = await self.bearer(token)
        return known is not None and known.scope is TokenScope.TAP

    async def issue_token(self, name: str, scope: TokenScope, *, noted: Noted | None = None) -> str:
        """Make a bearer token, shown this once. Raises InputError if the name is taken or cannot be used."""
        if not NAME.fullmatch(name):
            raise InputError("a token's name has 1 to 64 letters, digits or . _ @ + - and begins with a letter or digit")
        token = secrets.token_urlsafe(TOKEN_BYTES)
        await self._accounts.add_token(name, hash_token(token), scope, noted=noted)
        return token

    async def change_password(self, user: User, old: str, new: str) -> bool:
        """Change a user's own password, which ends all their sessions; False if the old one is wrong."""
        if not await self._passwords.matches(old, user.password_hash or None):
            return False
        is_changed = await self._accounts.exchange_password(user.name, user.password_hash, await self._passwords.hash(new))
        self.forget(user.name)
        return is_changed
