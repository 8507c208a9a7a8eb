"""How a call can be joined, and one senior in one call."""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, field

from callguard.accounts import User
from callguard.human_acts import JoinMode, JoinWay
from callguard.join.ice import IceServer
from callguard.join.peer import BrowserPeer
from callguard.terms import Role

HEARD_BY: Mapping[JoinMode, frozenset[Role]] = {
    JoinMode.LISTEN: frozenset(),
    JoinMode.WHISPER: frozenset({Role.AGENT}),
    JoinMode.INTERJECT: frozenset({Role.AGENT, Role.CALLER}),
}
"""Who hears a senior at the browser. Taking over needs a phone system: callguard can't take the agent out of a call."""
TO_CALLER = frozenset({JoinMode.INTERJECT, JoinMode.TAKE_OVER})
"""Whoever is in one of these modes is heard by the caller."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Ways:
    """How a call can be joined now."""

    browser: tuple[JoinMode, ...]
    phone: tuple[JoinMode, ...]
    phone_system: str
    """Its name; empty if none is set up."""
    call_instead: str
    """What to call when joining fails; empty if the installation has not said."""
    agent_is_told: str
    """«always» or «by_mode»."""
    ice_servers: tuple[IceServer, ...]
    """What the browser needs beside its own addresses; callguard's end uses the same."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Joined:
    """What somebody who joined gets."""

    join_id: str
    mode: JoinMode
    way: JoinWay
    agent_is_told: bool
    sdp: str
    """The answer to a browser's offer; empty by telephone."""


@dataclass(slots=True, kw_only=True)
class Join:
    """One senior in one call."""

    join_id: str
    call_id: str
    user: User
    mode: JoinMode
    way: JoinWay
    peer: BrowserPeer | None = None
    handle: str = ""
    is_in: bool = False
    handed_to: str = ""
    is_known: bool = False
    """The agent has been told of it once, and is told how it goes on."""
    wanted: JoinMode | None = None
    """The mode that the phone system is just being asked for."""
    is_busy: asyncio.Lock = field(default_factory=asyncio.Lock, repr=False)
    """Held while the phone system is asked for something: what it does last must be what people were told last."""
    dialling: asyncio.Task[None] | None = field(default=None, repr=False)
    watch: asyncio.Task[None] | None = field(default=None, repr=False)
