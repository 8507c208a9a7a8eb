"""Lets decoding step aside for listening."""

import os
import sys
import threading
from typing import Final

NICENESS: Final = 10
"""A tenth of an ordinary thread's weight: enough to use whatever is left, and no more."""


def step_aside() -> None:
    """Lower the priority of the calling thread and of all that it starts from now on.

    Decoders would fill every core. The thread that reads from the network and the one that records need a core for a moment,
    thousands of times a second, and often hold the interpreter's lock when they are made to wait for it: then everything waits.
    """
    if sys.platform == "linux":  # elsewhere it would lower the whole process
        os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), NICENESS)
