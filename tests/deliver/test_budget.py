from prometheus_client import CollectorRegistry

from callguard.deliver.budget import BUDGET_MS, MINUTES, MOST, RecentSteps
from callguard.deliver.metrics import STEPS, Metrics
from callguard.operations import StepShare
from callguard.terms import StepTimes
from tests.clocks import HandClock


def share(recent: RecentSteps, step: str) -> StepShare:
    return next(one for one in recent.budget().steps if one.step == step)


def test_every_step_that_is_measured_has_a_limit() -> None:
    assert set(STEPS) == set(BUDGET_MS)
    assert sum(ms for step, ms in BUDGET_MS.items() if step != "total") == BUDGET_MS["total"]


def test_a_step_is_told_with_its_middle_its_95th_percentile_and_how_far_over_its_limit_it_is() -> None:
    recent = RecentSteps(HandClock())
    for ms in range(1, 101):
        recent.add("decode", ms * 3 / 1000)
    expected = StepShare(step="decode", limit_ms=250, count=100, p50_ms=150.0, p95_ms=285.0, over_ms=35.0)
    assert share(recent, "decode") == expected


def test_a_step_that_was_not_measured_is_neither_over_nor_under() -> None:
    assert share(RecentSteps(HandClock()), "tap") == StepShare(
        step="tap", limit_ms=40, count=0, p50_ms=None, p95_ms=None, over_ms=None
    )


async def test_what_is_older_than_the_last_minutes_does_not_count() -> None:
    clock = HandClock()
    recent = RecentSteps(clock)
    recent.add("score", 9.0)
    await clock.advance(MINUTES * 60 + 1)
    recent.add("score", 0.01)
    assert (share(recent, "score").count, share(recent, "score").p95_ms) == (1, 10.0)


def test_only_the_newest_measures_are_kept() -> None:
    recent = RecentSteps(HandClock())
    for _ in range(MOST + 5):
        recent.add("tap", 0.001)
    assert share(recent, "tap").count == MOST


def test_the_metrics_pass_on_what_steps_took() -> None:
    recent = RecentSteps(HandClock())
    times = StepTimes(speech_end_ns=0, received_ns=400_000_000, segmented_ns=410_000_000)
    Metrics(CollectorRegistry(), recent).observe(times, 0)
    assert share(recent, "tap").p50_ms == 10.0
