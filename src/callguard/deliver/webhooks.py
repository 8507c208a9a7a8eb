"""Sends a webhook: one signed POST, by the conventions of standardwebhooks.com."""

import asyncio
import base64
import binascii
import hashlib
import hmac
from collections.abc import Sequence
from datetime import timedelta
from typing import Final

import httpx

from callguard.clock import Clock
from callguard.deliver.sending_ports import Receipt
from callguard.errors import SettingsError
from callguard.sendings import Sending

PREFIX: Final = "whsec_"
SHORTEST_SECRET: Final = 24
"""Bytes: the least that the conventions allow."""
GONE: Final = 410
"""The receiver says that it wants nothing any more."""


def secret_bytes(secret: str, name: str) -> bytes:
    """Return the key that a secret stands for. Raises SettingsError for one that is short or not what its prefix promises."""
    try:
        key = base64.b64decode(secret.removeprefix(PREFIX), validate=True) if secret.startswith(PREFIX) else secret.encode()
    except binascii.Error as error:
        raise SettingsError(
            f"the secret of webhook «{name}» begins with {PREFIX} and is no base64; make one: callguard webhook secret"
        ) from error
    if len(key) < SHORTEST_SECRET:
        raise SettingsError(
            f"the secret of webhook «{name}» has {len(key)} bytes; expected {SHORTEST_SECRET} or more: callguard webhook secret"
        )
    return key


def signature(keys: Sequence[bytes], sending_id: str, timestamp: int, payload: bytes) -> str:
    """Return the header: HMAC-SHA256 of «id.timestamp.payload», one per key."""
    signed = b"%b.%d.%b" % (sending_id.encode(), timestamp, payload)
    made = (base64.b64encode(hmac.digest(key, signed, hashlib.sha256)).decode() for key in keys)
    return " ".join(f"v1,{each}" for each in made)


class WebhookRoute:
    """One subscriber. Redirects are not followed and the answer's body is never read: only its status counts."""

    def __init__(
        self,
        url: str,
        keys: Sequence[bytes],
        clock: Clock,
        *,
        at_once: int,
        timeout_s: float,
        give_up_after: timedelta,
    ) -> None:
        """`keys` are the current secret's and, while the receiver changes over, the previous one's."""
        self._url = url
        self._keys = keys
        self._clock = clock
        self.at_once = at_once
        self._timeout_s = timeout_s
        self._give_up_after = give_up_after
        self._client = httpx.AsyncClient(follow_redirects=False, timeout=timeout_s)

    @property
    def give_up_after(self) -> timedelta:
        """Age at which a sending is of no use any more."""
        return self._give_up_after

    async def send(self, sending: Sending) -> Receipt:
        """Try once."""
        payload = sending.payload.encode()
        timestamp = int(self._clock.utc_now().timestamp())
        headers = {
            "Content-Type": "application/json",
            "User-Agent": "callguard",
            "webhook-id": sending.sending_id,
            "webhook-timestamp": str(timestamp),
            "webhook-signature": signature(self._keys, sending.sending_id, timestamp, payload),
        }
        try:
            async with (
                # The client's own time-outs are for one read each; a receiver that trickles must not hold us for longer.
                asyncio.timeout(self._timeout_s),
                self._client.stream("POST", self._url, content=payload, headers=headers) as answer,
            ):
                return _judged(answer.status_code)
        except TimeoutError:
            return Receipt(error=f"no answer within {self._timeout_s:g} s")
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            return Receipt(error=f"not reached ({type(error).__name__})")

    async def close(self) -> None:
        """Give connections back."""
        await self._client.aclose()


def _judged(status: int) -> Receipt:
    if httpx.codes.is_success(status):
        return Receipt()
    if httpx.codes.is_redirect(status):
        return Receipt(error=f"answered {status}; redirects are not followed: name the final address in the settings")
    return Receipt(error=f"answered {status}", is_final=status == GONE)
