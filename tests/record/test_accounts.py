import contextlib
from dataclasses import replace
from datetime import timedelta

import pytest

from callguard.accounts import ApiToken, Noted, TokenScope, User
from callguard.errors import InputError, NotFoundError, StoreError
from callguard.record.store import SqlStore
from callguard.terms import StaffRole
from tests.record.journals import BEGAN

ANA = User(name="ana", display_name="Ana Ruiz", role=StaffRole.SENIOR, team="blue", password_hash="$argon2id$x")
LATER = BEGAN + timedelta(hours=1)


async def test_users_are_kept_by_name(store: SqlStore) -> None:
    await store.add_user(ANA)
    assert await store.user("ana") == ANA
    assert await store.users() == [ANA]
    assert await store.user("ben") is None


async def test_a_name_is_given_once(store: SqlStore) -> None:
    await store.add_user(ANA)
    with pytest.raises(InputError, match="choose another"):
        await store.add_user(ANA)


async def test_a_session_lasts_until_it_is_over_or_ended(store: SqlStore) -> None:
    await store.add_user(ANA)
    await store.add_session("one", "ana", LATER, now=BEGAN)
    await store.add_session("two", "ana", LATER, now=BEGAN)
    await store.end_session("two")
    await store.end_session("unknown")
    assert await store.session_user("one", BEGAN) == ANA
    assert await store.session_user("one", LATER) is None
    assert await store.session_user("two", BEGAN) is None


async def test_sessions_that_are_over_are_forgotten_with_the_next_log_in(store: SqlStore) -> None:
    await store.add_user(ANA)
    await store.add_session("old", "ana", BEGAN, now=BEGAN - timedelta(hours=1))
    await store.add_session("new", "ana", LATER, now=BEGAN)
    assert await store.session_user("old", BEGAN - timedelta(minutes=1)) is None


async def test_a_new_password_ends_all_sessions(store: SqlStore) -> None:
    await store.add_user(ANA)
    await store.add_session("one", "ana", LATER, now=BEGAN)
    await store.set_password("ana", "$argon2id$y")
    changed = await store.user("ana")
    assert changed is not None
    assert changed.password_hash == "$argon2id$y"
    assert await store.session_user("one", BEGAN) is None
    with pytest.raises(NotFoundError):
        await store.set_password("nobody", "x")


async def test_tokens_are_known_by_their_hash_until_revoked(store: SqlStore) -> None:
    await store.add_token("twilio", "h1", TokenScope.TAP)
    assert await store.token("h1") == ApiToken(name="twilio", scope=TokenScope.TAP)
    assert await store.token("h2") is None
    with pytest.raises(InputError, match="choose another"):
        await store.add_token("twilio", "h2", TokenScope.ADMIN)
    await store.end_token("twilio")
    assert await store.token("h1") is None
    with pytest.raises(NotFoundError):
        await store.end_token("twilio")


async def test_a_person_is_changed_and_the_last_admin_stays_one(store: SqlStore) -> None:
    adam = replace(ANA, name="adam", role=StaffRole.ADMIN)
    await store.add_user(ANA)
    await store.add_user(adam)
    before, after = await store.change_user("ana", team="red", role=StaffRole.ADMIN)
    assert (before, after) == (ANA, replace(ANA, team="red", role=StaffRole.ADMIN))
    assert await store.user("ana") == after
    await store.change_user("adam", is_disabled=True)
    with pytest.raises(InputError, match="last admin"):
        await store.change_user("ana", role=StaffRole.QA)
    with pytest.raises(NotFoundError):
        await store.change_user("nobody", team="red")


async def test_a_disabled_person_has_no_session(store: SqlStore) -> None:
    await store.add_user(ANA)
    await store.add_session("one", "ana", LATER, now=BEGAN)
    await store.change_user("ana", is_disabled=True)
    await store.change_user("ana", is_disabled=False)
    assert await store.session_user("one", BEGAN) is None


async def test_a_one_time_password_says_until_when(store: SqlStore) -> None:
    await store.add_user(ANA)
    await store.set_password("ana", "$argon2id$y", one_time_until=LATER)
    assert await store.user("ana") == replace(ANA, password_hash="$argon2id$y", one_time_until=LATER)
    await store.set_password("ana", "$argon2id$z")
    assert await store.user("ana") == replace(ANA, password_hash="$argon2id$z")


async def test_tokens_are_listed_without_themselves(store: SqlStore) -> None:
    await store.add_token("pbx", "hash", TokenScope.TAP)
    assert await store.tokens() == [ApiToken(name="pbx", scope=TokenScope.TAP)]


def noted(what: str) -> Noted:
    return Noted(at=BEGAN, who="adam", what=what, subject="ana")


async def test_what_an_admin_does_and_its_line_in_the_log_of_access_are_one(store: SqlStore) -> None:
    unwritable = replace(noted("user.add"), subject=None)  # type: ignore[arg-type]  # no database takes it
    with pytest.raises(StoreError):
        await store.add_user(ANA, noted=unwritable)
    assert await store.users() == []
    await store.add_user(ANA, noted=noted("user.add"))
    await store.add_session("one", "ana", LATER, now=BEGAN)
    await store.add_token("pbx", "h1", TokenScope.TAP, noted=noted("token.add"))
    for act in (
        store.change_user("ana", role=StaffRole.QA, noted=lambda _before, _after: unwritable),
        store.set_password("ana", "$other", noted=unwritable),
        store.end_token("pbx", noted=unwritable),
        store.add_token("other", "h2", TokenScope.ADMIN, noted=unwritable),
    ):
        with pytest.raises(StoreError):
            await act
    assert await store.session_user("one", BEGAN) == ANA
    assert [token.name for token in await store.tokens()] == ["pbx"]
    assert [entry.what for entry in await store.tasks.audit_entries()] == ["token.add", "user.add"]


async def test_a_text_that_postgresql_cannot_hold_is_no_fault_of_the_database(store: SqlStore) -> None:
    with contextlib.suppress(InputError):  # SQLite holds it, and knows nobody of the name
        assert await store.user("an\0a") is None
