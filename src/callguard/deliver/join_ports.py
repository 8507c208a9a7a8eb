"""What delivery needs of the step that joins calls."""

from collections.abc import Mapping, Sequence
from typing import Protocol

from callguard.accounts import User
from callguard.human_acts import JoinMode
from callguard.terms import Role


class Joins(Protocol):
    """Senior staff in calls. All raise NotFoundError for a call that is not running or a join that is not theirs."""

    def ways(self, call_id: str) -> object:
        """Return how a call can be joined now, as a dataclass."""
        ...

    def inside(self, call_id: str) -> Sequence[Mapping[str, str]]:
        """Return who is in a call."""
        ...

    async def join(self, call_id: str, user: User, mode: JoinMode, *, offer: str = "", phone: str = "") -> object:
        """Let somebody join, by browser with an offer, else by telephone; returns a dataclass.

        Raises InputError for what is not possible on this call, ServiceError when the phone system fails.
        """
        ...

    async def change(self, call_id: str, join_id: str, user: User, mode: JoinMode) -> None:
        """Go on in another mode. Raises as `join` does."""
        ...

    async def hand_over(self, call_id: str, join_id: str, user: User, to: str) -> None:
        """Offer the call to a colleague."""
        ...

    async def leave(self, call_id: str, join_id: str, user: User) -> None:
        """End a join."""
        ...

    def name_legs(self, call_id: str, legs: Mapping[Role, str]) -> None:
        """Take what the phone system calls the two ends of a call."""
        ...
