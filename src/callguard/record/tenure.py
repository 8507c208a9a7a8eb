"""One callguard to a data folder: a lock that the system lets go of when its process ends, however it ends."""

import contextlib
import fcntl
import logging
import os
from collections.abc import Iterator
from pathlib import Path

from callguard.errors import StoreError

log = logging.getLogger(__name__)

LOCK = "serving.lock"


@contextlib.contextmanager
def claimed(folder: Path) -> Iterator[None]:
    """Hold the data folder meanwhile. Raises StoreError if another process holds it, or it cannot be written to."""
    try:
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        lock = os.open(folder / LOCK, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    except OSError as error:
        raise StoreError(
            f"{folder} cannot be used ({error.strerror}); set data_dir to a folder that can be written to"
        ) from error
    try:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise StoreError(f"a callguard is serving from {folder} already; stop it first, or set another data_dir") from error
        except OSError as error:  # a file system without locks: ports are then all that keeps two apart
            log.warning("the data folder cannot be locked", extra={"cause": error.strerror})
        yield
    finally:
        os.close(lock)
