"""Plays bundled calls into a running server, a few at a time, and hands each one's outcome over."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass

from callguard.demo.script import DemoCall, Row, failures
from callguard.errors import CapacityError
from callguard.terms import Role

Play = Callable[[str, DemoCall, Mapping[Role, bytes]], Awaitable[None]]
"""Plays (call id, call, tracks) into a tap and returns when it has hung up."""
WaitForEnd = Callable[[str], Awaitable[Sequence[Row]]]
"""Returns a call's events once it has ended and all are shown."""

PAUSE_S = 2.0
TRIES = 30
"""A call that is refused because the machine is busy waits its turn, as in a queue of callers, for up to a minute."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What came of one demo call."""

    call: DemoCall
    rows: tuple[Row, ...]
    failures: tuple[str, ...]

    def count(self, type_name: str, /, **fields: object) -> int:
        """Return how many events of a type have these values."""
        return sum(
            bool(row["type"] == type_name and all(row[name] == value for name, value in fields.items())) for row in self.rows
        )


async def play_all(
    calls: Sequence[DemoCall],
    *,
    tracks_of: Callable[[DemoCall], Mapping[Role, bytes]],
    play: Play,
    wait_for_end: WaitForEnd,
    name_of: Callable[[DemoCall], str],
    at_once: int,
    pause_s: float = PAUSE_S,
) -> list[Outcome]:
    """Play `calls` in their order, `at_once` at a time, and return their outcomes in the same order."""
    room = asyncio.Semaphore(at_once)

    async def one(call: DemoCall) -> Outcome:
        async with room:
            call_id = name_of(call)
            await _until_taken(lambda: play(call_id, call, tracks_of(call)), pause_s)
            rows = await wait_for_end(call_id)
            return Outcome(call=call, rows=tuple(rows), failures=tuple(failures(call, rows)))

    async with asyncio.TaskGroup() as tasks:
        running = [tasks.create_task(one(call)) for call in calls]
    return [task.result() for task in running]


async def _until_taken(play: Callable[[], Awaitable[None]], pause_s: float) -> None:
    """Play a call, again while it is refused. Raises CapacityError if it is never taken."""
    for _ in range(TRIES - 1):
        try:
            return await play()
        except CapacityError:
            await asyncio.sleep(pause_s)
    return await play()
