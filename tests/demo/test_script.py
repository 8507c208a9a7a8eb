from pathlib import Path

import pytest

from callguard.demo.script import DemoCall, Expectation, Refusal, Row, Script, Spoken, failures, load_demo_calls

SCRIPT = Script(
    id="x",
    title="",
    organisation="",
    agent="sam",
    caller="",
    expect=(Expectation(kind="alert", audience="senior", min_severity=4, category="threat_personal", turn=1, within_s=2),),
    refuse=(Refusal(kind="prompt", audience="agent", min_severity=2),),
)
CALL = DemoCall(script=SCRIPT, turns=(Spoken(speaker="caller", text="", start_s=10, end_s=12),), audio=Path())


def decision(**changes: object) -> Row:
    row: Row = {
        "type": "decision",
        "kind": "alert",
        "audience": "senior",
        "severity": 4,
        "category": "threat_personal",
        "at_s": 12.5,
    }
    return row | changes


def test_what_the_script_says_happened() -> None:
    assert failures(CALL, [decision()]) == []


@pytest.mark.parametrize(
    "changes", [{"at_s": 9.0}, {"at_s": 14.5}, {"severity": 3}, {"category": "insult"}, {"audience": "agent"}]
)
def test_an_alert_at_another_time_or_of_another_kind_does_not_count(changes: dict[str, object]) -> None:
    (said,) = failures(CALL, [decision(**changes)])
    assert said.startswith("no alert of threat_personal for senior")


def test_what_must_not_happen_is_named() -> None:
    (said,) = failures(CALL, [decision(), decision(kind="prompt", audience="agent", severity=2)])
    assert said == "a prompt for agent of severity 2 came at 12.5 s and must not"


def test_six_calls_are_bundled_and_each_says_what_must_come_of_it() -> None:
    calls = load_demo_calls()
    assert len(calls) == 6
    assert all(call.script.expect or call.script.refuse for call in calls)
    assert all(wanted.turn <= len(call.turns) for call in calls for wanted in call.script.expect)
