"""The desk for reviewing calls: draws them, takes verdicts, keeps a second reviewer blind, and says how far both agree."""

from collections import Counter, defaultdict
from collections.abc import Callable, Sequence
from uuid import uuid4

from callguard.accounts import Noted, User
from callguard.clock import Clock
from callguard.errors import AccessError, InputError, NotFoundError
from callguard.record.agreement import agreements
from callguard.record.lots import drawn, lot
from callguard.record.opinions import Thing, newest, things
from callguard.record.reviewed_calls import read_facts
from callguard.record.store import SqlStore
from callguard.record.verdict_forms import CallFacts, filled
from callguard.reviewing import (
    Agreement,
    CallReview,
    Dispute,
    Draw,
    Drawn,
    DrawRequest,
    NewVerdict,
    Review,
    ReviewEntry,
    Verdict,
)
from callguard.terms import StaffRole

REVIEWERS = frozenset({StaffRole.QA})
"""Senior staff answer alerts and an admin runs the machine: neither judges what concerns their own work."""
SECOND = "second review"
"""Seed of the lot by which a call gets a second reviewer: nobody can choose which."""


class ReviewDesk:
    """All methods raise AccessError for everybody but QA, StoreError if the store fails."""

    def __init__(self, store: SqlStore, *, second_share: float, policy: Callable[[], str], clock: Clock) -> None:
        """`second_share` of reviewed calls get a second reviewer; `policy` is the label of the running one."""
        self._store = store
        self._files = store.reviews
        self._second_share = second_share
        self._policy = policy
        self._clock = clock

    async def draw(self, user: User, request: DrawRequest) -> Draw:
        """Put calls into the queue by lot, of each kind as many as asked for. Raises InputError for a time that is none."""
        _check(user)
        if request.until <= request.since:
            raise InputError("the time to draw from ends before it begins; send `until` after `since`")
        now = self._clock.utc_now()
        calls = await self._files.candidates(request.since, request.until, request.team)
        kinds = {
            Drawn.ALERTING: ([name for name, alerts in calls if alerts], request.alerting),
            Drawn.QUIET: ([name for name, alerts in calls if not alerts], request.quiet),
        }
        chosen = [
            self._new(name, 1, kind, seed=request.seed)
            for kind, (names, count) in kinds.items()
            for name in drawn(request.seed, names, count)
        ]

        def noted(kept: Sequence[Review]) -> Noted:
            made = Counter(one.drawn for one in kept)
            detail = f"seed {request.seed}: {made[Drawn.ALERTING]} alerting, {made[Drawn.QUIET]} quiet"
            return Noted(at=now, who=user.name, what="review.draw", subject="", detail=detail)

        kept = await self._files.add(chosen, noted=noted)
        made = Counter(one.drawn for one in kept)
        return Draw(
            drawn={kind: made[kind] for kind in kinds},
            among={kind: len(names) for kind, (names, _) in kinds.items()},
            known=len(chosen) - len(kept),
        )

    async def entries(self, user: User, *, limit: int) -> list[ReviewEntry]:
        """Return what this user may take and has begun, then what they have done; newest first.

        Second reviews of what they reviewed first are not among it.
        """
        _check(user)
        return await self._files.entries(user.name, limit=limit)

    async def take(self, user: User, review_id: str) -> Review:
        """Begin a review. Raises NotFoundError, InputError if it is somebody's, or if the user reviewed this call already."""
        _check(user)
        if not await self._files.take(review_id, user.name, self._clock.utc_now()):
            known = await self._files.get(review_id)
            if known is None:
                raise NotFoundError("there is no such review; load the queue again")
            if known.reviewer != user.name:
                raise InputError("this review is somebody else's, or you have reviewed this call already; take another one")
        found = await self._files.get(review_id)
        assert found is not None, "it was there a moment ago"
        return found

    async def of_call(self, user: User, call_id: str) -> CallReview:
        """Return what this user may see of the verdicts on a call. Raises NotFoundError."""
        _check(user)
        facts = await self._facts(call_id)
        all_reviews = await self._files.of_call(call_id)
        versions = await self._files.verdicts([call_id])
        own = next((one for one in all_reviews if one.reviewer == user.name), None)
        blind = is_blind(own, all_reviews)
        held = [one for one in newest(versions) if not blind or (one.by == user.name and not one.is_settling)]
        judged = {one.subject for one in held if one.by == user.name}
        return CallReview(
            own=own,
            verdicts=tuple(held),
            is_blind=blind,
            alerts=tuple(alert for alert in facts.alerts_to_judge if alert not in judged),
            disputed=() if blind else tuple(one.unit for one in _both(all_reviews, versions) if one.is_disputed),
        )

    async def say(self, user: User, call_id: str, new: NewVerdict) -> Verdict:
        """Take a verdict; the first on a call begins a review. Raises NotFoundError, InputError."""
        _check(user)
        facts = await self._facts(call_id)
        made = filled(new, facts, by=user.name, at=self._clock.utc_now(), policy=self._policy())
        await self._own(user, call_id)
        return await self._files.say(made)

    async def take_back(self, user: User, call_id: str, subject: str) -> None:
        """Let one's own verdict no longer hold; it stays as a version. Raises NotFoundError."""
        _check(user)
        held = newest(await self._files.verdicts([call_id]))
        own = next((one for one in held if one.by == user.name and one.subject == subject and not one.is_settling), None)
        if own is None:
            raise NotFoundError("you have given no verdict on this; load the call again")
        await self._files.say(own.model_copy(update={"at": self._clock.utc_now(), "is_taken_back": True}))

    async def versions(self, user: User, call_id: str) -> list[Verdict]:
        """Return every version that this user may see, oldest first. Raises NotFoundError."""
        seen = await self.of_call(user, call_id)
        found = await self._files.verdicts([call_id])
        return [one for one in found if not seen.is_blind or (one.by == user.name and not one.is_settling)]

    async def finish(self, user: User, call_id: str) -> Review:
        """Say that one went through the whole call. Raises InputError while an alert has no verdict, NotFoundError."""
        seen = await self.of_call(user, call_id)
        if seen.alerts:
            raise InputError(f"{len(seen.alerts)} alerts of this call have no verdict yet; judge them, then finish")
        own = seen.own or await self._own(user, call_id)
        now = self._clock.utc_now()
        await self._files.finish(own.review_id, now)
        if own.round == 1 and lot(SECOND, call_id) < self._second_share:
            await self._files.add([self._new(call_id, 2, own.drawn, seed=own.seed)])
        return own.model_copy(update={"finished_at": own.finished_at or now})

    async def settle(self, user: User, call_id: str, new: NewVerdict) -> Verdict:
        """Settle what two reviewers see differently. Raises AccessError before both are done, InputError, NotFoundError."""
        seen = await self.of_call(user, call_id)
        finished = [one for one in await self._files.of_call(call_id) if one.finished_at is not None]
        if seen.is_blind or len(finished) < 2:  # both rounds
            raise AccessError("both reviewers must be done before anything is settled; finish the second review first")
        made = filled(new, await self._facts(call_id), by=user.name, at=self._clock.utc_now(), policy=self._policy())
        return await self._files.say(made.model_copy(update={"is_settling": True}))

    async def disputes(self, user: User) -> list[Dispute]:
        """Return what is to be settled, latest review first."""
        _check(user)
        open_ones = []
        for own in (await self._twice(is_blind=False)).values():
            record = await self._store.call(own[0].call_id) if own else None
            for one in own if record is not None else ():
                if one.is_disputed:
                    given = one.first or one.second
                    assert given is not None and record is not None  # noqa: PT018  # a thing is made of a verdict
                    open_ones.append(
                        Dispute(
                            call_id=one.call_id,
                            subject=one.unit,
                            at_s=given.at_s,
                            started_at=record.started_at,
                            first=one.first,
                            second=one.second,
                        )
                    )
        return open_ones

    async def agreement(self, user: User) -> list[Agreement]:
        """Return how far blind reviewers agree, for all categories together and each."""
        _check(user)
        found = (await self._twice(is_blind=True)).values()
        both = [one for own in found for one in own]
        return agreements([one.views for one in both], [one.severities for one in both])

    async def _twice(self, *, is_blind: bool) -> dict[str, list[Thing]]:
        """Return the things of every call that two reviewers have done."""
        by_call: dict[str, list[Review]] = defaultdict(list)
        for review in await self._files.finished():
            by_call[review.call_id].append(review)
        twice = {call_id: own for call_id, own in by_call.items() if len(own) > 1}
        versions: dict[str, list[Verdict]] = defaultdict(list)
        for verdict in await self._files.verdicts(twice):
            versions[verdict.call_id].append(verdict)
        return {call_id: things(own, versions[call_id], is_blind=is_blind) for call_id, own in twice.items()}

    async def _own(self, user: User, call_id: str) -> Review:
        """Return this user's review of a call, begun now if need be. Raises InputError where both rounds are others'."""
        now = self._clock.utc_now()
        for number in (1, 2):
            known = next((one for one in await self._files.of_call(call_id) if one.round == number), None)
            if known is None:
                known = self._new(call_id, number, Drawn.CHOSEN)
                await self._files.add([known])
            if known.reviewer == user.name or await self._files.take(known.review_id, user.name, now):
                return next(one for one in await self._files.of_call(call_id) if one.reviewer == user.name)
            mine = [one for one in await self._files.of_call(call_id) if one.reviewer == user.name]
            if mine:
                return mine[0]
        raise InputError("two others are reviewing this call; write a comment, or settle what they differ on when they are done")

    async def _facts(self, call_id: str) -> CallFacts:
        record = await self._store.call(call_id)
        if record is None:
            raise NotFoundError("there is no such call; it may have been let go")
        if record.ended_at is None:
            raise InputError("this call is still going on; review it when it is over")
        return await read_facts(self._store, call_id)

    def _new(self, call_id: str, number: int, kind: Drawn, *, seed: str = "") -> Review:
        return Review(
            review_id=uuid4().hex,
            call_id=call_id,
            round=1 if number == 1 else 2,
            drawn=kind,
            seed=seed,
            reviewer="",
            created_at=self._clock.utc_now(),
            taken_at=None,
            finished_at=None,
        )


def _check(user: User) -> None:
    if user.role not in REVIEWERS:
        raise AccessError(f"reviewing calls is not for the role «{user.role}»; ask somebody who is qa")


def is_blind(own: Review | None, all_reviews: Sequence[Review]) -> bool:
    """Whether others' verdicts are kept back: whoever may still become a reviewer sees none; when both are done nobody can."""
    if own is not None:
        return own.finished_at is None
    return sum(one.finished_at is not None for one in all_reviews) < 2  # both rounds


def _both(all_reviews: Sequence[Review], versions: Sequence[Verdict]) -> list[Thing]:
    finished = [one for one in all_reviews if one.finished_at is not None]
    return things(finished, versions, is_blind=False) if len(finished) > 1 else []
