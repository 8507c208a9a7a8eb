"""The desk for finding and replaying calls: checks who may, notes who did, and joins what is kept."""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from datetime import timedelta
from pathlib import Path
from typing import Any

import orjson

from callguard.accounts import Noted, User
from callguard.archive import CallQuery, CallStory, Correction, FoundCalls, ReplayAccess
from callguard.clock import Clock
from callguard.errors import AccessError, InputError, NotFoundError
from callguard.events import CallRecord, StoredEvent
from callguard.record.peaks import Peaks
from callguard.record.recordings import Recordings
from callguard.record.retention import SEARCH
from callguard.record.store import SqlStore
from callguard.record.story import tell
from callguard.terms import Category, Role, StaffRole

REPLAYERS = frozenset({StaffRole.QA, StaffRole.SENIOR})
"""QA replays every call, senior staff those of their own team; an admin runs the machine and hears nobody."""
READERS_OF_THE_LOG = frozenset({StaffRole.QA, StaffRole.ADMIN})
READ, HEAR, CORRECT, EXPORT = "replay.read", "recording.hear", "words.correct", "calls.export"
SAME_SITTING = timedelta(minutes=10)
"""A browser asks for a recording piece by piece: what one person hears of one call within this time is one entry in the log."""
TYPES = (
    "call_started",
    "call_described",
    "call_ended",
    "gap",
    "transcript",
    "transcript_lost",
    "score",
    "state",
    "decision",
    "decision_settled",
    "warning_given",
    "threat_decided",
    "help_asked",
    "card_answered",
    "alert_answered",
    "tactic_requested",
    "staff_join",
    "guard",
    "shown",
)


