"""Tells what another site makes a browser send from what our own pages and programs send."""

from collections.abc import Mapping
from urllib.parse import urlsplit

OWN_FETCHES = frozenset({"", "same-origin"})
"""What `Sec-Fetch-Site` says of our own pages; programs do not send it."""


PORTS = {"http": "80", "https": "443"}


def is_from_elsewhere(headers: Mapping[str, str], public_url: str) -> bool:
    """Whether a browser says that the page of another site sent this.

    Browsers send `Origin`, `Sec-Fetch-Site` or both with every WebSocket and every request that changes something, and no page
    can leave them out. What has neither was sent by a program, and nobody can trick a program into sending its cookie.
    """
    if "origin" in headers:
        return not _is_our_own(headers["origin"], headers.get("host", ""), public_url)
    return headers.get("sec-fetch-site", "") not in OWN_FETCHES


def _is_our_own(text: str, host: str, public_url: str) -> bool:
    netloc = urlsplit(text).netloc
    if not netloc:
        return False
    return _origin(text) == _origin(public_url) if public_url else netloc.lower() == host.lower()


def _origin(url: str) -> tuple[str, str]:
    """Return scheme and host as browsers write them: in small letters, without the port that goes without saying."""
    parts = urlsplit(url)
    return parts.scheme, parts.netloc.lower().removesuffix(f":{PORTS.get(parts.scheme, '')}")
