"""Figures over time, on both databases."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import orjson
import pytest

from callguard.accounts import User
from callguard.events import Event, GuardChanged, StoredEvent
from callguard.human_acts import AlertAnswer, AlertAnswered
from callguard.record.review_desk import ReviewDesk
from callguard.record.store import SqlStore
from callguard.record.trends import By
from callguard.reviewing import About, Judgement, NewVerdict
from callguard.terms import Category, GuardLevel, StaffRole
from callguard.tuning import Period
from callguard.wire import as_json
from tests.clocks import HandClock
from tests.fakes import alert, call_started, transcript
from tests.record.journals import call_ended, settled

MONDAY = datetime(2026, 11, 16, 12, tzinfo=UTC)
QUENTIN, QUIRA = (
    User(name=name, display_name=name, role=StaffRole.QA, team="", password_hash="") for name in ("quentin", "quira")
)


async def happen(store: SqlStore, at: datetime, call_id: str, guard: GuardLevel | None, *events: Event) -> None:
    first = replace(call_started(call_id), started_at=at)
    guards = () if guard is None else (GuardChanged(call_id=call_id, at_sample=0, guard=guard, because=""),)
    batch: list[StoredEvent] = []
    seq = await store.last_seq()
    everything: Sequence[Event] = (first, *guards, transcript("hello", call_id=call_id), *events, call_ended(call_id))
    for place, event in enumerate(everything):
        body: dict[str, Any] = as_json(event) | {"seq": seq + place + 1, "at": (at + timedelta(seconds=place)).isoformat()}
        batch.append(StoredEvent(seq=seq + place + 1, call_id=call_id, agent="sam", is_alert=False, body=orjson.dumps(body)))
    await store.append(batch)


def claim(call_id: str) -> AlertAnswered:
    return AlertAnswered(
        call_id=call_id, at_sample=0, by="ana", decision_id=f"{call_id}:1", answer=AlertAnswer.CLAIMED, to="", reason=""
    )


async def periods(store: SqlStore, *, by: By = "week", zone: str = "UTC", team: str = "", category: str = "") -> list[Period]:
    since, until = MONDAY - timedelta(days=1), MONDAY + timedelta(days=8)
    return await store.trends.periods(since, until, by=by, zone=ZoneInfo(zone), team=team, category=category)


async def test_calls_cover_alerts_and_help_are_counted_by_week(store: SqlStore) -> None:
    await happen(store, MONDAY, "c1", GuardLevel.GUARDED, alert("c1:1", call_id="c1"), claim("c1"))
    await happen(
        store, MONDAY, "c2", GuardLevel.FALLBACK, alert("c2:1", call_id="c2"), settled("c2:1", is_confirmed=False, call_id="c2")
    )
    await happen(store, MONDAY + timedelta(days=7), "c3", GuardLevel.NOT_GUARDED)
    await happen(store, MONDAY + timedelta(days=7), "c4", None)
    before, first, second = await periods(store)
    assert (before.begins, before.calls) == (date(2026, 11, 9), 0)
    assert (first.calls, first.guarded, first.partly, first.alerts, first.withdrawn, first.helped) == (2, 1, 1, 1, 1, 1)
    assert first.median_help_s == first.slow_help_s == 1.0
    assert (second.calls, second.guarded, second.partly, second.median_help_s) == (2, 0, 0, None)
    assert [one.alerts for one in await periods(store, category="hate")] == [0, 0, 0]
    assert [one.calls for one in await periods(store, team="blue")] == [0, 0, 0]


@pytest.mark.parametrize(("zone", "day"), [("UTC", date(2026, 11, 16)), ("Pacific/Auckland", date(2026, 11, 17))])
async def test_days_begin_in_the_readers_zone(store: SqlStore, zone: str, day: date) -> None:
    await happen(store, MONDAY, "c1", GuardLevel.GUARDED)
    assert [one.begins for one in await periods(store, by="day", zone=zone) if one.calls] == [day]


async def test_false_alarms_are_what_reviewers_agree_on_or_settled(store: SqlStore) -> None:
    await happen(store, MONDAY, "c1", GuardLevel.GUARDED, alert("c1:1", call_id="c1"))
    desk = ReviewDesk(store, second_share=0, policy=lambda: "standard 1", clock=HandClock())
    wrong = NewVerdict(about=About.ALERT, subject="c1:1", judgement=Judgement.WRONG)
    right = NewVerdict(about=About.ALERT, subject="c1:1", judgement=Judgement.RIGHT)
    missed = NewVerdict(about=About.MISSED, at_s=60, judgement=Judgement.MISSED, categories=(Category.HATE,))

    async def seen() -> tuple[int, int, int]:
        week = (await periods(store))[1]
        return week.judged, week.false_alarms, week.missed

    await desk.say(QUENTIN, "c1", wrong)
    await desk.say(QUENTIN, "c1", missed)
    assert await seen() == (0, 0, 0), "a review that is not done tells nobody anything"
    await desk.finish(QUENTIN, "c1")
    assert await seen() == (1, 1, 1)
    await desk.say(QUIRA, "c1", right)
    await desk.finish(QUIRA, "c1")
    assert await seen() == (0, 0, 1)
    await desk.settle(QUIRA, "c1", wrong)
    assert await seen() == (1, 1, 1)
    more = wrong.model_copy(update={"categories": (Category.INSULT, Category.HATE), "severity": 3})
    await desk.settle(QUIRA, "c1", more)
    assert await seen() == (1, 0, 1), "it was that and more, so it was no false alarm"
