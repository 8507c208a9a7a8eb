import shutil
import threading
from pathlib import Path

import pytest

from callguard.errors import EngineError, ModelMissingError
from callguard.settings import TranscribeSettings
from callguard.transcribe.auto import build_spotter, build_transcriber, machine_rule, open_transcriber
from callguard.transcribe.changeover import Changeover
from callguard.transcribe.engine import SharedEngine
from callguard.transcribe.sphinx.engine import SphinxEngine
from callguard.transcribe.sphinx.spotter import SphinxSpotter
from callguard.transcribe.transcriber import Transcriber, figures_of
from tests.clocks import HandClock


class OtherHub:
    """A hub that answers as the test says; it can be silent, as name servers are."""

    def __init__(
        self, trouble: str = "the hub cannot be reached (ConnectError)", *, answers: threading.Event | None = None
    ) -> None:
        self._trouble = trouble
        self._answers = answers

    def cached(self, repository: str) -> Path | None:
        return None

    def trouble(self, repository: str, *, timeout_s: float) -> str:
        if self._answers is not None:
            self._answers.wait()
        return self._trouble


def settings(tmp_path: Path, **changes: object) -> TranscribeSettings:
    return TranscribeSettings.model_validate({"models_dir": tmp_path, "hub_timeout_s": 5.0, **changes})


async def build(chosen: TranscribeSettings, hub: OtherHub | None = None, *, wait: bool = False) -> Transcriber:
    return await build_transcriber(chosen, HandClock(), hub or OtherHub(), wait_for_weights=wait)


async def test_weights_on_disk_are_used(tmp_path: Path) -> None:
    (tmp_path / "base.en").mkdir()
    (tmp_path / "base.en" / "model.bin").touch()
    transcriber = await build(settings(tmp_path))
    assert isinstance(transcriber, SharedEngine)
    assert (transcriber.info.name, transcriber.info.is_fallback) == ("whisper base.en", False)


async def test_a_model_may_be_a_folder(tmp_path: Path, tiny_en: Path) -> None:
    transcriber = await build(settings(tmp_path, model=str(tiny_en), workers=1))
    assert transcriber.info.name == "whisper tiny.en"
    await transcriber.start()
    await transcriber.close()


@pytest.mark.parametrize("broken", ["model.bin", "tokenizer.json", "callguard.json"])
async def test_weights_that_cannot_be_loaded_leave_the_offline_engine_on_guard(
    tmp_path: Path, tiny_en: Path, broken: str
) -> None:
    shutil.copytree(tiny_en, tmp_path / "tiny.en")
    (tmp_path / "tiny.en" / broken).write_text('{"cut')
    transcriber = await open_transcriber(settings(tmp_path, model="tiny.en", workers=1), HandClock(), OtherHub())
    await transcriber.close()
    assert transcriber.info.is_fallback
    assert "callguard models pull tiny.en" in transcriber.info.detail


async def test_weights_that_cannot_be_loaded_are_an_error_where_whisper_was_demanded(tmp_path: Path) -> None:
    (tmp_path / "tiny.en").mkdir()
    (tmp_path / "tiny.en" / "model.bin").write_bytes(b"not a model")
    with pytest.raises(EngineError, match="cannot be loaded"):
        await open_transcriber(settings(tmp_path, engine="whisper", model="tiny.en", workers=1), HandClock(), OtherHub())


async def test_a_model_that_nobody_asked_for_may_be_broken(tmp_path: Path) -> None:
    for name, weights in (("base.en", b"12345678"), ("tiny.en", b"1")):
        (tmp_path / name).mkdir()
        (tmp_path / name / "model.bin").write_bytes(weights)
    (tmp_path / "tiny.en" / "callguard.json").touch()
    assert isinstance(await build(settings(tmp_path)), SharedEngine)


async def test_without_weights_and_hub_the_offline_engine_guards_and_says_why(tmp_path: Path) -> None:
    transcriber = await build(settings(tmp_path))
    assert isinstance(transcriber, SphinxEngine)
    assert transcriber.info.is_fallback
    assert "cannot be reached" in transcriber.info.detail
    assert "callguard models pull base.en" in transcriber.info.detail


async def test_a_hub_that_does_not_answer_is_not_waited_for(tmp_path: Path) -> None:
    answers = threading.Event()
    transcriber = await build(settings(tmp_path, hub_timeout_s=0.1), OtherHub(answers=answers))
    answers.set()
    assert "gave no answer within 0.1 s" in transcriber.info.detail


