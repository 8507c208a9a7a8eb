"""A console without a browser: reads the same WebSocket as the pages do, and reports what it has drawn as they do."""

import asyncio
from collections import defaultdict
from collections.abc import Callable

import orjson
from websockets.asyncio.client import connect
from websockets.exceptions import ConnectionClosed, InvalidHandshake

from callguard.clock import Clock
from callguard.demo.script import Row
from callguard.errors import ServiceError

Show = Callable[[Row], None]
"""Puts an event in front of a person; a decision carries `shown_ms`, end of speech to this call."""


class TerminalConsole:
    """Receives every event, shows it, and measures how long after the end of speech that was."""

    def __init__(self, url: str, token: str, show: Show, clock: Clock) -> None:
        """`url` is the console's WebSocket; `token` belongs to senior staff; the clock must be that of the server's process."""
        self._url = url
        self._token = token
        self._show = show
        self._clock = clock
        self._changed = asyncio.Condition()
        self.rows: dict[str, list[Row]] = defaultdict(list)
        """Events by call."""
        self.latencies_ms: list[float] = []
        """End of speech to shown, of each decision that speech caused."""

    async def run(self, connected: Callable[[], None]) -> None:
        """Show events until cancelled. Raises ServiceError if the server does not let this console in or goes away."""
        try:
            # Its server is in this process: a proxy for the network outside knows nothing of it.
            async with connect(self._url, additional_headers={"Authorization": f"Bearer {self._token}"}, proxy=None) as socket:
                connected()
                async for message in socket:
                    row = orjson.loads(message)
                    await self._take(row)
                    if row["type"] == "decision":
                        await socket.send(orjson.dumps({"type": "drawn", "seq": row["seq"]}).decode())
        except (OSError, InvalidHandshake) as error:
            raise ServiceError(f"the console at {self._url} cannot be reached: {error}; is the server running?") from error
        except ConnectionClosed as error:
            raise ServiceError(f"the server closed the console's connection: {error}") from error

    async def wait_for_end(self, call_id: str) -> list[Row]:
        """Return the call's events once it has ended and all of it is shown."""
        await self.wait_for(call_id, type="call_ended")
        return self.rows[call_id]

    async def wait_for(self, call_id: str, **fields: object) -> Row:
        """Return the call's first event with these values, once it has been shown."""

        def found() -> Row | None:
            return next((row for row in self.rows[call_id] if row.items() >= fields.items()), None)

        async with self._changed:
            row = await self._changed.wait_for(found)
        assert row is not None, "wait_for returns what it found"
        return row

    async def _take(self, row: Row) -> None:
        if row["type"] == "decision" and (spoken_ns := row["times"]["speech_end_ns"]):
            row["shown_ms"] = (self._clock.monotonic_ns() - spoken_ns) / 1e6
            self.latencies_ms.append(row["shown_ms"])
        self._show(row)
        if call_id := row.get("call_id"):
            async with self._changed:
                self.rows[call_id].append(row)
                self._changed.notify_all()
