"""What people choose while the server runs: the policy that new calls get, and whether an agent wants cards."""

import asyncio
import logging
import tomllib
from collections.abc import Callable
from datetime import datetime

from callguard.accounts import Noted, User
from callguard.app.parts import Parts
from callguard.call import LiveCall
from callguard.clock import Clock, SystemClock
from callguard.decide.policy import Policy, bundled_policies, check_text, diff_policies, load_policy, read_policy
from callguard.errors import CallguardError, InputError, PolicyError
from callguard.guard import Guard
from callguard.human_acts import AgentAssigned, PromptsSwitched
from callguard.media.listening import Listening
from callguard.record.policy_shelf import ShelvedPolicy
from callguard.record.store import SqlStore
from callguard.settings import Settings

log = logging.getLogger(__name__)

INSTALLATION = ""
POLICY, PROMPTS = "policy", "prompts"
OFF = "off"
COMMAND_LINE = "command line"
"""Who chose, in the log."""
SENT = "the policy that was sent"
"""What stands in messages where a file's name would."""


class Choices:
    """Choices that survive a restart. A call keeps the policy that it began with: its state means something under that one."""

    def __init__(
        self,
        store: SqlStore,
        parts: Parts,
        guard: Guard[Listening],
        clock: Clock,
        *,
        agent_of: Callable[[str], str | None] = lambda _: None,
    ) -> None:
        """`agent_of` says whose a call is that came without an agent's name."""
        self._store = store
        self._parts = parts
        self._guard = guard
        self._clock = clock
        self._agent_of = agent_of
        self._without_prompts: set[str] = set()
        parts.shows_prompts = self.shows_prompts

    async def load(self) -> None:
        """Take up what was chosen in an earlier run; where a policy of then cannot be read, that of the settings holds."""
        chosen = await self._store.preferences.preferences_named(PROMPTS)
        self._without_prompts = {name for name, value in chosen.items() if value == OFF}
        text = await self._store.preferences.preference(INSTALLATION, POLICY)
        if text is None:
            return
        try:
            self._parts.policy = read_policy(text, SENT)
        except PolicyError as error:
            extra = {"cause": str(error), "instead": self._parts.policy.label}  # the cause says place and remedy
            log.error("the policy chosen earlier cannot be used", extra=extra)  # noqa: TRY400  # a traceback would hide it

    async def reload_when(self, asked: asyncio.Event) -> None:
        """Reload whenever that is asked for, until cancelled."""
        while True:
            await asked.wait()
            asked.clear()
            await self.reload()

    async def reload(self) -> str:
        """Read again which policy new calls get, and return its label: the stored choice, else the file that the settings name.

        What cannot be used is logged and leaves everything as it is.
        """
        was = self._parts.policy
        try:
            policy = await policy_in_use(self._store, self._parts.settings)
            check_version(was, policy)
        except CallguardError as error:
            extra = {"cause": str(error), "instead": was.label}  # the cause says file, line and remedy
            log.error("the policy was not read again", extra=extra)  # noqa: TRY400  # a traceback would hide it
            return was.label
        self._parts.policy = policy
        if diff_policies(was, policy):
            log.warning("another policy holds from now on", extra={"policy": policy.label, "was": was.label, "by": "reload"})
        else:
            log.warning("the policy was read again and says the same", extra={"policy": policy.label})
        return policy.label

    # --- the policy -----------------------------------------------------------------------------

    def policy(self) -> Policy:
        """Return the policy that new calls get."""
        return self._parts.policy

    def problems(self, text: str) -> list[str]:
        """Return everything that is wrong with a policy text, one sentence each."""
        return check_text(whole(text), SENT)

    def changes(self, text: str) -> list[str]:
        """Return what a sound policy text would change. Raises PolicyError."""
        return diff_policies(self._parts.policy, read_policy(whole(text), SENT))

    async def use_policy(self, text: str, by: User) -> str:
        """Let new calls run under this policy from now on and return its label; running calls end under their own.

        `text` is TOML or the name of a bundled policy. Raises PolicyError, or InputError for other content under a known version.
        """
        was = self._parts.policy
        policy = await choose_policy(self._store, whole(text), was=was, at=self._clock.utc_now(), by=by.name)
        self._parts.policy = policy
        log.warning("another policy holds from now on", extra={"policy": policy.label, "was": was.label, "by": by.name})
        return policy.label

    # --- prompts --------------------------------------------------------------------------------

    def shows_prompts(self, agent: str) -> bool:
        """Whether an agent wants cards; alerts to senior staff go on either way."""
        return agent not in self._without_prompts

    async def set_prompts(self, agent: str, *, is_on: bool) -> None:
        """Switch cards on or off for an agent, at once and for later calls. Nobody is told and nothing follows from it."""
        await self._store.preferences.set_preference(agent, PROMPTS, None if is_on else OFF)
        (self._without_prompts.discard if is_on else self._without_prompts.add)(agent)
        for call in self._guard.calls:
            if agent in (call.started.agent, self._agent_of(call.started.call_id)):
                self._switch(call, agent, is_on=is_on)

    def given(self, event: AgentAssigned) -> None:
        """Let a call that is given to an agent follow what they chose."""
        if not self.shows_prompts(event.agent):
            self._switch(self._guard.call(event.call_id), event.agent, is_on=False)

    def _switch(self, call: LiveCall[Listening], agent: str, *, is_on: bool) -> None:
        try:
            call.act(PromptsSwitched(call_id=call.started.call_id, at_sample=call.now_sample, by=agent, is_on=is_on))
        except CallguardError as error:
            log.warning("cards could not be switched", extra={"call_id": call.started.call_id, "cause": str(error)})


