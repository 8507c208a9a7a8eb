"""What listens for threats alone where whole sentences cannot be written down."""

from typing import Protocol

from callguard.speech import Transcript
from callguard.transcribe.transcriber import Request

KEYWORDS = "keywords"
"""Why such text is unreliable (`Transcript.unreliable_because`): phrases were heard, and all words around them were not."""


class KeywordSpotter(Protocol):
    """Hears phrases of the highest severity in finished speech, at a fraction of the cost of writing it down."""

    @property
    def waiting(self) -> int:
        """Requests that have not begun."""
        ...

    @property
    def worker_s_a_second(self) -> float:
        """Seconds that one second of speech takes, at best; 0 before the first."""
        ...

    async def start(self) -> None:
        """Load the phrases. Raises EngineError."""
        ...

    async def close(self) -> None:
        """Let go of them; requests under way end with EngineError."""
        ...

    async def spot(self, request: Request, /) -> Transcript | None:
        """Return the phrases heard in a segment, or None if none was or the language has no phrases.

        The text is the phrases in order, `words` say where each was, and `is_reliable` is False because of `KEYWORDS`: a score
        of it raises a provisional alert, and never says that the rest was calm. Raises OverloadError if too many wait or the
        deadline has passed, EngineError if the spotter failed.
        """
        ...

    def end_call(self, call_id: str, /) -> None:
        """Forget what is kept for a call."""
        ...
