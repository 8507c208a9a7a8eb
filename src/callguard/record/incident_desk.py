"""What people do with incident records: who may do what, in which order, and who was told about it."""

from collections.abc import Callable, Sequence
from contextlib import suppress
from datetime import datetime
from typing import Any, Literal, Protocol
from uuid import uuid4

import orjson

from callguard.accounts import User
from callguard.cases import KEEPERS, AftercareRules
from callguard.clock import Clock
from callguard.errors import AccessError, InputError, NotFoundError
from callguard.events import CallRecord, StoredEvent
from callguard.incidents import (
    CallAct,
    ChainCheck,
    Comment,
    IncidentContent,
    IncidentEntry,
    IncidentStatus,
    IncidentSummary,
    IncidentVersion,
    IncidentView,
    Statement,
    SupportOffer,
    incident_id_of,
)
from callguard.record.contact import pervasive
from callguard.record.draft import draft_facts
from callguard.record.incident_files import CHANGED, NO_SUCH, IncidentFiles, first_row
from callguard.record.task_files import TaskFiles
from callguard.record.telling import Outbox
from callguard.sendings import Kind, Sending
from callguard.terms import StaffRole

Rules = Callable[[], AftercareRules]
Deed = Literal["comment", "complete", "sign", "amend", "offer_support", "hold", "export"]
PRODUCT = "callguard"
REASONS = {"alert": "alert", "hung_up": "hung up", "marked": "marked"}
"""Why a record was drafted, as people read it."""
BY_PERSONS: frozenset[Deed] = frozenset({"complete", "sign", "amend"})
"""What a program with a token never does: records are completed and signed by people (POLICY.md)."""


class Calls(Protocol):
    """Where stored events are read."""

    async def events_of_call(self, call_id: str, /) -> Sequence[StoredEvent]:
        """Return the events of a call in order."""
        ...

    async def call(self, call_id: str, /) -> CallRecord | None:
        """Return one call."""
        ...


