"""Thresholds moved over stored calls: what would come and go, and a proposal that nobody runs under."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import orjson
import pytest

from callguard.accounts import User
from callguard.app.parts import Parts
from callguard.app.policy_versions import PolicyVersions
from callguard.app.tuning_room import TuningRoom
from callguard.demo.script import load_demo_calls
from callguard.errors import InputError, NotFoundError, PolicyError
from callguard.events import StoredEvent
from callguard.record.review_desk import ReviewDesk
from callguard.record.store import SqlStore
from callguard.reviewing import About, Judgement, NewVerdict
from callguard.settings import load_settings
from callguard.terms import Category, StaffRole
from callguard.tuning import Proposal, WhatIfRequest
from tests.app.test_choices import ADMIN, Office
from tests.clocks import HandClock
from tests.record.ready import ready_sqlite
from tests.scorers import combined_scorer
from tests.whole_calls import played

QUENTIN, QUIRA = (
    User(name=name, display_name=name, role=StaffRole.QA, team="", password_hash="") for name in ("quentin", "quira")
)

CALL = load_demo_calls()[2]
STRICT = {Category.INSULT: 0.99, Category.PROFANITY: 0.99, Category.HATE: 0.99, Category.SEXUAL: 0.99}


@pytest.fixture
async def store(tmp_path: Path) -> AsyncIterator[SqlStore]:
    opened = await SqlStore.open(ready_sqlite(tmp_path))
    yield opened
    await opened.close()


async def stored_call(store: SqlStore) -> str:
    rows, began = await played(CALL), HandClock().utc_now()
    batch, last = [], 0.0
    for seq, row in enumerate(rows, 1):
        last = max(last, float(row.get("at_s") or row.get("end_s") or 0))
        body = row | {"seq": seq, "at": (began + timedelta(seconds=last)).isoformat()}
        batch.append(
            StoredEvent(seq=seq, call_id=row["call_id"], agent=row.get("agent", ""), is_alert=False, body=orjson.dumps(body))
        )
    await store.append(batch)
    return str(rows[0]["call_id"])


def room_of(store: SqlStore) -> TuningRoom:
    office = Office(store)
    parts = Parts(load_settings(organisation=CALL.script.organisation), HandClock(), None, scorer=combined_scorer())
    return TuningRoom(store, parts, PolicyVersions(store, office.choices, office.clock))


async def test_nothing_comes_or_goes_under_todays_policy(store: SqlStore) -> None:
    call_id = await stored_call(store)
    told = await room_of(store).what_if(QUENTIN, WhatIfRequest(call_id=call_id))
    assert told.changes
    assert {change.fate for change in told.changes} == {"stays"}


async def test_a_moved_threshold_lets_alerts_go_and_reviewers_say_whether_that_is_right(store: SqlStore) -> None:
    call_id = await stored_call(store)
    room = room_of(store)
    first = next(
        row
        for row in (orjson.loads(event.body) for event in await store.events_of_call(call_id))
        if row["type"] == "decision" and row["kind"] == "alert" and row["segment"] >= 0
    )
    assert (await room.what_if(QUENTIN, WhatIfRequest(thresholds=STRICT))).calls == 0, "no call has been reviewed"
    desk = ReviewDesk(store, second_share=0, policy=lambda: "standard 1", clock=HandClock())
    for alert in (await desk.of_call(QUENTIN, call_id)).alerts:
        await desk.say(QUENTIN, call_id, NewVerdict(about=About.ALERT, subject=alert, judgement=Judgement.RIGHT))
    await desk.finish(QUENTIN, call_id)
    told = await room.what_if(QUENTIN, WhatIfRequest(policy="low-tolerance 1"))
    assert (told.calls, told.of_calls, told.after) == (1, 1, "low-tolerance 1")
    assert {change.fate for change in told.changes} - {"stays"}
    same = await room.what_if(QUENTIN, WhatIfRequest())
    assert {change.verdict for change in same.changes if change.before_s == first["at_s"]} == {"right"}
    alone = await room.what_if(QUENTIN, WhatIfRequest(call_id=call_id))
    assert alone.changes == same.changes, "one call by name is what it is among all"
    assert {"standard 1", "low-tolerance 1"} <= set(alone.policies)
    blind = await room.what_if(QUIRA, WhatIfRequest())
    assert {change.verdict for change in blind.changes} == {""}, "who may become the second reviewer learns nothing"
    curves = await room.curves()
    assert (curves.calls, curves.quiet_calls) == (1, 0)
    assert {curve.category for curve in curves.curves} >= {first["category"]}
    assert "low-tolerance 1" in curves.policies


async def test_a_proposal_is_a_version_that_nobody_runs_under(store: SqlStore) -> None:
    office, room = Office(store), room_of(store)
    versions = PolicyVersions(store, office.choices, office.clock)
    made = await room.propose(QUENTIN, Proposal(thresholds={Category.INSULT: 0.55}, note="fewer false alarms"))
    again = await room.propose(QUENTIN, Proposal(thresholds={Category.INSULT: 0.6}, note="fewer still"))
    assert (made.label, again.label) == ("standard 2", "standard 3")
    kept = next(one for one in await versions.versions() if one.label == "standard 2")
    assert (kept.is_running, kept.added_by, kept.note) == (False, "quentin", "fewer false alarms")
    report = versions.report(await versions.text("standard 2"))
    assert {(one.place, one.now) for one in report.changes} == {("thresholds.insult", "0.55"), ("version", "2")}
    await versions.use("standard 2", ADMIN)


async def test_a_proposal_that_would_miss_threats_is_refused(store: SqlStore) -> None:
    room = room_of(store)
    with pytest.raises(PolicyError, match="threat_personal"):
        await room.propose(QUENTIN, Proposal(thresholds={Category.THREAT_PERSONAL: 0.95}, note="too few"))
    with pytest.raises(NotFoundError):
        await room.what_if(QUENTIN, WhatIfRequest(policy="standard 9"))
    with pytest.raises(NotFoundError):
        await room.what_if(QUENTIN, WhatIfRequest(call_id="nowhere"))
    with pytest.raises(InputError, match="probability"):
        await room.what_if(QUENTIN, WhatIfRequest(thresholds={Category.INSULT: 2}))


@pytest.mark.parametrize(("since", "zone"), [("0001-01-01", "America/New_York"), ("9999-12-30", "Asia/Tokyo")])
async def test_a_time_at_the_end_of_the_calendar_is_refused(store: SqlStore, since: str, zone: str) -> None:
    room, begins = room_of(store), datetime.fromisoformat(since).replace(tzinfo=UTC)
    ends = begins + timedelta(days=1)
    with pytest.raises(InputError, match="before the year 2"):
        await room.trends(QUENTIN, begins, ends, by="day", zone=zone, team="", category=None)
    with pytest.raises(InputError, match="before the year 2"):
        await room.cards(begins, ends)
