"""What the routes about tuning and trends need."""

from datetime import datetime
from typing import Literal, Protocol

from callguard.accounts import User
from callguard.terms import Category
from callguard.tuning import CardUse, Curves, Proposal, Proposed, Trends, WhatIf, WhatIfRequest


class Tuning(Protocol):
    """All raise StoreError."""

    async def curves(self) -> Curves:
        """Return precision and recall by threshold."""
        ...

    async def what_if(self, user: User, request: WhatIfRequest) -> WhatIf:
        """Go through calls again under another policy. Raises NotFoundError, PolicyError, InputError."""
        ...

    async def propose(self, user: User, proposal: Proposal) -> Proposed:
        """Keep a version that nobody runs under. Raises NotFoundError, PolicyError, InputError."""
        ...

    async def trends(
        self,
        user: User,
        since: datetime,
        until: datetime,
        *,
        by: Literal["day", "week"],
        zone: str,
        team: str,
        category: Category | None,
    ) -> Trends:
        """Return figures over time. Raises InputError for an unknown zone, or for a time that is none or too long."""
        ...

    async def cards(self, since: datetime, until: datetime) -> list[CardUse]:
        """Return how often each card is shown, used and waved away. Raises InputError for a time that is none or too long."""
        ...
