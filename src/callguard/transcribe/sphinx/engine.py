"""The offline engine: decodes while people speak, in worker processes that all calls share."""

import asyncio
import logging
from collections.abc import Sequence
from dataclasses import replace
from typing import Protocol

from callguard.clock import Clock
from callguard.errors import EngineError, LanguageError, OverloadError
from callguard.operations import EngineFigures
from callguard.speech import SpeechSegment, SpeechSnapshot, Transcript
from callguard.terms import RATE_HZ, Role
from callguard.transcribe.hypothesis import language_code
from callguard.transcribe.scheduler import SpeechKey
from callguard.transcribe.sphinx.messages import Command, Reply, Verb
from callguard.transcribe.sphinx.slots import Refusal, Slots, Wait
from callguard.transcribe.sphinx.utterance import Utterance, find_doubt, mean_log_probability, to_words
from callguard.transcribe.transcriber import EngineInfo, Request

log = logging.getLogger(__name__)

LANGUAGE = "en"


class Worker(Protocol):
    """Where decoders live; `WorkerProcess` is the one that ships."""

    @property
    def generation(self) -> int:
        """Counts the starts: what was begun in an earlier generation is gone."""
        ...

    async def start(self) -> None:
        """Start unless it is running. Raises EngineError."""
        ...

    async def ask(self, command: Command) -> Reply:
        """Have a command carried out, after those that were asked before. Raises EngineError."""
        ...

    def dismiss(self) -> None:
        """Let it end when it has nothing left to do."""
        ...

    async def close(self) -> None:
        """End it and wait for its end."""
        ...


