"""Call audio, written as it comes: one Ogg Opus file a call, the parties side by side, in a thread of its own.

Ogg is a stream of self-contained pages, so that a file whose writer was killed is readable up to its last page.
"""

import asyncio
import logging
import queue
import threading
from collections.abc import Callable, Container, Iterator, Sequence
from concurrent.futures import Future
from contextlib import suppress
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Protocol, cast
from urllib.parse import quote

import numpy as np
import numpy.typing as npt

from callguard.errors import InputError, StoreError
from callguard.record.mixdown import Mixdown
from callguard.record.opus import OpusFile
from callguard.record.peaks import PeakMeter, peaks_file, write_peaks
from callguard.terms import RATE_HZ, Role, Samples

log = logging.getLogger(__name__)

QUEUE = 8192
"""Pieces of audio that may wait for the disk: 80 s of one busy call, 1 s of eighty."""
LONGEST_NAME = 120
ROUND_S = 0.4
"""The thread looks for work so often: woken for every piece of many calls, it would fight the event loop for the interpreter
thousands of times a second."""
GATHERED = 2 * RATE_HZ // 5
"""Samples of a channel that are added together, if they have come; as much is lost beside `SLACK` when the process dies."""

Pcm = npt.NDArray[np.int16]


class AudioFile(Protocol):
    """A file that grows; every method but `abandon` raises StoreError when the disk does not take what it should."""

    def take_up(self, before: Path, /) -> int:
        """Begin with the sound of an earlier file and return where it ends; 0 where that is of another kind."""
        ...

    def write(self, block: Pcm, /) -> None:
        """Append samples, shape (n, channels)."""
        ...

    def close(self) -> None:
        """Write what is held back and close."""
        ...

    def abandon(self) -> None:
        """Close after a failure, keeping what is there."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class AudioTrouble:
    """Something of a call's audio was not recorded."""

    call_id: str
    lost_samples: int
    """Of one channel; 0 when the file itself failed, after which nothing more of this call is recorded."""
    error: str
    """One sentence for people."""


@dataclass(slots=True, kw_only=True)
class _Recording:
    path: Path
    roles: tuple[Role, ...]
    mixdown: Mixdown
    meter: PeakMeter | None
    """None where the recording began in an earlier file: it is measured when somebody asks."""
    file: AudioFile | None
    """None after it failed."""
    before: Path | None = None
    """File whose sound this one begins with, and whose place it takes."""

    def add(self, block: Pcm) -> None:
        """Append samples."""
        assert self.file is not None, "asked before"
        self.file.write(block)
        if self.meter is not None:
            self.meter.push(block)


@dataclass(frozen=True, slots=True)
class _Start:
    call_id: str
    roles: tuple[Role, ...]
    from_sample: int


@dataclass(frozen=True, slots=True)
class _Piece:
    call_id: str
    role: Role
    start_sample: int
    samples: Pcm | Samples


@dataclass(frozen=True, slots=True)
class _End:
    call_id: str
    ended: "Future[Path | None]"


