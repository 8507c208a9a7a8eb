"""Which speech engine runs here: Whisper where its weights are or can be had, else the offline engine."""

import asyncio
import logging
import os
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path
from typing import Protocol

from callguard.clock import Clock
from callguard.errors import EngineError, ModelMissingError
from callguard.settings import TranscribeSettings
from callguard.transcribe.aside import step_aside
from callguard.transcribe.changeover import Changeover
from callguard.transcribe.daemon import in_daemon_thread
from callguard.transcribe.engine import EngineRules, SharedEngine
from callguard.transcribe.guards import GuardLimits, load_inventions
from callguard.transcribe.hub import Hub
from callguard.transcribe.hypothesis import SpeechModel
from callguard.transcribe.keywords import KeywordSpotter
from callguard.transcribe.models import PLAIN_WINDOW, Cache, find_model, find_smaller, load_catalogue, pull_model, repository_of
from callguard.transcribe.relief import Relief
from callguard.transcribe.sphinx.engine import SphinxEngine
from callguard.transcribe.sphinx.process import WorkerProcess
from callguard.transcribe.sphinx.spotter import SphinxSpotter
from callguard.transcribe.transcriber import EngineInfo, Transcriber
from callguard.transcribe.window import WindowRule

log = logging.getLogger(__name__)

CPU_BATCH = 4
"""Utterances that one worker decodes together. On a CPU more only adds waiting (benchmarks/engine.py)."""
CPU_BATCH_FRAMES = 1600
"""Of windows, where there is no crowd: two utterances of five seconds, four short ones."""
GPU_BATCH, GPU_WORKERS = 16, 2
"""A GPU is filled by the batch, and a second worker hides the host's part. Not measured: no GPU was at hand."""
HasGpu = Callable[[], bool]
SPHINX_SLOTS = 2
"""Decoders of one worker process: running speech needs a third of a core each."""


class ModelSource(Cache, Protocol):
    """What `auto` asks of the hub."""

    def trouble(self, repository: str, *, timeout_s: float) -> str:
        """Return why a model cannot be fetched now, or ""; may hang."""
        ...


def runtime_has_gpu() -> bool:
    """Say whether the runtime that decodes sees a GPU: what it says counts, a device file or another library does not."""
    from callguard.transcribe.whisper import choose_device  # noqa: PLC0415  # a second of imports that only Whisper needs

    return choose_device("auto") == "cuda"


async def build_transcriber(
    settings: TranscribeSettings,
    clock: Clock,
    hub: ModelSource | None = None,
    *,
    wait_for_weights: bool = False,
    has_gpu: HasGpu = runtime_has_gpu,
    gpu_fault: str = "",
) -> Transcriber:
    """Choose the engine; nothing is fetched or loaded before its `start`.

    Decides within `hub_timeout_s` and the time to look at the disk. Weights that must come from the hub are fetched while the
    offline engine guards, or, with `wait_for_weights`, before `start` returns. `gpu_fault` says why the device is not the one
    that people would expect. Raises ModelMissingError if `whisper` is demanded and its weights are neither on disk nor to be had.
    """
    if settings.engine == "pocketsphinx":
        return _sphinx(settings, clock, "It was chosen in the settings.")
    hub = hub or Hub()
    found = find_model(settings.model, settings.models_dir, hub)
    if found is not None:
        settings = await _on_its_device(settings, has_gpu)
        usual = _whisper(settings, clock, found.name, found.window, lambda: found.folder, gpu_fault=gpu_fault)
        smaller = find_smaller(found, settings.models_dir, hub) if settings.relief else None
        if smaller is None:
            return usual
        return Relief(usual, _whisper(settings, clock, smaller.name, smaller.window, lambda: smaller.folder, gpu_fault=gpu_fault))
    because = await _why_not_from_hub(settings, hub)
    if not because:
        is_waited_for = wait_for_weights or settings.engine == "whisper"
        return await _fetched(settings, clock, hub, is_waited_for=is_waited_for, has_gpu=has_gpu)
    missing = f"The Whisper model «{settings.model}» is not on this machine and {because}."
    remedy = f"Run `callguard models pull {settings.model}` where the hub can be reached, or with `--from FOLDER`."
    if settings.engine == "whisper":
        raise ModelMissingError(f"{missing} {remedy}")
    return _sphinx(settings, clock, f"{missing} {remedy}")


