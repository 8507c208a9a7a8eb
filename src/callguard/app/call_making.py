"""Makes the live calls of a server: those that begin now, and those of the run before that are taken up."""

from collections.abc import Callable, Coroutine
from functools import partial
from typing import Any

from callguard.announced import Announcements
from callguard.app.aftercare import Aftercare
from callguard.app.joins import heard_by_seniors
from callguard.app.parts import Parts
from callguard.call import LiveCall
from callguard.call_path import CallPath, Emit
from callguard.decide.policy import Policy
from callguard.events import CallStarted
from callguard.guard import Guard
from callguard.join.rooms import Rooms
from callguard.load import LoadControl
from callguard.media.listening import Listening
from callguard.publisher import Publisher
from callguard.record.audio import AudioRecorder
from callguard.terms import GuardLevel, Role, Samples, is_named
from callguard.transcribe.transcriber import Transcriber

BeginSoon = Callable[[Coroutine[Any, Any, Any]], None]
"""Carries something out beside what runs now."""


class CallMaker:
    """Joins a call to what hears, keeps and decides; `forget` lets go of it where it left something."""

    def __init__(
        self,
        parts: Parts,
        transcriber: Transcriber,
        publisher: Publisher,
        aftercare: Aftercare,
        *,
        rooms: Rooms,
        recorder: AudioRecorder | None,
        load: LoadControl,
        begin_soon: BeginSoon,
        announced: Announcements,
    ) -> None:
        self._parts = parts
        self._transcriber = transcriber
        self._publisher = publisher
        self._aftercare = aftercare
        self._rooms = rooms
        self._recorder = recorder
        self._load = load
        self._begin_soon = begin_soon
        self._announced = announced
        self._policies: dict[str, Policy] = {}

    def policy_of(self, call_id: str) -> Policy:
        """Return the policy that a call began with; for any other that of new calls."""
        return self._policies.get(call_id, self._parts.policy)

    def make(self, brought: CallStarted, before: LiveCall[Listening] | None = None) -> LiveCall[Listening]:
        """Return a call that begins, or that goes on after `before`; behind this nothing sees the caller's number."""
        brought = self._announced.complete(brought)
        started = self._aftercare.sealed(brought)
        if before is not None:
            started = before.goes_on_as(started)
        if before is None:
            self._policies[started.call_id] = self._parts.policy
        path = self._parts.path(started, self._publisher.publish) if before is None else before.path

        def keep(role: Role, start_sample: int, samples: Samples) -> None:
            if self._recorder is not None:
                self._recorder.write(started.call_id, role, call.from_sample + start_sample, samples)

        call = LiveCall(
            started,
            path,
            self._parts.listening(started, heard_by_seniors(self._rooms, started.call_id, keep)),
            emit=self._publisher.publish,
            clock=self._parts.clock,
            guard=lambda: self._normal_guard(path.language),
            silent_after_s=self._parts.settings.taps.silent_after_s,
            load=self._load,
            shows_prompts=self._parts.shows_prompts(started.agent),
            before=before,
        )
        if self._recorder is not None:
            self._recorder.start(started.call_id, started.channels, from_sample=call.from_sample)
        if before is None or (started.caller, started.agent) != (before.started.caller, before.started.agent):
            self._begin_soon(self._aftercare.arrived(started, brought.caller, at_sample=call.from_sample))
        return call

    def make_ended(self, started: CallStarted, emit: Emit, policy: Policy | None) -> tuple[LiveCall[Listening], CallPath]:
        """Return a call of the run before, under a policy or that of new calls: it decides and hears nothing."""
        self._policies[started.call_id] = policy or self._parts.policy
        path = self._parts.path(started, emit, policy=policy)
        call = LiveCall(
            started,
            path,
            self._parts.listening(started),
            emit=emit,
            clock=self._parts.clock,
            guard=partial(self._normal_guard, started.language),
            silent_after_s=self._parts.settings.taps.silent_after_s,
        )
        return call, path

    def forget(self, call_id: str) -> None:
        """Let go of a call that is over."""
        self._transcriber.end_call(call_id)
        if self._parts.spotter is not None:
            self._parts.spotter.end_call(call_id)
        if self._recorder is not None:
            self._begin_soon(self._recorder.end(call_id))

    def let_go(self, call_id: str) -> None:
        """Let go of a call whose alerts can no longer be answered."""
        self._policies.pop(call_id, None)
        self._publisher.forget(call_id)

    def _normal_guard(self, language: str) -> tuple[GuardLevel, str]:
        if not self._transcriber.knows(language):
            return GuardLevel.NOT_GUARDED, "The speech engine does not know this language: nothing is written down."
        # While a call's language is not known, each utterance is scored in the one that the engine hears.
        if is_named(language) and not self._parts.scorer.understands(language):
            return GuardLevel.DEGRADED, "Only keywords are scored in this language: no model for it."
        info = self._transcriber.info
        return (GuardLevel.FALLBACK, info.detail) if info.is_fallback else (GuardLevel.GUARDED, "")


def adopt(publisher: Publisher, guard: Guard[Listening], call: LiveCall[Listening], agent: str) -> None:
    """Let a call that was taken up be answered and seen under its agent, as if it had ended in this run."""
    publisher.adopt(call.started.call_id, agent)
    guard.remember(call)
