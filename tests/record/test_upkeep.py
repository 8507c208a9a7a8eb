import orjson

from callguard.human_acts import AgentAssigned, CallDescribed
from callguard.record.upkeep import CallChange, fold, new_row
from callguard.terms import CALLER_KEY, CallState
from tests.fakes import alert, call_started, transcript
from tests.record.journals import BEGAN, call_ended, numbered, risk, settled, state


def change_of(*bodies: bytes) -> CallChange:
    return fold(("c1", "sam", orjson.loads(body)) for body in bodies)["c1"]


def test_what_says_nothing_about_a_call_changes_no_row() -> None:
    assert fold(("c1", "sam", orjson.loads(event.body)) for event in numbered(transcript("hello"))) == {}


def test_a_call_that_comes_back_is_running_again() -> None:
    change = change_of(*(event.body for event in numbered(call_started(), call_ended(), call_started())))
    assert change.values["ended_at"] is None
    assert change.values["end_reason"] == ""


def test_a_call_goes_to_the_agent_whom_it_is_given() -> None:
    given = AgentAssigned(call_id="c1", at_sample=0, by="pbx", agent="priya")
    change = change_of(*(event.body for event in numbered(call_started(agent=""), given)))
    assert change.values["agent"] == "priya"


def test_a_call_has_the_caller_and_the_line_that_were_said_of_it_while_it_ran() -> None:
    said = CallDescribed(call_id="c1", at_sample=0, by="pbx", caller=f"{CALLER_KEY}{'0' * 40}", line="Repairs", language="de")
    change = change_of(*(event.body for event in numbered(call_started(), said)))
    assert (change.values["caller"], change.values["line"]) == (said.caller, "Repairs")


def test_the_last_state_and_the_highest_severity_stand() -> None:
    events = numbered(state(CallState.THREAT), risk(4), state(CallState.SEVERE), risk(2))
    change = change_of(*(event.body for event in events))
    assert change.values["state"] == "severe"
    assert change.peak_severity == 4


def test_alerts_and_withdrawals_are_counted_apart() -> None:
    events = numbered(alert("c1:1"), alert("c1:2"), settled("c1:1", is_confirmed=False), settled("c1:2", is_confirmed=True))
    change = change_of(*(event.body for event in events))
    assert (change.alerts, change.withdrawn) == (2, ["c1:1"])


def test_a_row_without_a_start_begins_with_its_first_event() -> None:
    row = new_row("c1", CallChange(agent="sam", at=BEGAN, alerts=1))
    assert (row["started_at"], row["state"], row["alerts"]) == (BEGAN, "quiet", 1)
