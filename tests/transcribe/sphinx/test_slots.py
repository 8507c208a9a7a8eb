from hypothesis import given
from hypothesis import strategies as st

from callguard.terms import Role
from callguard.transcribe.scheduler import SpeechKey
from callguard.transcribe.sphinx.slots import Refusal, Slots, Wait
from callguard.transcribe.transcriber import Priority


def key(number: int, channel: Role = Role.CALLER) -> SpeechKey:
    return SpeechKey("c1", channel, number)


def wait(number: int, *, priority: Priority = Priority.CALLER, deadline_ns: int = 1_000) -> Wait:
    return Wait(key(number), priority, deadline_ns)


def test_running_speech_keeps_its_decoder_until_it_is_finished() -> None:
    slots = Slots(2, capacity=4)
    slot, _ = slots.claim_running(key(0), Priority.CALLER)
    assert slot is not None
    assert slots.claim_finished(wait(0)) == (slot, [])


def test_one_decoder_is_kept_for_finished_speech() -> None:
    slots = Slots(2, capacity=4)
    slots.claim_running(key(0), Priority.CALLER)
    assert slots.claim_running(key(1), Priority.CALLER) == (None, None)
    assert slots.claim_finished(wait(1))[0] is not None


def test_a_single_decoder_is_not_kept_back() -> None:
    assert Slots(1, capacity=4).claim_running(key(0), Priority.CALLER)[0] == 0


def test_a_caller_takes_the_decoder_of_a_speaking_agent() -> None:
    slots = Slots(2, capacity=4)
    agent = key(0, Role.AGENT)
    taken, _ = slots.claim_running(agent, Priority.AGENT)
    assert slots.claim_running(key(1), Priority.CALLER) == (taken, agent)
    assert slots.slot_of(agent) is None


def test_nobody_takes_the_decoder_of_speech_that_is_being_finished() -> None:
    slots = Slots(2, capacity=4)
    slots.claim_running(key(0, Role.AGENT), Priority.AGENT)
    slots.claim_finished(Wait(key(0, Role.AGENT), Priority.AGENT, 1_000))
    assert slots.claim_running(key(1), Priority.CALLER) == (None, None)


def test_equals_do_not_take_from_each_other() -> None:
    slots = Slots(2, capacity=4)
    slots.claim_running(key(0), Priority.CALLER)
    assert slots.claim_running(key(1), Priority.CALLER) == (None, None)


def test_a_free_decoder_goes_to_the_most_urgent_that_waits() -> None:
    slots = Slots(1, capacity=4)
    slots.claim_running(key(0), Priority.CALLER)
    slots.claim_finished(wait(0))
    slots.claim_finished(wait(1, priority=Priority.AGENT))
    slots.claim_finished(wait(2, priority=Priority.FLAGGED_CALL))
    slots.forget(key(0))
    assert slots.serve(0) == ([(wait(2, priority=Priority.FLAGGED_CALL), 0)], [])


def test_running_speech_gets_no_decoder_while_finished_speech_waits() -> None:
    slots = Slots(1, capacity=4)
    slots.claim_running(key(0), Priority.CALLER)
    slots.claim_finished(wait(1))
    slots.release(key(0))
    assert slots.claim_running(key(2), Priority.FLAGGED_CALL) == (None, None)


def test_a_full_queue_refuses_the_least_urgent() -> None:
    slots = Slots(1, capacity=1)
    slots.claim_running(key(0), Priority.CALLER)
    slots.claim_finished(wait(1, priority=Priority.AGENT))
    assert slots.claim_finished(wait(2)) == (None, [(wait(1, priority=Priority.AGENT), Refusal.FULL)])


def test_what_waits_past_its_deadline_is_refused() -> None:
    slots = Slots(1, capacity=4)
    slots.claim_running(key(0), Priority.CALLER)
    slots.claim_finished(wait(1, deadline_ns=10))
    slots.release(key(0))
    assert slots.serve(11) == ([], [(wait(1, deadline_ns=10), Refusal.EXPIRED)])


keys = st.builds(key, st.integers(0, 5), st.sampled_from([Role.CALLER, Role.AGENT]))
acts = st.tuples(st.sampled_from(["run", "finish", "forget", "serve"]), keys, st.sampled_from(Priority))


@given(st.lists(acts, max_size=50), st.integers(1, 3))
def test_no_decoder_is_ever_given_to_two_or_lost(steps: list[tuple[str, SpeechKey, Priority]], count: int) -> None:
    slots = Slots(count, capacity=2)
    for now_ns, (act, speech, priority) in enumerate(steps):
        if act == "run" and slots.slot_of(speech) is None:
            slots.claim_running(speech, priority)
        elif act == "finish":
            slots.claim_finished(Wait(speech, priority, now_ns + 5))
        elif act == "forget":
            slots.forget(speech)
        slots.serve(now_ns)
        held = [slot for slot, _ in slots._bound.values()]
        assert sorted(held + slots._free) == list(range(count))
        assert slots.waiting <= 2
