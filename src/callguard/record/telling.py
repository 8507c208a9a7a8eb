"""How desks let the world outside know: with the transaction of what was done, so that neither is there without the other."""

from collections.abc import Sequence
from typing import Any, Protocol

from callguard.sendings import Kind, Sending


class Outbox(Protocol):
    """Knows who wants to hear of what."""

    def sendings_of(self, kind: Kind, payload: dict[str, Any], /) -> Sequence[Sending]:
        """Return what is to be kept in the same transaction as the fact itself."""
        ...

    def posted(self) -> None:
        """Take note that sendings were committed."""
        ...
