"""The speech models as admins see them, and how they fetch and check one."""

import asyncio
from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from callguard.accounts import User
from callguard.clock import Clock
from callguard.errors import AccessError, CallguardError, InputError, NotFoundError, StoreError
from callguard.operations import ModelShelf, ModelStanding, PullStanding
from callguard.record.task_files import TaskFiles
from callguard.settings import TranscribeSettings
from callguard.transcribe.daemon import in_daemon_thread
from callguard.transcribe.models import ModelRow, list_models, partial_folder, pull_model, verify_model
from callguard.transcribe.transcriber import Transcriber

Fetch = Callable[[str, Path, Callable[[str], None]], Path]


@dataclass(slots=True)
class _Pull:
    """A fetch; its thread writes, others read."""

    told: str
    state: str = "running"


class ModelRoom:
    """What is on disk, what runs, and one fetch at a time."""

    def __init__(
        self,
        settings: TranscribeSettings,
        transcriber: Transcriber,
        log: TaskFiles,
        clock: Clock,
        *,
        fetch: Fetch = pull_model,
    ) -> None:
        """`fetch` brings a model of this name into the folder and tells how far it is; it blocks."""
        self._bring = fetch
        self._settings = settings
        self._transcriber = transcriber
        self._log = log
        self._clock = clock
        self._pulls: dict[str, _Pull] = {}
        self._fetching: Future[None] | None = None
        self._faults: dict[str, tuple[str, ...]] = {}

    def shelf(self) -> ModelShelf:
        """Return all known models; looks at the disk."""
        info = self._transcriber.info
        return ModelShelf(
            engine=info.name,
            detail=info.detail,
            is_fallback=info.is_fallback,
            may_pull=self._settings.may_pull,
            models=tuple(self._standing(row) for row in list_models(self._settings.models_dir)),
        )

    async def pull(self, name: str, by: User) -> None:
        """Begin to fetch a model; see `deliver.operation_ports.Models`."""
        if not self._settings.may_pull:
            raise AccessError("transcribe.may_pull is off: models are brought to this machine with `callguard models pull`")
        self._row(name)
        running = [other for other, pull in self._pulls.items() if pull.state == "running"]
        if running:
            raise InputError(f"{running[0]} is being fetched; wait until it is here")
        pull = self._pulls[name] = _Pull("asking the hub")
        self._faults.pop(name, None)
        try:
            await self._log.audit(self._clock.utc_now(), by.name, "model.pull", name)
        except StoreError:  # nothing is fetched of which the log does not say who wanted it, and the next may try
            del self._pulls[name]
            raise
        self._fetching = in_daemon_thread("callguard-pull", partial(self._fetch, name, pull))

    async def fetched(self) -> None:
        """Return when no fetch is running."""
        if self._fetching is not None:
            await asyncio.wrap_future(self._fetching)

    async def verify(self, name: str, by: User) -> None:
        """Compare a model with its checksums; see `deliver.operation_ports.Models`."""
        row = self._row(name)
        if row.folder is None:
            raise NotFoundError(f"{name} is not on disk; fetch it first")
        # A gigabyte takes seconds: the clerk's thread, which reads letters, must not wait for it.
        faults = await asyncio.wrap_future(in_daemon_thread("callguard-verify", partial(verify_model, row.folder)))
        await self._log.audit(self._clock.utc_now(), by.name, "model.verify", name, "; ".join(faults) or "sound")
        self._faults[name] = tuple(faults)

    def _fetch(self, name: str, pull: _Pull) -> None:
        def tell(text: str) -> None:
            pull.told = text

        try:
            self._bring(name, self._settings.models_dir, tell)
        except CallguardError as error:
            pull.told, pull.state = str(error), "failed"
        except Exception as error:  # a thread of its own: who waits is told, not a log
            pull.told, pull.state = f"it failed ({type(error).__name__}); try again", "failed"
            raise
        else:
            pull.told, pull.state = "", "done"

    def _row(self, name: str) -> ModelRow:
        for row in list_models(self._settings.models_dir):
            if row.entry.name == name:
                return row
        raise NotFoundError(f"there is no model «{name}»; the list shows the known ones")

    def _standing(self, row: ModelRow) -> ModelStanding:
        name, faults = row.entry.name, self._faults.get(row.entry.name)
        pull = self._pulls.get(name)
        return ModelStanding(
            name=name,
            repository=row.entry.repository,
            languages=row.entry.languages,
            licence=row.entry.licence,
            note=row.entry.note,
            megabytes=row.entry.megabytes,
            margin_s=row.entry.window.margin_s,
            minimum_s=row.entry.window.minimum_s,
            is_on_disk=row.folder is not None,
            bytes_on_disk=row.bytes_on_disk,
            is_running=self._transcriber.info.name == f"whisper {name}",
            is_chosen=self._settings.model == name,
            checked="" if faults is None else "broken" if faults else "sound",
            faults=faults or (),
            pull=PullStanding(state=pull.state, told=pull.told, bytes_here=self._bytes_here(name)) if pull else None,
        )

    def _bytes_here(self, name: str) -> int:
        """Return how much of a model that is being fetched has come."""
        return _size(partial_folder(name, self._settings.models_dir))


def _size(folder: Path) -> int:
    """Return the bytes in a folder; its files may be renamed meanwhile."""
    total = 0
    for file in folder.glob("*") if folder.is_dir() else ():
        try:
            total += file.stat().st_size
        except OSError:
            continue
    return total
