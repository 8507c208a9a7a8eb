"""What the route that exports calls needs."""

from typing import Protocol

from callguard.accounts import User
from callguard.archive import CallQuery, Export, ExportForm


class Exports(Protocol):
    """Hands out selections of calls as files."""

    async def export(self, user: User, query: CallQuery, *, form: ExportForm) -> Export:
        """Return the calls that a search finds as a file; that it was made is logged first.

        Raises AccessError for the wrong role, InputError for more calls than the form holds, StoreError. What is read of the file
        later can raise StoreError too.
        """
        ...