async def choose_policy(store: SqlStore, text: str, *, was: Policy, at: datetime, by: str) -> Policy:
    """Keep a policy text as the one that new calls get, in the store and its log, and return it.

    Raises PolicyError, InputError for other content under a known version, or StoreError.
    """
    policy = read_policy(text, SENT)
    check_version(was, policy)
    await _shelve(store, policy, text, at, by)
    noted = Noted(at=at, who=by, what="policy.use", subject=policy.label, detail=f"instead of {was.label}")
    await store.policies.take_into_use(policy.label, text, choice=(INSTALLATION, POLICY), noted=noted)
    return policy


async def policy_in_use(store: SqlStore, settings: Settings) -> Policy:
    """Return the policy that new calls get: what was chosen, else that of the settings. Raises PolicyError, StoreError."""
    chosen = await store.preferences.preference(INSTALLATION, POLICY)
    return load_policy(settings.decide.policy) if chosen is None else read_policy(chosen, "the policy in use")


async def choose_stored(settings: Settings, text: str) -> str:
    """Choose a policy without a running server and return the label of the one before it. Raises what `choose_policy` does."""
    store = await SqlStore.open(settings.database_url)
    try:
        was = await policy_in_use(store, settings)
        await choose_policy(store, text, was=was, at=SystemClock().utc_now(), by=COMMAND_LINE)
        return was.label
    finally:
        await store.close()


def check_version(was: Policy, policy: Policy) -> None:
    """Raise InputError for other content under the same label."""
    if policy.label == was.label and diff_policies(was, policy):
        raise InputError(f"{policy.label} says something else already; raise its version, so that decisions can name it")


def whole(text: str) -> str:
    """Return a policy's text, which may be given by the name of a bundled one. Raises PolicyError for what is no TOML."""
    path = bundled_policies().get(text.strip())
    if path is not None:
        return path.read_text(encoding="utf-8")
    try:
        tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise PolicyError(f"{SENT} is no TOML: {error}; mend that line") from error
    return text


async def _shelve(store: SqlStore, policy: Policy, text: str, now: datetime, by: str) -> None:
    """Keep what is put into use, word for word. Raises InputError where its label stands for other content."""
    kept = await store.policies.get(policy.label)
    if kept is None:
        for name in bundled_policies():
            check_version(load_policy(name), policy)
        await store.policies.add(
            ShelvedPolicy(
                label=policy.label,
                text=text,
                summary=policy.summary,
                note="",
                added_at=now,
                added_by=by,
                used_at=None,
                used_by="",
            )
        )
    elif kept.text != text:
        check_version(read_policy(kept.text, SENT), policy)
