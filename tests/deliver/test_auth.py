from collections.abc import Awaitable, Callable
from datetime import timedelta
from pathlib import Path

import pytest
from argon2 import PasswordHasher

from callguard.accounts import TokenScope, User
from callguard.deliver.auth import MEMORY, Doorkeeper, create_first_admin, create_user, hash_token
from callguard.deliver.passwords import Passwords
from callguard.errors import InputError, StoreError
from callguard.record.store import SqlStore
from callguard.terms import StaffRole
from tests.clocks import HandClock
from tests.deliver.office import PASSWORD, Office, cheap_passwords


def keeper(office: Office) -> Doorkeeper:
    found = office.web.state.services.doorkeeper
    assert isinstance(found, Doorkeeper)
    return found


def everything_in(folder: Path) -> bytes:
    return b"".join(file.read_bytes() for file in folder.glob("callguard.db*"))


async def test_a_right_password_opens_a_session_and_a_wrong_one_does_not(office: Office) -> None:
    doorkeeper = keeper(office)
    known = await doorkeeper.log_in("ana", PASSWORD)
    assert known is not None
    seen = await doorkeeper.session(known[1])
    assert seen is not None
    assert (known[0].name, seen.name) == ("ana", "ana")
    assert await doorkeeper.log_in("ana", PASSWORD + "!") is None
    assert await doorkeeper.log_in("nobody", PASSWORD) is None
    assert await doorkeeper.log_in("ana", "x" * 5000) is None
    assert await doorkeeper.session("made up") is None


async def test_a_session_ends_by_itself(office: Office) -> None:
    token = await office.cookie("ana")
    await office.clock.advance(12 * 3600 - 1)
    assert await keeper(office).session(token) is not None
    await office.clock.advance(2)
    assert await keeper(office).session(token) is None


async def test_no_secret_is_stored(office: Office, tmp_path: Path) -> None:
    cookie = await office.cookie("ana")
    bearer = await keeper(office).issue_token("pbx", TokenScope.TAP)
    await office.store.close()
    kept = everything_in(tmp_path)
    assert hash_token(cookie).encode() in kept
    assert not any(secret.encode() in kept for secret in (cookie, bearer, PASSWORD))


async def test_people_seen_before_are_known_while_the_store_fails_but_not_for_long(office: Office) -> None:
    class BrokenStore:
        async def session_user(self, token_hash: str, now: object) -> User | None:
            raise StoreError("gone")

    doorkeeper, token = keeper(office), await office.cookie("sam")
    unseen = await office.cookie("ana")
    await doorkeeper.session(token)
    doorkeeper._accounts = BrokenStore()  # type: ignore[assignment]  # all that `session` asks
    known = await doorkeeper.session(token)
    assert known is not None
    assert known.name == "sam"
    with pytest.raises(StoreError):
        await doorkeeper.session(unseen)
    await office.clock.advance(MEMORY.total_seconds() + 1)
    with pytest.raises(StoreError):
        await doorkeeper.session(token)


async def test_logging_out_ends_the_session_in_memory_too(office: Office) -> None:
    doorkeeper, token = keeper(office), await office.cookie("sam")
    await doorkeeper.session(token)
    await doorkeeper.log_out(token)
    assert await doorkeeper.session(token) is None


async def test_tokens_stand_for_a_tap_or_a_role(office: Office) -> None:
    doorkeeper = keeper(office)
    tap = await doorkeeper.issue_token("pbx", TokenScope.TAP)
    program = await doorkeeper.issue_token("crm", TokenScope.SENIOR)
    known = await doorkeeper.bearer(tap)
    user = await doorkeeper.bearer_user(program)
    assert known is not None
    assert user is not None
    assert (known.name, user.name, user.role) == ("pbx", "crm", StaffRole.SENIOR)
    assert await doorkeeper.bearer_user(tap) is None
    assert [await doorkeeper.admits_tap(token) for token in (tap, program, "made up")] == [True, False, False]
    with pytest.raises(InputError, match="letters, digits"):
        await doorkeeper.issue_token("no spaces", TokenScope.TAP)


async def test_changing_a_password_needs_the_old_one_and_ends_sessions(office: Office) -> None:
    doorkeeper, token = keeper(office), await office.cookie("ana")
    ana = await doorkeeper.session(token)
    assert ana is not None
    assert not await doorkeeper.change_password(ana, "wrong", "another long one")
    assert await doorkeeper.change_password(ana, PASSWORD, "another long one")
    assert await doorkeeper.session(token) is None
    assert await doorkeeper.log_in("ana", "another long one") is not None


