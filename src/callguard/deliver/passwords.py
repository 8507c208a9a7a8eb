"""Password hashes: the one module that speaks argon2."""

import asyncio
import secrets
from concurrent.futures import ThreadPoolExecutor

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from callguard.errors import InputError

SHORTEST, LONGEST = 12, 1024
WORKERS = 2  # each hash takes 64 MiB and tens of milliseconds of a core, which calls need more


class Passwords:
    """Hashes and checks passwords in threads of its own, with the library's defaults (RFC 9106, low memory)."""

    def __init__(self, hasher: PasswordHasher | None = None) -> None:
        self._hasher = hasher or PasswordHasher()
        self._executor = ThreadPoolExecutor(WORKERS, thread_name_prefix="passwords")
        self._decoy = ""

    async def hash(self, password: str) -> str:
        """Return an Argon2id hash. Raises InputError for a password that is too short or too long."""
        if not SHORTEST <= len(password) <= LONGEST:
            raise InputError(f"the password has {len(password)} characters; expected {SHORTEST} to {LONGEST}")
        return await asyncio.get_running_loop().run_in_executor(self._executor, self._hasher.hash, password)

    async def matches(self, password: str, password_hash: str | None) -> bool:
        """Whether the password is right; without a hash it is wrong after the same time, so that nobody can probe for names."""
        if len(password) > LONGEST:
            return False
        if password_hash is None:
            self._decoy = self._decoy or await self.hash(secrets.token_urlsafe())
        return await asyncio.get_running_loop().run_in_executor(
            self._executor, self._verify, password_hash or self._decoy, password
        ) and (password_hash is not None)

    def close(self) -> None:
        """End the threads."""
        self._executor.shutdown(wait=False, cancel_futures=True)

    def _verify(self, password_hash: str, password: str) -> bool:
        try:
            return self._hasher.verify(password_hash, password)
        except (VerificationError, InvalidHashError):
            return False
