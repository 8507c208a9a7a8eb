import asyncio
import json
import threading
from collections.abc import AsyncIterator, Callable
from datetime import datetime
from hashlib import sha256
from pathlib import Path

import pytest

from callguard.app.model_room import ModelRoom
from callguard.clock import SystemClock
from callguard.errors import AccessError, InputError, ModelMissingError, NotFoundError, StoreError
from callguard.operations import ModelStanding
from callguard.record.store import SqlStore
from callguard.record.task_files import TaskFiles
from callguard.settings import TranscribeSettings
from callguard.transcribe.auto import build_transcriber
from callguard.transcribe.hub import WEIGHTS
from callguard.transcribe.models import RECORD
from tests.app.test_choices import ADMIN
from tests.clocks import HandClock
from tests.record.ready import ready_sqlite

CONTENT = b"0123456789"


@pytest.fixture
async def store(tmp_path: Path) -> AsyncIterator[SqlStore]:
    opened = await SqlStore.open(ready_sqlite(tmp_path))
    yield opened
    await opened.close()


def put_model(name: str, models_dir: Path) -> Path:
    """Put a model on disk as a pull leaves it."""
    folder = models_dir / name
    folder.mkdir(parents=True)
    (folder / WEIGHTS).write_bytes(CONTENT)
    (folder / RECORD).write_text(json.dumps({"name": name, "sha256": {WEIGHTS: sha256(CONTENT).hexdigest()}}))
    return folder


class SlowHub:
    """Fetches when it is let, and fails if it is told to."""

    def __init__(self) -> None:
        self.may_go_on = threading.Event()
        self.is_broken = False

    def fetch(self, name: str, models_dir: Path, report: Callable[[str], None]) -> Path:
        partial = models_dir / f".{name}.partial"
        partial.mkdir(parents=True)
        (partial / WEIGHTS).write_bytes(CONTENT)
        report("model.bin, 30 % of 75.0 MB")
        assert self.may_go_on.wait(10)
        if self.is_broken:
            raise ModelMissingError("the hub cannot be reached; check the network")
        return put_model(name, models_dir)


async def room(store: SqlStore, folder: Path, hub: SlowHub | None = None, **settings: object) -> ModelRoom:
    own = TranscribeSettings.model_validate({"engine": "pocketsphinx", "models_dir": folder, "model": "tiny.en", **settings})
    engine = await build_transcriber(own, SystemClock())
    return ModelRoom(own, engine, store.tasks, HandClock(), fetch=(hub or SlowHub()).fetch)


def tiny(models: ModelRoom) -> ModelStanding:
    return next(one for one in models.shelf().models if one.name == "tiny.en")


async def state_after_the_pull(models: ModelRoom) -> str:
    """Return how a fetch ended."""
    async with asyncio.timeout(10):
        await models.fetched()
    pull = tiny(models).pull
    assert pull is not None
    return pull.state


async def test_what_is_on_disk_is_told_and_what_the_settings_ask_for(store: SqlStore, tmp_path: Path) -> None:
    put_model("tiny.en", tmp_path)
    models = await room(store, tmp_path)
    shelf = models.shelf()
    assert (shelf.engine, shelf.may_pull) == ("pocketsphinx", True)
    assert [one.name for one in shelf.models if one.is_on_disk] == ["tiny.en"]
    assert (tiny(models).is_chosen, tiny(models).is_running, tiny(models).checked) == (True, False, "")


async def test_a_model_is_compared_with_its_checksums(store: SqlStore, tmp_path: Path) -> None:
    folder = put_model("tiny.en", tmp_path)
    models = await room(store, tmp_path)
    await models.verify("tiny.en", ADMIN)
    assert tiny(models).checked == "sound"
    (folder / WEIGHTS).write_bytes(b"other")
    await models.verify("tiny.en", ADMIN)
    assert (tiny(models).checked, tiny(models).faults) == ("broken", ("model.bin is not what was pulled",))
    with pytest.raises(NotFoundError, match="fetch it first"):
        await models.verify("base.en", ADMIN)


async def test_a_fetch_tells_how_far_it_is_and_only_one_runs_at_a_time(store: SqlStore, tmp_path: Path) -> None:
    hub = SlowHub()
    models = await room(store, tmp_path, hub)
    await models.pull("tiny.en", ADMIN)
    with pytest.raises(InputError, match=r"tiny\.en is being fetched"):
        await models.pull("base.en", ADMIN)
    hub.may_go_on.set()
    assert await state_after_the_pull(models) == "done"
    assert tiny(models).is_on_disk
    assert [(entry.who, entry.what, entry.subject) for entry in await store.tasks.audit_entries()] == [
        ("adam", "model.pull", "tiny.en")
    ]


async def test_a_fetch_that_fails_says_why(store: SqlStore, tmp_path: Path) -> None:
    hub = SlowHub()
    hub.is_broken = True
    hub.may_go_on.set()
    models = await room(store, tmp_path, hub)
    await models.pull("tiny.en", ADMIN)
    assert await state_after_the_pull(models) == "failed"
    pull = tiny(models).pull
    assert pull is not None
    assert pull.told == "the hub cannot be reached; check the network"
    assert pull.bytes_here == len(CONTENT)


async def test_the_settings_can_forbid_it_and_only_known_models_are_fetched(store: SqlStore, tmp_path: Path) -> None:
    with pytest.raises(AccessError, match="callguard models pull"):
        await (await room(store, tmp_path, may_pull=False)).pull("tiny.en", ADMIN)
    with pytest.raises(NotFoundError):
        await (await room(store, tmp_path)).pull("somebody/else", ADMIN)


async def test_a_pull_that_cannot_be_logged_does_not_begin_and_the_next_may(store: SqlStore, tmp_path: Path) -> None:
    class BrokenLog(TaskFiles):
        is_broken = True

        async def audit(self, at: datetime, who: str, what: str, subject: str, detail: str = "") -> None:
            if self.is_broken:
                raise StoreError("the disk is full")
            await super().audit(at, who, what, subject, detail)

    own = TranscribeSettings.model_validate({"engine": "pocketsphinx", "models_dir": tmp_path, "model": "tiny.en"})
    hub, kept = SlowHub(), BrokenLog(store._database)
    hub.may_go_on.set()
    models = ModelRoom(own, await build_transcriber(own, SystemClock()), kept, HandClock(), fetch=hub.fetch)
    with pytest.raises(StoreError):
        await models.pull("tiny.en", ADMIN)
    kept.is_broken = False
    await models.pull("tiny.en", ADMIN)
    await models.fetched()
    assert tiny(models).is_on_disk
