"""A zip that is handed on while it is written."""

import asyncio
import zipfile
from collections.abc import AsyncIterator
from datetime import datetime


class _Wire:
    """What zipfile writes into: keeps what was not handed on yet. It can't seek, so sizes stand after each file."""

    def __init__(self) -> None:
        self._written = bytearray()

    def write(self, data: bytes) -> int:
        self._written += data
        return len(data)

    def flush(self) -> None:
        """Nothing waits elsewhere."""

    def take(self) -> bytes:
        taken = bytes(self._written)
        self._written.clear()
        return taken


async def zipped(files: AsyncIterator[tuple[str, bytes]], *, at: datetime) -> AsyncIterator[bytes]:
    """Yield a zip of (name, content), file by file; without its end, which lists them, no program opens it."""
    wire = _Wire()
    with zipfile.ZipFile(wire, "w", zipfile.ZIP_DEFLATED) as archive:  # type: ignore[call-overload]  # only write is needed
        async for name, content in files:
            entry = zipfile.ZipInfo(name, date_time=(at.year, at.month, at.day, at.hour, at.minute, at.second))
            entry.compress_type = zipfile.ZIP_DEFLATED
            await asyncio.to_thread(archive.writestr, entry, content)
            yield wire.take()
    yield wire.take()
