"""How desks let the world outside know what was done."""

from typing import Any, Protocol

from callguard.clock import Clock
from callguard.errors import StoreError
from callguard.record.task_files import TaskFiles
from callguard.sendings import Kind


class Outbox(Protocol):
    """Sends a payload to whoever subscribed, at least once, and survives a restart."""

    async def enqueue(self, kind: Kind, payload: dict[str, Any], /) -> None:
        """Take a payload; raises StoreError if it could not be kept."""
        ...


class Teller:
    """Puts into the outbox what was done already, so that a failure to do so undoes nothing."""

    def __init__(self, outbox: Outbox, tasks: TaskFiles, clock: Clock) -> None:
        self._outbox = outbox
        self._tasks = tasks
        self._clock = clock

    async def tell(self, kind: Kind, payload: dict[str, Any]) -> None:
        """Let subscribers know; where the outbox cannot take it, the log of access says so."""
        try:
            await self._outbox.enqueue(kind, payload)
        except StoreError:
            # What was done is stored already; that others hear of it late must not undo it.
            await self._tasks.audit(self._clock.utc_now(), "callguard", "webhook.failed", kind.value)
