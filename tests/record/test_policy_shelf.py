from dataclasses import replace
from datetime import timedelta

import pytest

from callguard.accounts import Noted
from callguard.errors import InputError, StoreError
from callguard.record.policy_shelf import ShelvedPolicy
from callguard.record.store import SqlStore
from tests.record.journals import BEGAN

PROPOSED = ShelvedPolicy(
    label="standard 2",
    text="version = 2",
    summary="Calm first.",
    note="fewer false alarms",
    added_at=BEGAN,
    added_by="quentin",
    used_at=None,
    used_by="",
)


async def test_a_version_is_kept_word_for_word_and_says_when_it_was_used(store: SqlStore) -> None:
    await store.policies.add(PROPOSED)
    noted = Noted(
        at=BEGAN + timedelta(days=1), who="adam", what="policy.use", subject="standard 2", detail="instead of standard 1"
    )
    await store.policies.take_into_use("standard 2", PROPOSED.text, choice=("", "policy"), noted=noted)
    assert await store.policies.get("standard 2") == replace(PROPOSED, used_at=noted.at, used_by="adam")
    assert await store.policies.get("standard 3") is None
    assert await store.preferences.preference("", "policy") == PROPOSED.text
    assert [(entry.who, entry.subject) for entry in await store.tasks.audit_entries()] == [("adam", "standard 2")]


async def test_a_version_that_cannot_be_noted_is_not_in_use_either(store: SqlStore) -> None:
    await store.policies.add(PROPOSED)
    unfit = Noted(at=BEGAN, who="adam", what="policy.use", subject=None, detail="")  # type: ignore[arg-type]  # the log refuses it
    with pytest.raises(StoreError):
        await store.policies.take_into_use("standard 2", PROPOSED.text, choice=("", "policy"), noted=unfit)
    assert await store.policies.get("standard 2") == PROPOSED
    assert await store.preferences.preference("", "policy") is None


async def test_one_label_never_stands_for_two_texts(store: SqlStore) -> None:
    await store.policies.add(PROPOSED)
    await store.policies.add(replace(PROPOSED, note="again"))
    with pytest.raises(InputError, match="raise its version"):
        await store.policies.add(replace(PROPOSED, text="version = 2 "))
    assert [one.note for one in await store.policies.all()] == ["fewer false alarms"]


async def test_the_newest_version_comes_first(store: SqlStore) -> None:
    await store.policies.add(PROPOSED)
    await store.policies.add(replace(PROPOSED, label="standard 3", added_at=BEGAN + timedelta(hours=1)))
    assert [one.label for one in await store.policies.all()] == ["standard 3", "standard 2"]
