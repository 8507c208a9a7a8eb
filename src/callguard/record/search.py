"""Finds calls again."""

from collections import defaultdict
from collections.abc import Sequence
from typing import Any

from sqlalchemy import ColumnElement, Row, Select, func, or_, select
from sqlalchemy.ext.asyncio import AsyncConnection

from callguard.archive import AlertLife, CallQuery, FoundCall, FoundCalls, SaidLine
from callguard.record.database import Database
from callguard.record.findings import CATEGORY, TACTIC, alert_lives, call_traits, utterances
from callguard.record.review_files import verdicts
from callguard.record.tables import calls, users
from callguard.record.words_index import has_words
from callguard.terms import CallState, Category, Role, Tactic

LATEST_FIRST = (calls.c.started_at.desc(), calls.c.call_id)


class Search:
    """Reads the list of calls and the findings about them. Every method raises StoreError if the store fails."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def find(self, query: CallQuery, *, limit: int, offset: int = 0, only_team: str = "", reader: str = "") -> FoundCalls:
        """Return one page of what fits, latest call first; with `only_team` no calls of another team's agents.

        `reader` is whose verdicts count.

        Raises InputError for words that cannot be looked for.
        """
        is_sqlite = self._database.is_sqlite
        own = [*_conditions(query, is_sqlite=is_sqlite), *_of_team(only_team), *_judged(query.verdict, reader)]
        known = calls.outerjoin(users, users.c.name == calls.c.agent)
        counted = select(func.count()).select_from(known).where(*own)
        listed = select(calls, users.c.display_name, users.c.team).select_from(known).where(*own)
        listed = listed.order_by(*LATEST_FIRST).limit(limit).offset(offset)
        async with self._database.reading() as connection:
            total = int(await connection.scalar(counted) or 0)
            found = await _told(connection, list(await connection.execute(listed)), query.words, is_sqlite=is_sqlite)
        return FoundCalls(total=total, calls=tuple(found))

    async def ids(self, query: CallQuery, *, limit: int, only_team: str = "", reader: str = "") -> tuple[int, list[str]]:
        """Return how many calls `find` would find and the ids of the first, latest first. Raises InputError as `find` does."""
        own = [
            *_conditions(query, is_sqlite=self._database.is_sqlite),
            *_of_team(only_team),
            *_judged(query.verdict, reader),
        ]
        known = calls.outerjoin(users, users.c.name == calls.c.agent)
        counted = select(func.count()).select_from(known).where(*own)
        listed = select(calls.c.call_id).select_from(known).where(*own).order_by(*LATEST_FIRST).limit(limit)
        async with self._database.reading() as connection:
            return int(await connection.scalar(counted) or 0), list(await connection.scalars(listed))

    async def of_ids(self, ids: Sequence[str]) -> list[FoundCall]:
        """Return these calls, latest call first; one that was let go meanwhile is left out. At most some hundred ids."""
        known = calls.outerjoin(users, users.c.name == calls.c.agent)
        listed = select(calls, users.c.display_name, users.c.team).select_from(known).where(calls.c.call_id.in_(ids))
        async with self._database.reading() as connection:
            rows = list(await connection.execute(listed.order_by(*LATEST_FIRST)))
            return await _told(connection, rows, "", is_sqlite=self._database.is_sqlite)

    async def teams(self) -> list[str]:
        """Return the teams that users are in, by name."""
        async with self._database.reading() as connection:
            query = select(users.c.team).where(users.c.team != "").distinct().order_by(users.c.team)
            return list(await connection.scalars(query))


def _conditions(query: CallQuery, *, is_sqlite: bool) -> list[ColumnElement[bool]]:
    found: list[ColumnElement[bool]] = []
    if query.since is not None:
        found.append(calls.c.started_at >= query.since)
    if query.until is not None:
        found.append(calls.c.started_at < query.until)
    if query.team:
        found.append(users.c.team == query.team)
    if query.agent:
        found.append(calls.c.agent == query.agent)
    if query.min_severity:
        found.append(calls.c.peak_severity >= query.min_severity)
    if query.categories:
        found.append(_has_trait(CATEGORY, query.categories))
    if query.tactic is not None:
        found.append(_has_trait(TACTIC, (query.tactic,)))
    if query.life is not None:
        found.append(_has_alert(_lived(query.life)))
    if query.help_after_s is not None:
        slow = or_(alert_lives.c.help_s > query.help_after_s, alert_lives.c.help_s.is_(None))
        found.append(_has_alert(slow & ~alert_lives.c.is_withdrawn))
    if query.words.strip():
        said = select(utterances.c.call_id).where(has_words(query.words, is_sqlite=is_sqlite))
        found.append(calls.c.call_id.in_(said))
    return found


def _of_team(team: str) -> list[ColumnElement[bool]]:
    """Return the condition for a team. A call whose agent is in no team is every team's: somebody has to look after it."""
    return [or_(users.c.team == team, users.c.team == "", users.c.team.is_(None))] if team else []


