"""The workers of one engine: an async shell around the scheduler and a model whose calls block.

There are no tasks: a request that comes in and a worker that is done each hand out what waits to the workers that are free.
Requests that come in the same round of the event loop are handed out together, so that a crowd makes full batches; nobody waits
longer than that round. All state is touched in the event loop only.
"""

import asyncio
import functools
import logging
import math
from collections.abc import Callable
from concurrent.futures import Executor, Future
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np

from callguard.clock import Clock
from callguard.errors import EngineError, OverloadError
from callguard.terms import RATE_HZ
from callguard.transcribe.daemon import in_daemon_thread
from callguard.transcribe.hypothesis import Hypothesis, SpeechModel, Utterance
from callguard.transcribe.log_mel import LogMel
from callguard.transcribe.scheduler import Drop, Dropped, Job, Kind, Scheduler, SpeechKey
from callguard.transcribe.transcriber import Request

log = logging.getLogger(__name__)

Aside = Callable[[str, Callable[[], SpeechModel]], "Future[SpeechModel]"]
"""Runs what loads a model, by name, beside everything else."""

WordTimes = Literal["always", "when_idle", "never"]

BUSY = 0.5
"""Share of the workers at work above which nothing is done that spares time for one and costs it for all."""
EASY = 0.25
"""Share below which work is begun of which half will be thrown away."""
BUSY_OVER_NS = 2_000_000_000
"""How far back `Workers.busy` looks: what is older than this weighs a third and less."""
WARM_UP_SAMPLES = RATE_HZ  # one second: enough for the runtime to choose its kernels and get its memory


class OvertakenError(OverloadError):
    """A newer request of the same speech made this one useless."""


@dataclass(slots=True, eq=False)
class Decoding:
    """A decode that was asked for and may have begun."""

    answer: "asyncio.Future[Hypothesis]"
    way: tuple[int, int]
    """Window in frames, and beam."""
    started_ns: int = 0
    decoded_ns: int = 0

    @property
    def has_begun(self) -> bool:
        """Whether a worker has it."""
        return self.started_ns > 0

    @property
    def has_failed(self) -> bool:
        """Whether no answer will come."""
        return self.answer.done() and (self.answer.cancelled() or self.answer.exception() is not None)

    async def hypothesis(self) -> Hypothesis:
        """Wait for the answer, which others may wait for too; a cancelled wait takes it out of the queue."""
        try:
            return await asyncio.shield(self.answer)
        except asyncio.CancelledError:
            if not self.has_begun:
                self.answer.cancel()
            raise


@dataclass(frozen=True, slots=True)
class Ticket:
    """What a worker needs to do a job."""

    utterance: Utterance
    beam: int
    decoding: Decoding


@dataclass(slots=True)
class WorkerCounts:
    """What the workers have done since they started."""

    decoded: int = 0
    batches: int = 0
    dropped: int = 0
    """Given up for want of time or room."""
    overtaken: int = 0
    """Partials and early starts whose speech went on or ended before they began."""
    whole: int = 0
    """Finals and early starts that were decoded."""
    whole_ns: int = 0
    """What workers have spent on those."""
    whole_samples: int = 0
    """How much speech they were."""
    failed_in_a_row: int = 0
    """Batches since the last one that did not fail."""
    least_ns_a_sample: float = 0.0
    """What the cheapest batch of them took: other work on the same cores makes the rest dearer than they are."""


