"""Blocking work that must never keep the process from ending: a name that is being resolved, a download."""

import threading
from collections.abc import Callable
from concurrent.futures import Future
from typing import TypeVar

Result = TypeVar("Result")


def in_daemon_thread(name: str, act: Callable[[], Result]) -> "Future[Result]":
    """Run `act` in a thread of its own, which the interpreter does not wait for at its end as it does for an executor's."""
    future: Future[Result] = Future()

    def run() -> None:
        if not future.set_running_or_notify_cancel():
            return
        try:
            result = act()
        except BaseException as error:  # noqa: BLE001  # goes to whoever waits, as an executor does it
            future.set_exception(error)
        else:
            future.set_result(result)

    threading.Thread(target=run, name=name, daemon=True).start()
    return future
