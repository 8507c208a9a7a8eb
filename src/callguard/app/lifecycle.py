"""Starts and stops the parts of a process that serves, in the one order in which nothing is lost."""

import asyncio
import contextlib
import errno
import socket
from collections.abc import Callable, Coroutine, Iterator, Sequence
from typing import Any, Protocol

import uvicorn
from fastapi import FastAPI

from callguard.call import Ears
from callguard.errors import ServiceError, StoreError
from callguard.guard import Guard
from callguard.publisher import Publisher

LAST_WORDS_S = 5.0
"""What running calls get to be understood to their end when the server is told to stop."""
LAST_ANSWERS_S = 2
"""What requests that are under way get then to be answered; what takes longer is told that callguard stops."""
LAST_STEPS_S = 2.0
"""What those get that are cut off, to give back what they hold."""
LARGEST_MESSAGE = 4096
"""Bytes of what a console may send at once: all that it says is which event it has drawn."""


class Tap(Protocol):
    """Brings calls to the guard."""

    @property
    def name(self) -> str:
        """Short name."""
        ...

    async def serve(self, calls: Any, started: Callable[[], None]) -> None:
        """Listen until cancelled; call `started` once listening."""
        ...


class Writer(Protocol):
    """Stores events behind the publisher."""

    async def run(self) -> None:
        """Store until closed."""
        ...

    async def close(self) -> None:
        """Store what is left and let `run` return."""
        ...


class WebServer(uvicorn.Server):
    """uvicorn inside our own task group; signals are for the command line."""

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Let consoles and requests end; those that were cut off as well, because the store that they use closes next."""
        await super().shutdown(sockets)
        if self.server_state.tasks:
            await asyncio.wait(self.server_state.tasks, timeout=LAST_STEPS_S)

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Leave signals alone."""
        yield


async def run_server(
    *,
    taps: Sequence[Tap],
    guard: Guard[Ears],
    publisher: Publisher,
    writer: Writer,
    web: WebServer,
    listener: socket.socket,
    started: Callable[[asyncio.TaskGroup], None],
    stopping: asyncio.Event,
    beside: Sequence[Coroutine[Any, Any, None]] = (),
) -> None:
    """Run everything until `stopping`, then stop it from the wire inwards, so that what was heard is still understood and stored.

    `beside` runs as long as the guard does.
    Raises an ExceptionGroup with the ServiceError of a tap that cannot listen.
    """
    async with asyncio.TaskGroup() as tasks:
        tasks.create_task(writer.run(), name="writer")
        publishing = tasks.create_task(publisher.run(), name="publisher")
        guarding = [tasks.create_task(work) for work in (guard.run(), *beside)]
        await asyncio.sleep(0)  # the guard takes calls once it has had its first turn
        listening = [asyncio.Event() for _ in taps]
        tapping = [
            tasks.create_task(tap.serve(guard, ready.set), name=tap.name) for tap, ready in zip(taps, listening, strict=True)
        ]
        for ready in listening:
            await ready.wait()
        # Last, because a web server that is cancelled while it starts prints a traceback over the sentence that people need.
        listener.listen()  # from here on a console that connects waits its turn instead of being refused
        serving = tasks.create_task(web.serve(sockets=[listener]), name="web")
        started(tasks)
        await stopping.wait()
        for task in tapping:
            task.cancel()
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(LAST_WORDS_S):
                await guard.drain()
        for task in guarding:
            task.cancel()
        await asyncio.wait(guarding)
        # Consoles hear how calls ended; what people do until nobody can any more is stored like all else.
        with contextlib.suppress(StoreError):  # said to whoever acted
            await publisher.sent()
        web.should_exit = True
        await serving
        await publisher.close()
        await publishing
        await writer.close()


def web_config(web: FastAPI) -> uvicorn.Config:
    """Return how the web application is served: addresses name calls, so there is no access log."""
    return uvicorn.Config(
        web,
        log_config=None,
        access_log=False,
        server_header=False,
        timeout_graceful_shutdown=LAST_ANSWERS_S,
        ws="websockets-sansio",
        ws_max_size=LARGEST_MESSAGE,
        ws_per_message_deflate=False,
    )


def listen(host: str, port: int) -> socket.socket:
    """Bind the consoles' port; the caller closes it. Raises ServiceError if it cannot be had."""
    listener = socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET, socket.SOCK_STREAM)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((host, port))
    except OSError as error:
        listener.close()
        remedy = (
            "stop what uses it or set CALLGUARD_HTTP__PORT" if error.errno == errno.EADDRINUSE else "set CALLGUARD_HTTP__HOST"
        )
        raise ServiceError(f"the consoles cannot listen on {host}:{port} ({error.strerror}); {remedy}") from error
    return listener


def url_of(listener: socket.socket) -> str:
    """Return the address of a bound socket as a URL."""
    host, port = listener.getsockname()[:2]
    return f"http://{f'[{host}]' if ':' in host else host}:{port}"
