import os
import sys
import threading

import pytest

from callguard.transcribe.aside import NICENESS, step_aside


@pytest.mark.skipif(sys.platform != "linux", reason="threads have priorities of their own on Linux only")
def test_only_the_thread_that_steps_aside_and_those_it_starts_yield() -> None:
    found: dict[str, int] = {}

    def note(name: str) -> None:
        found[name] = os.getpriority(os.PRIO_PROCESS, threading.get_native_id())

    def work() -> None:
        step_aside()
        note("aside")
        started = threading.Thread(target=note, args=["started there"])
        started.start()
        started.join()

    before = os.getpriority(os.PRIO_PROCESS, threading.get_native_id())
    thread = threading.Thread(target=work)
    thread.start()
    thread.join()
    note("here")
    assert found == {"aside": NICENESS, "started there": NICENESS, "here": before}
