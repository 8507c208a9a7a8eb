from collections.abc import Iterable
from itertools import pairwise

import pytest

from callguard.load import (
    BECAUSE,
    CALM_TICKS,
    CLIMBS,
    FORGIVEN_TICKS,
    PARTIALS,
    RELAPSE_TICKS,
    LoadControl,
    LoadLadder,
    Step,
    Treatment,
    hears_pauses,
    hears_running,
    treatment,
)
from callguard.terms import Role
from tests.fakes import speech_snapshot

EVERY_STEP = tuple(Step)[1:]


class Engine:
    """Two workers that spend half a second on each piece of speech."""

    workers = 2
    worker_s_a_final = 0.5
    worker_s_a_second = 0.0


class Costs(Engine):
    """What writing a second of speech down and spotting in it cost now."""

    def __init__(self, worker_s_a_second: float, spotter_s_a_second: float = 0.05) -> None:
        self.worker_s_a_second = worker_s_a_second
        self.spotter_s_a_second = spotter_s_a_second

    def load(self) -> LoadControl:
        return LoadControl(EVERY_STEP, engine=lambda: self, spotter_s_a_second=lambda: self.spotter_s_a_second)


def push(ladder: LoadLadder, late_s: float, ticks: int, missed: int = 0) -> list[Step]:
    return [ladder.push(late_s, missed) for _ in range(ticks)]


def distinct(steps: Iterable[Step]) -> list[Step]:
    return sorted(set(steps))


def test_the_steps_come_in_the_order_of_the_design_and_none_is_passed_over() -> None:
    ladder = LoadLadder(EVERY_STEP)
    steps = [Step.ALL, *push(ladder, 20.0, 200)]
    assert distinct(steps) == list(Step)
    assert {after - before for before, after in pairwise(steps)} == {0, 1}


def test_a_step_that_the_installation_does_not_have_is_passed_over() -> None:
    ladder = LoadLadder([Step.NO_AGENT, Step.NOT_GUARDED])
    assert distinct(push(ladder, 20.0, 100)) == [Step.ALL, Step.NO_AGENT, Step.NOT_GUARDED]


def test_a_short_burst_changes_nothing() -> None:
    ladder = LoadLadder(EVERY_STEP)
    needed = CLIMBS[Step.NO_AGENT_PARTIALS].ticks
    assert distinct(push(ladder, 0.9, needed - 1) + push(ladder, 0.1, 1) + push(ladder, 0.9, needed - 1)) == [Step.ALL]


def test_words_that_are_a_little_late_cost_partials_and_never_words() -> None:
    ladder = LoadLadder(EVERY_STEP)
    assert push(ladder, 0.9, 1000)[-1] is Step.NO_CALLER_PARTIALS


def test_lost_speech_takes_the_next_step_at_once_but_waits_for_it_to_help() -> None:
    ladder = LoadLadder(EVERY_STEP)
    assert ladder.push(0.0, 1) is Step.NO_AGENT_PARTIALS
    assert ladder.push(0.0, 1) is Step.NO_AGENT_PARTIALS


def test_calm_brings_back_one_step_at_a_time() -> None:
    ladder = LoadLadder(EVERY_STEP)
    push(ladder, 0.9, 20)
    assert push(ladder, 0.0, CALM_TICKS)[-2:] == [Step.NO_CALLER_PARTIALS, Step.NO_AGENT_PARTIALS]
    assert push(ladder, 0.0, CALM_TICKS)[-1] is Step.ALL


def test_between_calm_and_late_nothing_moves() -> None:
    ladder = LoadLadder(EVERY_STEP)
    push(ladder, 0.9, 20)
    assert distinct(push(ladder, 0.4, 2000)) == [Step.NO_CALLER_PARTIALS]


def test_a_load_that_returns_with_what_was_given_up_is_tried_ever_more_rarely() -> None:
    """The engine keeps up without partials and does not with them: an hour of that must not flap."""
    ladder = LoadLadder(EVERY_STEP)
    changes = 0
    for _ in range(4 * 3600):
        before = ladder.step
        ladder.push(0.9 if before is Step.ALL else 0.0, 0)
        changes += ladder.step is not before
    assert changes < 60  # 650 with a fixed calm of 10 s


def test_old_relapses_are_forgiven() -> None:
    ladder = LoadLadder(EVERY_STEP)
    push(ladder, 0.9, 20)
    push(ladder, 0.0, 2 * CALM_TICKS)
    push(ladder, 0.9, 8)
    assert RELAPSE_TICKS < FORGIVEN_TICKS
    push(ladder, 0.0, FORGIVEN_TICKS + 2 * CALM_TICKS)
    push(ladder, 0.9, 4)
    assert push(ladder, 0.0, CALM_TICKS)[-1] is Step.ALL


@pytest.mark.parametrize("step", list(Step))
def test_no_step_takes_from_the_caller_what_it_leaves_the_agent(step: Step) -> None:
    for hears in (hears_running, hears_pauses):
        assert hears(step, Role.CALLER) or not hears(step, Role.AGENT)
        assert hears(step, Role.UNKNOWN) == hears(step, Role.CALLER)
    assert treatment(step, Role.CALLER) <= treatment(step, Role.AGENT)
    assert treatment(step, Role.CALLER) is not Treatment.LEAVE


