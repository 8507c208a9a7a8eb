"""A speech model and a pool that do what the test says, and pieces of speech with sound in them."""

from collections import deque
from collections.abc import Callable, Sequence
from concurrent.futures import Executor, Future
from typing import Any

import numpy as np

from callguard.errors import EngineError
from callguard.speech import CutReason, SpeechSegment, SpeechSnapshot
from callguard.terms import RATE_HZ, Role, Samples, StepTimes
from callguard.transcribe.hypothesis import Hypothesis, Utterance
from callguard.transcribe.log_mel import Features
from callguard.transcribe.transcriber import Priority, Request
from tests.clocks import SECOND_NS, HandClock


def tone(seconds: float, *, hz: float = 220, loudness: float = 0.1) -> Samples:
    """Return a sound that is loud enough to pass for speech."""
    at_s = np.arange(int(seconds * RATE_HZ)) / RATE_HZ
    return (loudness * np.sin(2 * np.pi * hz * at_s)).astype(np.float32)


def segment(
    number: int = 0,
    *,
    seconds: float = 2.0,
    call_id: str = "c1",
    channel: Role = Role.CALLER,
    start_sample: int = 0,
    samples: Samples | None = None,
) -> SpeechSegment:
    """Return a finished piece of speech."""
    heard = tone(seconds) if samples is None else samples
    return SpeechSegment(
        call_id=call_id,
        channel=channel,
        segment=number,
        start_sample=start_sample,
        end_sample=start_sample + len(heard),
        cut=CutReason.SILENCE,
        times=StepTimes(),
        samples=heard,
    )


def snapshot(
    number: int = 0,
    *,
    seconds: float = 1.0,
    silence_s: float = 0.0,
    is_likely_over: bool = False,
    call_id: str = "c1",
    channel: Role = Role.CALLER,
) -> SpeechSnapshot:
    """Return running speech."""
    heard = tone(seconds)
    return SpeechSnapshot(
        call_id=call_id,
        channel=channel,
        segment=number,
        start_sample=0,
        end_sample=len(heard),
        silence_samples=int(silence_s * RATE_HZ),
        is_likely_over=is_likely_over,
        times=StepTimes(),
        samples=heard,
    )


def request(
    speech: SpeechSegment | SpeechSnapshot,
    *,
    priority: Priority = Priority.CALLER,
    deadline_s: float = 10,
    language: str = "en",
    clock: HandClock | None = None,
) -> Request:
    """Return a request whose deadline is so far away on `clock`."""
    now_ns = clock.monotonic_ns() if clock else SECOND_NS
    return Request(speech=speech, priority=priority, deadline_ns=now_ns + int(deadline_s * SECOND_NS), language=language)


class HandPool(Executor):
    """Runs what it was given when the test says so, in the test's own thread."""

    def __init__(self) -> None:
        self._waiting: deque[tuple[Future[Any], Callable[[], Any]]] = deque()

    def submit(self, fn: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Future[Any]:
        """Remember the work."""
        future: Future[Any] = Future()
        self._waiting.append((future, lambda: fn(*args, **kwargs)))
        return future

    @property
    def busy(self) -> int:
        """How many workers have something to do."""
        return len(self._waiting)

    async def work(self, times: int = 1) -> None:
        """Do so many pieces of work, oldest first, and let what follows run."""
        for _ in range(times):
            await HandClock.let_run()
            future, act = self._waiting.popleft()
            try:
                future.set_result(act())
            except EngineError as error:
                future.set_exception(error)
        await HandClock.let_run()

    async def work_all(self) -> None:
        """Work until nothing is left."""
        await HandClock.let_run()
        while self._waiting:
            await self.work()


def heard(
    text: str,
    *,
    mean_log_probability: float = -0.2,
    no_speech_probability: float = 0.01,
    language: str = "en",
    tokens_a_word: int = 1,
) -> Hypothesis:
    """Return a hypothesis of so many tokens a word."""
    return Hypothesis(
        text=text,
        tokens=tuple(range(tokens_a_word * len(text.split()))),
        mean_log_probability=mean_log_probability,
        no_speech_probability=no_speech_probability,
        language=language,
        language_probability=1.0,
    )


class ScriptedModel:
    """Answers from a list; the last answer is given again and again. Remembers how it was asked."""

    def __init__(self, *answers: Hypothesis | EngineError) -> None:
        self.answers = deque(answers or (heard("yes"),))
        self.asked: list[tuple[int, int, int]] = []
        """Utterances, frames and beam of each decode."""
        self.languages: list[str] = []
        self.asked_for_words: list[bool] = []
        self.is_closed = False

    @property
    def mel_filters(self) -> Features:
        """Hear in two bands."""
        return np.ones((2, 201), dtype=np.float32)

    def decode(self, utterances: Sequence[Utterance], *, frames: int, beam: int, with_words: bool = False) -> list[Hypothesis]:
        """Give the next answers."""
        self.asked_for_words.append(with_words)
        self.asked.append((len(utterances), frames, beam))
        self.languages += [utterance.language for utterance in utterances]
        return [self._next() for _ in utterances]

    def _next(self) -> Hypothesis:
        answer = self.answers.popleft() if len(self.answers) > 1 else self.answers[0]
        if isinstance(answer, EngineError):
            raise answer
        return answer

    def knows(self, language: str) -> bool:
        """Know English and French."""
        return language in {"", "en", "fr"}

    def close(self) -> None:
        """Remember."""
        self.is_closed = True
