"""What an earlier run or an older callguard left behind, put in its place before calls come."""

import logging
from contextlib import AsyncExitStack
from pathlib import Path

from callguard.errors import InputError
from callguard.publisher import OUTBOX
from callguard.record.spare import SpareJournal
from callguard.record.store import SqlStore
from callguard.record.tenure import claimed
from callguard.record.vault import Vault, open_vault
from callguard.settings import Settings

log = logging.getLogger(__name__)


async def last_number(settings: Settings, store: SqlStore) -> int:
    """Return the number after which this run counts its events. Raises StoreError.

    Most events go to consoles before they are stored. A run that was cut off may have shown numbers that the store knows nothing
    of; given again, a console that comes back would take the new events for those that it has seen, an alert among them.
    """
    mark = _mark(settings)
    stored = await store.last_seq()
    ended_at = mark.read_text().strip() if mark.is_file() else ""
    mark.unlink(missing_ok=True)
    return stored if not stored or ended_at == str(stored) else stored + most_unstored(settings)


def most_unstored(settings: Settings) -> int:
    """Return how many events a run can have shown at most that are not stored: what its two queues hold."""
    return OUTBOX + 2 * settings.record.queue  # alerts may fill the writer's queue twice over


async def leave_number(settings: Settings, store: SqlStore, last_seq: int) -> None:
    """Note at the end of a run that everything up to `last_seq` is stored, if it is. Raises StoreError."""
    if await store.last_seq() == last_seq:
        try:
            _mark(settings).write_text(f"{last_seq}\n")
        except OSError as error:  # without it the next run leaves a gap, which costs nothing but numbers
            log.warning("the end of this run is not noted", extra={"cause": error.strerror})


def _mark(settings: Settings) -> Path:
    return settings.data_path / "ended-at"


async def take_over(settings: Settings, store: SqlStore, stack: AsyncExitStack) -> tuple[SpareJournal, Vault]:
    """Return the spare journal, emptied and closed with `stack`, and the vault, with nothing left in clear.

    Raises StoreError, also while another process serves from this data folder, and SettingsError for a key that is not there
    although numbers were sealed with it.
    """
    stack.enter_context(claimed(settings.data_path))
    spare = SpareJournal(settings.data_path / "spare.journal")
    stack.callback(spare.close)
    if moved := await spare.move_into(store):
        log.warning("events of the last run were moved from the spare journal", extra={"events": moved})
    vault = await _vault(settings.caller_key_file, store)
    if sealed := await store.old_numbers.seal(vault):
        log.warning("numbers that an older callguard stored in clear were sealed", extra={"calls": sealed})
    return spare, vault


async def _vault(file: Path, store: SqlStore) -> Vault:
    """Return the vault; a new key is made for a new register only: under another nobody of the old one is recognised."""
    newest = await store.register.newest()
    if newest is None:
        return open_vault(file)
    vault = open_vault(file, may_make=False)
    try:
        vault.unseal(newest.sealed)
    except InputError as error:
        told = {"file": str(file), "cause": str(error)}
        log.error("known callers are not recognised: their numbers were sealed with another key", extra=told)  # noqa: TRY400  # no bug
    return vault