def _judged(verdict: str, reader: str) -> list[ColumnElement[bool]]:
    """Return the condition for the reader's own verdicts, of each the version that holds."""
    if not verdict:
        return []
    own = (verdicts.c.by == reader) & ~verdicts.c.is_settling
    newest = select(func.max(verdicts.c.verdict_id)).where(own).group_by(verdicts.c.call_id, verdicts.c.subject)
    holds = verdicts.c.verdict_id.in_(newest) & ~verdicts.c.is_taken_back
    if verdict != "none":
        holds &= verdicts.c.judgement == verdict
    has_one = calls.c.call_id.in_(select(verdicts.c.call_id).where(holds))
    return [~has_one if verdict == "none" else has_one]


def _has_trait(kind: str, values: Sequence[str]) -> ColumnElement[bool]:
    own = (call_traits.c.kind == kind) & call_traits.c.value.in_([str(value) for value in values])
    return calls.c.call_id.in_(select(call_traits.c.call_id).where(own))


def _has_alert(condition: ColumnElement[bool]) -> ColumnElement[bool]:
    return calls.c.call_id.in_(select(alert_lives.c.call_id).where(condition))


def _lived(life: AlertLife) -> ColumnElement[bool]:
    match life:
        case AlertLife.WITHDRAWN:
            return alert_lives.c.is_withdrawn
        case AlertLife.ESCALATED:
            return alert_lives.c.tier > 1
        case AlertLife.ACKNOWLEDGED:
            return alert_lives.c.seen_s.is_not(None)
        case AlertLife.UNANSWERED:
            return alert_lives.c.seen_s.is_(None) & ~alert_lives.c.is_withdrawn


async def _told(connection: AsyncConnection, rows: Sequence[Row[Any]], words: str, *, is_sqlite: bool) -> list[FoundCall]:
    ids = [row.call_id for row in rows]
    traits = await _traits(connection, ids)
    helped = await _helped(connection, ids)
    said = await _said(connection, ids, words, is_sqlite=is_sqlite)
    return [_found(row, traits[row.call_id], helped.get(row.call_id), said.get(row.call_id)) for row in rows]


async def _traits(connection: AsyncConnection, ids: Sequence[str]) -> dict[str, dict[str, list[str]]]:
    found: dict[str, dict[str, list[str]]] = defaultdict(lambda: defaultdict(list))
    for row in await connection.execute(select(call_traits).where(call_traits.c.call_id.in_(ids)).order_by(call_traits.c.value)):
        found[row.call_id][row.kind].append(row.value)
    return found


async def _helped(connection: AsyncConnection, ids: Sequence[str]) -> dict[str, float | None]:
    """Return how long each call's first alert waited for help."""
    own = alert_lives.c.call_id.in_(ids) & ~alert_lives.c.is_withdrawn
    found: dict[str, float | None] = {}
    for row in await connection.execute(select(alert_lives).where(own).order_by(alert_lives.c.at)):
        found.setdefault(row.call_id, row.help_s)
    return found


async def _said(connection: AsyncConnection, ids: Sequence[str], words: str, *, is_sqlite: bool) -> dict[str, SaidLine]:
    """Return where the words were first said in each call."""
    if not words.strip() or not ids:
        return {}
    query: Select[Any] = select(utterances).where(has_words(words, is_sqlite=is_sqlite), utterances.c.call_id.in_(ids))
    found: dict[str, SaidLine] = {}
    for row in await connection.execute(query.order_by(utterances.c.start_s)):
        line = SaidLine(channel=Role(row.channel), segment=row.segment, start_s=row.start_s, text=row.text)
        found.setdefault(row.call_id, line)
    return found


def _found(row: Row[Any], traits: dict[str, list[str]], help_s: float | None, said: SaidLine | None) -> FoundCall:
    severe = {category.value for category in Category}
    return FoundCall(
        call_id=row.call_id,
        agent=row.agent,
        agent_name=row.display_name or "",
        team=row.team or "",
        line=row.line,
        started_at=row.started_at,
        ended_at=row.ended_at,
        state=CallState(row.state),
        peak_severity=row.peak_severity,
        alerts=row.alerts,
        # «help», «panic» and the like stand with alerts and are no categories of what was said.
        categories=tuple(Category(one) for one in traits[CATEGORY] if one in severe),
        tactics=tuple(Tactic(one) for one in traits[TACTIC]),
        help_s=help_s,
        said=said,
    )
