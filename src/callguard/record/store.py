"""The store: everything that is kept but audio, over one database."""

import logging
from pathlib import Path
from typing import Self

from callguard.record.accounts import Accounts
from callguard.record.call_comments import CallComments
from callguard.record.card_figures import CardFigures
from callguard.record.corrections import Corrections
from callguard.record.database import Database
from callguard.record.findings import catch_up
from callguard.record.incident_files import IncidentFiles
from callguard.record.journal import Journal
from callguard.record.migrate import upgrade
from callguard.record.outbox import OutboxFiles
from callguard.record.policy_shelf import PolicyShelf
from callguard.record.preferences import Preferences
from callguard.record.register_files import RegisterFiles
from callguard.record.retention import Retention
from callguard.record.review_files import ReviewFiles
from callguard.record.sealing import OldNumbers
from callguard.record.search import Search
from callguard.record.task_files import TaskFiles
from callguard.record.trends import Trends

log = logging.getLogger(__name__)


class SqlStore(Journal, Accounts):
    """Events, calls, users, sessions and tokens in SQLite or PostgreSQL, and what is kept after calls."""

    def __init__(self, database: Database) -> None:
        Journal.__init__(self, database)
        Accounts.__init__(self, database)
        self.incidents = IncidentFiles(database)
        self.register = RegisterFiles(database)
        self.tasks = TaskFiles(database)
        self.preferences = Preferences(database)
        self.policies = PolicyShelf(database)
        self.comments = CallComments(database)
        self.corrections = Corrections(database)
        self.search = Search(database)
        self.reviews = ReviewFiles(database)
        self.trends = Trends(database, self.reviews)
        self.card_figures = CardFigures(database)
        self.outbox = OutboxFiles(database)
        self.old_numbers = OldNumbers(database, self.register)

    def retention(self, audio: Path) -> Retention:
        """Return what lets go of old calls, whose recordings lie in `audio`."""
        return Retention(self._database, self.register, self.tasks, audio)

    @classmethod
    async def open(cls, url: str) -> Self:
        """Bring the database at `url` to the newest shape and open it.

        Raises SettingsError for a URL that is neither SQLite nor PostgreSQL, StoreError for a database that cannot be used.
        """
        await upgrade(url)
        database = Database(url)
        if count := await catch_up(database):
            log.info("events of an older callguard can be searched now", extra={"events": count})
        return cls(database)

    async def close(self) -> None:
        """Give all connections back."""
        await self._database.close()
