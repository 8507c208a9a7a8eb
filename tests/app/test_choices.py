import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from callguard.accounts import User
from callguard.app.choices import Choices, choose_policy
from callguard.app.parts import Parts
from callguard.call import LiveCall
from callguard.decide.policy import bundled_policies
from callguard.errors import InputError, PolicyError
from callguard.events import CallStarted, Decision, Event
from callguard.guard import Guard
from callguard.human_acts import AgentAssigned, HelpAsked, PromptsSwitched
from callguard.media.listening import Listening, SpeechJudge
from callguard.media.silero import Silero
from callguard.record.store import SqlStore
from callguard.settings import Settings, load_settings
from callguard.terms import GuardLevel, StaffRole
from tests.clocks import HandClock
from tests.fakes import call_started
from tests.record.ready import ready_sqlite
from tests.scorers import combined_scorer

ADMIN = User(name="adam", display_name="Adam", role=StaffRole.ADMIN, team="", password_hash="")
NEXT = bundled_policies()["standard"].read_text(encoding="utf-8").replace("version = 1", "version = 2", 1)


class Office:
    """Choices over a real store and a guard that can take calls."""

    def __init__(self, store: SqlStore, settings: Settings | None = None) -> None:
        self.clock, self.events = HandClock(), list[Event]()
        self.parts = Parts(settings or load_settings(), self.clock, None, scorer=combined_scorer())
        self.guard = Guard(self.make_call, SpeechJudge(Silero()), self.clock, max_calls=4)
        self.store = store
        self.choices = Choices(store, self.parts, self.guard, self.clock)

    def make_call(self, started: CallStarted, before: LiveCall[Listening] | None = None) -> LiveCall[Listening]:
        return LiveCall(
            started,
            self.parts.path(started, self.events.append),
            self.parts.listening(started),
            emit=self.events.append,
            clock=self.clock,
            guard=lambda: (GuardLevel.GUARDED, ""),
            silent_after_s=10,
            shows_prompts=self.parts.shows_prompts(started.agent),
        )


@pytest.fixture
async def store(tmp_path: Path) -> AsyncIterator[SqlStore]:
    opened = await SqlStore.open(ready_sqlite(tmp_path))
    yield opened
    await opened.close()


async def test_a_policy_holds_for_new_calls_from_now_on_and_after_a_restart_and_is_logged(store: SqlStore) -> None:
    office = Office(store)
    assert await office.choices.use_policy(NEXT, ADMIN) == "standard 2"

    again = Office(store)
    await again.choices.load()

    assert (office.parts.policy.label, again.parts.policy.label) == ("standard 2", "standard 2")
    entry = (await store.tasks.audit_entries())[0]
    assert (entry.who, entry.what, entry.subject) == ("adam", "policy.use", "standard 2")
    await store.close()


async def test_a_bundled_policy_is_chosen_by_its_name(store: SqlStore) -> None:
    office = Office(store)

    assert await office.choices.use_policy("low-tolerance", ADMIN) == "low-tolerance 1"
    await store.close()


async def test_a_broken_policy_is_refused_with_its_line_and_nothing_changes(store: SqlStore) -> None:
    office = Office(store)
    broken = NEXT.replace("mild_count = 3", "mild_count = 0")

    assert any("line " in problem for problem in office.choices.problems(broken))
    with pytest.raises(PolicyError, match="mild_count"):
        await office.choices.use_policy(broken, ADMIN)
    with pytest.raises(PolicyError, match="no TOML"):
        await office.choices.use_policy("[[[", ADMIN)
    assert office.parts.policy.label == "standard 1"
    assert await store.preferences.preference("", "policy") is None
    await store.close()


async def test_other_content_under_a_known_version_is_refused(store: SqlStore) -> None:
    office = Office(store)
    changed = NEXT.replace("version = 2", "version = 1").replace("mild_count = 3", "mild_count = 4")

    assert office.choices.changes(changed) == ["climb.mild_count: 3 → 4"]
    with pytest.raises(InputError, match="raise its version"):
        await office.choices.use_policy(changed, ADMIN)
    await office.choices.use_policy("low-tolerance", ADMIN)
    with pytest.raises(InputError, match="raise its version"):  # its name is taken by a policy that comes with callguard
        await office.choices.use_policy(changed, ADMIN)
    await store.close()


