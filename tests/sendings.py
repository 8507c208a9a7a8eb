"""Sendings for tests, an outbox in memory, and a receiver that does what it is told."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import orjson

from callguard.clock import Clock
from callguard.deliver.sending_ports import Receipt
from callguard.errors import StoreError
from callguard.sendings import Channel, Kind, OutboxCounts, Sending, SendingState

MADE = datetime(2026, 11, 20, 14, 3, tzinfo=UTC)


def sending(number: int = 1, *, route: str = "crm", channel: Channel = Channel.WEBHOOK, due_s: float = 0) -> Sending:
    """Return one that was made at MADE plus `number` ms and is due `due_s` later than MADE."""
    made = MADE + timedelta(milliseconds=number)
    return Sending(
        sending_id=f"msg_{number}",
        kind=Kind.AGENT_STATE,
        channel=channel,
        route=route,
        call_id="c1",
        payload=f'{{"number":{number}}}',
        created_at=made,
        due_at=MADE + timedelta(seconds=due_s),
        tried_since=made,
    )


@dataclass
class TellsAll:
    """Has one thing sent for every fact, to one subscriber; counts what it made and how often something was committed."""

    clock: Clock
    made: int = 0
    wakes: int = 0

    def sendings_of(self, kind: Kind, payload: dict[str, Any]) -> Sequence[Sending]:
        now = self.clock.utc_now() + timedelta(microseconds=self.made)  # in the order in which they were made
        self.made += 1
        return [
            Sending(
                sending_id=uuid4().hex,
                kind=kind,
                channel=Channel.WEBHOOK,
                route="crm",
                call_id="",
                payload=orjson.dumps(payload).decode(),
                created_at=now,
                due_at=now,
                tried_since=now,
            )
        ]

    def posted(self) -> None:
        self.wakes += 1


class MemoryOutbox:
    """Keeps sendings in a dict."""

    def __init__(self, *sendings: Sending) -> None:
        self.rows = {each.sending_id: each for each in sendings}
        self.error: StoreError | None = None
        self.swept_before: datetime | None = None

    def state(self, number: int = 1) -> tuple[SendingState, int, str]:
        row = self.rows[f"msg_{number}"]
        return row.state, row.attempts, row.last_error

    async def due(self, channel: Channel, route: str, now: datetime, *, limit: int) -> list[Sending]:
        return sorted((row for row in self._waiting(channel, route) if row.due_at <= now), key=lambda row: row.due_at)[:limit]

    async def next_due(self, channel: Channel, route: str) -> datetime | None:
        return min((row.due_at for row in self._waiting(channel, route)), default=None)

    async def note(self, tried: Sequence[Sending]) -> None:
        self._check()
        self.rows |= {sending.sending_id: sending for sending in tried}

    async def routes_waited_for(self) -> set[tuple[Channel, str]]:
        return {(row.channel, row.route) for row in self.rows.values() if row.state is SendingState.WAITING}

    async def fail_all(self, channel: Channel, route: str, at: datetime, *, error: str) -> int:
        rows = self._waiting(channel, route)
        for row in rows:
            gone = {"state": SendingState.FAILED, "last_error": error, "ended_at": at}
            self.rows[row.sending_id] = row.model_copy(update=gone)
        return len(rows)

    async def counts(self) -> OutboxCounts:
        states = [row.state for row in self.rows.values()]
        waiting = [row.created_at for row in self.rows.values() if row.state is SendingState.WAITING]
        return OutboxCounts(
            by_state={state: states.count(state) for state in set(states)}, oldest_waiting=min(waiting, default=None)
        )

    async def sweep(self, before: datetime) -> int:
        self.swept_before = before
        return 0

    def _waiting(self, channel: Channel, route: str) -> list[Sending]:
        self._check()
        return [
            row for row in self.rows.values() if (row.channel, row.route, row.state) == (channel, route, SendingState.WAITING)
        ]

    def _check(self) -> None:
        if self.error is not None:
            raise self.error


@dataclass
class PlainRoute:
    """Answers with `receipt`, once `open` is set; remembers what came."""

    receipt: Receipt = field(default_factory=Receipt)
    give_up_after: timedelta = timedelta(hours=1)
    open: asyncio.Event | None = None
    breaks: Exception | None = None
    came: list[str] = field(default_factory=list)
    at_once: int = 2
    under_way: int = 0
    most_at_once: int = 0
    is_closed: bool = False

    async def send(self, sending: Sending) -> Receipt:
        self.came.append(sending.sending_id)
        self.under_way += 1
        self.most_at_once = max(self.most_at_once, self.under_way)
        try:
            if self.open is not None:
                await self.open.wait()
            if self.breaks is not None:
                raise self.breaks
        finally:
            self.under_way -= 1
        return replace(self.receipt)

    async def close(self) -> None:
        self.is_closed = True
