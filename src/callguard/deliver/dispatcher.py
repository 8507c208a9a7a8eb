"""Empties the outbox: in due order, again and again with growing pauses, each receiver by itself so that none delays another."""

import asyncio
import logging
from collections import Counter
from collections.abc import Callable, Mapping
from datetime import timedelta
from random import Random

from callguard.clock import Clock
from callguard.deliver.sending_ports import Outbox, Receipt, Route
from callguard.errors import StoreError
from callguard.sendings import Channel, OutboxCounts, Sending, SendingState

log = logging.getLogger(__name__)

FIRST_PAUSE_S = 2.0
LONGEST_PAUSE_S = 3600.0
JITTER = 0.25
"""Share by which a pause may be shorter or longer, so that a receiver that comes back is not met by everything at once."""
IDLE_S = 60.0
"""Looks again so often even when nobody woke it, and counts."""
STORE_PAUSE_S = 5.0
SWEEP_EVERY = 60
"""Looks between two clearings: an hour."""
NO_ROUTE = "the settings have no receiver of this name; add it under notify, or mend the policy's route, and try again"


def pause_s(attempts: int, dice: Random) -> float:
    """Return how long to wait after so many failed attempts, at least one."""
    whole = min(FIRST_PAUSE_S * 2.0 ** (attempts - 1), LONGEST_PAUSE_S)
    return whole * dice.uniform(1 - JITTER, 1 + JITTER)


class Dispatcher:
    """`run` sends until it is cancelled; what is on its way then is sent again by the next run, under the same id."""

    def __init__(
        self,
        outbox: Outbox,
        routes: Mapping[tuple[Channel, str], Route],
        clock: Clock,
        *,
        keep: timedelta,
        dice: Random,
    ) -> None:
        self._outbox = outbox
        self._routes = routes
        self._clock = clock
        self._keep = keep
        self._dice = dice
        self._wakes = {key: asyncio.Event() for key in routes}
        self._counts = OutboxCounts(by_state=Counter(), oldest_waiting=None)
        self.observe: Callable[[Channel, str, str], None] = lambda *_: None
        """Told (channel, route, «delivered» | «retried» | «failed») after each attempt."""
        self.given_up = 0
        """Sendings since the start that were never delivered."""

    @property
    def waiting(self) -> int:
        """How many waited at the last look."""
        return self._counts.by_state.get(SendingState.WAITING, 0)

    @property
    def oldest_s(self) -> float:
        """Age of the oldest that waited at the last look."""
        oldest = self._counts.oldest_waiting
        return 0.0 if oldest is None else max(0.0, (self._clock.utc_now() - oldest).total_seconds())

    def wake(self) -> None:
        """Look at once: something was put into the outbox."""
        for wake in self._wakes.values():
            wake.set()

    async def run(self) -> None:
        """Send until cancelled."""
        try:
            async with asyncio.TaskGroup() as tasks:
                tasks.create_task(self._keep_house(), name="outbox")
                for key in self._routes:
                    tasks.create_task(self._serve(key), name=f"outbox {key[1]}")
        finally:
            for route in self._routes.values():
                await route.close()

    async def _serve(self, key: tuple[Channel, str]) -> None:
        wake = self._wakes[key]
        while True:
            wake.clear()
            try:
                wait_s = await self._pass(key)
            except StoreError as error:
                log.warning("the outbox cannot be read or written", extra={"route": key[1], "cause": str(error)})
                wait_s = STORE_PAUSE_S
                wake.clear()
            if wait_s > 0:
                await self._wait(wake, wait_s)

    async def _pass(self, key: tuple[Channel, str]) -> float:
        """Try what is due and return for how long nothing is."""
        now = self._clock.utc_now()
        route = self._routes[key]
        due = await self._outbox.due(*key, now, limit=route.at_once)
        if due:
            async with asyncio.TaskGroup() as tasks:
                tried = [tasks.create_task(self._try(route, sending)) for sending in due]
            await self._outbox.note([task.result() for task in tried])
            return 0.0
        coming = await self._outbox.next_due(*key)
        return IDLE_S if coming is None else min(IDLE_S, max((coming - now).total_seconds(), 0.001))

    async def _try(self, route: Route, sending: Sending) -> Sending:
        try:
            receipt = await route.send(sending)
        except Exception:  # a receiver that nobody foresaw must not stop the others, nor the guard
            log.exception("a sending failed in an unforeseen way", extra={"sending_id": sending.sending_id})
            receipt = Receipt(error="callguard failed; see the server's log")
        done = self._after(sending, receipt, route.give_up_after)
        outcome = "retried" if done.state is SendingState.WAITING else done.state.value
        self.observe(sending.channel, sending.route, outcome)
        if done.state is SendingState.FAILED:
            self.given_up += 1
            told = {"sending_id": sending.sending_id, "kind": sending.kind, "route": sending.route}
            log.error("a sending was given up", extra=told | {"cause": done.last_error, "attempts": done.attempts})
        return done

    def _after(self, sending: Sending, receipt: Receipt, give_up_after: timedelta) -> Sending:
        now, attempts = self._clock.utc_now(), sending.attempts + 1
        tried = {"attempts": attempts, "last_error": receipt.error}
        if not receipt.error:
            return sending.model_copy(update=tried | {"state": SendingState.DELIVERED, "ended_at": now})
        due_at = now + timedelta(seconds=pause_s(attempts, self._dice))
        if receipt.is_final or due_at - sending.tried_since > give_up_after:
            return sending.model_copy(update=tried | {"state": SendingState.FAILED, "ended_at": now})
        return sending.model_copy(update=tried | {"due_at": due_at})

    async def _keep_house(self) -> None:
        """Count, give up what nobody can receive, and clear away what is over."""
        looks = 0
        while True:
            try:
                await self._look(is_clearing=looks % SWEEP_EVERY == 0)
            except StoreError as error:
                log.warning("the outbox was not looked after", extra={"cause": str(error)})
            looks += 1
            await self._clock.sleep(IDLE_S)

    async def _look(self, *, is_clearing: bool) -> None:
        now = self._clock.utc_now()
        for channel, route in await self._outbox.routes_waited_for() - set(self._routes):
            failed = await self._outbox.fail_all(channel, route, now, error=NO_ROUTE)
            self.given_up += failed
            log.error("nobody can receive what waits", extra={"route": route, "sendings": failed, "cause": NO_ROUTE})
        if is_clearing:
            await self._outbox.sweep(now - self._keep)
        self._counts = await self._outbox.counts()

    async def _wait(self, wake: asyncio.Event, seconds: float) -> None:
        waits = {asyncio.ensure_future(self._clock.sleep(seconds)), asyncio.ensure_future(wake.wait())}
        try:
            await asyncio.wait(waits, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for wait in waits:
                wait.cancel()