@pytest.mark.parametrize("step", EVERY_STEP)
def test_every_step_is_told_in_a_sentence_of_its_own(step: Step) -> None:
    assert BECAUSE[step].endswith(".")
    assert len(set(BECAUSE.values())) == len(Step)


def test_what_the_settings_leave_out_is_no_step_of_the_load() -> None:
    load = LoadControl(EVERY_STEP, chosen=Step.NO_CALLER_PARTIALS)
    assert not load.hears(speech_snapshot(0))
    assert load.refusal(1) == ""
    for _ in range(10):
        load.tick(2.0, 1)
    assert load.step is Step.NO_AGENT


def test_partials_are_no_step_while_the_engine_decodes_as_people_speak_and_become_one_when_another_takes_over() -> None:
    is_offline = True
    load = LoadControl([*PARTIALS, Step.NO_AGENT], decodes_while_people_speak=lambda: is_offline)
    assert set(load.steps) == {Step.ALL, Step.NO_AGENT}
    for _ in range(40):
        load.tick(2.0, 4)
    assert load.step is Step.NO_AGENT
    assert load.hears(speech_snapshot(0, channel=Role.CALLER))
    assert not load.hears(speech_snapshot(0, channel=Role.AGENT))
    is_offline = False
    load.tick(0.0, 4)
    assert set(load.steps) == {Step.ALL, *PARTIALS, Step.NO_AGENT}
    assert load.step is Step.NO_AGENT
    assert not load.hears(speech_snapshot(0, channel=Role.CALLER))


def test_partials_that_the_settings_leave_out_stay_out_whatever_the_engine() -> None:
    load = LoadControl([*PARTIALS, Step.NO_AGENT], chosen=Step.NO_AGENT_PARTIALS, decodes_while_people_speak=lambda: True)
    assert not load.hears(speech_snapshot(0, channel=Role.AGENT))
    assert load.hears(speech_snapshot(0, channel=Role.CALLER))


def test_a_call_is_refused_once_anything_has_been_given_up() -> None:
    load = LoadControl(EVERY_STEP)
    assert load.refusal(10) == ""
    for _ in range(4):
        load.tick(0.9, 10)
    assert "running calls come first" in load.refusal(10)


def test_a_machine_without_calls_is_not_busy_whatever_was_before() -> None:
    load = LoadControl(EVERY_STEP)
    for _ in range(200):
        load.tick(20.0, 4)
    assert load.step is Step.NOT_GUARDED
    load.tick(0.0, 1)
    assert load.refusal(1)
    assert load.tick(0.0, 0)
    assert (load.step, load.refusal(0)) == (Step.ALL, "")


def test_a_call_is_refused_before_running_ones_suffer() -> None:
    """Each call finishes speech every five seconds: ten calls keep two workers busy for half of their time."""
    load = LoadControl(EVERY_STEP, engine=Engine)
    for tick in range(400):
        for _ in range(10 if tick % 20 == 0 else 0):
            load.note_final()
        load.tick(0.0, 10)
    assert load.step is Step.ALL
    assert load.refusal(15) == ""
    assert "busy 89%" in load.refusal(17)


def test_little_is_no_ground_to_refuse() -> None:
    load = LoadControl(EVERY_STEP, engine=Engine)
    for _ in range(20):
        load.note_final()
    load.tick(0.0, 1)
    assert load.refusal(1) == ""


@pytest.mark.parametrize(("worker_s", "is_offered"), [(0.0, True), (0.03, False), (0.14, False), (0.2, True)])
def test_keywords_are_a_step_only_where_they_cost_much_less_than_writing_down(worker_s: float, is_offered: bool) -> None:
    load = Costs(worker_s).load()
    if worker_s:
        load._ladder.offer(Step.KEYWORDS, False)
    load.tick(0.0, 1)
    assert (Step.KEYWORDS in load.steps) is is_offered


def test_between_worth_offering_and_worth_keeping_nothing_changes() -> None:
    costs = Costs(0.2)
    load = costs.load()
    seen = []
    for worker_s in (0.2, 0.12, 0.09, 0.12, 0.16):
        costs.worker_s_a_second = worker_s
        load.tick(0.0, 1)
        seen.append(Step.KEYWORDS in load.steps)
    assert seen == [True, True, False, False, True]


@pytest.mark.parametrize("worst", [Step.KEYWORDS, Step.NOT_GUARDED])
def test_who_stands_on_keywords_writes_down_again_once_they_turn_out_to_be_dear(worst: Step) -> None:
    costs = Costs(0.2, spotter_s_a_second=0.0)
    load = costs.load()
    while load.step is not worst:
        load.tick(20.0, 1)
    assert load.treatment(Role.CALLER) is Treatment.SPOT
    costs.spotter_s_a_second = 0.2
    load.tick(2.0, 1)
    assert load.step is (Step.SMALLER_MODEL if worst is Step.KEYWORDS else Step.NOT_GUARDED)
    assert load.treatment(Role.CALLER) is Treatment.WRITE_DOWN