class AudioRecorder:
    """Records many calls; `start`, `write` and `end` never wait for the disk."""

    def __init__(
        self,
        folder: Path,
        *,
        on_trouble: Callable[[AudioTrouble], None] = lambda _: None,
        capacity: int = QUEUE,
        open_file: Callable[[Path, int], AudioFile] = OpusFile,
    ) -> None:
        """`on_trouble` is called in any thread, once per call for a file that failed and once when it begins to lose audio."""
        self._folder = folder
        self._on_trouble = on_trouble
        self._open_file = open_file
        # Bounded by `write`; a tenth of a Queue's cost.
        self._queue: queue.SimpleQueue[_Start | _Piece | _End] = queue.SimpleQueue()
        self._capacity = capacity
        self._recordings: dict[str, _Recording] = {}
        self._troubled: set[str] = set()
        self._lost_samples = 0
        self._counting = threading.Lock()
        self._is_closing = threading.Event()
        self._thread = threading.Thread(target=self._run, name="audio-recorder", daemon=True)
        self._thread.start()

    @property
    def lost_samples(self) -> int:
        """Samples of one channel that came too late or found the queue full; silence stands in their place."""
        return self._lost_samples

    @property
    def backlog(self) -> int:
        """Pieces that wait for the disk."""
        return self._queue.qsize()

    def start(self, call_id: str, channels: Sequence[Role], *, from_sample: int = 0) -> None:
        """Begin a call's file: caller left and agent right, or one channel.

        A call that its phone system brings again goes on `from_sample`: its file holds what was recorded before as well.
        """
        self._queue.put(_Start(call_id, _order(channels), from_sample))

    def write(self, call_id: str, role: Role, start_sample: int, samples: Pcm | Samples) -> None:
        """Add audio at 16 kHz, int16 or float32 in [-1, 1); the array is not copied and must not change afterwards."""
        # Only audio is refused when the disk falls behind: starts and ends are few and must not be lost.
        if self._queue.qsize() >= self._capacity:
            self._lose(call_id, len(samples), "it came faster than a busy disk or processor could write it")
            return
        self._queue.put(_Piece(call_id, role, start_sample, samples))

    async def end(self, call_id: str) -> Path | None:
        """Close a call's file and return where it is; None if it has none because it failed or never began."""
        ended: Future[Path | None] = Future()
        self._queue.put(_End(call_id, ended))
        return await asyncio.wrap_future(ended)

    async def close(self) -> None:
        """Close all files and end the thread."""
        self._is_closing.set()
        await asyncio.to_thread(self._thread.join)

    def _run(self) -> None:
        while not self._is_closing.wait(ROUND_S):
            self._work_off()
        self._work_off()
        for call_id in list(self._recordings):
            self._finish(call_id)

    def _work_off(self) -> None:
        """Do what waits."""
        channels: dict[tuple[str, Role], list[_Piece]] = {}
        with suppress(queue.Empty):
            while True:
                order = self._queue.get_nowait()
                if isinstance(order, _Piece):
                    self._gather(order, channels)
                    continue
                self._add_all(channels)
                if isinstance(order, _Start):
                    self._open(order)
                else:
                    order.ended.set_result(self._finish(order.call_id))
        self._add_all(channels)

    def _gather(self, piece: _Piece, channels: dict[tuple[str, Role], list[_Piece]]) -> None:
        """Put a piece behind the others of its channel; add them when they are `GATHERED` together."""
        channel = (piece.call_id, piece.role)
        pieces = channels.setdefault(channel, [])
        pieces.append(piece)
        if piece.start_sample + len(piece.samples) - pieces[0].start_sample >= GATHERED:
            self._add_all({channel: channels.pop(channel)})

    def _add_all(self, channels: dict[tuple[str, Role], list[_Piece]]) -> None:
        """Add the pieces of each channel, in their order, and forget them."""
        for (call_id, _), pieces in channels.items():
            for piece in _joined(pieces):
                self._add(piece, self._recordings.get(call_id))
        channels.clear()

    def _open(self, order: _Start) -> None:
        call_id, roles = order.call_id, order.roles
        if call_id in self._recordings:
            self._finish(call_id)
        path = self._folder / f"{audio_stem(call_id)}.opus"
        recording = _Recording(path=path, roles=roles, mixdown=Mixdown(len(roles)), meter=PeakMeter(len(roles)), file=None)
        self._recordings[call_id] = recording
        try:
            self._folder.mkdir(parents=True, exist_ok=True, mode=0o700)
            before = recording_of(self._folder, call_id) if order.from_sample else None
            recording.path = _free(path)
            recording.file = self._open_file(recording.path, len(roles))
            if order.from_sample:
                self._go_on(recording, before, order.from_sample)
        except Exception as error:  # noqa: BLE001  # of one call: the thread writes those of all others
            self._fail(call_id, recording, error)

    def _add(self, piece: _Piece, recording: _Recording | None) -> None:
        if recording is None or recording.file is None or piece.role not in recording.roles:
            return
        mixdown = recording.mixdown
        late_before = mixdown.late_samples
        try:
            for block in mixdown.push(recording.roles.index(piece.role), piece.start_sample, _as_int16(piece.samples)):
                recording.add(block)
        except InputError as error:
            self._lose(piece.call_id, len(piece.samples), str(error))
        except Exception as error:  # noqa: BLE001  # see above
            self._fail(piece.call_id, recording, error)
        if mixdown.late_samples > late_before:
            self._lose(piece.call_id, mixdown.late_samples - late_before, "audio came later than its place in the recording")

    def _finish(self, call_id: str) -> Path | None:
        self._troubled.discard(call_id)
        recording = self._recordings.pop(call_id, None)
        if recording is None or recording.file is None:
            return None
        try:
            for block in recording.mixdown.flush():
                recording.add(block)
            recording.file.close()
        except Exception as error:  # noqa: BLE001  # see above
            self._fail(call_id, recording, error)
            return None
        if recording.before is not None:
            with suppress(OSError):  # the newest file is the whole recording in either case
                peaks_file(recording.before).unlink(missing_ok=True)
                recording.path = recording.path.replace(recording.before)
        if recording.meter is not None:
            with suppress(StoreError):  # measured again when somebody asks
                write_peaks(recording.path, recording.meter.flush())
        return recording.path

    @staticmethod
    def _go_on(recording: _Recording, before: Path | None, from_sample: int) -> None:
        """Let a file begin with what was recorded of the call before, and be silent for as long as nothing came."""
        assert recording.file is not None, "just opened"
        end = recording.file.take_up(before) if before is not None else 0
        if end:
            recording.before, recording.meter = before, None
        recording.mixdown = Mixdown(len(recording.roles), begin=end)
        for block in recording.mixdown.pause(from_sample):
            recording.add(block)

    def _fail(self, call_id: str, recording: _Recording, error: Exception) -> None:
        file, recording.file = recording.file, None
        if file is not None:
            file.abandon()
        match error:
            case StoreError():
                told = str(error)
            case OSError():
                told = f"the audio folder cannot be used ({error.strerror})"
            case _:
                told = f"callguard failed ({type(error).__name__}); this call goes on without a recording"
        trace = None if isinstance(error, OSError | StoreError) else error
        log.error("call audio is not being recorded", extra={"call_id": call_id, "cause": told}, exc_info=trace)
        self._on_trouble(AudioTrouble(call_id=call_id, lost_samples=0, error=told))

    def _lose(self, call_id: str, samples: int, why: str) -> None:
        with self._counting:
            self._lost_samples += samples
            is_first = call_id not in self._troubled
            self._troubled.add(call_id)
        if is_first:
            log.warning("call audio was lost", extra={"call_id": call_id, "samples": samples, "cause": why})
            self._on_trouble(AudioTrouble(call_id=call_id, lost_samples=samples, error=why))