class ReplayDesk:
    """All methods raise AccessError for what is not for the user's role, StoreError if the store fails."""

    def __init__(
        self, store: SqlStore, recordings: Recordings, *, thresholds: Callable[[], Mapping[Category, float]], clock: Clock
    ) -> None:
        """`thresholds` are those under which new calls are judged."""
        self._store = store
        self._recordings = recordings
        self._thresholds = thresholds
        self._clock = clock

    async def find(self, user: User, query: CallQuery, *, limit: int, offset: int) -> FoundCalls:
        """Return one page of a search; that words were looked for is logged, since each call comes with where they were said.

        Raises InputError for words that cannot be looked for.
        """
        team = self._only_team(user)
        found = await self._store.search.find(query, limit=limit, offset=offset, only_team=team, reader=user.name)
        if words := query.words.strip():
            await self._note(user, SEARCH, "", f"«{words}»: {found.total} calls")
        return found

    async def choose(self, user: User, query: CallQuery, *, limit: int) -> tuple[int, list[str]]:
        """Return how many calls a search finds, and the ids of the first. Raises InputError as `find` does."""
        return await self._store.search.ids(query, limit=limit, only_team=self._only_team(user), reader=user.name)

    async def teams(self, user: User) -> list[str]:
        """Return the teams among whose calls this user can search."""
        own = self._only_team(user)
        return [own] if own else await self._store.search.teams()

    async def story(self, user: User, call_id: str, *, where: str) -> CallStory:
        """Return a call for replay; that it was read is logged. Raises NotFoundError."""
        record, agent = await self._call(user, call_id)
        await self._note(user, READ, call_id, where)
        facts = await asyncio.to_thread(self._recordings.facts, call_id, is_running=record.ended_at is None)
        events = await self._store.events_of_call(call_id, types=TYPES)
        # An hour of talk is a tenth of a second of work: in a thread, because live calls share this loop.
        return await asyncio.to_thread(
            _tell,
            record,
            events,
            agent_name=agent.display_name if agent else "",
            team=agent.team if agent else "",
            thresholds=self._thresholds(),
            recording=facts,
            corrections=await self._store.corrections.of_call(call_id),
            comments=await self._store.comments.comments_of(call_id),
        )

    async def audio(self, user: User, call_id: str, *, where: str) -> Path:
        """Return the file of a call's recording; that it is heard is logged first. Raises NotFoundError."""
        record, _ = await self._call(user, call_id)
        if record.ended_at is None:
            raise NotFoundError("this call is still being recorded; it can be heard when it is over")
        path = await asyncio.to_thread(self._recordings.path, call_id)
        await self._note(user, HEAR, call_id, where)
        return path

    async def peaks(self, user: User, call_id: str) -> Peaks:
        """Return how loud a call's recording is over time. Raises NotFoundError."""
        await self._call(user, call_id)
        return await asyncio.to_thread(self._recordings.peaks, call_id)

    async def heard_piece(self, user: User, call_id: str, *, where: str) -> None:
        """Note that somebody hears a piece of a recording elsewhere, such as on an alert."""
        await self._note(user, HEAR, call_id, where)

    async def correct(self, user: User, call_id: str, channel: Role, segment: int, *, text: str) -> Correction:
        """Keep what was really said beside what was heard. Raises NotFoundError, InputError if nothing would change."""
        await self._call(user, call_id)
        heard = await self._store.corrections.heard(call_id, channel, segment)
        own = (one for one in await self._store.corrections.of_call(call_id) if (one.channel, one.segment) == (channel, segment))
        current = [heard, *(one.text for one in own)][-1]
        if text == current:
            raise InputError("the text is as it was; change it, or leave it")
        now = self._clock.utc_now()
        made = Correction(call_id=call_id, channel=channel, segment=segment, by=user.name, at=now, heard=heard, text=text)
        noted = Noted(at=now, who=user.name, what=CORRECT, subject=call_id, detail=f"{channel.value} {segment}")
        await self._store.corrections.correct(made, noted=noted)
        return made

    async def corrections(self, user: User, call_id: str) -> list[Correction]:
        """Return every correction of a call, oldest first. Raises NotFoundError."""
        await self._call(user, call_id)
        return await self._store.corrections.of_call(call_id)

    async def access(self, user: User, *, call_id: str = "", who: str = "", limit: int = 200) -> list[ReplayAccess]:
        """Return who heard, read or corrected calls, newest first."""
        if user.role not in READERS_OF_THE_LOG:
            raise AccessError(f"the log of access is not for the role «{user.role}»; ask somebody who is qa or admin")
        entries = await self._store.tasks.audit_entries(
            subject=call_id, who=who, what=(READ, HEAR, CORRECT, EXPORT, SEARCH), limit=limit
        )
        return [
            ReplayAccess.model_validate(
                {"at": one.at, "who": one.who, "what": one.what, "call_id": one.subject, "detail": one.detail}
            )
            for one in entries
        ]

    async def _call(self, user: User, call_id: str) -> tuple[CallRecord, User | None]:
        own = self._only_team(user)
        record = await self._store.call(call_id)
        agent = await self._store.user(record.agent) if record is not None and record.agent else None
        if record is None or (own and agent is not None and agent.team not in ("", own)):
            raise NotFoundError("there is no such call among those that you may replay: it is another team's, or was let go")
        return record, agent

    @staticmethod
    def _only_team(user: User) -> str:
        if user.role not in REPLAYERS:
            raise AccessError(f"replaying calls is not for the role «{user.role}»; ask somebody who is qa or senior")
        return user.team if user.role is StaffRole.SENIOR else ""

    async def _note(self, user: User, what: str, call_id: str, where: str) -> None:
        now = self._clock.utc_now()
        if not await self._store.tasks.has_audited(user.name, what, call_id, where, since=now - SAME_SITTING):
            await self._store.tasks.audit(now, user.name, what, call_id, where)


def _tell(record: CallRecord, events: Sequence[StoredEvent], **known: Any) -> CallStory:
    return tell(record, [orjson.loads(event.body) for event in events], **known)
