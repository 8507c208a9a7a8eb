"""The thinking of one call under a real policy: what people do, in its place among what follows from time."""

from datetime import UTC, datetime, timedelta

import pytest

from callguard.call_path import CallPath
from callguard.decide.ladder import Ladder
from callguard.decide.policy import load_policy
from callguard.events import Decision, Event
from callguard.human_acts import AlertAnswer, AlertAnswered, HelpAsked
from callguard.stored_call import go_through
from callguard.terms import RATE_HZ
from callguard.wire import as_json
from tests.clocks import HandClock
from tests.fakes import ScriptedEngine, ShoutScorer, call_started, types


class Path:
    """A path whose events are kept."""

    def __init__(self) -> None:
        self.events: list[Event] = []
        self.path = CallPath(
            "c1",
            write_down=ScriptedEngine({}).write_down,
            scorer=ShoutScorer(),
            ladder=Ladder("c1", load_policy("standard"), organisation="Larkfield", agent="sam"),
            emit=self.events.append,
            clock=HandClock(),
        )

    def help(self, *, at_s: float) -> None:
        self.path.act(HelpAsked(call_id="c1", at_sample=int(at_s * RATE_HZ), by="sam", is_panic=False))

    def acknowledge(self, decision_id: str, *, at_s: float) -> None:
        self.path.act(
            AlertAnswered(
                call_id="c1",
                at_sample=int(at_s * RATE_HZ),
                by="ana",
                decision_id=decision_id,
                answer=AlertAnswer.ACKNOWLEDGED,
                to="",
                reason="",
            )
        )


def test_an_alert_that_was_due_before_its_answer_came_is_told_before_the_answer() -> None:
    call = Path()
    call.help(at_s=5)
    call.events.clear()

    call.acknowledge("c1:1", at_s=25.5)

    assert types(call.events) == ["Decision", "AlertAnswered"]
    raised = call.events[0]
    assert isinstance(raised, Decision)
    assert (raised.tier, raised.at_sample) == (2, 25 * RATE_HZ)


@pytest.mark.parametrize("set_by_s", [3600, -3600, 0])
def test_a_clock_that_is_set_during_a_call_raises_nothing_when_the_call_is_gone_through_again(set_by_s: int) -> None:
    live = Path()
    live.help(at_s=5)
    live.acknowledge("c1:1", at_s=15)
    live.path.tick(100 * RATE_HZ)
    began = datetime(2026, 11, 20, 14, 3, tzinfo=UTC)
    rows = [
        as_json(event) | {"at": (began + timedelta(seconds=at_s)).isoformat()}
        for event, at_s in zip(live.events, (5, 5, 5, 15 + set_by_s), strict=True)
    ]

    again = Path()
    go_through([as_json(call_started()) | {"at": began.isoformat()}, *rows], again.path)

    assert [event for event in again.events if isinstance(event, Decision)] == [
        event for event in live.events if isinstance(event, Decision)
    ]
