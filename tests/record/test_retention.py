"""Retention classes: what is over goes, what an incident or a hold needs stays."""

import os
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from callguard.archive import CallQuery
from callguard.cases import AftercareRules
from callguard.events import Event
from callguard.incidents import IncidentStatus, incident_id_of
from callguard.record.draft import draft_facts
from callguard.record.retention import SWEEP, Kept, is_over, kept_as
from callguard.record.store import SqlStore
from tests.fakes import alert, transcript
from tests.record.cases import CALLER, ended, rows, started
from tests.record.journals import BEGAN, numbered
from tests.record.ready import ready_sqlite

RULES = AftercareRules(ordinary_days=30, reviewed_days=365, incident_days=2190, caller_days=1095)


async def have_call(store: SqlStore, call_id: str, *, days_ago: int, alerts: bool = False, incident: bool = False) -> None:
    """Store a call that ended some days ago."""
    seq = await store.last_seq() + 1
    events: list[Event] = [started(call_id, days_ago=days_ago), *([alert(f"{call_id}:1", call_id=call_id)] if alerts else [])]
    stored = numbered(*events, ended(call_id, days_ago=days_ago), first=seq)
    await store.append(stored)
    if incident:
        await store.incidents.draft(draft_facts(rows(stored)), BEGAN, by="callguard", reason="")


def recordings(folder: Path) -> set[str]:
    """Return whose recordings are there."""
    return {file.stem for file in folder.glob("*.opus")}


async def hold(store: SqlStore, call_id: str) -> None:
    """Put a call's record under legal hold."""
    newest = await store.incidents.newest(incident_id_of(call_id))
    await store.incidents.add(
        newest,
        status=IncidentStatus.DRAFT,
        act="hold_set",
        by="ana",
        at=BEGAN,
        reason="court",
        content=newest.content,
        is_on_hold=True,
    )


async def test_what_was_looked_for_goes_with_the_calls_and_the_rest_of_the_log_stays(store: SqlStore, tmp_path: Path) -> None:
    for days in (366, 364):
        for what in ("calls.search", "replay.read"):
            await store.tasks.audit(BEGAN - timedelta(days=days), "quentin", what, "", f"{days}")
    retention = store.retention(tmp_path)
    await retention.sweep(RULES, BEGAN, is_dry_run=True)
    await retention.sweep(replace(RULES, ordinary_days=0), BEGAN, is_dry_run=False)
    assert len(await store.tasks.audit_entries(who="quentin")) == 4
    await retention.sweep(RULES, BEGAN, is_dry_run=False)
    kept = await store.tasks.audit_entries(who="quentin")
    assert [(entry.what, entry.detail) for entry in kept] == [
        ("replay.read", "364"),
        ("calls.search", "364"),
        ("replay.read", "366"),
    ]


async def fill(store: SqlStore, audio: Path) -> None:
    """Have one call of each class on each side of its end."""
    for call_id, days, alerts, incident in (
        ("new", 10, False, False),
        ("old", 31, False, False),
        ("reviewed", 300, True, False),
        ("reviewed-old", 366, True, False),
        ("incident", 2000, True, True),
        ("incident-old", 2191, True, True),
        ("held", 5000, True, True),
        ("newest", 0, False, False),
    ):
        await have_call(store, call_id, days_ago=days, alerts=alerts, incident=incident)
        (audio / f"{call_id}.opus").write_bytes(b"sound")
    await hold(store, "held")


async def test_each_class_is_kept_for_its_own_time(store: SqlStore, tmp_path: Path) -> None:
    await fill(store, tmp_path)
    report = await store.retention(tmp_path).sweep(RULES, BEGAN, is_dry_run=False)
    assert {lapse.call_id: lapse.kept_as for lapse in report.lapsed} == {
        "old": "ordinary",
        "reviewed-old": "reviewed",
        "incident-old": "incident",
    }
    assert {call.call_id for call in await store.calls(100)} == {"new", "reviewed", "incident", "held", "newest"}
    assert recordings(tmp_path) == {"new", "reviewed", "incident", "held", "newest"}
    assert await store.events_of_call("old") == []
    assert report.kept == {"ordinary": 2, "reviewed": 1, "incident": 1, "hold": 1}


