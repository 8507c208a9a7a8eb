"""What is to be done after calls: time for the agent, the team's notice, the call back, and what waits for senior staff."""

from datetime import timedelta
from typing import Protocol

from callguard.accounts import User
from callguard.callers import RestrictionStatus
from callguard.cases import KEEPERS, AuditEntry, FollowUp, FollowUpStatus, ReviewQueue, TeamNotice, WrapUp
from callguard.clock import Clock
from callguard.errors import AccessError
from callguard.incidents import IncidentContent, IncidentStatus, IncidentSummary
from callguard.record.caller_desk import CallerDesk
from callguard.record.incident_desk import IncidentDesk, Rules
from callguard.record.incident_files import IncidentFiles
from callguard.record.register_files import RegisterFiles
from callguard.record.task_files import TaskFiles
from callguard.record.telling import Outbox
from callguard.sendings import Kind
from callguard.terms import StaffRole

CALL_BACK = frozenset({StaffRole.SENIOR})
"""Hang-up follow-up is for mid and high level staff (POLICY.md); an admin runs the machine."""
NOTICE = "A colleague has just had a difficult call. Please give each other a little room; senior staff are looking after it."
"""Whose call it was, what was said and by whom is nobody's business here."""
SOON = timedelta(hours=1)
"""Time of one's own is offered, and the team told, while it is of use: not when a stopped server catches up after days."""
NOTICES = timedelta(days=2)
"""So long a team reads a notice."""
CARE_WORDING = "Call back out of care: ask how they are, whether they are safe now and who is with them. Say nothing of conduct."


class People(Protocol):
    """Who works here."""

    async def user(self, name: str, /) -> User | None:
        """Return the user of this log-in name."""
        ...


