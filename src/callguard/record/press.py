"""Sets long papers in a process of their own: a report takes seconds of Python, and live calls wait for no paper."""

import asyncio
import os
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from functools import partial
from multiprocessing import get_context

from callguard.errors import StoreError
from callguard.record.paper import Block, render

NICE = 10
"""Behind everything that a call needs, where cores are few."""


class Press:
    """Sets one paper at a time; the process ends with its paper, so that nothing has to be closed."""

    def __init__(self) -> None:
        self._one = asyncio.Lock()

    async def set(self, blocks: Sequence[Block], *, title: str, author: str, footer: str) -> bytes:
        """Return a PDF. Raises StoreError if the process was ended from outside."""
        async with self._one:
            # Spawned: a fork would copy the locks of running threads.
            pool = ProcessPoolExecutor(1, mp_context=get_context("spawn"), initializer=os.nice, initargs=(NICE,))
            work = partial(render, list(blocks), title=title, author=author, footer=footer)
            try:
                return await asyncio.get_running_loop().run_in_executor(pool, work)
            except BrokenProcessPool as error:
                raise StoreError(
                    "the process that sets the report was ended, perhaps for want of memory; take fewer calls"
                ) from error
            finally:
                pool.shutdown(wait=False, cancel_futures=True)
