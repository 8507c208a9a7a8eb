"""Spoken prompts: what the agent reads is said into their ear too, where the tap can play to that side alone."""

import asyncio
import logging
from collections.abc import Callable, Coroutine, Set
from concurrent.futures import Executor, ThreadPoolExecutor
from typing import Any, Protocol

import numpy as np

from callguard.deliver.speech import Speaker, find_speaker
from callguard.errors import CallguardError
from callguard.events import Decision, Event
from callguard.guard import Guard
from callguard.media.resample import Resampler
from callguard.terms import Audience, DecisionKind, Role, Samples, is_named

log = logging.getLogger(__name__)

SOURCE = "prompt"
ENGLISH = "en"
"""What a call's prompts are in until it is known what is spoken."""


class PlaysToAgent(Protocol):
    """The way back into one call, as far as prompts need it."""

    @property
    def sides(self) -> Set[Role]:
        """Who can be reached, each without the other hearing it."""
        ...

    def play(self, side: Role, samples: Samples, *, source: str) -> None:
        """Let one side hear 16 kHz samples."""
        ...

    def clear(self, side: Role, *, source: str) -> None:
        """Forget what this source has queued."""
        ...


class SpokenPrompts:
    """Says each call's newest prompt; an older one that is still being said makes room for it.

    Nothing waits for it: a prompt that cannot be said is on the screen all the same.
    """

    def __init__(
        self,
        speaker: Speaker,
        voice_of: Callable[[str], PlaysToAgent | None],
        language_of: Callable[[str], str],
        clerk: Executor,
        start: Callable[[Coroutine[Any, Any, None]], asyncio.Task[None]],
    ) -> None:
        """`voice_of` gives None for a call that is over; `clerk` runs the speaker; `start` lets work run beside the guard."""
        self._speaker = speaker
        self._voice_of = voice_of
        self._language_of = language_of
        self._clerk = clerk
        self._start = start
        self._newest: dict[str, asyncio.Task[None]] = {}

    def see(self, event: Event) -> None:
        """Take an event; only prompts for the agent are said, and only certain or urgent ones."""
        if not isinstance(event, Decision) or event.audience is not Audience.AGENT or event.kind is not DecisionKind.PROMPT:
            return
        if event.is_provisional and not event.is_urgent:
            return  # it may be withdrawn before it is said
        voice = self._voice_of(event.call_id)
        if voice is None or Role.AGENT not in voice.sides:
            return
        if (before := self._newest.pop(event.call_id, None)) is not None:
            before.cancel()
        task = self._start(self._say(event, voice))
        self._newest[event.call_id] = task
        task.add_done_callback(lambda done: self._forget(event.call_id, done))

    async def said(self) -> None:
        """Return when nothing is being prepared any more."""
        await asyncio.gather(*self._newest.values(), return_exceptions=True)

    async def _say(self, prompt: Decision, voice: PlaysToAgent) -> None:
        known = self._language_of(prompt.call_id)
        language = known if is_named(known) else ENGLISH
        try:
            sound = await asyncio.get_running_loop().run_in_executor(self._clerk, self._make, prompt.text, language)
        except CallguardError as error:
            log.warning("a prompt was not spoken", extra={"call_id": prompt.call_id, "cause": str(error)})
            return
        voice.clear(Role.AGENT, source=SOURCE)
        voice.play(Role.AGENT, sound, source=SOURCE)

    def _make(self, text: str, language: str) -> Samples:
        return at_our_rate(*self._speaker.say(text, language))

    def _forget(self, call_id: str, done: asyncio.Task[None]) -> None:
        if self._newest.get(call_id) is done:
            del self._newest[call_id]


def at_our_rate(sound: Samples, rate_hz: int) -> Samples:
    """Return `sound` at the rate of calls. Raises AudioFormatError for a rate that no speaker has."""
    resampler = Resampler(rate_hz)
    return np.concatenate([resampler.push(sound), resampler.finish()])


def build_spoken(
    wanted: str, guard: Guard[Any], start: Callable[[Coroutine[Any, Any, None]], asyncio.Task[None]]
) -> SpokenPrompts | None:
    """Return what the setting `decide.spoken_prompts` asks for, None for «off». Raises ModelMissingError."""
    if wanted == "off":
        return None

    def voice_of(call_id: str) -> PlaysToAgent | None:
        return next((call.voice for call in guard.calls if call.started.call_id == call_id), None)

    def language_of(call_id: str) -> str:
        return guard.call(call_id).started.language

    clerk = ThreadPoolExecutor(1, thread_name_prefix="speaker")
    return SpokenPrompts(find_speaker(wanted), voice_of, language_of, clerk, start)
