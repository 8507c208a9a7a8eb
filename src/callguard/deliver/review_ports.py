"""What the routes about reviews need."""

from collections.abc import Sequence
from typing import Protocol

from callguard.accounts import User
from callguard.reviewing import Agreement, CallReview, Dispute, Draw, DrawRequest, NewVerdict, Review, ReviewEntry, Verdict


class Reviews(Protocol):
    """All raise AccessError for the wrong role, NotFoundError for a call that is not there, StoreError."""

    async def draw(self, user: User, request: DrawRequest) -> Draw:
        """Put calls into the queue by lot. Raises InputError."""
        ...

    async def entries(self, user: User, *, limit: int) -> Sequence[ReviewEntry]:
        """Return what this user may take, has begun and has done."""
        ...

    async def take(self, user: User, review_id: str) -> Review:
        """Begin a review. Raises InputError if it is somebody's."""
        ...

    async def of_call(self, user: User, call_id: str) -> CallReview:
        """Return what this user may see of the verdicts on a call."""
        ...

    async def say(self, user: User, call_id: str, new: NewVerdict) -> Verdict:
        """Take a verdict. Raises InputError."""
        ...

    async def take_back(self, user: User, call_id: str, subject: str) -> None:
        """Let one's own verdict no longer hold."""
        ...

    async def versions(self, user: User, call_id: str) -> Sequence[Verdict]:
        """Return every version that this user may see."""
        ...

    async def finish(self, user: User, call_id: str) -> Review:
        """Say that one went through the whole call. Raises InputError."""
        ...

    async def settle(self, user: User, call_id: str, new: NewVerdict) -> Verdict:
        """Settle what two reviewers see differently. Raises InputError."""
        ...

    async def disputes(self, user: User) -> Sequence[Dispute]:
        """Return what is to be settled."""
        ...

    async def agreement(self, user: User) -> Sequence[Agreement]:
        """Return how far blind reviewers agree."""
        ...
