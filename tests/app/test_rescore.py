"""A stored call, decided upon again."""

from typing import Any

import pytest

from callguard.app.parts import Parts
from callguard.app.rescore import Fate, compare, decide_again
from callguard.decide.policy import Policy, load_policy
from callguard.demo.script import DemoCall, load_demo_calls
from callguard.settings import load_settings
from callguard.wire import as_json
from tests.clocks import HandClock
from tests.test_whole_calls import play

CALLS = load_demo_calls()
DECIDED = ("state", "decision", "decision_settled", "warning_given", "score", "risk")


def again(rows: list[dict[str, Any]], call: DemoCall, policy: Policy | None = None) -> list[dict[str, Any]]:
    parts = Parts(load_settings(organisation=call.script.organisation), HandClock(), None, policy=policy)
    return [as_json(event) for event in decide_again(rows, parts)]


def told(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return [{key: row[key] for key in row if key not in ("times", "at")} for row in rows if row["type"] in DECIDED]


@pytest.mark.parametrize("call", CALLS, ids=lambda call: call.script.id)
async def test_the_same_policy_gives_the_same_scores_risks_and_decisions_as_live(call: DemoCall) -> None:
    live = await play(call)

    assert told(again(live, call)) == told(live)


async def test_text_that_was_doubtful_live_is_doubtful_again() -> None:
    live = await play(CALLS[3])
    doubted = [row | {"reliable": False} if row["type"] == "transcript" else row for row in live]

    alerts = [row for row in again(doubted, CALLS[3]) if row["type"] == "decision" and row["kind"] == "alert"]

    assert alerts
    assert all(alert["provisional"] for alert in alerts if alert["segment"] >= 0)


async def test_another_policy_shows_which_alerts_come() -> None:
    call = CALLS[2]
    live = await play(call)
    before = [row for row in live if row["type"] == "decision" and row["kind"] == "alert" and row["tier"] == 1]
    after = [
        row
        for row in again(live, call, load_policy("low-tolerance"))
        if row["type"] == "decision" and row["kind"] == "alert" and row["tier"] == 1
    ]

    fates = {change.fate for change in compare(call.script.id, before, after)}

    assert Fate.MOVES in fates or Fate.COMES in fates
    assert min(row["at_s"] for row in after) < min(row["at_s"] for row in before)


def test_alerts_stay_move_come_and_go() -> None:
    def row(category: str, at_s: float) -> dict[str, Any]:
        return {"category": category, "because": "the words", "at_s": at_s}

    before = [row("hate", 10.0), row("insult", 20.0), row("sexual", 30.0)]
    after = [row("hate", 10.0), row("insult", 15.5), row("threat_personal", 40.0)]

    changes = {change.category: (change.fate, change.before_s, change.after_s) for change in compare("c1", before, after)}

    assert changes == {
        "hate": (Fate.STAYS, 10.0, 10.0),
        "insult": (Fate.MOVES, 20.0, 15.5),
        "threat_personal": (Fate.COMES, None, 40.0),
        "sexual": (Fate.GOES, 30.0, None),
    }
