"""What to say when a tap cannot have its port."""

import os
import socket

from callguard.errors import ServiceError


def port_error(tap: str, host: str, port: int, error: OSError, *, variable: str) -> ServiceError:
    """Return one sentence with the remedy; asyncio's own text would name the address a second time."""
    why = error.strerror if error.errno is None or isinstance(error, socket.gaierror) else os.strerror(error.errno)
    return ServiceError(f"the {tap} tap cannot listen on {host}:{port} ({why}); stop what uses it or set {variable}")
