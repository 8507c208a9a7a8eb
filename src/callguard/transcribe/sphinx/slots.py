"""Who gets a decoder: no I/O, no clock of its own.

A decoder is bound to an utterance while it is being spoken. When none is free, running speech waits for its end; finished speech
that has no decoder stands in a queue, which is bounded and knows deadlines. One decoder is kept for finished speech.
"""

from dataclasses import dataclass
from enum import Enum, auto

from callguard.transcribe.scheduler import SpeechKey
from callguard.transcribe.transcriber import Priority


class Refusal(Enum):
    """Why finished speech will not get a decoder."""

    EXPIRED = auto()
    FULL = auto()


@dataclass(frozen=True, slots=True)
class Wait:
    """Finished speech that has no decoder yet."""

    key: SpeechKey
    priority: Priority
    deadline_ns: int


class Slots:
    """The decoders of all workers, by number."""

    def __init__(self, count: int, *, capacity: int) -> None:
        self._free = list(range(count))
        self._kept_back = 1 if count > 1 else 0
        self._bound: dict[SpeechKey, tuple[int, Priority]] = {}
        self._finishing: set[SpeechKey] = set()
        self._queue: list[Wait] = []
        self._capacity = capacity

    @property
    def count(self) -> int:
        """How many there are."""
        return len(self._free) + len(self._bound)

    @property
    def busy(self) -> int:
        """How many have an utterance."""
        return len(self._bound)

    @property
    def waiting(self) -> int:
        """Finished speech that has no decoder."""
        return len(self._queue)

    def slot_of(self, key: SpeechKey) -> int | None:
        """Return the decoder that an utterance has."""
        bound = self._bound.get(key)
        return bound[0] if bound else None

    def claim_running(self, key: SpeechKey, priority: Priority) -> tuple[int | None, SpeechKey | None]:
        """Give running speech a decoder: a free one, or that of a less important utterance, which is returned too."""
        if self._queue:
            return None, None
        if len(self._free) > self._kept_back:
            return self._bind(key, priority), None
        running = [(held, other) for other, (_, held) in self._bound.items() if other not in self._finishing]
        least, victim = max(running, default=(priority, None), key=lambda one: one[0])
        if victim is None or least <= priority:
            return None, None
        self.release(victim)
        return self._bind(key, priority), victim

    def claim_finished(self, wait: Wait) -> tuple[int | None, list[tuple[Wait, Refusal]]]:
        """Give finished speech a decoder, or put it in the queue; also return what no longer fits there."""
        self._finishing.add(wait.key)
        if wait.key in self._bound:
            return self._bound[wait.key][0], []
        if self._free:
            return self._bind(wait.key, wait.priority), []
        self._queue.append(wait)
        if len(self._queue) <= self._capacity:
            return None, []
        worst = max(self._queue, key=_urgency)
        self._queue.remove(worst)
        self._finishing.discard(worst.key)
        return None, [(worst, Refusal.FULL)]

    def serve(self, now_ns: int) -> tuple[list[tuple[Wait, int]], list[tuple[Wait, Refusal]]]:
        """Give free decoders to the queue, most urgent first; return who got one and who waited too long."""
        expired = [wait for wait in self._queue if wait.deadline_ns < now_ns]
        for wait in expired:
            self.forget(wait.key)
        served: list[tuple[Wait, int]] = []
        while self._free and self._queue:
            wait = min(self._queue, key=_urgency)
            self._queue.remove(wait)
            served.append((wait, self._bind(wait.key, wait.priority)))
        return served, [(wait, Refusal.EXPIRED) for wait in expired]

    def release(self, key: SpeechKey) -> None:
        """Take the decoder back; the utterance may claim one again."""
        bound = self._bound.pop(key, None)
        if bound is not None:
            self._free.append(bound[0])

    def forget(self, key: SpeechKey) -> None:
        """Let go of an utterance altogether."""
        self.release(key)
        self._finishing.discard(key)
        self._queue = [wait for wait in self._queue if wait.key != key]

    def _bind(self, key: SpeechKey, priority: Priority) -> int:
        slot = min(self._free)
        self._free.remove(slot)
        self._bound[key] = (slot, priority)
        return slot


def _urgency(wait: Wait) -> tuple[int, int]:
    return (wait.priority, wait.deadline_ns)
