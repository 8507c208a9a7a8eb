"""Tells requests of our own pages from those that another site makes a browser send."""

from collections.abc import Mapping
from urllib.parse import urlsplit


def is_own_page(headers: Mapping[str, str], public_url: str) -> bool:
    """Whether a browser sent this from one of our pages: `Origin` names the host that was asked, or `public_url`.

    Browsers send `Origin` with every WebSocket and every request that changes something; without one this is false.
    """
    origin = urlsplit(headers.get("origin", ""))
    if not origin.netloc:
        return False
    if public_url:
        own = urlsplit(public_url)
        return (origin.scheme, origin.netloc) == (own.scheme, own.netloc)
    return origin.netloc == headers.get("host", "")


def is_other_site(headers: Mapping[str, str], public_url: str) -> bool:
    """Whether a browser says that this comes from somewhere else; programs that send no `Origin` pass."""
    return "origin" in headers and not is_own_page(headers, public_url)
