"""Figures for Prometheus: the shares of the latency budget, queues, calls, losses, warnings."""

from collections.abc import Callable

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest
from prometheus_client.exposition import CONTENT_TYPE_LATEST

from callguard.deliver.budget import RecentSteps
from callguard.events import CallEnded, CallStarted, Decision, Event, Gap, GuardChanged
from callguard.human_acts import Shown
from callguard.speech import Transcript, TranscriptLost
from callguard.terms import RATE_HZ, StepTimes

__all__ = ["CONTENT_TYPE_LATEST", "CollectorRegistry", "Metrics", "generate_latest", "steps_of"]

BUCKETS = (0.005, 0.01, 0.02, 0.03, 0.04, 0.06, 0.09, 0.13, 0.2, 0.25, 0.3, 0.4, 0.5, 0.65, 0.8, 1.0, 1.2, 1.5, 2, 3, 5, 10)
"""Seconds; every limit of the budget is an edge, so that «share within budget» is exact."""


STEPS = ("hangover", "tap", "queue", "decode", "score", "deliver", "total")


def steps_of(times: StepTimes, drawn_ns: int = 0) -> dict[str, float]:
    """Return seconds per step of the budget, for the steps that were reached.

    An engine may start before the hangover has passed: then its queue took no time.
    """
    decided_ns = times.decided_ns or times.scored_ns
    marks = {
        "hangover": (times.speech_end_ns, times.received_ns),
        "tap": (times.received_ns, times.segmented_ns),
        "queue": (times.segmented_ns, times.started_ns),
        "decode": (times.started_ns, times.decoded_ns),
        "score": (times.decoded_ns, decided_ns),
        "deliver": (decided_ns, drawn_ns),
        "total": (times.speech_end_ns, drawn_ns),
    }
    return {step: max(0, end - begin) / 1e9 for step, (begin, end) in marks.items() if begin and end}


class Metrics:
    """All figures of one server, in a registry of its own."""

    def __init__(self, registry: CollectorRegistry, recent: RecentSteps | None = None) -> None:
        """`recent` is given what steps took too, for whoever looks at the last minutes."""
        self._recent = recent
        self._steps = Histogram(
            "callguard_step_seconds", "Share of a step in the latency budget.", ["step"], buckets=BUCKETS, registry=registry
        )
        for step in STEPS:  # there from the first scrape on, so that a dashboard tells «none yet» from «no such figure»
            self._steps.labels(step)
        self._queues = Gauge("callguard_queue_length", "What waits in a queue.", ["queue"], registry=registry)
        self._running = Gauge("callguard_calls_running", "Calls that are being guarded.", registry=registry)
        self._started = Counter("callguard_calls_started", "Calls by tap.", ["tap"], registry=registry)
        self._ended = Counter("callguard_calls_ended", "Calls by how they ended.", ["reason"], registry=registry)
        self._gaps = Counter("callguard_audio_lost_seconds", "Audio that did not come.", ["because"], registry=registry)
        self._unwritten = Counter("callguard_speech_lost", "Speech that was not written down.", ["because"], registry=registry)
        self._warnings = Counter(
            "callguard_warnings", "What was put in front of people.", ["audience", "kind", "severity"], registry=registry
        )
        self._guards = Counter("callguard_guard_changes", "How calls came to be guarded.", ["guard"], registry=registry)
        self._refused = Counter("callguard_calls_refused", "Calls that were turned away, by tap.", ["tap"], registry=registry)
        self._load_step = Gauge(
            "callguard_load_step", "What is given up: 0 nothing, 1 agent partials, … 6 not guarded.", registry=registry
        )
        self._load_steps = Counter(
            "callguard_load_steps", "How often a step of the load was entered.", ["step"], registry=registry
        )
        self._outbox = Gauge("callguard_outbox_waiting", "Sendings that wait for their receivers.", registry=registry)
        self._outbox_age = Gauge("callguard_outbox_oldest_seconds", "Age of the oldest sending that waits.", registry=registry)
        self._sendings = Counter(
            "callguard_sendings", "Attempts to send outside the consoles.", ["channel", "route", "outcome"], registry=registry
        )
        self._lost = Gauge("callguard_lost", "What was lost since the start.", ["what"], registry=registry)

    def see(self, event: Event) -> None:
        """Count an event as it is published."""
        match event:
            case CallStarted():
                self._running.inc()
                self._started.labels(event.tap).inc()
            case CallEnded():
                self._running.dec()
                self._ended.labels(event.reason).inc()
            case Gap():
                self._gaps.labels(event.because).inc((event.end_sample - event.start_sample) / RATE_HZ)
            case TranscriptLost():
                self._unwritten.labels(event.because).inc()
            case Transcript() if event.is_final:
                self._observe(steps_of(event.times), ("hangover", "tap", "queue", "decode"))
            case Decision():
                self._warnings.labels(event.audience, event.kind, str(event.severity)).inc()
            case Shown():
                self._observe(steps_of(event.times, event.drawn_ns), ("score", "deliver", "total"))
            case GuardChanged():
                self._guards.labels(event.guard).inc()

    def refuse(self, tap: str) -> None:
        """Count a call that was turned away."""
        self._refused.labels(tap).inc()

    def stand_on(self, step: int, label: str) -> None:
        """Note that the load has taken another step."""
        self._load_step.set(step)
        self._load_steps.labels(label).inc()

    def observe(self, times: StepTimes, drawn_ns: int) -> None:
        """Count every step of one warning's way."""
        steps = steps_of(times, drawn_ns)
        self._observe(steps, tuple(steps))

    def sent(self, channel: str, route: str, outcome: str) -> None:
        """Count an attempt to send something outside the consoles: «delivered», «retried» or «failed»."""
        self._sendings.labels(channel, route, outcome).inc()

    def watch_outbox(self, waiting: Callable[[], float], oldest_s: Callable[[], float]) -> None:
        """Ask how the outbox stands whenever figures are read."""
        self._outbox.set_function(waiting)
        self._outbox_age.set_function(oldest_s)

    def watch_queue(self, name: str, length: Callable[[], float]) -> None:
        """Ask `length` whenever figures are read."""
        self._queues.labels(name).set_function(length)

    def watch_loss(self, what: str, count: Callable[[], float]) -> None:
        """Ask `count`, which only grows, whenever figures are read."""
        self._lost.labels(what).set_function(count)

    def _observe(self, steps: dict[str, float], names: tuple[str, ...]) -> None:
        for name in names:
            if name in steps:
                self._steps.labels(name).observe(steps[name])
                if self._recent is not None:
                    self._recent.add(name, steps[name])
