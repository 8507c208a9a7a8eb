"""How the speech engines stand now and have done in the last minutes."""

from collections import deque
from typing import Final

from callguard.clock import Clock
from callguard.operations import EngineFigures, EngineStanding
from callguard.terms import RATE_HZ
from callguard.transcribe.transcriber import Transcriber, figures_of

MINUTES: Final = 5
EVERY_NS: Final = 5_000_000_000
FAILING: Final = 5
"""Decodes that fail in a row: of different calls where there are several, and none of them was heard."""
KEPT: Final = MINUTES * 60_000_000_000 // EVERY_NS


class EngineWatch:
    """Remembers figures of the last minutes, one set in five seconds."""

    def __init__(self, transcriber: Transcriber, clock: Clock) -> None:
        self._transcriber = transcriber
        self._clock = clock
        self._kept: deque[tuple[int, dict[str, EngineFigures]]] = deque(maxlen=KEPT)

    def look(self) -> None:
        """Take the figures if it is time; called often."""
        now_ns = self._clock.monotonic_ns()
        if not self._kept or now_ns - self._kept[-1][0] >= EVERY_NS:
            self._kept.append((now_ns, {one.name: one for one in figures_of(self._transcriber)}))

    def is_failing(self) -> bool:
        """Say whether the engine that runs has failed again and again of late, whatever it was asked."""
        return any(one.is_running and one.failed_in_a_row >= FAILING for one in figures_of(self._transcriber))

    def engines(self) -> tuple[EngineStanding, ...]:
        """Return every engine, the running one first."""
        before = self._kept[0][1] if self._kept else {}
        now = sorted(figures_of(self._transcriber), key=lambda one: not one.is_running)
        return tuple(_standing(one, before.get(one.name)) for one in now)


def _standing(now: EngineFigures, before: EngineFigures | None) -> EngineStanding:
    """Return what the engine has done since `before`; without it, since its start."""

    def since(name: str) -> int:
        return int(getattr(now, name) - (getattr(before, name) if before else 0))

    batches, samples = since("batches"), since("whole_samples")
    return EngineStanding(
        name=now.name,
        detail=now.detail,
        is_running=now.is_running,
        is_fallback=now.is_fallback,
        queue=now.queue,
        queue_room=now.queue_room,
        workers=now.workers,
        busy=now.busy,
        batch_limit=now.batch_limit,
        mean_batch=round(since("decoded") / batches, 2) if batches else None,
        real_time_factor=round(since("whole_ns") / 1e9 / (samples / RATE_HZ), 3) if samples else None,
        decoded=since("decoded") if now.is_counted else None,
        dropped=since("dropped") if now.is_counted else None,
    )