class TaskDesk:
    """After the call."""

    def __init__(
        self,
        tasks: TaskFiles,
        incidents: IncidentFiles,
        register: RegisterFiles,
        *,
        incident_desk: IncidentDesk,
        caller_desk: CallerDesk,
        people: People,
        outbox: Outbox,
        rules: Rules,
        clock: Clock,
    ) -> None:
        self._tasks = tasks
        self._incidents = incidents
        self._register = register
        self._incident_desk = incident_desk
        self._caller_desk = caller_desk
        self._people = people
        self._outbox = outbox
        self._rules = rules
        self._clock = clock

    # --- by the product: it drafts, offers and tells, and decides nothing -----------------------------

    async def call_ended(self, call_id: str) -> IncidentSummary | None:
        """Do what follows a call with an alert, one that was hung up, or one that somebody marked; safe to repeat."""
        drafted = await self._incident_desk.draft(call_id)
        if drafted is None:
            return None
        summary, content, _ = drafted
        ended_at = content.facts.ended_at
        if summary.agent and (ended_at is None or self._clock.utc_now() - ended_at < SOON):
            await self._begin_wrap_up(summary)
        if content.facts.was_hung_up:
            await self._add_follow_up(summary, content)
        return summary

    # --- by people --------------------------------------------------------------------------------

    async def wrap_up(self, user: User) -> WrapUp | None:
        """Return the time of their own that an agent is having."""
        return await self._tasks.wrap_up(user.name)

    async def end_wrap_up(self, user: User) -> None:
        """Be ready for calls again: only the agent says so."""
        told = self._outbox.sendings_of(Kind.AGENT_STATE, {"agent": user.name, "state": "ready"})
        await self._tasks.end_wrap_ups(user.name, self._clock.utc_now(), told=told)
        self._outbox.posted()

    async def take_wrap_up(self, call_id: str, user: User) -> WrapUp | None:
        """Take time after a call, whatever its score, and again after having been ready: nobody has to justify it."""
        await self._start_wrap_up(call_id, user.name, again=True)
        return await self._tasks.wrap_up(user.name)

    async def notices(self, user: User) -> list[TeamNotice]:
        """Return what one's team should know; all teams for senior staff. An agent's own call is no news to them."""
        team = None if user.role in KEEPERS else user.team
        found = await self._tasks.notices(team, self._clock.utc_now() - NOTICES)
        if user.role is not StaffRole.AGENT:
            return found
        own = {_notice_id(summary) for summary in await self._incidents.summaries(agent=user.name)}
        return [notice for notice in found if notice.notice_id not in own]

    async def follow_ups(self, user: User, *, is_open: bool | None = None) -> list[FollowUp]:
        """Return the calls back that are to be made, the most urgent first."""
        self._check(user, CALL_BACK)
        now = self._clock.utc_now()
        return [task.at(now) for task in await self._tasks.follow_ups(is_open=is_open)]

    async def take_follow_up(self, follow_up_id: str, user: User) -> FollowUp:
        """Take a task on oneself."""
        self._check(user, CALL_BACK)
        now = self._clock.utc_now()
        await self._tasks.take_follow_up(follow_up_id, by=user.name, at=now)
        return (await self._tasks.follow_up(follow_up_id)).at(now)

    async def end_follow_up(self, follow_up_id: str, user: User, *, outcome: str) -> FollowUp:
        """Say how the call back went."""
        self._check(user, CALL_BACK)
        await self._tasks.end_follow_up(follow_up_id, by=user.name, at=self._clock.utc_now(), outcome=outcome)
        return await self._tasks.follow_up(follow_up_id)

    async def queue(self, user: User) -> ReviewQueue:
        """Return all that waits for senior staff."""
        self._check(user, KEEPERS)
        now = self._clock.utc_now()
        await self._tasks.audit(now, user.name, "queue.read", "")
        open_ones = [RestrictionStatus.PROPOSED, RestrictionStatus.IN_FORCE]
        restrictions = [restriction.at(now) for restriction in await self._register.restrictions(statuses=open_ones)]
        return ReviewQueue(
            to_complete=tuple(await self._incidents.summaries(statuses=[IncidentStatus.DRAFT])),
            to_sign=tuple(await self._incidents.summaries(statuses=[IncidentStatus.COMPLETED, IncidentStatus.AMENDED])),
            restrictions_to_decide=tuple(r for r in restrictions if r.status is RestrictionStatus.PROPOSED),
            restrictions_to_review=tuple(
                r
                for r in restrictions
                if r.status is RestrictionStatus.IN_FORCE and r.review_at is not None and r.review_at <= now
            ),
            follow_ups=tuple(task.at(now) for task in await self._tasks.follow_ups(is_open=True)),
            repeat_offenders=tuple(await self._caller_desk.repeat_offenders()),
        )

    async def audit(
        self, user: User, *, subject: str = "", who: str = "", kind: str = "", before: int = 0, limit: int = 500
    ) -> list[AuditEntry]:
        """Return who looked at or changed what, newest first."""
        if user.role is not StaffRole.ADMIN:
            raise AccessError(f"the log of access is not for the role «{user.role}»; ask somebody who is admin")
        return await self._tasks.audit_entries(subject=subject, who=who, kind=kind, before=before, limit=limit)

    # --- inside -----------------------------------------------------------------------------------

    async def _begin_wrap_up(self, summary: IncidentSummary) -> None:
        await self._start_wrap_up(summary.call_id, summary.agent)
        # Even if they took it themselves: the team is told once of each record, by its number.
        known = await self._people.user(summary.agent)
        notice = TeamNotice(
            notice_id=_notice_id(summary),
            at=self._clock.utc_now(),
            team="" if known is None else known.team,
            text=NOTICE,
        )
        told = self._outbox.sendings_of(Kind.TEAM_NOTICE, {"team": notice.team, "text": notice.text})
        await self._tasks.add_notice(notice, told=told)
        self._outbox.posted()

    async def _start_wrap_up(self, call_id: str, agent: str, *, again: bool = False) -> None:
        offered_s = self._rules().wrap_up_offered_s
        wrap_up = WrapUp(call_id=call_id, agent=agent, began_at=self._clock.utc_now(), offered_s=offered_s, ended_at=None)
        state = {"agent": agent, "state": "wrap_up", "offered_s": offered_s}
        await self._tasks.begin_wrap_up(wrap_up, again=again, told=self._outbox.sendings_of(Kind.AGENT_STATE, state))
        self._outbox.posted()

    async def _add_follow_up(self, summary: IncidentSummary, content: IncidentContent) -> None:
        rules, now = self._rules(), self._clock.utc_now()
        task = FollowUp(
            follow_up_id=f"f_{summary.incident_id}",
            call_id=summary.call_id,
            incident_id=summary.incident_id,
            agent=summary.agent,
            caller=summary.caller,
            status=FollowUpStatus.OPEN,
            wording=CARE_WORDING if content.facts.about_care else rules.follow_up_wording,
            created_at=now,
            due_at=(content.facts.ended_at or now) + timedelta(hours=rules.follow_up_hours),
            taken_by="",
            done_by="",
            done_at=None,
            outcome="",
        )
        due = {"follow_up_id": task.follow_up_id, "incident_id": task.incident_id, "due_at": task.due_at.isoformat()}
        await self._tasks.add_follow_up(task, told=self._outbox.sendings_of(Kind.FOLLOW_UP_DUE, due))
        self._outbox.posted()

    @staticmethod
    def _check(user: User, roles: frozenset[StaffRole]) -> None:
        if user.role not in roles:
            raise AccessError(f"this is not for the role «{user.role}»; ask somebody who is {' or '.join(sorted(roles))}")


def _notice_id(summary: IncidentSummary) -> str:
    return f"n_{summary.incident_id}"
