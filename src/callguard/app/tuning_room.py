"""Tunes thresholds by verdicts: curves, what another policy would have done, and proposals that an admin decides upon."""

import asyncio
from collections.abc import Mapping, Sequence
from datetime import MAXYEAR, MINYEAR, datetime, timedelta
from itertools import count
from typing import Literal
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import orjson

from callguard.accounts import User
from callguard.app.parts import Parts
from callguard.app.policy_versions import PolicyVersions
from callguard.app.remembering import RememberingScorer
from callguard.app.rescore import Change, Fate, alerts_now, compare
from callguard.decide.policy import Policy, check_text, read_policy
from callguard.decide.threshold_text import with_thresholds
from callguard.errors import InputError, NotFoundError, PolicyError
from callguard.events import StoredEvent
from callguard.record.curves import curves, examples_of
from callguard.record.review_desk import is_blind
from callguard.record.reviewed_calls import ReviewedCall, facts, reviewed_call, reviewed_calls
from callguard.record.store import SqlStore
from callguard.terms import Category, StaffRole
from callguard.tuning import (
    MOST_CALLS,
    CardUse,
    Curves,
    Proposal,
    Proposed,
    Trends,
    WhatIf,
    WhatIfChange,
    WhatIfRequest,
)

ORDER = (Fate.COMES, Fate.GOES, Fate.MOVES, Fate.STAYS)
LONGEST = timedelta(days=400)
SENT = "the proposal"


