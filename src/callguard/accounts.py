"""Who may log in, what a token stands for, and what is written down of what people do."""

import unicodedata
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from callguard.terms import StaffRole


def spelt(name: str) -> str:
    """Return the name of a person or team as it is kept: letters composed, single spaces, none at its ends.

    Teams are told apart letter by letter: two that look the same would be two whose calls and alerts the other does not get.
    """
    return " ".join(unicodedata.normalize("NFC", name).split())


@dataclass(frozen=True, slots=True, kw_only=True)
class User:
    """Somebody who may log in."""

    name: str
    display_name: str
    role: StaffRole
    team: str
    password_hash: str = field(repr=False)
    """Argon2id, in PHC string format."""
    is_disabled: bool = False
    """May not log in; what they did stays under their name."""
    one_time_until: datetime | None = None
    """Until when a password that an admin gave out can be exchanged for one's own; None for a password of one's own."""


class TokenScope(StrEnum):
    """What the bearer of a token may do: connect calls, or act as somebody of a role."""

    TAP = "tap"
    AGENT = "agent"
    SENIOR = "senior"
    QA = "qa"
    ADMIN = "admin"


@dataclass(frozen=True, slots=True, kw_only=True)
class ApiToken:
    """What a bearer token stands for."""

    name: str
    """With the scope «agent» the log-in name of the agent whose calls it sees."""
    scope: TokenScope


@dataclass(frozen=True, slots=True, kw_only=True)
class Noted:
    """A line of the log of access: who did what to which record, person or call."""

    at: datetime
    who: str
    what: str
    """An act such as «user.add»."""
    subject: str
    detail: str = ""
