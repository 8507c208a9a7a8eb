import threading

import pytest

from callguard.transcribe.daemon import in_daemon_thread


def test_the_result_comes_from_a_thread_that_nobody_waits_for() -> None:
    thread = in_daemon_thread("callguard-test", threading.current_thread).result(timeout=10)
    assert (thread.name, thread.daemon) == ("callguard-test", True)


def test_an_error_goes_to_whoever_waits() -> None:
    with pytest.raises(ZeroDivisionError):
        in_daemon_thread("callguard-test", lambda: 1 / 0).result(timeout=10)
