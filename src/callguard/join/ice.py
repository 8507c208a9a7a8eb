"""Servers that help a browser and callguard find a way to each other: the same ones for both ends."""

import base64
import hmac
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from callguard.join_settings import JoinSettings

VALID_S: Final = 12 * 3600
"""A time-limited credential outlives the longest call: a relay asks for it again whenever its allocation is refreshed."""
LABEL: Final = "callguard"
"""Stands behind the time in a time-limited user name; it names nobody."""


@dataclass(frozen=True, slots=True, kw_only=True)
class IceServer:
    """One server, named as `RTCIceServer` of the browsers names it."""

    urls: str
    username: str = ""
    credential: str = ""


def ice_servers(settings: JoinSettings, now: datetime) -> tuple[IceServer, ...]:
    """Return the STUN and the TURN server of the settings, each if it is set.

    With `turn_secret` the credential is made for this moment and ends by itself: user name «expiry:label», password
    base64(HMAC-SHA1(secret, user name)).
    Source: draft-uberti-behave-turn-rest-00, which coturn calls use-auth-secret.
    """
    servers = [IceServer(urls=settings.stun)] if settings.stun else []
    if settings.turn:
        username, credential = settings.turn_user, settings.turn_password.get_secret_value()
        if secret := settings.turn_secret.get_secret_value():
            username = f"{int(now.timestamp()) + VALID_S}:{LABEL}"
            credential = base64.b64encode(hmac.digest(secret.encode(), username.encode(), "sha1")).decode()
        servers.append(IceServer(urls=settings.turn, username=username, credential=credential))
    return tuple(servers)
