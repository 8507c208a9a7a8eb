"""How many utterances a second the shared engine writes down, beside faster-whisper, its batched pipeline and whisper-live.

All run the same weights (random, of exact shape: the cost does not depend on them), greedy, without timestamps, about 20 tokens
for each utterance of 5 s. They run in alternation, round after round, so that a noisy machine disturbs all alike; the table shows
medians. `whisper-live` takes part where it is installed: `make bench` puts it into build/peers.

    python benchmarks/engine.py [--model base.en] [--rounds 3] [--utterances 64] [--json]
"""

import argparse
import asyncio
import importlib
import json
import os
import platform
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np
from faster_whisper import BatchedInferencePipeline, WhisperModel

from callguard.clock import SystemClock
from callguard.speech import CutReason, SpeechSegment
from callguard.terms import RATE_HZ, Role, Samples, StepTimes
from callguard.transcribe.engine import EngineRules, SharedEngine
from callguard.transcribe.guards import GuardLimits, load_inventions
from callguard.transcribe.transcriber import EngineInfo, Priority, Request
from callguard.transcribe.whisper import WhisperWeights
from callguard.transcribe.window import WindowRule

sys.path.insert(0, str(Path(__file__).parent.parent))  # a script is started from anywhere, and `tools` is no package

from tools.make_shape_model import SHAPES, make_model  # see above

SECONDS = 5.0
BATCH = 4
SHORT = WindowRule(margin_s=1.3, minimum_s=0.0)
"""For weights that were trained for short windows."""
PLAIN = WindowRule(margin_s=2.6, minimum_s=10.0)

Contender = Callable[[Sequence[Samples]], object]


def babble(seed: int) -> Samples:
    """Return 5 s of noise whose loudness comes and goes as syllables do."""
    at_s = np.arange(int(SECONDS * RATE_HZ)) / RATE_HZ
    noise = np.random.default_rng(seed).standard_normal(len(at_s))
    sound: Samples = (0.05 * noise * np.sin(2 * np.pi * (1 + seed % 5) * at_s) ** 2).astype(np.float32)
    return sound


class Ours:
    """The shared engine, given all utterances at once."""

    def __init__(self, folder: Path, cores: int, window: WindowRule) -> None:
        rules = EngineRules(
            workers=cores,
            batch=BATCH,
            queue=1024,
            partial_interval_ms=250,
            window=window,
            limits=GuardLimits(),
            inventions=load_inventions(),
        )
        info = EngineInfo(name="whisper", is_fallback=False, detail="benchmark")

        def load() -> WhisperWeights:
            return WhisperWeights(folder, device="cpu", compute_type="default", workers=cores, limits=GuardLimits())

        pool = ThreadPoolExecutor(cores, thread_name_prefix="transcribe")
        self._loop = asyncio.new_event_loop()
        self.engine = SharedEngine(load, pool, info, rules, SystemClock())
        self._loop.run_until_complete(self.engine.start())
        self.done = 0

    def __call__(self, utterances: Sequence[Samples]) -> None:
        self._loop.run_until_complete(self._all(utterances))

    async def _all(self, utterances: Sequence[Samples]) -> None:
        async with asyncio.TaskGroup() as tasks:
            for number, samples in enumerate(utterances):
                tasks.create_task(self.engine.transcribe(_request(number, samples)))
        self.done += len(utterances)

    @property
    def failed_checks(self) -> float:
        """Share of utterances that were decoded again."""
        return self.engine.counts.retried / max(1, self.done)

    def close(self) -> None:
        self._loop.run_until_complete(self.engine.close())
        self._loop.close()


def _request(number: int, samples: Samples) -> Request:
    segment = SpeechSegment(
        call_id=f"call {number}",
        channel=Role.CALLER,
        segment=0,
        start_sample=0,
        end_sample=len(samples),
        cut=CutReason.SILENCE,
        times=StepTimes(),
        samples=samples,
    )
    far_ns = time.monotonic_ns() + 3_600_000_000_000
    return Request(speech=segment, priority=Priority.CALLER, deadline_ns=far_ns, language="en")


def transcribe(model: WhisperModel, samples: Samples) -> list[Any]:
    """Write one utterance down in faster-whisper's own way."""
    segments, _ = model.transcribe(
        samples, language="en", beam_size=1, temperature=0, without_timestamps=True, condition_on_previous_text=False
    )
    return list(segments)


def one_at_a_time(folder: Path) -> Contender:
    """Return faster-whisper with two threads."""
    model = WhisperModel(str(folder), device="cpu", compute_type="int8", cpu_threads=2)
    return lambda utterances: [transcribe(model, samples) for samples in utterances]


def two_workers(folder: Path, cores: int) -> Contender:
    """Return faster-whisper with a worker of one thread on each core."""
    model = WhisperModel(str(folder), device="cpu", compute_type="int8", cpu_threads=1, num_workers=cores)
    pool = ThreadPoolExecutor(cores)
    return lambda utterances: list(pool.map(lambda samples: transcribe(model, samples), utterances))


def batched_pipeline(folder: Path) -> Contender:
    """Return faster-whisper's batched pipeline, eight utterances together."""
    pipeline = BatchedInferencePipeline(WhisperModel(str(folder), device="cpu", compute_type="int8", cpu_threads=2))

    def run(utterances: Sequence[Samples]) -> None:
        clips = [{"start": place * SECONDS, "end": (place + 1) * SECONDS} for place in range(len(utterances))]
        audio = np.concatenate(utterances)
        segments, _ = pipeline.transcribe(
            audio, language="en", beam_size=1, temperature=0, vad_filter=False, clip_timestamps=clips, batch_size=8
        )
        list(segments)

    return run


