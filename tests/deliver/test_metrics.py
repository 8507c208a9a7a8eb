from dataclasses import replace

import pytest
from prometheus_client import CollectorRegistry

from callguard.deliver.metrics import BUCKETS, STEPS, Metrics, steps_of
from callguard.events import CallEnded, Event, Gap, GuardChanged
from callguard.human_acts import Shown
from callguard.speech import TranscriptLost
from callguard.terms import EndReason, GuardLevel, Role, StepTimes
from tests.fakes import alert, call_started, transcript
from tests.record.journals import BEGAN

MS = 1_000_000
TIMES = StepTimes(
    speech_end_ns=1 * MS,
    received_ns=401 * MS,
    segmented_ns=411 * MS,
    started_ns=431 * MS,
    decoded_ns=631 * MS,
    scored_ns=641 * MS,
    decided_ns=642 * MS,
    stored_ns=650 * MS,
    sent_ns=651 * MS,
)


def test_the_way_of_a_warning_is_cut_into_the_budgets_shares() -> None:
    assert steps_of(TIMES, 701 * MS) == pytest.approx(
        {"hangover": 0.4, "tap": 0.01, "queue": 0.02, "decode": 0.2, "score": 0.011, "deliver": 0.059, "total": 0.7}
    )


def test_steps_that_were_not_reached_are_left_out() -> None:
    assert steps_of(StepTimes()) == {}
    assert set(steps_of(TIMES)) == {"hangover", "tap", "queue", "decode", "score"}


def test_an_engine_that_started_before_the_hangover_had_passed_waited_for_nothing() -> None:
    assert steps_of(replace(TIMES, started_ns=300 * MS))["queue"] == 0


def test_every_limit_of_the_budget_is_an_edge() -> None:
    assert {0.03, 0.04, 0.13, 0.25, 0.4, 1.0} <= set(BUCKETS)


def test_events_are_counted_as_they_pass() -> None:
    registry = CollectorRegistry()
    metrics = Metrics(registry)
    gap = Gap(call_id="c1", channel=Role.CALLER, start_sample=0, end_sample=8000, because="lost")
    unwritten = TranscriptLost(call_id="c1", channel=Role.CALLER, segment=1, start_sample=0, end_sample=1, because="overload")
    shown = Shown(call_id="c1", decision_id="c1:1", at_sample=0, by="ana", drawn_ns=701 * MS, times=TIMES)
    guard = GuardChanged(call_id="c1", at_sample=0, guard=GuardLevel.DEGRADED, because="")
    ended = CallEnded(call_id="c2", ended_at=BEGAN, at_sample=0, reason=EndReason.BROKEN, detail="")
    heard = replace(transcript("hello"), times=TIMES)
    events: list[Event] = [
        call_started("c1"), call_started("c2"), gap, unwritten, heard, replace(heard, is_final=False),
        alert("c1:1"), shown, guard, ended,
    ]  # fmt: skip
    for event in events:
        metrics.see(event)

    def value(name: str, **labels: str) -> float | None:
        return registry.get_sample_value(name, labels)

    assert value("callguard_calls_running") == 1
    assert value("callguard_calls_started_total", tap="fake") == 2
    assert value("callguard_calls_ended_total", reason="broken") == 1
    assert value("callguard_audio_lost_seconds_total", because="lost") == 0.5
    assert value("callguard_speech_lost_total", because="overload") == 1
    assert value("callguard_warnings_total", audience="senior", kind="alert", severity="2") == 1
    assert value("callguard_guard_changes_total", guard="degraded") == 1
    assert value("callguard_step_seconds_count", step="decode") == 1
    assert value("callguard_step_seconds_sum", step="total") == pytest.approx(0.7)


def test_queues_and_losses_are_asked_when_read() -> None:
    registry = CollectorRegistry()
    metrics = Metrics(registry)
    waiting = [1, 2, 3]
    metrics.watch_queue("store", lambda: len(waiting))
    metrics.watch_loss("events", lambda: 7)
    waiting.append(4)
    assert registry.get_sample_value("callguard_queue_length", {"queue": "store"}) == 4
    assert registry.get_sample_value("callguard_lost", {"what": "events"}) == 7


def test_one_warning_can_be_counted_whole() -> None:
    registry = CollectorRegistry()
    Metrics(registry).observe(TIMES, 701 * MS)
    assert registry.get_sample_value("callguard_step_seconds_count", {"step": "hangover"}) == 1
    assert registry.get_sample_value("callguard_step_seconds_count", {"step": "total"}) == 1


def test_every_step_is_there_before_the_first_call() -> None:
    registry = CollectorRegistry()
    Metrics(registry)
    steps = {step: registry.get_sample_value("callguard_step_seconds_count", {"step": step}) for step in STEPS}
    assert set(steps.values()) == {0.0}


def test_the_step_of_the_load_and_refused_calls_are_figures() -> None:
    registry = CollectorRegistry()
    metrics = Metrics(registry)
    metrics.stand_on(3, "no_agent")
    metrics.stand_on(1, "no_agent_partials")
    metrics.refuse("twilio")
    assert registry.get_sample_value("callguard_load_step") == 1
    assert registry.get_sample_value("callguard_load_steps_total", {"step": "no_agent"}) == 1
    assert registry.get_sample_value("callguard_calls_refused_total", {"tap": "twilio"}) == 1
