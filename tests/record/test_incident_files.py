"""Versions are kept and chained on both databases."""

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import delete, text, update

from callguard.errors import InputError, NotFoundError
from callguard.incidents import Comment, IncidentStatus, incident_id_of
from callguard.record.case_tables import incident_versions
from callguard.record.chain import canonical, hash_of
from callguard.record.store import SqlStore
from tests.record.cases import hard_facts
from tests.record.journals import BEGAN

INCIDENT = incident_id_of("c1")


async def three_versions(store: SqlStore) -> None:
    """Draft, comment, complete."""
    await store.incidents.draft(hard_facts(), BEGAN, by="callguard", reason="drafted")
    for number, (act, status) in enumerate((("commented", IncidentStatus.DRAFT), ("completed", IncidentStatus.COMPLETED)), 1):
        newest = await store.incidents.newest(INCIDENT)
        at = BEGAN + timedelta(minutes=number)
        content = newest.content.model_copy(update={"comments": (Comment(by="sam", at=at, text="é «quoted»"),)})
        made: Any = act
        await store.incidents.add(newest, status=status, act=made, by="ana", at=at, reason="", content=content)


async def test_every_version_is_kept_and_follows_the_one_before(store: SqlStore) -> None:
    await three_versions(store)
    versions = await store.incidents.versions(INCIDENT)
    assert [version.version for version in versions] == [1, 2, 3]
    assert [version.previous_hash for version in versions] == ["0" * 64, versions[0].hash, versions[1].hash]
    assert (await store.incidents.check(INCIDENT)).is_intact


async def test_a_call_has_one_record_however_often_it_is_drafted(store: SqlStore) -> None:
    first, is_new = await store.incidents.draft(hard_facts(), BEGAN, by="callguard", reason="")
    again, is_new_again = await store.incidents.draft(hard_facts(), BEGAN, by="callguard", reason="")
    assert (first, is_new, is_new_again) == (again, True, False)


@pytest.mark.parametrize(
    ("deed", "problem"),
    [
        ("change content", "version 2 was changed"),
        ("change content and hash", "version 3 does not follow"),
        ("leave one out", "version 2 is missing"),
        ("cut the end off", "newest are missing"),
        ("change the status", "status is not that"),
    ],
)
async def test_tampering_is_seen(store: SqlStore, deed: str, problem: str) -> None:
    await three_versions(store)
    second = (incident_versions.c.incident_id == INCIDENT) & (incident_versions.c.version == 2)
    body = (await store.incidents.versions(INCIDENT))[1]
    forged = canonical(body.model_dump(mode="json", exclude={"hash"}) | {"by": "nobody"})
    async with store._database.writing() as connection:
        match deed:
            case "change content":
                await connection.execute(update(incident_versions).where(second).values(body=forged.decode()))
            case "change content and hash":
                await connection.execute(
                    update(incident_versions).where(second).values(body=forged.decode(), hash=hash_of(forged))
                )
            case "leave one out":
                await connection.execute(delete(incident_versions).where(second))
            case "cut the end off":
                await connection.execute(delete(incident_versions).where(incident_versions.c.version == 3))
            case "change the status":
                await connection.execute(text("UPDATE incidents SET status = 'signed'"))
    check = await store.incidents.check(INCIDENT)
    assert not check.is_intact
    assert problem in check.problem


async def test_a_version_on_an_old_one_is_refused(store: SqlStore) -> None:
    await three_versions(store)
    old = (await store.incidents.versions(INCIDENT))[0]
    same: dict[str, Any] = {"status": old.status, "by": "ana", "at": BEGAN, "reason": "", "content": old.content}
    with pytest.raises(InputError, match="somebody else has changed"):
        await store.incidents.add(old, act="commented", **same)


async def test_an_unknown_record_is_said_to_be_so(store: SqlStore) -> None:
    with pytest.raises(NotFoundError):
        await store.incidents.check("inc_nothing")
