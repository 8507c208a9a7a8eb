"""Gives every event its place in one order, keeps it, and sends it out: an alert is committed before it is shown."""

import asyncio
import logging
from collections import OrderedDict, deque
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import Protocol

import orjson

from callguard.clock import Clock
from callguard.errors import StoreError
from callguard.events import CallStarted, Decision, Event, HumanAct, StoredEvent
from callguard.human_acts import AgentAssigned, CallDescribed, PromptsSwitched, Shown, StaffJoin
from callguard.terms import DecisionKind, StepTimes
from callguard.wire import as_json

log = logging.getLogger(__name__)

OUTBOX = 8192
"""Events that may wait while an alert is being committed: minutes of forty busy calls."""
COMMIT_WAIT_S = 0.3
"""A third of the whole budget: after that the spare journal takes an alert, which costs a few milliseconds more."""
SPARE_WAIT_S = 0.3
"""Longer than a disk takes that works: one that hangs, as network disks do, must not hold an alert back."""
LATE_WAIT_S = 3.0
"""A person who did something can wait for a slow disk, unlike an alert: this long, before they hear that it is not kept."""
SENIORS_ONLY = "*"
"""In place of the agent's name: no log-in name has this form, so that no agent sees the event."""
REMEMBERED = 4096
"""Decisions whose drawing may still be reported."""


class Keeper(Protocol):
    """Where events are kept."""

    def put(self, event: StoredEvent) -> None:
        """Keep `event` soon."""
        ...

    async def write(self, event: StoredEvent) -> None:
        """Return when `event` is committed. Raises StoreError if it cannot be."""
        ...

    def sent(self, seq: int, sent_ns: int) -> None:
        """Take note of when an event was handed to consoles."""
        ...

    @property
    def is_settled(self) -> bool:
        """Whether everything taken so far is kept or lost for good."""
        ...


class Spare(Protocol):
    """Where urgent events are kept while the keeper cannot."""

    @property
    def kept(self) -> int:
        """How many lie there."""
        ...

    async def write(self, event: StoredEvent) -> None:
        """Return when `event` is committed. Raises StoreError if it cannot be."""
        ...


@dataclass(slots=True)
class _Pending:
    """A decision on its way to people."""

    decision: Decision
    agent: str
    times: StepTimes
    drawn_by: set[str]


