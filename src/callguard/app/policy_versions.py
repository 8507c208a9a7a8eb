"""All versions of policies: those that come with callguard, and those that people have proposed or used."""

import contextlib
import logging
from datetime import UTC, datetime
from typing import Protocol

from callguard.accounts import Noted, User
from callguard.app.choices import SENT
from callguard.clock import Clock
from callguard.decide.policy import Policy, bundled_policies, check_text, load_policy, read_policy
from callguard.decide.policy_diff import compare
from callguard.errors import InputError, NotFoundError, PolicyError
from callguard.operations import PolicyReport, PolicyVersion
from callguard.record.policy_shelf import PolicyShelf, ShelvedPolicy
from callguard.record.store import SqlStore

NEVER = datetime.min.replace(tzinfo=UTC)


log = logging.getLogger(__name__)


async def policy_called(store: SqlStore, label: str) -> Policy | None:
    """Return the policy of a label, None if none is kept or it can no longer be read. Raises StoreError."""
    text = await policy_text(store.policies, label)
    try:
        return None if text is None else read_policy(text, SENT)
    except PolicyError as error:
        log.warning("a policy of earlier cannot be read", extra={"policy": label, "cause": str(error)})
        return None


async def policy_text(shelf: PolicyShelf, label: str) -> str | None:
    """Return the policy of a label as TOML: as it is kept or as it comes with callguard, None if neither. Raises StoreError."""
    kept = await shelf.get(label)
    if kept is not None:
        return kept.text
    bundled = (path for name, path in bundled_policies().items() if load_policy(name).label == label)
    path = next(bundled, None)
    return None if path is None else path.read_text(encoding="utf-8")


class InUse(Protocol):
    """What new calls run under."""

    def policy(self) -> Policy:
        """Return it."""
        ...

    async def use_policy(self, text: str, by: User) -> str:
        """Put another one in its place; return its label. Raises PolicyError."""
        ...


class PolicyVersions:
    """Lists, compares, keeps and puts into use."""

    def __init__(self, store: SqlStore, choices: InUse, clock: Clock) -> None:
        self._shelf: PolicyShelf = store.policies
        self._choices = choices
        self._clock = clock

    async def versions(self) -> list[PolicyVersion]:
        """Return them: the running one first, then the newest."""
        running = self._choices.policy()
        shelved = {one.label: one for one in await self._shelf.all()}
        known = {label: self._version(one) for label, one in shelved.items()}
        for name in bundled_policies():
            policy = load_policy(name)
            kept = shelved.get(policy.label)
            known[policy.label] = self._plain(policy.label, policy.summary, "bundled", kept)
        if running.label not in known:  # a file that the settings name
            known[running.label] = self._plain(running.label, running.summary, "settings", None)
        return sorted(
            known.values(), key=lambda one: (one.is_running, one.used_at or one.added_at or NEVER, one.label), reverse=True
        )

    async def text(self, label: str) -> str:
        """Return one, as TOML. Raises NotFoundError."""
        text = await policy_text(self._shelf, label)
        if text is None:
            raise NotFoundError("no such version is kept; one that a settings file names is read where that file lies")
        return text

    def report(self, text: str) -> PolicyReport:
        """Say what is wrong with a text, or what it would change."""
        running = self._choices.policy()
        problems = tuple(check_text(text, SENT))
        if problems:
            return PolicyReport(label="", summary="", against=running.label, problems=problems, changes=())
        policy = read_policy(text, SENT)
        changes = tuple(compare(running, policy))
        return PolicyReport(label=policy.label, summary=policy.summary, against=running.label, problems=(), changes=changes)

    async def propose(self, text: str, *, note: str, by: User) -> str:
        """Keep a version that nobody runs under yet; return its label. Raises PolicyError, InputError."""
        policy = read_policy(text, SENT)
        await self._refuse_another_text(policy.label, text)
        now = self._clock.utc_now()
        await self._shelf.add(
            ShelvedPolicy(
                label=policy.label,
                text=text,
                summary=policy.summary,
                note=note,
                added_at=now,
                added_by=by.name,
                used_at=None,
                used_by="",
            ),
            noted=Noted(at=now, who=by.name, what="policy.propose", subject=policy.label, detail=note),
        )
        return policy.label

    async def use(self, label: str, by: User) -> str:
        """Let new calls run under a version. Raises NotFoundError, PolicyError, InputError."""
        return await self._choices.use_policy(await self.text(label), by)

    async def _refuse_another_text(self, label: str, text: str) -> None:
        """Raise InputError where the label stands for something else already, here or in callguard itself."""
        others = [self._choices.policy(), *(load_policy(name) for name in bundled_policies())]
        with contextlib.suppress(NotFoundError, PolicyError):  # what can no longer be read takes no label away
            others.append(read_policy(await self.text(label), SENT))
        policy = read_policy(text, SENT)
        if any(other.label == label and compare(other, policy) for other in others):
            raise InputError(f"{label} says something else already; raise its version, so that decisions can name it")

    def _version(self, kept: ShelvedPolicy) -> PolicyVersion:
        return self._plain(kept.label, kept.summary, "sent", kept)

    def _plain(self, label: str, summary: str, origin: str, kept: ShelvedPolicy | None) -> PolicyVersion:
        return PolicyVersion(
            label=label,
            summary=summary,
            origin=origin,
            is_running=label == self._choices.policy().label,
            note=kept.note if kept else "",
            added_at=kept.added_at if kept else None,
            added_by=kept.added_by if kept else "",
            used_at=kept.used_at if kept else None,
            used_by=kept.used_by if kept else "",
        )