async def test_a_policy_of_an_earlier_version_that_cannot_be_read_leaves_the_settings_one(
    store: SqlStore, caplog: pytest.LogCaptureFixture
) -> None:
    await store.preferences.set_preference("", "policy", "schema = 99")
    office = Office(store)
    await office.choices.load()

    assert office.parts.policy.label == "standard 1"
    assert "cannot be used" in caplog.text
    await store.close()


async def test_what_was_chosen_elsewhere_is_taken_up_when_asked_and_running_calls_keep_theirs(store: SqlStore) -> None:
    office = Office(store)
    guarding = asyncio.ensure_future(office.guard.run())
    await office.clock.let_run()
    office.guard.open(call_started("c1", agent="sam"))
    await choose_policy(store, NEXT, was=office.parts.policy, at=office.clock.utc_now(), by="command line")
    assert office.parts.policy.label == "standard 1"

    assert await office.choices.reload() == "standard 2"

    assert office.parts.policy.label == "standard 2"
    office.guard.call("c1").act(HelpAsked(call_id="c1", at_sample=0, by="sam", is_panic=False))
    assert {event.policy for event in office.events if isinstance(event, Decision)} == {"standard 1"}
    guarding.cancel()
    await asyncio.gather(guarding, return_exceptions=True)
    await store.close()


async def test_the_file_of_the_settings_is_read_again_and_what_cannot_be_used_changes_nothing(
    store: SqlStore, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    file = tmp_path / "own.toml"
    file.write_text(NEXT, encoding="utf-8")
    office = Office(store, load_settings(decide={"policy": str(file)}))
    third = NEXT.replace("version = 2", "version = 3", 1)
    file.write_text(third, encoding="utf-8")
    assert await office.choices.reload() == "standard 3"

    broken = (
        third.replace("mild_count = 3", "mild_count = 0"),
        third + "\n[[[",
        third.replace("mild_count = 3", "mild_count = 4"),
    )
    for text in broken:
        file.write_text(text, encoding="utf-8")
        assert await office.choices.reload() == "standard 3"
    assert "raise its version" in str([record.__dict__ for record in caplog.records])
    assert office.parts.policy.climb.mild_count == 3
    await store.close()


async def test_cards_that_an_agent_does_not_want_stay_off_for_running_and_later_calls_until_they_want_them(
    store: SqlStore,
) -> None:
    office = Office(store)
    guarding = asyncio.ensure_future(office.guard.run())
    await office.clock.let_run()
    office.guard.open(call_started("c1", agent="sam"))
    await office.choices.set_prompts("sam", is_on=False)
    guarding.cancel()
    await asyncio.gather(guarding, return_exceptions=True)
    again = Office(store)
    await again.choices.load()
    assert (again.choices.shows_prompts("sam"), again.choices.shows_prompts("priya")) == (False, True)

    switched = [event for event in office.events if isinstance(event, PromptsSwitched)]
    assert [(event.call_id, event.by, event.is_on) for event in switched] == [("c1", "sam", False)]

    await again.choices.set_prompts("sam", is_on=True)
    assert again.choices.shows_prompts("sam")
    assert await store.preferences.preference("sam", "prompts") is None
    await store.close()


async def test_a_call_that_begins_or_is_given_to_an_agent_without_cards_says_so_in_its_events(store: SqlStore) -> None:
    office = Office(store)
    await office.choices.set_prompts("sam", is_on=False)
    guarding = asyncio.ensure_future(office.guard.run())
    await office.clock.let_run()
    office.guard.open(call_started("c1", agent="sam"))
    office.guard.open(call_started("c2", agent=""))
    await office.clock.let_run()

    office.choices.given(AgentAssigned(call_id="c2", at_sample=0, by="desk", agent="sam"))

    switched = [event for event in office.events if isinstance(event, PromptsSwitched)]
    assert [(event.call_id, event.is_on) for event in switched] == [("c1", False), ("c2", False)]
    guarding.cancel()
    await asyncio.gather(guarding, return_exceptions=True)
    await store.close()