async def test_a_dry_run_says_the_same_and_deletes_nothing(store: SqlStore, tmp_path: Path) -> None:
    await fill(store, tmp_path)
    dry = await store.retention(tmp_path).sweep(RULES, BEGAN, is_dry_run=True)
    assert len(await store.calls(100)) == len(recordings(tmp_path)) == 8
    wet = await store.retention(tmp_path).sweep(RULES, BEGAN, is_dry_run=False)
    assert dry.lapsed == wet.lapsed


async def test_the_record_itself_outlives_its_calls_sound_and_stays_intact(store: SqlStore, tmp_path: Path) -> None:
    await fill(store, tmp_path)
    await store.retention(tmp_path).sweep(RULES, BEGAN, is_dry_run=False)
    assert (await store.incidents.check(incident_id_of("incident-old"))).is_intact


async def test_what_was_let_go_is_logged(store: SqlStore, tmp_path: Path) -> None:
    await fill(store, tmp_path)
    await store.retention(tmp_path).sweep(RULES, BEGAN, is_dry_run=False)
    (entry,) = await store.tasks.audit_entries(subject="old")
    assert (entry.who, entry.what, entry.detail) == (
        "callguard retention",
        "retention.delete",
        "kept as ordinary, 2 events, 1 recordings",
    )


async def test_a_record_that_was_made_meanwhile_saves_its_call(store: SqlStore, tmp_path: Path) -> None:
    await have_call(store, "old", days_ago=40, alerts=True)
    await have_call(store, "newest", days_ago=0)
    retention = store.retention(tmp_path)
    record = await store.call("old")
    assert record is not None
    assert record.ended_at is not None
    lapse = await retention._lapse("old", "reviewed", record.ended_at, ())
    await store.incidents.draft(draft_facts(rows(await store.events_of_call("old"))), BEGAN, by="ana", reason="asked for")
    await retention._delete(lapse, BEGAN)
    assert len(await store.events_of_call("old")) == 3


async def test_the_order_of_events_goes_on_from_the_newest_number(store: SqlStore, tmp_path: Path) -> None:
    await have_call(store, "old", days_ago=40)
    last = await store.last_seq()
    await store.retention(tmp_path).sweep(RULES, BEGAN, is_dry_run=False)
    assert await store.last_seq() == last


async def test_nothing_of_a_call_stays_though_it_has_the_newest_event(store: SqlStore, tmp_path: Path) -> None:
    await have_call(store, "old", days_ago=40)
    last = await store.last_seq()
    await store.retention(tmp_path).sweep(RULES, BEGAN, is_dry_run=False)
    assert (await store.events_since(0), await store.last_seq()) == ([], last)
    await have_call(store, "new", days_ago=0)
    assert await store.last_seq() == last + 2


async def test_a_call_that_began_again_under_its_id_since_it_was_looked_at_stays(store: SqlStore, tmp_path: Path) -> None:
    await have_call(store, "old", days_ago=40)
    retention = store.retention(tmp_path)
    ((call_id, ended_at, kind),) = await retention._calls()
    assert ended_at is not None
    lapse = await retention._lapse(call_id, kind, ended_at, ["old.opus"])
    (tmp_path / "old.opus").write_bytes(b"")
    await store.append(numbered(started("old"), first=3))
    assert not await retention._delete(lapse, BEGAN)
    assert (len(await store.events_of_call("old")), recordings(tmp_path)) == (3, {"old"})


async def test_recordings_of_no_stored_call_are_named_and_go_only_if_asked_to(store: SqlStore, tmp_path: Path) -> None:
    await have_call(store, "new", days_ago=1)
    for name, days in (("new", 40), ("stray", 40), ("stray-2", 40), ("begins-now", 0)):
        (tmp_path / f"{name}.opus").write_bytes(b"")
        written = (BEGAN - timedelta(days=days)).timestamp()
        os.utime(tmp_path / f"{name}.opus", (written, written))
    report = await store.retention(tmp_path).sweep(RULES, BEGAN, is_dry_run=False)
    assert (report.strays, len(recordings(tmp_path))) == (("stray-2.opus", "stray.opus"), 4)
    await store.retention(tmp_path).sweep(RULES, BEGAN, is_dry_run=False, with_strays=True)
    assert recordings(tmp_path) == {"new", "begins-now"}