class TuningRoom:
    """Going through calls again happens in a thread, one question at a time: live calls come first."""

    def __init__(self, store: SqlStore, parts: Parts, policies: PolicyVersions) -> None:
        self._store = store
        self._parts = parts
        self._policies = policies
        self._scorer = RememberingScorer(parts.scorer)
        self._turn = asyncio.Lock()

    async def curves(self) -> Curves:
        """Return precision and recall by threshold, on the latest reviewed calls."""
        reviewed, total = await reviewed_calls(self._store, limit=MOST_CALLS)
        known = await facts(self._store, (one.call_id for one in reviewed))
        examples, disputed = [], 0
        for one in reviewed:
            own, differing = examples_of(known[one.call_id], one.things, is_twice=one.is_twice)
            examples += own
            disputed += differing
        today = self._thresholds(self._parts.policy)
        return Curves(
            calls=total,
            quiet_calls=sum(one.is_quiet for one in reviewed),
            utterances=len(examples),
            in_dispute=disputed,
            running=self._parts.policy.label,
            policies=await self._labels(),
            thresholds=today,
            curves=tuple(await asyncio.to_thread(curves, examples, today)),
        )

    async def what_if(self, user: User, request: WhatIfRequest) -> WhatIf:
        """Go through calls again under today's policy and under another. Raises NotFoundError, PolicyError, InputError."""
        running = self._parts.policy
        other = await self._version(request.policy)
        if request.thresholds:
            other = other.model_copy(update={"thresholds": {**other.thresholds, **_checked(request.thresholds)}})
        if request.call_id:
            if await self._store.call(request.call_id) is None:
                raise NotFoundError("there is no such call; it may have been let go")
            reviewed, total = [await reviewed_call(self._store, request.call_id)], 1
        else:
            reviewed, total = await reviewed_calls(self._store, limit=MOST_CALLS)
        found: list[WhatIfChange] = []
        async with self._turn:
            for one in reviewed:
                events = await self._store.events_of_call(one.call_id)
                changes = await asyncio.to_thread(self._compare, one.call_id, events, running, other)
                found += [_told(change, await self._truths(one, user)) for change in changes]
        return WhatIf(
            calls=len(reviewed),
            of_calls=total,
            before=running.label,
            after=other.label,
            thresholds=self._thresholds(other),
            policies=await self._labels(),
            changes=tuple(sorted(found, key=lambda change: ORDER.index(Fate(change.fate)))),
        )

    async def propose(self, user: User, proposal: Proposal) -> Proposed:
        """Keep a version with these thresholds that nobody runs under. Raises NotFoundError, PolicyError, InputError."""
        base = await self._version(proposal.policy)
        try:
            text = await self._policies.text(proposal.policy or base.label)
        except NotFoundError as error:
            raise InputError("this policy is a file that the settings name; let an admin send it first, then propose") from error
        taken = {one.label for one in await self._policies.versions()}
        version = next(number for number in count(base.version + 1) if f"{base.name} {number}" not in taken)
        made = with_thresholds(text, proposal.thresholds, version=version)
        if problems := check_text(made, SENT):
            raise PolicyError(problems[0])
        return Proposed(label=await self._policies.propose(made, note=proposal.note, by=user))

    async def trends(
        self,
        user: User,
        since: datetime,
        until: datetime,
        *,
        by: Literal["day", "week"],
        zone: str,
        team: str,
        category: Category | None,
    ) -> Trends:
        """Return figures over time; senior staff get their own team's. Raises InputError for a zone or a time that is none."""
        _check_time(since, until)
        try:
            known = ZoneInfo(zone)
        except (ZoneInfoNotFoundError, ValueError, OSError) as error:
            raise InputError("the time zone is not known here; expected an IANA name such as Europe/Berlin") from error
        only_team = user.team if user.role is StaffRole.SENIOR else ""
        teams = [only_team] if only_team else await self._store.search.teams()
        found = await self._store.trends.periods(
            since, until, by=by, zone=known, team=team, category=category or "", only_team=only_team
        )
        return Trends(by=by, zone=zone, teams=tuple(teams), periods=tuple(found))

    async def cards(self, since: datetime, until: datetime) -> list[CardUse]:
        """Return how often each card is shown, used and waved away. Raises InputError for a time that is none or too long."""
        _check_time(since, until)
        return await self._store.card_figures.cards(since, until)

    async def _labels(self) -> tuple[str, ...]:
        return tuple(one.label for one in await self._policies.versions())

    async def _version(self, label: str) -> Policy:
        if label in ("", self._parts.policy.label):
            return self._parts.policy
        return read_policy(await self._policies.text(label), SENT)

    def _thresholds(self, policy: Policy) -> dict[Category, float]:
        return {**self._parts.scorer.thresholds, **policy.thresholds}

    def _compare(self, call_id: str, events: Sequence[StoredEvent], running: Policy, other: Policy) -> list[Change]:
        rows = [orjson.loads(event.body) for event in events]
        before, after = (
            alerts_now(rows, Parts(self._parts.settings, self._parts.clock, None, policy=policy, scorer=self._scorer))
            for policy in (running, other)
        )
        return compare(call_id, before, after)

    async def _truths(self, call: ReviewedCall, user: User) -> dict[str, frozenset[Category] | None]:
        """Return what reviewers say of a call, nothing while this user may not know."""
        all_reviews = await self._store.reviews.of_call(call.call_id)
        own = next((one for one in all_reviews if one.reviewer == user.name), None)
        return {} if is_blind(own, all_reviews) else call.truths()


def _told(change: Change, truths: Mapping[str, frozenset[Category] | None]) -> WhatIfChange:
    truth = truths.get(f"words:{change.segment}")
    verdict: Literal["", "right", "wrong"] = "" if truth is None else "right" if change.category in truth else "wrong"
    return WhatIfChange(
        call_id=change.call_id,
        fate=change.fate.value,
        category=change.category,
        because=change.because,
        before_s=change.before_s,
        after_s=change.after_s,
        verdict=verdict,
    )


def _checked(thresholds: Mapping[Category, float]) -> Mapping[Category, float]:
    for category, value in thresholds.items():
        if not 0 < value <= 1:
            raise InputError(f"a threshold of {value:g} for {category} is no probability; expected 0.01 to 0.99")
    return thresholds


def _check_time(since: datetime, until: datetime) -> None:
    if since.year == MINYEAR or until.year == MAXYEAR:  # in another zone, or a week on, it would be no time any more
        raise InputError("a time lies before the year 2 or after the year 9998; send another")
    if not timedelta() < until - since <= LONGEST:
        raise InputError(f"the time is empty or longer than {LONGEST.days} days; send `until` after `since`, and less of it")
