"""How often each card is shown, used and waved away: a figure of the card, and of nobody who used it."""

from collections import Counter
from collections.abc import Sequence
from datetime import datetime
from typing import Any

import orjson
from sqlalchemy import JSON, ColumnElement, Row, cast, func, select, type_coerce

from callguard.human_acts import CardAnswer
from callguard.record.database import Database
from callguard.record.tables import calls, events
from callguard.terms import DecisionKind, Tactic
from callguard.tuning import CardUse


class CardFigures:
    """Counts over all calls of a time: by card, never by agent or team, which may be one person."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def cards(self, since: datetime, until: datetime) -> list[CardUse]:
        """Return one entry for each tactic, over the calls that began in this time. Raises StoreError."""
        own = events.c.call_id.in_(select(calls.c.call_id).where(calls.c.started_at >= since, calls.c.started_at < until))
        tactics, tactic, answer = self._field("tactics"), self._field("tactic"), self._field("answer")
        is_pulled = self._field("decision_id") == ""
        is_prompt = (events.c.type == "decision") & (self._field("kind") == DecisionKind.PROMPT.value)
        shown = select(tactics.label("tactics"), func.count().label("times")).where(own, is_prompt).group_by(tactics)
        columns: list[ColumnElement[Any]] = [tactic.label("tactic"), answer.label("answer"), is_pulled.label("is_pulled")]
        answered = select(*columns, func.count().label("times")).where(own, events.c.type == "card_answered")
        async with self._database.reading() as connection:
            prompts: list[Row[Any]] = list(await connection.execute(shown))
            answers: list[Row[Any]] = list(await connection.execute(answered.group_by(tactic, answer, is_pulled)))
        return _by_card(prompts, answers)

    def _field(self, name: str) -> ColumnElement[str]:
        # SQLite reads JSON out of text, PostgreSQL out of a value of its own type only.
        body = type_coerce(events.c.body, JSON) if self._database.is_sqlite else cast(events.c.body, JSON)
        found: ColumnElement[str] = body[name].as_string()
        return found


def _by_card(prompts: Sequence[Row[Any]], answers: Sequence[Row[Any]]) -> list[CardUse]:
    shown: Counter[str] = Counter()
    for row in prompts:
        shown.update(dict.fromkeys(orjson.loads(row.tactics), row.times))
    done = {(row.tactic, row.answer, bool(row.is_pulled)): int(row.times) for row in answers}

    def times(tactic: Tactic, answer: CardAnswer, *pulled: bool) -> int:
        return sum(done.get((tactic.value, answer.value, one), 0) for one in pulled)

    return [
        CardUse(
            tactic=tactic,
            shown=shown[tactic.value],
            used=times(tactic, CardAnswer.USED, False),
            pulled=times(tactic, CardAnswer.USED, True),
            helped=times(tactic, CardAnswer.HELPED, False, True),
            waved_away=times(tactic, CardAnswer.NOT_NOW, False, True),
        )
        for tactic in Tactic
    ]