def whisper_live(folder: Path) -> Contender | None:
    """Return whisper-live's batch worker, eight together; None where it is not installed."""
    try:
        batches = importlib.import_module("whisper_live.batch_inference")
        theirs = importlib.import_module("whisper_live.transcriber.transcriber_faster_whisper")
    except ImportError:
        return None
    worker = batches.BatchInferenceWorker(
        theirs.WhisperModel(str(folder), device="cpu", compute_type="int8", cpu_threads=2), max_batch_size=8
    )
    worker.start()

    def run(utterances: Sequence[Samples]) -> None:
        requests = [batches.BatchRequest(audio=samples, language="en", use_vad=False) for samples in utterances]
        for request in requests:
            worker.submit(request)
        for request in requests:
            request.future.wait()
            if request.error is not None:
                raise request.error

    return run


def raw_limit(folder: Path, cores: int, window: WindowRule) -> Contender:
    """Return a bare loop over CTranslate2: features at hand, same batch and window, a thread for each worker."""
    model = WhisperModel(str(folder), device="cpu", compute_type="int8", cpu_threads=1, num_workers=cores)
    frames = window.frames(int(SECONDS * RATE_HZ))
    heard = model.feature_extractor(babble(0))[:, :-1]
    features = np.zeros((BATCH, heard.shape[0], frames), dtype=np.float32)
    features[:, :, : heard.shape[1]] = heard
    prompt = [model.hf_tokenizer.token_to_id(f"<|{word}|>") for word in ("startoftranscript", "notimestamps")]
    pool = ThreadPoolExecutor(cores)

    def decode(_: int) -> None:
        model.model.generate(model.encode(features), [prompt] * BATCH, beam_size=1, max_length=448)

    return lambda utterances: list(pool.map(decode, range(len(utterances) // BATCH)))


def measure(contenders: dict[str, Contender], utterances: Sequence[Samples], rounds: int) -> dict[str, list[float]]:
    """Return utterances a second of each round, in alternation, after a few utterances to warm up.

    The slow ones get a quarter of the utterances, so that all run for about as long.
    """
    rates: dict[str, list[float]] = {name: [] for name in contenders}
    for number in range(rounds + 1):
        for name, run in contenders.items():
            heard = utterances if name.startswith(("callguard", "raw")) else utterances[: len(utterances) // 4]
            heard = heard if number else heard[: 2 * BATCH]
            began = time.perf_counter()
            run(heard)
            if number:
                rates[name].append(len(heard) / (time.perf_counter() - began))
    return rates


def ratio(rates: dict[str, list[float]], ours: str, theirs: str) -> float | None:
    """Return the median over the rounds of ours against theirs in the same round; None if they did not take part."""
    if theirs not in rates:
        return None
    return round(statistics.median(one / other for one, other in zip(rates[ours], rates[theirs], strict=True)), 2)


def summary(rates: dict[str, list[float]], suffix: str = "") -> dict[str, Any]:
    """Return the figures that issue and CI compare; `suffix` names our window."""
    ours = f"callguard{suffix}"
    return {
        "ratio_transcribe": ratio(rates, ours, "transcribe, 2 threads"),
        "ratio_two_workers": ratio(rates, ours, "transcribe, worker per core"),
        "ratio_batched_pipeline": ratio(rates, ours, "BatchedInferencePipeline, 8"),
        "ratio_whisper_live": ratio(rates, ours, "whisper-live, 8"),
        "share_of_limit": ratio(rates, ours, f"raw CTranslate2{suffix}"),
    }


def print_table(rates: dict[str, list[float]], failed: dict[str, float], args: argparse.Namespace, cores: int) -> None:
    """Print what was measured, and on what."""
    print(f"{args.model} shape, int8, utterances of {SECONDS:g} s; {platform.processor() or platform.machine()}, {cores} cores")
    print(f"{'':38}{'utterances/s':>14}{'speech s/s':>12}{'checks failed':>15}")
    for name, found in rates.items():
        rate = statistics.median(found)
        share = f"{failed[name]:.0%}" if name in failed else ""
        print(f"{name:38}{rate:14.2f}{rate * SECONDS:12.1f}{share:>15}")
    for suffix in ("", ", plain window"):
        print(f"callguard{suffix}: {summary(rates, suffix)}")


def main() -> None:
    """Run from the command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--model", choices=sorted(SHAPES), default="base.en", help="shape of the weights")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--utterances", type=int, default=64, help="for each round; a multiple of 32")
    parser.add_argument("--json", action="store_true", help="end with one line of JSON")
    args = parser.parse_args()
    cores = len(os.sched_getaffinity(0))
    with tempfile.TemporaryDirectory() as folder:
        model = make_model(args.model, Path(folder))
        short, plain = Ours(model, cores, SHORT), Ours(model, cores, PLAIN)
        contenders: dict[str, Contender | None] = {
            "callguard": short,
            "callguard, plain window": plain,
            "raw CTranslate2": raw_limit(model, cores, SHORT),
            "raw CTranslate2, plain window": raw_limit(model, cores, PLAIN),
            "transcribe, 2 threads": one_at_a_time(model),
            "transcribe, worker per core": two_workers(model, cores),
            "BatchedInferencePipeline, 8": batched_pipeline(model),
            "whisper-live, 8": whisper_live(model),
        }
        taking_part = {name: run for name, run in contenders.items() if run is not None}
        rates = measure(taking_part, [babble(seed) for seed in range(args.utterances)], args.rounds)
        failed = {"callguard": short.failed_checks, "callguard, plain window": plain.failed_checks}
        short.close()
        plain.close()
    print_table(rates, failed, args, cores)
    if args.json:
        print(json.dumps(summary(rates)))


if __name__ == "__main__":
    main()
