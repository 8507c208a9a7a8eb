"""Which team an agent is in, at hand when an alert needs it: publishing an alert waits for no question to the database."""

import logging

from callguard.errors import StoreError
from callguard.record.store import SqlStore

log = logging.getLogger(__name__)


class Teams:
    """Teams by agent, read anew whenever a call comes or is given to somebody. Bounded by the number of users."""

    def __init__(self, store: SqlStore) -> None:
        self._store = store
        self._teams: dict[str, str] = {}

    def team_of(self, agent: str) -> str:
        """Return the team of this log-in name; empty if it is not known, which makes their alerts everybody's."""
        return self._teams.get(agent, "")

    async def load(self) -> None:
        """Learn everybody's team, for alerts of an earlier run. Raises StoreError."""
        self._teams = {user.name: user.team for user in await self._store.users()}

    async def learn(self, agent: str) -> None:
        """Learn the team of this log-in name as it is now; what cannot be read is forgotten, since it may have changed."""
        if not agent:
            return
        try:
            known = await self._store.user(agent)
        except StoreError as error:
            log.warning("an agent's team could not be read: their alerts are for all", extra={"cause": str(error)})
            known = None
        if known is None:
            self._teams.pop(agent, None)
        else:
            self._teams[agent] = known.team
