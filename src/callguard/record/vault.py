"""Keeps callers' numbers out of sight: a keyed hash to recognise them by, and an encrypted value to read them from."""

import hashlib
import hmac
import os
import re
import secrets
import stat
from base64 import urlsafe_b64encode
from pathlib import Path

from cryptography.fernet import Fernet, InvalidToken

from callguard.errors import InputError, SettingsError
from callguard.terms import CALLER_KEY

SECRET_BYTES = 32
NUMBER = re.compile(r"[+]?[\d\s().\-/]{4,}")
LONGEST = 512


class Vault:
    """The one holder of the secret."""

    def __init__(self, secret: bytes) -> None:
        """`secret` has 32 random bytes; lost, no caller is recognised any more."""
        self._hash_key = _derive(secret, b"callguard caller hash 1")
        self._fernet = Fernet(urlsafe_b64encode(_derive(secret, b"callguard caller value 1")))

    def key_of(self, value: str) -> str:
        """Return what stands for a number or account everywhere; empty for a withheld one."""
        plain = _plain(value)
        if not plain:
            return ""
        return CALLER_KEY + hmac.new(self._hash_key, plain.encode(), hashlib.sha256).hexdigest()[:40]

    def seal(self, value: str) -> str:
        """Return `value` encrypted."""
        return self._fernet.encrypt(value.strip()[:LONGEST].encode()).decode()

    def unseal(self, sealed: str) -> str:
        """Return what was encrypted. Raises InputError if another key sealed it."""
        try:
            return self._fernet.decrypt(sealed.encode()).decode()
        except InvalidToken as error:
            raise InputError("this number was sealed with another key; put the old caller key file back in its place") from error


def open_vault(file: Path, *, may_make: bool = True) -> Vault:
    """Read the secret at `file`, or make it, readable by its owner only; not where callers are known by one (`may_make`).

    Raises SettingsError for a file that cannot be made or read, that others may read, or that holds something else.
    """
    if not may_make and not file.exists():
        raise SettingsError(
            f"the key of callers' numbers is not at {file}, and callers are known by it: put its copy back. Where it is lost for "
            "good, a new one makes strangers of all of them, the restricted ones too: "
            f"(umask 077; openssl rand -hex 32 > {file})"
        )
    try:
        file.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        text = _make(file) if not file.exists() else file.read_text(encoding="ascii").strip()
        mode = stat.S_IMODE(file.stat().st_mode)
    except (OSError, UnicodeDecodeError) as error:
        raise SettingsError(f"caller key file {file} cannot be used ({type(error).__name__}); mend it or its folder") from error
    if mode & 0o077:
        raise SettingsError(f"caller key file {file} may be read by others (mode {mode:o}); run: chmod 600 {file}")
    try:
        secret = bytes.fromhex(text)
    except ValueError:
        secret = b""
    if len(secret) != SECRET_BYTES:
        raise SettingsError(f"caller key file {file} holds no key of {SECRET_BYTES} bytes in hex; restore it from a backup")
    return Vault(secret)


def fingerprint(file: Path) -> str:
    """Return by what the secret at `file` is known, which tells nothing of it; empty where there is none that can be read."""
    try:
        secret = bytes.fromhex(file.read_text(encoding="ascii").strip())
    except (OSError, ValueError):
        return ""
    return _derive(secret, b"callguard caller key name 1").hex()[:16]


def _make(file: Path) -> str:
    text = secrets.token_hex(SECRET_BYTES)
    try:
        descriptor = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:  # another process was quicker
        return file.read_text(encoding="ascii").strip()
    with os.fdopen(descriptor, "w") as stream:
        stream.write(text + "\n")
        stream.flush()
        os.fsync(stream.fileno())
    return text


def _derive(secret: bytes, purpose: bytes) -> bytes:
    return hmac.new(secret, purpose, hashlib.sha256).digest()


def _plain(value: str) -> str:
    """Return one spelling of a number or account: «0044 20 7946-0001» is «+442079460001»."""
    text = value.strip().removeprefix("tel:").removeprefix("sip:")
    if NUMBER.fullmatch(text):
        digits = re.sub(r"\D", "", text)
        if text.startswith("+"):
            return f"+{digits}"
        return f"+{digits[2:]}" if digits.startswith("00") else digits
    return text.casefold()
