"""What an earlier run or an older callguard left behind, put in its place before calls come."""

import logging
from contextlib import AsyncExitStack

from callguard.record.spare import SpareJournal
from callguard.record.store import SqlStore
from callguard.record.vault import Vault, open_vault
from callguard.settings import Settings

log = logging.getLogger(__name__)


async def take_over(settings: Settings, store: SqlStore, stack: AsyncExitStack) -> tuple[SpareJournal, Vault]:
    """Return the spare journal, emptied and closed with `stack`, and the vault, with nothing left in clear. Raises StoreError."""
    spare = SpareJournal(settings.data_path / "spare.journal")
    stack.callback(spare.close)
    if moved := await spare.move_into(store):
        log.warning("events of the last run were moved from the spare journal", extra={"events": moved})
    vault = open_vault(settings.caller_key_file)
    if sealed := await store.old_numbers.seal(vault):
        log.warning("numbers that an older callguard stored in clear were sealed", extra={"calls": sealed})
    return spare, vault
