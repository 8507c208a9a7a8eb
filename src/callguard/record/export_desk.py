"""The desk that hands out selections of calls as files: checks who may, notes who did, and reads call by call.

An hour of talk takes a tenth of a second to write: that is done in a thread, because live calls share the event loop.
"""

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from datetime import datetime
from typing import Any

import orjson

from callguard.accounts import User
from callguard.archive import CallQuery, CallStory, Export, ExportForm
from callguard.cases import AftercareRules
from callguard.clock import Clock
from callguard.errors import InputError, NotFoundError
from callguard.incidents import incident_id_of
from callguard.record import call_csv
from callguard.record.call_report import report_blocks
from callguard.record.call_vcon import call_as_vcon
from callguard.record.press import Press
from callguard.record.replay_desk import EXPORT, ReplayDesk
from callguard.record.retention import days_kept, kept_as
from callguard.record.review_desk import ReviewDesk
from callguard.record.store import SqlStore
from callguard.record.zip_stream import zipped
from callguard.terms import StaffRole

MOST = {ExportForm.CSV: 10_000, ExportForm.JSON: 1_000, ExportForm.VCON: 1_000, ExportForm.PDF: 50}
"""Calls in one file: what a person can use, and what reading does not take from running calls for long."""
KIND = {
    ExportForm.CSV: "text/csv; charset=utf-8",
    ExportForm.JSON: "application/json",
    ExportForm.VCON: "application/zip",
    ExportForm.PDF: "application/pdf",
}
ENDING = {ExportForm.CSV: "csv", ExportForm.JSON: "json", ExportForm.VCON: "vcon.zip", ExportForm.PDF: "pdf"}
MOST_LINES = 5_000
"""Utterances in one report: a report is set as a whole, which takes ten seconds for so many."""
PAGE = 200
"""Rows read at once."""
NOT_OF_THE_CALL = {"thresholds"}
"""Today's, for new calls: in a file they would be taken for those of the call."""