class Publisher:
    """The one writer of the order of events."""

    def __init__(
        self,
        keeper: Keeper,
        fan_out: Callable[[StoredEvent], None],
        clock: Clock,
        *,
        last_seq: int,
        observe: Callable[[Event], None] = lambda _: None,
        spare: Spare | None = None,
        bring_home: Callable[[], Awaitable[object]] | None = None,
        team_of: Callable[[str], str] = lambda _: "",
    ) -> None:
        """`observe` sees every event as it is published; metrics hang there.

        `bring_home` moves what lies in `spare` to the keeper's store, once that works again; `team_of` returns the team of an
        agent's log-in name, empty if nobody knows.
        """
        self._spare = spare
        self._bring_home = bring_home
        self._team_of = team_of
        self._keeper = keeper
        self._fan_out = fan_out
        self._observe = observe
        self._clock = clock
        self._seq = last_seq
        self._outbox: asyncio.Queue[tuple[StoredEvent, Event] | None] = asyncio.Queue(OUTBOX)
        self._agents: dict[str, str] = {}
        self._pending: OrderedDict[int, _Pending] = OrderedDict()
        self._sent_seq = last_seq
        self._sent = asyncio.Condition()
        self._not_kept: deque[int] = deque(maxlen=REMEMBERED)
        self._late: dict[int, asyncio.Task[None]] = {}
        self.lost = 0
        """Events that found the outbox full, or closed."""
        self._is_closed = False
        self._came_too_late = False

    @property
    def last_seq(self) -> int:
        """The newest number that was given."""
        return self._seq

    def publish(self, event: Event) -> None:
        """Give `event` its number and send it on its way; an alert is told whose team's it is."""
        if isinstance(event, Decision) and event.kind is DecisionKind.ALERT:
            event = replace(event, team=self._team_of(self._agents.get(event.call_id, "")))
        self._observe(event)
        if isinstance(event, CallStarted | AgentAssigned):
            self._agents[event.call_id] = event.agent
        if self._is_closed or self._outbox.full():
            self.lost += 1
            self._came_too_late |= self._is_closed
            why = "callguard is stopping" if self._is_closed else "outbox is full"
            log.error("event lost", extra={"because": why, "call_id": event.call_id, "lost": self.lost})
            return
        self._seq += 1
        body = as_json(event) | {"seq": self._seq, "at": self._clock.utc_now().isoformat()}
        stored = StoredEvent(
            seq=self._seq,
            call_id=event.call_id,
            agent=SENIORS_ONLY if _is_discreet(event) else self._agents.get(event.call_id, ""),
            is_alert=is_urgent(event),
            body=orjson.dumps(body),
        )
        self._outbox.put_nowait((stored, event))

    def agent_of(self, call_id: str) -> str | None:
        """Return whose call this is as far as has been published, None if nothing has."""
        return self._agents.get(call_id)

    def adopt(self, call_id: str, agent: str) -> None:
        """Know whose a call of an earlier run is."""
        self._agents[call_id] = agent

    def forget(self, call_id: str) -> None:
        """Let go of an ended call."""
        self._agents.pop(call_id, None)

    async def run(self) -> None:
        """Send until `close`."""
        while (entry := await self._outbox.get()) is not None:
            stored, event = entry
            times = event.times if isinstance(event, Decision) else StepTimes()
            if stored.is_alert:
                times = replace(times, stored_ns=await self._commit(stored))
            else:
                self._keeper.put(stored)
            sent_ns = self._clock.monotonic_ns()
            if isinstance(event, Decision):
                self._remember(stored, event, replace(times, sent_ns=sent_ns))
            self._keeper.sent(stored.seq, sent_ns)
            if not isinstance(event, PromptsSwitched):  # nobody is told that an agent wants no cards
                self._fan_out(stored)
            await self._tidy_spare()
            async with self._sent:
                self._sent_seq = stored.seq
                self._sent.notify_all()

    async def sent(self) -> None:
        """Return when all that has been published so far is sent. Raises StoreError if an urgent part of it is not kept yet."""
        if self._came_too_late:
            raise StoreError("callguard is stopping; do this again in a moment")
        first, last = self._sent_seq, self._seq
        async with self._sent:
            await self._sent.wait_for(lambda: self._sent_seq >= last)
        if late := [task for seq, task in self._late.items() if first < seq <= last]:
            await asyncio.wait(late, timeout=LATE_WAIT_S)
        if any(first < seq <= last for seq in self._not_kept):
            raise StoreError(
                "this was passed on but could not be stored yet; tell whoever runs callguard to look at disk and database"
            )

    async def close(self) -> None:
        """Send what is waiting, then let `run` return; what is published from now on is lost."""
        self._is_closed = True
        await self._outbox.put(None)

    def drawn(self, seq: int, user: str, drawn_ns: int) -> None:
        """Take a console's word that it has painted event `seq`; the first one of each person is kept."""
        pending = self._pending.get(seq)
        if pending is None or user in pending.drawn_by:
            return
        pending.drawn_by.add(user)
        decision = pending.decision
        self.publish(
            Shown(
                call_id=decision.call_id,
                decision_id=decision.decision_id,
                at_sample=decision.at_sample,
                by=user,
                drawn_ns=drawn_ns,
                times=pending.times,
            )
        )

    async def _commit(self, stored: StoredEvent) -> int:
        """Return when it was committed, in the store or, if that takes too long or fails, in the spare journal; 0 if in neither.

        The keeper goes on trying all the while.
        """
        # Shielded: what hangs may still come to its end.
        keeping = asyncio.ensure_future(self._keeper.write(stored))
        keeping.add_done_callback(_forget_failure)
        try:
            async with asyncio.timeout(COMMIT_WAIT_S):
                await asyncio.shield(keeping)
        except (TimeoutError, StoreError) as error:
            return await self._commit_beside(stored, keeping, error)
        return self._clock.monotonic_ns()

    async def _commit_beside(self, stored: StoredEvent, keeping: asyncio.Future[None], error: Exception) -> int:
        hanging = [keeping]
        told = {"call_id": stored.call_id, "seq": stored.seq, "cause": str(error) or "no answer in time"}
        if self._spare is not None:
            # What hangs here and comes to its end is brought home.
            writing = asyncio.ensure_future(self._spare.write(stored))
            writing.add_done_callback(_forget_failure)
            hanging.append(writing)
            try:
                async with asyncio.timeout(SPARE_WAIT_S):
                    await asyncio.shield(writing)
            except (TimeoutError, StoreError) as second:
                told["spare"] = str(second) or "no answer in time"
            else:
                log.warning("kept in the spare journal until the store works", extra=told)
                return self._clock.monotonic_ns()
        self._not_kept.append(stored.seq)
        self._late[stored.seq] = asyncio.ensure_future(self._keep_late(stored.seq, hanging))
        log.error("shown before it is stored: neither the store nor the spare journal takes it", extra=told)
        return 0

    async def _keep_late(self, seq: int, hanging: Sequence[asyncio.Future[None]]) -> None:
        """Take an event as kept once one of what hung, or failed, has kept it after all."""
        try:
            for kept in asyncio.as_completed(hanging):
                with suppress(StoreError):
                    await kept
                    if seq in self._not_kept:  # not if it is so long ago that it is not remembered
                        self._not_kept.remove(seq)
                    return
        finally:
            del self._late[seq]

    async def _tidy_spare(self) -> None:
        if self._spare is None or self._bring_home is None or not self._spare.kept or not self._keeper.is_settled:
            return
        try:
            await self._bring_home()
        except StoreError as error:
            log.warning("the spare journal is not emptied yet", extra={"cause": str(error)})

    def _remember(self, stored: StoredEvent, decision: Decision, times: StepTimes) -> None:
        self._pending[stored.seq] = _Pending(decision, stored.agent, times, set())
        while len(self._pending) > REMEMBERED:
            self._pending.popitem(last=False)


def _forget_failure(writing: asyncio.Future[None]) -> None:
    """Nobody may be waiting any more; what failed was said when it was waited for."""
    if not writing.cancelled():
        writing.exception()


def is_urgent(event: Event) -> bool:
    """Whether `event` must be committed before it is shown or acknowledged: an alert, or what a person did."""
    if isinstance(event, Decision):
        return event.kind is DecisionKind.ALERT
    return isinstance(event, HumanAct | AgentAssigned | CallDescribed | StaffJoin)


def _is_discreet(event: Event) -> bool:
    return isinstance(event, StaffJoin) and not event.is_told
