from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from callguard.app.policy_versions import PolicyVersions
from callguard.errors import InputError, NotFoundError, PolicyError
from callguard.record.store import SqlStore
from tests.app.test_choices import ADMIN, NEXT, Office
from tests.record.ready import ready_sqlite

CALMER = NEXT.replace("mild_count = 3", "mild_count = 4", 1)


@pytest.fixture
async def store(tmp_path: Path) -> AsyncIterator[SqlStore]:
    opened = await SqlStore.open(ready_sqlite(tmp_path))
    yield opened
    await opened.close()


def versions_of(office: Office) -> PolicyVersions:
    return PolicyVersions(office.store, office.choices, office.clock)


async def test_what_comes_with_callguard_is_listed_and_the_running_one_is_first(store: SqlStore) -> None:
    listed = await versions_of(Office(store)).versions()
    assert listed[0].label == "standard 1"
    assert [one.label for one in listed if one.is_running] == ["standard 1"]
    assert {one.origin for one in listed} == {"bundled"}


async def test_a_proposal_is_kept_and_nothing_runs_under_it_until_an_admin_says_so(store: SqlStore) -> None:
    office = Office(store)
    versions = versions_of(office)
    assert await versions.propose(CALMER, note="fewer false alarms", by=ADMIN) == "standard 2"
    proposed = next(one for one in await versions.versions() if one.label == "standard 2")
    assert (proposed.is_running, proposed.used_at, proposed.note) == (False, None, "fewer false alarms")
    assert office.parts.policy.label == "standard 1"
    assert await versions.text("standard 2") == CALMER

    assert await versions.use("standard 2", ADMIN) == "standard 2"
    used = (await versions.versions())[0]
    assert (used.label, used.is_running, used.used_by) == ("standard 2", True, "adam")
    assert office.parts.policy.label == "standard 2"

    assert await versions.use("standard 1", ADMIN) == "standard 1"
    back = (await versions.versions())[0]
    assert (back.label, back.origin, back.used_by) == ("standard 1", "bundled", "adam")
    assert [entry.what for entry in await store.tasks.audit_entries()] == ["policy.use", "policy.use", "policy.propose"]


async def test_a_report_names_each_place_that_would_change(store: SqlStore) -> None:
    report = versions_of(Office(store)).report(CALMER)
    assert (report.label, report.against, report.problems) == ("standard 2", "standard 1", ())
    assert {(one.place, one.was, one.now) for one in report.changes} == {
        ("climb.mild_count", "3", "4"),
        ("version", "1", "2"),
    }


async def test_a_report_on_a_broken_text_says_where_and_what_to_do(store: SqlStore) -> None:
    versions = versions_of(Office(store))
    report = versions.report(NEXT.replace("mild_count = 3", "mild_count = 99", 1))
    assert report.changes == ()
    (problem,) = report.problems
    assert "line" in problem
    assert "climb.mild_count" in problem
    with pytest.raises(PolicyError):
        await versions.propose("schema = ", note="", by=ADMIN)


async def test_a_label_that_is_taken_stands_for_one_policy_only(store: SqlStore) -> None:
    office = Office(store)
    versions = versions_of(office)
    await versions.propose(CALMER, note="", by=ADMIN)
    for taken in (NEXT, CALMER.replace("version = 2", "version = 1", 1)):
        with pytest.raises(InputError, match="raise its version"):
            await versions.propose(taken, note="", by=ADMIN)
    with pytest.raises(InputError, match="raise its version"):
        await office.choices.use_policy(NEXT, ADMIN)
    with pytest.raises(NotFoundError):
        await versions.use("standard 9", ADMIN)
