"""What a phone system does for a join: it calls the senior's telephone and connects it in one of the modes."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol

from callguard.human_acts import JoinMode
from callguard.terms import Role


@dataclass(frozen=True, slots=True, kw_only=True)
class Legs:
    """The names that the phone system gives the two ends of a call: channel, call SID or UUID."""

    call_id: str
    names: Mapping[Role, str]


class PhoneSystem(Protocol):
    """One kind of phone system.

    Every method raises ServiceError, with what to do, when it refuses or is not there, NotFoundError when the call is gone.
    """

    @property
    def name(self) -> str:
        """As people know it."""
        ...

    @property
    def modes(self) -> frozenset[JoinMode]:
        """What it can do."""
        ...

    async def join(self, legs: Legs, phone: str, mode: JoinMode) -> str:
        """Call a telephone and connect it to a call; returns a handle for the other methods."""
        ...

    async def change(self, handle: str, mode: JoinMode) -> None:
        """Go on in another mode."""
        ...

    async def leave(self, handle: str) -> None:
        """Hang up the senior's telephone; the call goes on."""
        ...

    async def close(self) -> None:
        """Let go of connections."""
        ...