async def test_the_first_admin_is_made_once(tmp_path: Path) -> None:
    store = await SqlStore.open(f"sqlite:///{tmp_path / 'empty.db'}")
    passwords = cheap_passwords()
    password = await create_first_admin(store, passwords)
    assert password is not None
    assert await Doorkeeper(store, passwords, HandClock(), session_hours=1).log_in("admin", password) is not None
    assert await create_first_admin(store, passwords) is None
    passwords.close()
    await store.close()


@pytest.mark.parametrize(
    ("name", "role", "is_made"),
    [("ben", StaffRole.SENIOR, True), ("ben", StaffRole.ADMIN, False), ("admin", StaffRole.AGENT, False)],
)
async def test_only_an_admin_or_somebody_of_that_name_keeps_the_first_admin_away(
    tmp_path: Path, name: str, role: StaffRole, *, is_made: bool
) -> None:
    store = await SqlStore.open(f"sqlite:///{tmp_path / 'added.db'}")
    passwords = cheap_passwords()
    await create_user(store, passwords, name=name, display_name="Ben", role=role, team="", password=PASSWORD)

    assert (await create_first_admin(store, passwords) is not None) == is_made
    passwords.close()
    await store.close()


@pytest.mark.parametrize("name", ["", " ", "a b", "-a", "a" * 65, "ä", "a\n"])
async def test_names_that_cannot_be_used_are_refused(office: Office, name: str) -> None:
    with pytest.raises(InputError, match="log-in name"):
        await create_user(
            office.store, cheap_passwords(), name=name, display_name="", role=StaffRole.QA, team="", password=PASSWORD
        )


async def test_short_passwords_are_refused_with_their_length() -> None:
    with pytest.raises(InputError, match="5 characters; expected 12"):
        await cheap_passwords().hash("short")


async def test_hashes_are_argon2id_and_a_damaged_one_matches_nothing() -> None:
    passwords = Passwords()
    assert (await passwords.hash(PASSWORD)).startswith("$argon2id$")
    assert not await passwords.matches(PASSWORD, "damaged")
    passwords.close()


class LookingTakesAWhile(Passwords):
    """Lets something happen between the look at a password and the session."""

    def __init__(self, meanwhile: Callable[[], Awaitable[object]]) -> None:
        super().__init__(PasswordHasher(time_cost=1, memory_cost=8, parallelism=1))
        self._meanwhile = meanwhile

    async def matches(self, password: str, password_hash: str | None) -> bool:
        is_right = await super().matches(password, password_hash)
        await self._meanwhile()
        return is_right


@pytest.mark.parametrize("is_disabled", [False, True])
async def test_a_password_that_is_changed_while_it_is_looked_at_opens_nothing(office: Office, *, is_disabled: bool) -> None:
    async def keep_out() -> None:
        if is_disabled:
            await office.store.change_user("ana", is_disabled=True)
        else:
            await office.store.set_password("ana", "$another")

    passwords = LookingTakesAWhile(keep_out)
    doorkeeper = Doorkeeper(office.store, passwords, office.clock, session_hours=12)
    assert await doorkeeper.log_in("ana", PASSWORD) is None
    passwords.close()


async def test_a_one_time_password_that_two_use_at_once_works_for_the_first(office: Office) -> None:
    class Overtaken(Passwords):
        """Somebody else exchanges the same password while the second one's own is being hashed."""

        async def hash(self, password: str) -> str:
            if password == theirs:
                first.append(await keeper(office).log_in("nia", PASSWORD, mine))
            return await super().hash(password)

    mine, theirs = "a password of my own", "a password of theirs"
    first: list[tuple[User, str] | None] = []
    until = office.clock.utc_now() + timedelta(hours=1)
    cheap = office.web.state.services.passwords
    await create_user(
        office.store,
        cheap,
        name="nia",
        display_name="Nia",
        role=StaffRole.AGENT,
        team="",
        password=PASSWORD,
        one_time_until=until,
    )
    slow = Overtaken(PasswordHasher(time_cost=1, memory_cost=8, parallelism=1))
    second = await Doorkeeper(office.store, slow, office.clock, session_hours=12).log_in("nia", PASSWORD, theirs)
    slow.close()
    assert second is None
    assert first[0] is not None
    assert await keeper(office).session(first[0][1]) is not None
    assert await keeper(office).log_in("nia", mine) is not None
    assert await keeper(office).log_in("nia", theirs) is None
