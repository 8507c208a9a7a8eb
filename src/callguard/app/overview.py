"""Joins what the admins' pages read to the parts of a server, and lets it see what they see."""

from collections.abc import Sequence

from callguard.app.call_watch import CallWatch
from callguard.app.choices import Choices
from callguard.app.engine_watch import EngineWatch
from callguard.app.model_room import ModelRoom
from callguard.app.operations import Operations
from callguard.app.parts import Parts
from callguard.app.policy_versions import PolicyVersions
from callguard.clock import Clock
from callguard.deliver.budget import RecentSteps
from callguard.events import CallStarted, Event
from callguard.guard import Guard
from callguard.load import LoadControl
from callguard.media.listening import Listening
from callguard.record.store import SqlStore
from callguard.taps.tap import Tap


class Overview:
    """Is there before the guard is, and sees from the first event on."""

    def __init__(self, parts: Parts, clock: Clock) -> None:
        assert parts.transcriber is not None, "a server has an engine"
        self.steps = RecentSteps(clock)
        """Where the metrics put what steps took."""
        self._parts = parts
        self._transcriber = parts.transcriber
        self._clock = clock
        self._calls = CallWatch(clock)
        self._engines = EngineWatch(parts.transcriber, clock)

    def see(self, event: Event) -> None:
        """Take an event as it is published."""
        self._calls.see(event)

    def refuse(self, started: CallStarted, because: str) -> None:
        """Take a call that was turned away."""
        self._calls.refuse(started, because)

    def is_engine_failing(self) -> bool:
        """Say whether the engine fails whatever it is asked."""
        return self._engines.is_failing()

    def look(self) -> None:
        """Take the engine's figures if it is time; called at every tick of the load."""
        self._engines.look()

    def operations(
        self, store: SqlStore, guard: Guard[Listening], load: LoadControl, choices: Choices, taps: Sequence[Tap]
    ) -> Operations:
        """Return what the admins' pages read."""
        return Operations(
            self._parts,
            store,
            guard,
            load,
            self._clock,
            taps=taps,
            engines=self._engines,
            calls=self._calls,
            steps=self.steps,
            models=ModelRoom(self._parts.settings.transcribe, self._transcriber, store.tasks, self._clock),
            policies=PolicyVersions(store, choices, self._clock),
        )