class SphinxEngine:
    """A `Transcriber` over PocketSphinx."""

    def __init__(self, workers: Sequence[Worker], slots_each: int, info: EngineInfo, clock: Clock, *, queue: int) -> None:
        self._workers = workers
        self._info = info
        self._clock = clock
        self._queue = queue
        self._slots = Slots(len(workers) * slots_each, capacity=queue)
        self._running: dict[tuple[str, Role], Utterance] = {}
        self._channel_states: dict[tuple[str, Role], str] = {}
        self._granted: dict[SpeechKey, asyncio.Future[int]] = {}
        self._is_open = False
        self._failed_in_a_row = 0

    @property
    def info(self) -> EngineInfo:
        """What is running."""
        return self._info

    @property
    def waiting(self) -> int:
        """Finished speech that has no decoder."""
        return self._slots.waiting

    def figures(self) -> tuple[EngineFigures, ...]:
        """Return what it is doing; its processes do not measure their time, because running speech is decoded as it comes."""
        figures = EngineFigures(
            name=self._info.name,
            detail=self._info.detail,
            is_running=self._is_open,
            is_fallback=self._info.is_fallback,
            queue=self._slots.waiting,
            queue_room=self._queue,
            workers=self._slots.count,
            busy=self._slots.busy,
            batch_limit=1,
            is_counted=False,
            failed_in_a_row=self._failed_in_a_row,
        )
        return (figures,)

    def knows(self, language: str, /) -> bool:
        """Say whether it is English."""
        return language_code(language) in {"", LANGUAGE}

    async def start(self) -> None:
        """Start the workers. Raises EngineError."""
        try:
            async with asyncio.TaskGroup() as tasks:
                for worker in self._workers:
                    tasks.create_task(worker.start())
        except* EngineError as failures:
            await self.close()
            raise EngineError(f"the offline engine cannot start: {failures.exceptions[0]}") from failures
        self._is_open = True

    def dismiss(self) -> None:
        """Give the workers' memory back; nothing may be asked any more."""
        self._is_open = False
        for worker in self._workers:
            worker.dismiss()

    async def close(self) -> None:
        """End the workers; requests under way end with EngineError."""
        self._is_open = False
        for granted in self._granted.values():
            if not granted.done():
                granted.set_exception(EngineError("the speech engine was closed"))
        async with asyncio.TaskGroup() as tasks:
            for worker in self._workers:
                tasks.create_task(worker.close())
        self._running.clear()
        self._channel_states.clear()

    async def transcribe(self, request: Request, /) -> Transcript | None:
        """Write down one piece of speech; see `Transcriber`."""
        if not self._is_open:
            raise EngineError("the speech engine is not running; it was not started or is closed")
        if not self.knows(request.language):
            raise LanguageError(f"the offline engine knows English only, not «{request.language}»; install a multilingual model")
        if not len(request.speech.samples):
            raise EngineError("a piece of speech holds 0 samples; expected at least one")
        if isinstance(request.speech, SpeechSegment):
            return await self._final(request, request.speech)
        return await self._partial(request, request.speech)

    async def confirm(self, request: Request, /) -> Transcript | None:
        """Return None: the decoder knows one way only, which would say the same again."""
        del request
        return None

    def skip(self, segment: SpeechSegment, /) -> None:
        """Give back the decoder that running speech has; see `Transcriber`."""
        utterance = self._running.get((segment.call_id, segment.channel))
        if utterance is not None and utterance.key.segment == segment.segment and not utterance.is_over:
            utterance.is_over = True
            self._let_go(utterance)

    def end_call(self, call_id: str, /) -> None:
        """Forget what is kept for a call."""
        for channel in [key for key in self._running if key[0] == call_id]:
            self._slots.forget(self._running.pop(channel).key)
        for channel in [key for key in self._channel_states if key[0] == call_id]:
            del self._channel_states[channel]
        self._serve()

    # --- finals and partials --------------------------------------------------------------------

    async def _final(self, request: Request, segment: SpeechSegment) -> Transcript:
        utterance = self._utterance(segment)
        utterance.is_over = True
        try:
            slot = await self._slot_for_final(request, utterance)
            async with utterance.turn:
                reply = await self._hear_out(request, utterance, segment, slot)
        except EngineError as error:
            self._failed_in_a_row += not isinstance(error, OverloadError)
            raise
        finally:
            self._let_go(utterance)
        self._failed_in_a_row = 0
        self._channel_states[segment.call_id, segment.channel] = reply.channel
        return self._transcript(request, utterance, reply)

    async def _hear_out(self, request: Request, utterance: Utterance, segment: SpeechSegment, slot: int) -> Reply:
        """Have the rest of a segment decoded; all of it, once more, where its worker fails: others share the one that died."""
        try:
            await self._feed(utterance, segment, slot)
            return await self._ask(utterance, slot, Verb.END)
        except EngineError as error:
            if not self._is_open or self._clock.monotonic_ns() > request.deadline_ns:
                raise
            log.warning("speech is decoded again", extra={"call_id": segment.call_id, "cause": str(error)})
        utterance.lose_decoder()
        await self._feed(utterance, segment, slot)
        return await self._ask(utterance, slot, Verb.END)

    async def _partial(self, request: Request, snapshot: SpeechSnapshot) -> Transcript | None:
        utterance = self._utterance(snapshot)
        if utterance.is_over or utterance.key.segment != snapshot.segment or utterance.turn.locked():
            return None
        slot = self._slots.slot_of(utterance.key)
        if slot is None:
            slot, victim = self._slots.claim_running(utterance.key, request.priority)
            self._take_decoder_from(victim)
        if slot is None:
            return None  # heard when the speech is over
        async with utterance.turn:
            reply = await self._feed(utterance, snapshot, slot)
        if reply is None or utterance.is_over:
            return None
        stable = utterance.agreement.push(reply.text)
        text = reply.text if snapshot.silence_samples else stable
        if text in {"", utterance.shown}:
            return None
        utterance.shown = text
        return self._transcript(request, utterance, replace(reply, text=text))

    def _utterance(self, speech: SpeechSegment | SpeechSnapshot) -> Utterance:
        """Return the utterance that `speech` belongs to; the channel's last one is forgotten unless it is being finished."""
        channel = (speech.call_id, speech.channel)
        key = SpeechKey(speech.call_id, speech.channel, speech.segment)
        current = self._running.get(channel)
        if current is not None and current.key.segment >= speech.segment:
            return current if current.key == key else Utterance(key, is_over=isinstance(speech, SpeechSnapshot))
        if current is not None and not current.is_over:
            self._slots.forget(current.key)
        self._running[channel] = utterance = Utterance(key)
        return utterance

    # --- decoders -------------------------------------------------------------------------------

    async def _slot_for_final(self, request: Request, utterance: Utterance) -> int:
        wait = Wait(utterance.key, request.priority, request.deadline_ns)
        granted: asyncio.Future[int] = asyncio.get_running_loop().create_future()
        self._granted[utterance.key] = granted
        slot, refused = self._slots.claim_finished(wait)
        self._refuse(refused)
        if slot is not None:
            granted.set_result(slot)
        self._serve()
        try:
            return await granted
        finally:
            del self._granted[utterance.key]

    def _serve(self) -> None:
        served, refused = self._slots.serve(self._clock.monotonic_ns())
        for wait, slot in served:
            granted = self._granted.get(wait.key)
            if granted is None or granted.done():
                self._slots.forget(wait.key)  # nobody waits for it any more
            else:
                granted.set_result(slot)
        self._refuse(refused)

    def _refuse(self, refused: list[tuple[Wait, Refusal]]) -> None:
        for wait, because in refused:
            granted = self._granted.get(wait.key)
            if granted is not None and not granted.done():
                state = "its deadline had passed" if because is Refusal.EXPIRED else f"{self._queue} requests were waiting"
                granted.set_exception(OverloadError(f"speech was dropped because {state}; add cores or install a Whisper model"))

    def _take_decoder_from(self, victim: SpeechKey | None) -> None:
        utterance = self._running.get((victim.call_id, victim.channel)) if victim else None
        if utterance is not None and utterance.key == victim:
            utterance.lose_decoder()

    def _let_go(self, utterance: Utterance) -> None:
        utterance.lose_decoder()
        self._slots.forget(utterance.key)
        self._serve()

    async def _feed(self, utterance: Utterance, speech: SpeechSegment | SpeechSnapshot, slot: int) -> Reply | None:
        """Have what is new of `speech` decoded; begin again if what the decoder has heard is not its beginning."""
        worker = self._workers[slot % len(self._workers)]
        await worker.start()
        if not utterance.fits(speech, worker.generation):
            state = self._channel_states.get((speech.call_id, speech.channel), "")
            utterance.begin(speech, worker.generation, self._clock.monotonic_ns())
            await self._ask(utterance, slot, Verb.BEGIN, state.encode())
        reply = None
        for end_sample, pcm in utterance.pieces(speech):
            if self._slots.slot_of(utterance.key) != slot:
                return None  # the decoder was taken away meanwhile
            reply = await self._ask(utterance, slot, Verb.HEAR, pcm)
            utterance.fed_up_to = end_sample
        return reply

    async def _ask(self, utterance: Utterance, slot: int, verb: Verb, body: bytes = b"") -> Reply:
        worker = self._workers[slot % len(self._workers)]
        try:
            return await worker.ask(Command(verb, slot // len(self._workers), body))
        except BaseException:  # a cancelled feed leaves the decoder in a state that nobody knows
            utterance.lose_decoder()
            raise

    def _transcript(self, request: Request, utterance: Utterance, reply: Reply) -> Transcript:
        speech = request.speech
        is_final = isinstance(speech, SpeechSegment)
        doubt = find_doubt(reply, len(speech.samples) / RATE_HZ) if is_final else ""
        return Transcript(
            call_id=speech.call_id,
            channel=speech.channel,
            segment=speech.segment,
            start_sample=speech.start_sample,
            end_sample=speech.end_sample,
            is_final=is_final,
            text=reply.text,
            words=to_words(reply.words, speech.start_sample),
            language=LANGUAGE,
            engine=self._info.name,
            mean_log_probability=mean_log_probability(reply),
            no_speech_probability=0.0,
            is_reliable=not doubt,
            unreliable_because=doubt,
            times=replace(
                speech.times,
                started_ns=max(utterance.started_ns, speech.times.segmented_ns),  # begun while the speech was running
                decoded_ns=self._clock.monotonic_ns(),
            ),
        )
