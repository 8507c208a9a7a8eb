"""The spare journal: a small file beside the database that takes alerts and human acts while the database does not.

Its room is taken from the disk when callguard starts, so that a disk that fills up later still takes what matters most. A record
is generation, length, CRC-32 and content; the header holds the current generation, and records of another one are not there.
Emptying the journal is writing a new generation: one small write that happens or does not.
"""

import asyncio
import logging
import os
import zlib
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import asdict
from pathlib import Path
from struct import Struct
from typing import Any, Final, Protocol

import orjson

from callguard.errors import InputError, StoreError
from callguard.events import StoredEvent

log = logging.getLogger(__name__)

SIZE: Final = 4 * 1024 * 1024
"""Some two thousand alerts and acts: hours of a bad day."""
MAGIC: Final = b"callguard spare\n"
HEADER: Final = Struct(">16sQL")
"""Magic, generation, CRC-32 of the generation."""
RECORD: Final = Struct(">QLL")
"""Generation, length of the content, CRC-32 of generation, length and content."""
HEADS: Final = 2
"""Two headers, written in turn: one of them is always whole."""
START: Final = HEADS * 512


class EventStore(Protocol):
    """Where the events belong."""

    async def append(self, batch: Sequence[StoredEvent], /) -> None:
        """Store a batch in one transaction, leaving out what is stored already.

        Raises StoreError if it could not, InputError if it never can.
        """
        ...


class SpareJournal:
    """One file, written by one thread; `write` returns when the disk has it."""

    def __init__(self, path: Path, *, size: int = SIZE) -> None:
        """Open or make the file and take its room. Raises StoreError if that cannot be."""
        self._path = path
        self._size = size
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="spare-journal")
        try:
            path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            self._file = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
            os.posix_fallocate(self._file, 0, size)
        except OSError as error:
            raise StoreError(
                f"the spare journal {path} cannot be made ({error.strerror}); free {size // 2**20} MB or set data_dir"
            ) from error
        self._generation = self._read_generation()
        self._end, self._kept = START, 0
        self._end, self._kept = self._scan()

    @property
    def kept(self) -> int:
        """How many events lie here."""
        return self._kept

    async def write(self, event: StoredEvent) -> None:
        """Return when `event` lies on the disk. Raises StoreError if it does not."""
        await asyncio.get_running_loop().run_in_executor(self._thread, self._write, event)

    async def move_into(self, store: EventStore) -> int:
        """Store what lies here, empty the journal, and return how many events there were.

        The store leaves out what it has already, so a move that was cut off is safe to do again. What the store can never take is
        logged and left out: callguard has to start, and what came with it has to be kept. Raises StoreError.
        """
        loop = asyncio.get_running_loop()
        events = await loop.run_in_executor(self._thread, self._events)
        if events:
            await _append(store, events)
            await loop.run_in_executor(self._thread, self._empty, len(events))
        return len(events)

    def close(self) -> None:
        """End the thread and close the file."""
        self._thread.shutdown()
        os.close(self._file)

    def _write(self, event: StoredEvent) -> None:
        content = orjson.dumps(asdict(event) | {"body": event.body.decode()})
        place = Struct(">QL").pack(self._generation, len(content))
        record = RECORD.pack(self._generation, len(content), zlib.crc32(place + content)) + content
        if self._end + len(record) > self._size:
            raise StoreError(f"the spare journal {self._path} is full; the database must work again first")
        try:
            _write_all(self._file, record, self._end)
            os.fdatasync(self._file)
        except OSError as error:
            raise StoreError(f"the spare journal {self._path} cannot be written ({error.strerror}); look at the disk") from error
        self._end += len(record)
        self._kept += 1

    def _empty(self, moved: int) -> None:
        if moved != self._kept:
            return  # more came meanwhile: the next move takes all of them, and the store knows which it has
        generation = self._generation + 1
        head = HEADER.pack(MAGIC, generation, zlib.crc32(generation.to_bytes(8)))
        try:
            _write_all(self._file, head, generation % HEADS * 512)
            os.fdatasync(self._file)
        except OSError as error:
            raise StoreError(f"the spare journal {self._path} cannot be emptied ({error.strerror}); look at the disk") from error
        used, self._generation, self._end, self._kept = self._end, generation, START, 0
        with suppress(OSError):  # it counts as empty already; what was said must not outlast its retention here
            _write_all(self._file, bytes(used - START), START)

    def _events(self) -> list[StoredEvent]:
        events, place = [], START
        while place < self._end:
            content = self._record(place)
            assert content is not None, "it was whole when it was written or found"
            events.append(_event(orjson.loads(content)))
            place += RECORD.size + len(content)
        return sorted(events, key=lambda event: event.seq)

    def _scan(self) -> tuple[int, int]:
        """Return where the whole records end and how many there are; a torn one at the end was never promised to anybody."""
        place, count = START, 0
        while (content := self._record(place)) is not None:
            place += RECORD.size + len(content)
            count += 1
        return place, count

    def _record(self, place: int) -> bytes | None:
        head = os.pread(self._file, RECORD.size, place)
        if len(head) < RECORD.size:
            return None
        generation, length, check = RECORD.unpack(head)
        if generation != self._generation or not length or place + RECORD.size + length > self._size:
            return None
        content = os.pread(self._file, length, place + RECORD.size)
        return content if zlib.crc32(Struct(">QL").pack(generation, length) + content) == check else None

    def _read_generation(self) -> int:
        """Return the highest generation of a whole header; a new file has none and begins at 1."""
        found = [1]
        for number in range(HEADS):
            head = os.pread(self._file, HEADER.size, number * 512)
            magic, generation, check = HEADER.unpack(head)
            if magic == MAGIC and zlib.crc32(generation.to_bytes(8)) == check:
                found.append(generation)
        return max(found)


async def _append(store: EventStore, events: Sequence[StoredEvent]) -> None:
    try:
        await store.append(events)
    except InputError as error:
        if len(events) > 1:
            for event in events:
                await _append(store, [event])
            return
        log.error("an event of the spare journal cannot be stored", extra={"seq": events[0].seq, "cause": str(error)})  # noqa: TRY400  # no bug


def _event(row: dict[str, Any]) -> StoredEvent:
    return StoredEvent(**(row | {"body": row["body"].encode()}))


def _write_all(file: int, content: bytes, place: int) -> None:
    while content:
        written = os.pwrite(file, content, place)
        content, place = content[written:], place + written