class Workers:
    """Threads that share one model, each decoding a small batch at a time."""

    def __init__(
        self,
        load: Callable[[], SpeechModel],
        pool: Executor,
        clock: Clock,
        *,
        workers: int,
        batch: int,
        queue: int,
        word_times: WordTimes = "never",
        batch_frames: int = 0,
        aside: Aside = in_daemon_thread,
    ) -> None:
        """`load` blocks; it is called once, `aside`: it may fetch a gigabyte first, which must not keep the process from ending.

        `pool` has as many threads as there are workers and is their own.
        """
        self._load = load
        self._clock = clock
        self._queue = queue
        self._word_times = word_times
        self._scheduler: Scheduler[Ticket] = Scheduler(capacity=queue, batch=batch, workers=workers, batch_frames=batch_frames)
        self._pool = pool
        self._aside = aside
        self._all = self._free = workers
        self._busy = 0.0
        self._busy_until_ns = 0
        self._will_hand_out = False
        self._running: set[asyncio.Future[list[Hypothesis]]] = set()
        self._model: SpeechModel | None = None
        self.counts = WorkerCounts()

    @property
    def waiting(self) -> int:
        """Decodes that have not begun."""
        return len(self._scheduler)

    @property
    def busy(self) -> int:
        """Batches that are being decoded, one by each worker that is not free."""
        return len(self._running)

    @property
    def is_idle(self) -> bool:
        """Whether a worker is free and nothing waits for it."""
        return self._free > 0 and not len(self._scheduler)

    @property
    def load(self) -> float:
        """Share of the workers that has been at work of late, 0 to 1."""
        self._weigh()
        return self._busy

    @property
    def is_at_ease(self) -> bool:
        """Whether there is time to waste: a worker for everyone who waits, and most of them at rest of late."""
        return len(self._scheduler) <= self._free and self.load <= EASY

    @property
    def is_rested(self) -> bool:
        """Whether there is time for what costs as much as ten others: nobody is at work or waits, and half rested of late."""
        return self._free == self._all and not len(self._scheduler) and self.load <= BUSY

    @property
    def waiting_finals(self) -> int:
        """Finals that have not begun."""
        return self._scheduler.finals

    @property
    def model(self) -> SpeechModel:
        """The model. Raises EngineError unless it is loaded."""
        if self._model is None:
            raise EngineError("the speech engine is not running; it was not started or is closed")
        return self._model

    async def start(self, *, warm_up_frames: int) -> None:
        """Load the model and let it decode once. Raises ModelMissingError or EngineError."""
        loading = self._aside("callguard-load", functools.partial(self.load_and_warm, warm_up_frames))
        self._model = await asyncio.wrap_future(loading)

    def adopt(self, model: SpeechModel) -> None:
        """Take a model that is loaded and warm already, instead of `start`."""
        self._model = model

    async def close(self) -> None:
        """Let go of the model; what was asked for ends with EngineError."""
        model, self._model = self._model, None
        for job in self._scheduler.clear():
            _fail(job, EngineError("the speech engine was closed"))
        if self._running:
            await asyncio.wait(self._running)
        self._pool.shutdown(wait=True)  # nothing runs in it any more
        if model is not None:
            model.close()

    def ask(
        self, request: Request, kind: Kind, utterance: Utterance, *, frames: int, beam: int, last_heard_ns: int = 0
    ) -> Decoding:
        """Put a decode of the request's speech in the queue; `last_heard_ns` orders partials, see `Job`."""
        speech = request.speech
        decoding = Decoding(asyncio.get_running_loop().create_future(), (frames, beam))
        job = Job(
            key=SpeechKey(speech.call_id, speech.channel, speech.segment),
            kind=kind,
            priority=request.priority,
            deadline_ns=request.deadline_ns,
            last_heard_ns=last_heard_ns,
            frames=frames,
            group=beam,
            ticket=Ticket(utterance, beam, decoding),
        )
        self._put(job)
        if self._free and not self._will_hand_out:
            self._will_hand_out = True
            asyncio.get_running_loop().call_soon(self._hand_out)
        return decoding

    def skip(self, key: SpeechKey) -> None:
        """Let go of what waits to be decoded of running speech that will not be asked for when it is over."""
        self._drop(self._scheduler.skip(key))

    def _put(self, job: Job[Ticket]) -> None:
        """Let a job wait for a worker."""
        self._drop(self._scheduler.push(job, self._clock.monotonic_ns()))
        job.ticket.decoding.answer.add_done_callback(lambda _: self._scheduler.discard(job))  # nobody waits for it any more

    def _hand_out(self) -> None:
        """Give what waits to the workers that are free."""
        self._will_hand_out = False
        while self._free and self._model is not None:
            now_ns = self._clock.monotonic_ns()
            # Two together on one worker cost a third less than one on each of two.
            batch, dropped = self._scheduler.take(now_ns, self._free, spread=self.load <= BUSY)
            self._drop(dropped)
            if not batch:
                return
            for job in batch:
                job.ticket.decoding.started_ns = now_ns
            self._weigh()
            self._free -= 1
            self.counts.batches += 1
            decode = functools.partial(
                self._model.decode,
                [job.ticket.utterance for job in batch],
                frames=max(job.frames for job in batch),
                beam=batch[0].ticket.beam,
                with_words=self._has_time_for_words(batch[0].kind),
            )
            running = asyncio.get_running_loop().run_in_executor(self._pool, decode)
            self._running.add(running)
            running.add_done_callback(functools.partial(self._take_back, batch))

    def _weigh(self) -> None:
        """Let the time since the last change count."""
        now_ns = self._clock.monotonic_ns()
        kept = math.exp((self._busy_until_ns - now_ns) / BUSY_OVER_NS)
        self._busy = kept * self._busy + (1 - kept) * (1 - self._free / self._all)
        self._busy_until_ns = now_ns

    def _has_time_for_words(self, kind: Kind) -> bool:
        """Say whether a batch of this kind gets word times: they cost a tenth to a quarter of its decode."""
        if kind is Kind.PARTIAL or self._word_times == "never":
            return False
        return self._word_times == "always" or (not self._running and not len(self._scheduler) and self.load <= BUSY)

    def _take_back(self, batch: list[Job[Ticket]], running: "asyncio.Future[list[Hypothesis]]") -> None:
        """Take what a worker has done."""
        self._running.discard(running)
        self._weigh()
        self._free += 1
        error = running.exception()
        self.counts.failed_in_a_row = 0 if error is None else self.counts.failed_in_a_row + 1
        if error is not None:
            log.error("decoding failed", extra={"utterances": len(batch), "cause": str(error)})
            failure = error if isinstance(error, EngineError) else EngineError(f"decoding failed: {type(error).__name__}")
            if len(batch) > 1 and batch[0].kind is not Kind.PARTIAL and self._model is not None:
                self._part(batch)
            else:
                for job in batch:
                    _fail(job, failure)
        else:
            now_ns = self._clock.monotonic_ns()
            self.counts.decoded += len(batch)
            if batch[0].kind is not Kind.PARTIAL:
                self.counts.whole += len(batch)
                samples = sum(len(job.ticket.utterance.samples) for job in batch)
                spent_ns = now_ns - batch[0].ticket.decoding.started_ns
                self.counts.whole_samples += samples
                self.counts.whole_ns += spent_ns
                self.counts.least_ns_a_sample = min(self.counts.least_ns_a_sample or math.inf, spent_ns / samples)
            for job, hypothesis in zip(batch, running.result(), strict=True):
                job.ticket.decoding.decoded_ns = now_ns
                if not job.ticket.decoding.answer.done():
                    job.ticket.decoding.answer.set_result(hypothesis)
        self._hand_out()

    def _part(self, batch: list[Job[Ticket]]) -> None:
        """Have utterances that failed together decoded one by one: one of them may be to blame, or too little memory for all."""
        for job in batch:
            if not job.ticket.decoding.answer.done():
                job.ticket.decoding.started_ns = 0
                self._put(replace(job, group=object()))

    def _drop(self, dropped: Dropped[Ticket]) -> None:
        for job, because in dropped:
            if because is Drop.OVERTAKEN:
                self.counts.overtaken += 1
                _fail(job, OvertakenError("newer speech of the same segment took its place"))
            else:
                self.counts.dropped += 1
                state = "its deadline had passed" if because is Drop.EXPIRED else f"{self._queue} requests were waiting"
                _fail(job, OverloadError(f"speech was dropped because {state}; add cores or take a smaller model"))

    def load_and_warm(self, frames: int) -> SpeechModel:
        """Load the model and let it decode once; blocks. Raises ModelMissingError or EngineError."""
        model = self._load()
        silence = np.zeros(WARM_UP_SAMPLES, dtype=np.float32)
        model.decode([Utterance(samples=silence, log_mel=LogMel(model.mel_filters), language="en")], frames=frames, beam=1)
        return model


def _fail(job: Job[Ticket], error: EngineError) -> None:
    answer = job.ticket.decoding.answer
    if not answer.done():
        answer.set_exception(error)
        answer.exception()  # looked at here: an early start may have nobody who waits for it
