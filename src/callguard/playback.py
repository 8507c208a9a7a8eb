"""How callguard makes itself heard on a call: what a tap lends for it, whoever uses it."""

from typing import Protocol

from callguard.terms import Role, Samples


class PlaysAudio(Protocol):
    """The way back into one running call. Synchronous: it queues, and the tap's own task sends in real time."""

    @property
    def sides(self) -> frozenset[Role]:
        """Who can be reached, each without the other hearing it; empty once the connection is gone."""
        ...

    def play(self, side: Role, samples: Samples, *, source: str) -> None:
        """Let one side hear `samples` (float32, `RATE_HZ`), behind what this source has queued, mixed with other sources.

        A side that cannot be reached (any more) hears nothing: look at `sides`. What a source queues beyond half a minute is
        dropped.
        """
        ...

    def clear(self, side: Role, *, source: str) -> None:
        """Forget what this source has queued."""
        ...

    def waiting_s(self, side: Role, *, source: str) -> float:
        """Return how much of this source has not been sent yet."""
        ...


class CallVoice:
    """All that the taps of one call lend, as one: a tap with a connection for each party lends one at a time."""

    def __init__(self) -> None:
        self._lent: list[PlaysAudio] = []

    def lend(self, voice: PlaysAudio) -> None:
        """Take a way back into the call; of two for the same side the later one is used."""
        self._lent = [known for known in self._lent if known.sides]
        self._lent.append(voice)

    @property
    def sides(self) -> frozenset[Role]:
        """Who can be reached now."""
        return frozenset().union(*(voice.sides for voice in self._lent))

    def play(self, side: Role, samples: Samples, *, source: str) -> None:
        """Let one side hear `samples`; see `PlaysAudio`."""
        if (voice := self._of(side)) is not None:
            voice.play(side, samples, source=source)

    def clear(self, side: Role, *, source: str) -> None:
        """Forget what this source has queued for a side."""
        if (voice := self._of(side)) is not None:
            voice.clear(side, source=source)

    def waiting_s(self, side: Role, *, source: str) -> float:
        """Return how much of this source a side has still to hear."""
        voice = self._of(side)
        return 0.0 if voice is None else voice.waiting_s(side, source=source)

    def _of(self, side: Role) -> PlaysAudio | None:
        return next((voice for voice in reversed(self._lent) if side in voice.sides), None)