async def test_an_unknown_model_is_not_looked_for_on_the_hub(tmp_path: Path) -> None:
    transcriber = await build(settings(tmp_path, model="mine"), OtherHub(answers=threading.Event()))
    assert "no model of that name is known" in transcriber.info.detail


async def test_while_weights_can_be_fetched_the_offline_engine_guards(tmp_path: Path) -> None:
    transcriber = await build(settings(tmp_path), OtherHub(""))
    assert isinstance(transcriber, Changeover)
    assert transcriber.info.is_fallback
    assert "takes over" in transcriber.info.detail


@pytest.mark.parametrize(("engine", "wait"), [("whisper", False), ("auto", True)])
async def test_weights_may_be_waited_for(tmp_path: Path, engine: str, wait: bool) -> None:
    transcriber = await build(settings(tmp_path, engine=engine), OtherHub(""), wait=wait)
    assert isinstance(transcriber, SharedEngine)


async def test_whisper_without_weights_is_an_error_when_it_was_demanded(tmp_path: Path) -> None:
    with pytest.raises(ModelMissingError, match=r"models pull base\.en"):
        await build(settings(tmp_path, engine="whisper"))


async def test_the_offline_engine_that_was_chosen_is_no_fallback(tmp_path: Path) -> None:
    transcriber = await build(settings(tmp_path, engine="pocketsphinx"), OtherHub(answers=threading.Event()))
    assert isinstance(transcriber, SphinxEngine)
    assert not transcriber.info.is_fallback


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"device": "cpu"}, (12, 4, 1600)),
        ({"device": "cpu", "workers": 3}, (3, 4, 1600)),
        ({"device": "cuda"}, (2, 16, 0)),
        ({"device": "cuda", "workers": 1}, (1, 16, 0)),
    ],
)
def test_a_cpu_gets_a_worker_for_each_core_and_a_gpu_large_batches(
    tmp_path: Path, changes: dict[str, object], expected: tuple[int, int, int]
) -> None:
    assert machine_rule(settings(tmp_path, **changes), cores=12) == expected


@pytest.mark.parametrize(
    ("device", "is_seen", "runs_on", "batch"),
    [("auto", True, "cuda", 16), ("auto", False, "cpu", 4), ("cpu", True, "cpu", 4), ("cuda", False, "cuda", 16)],
)
async def test_batches_are_made_for_the_device_that_the_runtime_takes(
    tmp_path: Path, device: str, is_seen: bool, runs_on: str, batch: int
) -> None:
    (tmp_path / "base.en").mkdir()
    (tmp_path / "base.en" / "model.bin").touch()
    engine = await build_transcriber(settings(tmp_path, device=device), HandClock(), OtherHub(), has_gpu=lambda: is_seen)
    (figures,) = figures_of(engine)
    assert f"It runs on {runs_on} with" in engine.info.detail
    assert figures.batch_limit == batch


@pytest.mark.parametrize("engine", ["auto", "whisper"])
async def test_where_a_gpu_is_seen_and_fails_whisper_runs_on_the_cpu_and_says_so(
    tmp_path: Path, tiny_en: Path, engine: str
) -> None:
    chosen = settings(tmp_path, engine=engine, model=str(tiny_en), workers=1)
    transcriber = await open_transcriber(chosen, HandClock(), OtherHub(), has_gpu=lambda: True)
    await transcriber.close()
    (figures,) = figures_of(transcriber)
    assert (transcriber.info.name, transcriber.info.is_fallback) == ("whisper tiny.en", False)
    assert figures.batch_limit == 4
    assert "It runs on cpu with 1 workers, because the GPU cannot be used: " in transcriber.info.detail


async def test_a_gpu_that_was_demanded_is_not_given_up_for_the_cpu(tmp_path: Path, tiny_en: Path) -> None:
    chosen = settings(tmp_path, engine="whisper", device="cuda", model=str(tiny_en), workers=1)
    with pytest.raises(EngineError, match="cannot be loaded"):
        await open_transcriber(chosen, HandClock(), OtherHub())


def test_threats_are_listened_for_unless_the_settings_say_otherwise(tmp_path: Path) -> None:
    assert isinstance(build_spotter(settings(tmp_path), HandClock()), SphinxSpotter)
    assert build_spotter(settings(tmp_path, keywords=False), HandClock()) is None
