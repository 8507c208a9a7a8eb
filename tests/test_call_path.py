"""The thinking of one call under a real policy: what people do, in its place among what follows from time."""

from callguard.call_path import CallPath
from callguard.decide.ladder import Ladder
from callguard.decide.policy import load_policy
from callguard.events import Decision, Event
from callguard.human_acts import AlertAnswer, AlertAnswered, HelpAsked
from callguard.terms import RATE_HZ
from tests.clocks import HandClock
from tests.fakes import ScriptedEngine, ShoutScorer, types


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
