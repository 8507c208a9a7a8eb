from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from callguard.terms import Role
from callguard.transcribe.scheduler import Drop, Job, Kind, Scheduler, SpeechKey
from callguard.transcribe.transcriber import Priority


def job(
    segment: int = 0,
    *,
    kind: Kind = Kind.FINAL,
    priority: Priority = Priority.CALLER,
    deadline_ns: int = 1_000,
    last_heard_ns: int = 0,
    frames: int = 500,
    group: int = 1,
    channel: Role = Role.CALLER,
) -> Job[str]:
    return Job(
        key=SpeechKey("c1", channel, segment),
        kind=kind,
        priority=priority,
        deadline_ns=deadline_ns,
        last_heard_ns=last_heard_ns,
        frames=frames,
        group=group,
        ticket=f"{segment}",
    )


def scheduler(*jobs: Job[str], capacity: int = 16, batch: int = 4, workers: int = 1, batch_frames: int = 0) -> Scheduler[str]:
    queue: Scheduler[str] = Scheduler(capacity=capacity, batch=batch, workers=workers, batch_frames=batch_frames)
    for one in jobs:
        assert queue.push(one, 0) == []
    return queue


def segments(jobs: list[Job[str]]) -> list[int]:
    return [one.key.segment for one in jobs]


def test_a_flagged_call_goes_before_the_caller_and_the_caller_before_the_agent() -> None:
    queue = scheduler(
        job(0, priority=Priority.AGENT), job(1, priority=Priority.CALLER), job(2, priority=Priority.FLAGGED_CALL), batch=1
    )
    order = [segments(queue.take(0, 1)[0])[0] for _ in range(3)]
    assert order == [2, 1, 0]


def test_between_equals_a_final_goes_before_an_early_start_and_that_before_a_partial() -> None:
    queue = scheduler(job(0, kind=Kind.PARTIAL), job(1, kind=Kind.EARLY), job(2), batch=1)
    order = [segments(queue.take(0, 1)[0])[0] for _ in range(3)]
    assert order == [2, 1, 0]


def test_between_equal_finals_the_earlier_deadline_goes_first() -> None:
    queue = scheduler(job(0, deadline_ns=900), job(1, deadline_ns=100), batch=1)
    assert segments(queue.take(0, 1)[0]) == [1]


def test_the_partial_of_the_channel_that_was_not_heard_for_longest_goes_first() -> None:
    queue = scheduler(
        job(0, kind=Kind.PARTIAL, last_heard_ns=300, deadline_ns=500),
        job(1, kind=Kind.PARTIAL, last_heard_ns=100, deadline_ns=900),
        batch=1,
    )
    assert segments(queue.take(0, 1)[0]) == [1]


def test_similar_lengths_are_decoded_together_and_others_wait() -> None:
    queue = scheduler(job(0, frames=500), job(1, frames=3000), job(2, frames=600))
    assert segments(queue.take(0, 1)[0]) == [0, 2]
    assert segments(queue.take(0, 1)[0]) == [1]


def test_jobs_of_different_groups_are_not_decoded_together() -> None:
    queue = scheduler(job(0, group=1), job(1, group=5))
    assert segments(queue.take(0, 1)[0]) == [0]


def test_a_partial_does_not_ride_along_with_a_final() -> None:
    queue = scheduler(job(0), job(1, kind=Kind.PARTIAL))
    assert segments(queue.take(0, 1)[0]) == [0]


def test_work_is_spread_over_free_workers_before_any_gets_several() -> None:
    queue = scheduler(*[job(number) for number in range(4)], workers=2)
    assert len(queue.take(0, 2)[0]) == 2
    assert len(queue.take(0, 1)[0]) == 2


def test_under_load_one_worker_takes_what_two_could() -> None:
    queue = scheduler(*[job(number) for number in range(3)], workers=2)
    assert segments(queue.take(0, 2, spread=False)[0]) == [0, 1, 2]


def test_a_window_twice_as_long_rides_along_and_a_longer_one_does_not() -> None:
    queue = scheduler(job(0, frames=300), job(1, frames=600), job(2, frames=610))
    assert segments(queue.take(0, 1)[0]) == [0, 1]


def test_long_windows_are_decoded_in_smaller_batches_unless_there_is_a_crowd() -> None:
    queue = scheduler(*[job(number, frames=600) for number in range(4)], batch=4, batch_frames=1600)
    assert segments(queue.take(0, 1)[0]) == [0, 1]
    crowd = scheduler(*[job(number, frames=600) for number in range(5)], batch=4, batch_frames=1600)
    assert segments(crowd.take(0, 1)[0]) == [0, 1, 2, 3]


def test_a_batch_is_not_larger_than_agreed() -> None:
    queue = scheduler(*[job(number) for number in range(6)], batch=4)
    assert len(queue.take(0, 1)[0]) == 4


def test_partials_leave_one_worker_free_for_a_final() -> None:
    partials = [job(number, kind=Kind.PARTIAL, last_heard_ns=1 + number) for number in range(2)]
    queue = scheduler(*partials, workers=2, batch=1)
    assert segments(queue.take(0, 2)[0]) == [0]
    assert queue.take(0, 1)[0] == []
    queue.push(job(2), 0)
    assert segments(queue.take(0, 1)[0]) == [2]


