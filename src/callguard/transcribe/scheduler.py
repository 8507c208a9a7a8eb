"""Which speech is decoded next, and which together: no I/O, no clock of its own.

Order: priority, then finals before early starts before partials; finals by deadline, others by how long their channel has
not been heard, so that all take turns. What waits is bounded: the least urgent goes when the queue is full, but no final as
long as there is anything else, since only a final's words are lost; what has passed its deadline goes at once, and speech
that a newer request of the same segment has overtaken goes silently. Nothing ever waits for a batch to fill: a free worker
takes what is there, and batches grow only while all workers are busy, or while the load is such that sparing the processor
helps everybody more than a second worker helps two.
"""

import math
from collections.abc import Hashable
from dataclasses import dataclass, field
from enum import Enum, IntEnum, auto
from typing import Generic, TypeVar

from callguard.terms import Role
from callguard.transcribe.transcriber import Priority

Ticket = TypeVar("Ticket")
SIMILAR = 2.0
"""Utterances are decoded together if no window is longer than another by more than this. The shorter pays for the longer in the
encoder, 0.1 ms for each frame of base.en on one core; a token costs all of them one pass of the decoder's weights through memory,
8 ms, instead of one each. Measured in docs/measurements.md."""


class Kind(IntEnum):
    """Why a piece of speech is decoded; smaller is served first."""

    FINAL = 0
    EARLY = 1
    """Begun in the first silence, for a final that will probably follow."""
    PARTIAL = 2


class Drop(Enum):
    """Why a job left the queue undone."""

    OVERTAKEN = auto()
    EXPIRED = auto()
    FULL = auto()


@dataclass(frozen=True, slots=True)
class SpeechKey:
    """One segment of one channel."""

    call_id: str
    channel: Role
    segment: int


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Job(Generic[Ticket]):
    """A piece of speech that waits to be decoded."""

    key: SpeechKey
    kind: Kind
    priority: Priority
    deadline_ns: int
    last_heard_ns: int
    """When the last partial of this channel began; 0 where nothing of this speech can be read yet."""
    frames: int
    group: Hashable
    """Only jobs of one group can be decoded together."""
    ticket: Ticket = field(repr=False)
    """What the owner of the queue needs to do it."""

    @property
    def urgency(self) -> tuple[int, int, int]:
        """Smaller is more urgent."""
        return (self.priority, self.kind, self.deadline_ns if self.kind is Kind.FINAL else self.last_heard_ns)


Dropped = list[tuple[Job[Ticket], Drop]]


class Scheduler(Generic[Ticket]):
    """The queue in front of the workers of one engine."""

    def __init__(self, *, capacity: int, batch: int, workers: int, batch_frames: int = 0) -> None:
        """`batch` is the most that one worker decodes together.

        As long as one batch could take all that waits, it holds at most so many frames of windows too, unless they are 0: where
        there is no crowd, three long utterances that wait for each other help nobody.
        """
        self._capacity = capacity
        self._batch = batch
        self._batch_frames = batch_frames
        # Workers that partials leave free, so that a final finds one; the first of an utterance do not: they are short.
        self._reserved = min(1, workers - 1)
        self._waiting: list[Job[Ticket]] = []

    def __len__(self) -> int:
        return len(self._waiting)

    @property
    def finals(self) -> int:
        """Finals that wait."""
        return sum(job.kind is Kind.FINAL for job in self._waiting)

    def push(self, job: Job[Ticket], now_ns: int) -> Dropped[Ticket]:
        """Take a job and return what it pushed out, which may be the job itself."""
        dropped: Dropped[Ticket] = [(other, Drop.OVERTAKEN) for other in self._waiting if _overtakes(job, other)]
        self._remove(dropped)
        self._waiting.append(job)
        dropped += self._expire(now_ns)
        if len(self._waiting) > self._capacity:
            worst = max(self._waiting, key=lambda waiting: (waiting.kind is not Kind.FINAL, waiting.urgency))
            self._waiting.remove(worst)
            dropped.append((worst, Drop.FULL))
        return dropped

    def take(self, now_ns: int, free_workers: int, *, spread: bool = True) -> tuple[list[Job[Ticket]], Dropped[Ticket]]:
        """Return what one free worker shall decode together, most urgent first, and what came too late.

        Nothing to decode means that nothing may begin now. With `spread` no worker gets several before all free ones have one.
        """
        dropped = self._expire(now_ns)
        leaves_room = free_workers > self._reserved
        ready = sorted(
            (job for job in self._waiting if leaves_room or job.kind is not Kind.PARTIAL or not job.last_heard_ns),
            key=lambda job: job.urgency,
        )
        if not ready:
            return [], dropped
        batch = _similar(
            ready,
            most=min(self._batch, math.ceil(len(ready) / free_workers) if spread else len(ready)),
            frames=self._batch_frames if self._batch_frames and len(ready) <= self._batch else math.inf,
        )
        for job in batch:
            self._waiting.remove(job)
        return batch, dropped

    def skip(self, key: SpeechKey) -> Dropped[Ticket]:
        """Forget the early starts and partials of a segment whose final will not be asked for, and return them."""
        dropped: Dropped[Ticket] = [
            (job, Drop.OVERTAKEN) for job in self._waiting if job.key == key and job.kind is not Kind.FINAL
        ]
        self._remove(dropped)
        return dropped

    def discard(self, job: Job[Ticket]) -> None:
        """Forget a job that nobody waits for any more; it may have begun already."""
        if job in self._waiting:
            self._waiting.remove(job)

    def clear(self) -> list[Job[Ticket]]:
        """Forget all jobs and return them."""
        waiting, self._waiting = self._waiting, []
        return waiting

    def _expire(self, now_ns: int) -> Dropped[Ticket]:
        dropped: Dropped[Ticket] = [(job, Drop.EXPIRED) for job in self._waiting if job.deadline_ns < now_ns]
        self._remove(dropped)
        return dropped

    def _remove(self, dropped: Dropped[Ticket]) -> None:
        for job, _ in dropped:
            self._waiting.remove(job)


def _overtakes(newer: Job[Ticket], older: Job[Ticket]) -> bool:
    """Say whether `older` has no use any more: another partial of the same speech, or anything before its final."""
    return newer.key == older.key and older.kind is not Kind.FINAL


def _similar(ready: list[Job[Ticket]], *, most: int, frames: float) -> list[Job[Ticket]]:
    """Return the first job and those after it that can be decoded with it at little cost."""
    first = ready[0]
    batch = [first]
    shortest = longest = first.frames
    for job in ready[1:]:
        if len(batch) >= most:
            break
        if job.group != first.group or (job.kind is Kind.PARTIAL) != (first.kind is Kind.PARTIAL):
            continue  # a partial would make a final wait for it
        is_similar = max(longest, job.frames) <= SIMILAR * min(shortest, job.frames)
        if is_similar and max(longest, job.frames) * (len(batch) + 1) <= frames:
            batch.append(job)
            shortest, longest = min(shortest, job.frames), max(longest, job.frames)
    return batch
