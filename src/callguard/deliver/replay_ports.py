"""What the routes about finding and replaying calls need: a desk that checks, notes and joins."""

from collections.abc import Sequence
from pathlib import Path
from typing import Protocol

from callguard.accounts import User
from callguard.archive import CallQuery, CallStory, Correction, FoundCalls, ReplayAccess
from callguard.terms import Role


class Levels(Protocol):
    """Loudness, as bytes."""

    def tobytes(self) -> bytes:
        """Return one channel after the other."""
        ...


class Loudness(Protocol):
    """How loud a recording is over time; read-only."""

    @property
    def levels(self) -> Levels:
        """A byte for each stretch of each channel."""
        ...


class Replays(Protocol):
    """All raise AccessError for the wrong role, NotFoundError for a call that is not theirs to replay, StoreError."""

    async def find(self, user: User, query: CallQuery, *, limit: int, offset: int) -> FoundCalls:
        """Return one page of a search. Raises InputError."""
        ...

    async def teams(self, user: User) -> Sequence[str]:
        """Return the teams among whose calls this user can search."""
        ...

    async def story(self, user: User, call_id: str, *, where: str) -> CallStory:
        """Return a call for replay."""
        ...

    async def audio(self, user: User, call_id: str, *, where: str) -> Path:
        """Return the file of a recording."""
        ...

    async def peaks(self, user: User, call_id: str) -> Loudness:
        """Return how loud a recording is over time."""
        ...

    async def heard_piece(self, user: User, call_id: str, *, where: str) -> None:
        """Note that somebody hears a piece of a recording."""
        ...

    async def correct(self, user: User, call_id: str, channel: Role, segment: int, *, text: str) -> Correction:
        """Keep what was really said beside what was heard. Raises InputError."""
        ...

    async def corrections(self, user: User, call_id: str) -> Sequence[Correction]:
        """Return every correction of a call."""
        ...

    async def access(self, user: User, *, call_id: str = "", who: str = "", limit: int = 200) -> Sequence[ReplayAccess]:
        """Return who heard, read or corrected calls."""
        ...
