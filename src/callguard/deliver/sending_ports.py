"""What sending needs of the rest, and what the rest may know of sending."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol

from callguard.accounts import User
from callguard.sendings import Channel, OutboxCounts, Sending, SendingState


@dataclass(frozen=True, slots=True, kw_only=True)
class Receipt:
    """What one attempt came to."""

    error: str = ""
    """Why it failed, empty if it was delivered; never an address, a secret or what the receiver said."""
    is_final: bool = False
    """No further attempt can help."""


class Route(Protocol):
    """A way to one receiver."""

    @property
    def at_once(self) -> int:
        """How many attempts may be under way at the same time."""
        ...

    @property
    def give_up_after(self) -> timedelta:
        """Age at which a sending is of no use any more."""
        ...

    async def send(self, sending: Sending, /) -> Receipt:
        """Try once, within the time-out of the settings."""
        ...

    async def close(self) -> None:
        """Give connections back."""
        ...


class Outbox(Protocol):
    """Where sendings wait. Every method raises StoreError if the store fails."""

    async def due(self, channel: Channel, route: str, now: datetime, /, *, limit: int) -> list[Sending]:
        """Return what may be tried now, in order of due time."""
        ...

    async def next_due(self, channel: Channel, route: str, /) -> datetime | None:
        """Return when the next may be tried."""
        ...

    async def note(self, tried: Sequence[Sending], /) -> None:
        """Keep what attempts came to, in one transaction."""
        ...

    async def routes_waited_for(self) -> set[tuple[Channel, str]]:
        """Return every receiver for whom something waits."""
        ...

    async def fail_all(self, channel: Channel, route: str, at: datetime, /, *, error: str) -> int:
        """Give up what waits for a receiver."""
        ...

    async def counts(self) -> OutboxCounts:
        """Return how many there are in each state."""
        ...

    async def sweep(self, before: datetime, /) -> int:
        """Delete what is over."""
        ...


class OutboxDesk(Protocol):
    """What an admin does with the outbox; changes are logged."""

    async def sendings(self, *, state: SendingState | None, limit: int) -> Sequence[Sending]:
        """Return sendings, newest first."""
        ...

    async def try_again(self, sending_id: str, by: User) -> Sending:
        """Have one sent after all. Raises NotFoundError, InputError for one that was delivered."""
        ...

    async def abandon(self, sending_id: str, by: User) -> Sending:
        """Give one up. Raises NotFoundError, InputError for one that was delivered."""
        ...