async def start_transcriber(
    settings: TranscribeSettings,
    clock: Clock,
    hub: ModelSource | None = None,
    *,
    wait_for_weights: bool = False,
    has_gpu: HasGpu = runtime_has_gpu,
) -> Transcriber:
    """Choose the engine and start it; on the CPU where nobody demanded the GPU and it turns out not to work.

    A driver without its libraries lets the runtime see a GPU and fails at the first decode. Raises ModelMissingError or
    EngineError.
    """
    transcriber = await build_transcriber(settings, clock, hub, wait_for_weights=wait_for_weights, has_gpu=has_gpu)
    try:
        return await _started(transcriber)
    except EngineError as error:
        is_of_the_gpu = isinstance(transcriber, SharedEngine | Relief) and settings.device == "auto" and has_gpu()
        if not is_of_the_gpu or isinstance(error, ModelMissingError):
            raise
        log.error("the GPU cannot be used, the CPU decodes", extra={"cause": str(error)})  # noqa: TRY400  # it says it all
        gpu_fault = str(error)
    on_cpu = settings.model_copy(update={"device": "cpu"})
    return await _started(await build_transcriber(on_cpu, clock, hub, wait_for_weights=wait_for_weights, gpu_fault=gpu_fault))


async def _started(transcriber: Transcriber) -> Transcriber:
    """Return an engine that runs; one that cannot start is closed."""
    try:
        await transcriber.start()
    except BaseException:
        await transcriber.close()
        raise
    return transcriber


async def open_transcriber(
    settings: TranscribeSettings, clock: Clock, hub: ModelSource | None = None, *, has_gpu: HasGpu = runtime_has_gpu
) -> Transcriber:
    """Choose the engine and start it.

    Where `auto` finds weights that cannot be loaded, the offline engine guards and says why: calls come in all the same. Raises
    ModelMissingError or EngineError.
    """
    try:
        return await start_transcriber(settings, clock, hub, has_gpu=has_gpu)
    except EngineError as error:
        if settings.engine != "auto":
            raise
        log.error("the engine cannot be used", extra={"cause": str(error)})  # noqa: TRY400  # its sentence says it all
        because = f"The Whisper model «{settings.model}» cannot be used: {error}."
    return await _started(
        _sphinx(settings, clock, f"{because} Run `callguard models pull {settings.model}` and start callguard again.")
    )


async def _on_its_device(settings: TranscribeSettings, has_gpu: HasGpu) -> TranscribeSettings:
    """Return the settings with the device on which the runtime will decode: all that depends on it must mean the same one."""
    if settings.device != "auto":
        return settings
    is_there = await asyncio.wrap_future(in_daemon_thread("callguard-device", has_gpu))
    return settings.model_copy(update={"device": "cuda" if is_there else "cpu"})


async def _fetched(
    settings: TranscribeSettings, clock: Clock, hub: ModelSource, *, is_waited_for: bool, has_gpu: HasGpu
) -> Transcriber:
    """Return an engine whose weights come from the hub first."""
    entry = load_catalogue().get(settings.model)
    window = entry.window if entry else PLAIN_WINDOW
    fetch = partial(pull_model, settings.model, settings.models_dir, _log_file)
    on_device = await _on_its_device(settings, has_gpu)
    whisper = _whisper(on_device, clock, settings.model, window, fetch)
    if is_waited_for:
        return whisper

    def fetch_once() -> Path:
        found = find_model(settings.model, settings.models_dir, hub)
        return fetch() if found is None else found.folder

    def on_cpu(because: str) -> SharedEngine:
        log.error("the GPU cannot be used, the CPU decodes", extra={"cause": because})
        return _whisper(
            settings.model_copy(update={"device": "cpu"}), clock, settings.model, window, fetch_once, gpu_fault=because
        )

    may_fall_back = settings.device == "auto" and on_device.device == "cuda"
    at_first = _sphinx(settings, clock, f"The Whisper model «{settings.model}» is being fetched; it takes over when it is here.")
    return Changeover(at_first, whisper, instead=on_cpu if may_fall_back else None)


