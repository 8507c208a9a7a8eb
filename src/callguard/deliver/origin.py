"""Tells what another site makes a browser send from what our own pages and programs send."""

from collections.abc import Mapping
from urllib.parse import urlsplit

OWN_FETCHES = frozenset({"", "same-origin"})
"""What `Sec-Fetch-Site` says of our own pages; programs do not send it."""


def is_from_elsewhere(headers: Mapping[str, str], public_url: str) -> bool:
    """Whether a browser says that the page of another site sent this.

    Browsers send `Origin`, `Sec-Fetch-Site` or both with every WebSocket and every request that changes something, and no page
    can leave them out. What has neither was sent by a program, and nobody can trick a program into sending its cookie.
    """
    if "origin" in headers:
        return not _is_our_own(headers["origin"], headers.get("host", ""), public_url)
    return headers.get("sec-fetch-site", "") not in OWN_FETCHES


def _is_our_own(text: str, host: str, public_url: str) -> bool:
    origin, own = urlsplit(text), urlsplit(public_url)
    if not origin.netloc:
        return False
    return (origin.scheme, origin.netloc) == (own.scheme, own.netloc) if public_url else origin.netloc == host