async def test_no_word_that_was_said_stays_in_the_file_of_the_database(tmp_path: Path) -> None:
    store = await SqlStore.open(ready_sqlite(tmp_path))
    said = replace(transcript("xylophonist"), call_id="old")
    await store.append(numbered(started("old", days_ago=40), said, ended("old", days_ago=40)))
    for number in range(8):  # so that the words are not in the newest part of the index, which is small
        later = replace(transcript("hello"), call_id=f"new-{number}")
        await store.append(numbered(started(f"new-{number}"), later, first=4 + 2 * number))
    await store.retention(tmp_path).sweep(RULES, BEGAN, is_dry_run=False)
    assert (await store.search.find(CallQuery(words="hello"), limit=1)).total == 8
    await store.close()
    assert b"xylophonist" not in (tmp_path / "callguard.db").read_bytes()


async def test_a_running_call_is_never_touched(store: SqlStore, tmp_path: Path) -> None:
    await store.append(numbered(started("running", days_ago=5000)))
    assert (await store.retention(tmp_path).sweep(RULES, BEGAN, is_dry_run=False)).lapsed == ()


async def test_another_calls_recording_is_not_taken_for_a_numbered_one(store: SqlStore, tmp_path: Path) -> None:
    await have_call(store, "a", days_ago=40)
    await have_call(store, "a-2", days_ago=1)
    for name in ("a", "a-2", "a-3", "a-b"):
        (tmp_path / f"{name}.opus").write_bytes(b"")
    await store.retention(tmp_path).sweep(RULES, BEGAN, is_dry_run=False)
    assert recordings(tmp_path) == {"a-2", "a-b"}


async def test_a_caller_lapses_only_when_nothing_speaks_of_them(store: SqlStore, tmp_path: Path) -> None:
    long_ago = BEGAN - timedelta(days=2000)
    await store.register.saw(CALLER, "sealed", long_ago)
    await store.register.saw("ck_" + "b" * 40, "sealed", long_ago)
    await have_call(store, "incident", days_ago=2000, alerts=True, incident=True)
    assert (await store.retention(tmp_path).sweep(RULES, BEGAN, is_dry_run=True)).callers == 1
    assert (await store.retention(tmp_path).sweep(RULES, BEGAN, is_dry_run=False)).callers == 1
    assert await store.register.caller(CALLER) is not None


@pytest.mark.parametrize("kind", ["ordinary", "reviewed", "incident", "hold"])
def test_0_days_are_for_ever_and_a_hold_has_no_end(kind: Kept) -> None:
    forever = AftercareRules(ordinary_days=0, reviewed_days=0, incident_days=0)
    assert not is_over(kind, datetime(1999, 1, 1, tzinfo=BEGAN.tzinfo), forever, BEGAN)
    assert not is_over("hold", datetime(1999, 1, 1, tzinfo=BEGAN.tzinfo), RULES, BEGAN)


def test_a_hold_is_stronger_than_an_incident_and_an_incident_than_an_alert() -> None:
    assert kept_as(has_incident=True, is_on_hold=True, alerts=0) == "hold"
    assert kept_as(has_incident=True, is_on_hold=False, alerts=3) == "incident"


async def test_every_pass_is_logged_even_one_that_found_nothing_to_delete(store: SqlStore, tmp_path: Path) -> None:
    await store.retention(tmp_path).sweep(RULES, BEGAN, is_dry_run=True)
    assert await store.tasks.audit_entries(what=[SWEEP]) == []
    await store.retention(tmp_path).sweep(RULES, BEGAN, is_dry_run=False)
    (entry,) = await store.tasks.audit_entries(what=[SWEEP])
    assert (entry.at, entry.detail) == (BEGAN, "0 calls and 0 callers were deleted")


async def test_the_log_is_filtered_by_act_or_kind_of_act_and_read_on_from_an_entry(store: SqlStore) -> None:
    for what in ("user.add", "user.change", "users_read", "policy.use"):
        await store.tasks.audit(BEGAN, "adam", what, "zoe")
    assert [entry.what for entry in await store.tasks.audit_entries(kind="user")] == ["user.change", "user.add"]
    assert [entry.what for entry in await store.tasks.audit_entries(kind="user.add")] == ["user.add"]
    newest = await store.tasks.audit_entries(limit=2)
    older = await store.tasks.audit_entries(before=newest[-1].number)
    assert [entry.what for entry in (*newest, *older)] == ["policy.use", "users_read", "user.change", "user.add"]