def _order(channels: Sequence[Role]) -> tuple[Role, ...]:
    """Return the caller left and the agent right, whichever the tap names first."""
    return tuple(role for role in (Role.CALLER, Role.AGENT, Role.UNKNOWN) if role in channels)


def _joined(pieces: Sequence[_Piece]) -> Iterator[_Piece]:
    """Yield pieces of one channel, those that follow on each other as one: most of what a piece costs is not by the sample."""
    begin = 0
    for place in range(1, len(pieces) + 1):
        if place < len(pieces) and _follows(pieces[place - 1], pieces[place]):
            continue
        run = pieces[begin:place]
        samples = run[0].samples if len(run) == 1 else np.concatenate([piece.samples for piece in run])
        yield _Piece(run[0].call_id, run[0].role, run[0].start_sample, samples)
        begin = place


def _follows(piece: _Piece, following: _Piece) -> bool:
    is_next = following.start_sample == piece.start_sample + len(piece.samples)
    return is_next and following.samples.dtype == piece.samples.dtype


def _as_int16(samples: Pcm | Samples) -> Pcm:
    if np.issubdtype(samples.dtype, np.int16):
        return cast("Pcm", samples)
    scaled: Samples = samples * np.float32(32768)
    return scaled.clip(-32768, 32767, out=scaled).astype(np.int16)


def recording_of(folder: Path, call_id: str) -> Path | None:
    """Return the newest recording of a call, None if there is none."""
    first = path = folder / f"{audio_stem(call_id)}.opus"
    newest, count = None, 1
    while path.is_file():
        count += 1
        newest, path = path, first.with_stem(f"{first.stem}-{count}")
    return newest


def audio_stem(call_id: str) -> str:
    """Return a name that stays in its folder, whatever a phone system calls its calls."""
    name = quote(call_id, safe="")
    if len(name) > LONGEST_NAME or name.startswith("."):
        return sha256(call_id.encode()).hexdigest()
    return name


def stem_of(file_stem: str, stems: Container[str]) -> str | None:
    """Return which of the `stems` of calls a file belongs to; None if to none of them.

    The recordings of a repeated id are numbered, and a number may also be the end of another call's own id.
    """
    if file_stem in stems:
        return file_stem
    first, _, number = file_stem.rpartition("-")
    return first if number.isdecimal() and first in stems else None


def _free(path: Path) -> Path:
    """Return `path`, numbered if a call of that name was recorded before: nothing is overwritten."""
    count = 1
    free = path
    while free.exists():
        count += 1
        free = path.with_stem(f"{path.stem}-{count}")
    return free
