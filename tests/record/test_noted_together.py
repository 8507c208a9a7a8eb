"""What somebody does and what the log of access says of it are kept together, or neither is."""

from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path

import pytest
from sqlalchemy import select

from callguard.accounts import User
from callguard.app.policy_versions import PolicyVersions
from callguard.app.post import Post
from callguard.cases import FollowUp, FollowUpStatus
from callguard.decide.policy import bundled_policies
from callguard.errors import StoreError
from callguard.record.case_tables import audit_log, follow_ups
from callguard.record.corrections import corrections
from callguard.record.database import Database
from callguard.record.outbox import outbox
from callguard.record.policy_shelf import policy_versions
from callguard.record.recordings import Recordings
from callguard.record.replay_desk import ReplayDesk
from callguard.record.review_desk import ReviewDesk
from callguard.record.review_files import reviews
from callguard.record.store import SqlStore
from callguard.settings import load_settings
from callguard.terms import Role, StaffRole
from tests.clocks import HandClock
from tests.deliver.desks import PlainChoices
from tests.record.journals import BEGAN
from tests.record.ready import ready_sqlite
from tests.record.test_review_desk import DAY, a_call
from tests.sendings import sending

QUENTIN, ADAM = (
    User(name=name, display_name=name.title(), role=role, team="", password_hash="")
    for name, role in (("quentin", StaffRole.QA), ("adam", StaffRole.ADMIN))
)
TABLES = (corrections, follow_ups, outbox, policy_versions, reviews)
PROPOSED = bundled_policies()["standard"].read_text(encoding="utf-8").replace('name = "standard"', 'name = "ours"', 1)
Act = Callable[[SqlStore, Path], Awaitable[object]]


@pytest.fixture
async def store(tmp_path: Path) -> AsyncIterator[SqlStore]:
    """A store of its own, because its log is taken away."""
    opened = await SqlStore.open(ready_sqlite(tmp_path))
    yield opened
    await opened.close()


async def correct(store: SqlStore, folder: Path) -> object:
    desk = ReplayDesk(store, Recordings(folder), thresholds=dict, clock=HandClock())
    return await desk.correct(QUENTIN, "c1", Role.CALLER, 0, text="you crow")


async def take(store: SqlStore, _: Path) -> None:
    await store.tasks.take_follow_up("f1", by="ana", at=BEGAN)


async def end(store: SqlStore, _: Path) -> None:
    await store.tasks.end_follow_up("f1", by="ana", at=BEGAN, outcome="They are well.")


async def draw(store: SqlStore, _: Path) -> object:
    return await ReviewDesk(store, second_share=1.0, policy=str, clock=HandClock()).draw(QUENTIN, DAY)


def post(store: SqlStore, folder: Path) -> Post:
    return Post(load_settings(data_dir=folder), store, HandClock(), policy=PlainChoices().policy)


async def try_again(store: SqlStore, folder: Path) -> object:
    return await post(store, folder).try_again("msg_1", ADAM)


async def abandon(store: SqlStore, folder: Path) -> object:
    return await post(store, folder).abandon("msg_1", ADAM)


async def propose(store: SqlStore, _: Path) -> object:
    return await PolicyVersions(store, PlainChoices(), HandClock()).propose(PROPOSED, note="", by=ADAM)


async def everything(database: Database) -> list[list[tuple[object, ...]]]:
    async with database.reading() as connection:
        return [[tuple(row) for row in await connection.execute(select(table))] for table in TABLES]


@pytest.mark.parametrize("act", [correct, take, end, draw, try_again, abandon, propose])
async def test_what_cannot_be_noted_is_not_done(store: SqlStore, tmp_path: Path, act: Act) -> None:
    await a_call(store)
    await store.outbox.add([sending(1)])
    task = FollowUp(
        follow_up_id="f1",
        call_id="c1",
        incident_id="i1",
        agent="sam",
        caller="",
        status=FollowUpStatus.OPEN,
        wording="",
        created_at=BEGAN,
        due_at=BEGAN,
        taken_by="",
        done_by="",
        done_at=None,
        outcome="",
    )
    await store.tasks.add_follow_up(task)
    database = store._database
    async with database.writing() as connection:
        await connection.run_sync(audit_log.drop)
    before = await everything(database)
    with pytest.raises(StoreError):
        await act(store, tmp_path)
    assert await everything(database) == before
    async with database.writing() as connection:
        await connection.run_sync(audit_log.create)
    await act(store, tmp_path)
    assert await everything(database) != before
    assert len(await store.tasks.audit_entries()) == 1
