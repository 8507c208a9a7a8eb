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
        """Call a telephone and connect it to a call once it was answered; returns a handle for the other methods.

        However else it ends, cancelled or refused, the telephone is left in nothing.
        """
        ...

    async def change(self, handle: str, mode: JoinMode, legs: Legs) -> None:
        """Go on in another mode; where that is refused, the telephone is in its old mode or hung up.

        `legs` are the ends of the call as they are now: a transfer gives it another agent.
        """
        ...

    async def leave(self, handle: str) -> None:
        """Hang up the senior's telephone; the call goes on."""
        ...

    async def is_connected(self, handle: str) -> bool:
        """Return whether the senior's telephone is still in the call."""
        ...

    def let_stay(self, handle: str) -> None:
        """Leave the senior's telephone where it is from now on: the caller has nobody else."""
        ...

    async def close(self) -> None:
        """Let go of connections."""
        ...