def test_the_first_partials_of_an_utterance_wait_for_no_worker_to_be_spared() -> None:
    queue = scheduler(job(0, kind=Kind.PARTIAL, last_heard_ns=5), job(1, kind=Kind.PARTIAL), workers=2, batch=1)
    assert segments(queue.take(0, 1)[0]) == [1]


def test_a_single_worker_takes_partials_too() -> None:
    queue = scheduler(job(0, kind=Kind.PARTIAL))
    assert segments(queue.take(0, 1)[0]) == [0]


@pytest.mark.parametrize("newer", [Kind.FINAL, Kind.EARLY, Kind.PARTIAL])
@pytest.mark.parametrize("older", [Kind.EARLY, Kind.PARTIAL])
def test_newer_speech_of_the_same_segment_overtakes_what_is_not_final(older: Kind, newer: Kind) -> None:
    waiting = job(0, kind=older)
    queue = scheduler(waiting)
    assert queue.push(job(0, kind=newer), 0) == [(waiting, Drop.OVERTAKEN)]
    assert len(queue) == 1


def test_a_final_is_never_overtaken() -> None:
    queue = scheduler(job(0), job(0, group=5))
    assert queue.push(job(0, kind=Kind.PARTIAL), 0) == []
    assert len(queue) == 3


def test_speech_of_another_channel_is_not_overtaken() -> None:
    queue = scheduler(job(0, kind=Kind.PARTIAL, channel=Role.AGENT))
    assert queue.push(job(0, kind=Kind.PARTIAL), 0) == []


def test_a_full_queue_gives_up_the_least_urgent_job() -> None:
    agent = job(0, priority=Priority.AGENT)
    queue = scheduler(agent, job(1), capacity=2)
    assert queue.push(job(2), 0) == [(agent, Drop.FULL)]


@pytest.mark.parametrize("kind", [Kind.EARLY, Kind.PARTIAL])
def test_a_full_queue_gives_up_no_final_for_what_is_not_one(kind: Kind) -> None:
    queue = scheduler(job(0, priority=Priority.AGENT), job(1), capacity=2)
    early = job(2, kind=kind, priority=Priority.FLAGGED_CALL)
    assert queue.push(early, 0) == [(early, Drop.FULL)]


def test_a_full_queue_gives_up_the_new_job_if_that_is_the_least_urgent() -> None:
    queue = scheduler(job(0), job(1), capacity=2)
    late = job(2, priority=Priority.AGENT)
    assert queue.push(late, 0) == [(late, Drop.FULL)]


def test_what_has_passed_its_deadline_is_not_begun() -> None:
    late = job(0, deadline_ns=10)
    queue = scheduler(late, job(1, deadline_ns=100))
    batch, dropped = queue.take(50, 1)
    assert segments(batch) == [1]
    assert dropped == [(late, Drop.EXPIRED)]


def test_room_is_made_from_what_is_late_before_anything_else_goes() -> None:
    late = job(0, deadline_ns=10, priority=Priority.FLAGGED_CALL)
    queue = scheduler(late, job(1, priority=Priority.AGENT), capacity=2)
    assert queue.push(job(2), 50) == [(late, Drop.EXPIRED)]


def test_a_discarded_job_is_gone_and_may_be_discarded_again() -> None:
    one = job(0)
    queue = scheduler(one)
    queue.discard(one)
    queue.discard(one)
    assert len(queue) == 0


def test_clearing_returns_what_waited() -> None:
    queue = scheduler(job(0), job(1))
    assert segments(queue.clear()) == [0, 1]
    assert len(queue) == 0


jobs = st.builds(
    job,
    st.integers(0, 5),
    kind=st.sampled_from(Kind),
    priority=st.sampled_from(Priority),
    deadline_ns=st.integers(0, 20),
    frames=st.sampled_from([300, 350, 600, 3000]),
    group=st.sampled_from([1, 5]),
    channel=st.sampled_from([Role.CALLER, Role.AGENT]),
)


@given(st.lists(st.one_of(jobs, st.none()), max_size=40), st.integers(1, 4))
def test_every_job_leaves_exactly_once_and_the_queue_stays_bounded(steps: list[Job[str] | None], workers: int) -> None:
    queue = scheduler(capacity=5, workers=workers)
    pushed: list[Job[str]] = []
    left: list[Job[str]] = []
    for now_ns, step in enumerate(steps):
        if step is None:
            batch, dropped = queue.take(now_ns, workers)
            left += batch
            assert len(batch) <= 4
            assert all(one.deadline_ns >= now_ns for one in batch)
        else:
            one = replace(step, deadline_ns=step.deadline_ns + now_ns)
            pushed.append(one)
            dropped = queue.push(one, now_ns)
        left += [one for one, _ in dropped]
        assert len(queue) <= 5
    left += queue.clear()
    assert sorted(map(id, left)) == sorted(map(id, pushed))
