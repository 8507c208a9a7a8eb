"""Who may open a stream: Twilio's signature of the address, or a bearer token of the settings or of callguard's own making.

Source: twilio.com/docs/usage/security, «Validating signatures from Twilio»; a WebSocket handshake is signed like a GET without
parameters.
"""

import hmac
from base64 import b64encode
from collections.abc import Awaitable, Callable, Mapping
from hashlib import sha1
from urllib.parse import urlsplit, urlunsplit

from callguard.errors import SettingsError
from callguard.settings import TwilioSettings

SIGNATURE_HEADER = "X-Twilio-Signature"
Admits = Callable[[str], Awaitable[bool]]
"""Says whether a bearer token that is not in the settings opens a stream. Raises StoreError if that cannot be known now."""
STANDARD_PORTS = {"wss": 443, "ws": 80, "https": 443, "http": 80}


async def nobody(_token: str) -> bool:
    """Know no tokens but those of the settings."""
    return False


def sign(url: str, auth_token: str) -> str:
    """Return the signature that Twilio would send for this address."""
    return b64encode(hmac.new(auth_token.encode(), url.encode(), sha1).digest()).decode()


class Doorkeeper:
    """Checks the headers of a handshake; with neither token set everybody may come in, which is for loopback only.

    Raises SettingsError if signatures are asked for and the signed address is unknown.
    """

    def __init__(self, settings: TwilioSettings, admits: Admits = nobody) -> None:
        self._admits = admits
        self._auth_token = settings.auth_token.get_secret_value()
        self._bearer_token = settings.bearer_token.get_secret_value()
        if self._auth_token and not settings.public_url:
            raise SettingsError(
                "taps.twilio.auth_token is set and public_url is empty; set it to the wss:// address that Twilio calls, "
                "since signatures are made over it"
            )
        self._addresses = _spellings(settings.public_url) if settings.public_url else ()

    async def admits(self, headers: Mapping[str, str]) -> bool:
        """Return whether this handshake shows what it must. Raises StoreError if that cannot be known now."""
        if not self._auth_token and not self._bearer_token:
            return True
        if self._is_signed(headers.get(SIGNATURE_HEADER, "")):
            return True
        kind, _, token = headers.get("Authorization", "").partition(" ")
        return kind.lower() == "bearer" and bool(token) and (self._is_bearer(token) or await self._admits(token))

    def _is_signed(self, signature: str) -> bool:
        if not self._auth_token:
            return False
        found = signature.encode("utf-8", "replace")
        return any(hmac.compare_digest(sign(url, self._auth_token).encode(), found) for url in self._addresses)

    def _is_bearer(self, token: str) -> bool:
        return bool(self._bearer_token) and hmac.compare_digest(self._bearer_token.encode(), token.encode("utf-8", "replace"))


def _spellings(url: str) -> tuple[str, ...]:
    """Return the address as Twilio may have spelled it: with or without the standard port and a slash at the end."""
    parts = urlsplit(url)
    bare = parts._replace(netloc=parts.hostname or "") if parts.port == STANDARD_PORTS.get(parts.scheme) else parts
    with_port = bare if bare.port else bare._replace(netloc=f"{bare.netloc}:{STANDARD_PORTS.get(parts.scheme, 443)}")
    spellings = {urlunsplit(each).rstrip("/") for each in (parts, bare, with_port)}
    return tuple(sorted(spellings | {f"{each}/" for each in spellings}))
