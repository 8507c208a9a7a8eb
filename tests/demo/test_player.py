import asyncio
from collections.abc import Mapping
from pathlib import Path

from callguard.demo.player import Outcome, play_all
from callguard.demo.script import DemoCall, Row, Script
from callguard.errors import CapacityError
from callguard.terms import Role


def call(name: str) -> DemoCall:
    return DemoCall(script=Script(id=name, title=name, organisation="", agent="sam", caller=""), turns=(), audio=Path())


async def test_calls_are_played_a_few_at_a_time_and_told_in_their_order() -> None:
    running, most = 0, 0

    async def play(call_id: str, _call: DemoCall, _tracks: Mapping[Role, bytes]) -> None:
        nonlocal running, most
        running += 1
        most = max(most, running)
        for _ in range(3 if call_id == "a" else 1):
            await asyncio.sleep(0)
        running -= 1

    async def rows_of(call_id: str) -> list[Row]:
        return [{"type": "transcript", "final": True, "call_id": call_id}]

    outcomes = await play_all(
        [call("a"), call("b"), call("c")],
        tracks_of=lambda _: {},
        play=play,
        wait_for_end=rows_of,
        name_of=lambda one: one.script.id,
        at_once=2,
    )
    assert [outcome.call.script.id for outcome in outcomes] == ["a", "b", "c"]
    assert most == 2


def test_an_outcome_counts_events_by_their_values() -> None:
    rows: tuple[Row, ...] = ({"type": "decision", "kind": "alert"}, {"type": "decision", "kind": "prompt"}, {"type": "state"})
    outcome = Outcome(call=call("a"), rows=rows, failures=())
    assert (outcome.count("decision"), outcome.count("decision", kind="alert")) == (2, 1)


async def test_a_call_that_is_refused_waits_its_turn() -> None:
    tries = 0

    async def play(_call_id: str, _call: DemoCall, _tracks: Mapping[Role, bytes]) -> None:
        nonlocal tries
        tries += 1
        if tries < 3:
            raise CapacityError("the machine is busy")

    async def rows_of(_call_id: str) -> list[Row]:
        return []

    outcomes = await play_all(
        [call("a")],
        tracks_of=lambda _: {},
        play=play,
        wait_for_end=rows_of,
        name_of=lambda one: one.script.id,
        at_once=1,
        pause_s=0,
    )
    assert (tries, len(outcomes)) == (3, 1)
