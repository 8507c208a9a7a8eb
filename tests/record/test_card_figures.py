"""How cards do, on both databases: counted by card, over everybody."""

from dataclasses import fields, replace
from datetime import timedelta

from callguard.events import Event
from callguard.human_acts import CardAnswer, CardAnswered
from callguard.record.store import SqlStore
from callguard.terms import DecisionKind, Tactic
from callguard.tuning import CardUse
from tests.fakes import alert
from tests.record.cases import started
from tests.record.journals import BEGAN, numbered


def prompt(number: int, *tactics: Tactic) -> Event:
    return replace(alert(f"c1:{number}"), kind=DecisionKind.PROMPT, tactics=tactics)


def answered(tactic: Tactic, answer: CardAnswer, *, decision_id: str = "", by: str = "sam") -> CardAnswered:
    return CardAnswered(call_id="c1", at_sample=0, by=by, tactic=tactic, answer=answer, decision_id=decision_id)


async def figures(store: SqlStore, *, days: int = 1) -> dict[Tactic, tuple[int, ...]]:
    """Return (shown, used, pulled, helped, waved away) of cards with any."""
    found = await store.card_figures.cards(BEGAN - timedelta(days=days), BEGAN + timedelta(days=1))
    assert [one.tactic for one in found] == list(Tactic)
    counts = {one.tactic: (one.shown, one.used, one.pulled, one.helped, one.waved_away) for one in found}
    return {tactic: count for tactic, count in counts.items() if any(count)}


async def test_each_card_is_counted_as_shown_used_looked_for_helpful_and_waved_away(store: SqlStore) -> None:
    await store.append(
        numbered(
            started(),
            alert("c1:1"),
            prompt(2, Tactic.QUESTION, Tactic.WARN),
            prompt(3, Tactic.CALM),
            answered(Tactic.WARN, CardAnswer.USED, decision_id="c1:2"),
            answered(Tactic.WARN, CardAnswer.HELPED, decision_id="c1:2"),
            answered(Tactic.CALM, CardAnswer.NOT_NOW, decision_id="c1:3"),
            answered(Tactic.CALM, CardAnswer.NOT_NOW, decision_id="c1:3", by="priya"),
            answered(Tactic.EXIT, CardAnswer.USED),
        )
    )
    assert await figures(store) == {
        Tactic.CALM: (1, 0, 0, 0, 2),
        Tactic.QUESTION: (1, 0, 0, 0, 0),
        Tactic.WARN: (1, 1, 0, 1, 0),
        Tactic.EXIT: (0, 0, 1, 0, 0),
    }


async def test_calls_of_another_time_do_not_count(store: SqlStore) -> None:
    await store.append(numbered(started(days_ago=5), prompt(1, Tactic.CALM)))
    assert await figures(store) == {}
    assert await figures(store, days=6) == {Tactic.CALM: (1, 0, 0, 0, 0)}


def test_it_cannot_be_asked_of_an_agent_or_a_team() -> None:
    assert set(CardUse.model_fields) == {"tactic", "shown", "used", "pulled", "helped", "waved_away"}
    assert {field.name for field in fields(CardAnswered)} >= {"by"}  # known, and not counted by