class IncidentDesk:
    """Drafts, completes, signs, amends; every look and every change is logged."""

    def __init__(
        self,
        incidents: IncidentFiles,
        tasks: TaskFiles,
        calls: Calls,
        *,
        outbox: Outbox,
        rules: Rules,
        clock: Clock,
        new_id: Callable[[], str] = lambda: uuid4().hex,
    ) -> None:
        self._incidents = incidents
        self._tasks = tasks
        self._calls = calls
        self._outbox = outbox
        self._rules = rules
        self._clock = clock
        self._new_id = new_id

    # --- by the product ---------------------------------------------------------------------------

    async def draft(
        self, call_id: str, *, by: str = PRODUCT, reason: str = ""
    ) -> tuple[IncidentSummary, IncidentContent, bool] | None:
        """Write the record of a call that ended, if it has reasons for one, and say whether it is new; None without reasons.

        A new one is told as it is written, and that its caller is to be reported too.
        """
        rows = [orjson.loads(event.body) for event in await self._calls.events_of_call(call_id)]
        if not rows:
            return None
        facts = draft_facts(rows, marks=await self._marks(call_id, rows), questions=self._rules().checklist)
        if not facts.reasons:
            return None
        why = reason or f"Drafted from stored events: {', '.join(REASONS[one] for one in facts.reasons)}."
        now = self._clock.utc_now()
        told = await self._told_of(first_row(facts, now))
        summary, is_new = await self._incidents.draft(facts, now, by=by, reason=why, told=told)
        self._outbox.posted()
        return summary, IncidentContent(facts=facts), is_new

    async def refresh(self, summary: IncidentSummary) -> IncidentSummary:
        """Draft again while nobody has completed the record: alerts are answered, and threats settled, after a call has ended."""
        if summary.status is not IncidentStatus.DRAFT:
            return summary
        rows = [orjson.loads(event.body) for event in await self._calls.events_of_call(summary.call_id)]
        if not rows:
            return summary
        facts = draft_facts(rows, marks=await self._marks(summary.call_id, rows), questions=self._rules().checklist)
        newest = await self._incidents.newest(summary.incident_id)
        if facts == newest.content.facts:
            return summary
        # Whoever reads it at the same moment drafts it too, or completes it: then that stands, and reading goes on.
        with suppress(InputError):
            await self._incidents.add(
                newest,
                status=IncidentStatus.DRAFT,
                act="drafted",
                by=PRODUCT,
                at=self._clock.utc_now(),
                reason="Drafted again: more happened after the first draft.",
                content=newest.content.model_copy(update={"facts": facts}),
            )
        return await self._incidents.find(summary.incident_id) or summary

    # --- by people --------------------------------------------------------------------------------

    async def mark(self, call_id: str, user: User, *, why: str) -> IncidentSummary | None:
        """Ask for a record of a call; None while the call is running: the record is drafted when it ends.

        In a draft, that and `why` stand among the facts; in a record that was completed, `why` is a comment.
        """
        call = await self._calls.call(call_id)
        if call is None or (user.role is StaffRole.AGENT and call.agent != user.name):
            raise NotFoundError("there is no such call among those that you may see")
        await self._incidents.mark(self._new_id(), call_id, by=user.name, at=self._clock.utc_now(), why=why)
        await self._log(user, "call.mark", call_id)
        if call.ended_at is None:
            return None
        drafted = await self.draft(call_id, by=user.name, reason=why or "Marked by a person.")
        if drafted is None:
            return None
        summary, _, _ = drafted
        if why and summary.status is not IncidentStatus.DRAFT:  # its facts stand as they were completed
            await self._comment(await self._incidents.newest(summary.incident_id), user, text=why)
        return await self._incidents.find(summary.incident_id) or summary

    async def summaries(
        self, user: User, *, statuses: Sequence[IncidentStatus] | None = None, caller: str | None = None, limit: int = 200
    ) -> list[IncidentSummary]:
        """Return the records that `user` may see, latest call first."""
        agent = user.name if user.role is StaffRole.AGENT else None
        await self._log(user, "incident.list", caller or "")
        return await self._incidents.summaries(agent=agent, caller=caller, statuses=statuses, limit=limit)

    async def of_call(self, call_id: str, user: User) -> IncidentView:
        """Return a call's record. Raises NotFoundError if it has none."""
        return await self.view(incident_id_of(call_id), user)

    async def view(self, incident_id: str, user: User, *, version: int = 0) -> IncidentView:
        """Return a record, or how it stood at `version`. Raises NotFoundError."""
        summary, versions = await self._read(incident_id, user)
        await self._log(user, "incident.read", incident_id, f"version {version}" if version else "")
        if version > len(versions):
            raise NotFoundError(f"this record has {len(versions)} versions; ask for one of them")
        shown = versions[version - 1] if version else versions[-1]
        history = tuple(IncidentEntry(**entry.model_dump(exclude={"content"})) for entry in versions)
        return IncidentView(summary=summary, content=shown.content, history=history, may=self._may(user, summary))

    async def comment(self, incident_id: str, user: User, *, text: str) -> IncidentView:
        """Add to a record without changing what it says; agents do it on their own calls."""
        _, newest = await self._allowed(incident_id, user, "comment")
        await self._comment(newest, user, text=text)
        return await self.view(incident_id, user)

    async def complete(self, incident_id: str, user: User, *, statement: Statement, seen: int = 0) -> IncidentView:
        """Write the people's part; it can be written again until it is signed.

        With `seen`, the version that was read, only if nobody has written another statement since: InputError.
        """
        _, newest = await self._allowed(incident_id, user, "complete")
        await self._check_seen(newest, seen, what=_statement)
        content = newest.content.model_copy(update={"statement": self._decided(statement, user)})
        await self._add(newest, user, status=IncidentStatus.COMPLETED, act="completed", content=content)
        return await self.view(incident_id, user)

    async def sign(self, incident_id: str, user: User, *, seen: int = 0) -> IncidentView:
        """Sign what is completed; with `seen`, the version that was read, only if the record still says the same: InputError."""
        _, newest = await self._allowed(incident_id, user, "sign")
        await self._check_seen(newest, seen, what=_everything)
        signed = {"incident_id": incident_id, "version": newest.version + 1, "by": user.name}
        told = self._outbox.sendings_of(Kind.INCIDENT_SIGNED, signed)
        await self._add(newest, user, status=IncidentStatus.SIGNED, act="signed", content=newest.content, told=told)
        self._outbox.posted()
        return await self.view(incident_id, user)

    async def amend(self, incident_id: str, user: User, *, statement: Statement, reason: str, seen: int = 0) -> IncidentView:
        """Change a signed record: the signed version stays, and the new one wants a signature of its own.

        `seen` as in `complete`.
        """
        _, newest = await self._allowed(incident_id, user, "amend")
        await self._check_seen(newest, seen, what=_statement)
        content = newest.content.model_copy(update={"statement": self._decided(statement, user)})
        await self._add(newest, user, status=IncidentStatus.AMENDED, act="amended", content=content, reason=reason)
        return await self.view(incident_id, user)

    async def hold(self, incident_id: str, user: User, *, is_on: bool, reason: str) -> IncidentView:
        """Put a record and its call under legal hold, or end it: nothing of it is deleted meanwhile."""
        summary, newest = await self._allowed(incident_id, user, "hold")
        await self._add(
            newest,
            user,
            status=summary.status,
            act="hold_set" if is_on else "hold_lifted",
            content=newest.content,
            reason=reason,
            is_on_hold=is_on,
        )
        return await self.view(incident_id, user)

    async def verify(self, incident_id: str, user: User) -> ChainCheck:
        """Say whether a record is as it was written."""
        self._check_visible(await self._incidents.find(incident_id), user)
        await self._log(user, "incident.verify", incident_id)
        return await self._incidents.check(incident_id)

    async def for_export(self, incident_id: str, user: User, *, form: str) -> tuple[IncidentView, list[IncidentVersion]]:
        """Return what an export is made of, and log that it was made."""
        await self._allowed(incident_id, user, "export")
        await self._log(user, "incident.export", incident_id, form)
        return await self.view(incident_id, user), await self._incidents.versions(incident_id)

    # --- support: confidential --------------------------------------------------------------------

    async def offer_support(self, incident_id: str, user: User, *, kind: str, note: str) -> SupportOffer:
        """Offer help to the agent; the record says that it was done, and not what.

        Raises InputError for a kind that the policy does not name.
        """
        known = self._rules().support
        if kind not in known:
            raise InputError(f"«{kind}» is no kind of support here; expected one of: {'; '.join(known)}")
        summary, newest = await self._allowed(incident_id, user, "offer_support")
        if not summary.agent:
            raise InputError("this call has no agent; say first whose call it was")
        offer = SupportOffer(
            support_id=self._new_id(),
            incident_id=incident_id,
            agent=summary.agent,
            kind=kind,
            note=note,
            offered_by=user.name,
            offered_at=self._clock.utc_now(),
            answer="",
            answered_at=None,
        )
        await self._add(newest, user, status=summary.status, act="support_offered", content=newest.content, offer=offer)
        return offer

    async def support(self, incident_id: str, user: User) -> list[SupportOffer]:
        """Return the offers that `user` may see: those made to them, made by them, or all for whom the policy names.

        A program sees none: its token may bear anybody's name, and whoever makes tokens would read what is confidential.
        """
        self._check_visible(await self._incidents.find(incident_id), user)
        await self._log(user, "support.read", incident_id)
        if not user.password_hash:
            return []
        offers = await self._incidents.support(incident_id)
        rules = self._rules()
        if user.role in rules.confidential_to or user.name in rules.confidential_to_people:
            return offers
        return [offer for offer in offers if user.name in (offer.agent, offer.offered_by)]

    async def answer_support(self, support_id: str, user: User, *, answer: str) -> None:
        """Say what the agent wants of an offer. Raises NotFoundError for one that is not theirs."""
        await self._incidents.answer_support(support_id, agent=user.name, answer=answer, at=self._clock.utc_now())
        await self._log(user, "support.answer", support_id)

    # --- inside -----------------------------------------------------------------------------------

    async def _told_of(self, new: IncidentSummary) -> list[Sending]:
        drafted = {"incident_id": new.incident_id, "severity": new.severity}
        told = list(self._outbox.sendings_of(Kind.INCIDENT_DRAFTED, drafted))
        before = await self._incidents.summaries(caller=new.caller) if new.caller else []
        if new.caller and (because := pervasive([new, *before], self._clock.utc_now())):
            repeats = {"caller": new.caller, "incident_id": new.incident_id, "because": because}
            told += self._outbox.sendings_of(Kind.CALLER_REPEATS, repeats)
        return told

    async def _marks(self, call_id: str, rows: Sequence[dict[str, Any]]) -> list[CallAct]:
        began = next((row.get("started_at") for row in rows if row["type"] == "call_started"), None) or rows[0]["at"]
        return await self._incidents.marks(call_id, datetime.fromisoformat(began))

    async def _read(self, incident_id: str, user: User) -> tuple[IncidentSummary, list[IncidentVersion]]:
        summary = await self.refresh(self._check_visible(await self._incidents.find(incident_id), user))
        versions = await self._incidents.versions(incident_id)
        # It may have been signed between the two looks: what may be done, and the status that follows, go by the newest version.
        newest = versions[-1]
        return summary.model_copy(update={"status": newest.status, "version": newest.version}), versions

    async def _allowed(self, incident_id: str, user: User, deed: Deed) -> tuple[IncidentSummary, IncidentVersion]:
        summary, versions = await self._read(incident_id, user)
        if deed not in self._may(user, summary):
            raise self._refusal(deed, user, summary)
        return summary, versions[-1]

    async def _check_seen(self, newest: IncidentVersion, seen: int, *, what: Callable[[IncidentContent], object]) -> None:
        """Raise InputError if `what` has changed since the version that a person read; 0 is one who does not say."""
        if seen in (0, newest.version):
            return
        then = [one for one in await self._incidents.versions(newest.incident_id) if one.version == seen]
        if not then or what(then[0].content) != what(newest.content):
            raise InputError(CHANGED)

    @staticmethod
    def _check_visible(summary: IncidentSummary | None, user: User) -> IncidentSummary:
        if summary is None or (user.role is StaffRole.AGENT and summary.agent != user.name):
            raise NotFoundError(NO_SUCH)
        return summary

    def _roles(self, deed: Deed) -> frozenset[StaffRole]:
        if deed == "comment":
            return frozenset(StaffRole)
        return self._rules().signed_by if deed == "sign" else KEEPERS

    def _may(self, user: User, summary: IncidentSummary) -> tuple[Deed, ...]:
        stages: dict[Deed, frozenset[IncidentStatus]] = {
            "comment": frozenset(IncidentStatus),
            "complete": frozenset({IncidentStatus.DRAFT, IncidentStatus.COMPLETED}),
            "sign": frozenset({IncidentStatus.COMPLETED, IncidentStatus.AMENDED}),
            "amend": frozenset({IncidentStatus.SIGNED, IncidentStatus.AMENDED}),
            "offer_support": frozenset(IncidentStatus),
            "hold": frozenset(IncidentStatus),
            "export": frozenset(IncidentStatus),
        }
        return tuple(
            deed
            for deed, statuses in stages.items()
            if summary.status in statuses and user.role in self._roles(deed) and (user.password_hash or deed not in BY_PERSONS)
        )

    def _refusal(self, deed: Deed, user: User, summary: IncidentSummary) -> AccessError | InputError:
        roles = self._roles(deed)
        told = deed.replace("_", " ")
        if user.role not in roles:
            who = " or ".join(sorted(role.value for role in roles))
            return AccessError(f"«{told}» is not for the role «{user.role}»; ask somebody who is {who}")
        if deed in BY_PERSONS and not user.password_hash:
            return AccessError(f"«{told}» is done by a person who is logged in, never by a program with a token")
        return InputError(f"a record that is «{summary.status}» cannot be changed by «{told}»; read it again for what it allows")

    def _decided(self, statement: Statement, user: User) -> Statement:
        """Name who decided, if a decision is written without one."""
        is_nameless = statement.decision and not statement.decided_by
        return statement.model_copy(update={"decided_by": user.name}) if is_nameless else statement

    async def _comment(self, newest: IncidentVersion, user: User, *, text: str) -> None:
        comment = Comment(by=user.name, at=self._clock.utc_now(), text=text)
        content = newest.content.model_copy(update={"comments": (*newest.content.comments, comment)})
        await self._add(newest, user, status=newest.status, act="commented", content=content)

    async def _add(
        self,
        newest: IncidentVersion,
        user: User,
        *,
        status: IncidentStatus,
        act: Any,
        content: IncidentContent,
        reason: str = "",
        is_on_hold: bool | None = None,
        told: Sequence[Sending] = (),
        offer: SupportOffer | None = None,
    ) -> None:
        now = self._clock.utc_now()
        made = {"status": status, "act": act, "by": user.name, "at": now, "reason": reason, "content": content}
        await self._incidents.add(newest, **made, is_on_hold=is_on_hold, told=told, offer=offer)
        await self._log(user, f"incident.{act}", newest.incident_id)

    async def _log(self, user: User, what: str, subject: str, detail: str = "") -> None:
        await self._tasks.audit(self._clock.utc_now(), user.name, what, subject, detail)


def _statement(content: IncidentContent) -> Statement:
    return content.statement


def _everything(content: IncidentContent) -> IncidentContent:
    return content