def _whisper(
    settings: TranscribeSettings, clock: Clock, name: str, window: WindowRule, fetch: Callable[[], Path], *, gpu_fault: str = ""
) -> SharedEngine:
    workers, batch, batch_frames = machine_rule(settings, cores=_cores())
    rules = EngineRules(
        workers=workers,
        batch=batch,
        queue=settings.queue,
        partial_interval_ms=settings.partial_interval_ms,
        window=window,
        limits=GuardLimits(),
        inventions=load_inventions(),
        word_times=settings.word_times,
        batch_frames=batch_frames,
    )
    detail = f"It runs on {settings.device} with {workers} workers."
    if gpu_fault:
        detail = f"It runs on {settings.device} with {workers} workers, because the GPU cannot be used: {gpu_fault}."
    info = EngineInfo(name=f"whisper {name}", is_fallback=False, detail=detail)
    pool = ThreadPoolExecutor(workers, thread_name_prefix="transcribe", initializer=step_aside)
    return SharedEngine(partial(_load_whisper, settings, workers, fetch), pool, info, rules, clock)


def machine_rule(settings: TranscribeSettings, *, cores: int) -> tuple[int, int, int]:
    """Return how many workers share the model, how many utterances each decodes together, and in how many frames (0: any).

    The device is «cuda» or «cpu», no longer «auto». On a CPU one worker of one thread for each core: that is 1.5 to 2.2 times as
    fast as one worker of many threads.
    """
    if settings.device == "cuda":
        return settings.workers or GPU_WORKERS, GPU_BATCH, 0
    return settings.workers or cores, CPU_BATCH, CPU_BATCH_FRAMES


def _load_whisper(settings: TranscribeSettings, workers: int, fetch: Callable[[], Path]) -> SpeechModel:
    step_aside()  # the runtime's own threads are started in here
    from callguard.transcribe.whisper import WhisperWeights  # noqa: PLC0415  # a second of imports that only Whisper needs

    return WhisperWeights(
        fetch(),
        device=settings.device,
        compute_type=settings.compute_type,
        workers=workers,
        vocabulary=settings.vocabulary,
        vocabulary_tokens=settings.vocabulary_tokens,
        limits=GuardLimits(),
    )


def _sphinx(settings: TranscribeSettings, clock: Clock, detail: str) -> SphinxEngine:
    count = settings.workers or _cores()
    workers = [WorkerProcess(SPHINX_SLOTS) for _ in range(count)]
    info = EngineInfo(
        name="pocketsphinx", is_fallback=settings.engine != "pocketsphinx", detail=detail, decodes_while_people_speak=True
    )
    return SphinxEngine(workers, SPHINX_SLOTS, info, clock, queue=settings.queue)


def build_spotter(settings: TranscribeSettings, clock: Clock) -> KeywordSpotter | None:
    """Return what hears threats where speech is not written down, or None if the settings don't want it."""
    if not settings.keywords:
        return None
    return SphinxSpotter(WorkerProcess(1, hears_keywords=True), clock, queue=settings.queue)


async def _why_not_from_hub(settings: TranscribeSettings, hub: ModelSource) -> str:
    """Return why the weights cannot be fetched, or "" if they can."""
    repository = repository_of(settings.model)
    if not repository:
        return "no model of that name is known"
    asked = in_daemon_thread("callguard-hub", partial(hub.trouble, repository, timeout_s=settings.hub_timeout_s))
    try:
        async with asyncio.timeout(settings.hub_timeout_s):
            return await asyncio.wrap_future(asked)
    except TimeoutError:
        return f"the hub gave no answer within {settings.hub_timeout_s:g} s"


def _cores() -> int:
    """Return how many cores this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def _log_file(file: str) -> None:
    log.info("fetching a model file", extra={"file": file})
