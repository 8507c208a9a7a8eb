from dataclasses import replace
from datetime import timedelta

import pytest

from callguard.errors import InputError
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
    later = BEGAN + timedelta(days=1)
    await store.policies.note_use("standard 2", later, "adam")
    assert await store.policies.get("standard 2") == replace(PROPOSED, used_at=later, used_by="adam")
    assert await store.policies.get("standard 3") is None


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
