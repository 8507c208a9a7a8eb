"""Reads reviewed calls with what their reviewers hold."""

import asyncio
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import orjson

from callguard.events import StoredEvent
from callguard.record.opinions import Thing, things, truth_of
from callguard.record.store import SqlStore
from callguard.record.verdict_forms import CallFacts, facts_of
from callguard.reviewing import Drawn, Review, Verdict
from callguard.terms import Category

TYPES = ("transcript", "score", "decision", "decision_settled")


@dataclass(frozen=True, slots=True)
class ReviewedCall:
    """One call whose review is done."""

    call_id: str
    reviews: tuple[Review, ...]
    """Those that are done."""
    things: tuple[Thing, ...]

    @property
    def is_twice(self) -> bool:
        """Whether two reviewers are done."""
        return len(self.reviews) > 1

    @property
    def is_quiet(self) -> bool:
        """Whether it was drawn among calls without an alert."""
        return any(review.drawn is Drawn.QUIET for review in self.reviews)

    def truths(self) -> dict[str, frozenset[Category] | None]:
        """Return what each judged thing is; None while reviewers differ."""
        return {thing.unit: truth_of(thing, is_twice=self.is_twice) for thing in self.things}


async def reviewed_calls(store: SqlStore, *, limit: int) -> tuple[list[ReviewedCall], int]:
    """Return the latest reviewed calls, and how many there are. Raises StoreError."""
    by_call: dict[str, list[Review]] = defaultdict(list)
    for review in await store.reviews.finished():
        by_call[review.call_id].append(review)
    names = list(by_call)[:limit]
    versions: dict[str, list[Verdict]] = defaultdict(list)
    for verdict in await store.reviews.verdicts(names):
        versions[verdict.call_id].append(verdict)
    found = [
        ReviewedCall(name, tuple(by_call[name]), tuple(things(by_call[name], versions[name], is_blind=False))) for name in names
    ]
    return found, len(by_call)


async def reviewed_call(store: SqlStore, call_id: str) -> ReviewedCall:
    """Return one call with the reviews of it that are done, which may be none. Raises StoreError."""
    done = tuple(one for one in await store.reviews.of_call(call_id) if one.finished_at is not None)
    versions = await store.reviews.verdicts([call_id])
    return ReviewedCall(call_id, done, tuple(things(done, versions, is_blind=False)))


async def facts(store: SqlStore, call_ids: Iterable[str]) -> dict[str, CallFacts]:
    """Return what callguard said of calls. Raises StoreError."""
    return {call_id: await read_facts(store, call_id) for call_id in call_ids}


async def read_facts(store: SqlStore, call_id: str) -> CallFacts:
    """Return what callguard said of one call. Raises StoreError."""
    events = await store.events_of_call(call_id, types=TYPES)
    # An hour of talk is a tenth of a second of work: in a thread, because live calls share this loop.
    return await asyncio.to_thread(_read, call_id, events)


def _read(call_id: str, events: Sequence[StoredEvent]) -> CallFacts:
    return facts_of(call_id, [orjson.loads(event.body) for event in events])