class ExportDesk:
    """Hands out selections of calls; a file is made while it is read, so that its size is never held in memory."""

    def __init__(
        self,
        store: SqlStore,
        replays: ReplayDesk,
        reviews: ReviewDesk,
        *,
        rules: Callable[[], AftercareRules],
        clock: Clock,
        most: Mapping[ExportForm, int] = MOST,
        most_lines: int = MOST_LINES,
        page: int = PAGE,
    ) -> None:
        """`most` calls are in a file of each form, `most_lines` utterances in a report; `page` rows are read at once."""
        self._store = store
        self._replays = replays
        self._reviews = reviews
        self._rules = rules
        self._clock = clock
        self._most = most
        self._most_lines = most_lines
        self._page = page
        self._press = Press()

    async def export(self, user: User, query: CallQuery, *, form: ExportForm) -> Export:
        """Return the calls that a search finds as a file; that it was made is logged first.

        Raises AccessError for who may not replay, InputError for more calls than the form holds or words that cannot be looked
        for, StoreError, which what is read of the file later can raise too.
        """
        total, ids = await self._replays.choose(user, query, limit=self._most[form])
        most = self._most[form]
        if total > most:
            raise InputError(
                f"{total} calls fit, and a {form.value} file holds {most} at most; take a shorter time or narrow the search"
            )
        now = self._clock.utc_now()
        await self._store.tasks.audit(now, user.name, EXPORT, "", f"{form.value}, {len(ids)} calls; {described(query)}")
        match form:
            case ExportForm.CSV:
                chunks = self._csv(ids)
            case ExportForm.JSON:
                chunks = self._json(user, ids)
            case ExportForm.VCON:
                chunks = zipped(self._vcons(user, ids, now), at=now)
            case ExportForm.PDF:
                chunks = _whole(await self._report(user, ids, now, described(query)))
        return Export(name=f"calls-{now:%Y%m%d-%H%M%S}Z.{ENDING[form]}", media_type=KIND[form], chunks=chunks)

    async def _csv(self, ids: Sequence[str]) -> AsyncIterator[bytes]:
        yield call_csv.head()
        for start in range(0, len(ids), self._page):
            yield call_csv.rows(await self._store.search.of_ids(ids[start : start + self._page]))

    async def _json(self, user: User, ids: Sequence[str]) -> AsyncIterator[bytes]:
        """Yield one document, whose end is missing where it could not be read to the end: no program takes it for whole."""
        about = {"schema": "callguard-calls-1", "exported_at": self._clock.utc_now(), "exported_by": user.name}
        yield orjson.dumps(about)[:-1] + b',"calls":['
        between = b"\n"
        async for story in self._stories(user, ids, ExportForm.JSON):
            yield between + await self._object(user, story)
            between = b",\n"
        yield b"\n]}\n"

    async def _vcons(self, user: User, ids: Sequence[str], now: datetime) -> AsyncIterator[tuple[str, bytes]]:
        """Yield names and contents. A name holds no call id: that comes from outside and may not be fit for a file's name."""
        rules, number = self._rules(), 0
        async for story in self._stories(user, ids, ExportForm.VCON):
            number += 1
            name = f"{number:04}-{story.started_at:%Y%m%d-%H%M%S}Z.vcon.json"
            kept_days = await self._kept_days(story.call_id, rules)
            yield name, await asyncio.to_thread(_vcon, story, rules, now, kept_days)

    async def _kept_days(self, call_id: str, rules: AftercareRules) -> int:
        """Return how long retention keeps a call as it stands now."""
        call, incident = await self._store.call(call_id), await self._store.incidents.find(incident_id_of(call_id))
        is_on_hold = incident is not None and incident.is_on_hold
        alerts = 0 if call is None else call.alerts
        return days_kept(kept_as(has_incident=incident is not None, is_on_hold=is_on_hold, alerts=alerts), rules)

    async def _report(self, user: User, ids: Sequence[str], now: datetime, filters: str) -> bytes:
        """Return the report. Raises InputError where more was said than it holds."""
        stories, lines = [], 0
        async for story in self._stories(user, ids, ExportForm.PDF):
            stories.append(story)
            lines += len(story.lines)
            if lines > self._most_lines:
                raise InputError(
                    f"more than {self._most_lines} utterances were said in these calls, too many for a report; "
                    "take fewer calls, or export them as json"
                )
        organisation = self._rules().organisation
        by = user.display_name or user.name
        blocks = await asyncio.to_thread(report_blocks, stories, organisation=organisation, by=by, at=now, filters=filters)
        footer = f"{organisation} · exported {now:%Y-%m-%d %H:%M} UTC by {by} · confidential"
        return await self._press.set(blocks, title="Calls", author=organisation, footer=footer)

    async def _stories(self, user: User, ids: Sequence[str], form: ExportForm) -> AsyncIterator[CallStory]:
        """Yield calls, each noted as read; one that was let go since the file was begun is left out."""
        for call_id in ids:
            try:
                story = await self._replays.story(user, call_id, where=f"export {form.value}")
            except NotFoundError:
                continue
            yield story

    async def _object(self, user: User, story: CallStory) -> bytes:
        corrections = await self._store.corrections.of_call(story.call_id)
        beside: dict[str, Any] = {"corrections": [one.model_dump(mode="json", exclude={"call_id"}) for one in corrections]}
        if user.role is StaffRole.QA and story.ended_at is not None:
            # By the desk that keeps a second reviewer blind: what it does not show is not in the file.
            seen = await self._reviews.of_call(user, story.call_id)
            beside["verdicts"] = [one.model_dump(mode="json", exclude={"call_id"}) for one in seen.verdicts]
            beside["other_verdicts_are_kept_back"] = seen.is_blind
        return await asyncio.to_thread(_written, story, beside)


def _written(story: CallStory, beside: Mapping[str, Any]) -> bytes:
    return orjson.dumps({**story.model_dump(mode="json", exclude=NOT_OF_THE_CALL), **beside})


def _vcon(story: CallStory, rules: AftercareRules, at: datetime, kept_days: int) -> bytes:
    return orjson.dumps(call_as_vcon(story, rules, at=at, kept_days=kept_days), option=orjson.OPT_INDENT_2)


async def _whole(content: bytes) -> AsyncIterator[bytes]:
    yield content


def described(query: CallQuery) -> str:
    """Return the filters for the log of access; of words only that there were some, because they may repeat what was said."""
    parts = query.model_dump(mode="json", exclude_defaults=True, exclude={"words"})
    named = [f"{name}={','.join(value) if isinstance(value, list) else value}" for name, value in parts.items()]
    return ", ".join(named + (["words"] if query.words.strip() else [])) or "all"
