"""Lets go of calls whose time is over: events and audio by class, never what an incident or a legal hold still needs."""

import logging
from collections import Counter
from collections.abc import Container, Iterable
from datetime import datetime, timedelta
from pathlib import Path
from typing import Literal

from sqlalchemy import delete, func, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from callguard.cases import AftercareRules, ErasureReport, Lapse, RetentionReport
from callguard.errors import StoreError
from callguard.record.audio import audio_stem, stem_of
from callguard.record.call_comments import call_comments
from callguard.record.case_tables import audit_log, call_marks, incidents, wrap_ups
from callguard.record.corrections import corrections
from callguard.record.database import Database
from callguard.record.findings import forget_findings
from callguard.record.journal import keep_number
from callguard.record.outbox import outbox
from callguard.record.peaks import peaks_file
from callguard.record.register_files import RegisterFiles
from callguard.record.review_files import forget_reviews
from callguard.record.tables import calls, events
from callguard.record.task_files import TaskFiles
from callguard.record.words_index import forget_deleted_words

log = logging.getLogger(__name__)

WHO = "callguard retention"
SEARCH = "calls.search"
"""The one act in the log of access that is let go of: it holds words, most often of somebody whose call is gone."""
SWEEP = "retention.sweep"
"""Said in the log of every pass that deletes, even where there was nothing to delete."""
ERASE = "caller.erase"
Kept = Literal["ordinary", "reviewed", "incident", "hold"]


def kept_as(*, has_incident: bool, is_on_hold: bool, alerts: int) -> Kept:
    """Return the class of a call."""
    if is_on_hold:
        return "hold"
    if has_incident:
        return "incident"
    return "reviewed" if alerts else "ordinary"


def days_kept(kind: Kept, rules: AftercareRules) -> int:
    """Return how long a call of this class is kept after its end; 0 is for ever."""
    return {"ordinary": rules.ordinary_days, "reviewed": rules.reviewed_days, "incident": rules.incident_days, "hold": 0}[kind]


def is_over(kind: Kept, ended_at: datetime, rules: AftercareRules, now: datetime) -> bool:
    """Whether a call's time is over; a hold has no end, and 0 days are for ever."""
    days = days_kept(kind, rules)
    return days > 0 and ended_at <= now - timedelta(days=days)


