"""What is known of taps and running calls beside what the store keeps: last audio, last trouble, how well each call is heard."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from callguard.call import LiveCall
from callguard.clock import Clock
from callguard.events import CallEnded, CallStarted, Event, Gap, GuardChanged
from callguard.media.listening import Listening
from callguard.operations import CallStanding
from callguard.terms import RATE_HZ, EndReason, GuardLevel


@dataclass(slots=True)
class TapFigures:
    """What came through one tap since the start."""

    started: int = 0
    refused: int = 0
    lost_samples: int = 0
    last_audio_at: datetime | None = None
    """Of calls that have ended."""
    trouble: str = ""
    trouble_at: datetime | None = None


@dataclass(slots=True)
class _Call:
    started: CallStarted
    guard: GuardLevel = GuardLevel.GUARDED
    because: str = ""


class CallWatch:
    """Follows the events of all calls."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._taps: dict[str, TapFigures] = {}
        self._calls: dict[str, _Call] = {}

    def tap(self, name: str) -> TapFigures:
        """Return what came through a tap."""
        return self._taps.setdefault(name, TapFigures())

    def see(self, event: Event) -> None:
        """Take an event as it is published."""
        if isinstance(event, CallStarted):
            self._calls[event.call_id] = _Call(event)
            self.tap(event.tap).started += 1
            return
        call = self._calls.get(event.call_id)
        if call is None:  # of an earlier run
            return
        if isinstance(event, GuardChanged):
            call.guard, call.because = event.guard, event.because
        elif isinstance(event, Gap):
            self.tap(call.started.tap).lost_samples += event.end_sample - event.start_sample
        elif isinstance(event, CallEnded):
            del self._calls[event.call_id]
            figures = self.tap(call.started.tap)
            figures.last_audio_at = event.ended_at
            if event.reason is not EndReason.CLOSED:
                figures.trouble, figures.trouble_at = event.detail or f"a call ended as {event.reason}", event.ended_at

    def refuse(self, started: CallStarted, because: str) -> None:
        """Take a call that was turned away."""
        figures = self.tap(started.tap)
        figures.refused += 1
        figures.trouble, figures.trouble_at = f"a call was refused: {because}", self._clock.utc_now()

    def standing(self, call: LiveCall[Listening]) -> CallStanding:
        """Return how well a running call is listened to."""
        known = self._calls.get(call.started.call_id) or _Call(call.started)
        return CallStanding(
            call_id=call.started.call_id,
            tap=call.started.tap,
            line=call.started.line,
            started_at=call.started.started_at,
            guard=known.guard.value,
            because=known.because,
            late_s=round(call.late_s(self._clock.monotonic_ns()), 2),
        )

    def when(self, monotonic_ns: int) -> datetime:
        """Return the time of day of a monotonic one."""
        return self._clock.utc_now() - timedelta(seconds=(self._clock.monotonic_ns() - monotonic_ns) / 1e9)


def lost_s(figures: TapFigures) -> float:
    """Return how much audio never came, in seconds."""
    return round(figures.lost_samples / RATE_HZ, 1)
