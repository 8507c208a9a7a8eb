"""All live calls of this process: opens them for taps, lets them hear in one rhythm, and carries out what people ask."""

import asyncio
import logging
from collections.abc import Callable
from typing import Generic

from callguard.call import Ears, Judge, LiveCall
from callguard.clock import Clock
from callguard.errors import CapacityError, EngineError, NotFoundError, StillEndingError
from callguard.events import CallStarted, HumanAct
from callguard.load import TICK_S, LoadControl

log = logging.getLogger(__name__)

SETTLE_S = 0.02
"""One telephone frame: what the judge may add to the budget's first part."""
WATCH_S = 1.0
REMEMBERED = 256
"""Ended calls whose alerts can still be answered."""


class Guard(Generic[Ears]):
    """Where taps bring their calls."""

    def __init__(
        self,
        make_call: Callable[[CallStarted, LiveCall[Ears] | None], LiveCall[Ears]],
        judge: Judge[Ears],
        clock: Clock,
        *,
        max_calls: int,
        forget: Callable[[str], None] = lambda _: None,
        let_go: Callable[[str], None] = lambda _: None,
        load: LoadControl | None = None,
        weighed: Callable[[], None] = lambda: None,
        refused: Callable[[CallStarted, str], None] = lambda *_: None,
    ) -> None:
        """`make_call` is given the start of a call and, where its phone system brings it again, what it was before.

        `forget` is told of each call that is over, `let_go` of each whose alerts can no longer be answered.

        `load` is what the calls were made with; `weighed` is called each time after it was asked how much that is. `refused` is
        told of each call that was turned away, and why.
        """
        self._make_call = make_call
        self._judge = judge
        self._clock = clock
        self._max_calls = max_calls
        self._forget = forget
        self._let_go = let_go
        self._load = load or LoadControl()
        self._weighed = weighed
        self._refused = refused
        self.refused = 0
        """Calls that were turned away since the start."""
        self._live: dict[str, LiveCall[Ears]] = {}
        self._ended: list[LiveCall[Ears]] = []
        """Oldest first."""
        self._tasks: asyncio.TaskGroup | None = None

    @property
    def calls(self) -> tuple[LiveCall[Ears], ...]:
        """The calls that are running."""
        return tuple(self._live.values())

    def open(self, started: CallStarted) -> LiveCall[Ears]:
        """Start to guard a call.

        Raises CapacityError when full, or when a call of that id is running; StillEndingError, of which nobody is told, where
        that one has ended and is only not understood to its end.
        """
        before = self._live.get(started.call_id)
        if before is not None and before.has_ended and self._tasks is not None:
            raise StillEndingError("the call's last words are still being understood; try again in a moment")
        because = self._why_not(started)
        if because or self._tasks is None:
            self.refused += 1
            log.warning("call refused", extra={"call_id": started.call_id, "tap": started.tap, "because": because})
            self._refused(started, because)
            raise CapacityError(because)
        before = self._ended_call(started.call_id)
        call = self._make_call(started, before)
        if before is not None:
            self._ended.remove(before)  # it goes on: what was decided, and what waits for an answer, is the call's own
        self._live[started.call_id] = call
        self._tasks.create_task(self._guard(call), name=f"call {started.call_id}")
        return call

    def full_because(self) -> str:
        """Return why a new call would be refused now; empty if it would not."""
        running = len(self._live)
        if self._tasks is None:
            return "callguard is not accepting calls yet; try again in a moment"
        if running >= self._max_calls:
            return f"{running} calls are running and taps.max_calls is {self._max_calls}; raise it or add a machine"
        return self._load.refusal(running)

    def _why_not(self, started: CallStarted) -> str:
        if started.call_id in self._live:
            return "a call of this id is running already; call ids must be unique"
        return self.full_because()

    def call(self, call_id: str) -> LiveCall[Ears]:
        """Return a running or lately ended call. Raises NotFoundError."""
        call = self._live.get(call_id) or self._ended_call(call_id)
        if call is None:
            raise NotFoundError("this call is neither running nor one of the last that ended")
        return call

    def act(self, act: HumanAct) -> None:
        """Take what a person did. Raises NotFoundError."""
        self.call(act.call_id).act(act)

    def _ended_call(self, call_id: str) -> LiveCall[Ears] | None:
        return next((call for call in self._ended if call.started.call_id == call_id), None)

    def remember(self, call: LiveCall[Ears]) -> None:
        """Take a call of an earlier run, newest first, so that its alerts go on waiting for an answer. It must be over."""
        self._ended.insert(0, call)

    async def run(self, started: Callable[[], None] = lambda: None) -> None:
        """Let all calls hear until cancelled."""
        async with asyncio.TaskGroup() as tasks:
            self._tasks = tasks
            tasks.create_task(self._watch())
            tasks.create_task(self._weigh())
            started()
            try:
                while True:
                    self.settle()
                    await self._clock.sleep(SETTLE_S)
            finally:
                self._tasks = None

    def settle(self) -> None:
        """Judge what all calls have heard since the last time, together; a detector that fails ends the calls, visibly."""
        try:
            # A tap may bring audio before its call's own task has had its first turn: that is settled in the next round.
            heard = self._judge.settle([call.listening for call in self._live.values() if call.is_running])
        except EngineError as error:
            for call in self._live.values():
                call.fail(error)
            return
        for speech in heard:
            self._live[speech.call_id].hear(speech)

    async def drain(self) -> None:
        """Return when no call is running; says nothing to the taps."""
        while self._live:
            await self._clock.sleep(SETTLE_S)

    async def _watch(self) -> None:
        while True:
            await self._clock.sleep(WATCH_S)
            for call in (*self._live.values(), *self._ended):
                call.watch()

    async def _weigh(self) -> None:
        while True:
            await self._clock.sleep(TICK_S)
            now_ns = self._clock.monotonic_ns()
            late_s = max((call.late_s(now_ns) for call in self._live.values()), default=0.0)
            if self._load.tick(late_s, len(self._live)):
                log.warning(
                    "load step", extra={"step": self._load.step.label, "late_s": round(late_s, 2), "calls": len(self._live)}
                )
                for call in self._live.values():
                    call.watch_guard()
            self._weighed()

    async def _guard(self, call: LiveCall[Ears]) -> None:
        call_id = call.started.call_id
        try:
            await call.run(lambda: self._judge.finish(call.listening))
        finally:
            del self._live[call_id]
            self._forget(call_id)
            self._ended.append(call)
            while len(self._ended) > REMEMBERED:
                self._let_go_of_one()

    def _let_go_of_one(self) -> None:
        """Forget an ended call: one whose alerts are answered, unless it has ended just now; only then one that still waits."""
        older = self._ended[: REMEMBERED // 2]
        gone = next((call for call in older if not call.has_open_alerts), self._ended[0])
        self._ended.remove(gone)
        self._let_go(gone.started.call_id)
