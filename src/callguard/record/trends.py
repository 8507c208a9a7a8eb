"""Figures over days and weeks, from what is stored; no figure is about one agent."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from math import ceil
from statistics import median
from typing import Any, Literal
from zoneinfo import ZoneInfo

import orjson
from sqlalchemy import ColumnElement, Row, or_, select

from callguard.record.database import Database
from callguard.record.findings import alert_lives
from callguard.record.opinions import is_false_alarm, newest
from callguard.record.review_files import ReviewFiles
from callguard.record.tables import calls, events, users
from callguard.reviewing import About, Verdict
from callguard.terms import GuardLevel
from callguard.tuning import Period

By = Literal["day", "week"]
SLOW = 0.9


@dataclass(slots=True)
class _Tally:
    calls: int = 0
    guarded: int = 0
    partly: int = 0
    alerts: int = 0
    withdrawn: int = 0
    waits: list[float] = field(default_factory=list)
    judged: int = 0
    false_alarms: int = 0
    missed: int = 0


class Trends:
    """Reads calls, lives of alerts, guard levels and verdicts. Every method raises StoreError if the store fails."""

    def __init__(self, database: Database, reviews: ReviewFiles) -> None:
        self._database = database
        self._reviews = reviews

    async def periods(
        self, since: datetime, until: datetime, *, by: By, zone: ZoneInfo, team: str = "", category: str = "", only_team: str = ""
    ) -> list[Period]:
        """Return one period after the other over the calls that began in this time.

        `category` narrows alerts and what is judged of them, not the calls; `only_team` leaves calls of other teams' agents out.
        """
        table = calls.outerjoin(users, users.c.name == calls.c.agent)
        own = [calls.c.started_at >= since, calls.c.started_at < until, *_of_team(team, only_team)]
        wanted = select(calls.c.call_id).select_from(table).where(*own)
        lives = select(alert_lives).where(alert_lives.c.call_id.in_(wanted))
        guards = select(events.c.call_id, events.c.body).where(events.c.type == "guard", events.c.call_id.in_(wanted))
        async with self._database.reading() as connection:
            rows = list(await connection.execute(select(calls.c.call_id, calls.c.started_at).select_from(table).where(*own)))
            alerts = list(await connection.execute(lives if not category else lives.where(alert_lives.c.category == category)))
            levels: list[Row[Any]] = list(await connection.execute(guards.order_by(events.c.seq)))
        begins = {row.call_id: _begin(row.started_at.astimezone(zone).date(), by) for row in rows}
        tallies = _empty(since.astimezone(zone).date(), until.astimezone(zone).date(), by)
        for call_id, level in _levels(begins, levels).items():
            tally = tallies[begins[call_id]]
            tally.calls += 1
            tally.guarded += level is GuardLevel.GUARDED
            tally.partly += level in (GuardLevel.FALLBACK, GuardLevel.DEGRADED)
        for life in alerts:
            _count(tallies[begins[life.call_id]], life)
        finished = {(one.call_id, one.reviewer) for one in await self._reviews.finished()}
        versions = await self._reviews.verdicts(begins)
        held = [one for one in newest(versions) if one.is_settling or (one.call_id, one.by) in finished]
        ids = {life.decision_id for life in alerts}
        _judge(tallies, begins, [one for one in held if one.about is About.ALERT and one.subject in ids])
        for call_id, _ in {(one.call_id, one.segment) for one in held if _is_miss(one, category)}:
            tallies[begins[call_id]].missed += 1
        return [_period(begin, tally) for begin, tally in sorted(tallies.items())]


def _of_team(team: str, only_team: str) -> Iterable[ColumnElement[bool]]:
    if team:
        yield users.c.team == team
    if only_team:  # as in a search: a call whose agent is in no team is every team's
        yield or_(users.c.team == only_team, users.c.team == "", users.c.team.is_(None))


def _begin(day: date, by: By) -> date:
    return day if by == "day" else day - timedelta(days=day.weekday())


def _empty(first: date, last: date, by: By) -> dict[date, _Tally]:
    step, begin, found = timedelta(days=1 if by == "day" else 7), _begin(first, by), dict[date, _Tally]()
    while begin <= last:
        found[begin] = _Tally()
        begin += step
    return found


def _levels(begins: Mapping[str, date], rows: Sequence[Row[Any]]) -> dict[str, GuardLevel]:
    """Return the level that says most about each call: the worst, but «partly» for one that was guarded at some time."""
    seen: dict[str, set[GuardLevel]] = defaultdict(set)
    for row in rows:
        seen[row.call_id].add(GuardLevel(orjson.loads(row.body)["guard"]))
    found = {}
    for call_id in begins:
        own = seen.get(call_id, set())
        if own == {GuardLevel.GUARDED}:
            found[call_id] = GuardLevel.GUARDED
        elif own <= {GuardLevel.NOT_GUARDED}:  # nothing is claimed of a call of which nothing is known
            found[call_id] = GuardLevel.NOT_GUARDED
        else:
            found[call_id] = GuardLevel.DEGRADED
    return found


def _count(tally: _Tally, life: Row[Any]) -> None:
    if life.is_withdrawn:
        tally.withdrawn += 1
        return
    tally.alerts += 1
    if life.help_s is not None:
        tally.waits.append(life.help_s)


def _judge(tallies: Mapping[date, _Tally], begins: Mapping[str, date], held: Iterable[Verdict]) -> None:
    """Count each alert on which reviewers agree, or that was settled."""
    said: dict[tuple[str, str], dict[bool, set[bool]]] = defaultdict(lambda: defaultdict(set))
    for one in held:
        said[one.call_id, one.subject][one.is_settling].add(is_false_alarm(one))
    for (call_id, _), views in said.items():
        view = views[True] or views[False]
        if len(view) == 1:
            tallies[begins[call_id]].judged += 1
            tallies[begins[call_id]].false_alarms += True in view


def _is_miss(verdict: Verdict, category: str) -> bool:
    return verdict.about is About.MISSED and (not category or category in verdict.categories)


def _period(begin: date, tally: _Tally) -> Period:
    waits = sorted(tally.waits)
    return Period(
        begins=begin,
        calls=tally.calls,
        guarded=tally.guarded,
        partly=tally.partly,
        alerts=tally.alerts,
        withdrawn=tally.withdrawn,
        helped=len(waits),
        median_help_s=round(median(waits), 1) if waits else None,
        slow_help_s=round(waits[ceil(len(waits) * SLOW) - 1], 1) if waits else None,
        judged=tally.judged,
        false_alarms=tally.false_alarms,
        missed=tally.missed,
    )