class Retention:
    """One pass over all calls that have ended; running calls are never touched."""

    def __init__(self, database: Database, register: RegisterFiles, tasks: TaskFiles, audio: Path) -> None:
        self._database = database
        self._register = register
        self._tasks = tasks
        self._audio = audio

    async def sweep(
        self, rules: AftercareRules, now: datetime, *, is_dry_run: bool, with_strays: bool = False
    ) -> RetentionReport:
        """Delete what is over, or only say what would be; with `with_strays` also recordings that belong to no stored call.

        Raises StoreError for a recording that cannot be deleted.
        """
        kept: Counter[str] = Counter()
        lapsed: list[Lapse] = []
        all_calls = await self._calls()
        recordings, strays = self._recordings({audio_stem(call_id) for call_id, _, _ in all_calls}, _long_ago(rules, now))
        for call_id, ended_at, kind in all_calls:
            if ended_at is None or not is_over(kind, ended_at, rules, now):
                kept[kind] += 1
                continue
            lapse = await self._lapse(call_id, kind, ended_at, recordings.get(audio_stem(call_id), ()))
            if is_dry_run or await self._delete(lapse, now):
                lapsed.append(lapse)
            else:
                kept[kind] += 1
        callers = 0
        if rules.caller_days:
            before = now - timedelta(days=rules.caller_days)
            callers = await self._register.lapsed_callers(before, delete_them=not is_dry_run)
        if not is_dry_run:
            await self._forget_searches(rules, now)
            if lapsed:
                await forget_deleted_words(self._database)
            told = f"{len(lapsed)} calls and {callers} callers were deleted"
            if with_strays and strays:
                self._unlink(strays)
                told += f", and {len(strays)} recordings of no stored call"
            await self._tasks.audit(now, WHO, SWEEP, "", told)
        return RetentionReport(
            at=now, was_dry_run=is_dry_run, lapsed=tuple(lapsed), kept=dict(kept), callers=callers, strays=tuple(strays)
        )

    async def erase(self, caller: str, now: datetime, *, is_dry_run: bool, with_records: bool) -> ErasureReport:
        """Delete what is kept of one caller, known by keyed hash, whatever its time, or only say what would be.

        Calls that have a record stay, and so do notes and restrictions, but for `with_records`; what goes on, is in force or
        under hold stays in any case. Raises StoreError.
        """
        all_calls = await self._calls()
        own = set(await self._register.calls_of(caller))
        recordings, _ = self._recordings({audio_stem(call_id) for call_id, _, _ in all_calls}, 0.0)
        erased: list[Lapse] = []
        kept: Counter[str] = Counter()
        for call_id, ended_at, kind in all_calls:
            if call_id not in own:
                continue
            if ended_at is None or kind == "hold" or (kind == "incident" and not with_records):
                kept["running" if ended_at is None else kind] += 1
                continue
            lapse = await self._lapse(call_id, kind, ended_at, recordings.get(audio_stem(call_id), ()))
            if is_dry_run or await self._delete(lapse, now, because="erased on request"):
                erased.append(lapse)
            else:
                kept[kind] += 1
        gone = [lapse.call_id for lapse in erased]
        told = await self._register.erase(
            caller, now, with_records=with_records, is_dry_run=is_dry_run, calls_that_go=gone if is_dry_run else ()
        )
        if not is_dry_run:
            await forget_deleted_words(self._database)
            detail = f"{len(erased)} calls and {told.records} records were erased"
            await self._tasks.audit(now, WHO, ERASE, caller, detail)
        return ErasureReport(
            at=now,
            was_dry_run=is_dry_run,
            erased=tuple(erased),
            kept=dict(kept),
            records=told.records,
            is_forgotten=told.is_forgotten,
        )

    async def _forget_searches(self, rules: AftercareRules, now: datetime) -> None:
        """Let go of what was looked for, once the calls are gone in which it may have been found; those of incidents aside."""
        if not (rules.ordinary_days and rules.reviewed_days):
            return  # calls are kept for ever
        before = now - timedelta(days=max(rules.ordinary_days, rules.reviewed_days))
        async with self._database.writing() as connection:
            await connection.execute(delete(audit_log).where(audit_log.c.what == SEARCH, audit_log.c.at < before))

    async def _calls(self) -> list[tuple[str, datetime | None, Kept]]:
        query = select(
            calls.c.call_id, calls.c.ended_at, calls.c.alerts, incidents.c.incident_id, incidents.c.is_on_hold
        ).outerjoin(incidents, incidents.c.call_id == calls.c.call_id)
        async with self._database.reading() as connection:
            return [
                (
                    row.call_id,
                    row.ended_at,
                    kept_as(has_incident=row.incident_id is not None, is_on_hold=bool(row.is_on_hold), alerts=row.alerts),
                )
                for row in await connection.execute(query.order_by(calls.c.started_at, calls.c.call_id))
            ]

    async def _lapse(self, call_id: str, kind: Kept, ended_at: datetime, audio: Iterable[str]) -> Lapse:
        query = select(func.count()).select_from(events).where(events.c.call_id == call_id)
        async with self._database.reading() as connection:
            count = int(await connection.scalar(query) or 0)
        return Lapse(call_id=call_id, kept_as=kind, ended_at=ended_at, events=count, audio=tuple(audio))

    def _recordings(self, stems: Container[str], long_ago: float) -> tuple[dict[str, list[str]], list[str]]:
        """Return the file names of each call, by its stem, and those that are of no call and were last written long ago."""
        found: dict[str, list[str]] = {}
        strays = []
        for file in sorted(self._audio.glob("*.opus")) if self._audio.is_dir() else ():
            stem = stem_of(file.stem, stems)
            if stem is not None:
                found.setdefault(stem, []).append(file.name)
            elif file.stat().st_mtime < long_ago:
                strays.append(file.name)
        return found, strays

    async def _delete(self, lapse: Lapse, now: datetime, *, because: str = "") -> bool:
        """Let go of a call, and return whether it was still to be."""
        async with self._database.writing() as connection:
            # A write first: nobody else changes the call, or makes a record of it, until this is committed.
            same = update(calls).where(calls.c.call_id == lapse.call_id, calls.c.ended_at == lapse.ended_at)
            is_same = (await connection.execute(same.values(ended_at=lapse.ended_at))).rowcount
            if not is_same or await _needed(connection, lapse.call_id, lapse.kept_as):
                return False
            # Before the rows: what breaks off here is done again by the next pass, and no sound stays that nobody knows of.
            self._unlink(lapse.audio)
            await keep_number(connection)
            await connection.execute(delete(events).where(events.c.call_id == lapse.call_id))
            for table in (calls, call_marks, wrap_ups, corrections, call_comments, outbox):
                await connection.execute(delete(table).where(table.c.call_id == lapse.call_id))
            await forget_findings(connection, lapse.call_id)
            await forget_reviews(connection, lapse.call_id)
            detail = f"{because or f'kept as {lapse.kept_as}'}, {lapse.events} events, {len(lapse.audio)} recordings"
            done = {"at": now, "who": WHO, "what": "retention.delete", "subject": lapse.call_id, "detail": detail}
            await connection.execute(insert(audit_log), done)
        log.info("a call was let go", extra={"call_id": lapse.call_id, "kept_as": lapse.kept_as, "events": lapse.events})
        return True

    def _unlink(self, names: Iterable[str]) -> None:
        for name in names:
            try:
                (self._audio / name).unlink(missing_ok=True)
                peaks_file(self._audio / name).unlink(missing_ok=True)
            except OSError as error:
                raise StoreError(f"recording {name} cannot be deleted ({error.strerror}); mend its permissions") from error


def _long_ago(rules: AftercareRules, now: datetime) -> float:
    """Return when a recording must have been written last to be looked for in vain, in seconds since 1970."""
    return (now - timedelta(days=rules.ordinary_days)).timestamp() if rules.ordinary_days else 0.0


async def _needed(connection: AsyncConnection, call_id: str, kind: Kept) -> bool:
    """Whether somebody has made a record of the call, or put it under hold, since it was looked at."""
    query = select(incidents.c.is_on_hold).where(incidents.c.call_id == call_id).with_for_update()
    row = (await connection.execute(query)).one_or_none()
    return row is not None and (row.is_on_hold or kind not in ("incident", "hold"))
