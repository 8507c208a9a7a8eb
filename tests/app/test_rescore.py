"""A stored call, decided upon again."""

from datetime import timedelta
from typing import Any

import pytest

from callguard.app.parts import Parts
from callguard.app.rescore import Fate, compare, decide_again
from callguard.decide.policy import Policy, load_policy
from callguard.demo.script import DemoCall, load_demo_calls
from callguard.events import Event
from callguard.human_acts import PromptsSwitched
from callguard.settings import load_settings
from callguard.terms import RATE_HZ
from callguard.wire import as_json
from tests.clocks import HandClock
from tests.fakes import call_started, transcript
from tests.scorers import combined_scorer, rule_scorer
from tests.whole_calls import played

CALLS = load_demo_calls()
DECIDED = ("state", "decision", "decision_settled", "warning_given", "score", "risk")


def again(rows: list[dict[str, Any]], call: DemoCall, policy: Policy | None = None) -> list[dict[str, Any]]:
    parts = Parts(
        load_settings(organisation=call.script.organisation), HandClock(), None, policy=policy, scorer=combined_scorer()
    )
    return [as_json(event) for event in decide_again(rows, parts)]


def told(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return [{key: row[key] for key in row if key not in ("times", "at")} for row in rows if row["type"] in DECIDED]


@pytest.mark.parametrize("call", CALLS, ids=lambda call: call.script.id)
async def test_the_same_policy_gives_the_same_scores_risks_and_decisions_as_live(call: DemoCall) -> None:
    live = await played(call)

    assert told(again(live, call)) == told(live)


def test_cards_that_were_switched_off_and_on_in_a_call_are_so_again() -> None:
    parts, live = Parts(load_settings(score={"engine": "rules"}), HandClock(), None, scorer=rule_scorer()), list[Event]()
    path = parts.path(call_started("c1", agent="sam"), live.append)
    for number, is_on in enumerate((False, True)):
        at_s = 40 * number
        path.act(PromptsSwitched(call_id="c1", at_sample=at_s * RATE_HZ, by="sam", is_on=is_on))
        path.understand(transcript("you are a stupid idiot", call_id="c1", start_s=at_s + 2, end_s=at_s + 4, number=number))
    began = HandClock().utc_now()
    rows = [as_json(event) for event in [call_started("c1", agent="sam"), *live]]
    rows = [
        row | {"at": (began + timedelta(seconds=float(row.get("at_s") or row.get("end_s") or 0))).isoformat()} for row in rows
    ]

    assert [row["at_s"] for row in told(rows) if row.get("kind") == "prompt"] == [44.0]
    assert told([as_json(event) for event in decide_again(rows, parts)]) == told(rows)


async def test_text_that_was_doubtful_live_is_doubtful_again() -> None:
    live = await played(CALLS[3])
    doubted = [row | {"reliable": False} if row["type"] == "transcript" else row for row in live]

    alerts = [row for row in again(doubted, CALLS[3]) if row["type"] == "decision" and row["kind"] == "alert"]

    assert alerts
    assert all(alert["provisional"] or not alert["reliable"] for alert in alerts if alert["segment"] >= 0)


async def test_another_policy_shows_which_alerts_come() -> None:
    call = CALLS[2]
    live = await played(call)
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
