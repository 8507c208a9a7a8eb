"""What people do with the caller register; only a logged-in person of the role that the policy names restricts a caller."""

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from typing import Protocol
from uuid import uuid4

from callguard.accounts import User
from callguard.callers import (
    CallerLookup,
    CallerNote,
    CallerView,
    Restriction,
    RestrictionDecision,
    RestrictionProposal,
    RestrictionStatus,
)
from callguard.cases import KEEPERS
from callguard.clock import Clock
from callguard.errors import AccessError, InputError, NotFoundError
from callguard.events import CallStarted
from callguard.human_acts import CallerKnown
from callguard.incidents import IncidentSummary
from callguard.record.contact import ANY_ACTS, MEMORY, SEVERE, SEVERE_ACTS, THREAT, contact_level, is_offence, pervasive
from callguard.record.incident_desk import Rules
from callguard.record.incident_files import IncidentFiles
from callguard.record.register_files import RegisterFiles
from callguard.record.task_files import TaskFiles
from callguard.record.telling import Outbox
from callguard.record.vault import Vault
from callguard.sendings import Kind, Sending
from callguard.terms import StaffRole

KEPT_APART = timedelta(days=90)
"""So long after an incident its agent is not to be given the same caller."""
MOST_NOTES = 5
"""Shown as a call arrives; more cannot be read in time."""
MOST_OFFENDERS = 20


class Calls(Protocol):
    """Where it is known who has had which caller."""

    async def has_had(self, agent: str, caller: str, /) -> bool:
        """Whether this agent had a call with this caller."""
        ...


class CallerDesk:
    """The register: every look and every change is logged."""

    def __init__(
        self,
        register: RegisterFiles,
        incidents: IncidentFiles,
        tasks: TaskFiles,
        calls: Calls,
        vault: Vault,
        *,
        outbox: Outbox,
        rules: Rules,
        clock: Clock,
        new_id: Callable[[], str] = lambda: uuid4().hex,
    ) -> None:
        self._register = register
        self._incidents = incidents
        self._tasks = tasks
        self._calls = calls
        self._vault = vault
        self._outbox = outbox
        self._rules = rules
        self._clock = clock
        self._new_id = new_id

    # --- as a call arrives ------------------------------------------------------------------------

    def key_of(self, number: str) -> str:
        """Return what stands for a number or account from here on; empty for a withheld one."""
        return self._vault.key_of(number)

    async def arrived(self, started: CallStarted, number: str) -> CallerKnown | None:
        """Note that a caller calls, and return what the agent should know; None if that is nothing.

        `started` holds the keyed hash already.
        """
        if not started.caller:
            return None
        await self._register.saw(started.caller, self._vault.seal(number), started.started_at)
        lookup, incidents = await self._look_up(started.caller)
        if not lookup.warn and not lookup.restriction_kind:
            return None
        return CallerKnown(
            call_id=started.call_id,
            at_sample=0,
            caller=started.caller,
            notes=lookup.notes,
            incidents=sum(incident.severity > 0 for incident in incidents),
            restriction=lookup.restriction_kind,
            route_to=lookup.route_to,
        )

    async def look_up(self, number: str, *, by: str) -> CallerLookup:
        """Answer the call distributor. Raises InputError for an empty number."""
        key = self._vault.key_of(number)
        if not key:
            raise InputError("«caller» is empty; send the number or account as the phone system has it")
        await self._tasks.audit(self._clock.utc_now(), by, "caller.lookup", key)
        return (await self._look_up(key))[0]

    # --- by people --------------------------------------------------------------------------------

    async def view(self, caller: str, user: User) -> CallerView:
        """Return a caller's record: to an agent only of callers whom they have had, without the number. Raises NotFoundError."""
        await self._check_visible(caller, user)
        await self._log(user, "caller.read", caller)
        view = await self._view(caller, with_number=user.role in KEEPERS)
        if user.role is StaffRole.AGENT:
            own = tuple(incident for incident in view.incidents if incident.agent == user.name)
            return view.model_copy(update={"incidents": own})
        return view

    async def add_note(self, caller: str, user: User, *, text: str, for_visits: bool) -> CallerNote:
        """Write down what the next person should know."""
        await self._check_visible(caller, user)
        note = CallerNote(
            note_id=self._new_id(),
            caller=caller,
            by=user.name,
            at=self._clock.utc_now(),
            text=text,
            for_visits=for_visits,
            ended_by="",
            ended_at=None,
        )
        await self._register.add_note(note)
        await self._log(user, "caller.note", caller, note.note_id)
        return note

    async def end_note(self, note_id: str, user: User) -> CallerNote:
        """Stop showing a note; it is kept."""
        self._check_role(user, KEEPERS, "ending a note")
        note = await self._register.end_note(note_id, by=user.name, at=self._clock.utc_now())
        await self._log(user, "caller.note_ended", note.caller, note_id)
        return note

    async def propose(self, caller: str, user: User, *, proposal: RestrictionProposal) -> Restriction:
        """Propose to restrict a caller: anybody may, and nothing follows from it by itself."""
        await self._check_visible(caller, user)
        rules = self._rules()
        if proposal.kind not in rules.restriction_kinds:
            raise InputError(
                f"«{proposal.kind}» is no kind of restriction here; expected one of: {'; '.join(rules.restriction_kinds)}"
            )
        await self._check_incidents(caller, proposal.incidents)
        restriction = Restriction(
            restriction_id=self._new_id(),
            caller=caller,
            status=RestrictionStatus.PROPOSED,
            kind=proposal.kind,
            reason=proposal.reason,
            incidents=proposal.incidents,
            days=proposal.days,
            proposed_by=user.name,
            proposed_at=self._clock.utc_now(),
            consulted="",
            decided_by="",
            decided_at=None,
            decision="",
            begins_at=None,
            ends_at=None,
            review_at=None,
            route_to="",
            refuse_calls=False,
            lifted_by="",
            lifted_at=None,
        )
        await self._register.propose(restriction)
        await self._log(user, "restriction.propose", restriction.restriction_id, caller)
        return restriction

    async def decide(self, restriction_id: str, user: User, *, decision: RestrictionDecision) -> Restriction:
        """Decide on a proposal: the one place in the product where a caller is restricted.

        Raises AccessError for anybody but a logged-in person of the policy's role, InputError for a decision that lacks what the
        policy wants.
        """
        rules = self._rules()
        self._check_role(user, frozenset({rules.restriction_decided_by}), "deciding on a restriction")
        self._check_person(user)
        proposed = (await self._register.restriction(restriction_id)).at(self._clock.utc_now())
        if proposed.status is not RestrictionStatus.PROPOSED:
            raise InputError(f"this restriction is «{proposed.status}» already; propose a new one")
        decided = self._decided(proposed, user, decision)
        await self._register.replace(decided, was=RestrictionStatus.PROPOSED, told=self._told_of(decided))
        self._outbox.posted()
        await self._log(user, f"restriction.{'decide' if decision.approve else 'refuse'}", restriction_id, decided.caller)
        return decided

    async def lift(self, restriction_id: str, user: User, *, reason: str) -> Restriction:
        """End a restriction before its time."""
        self._check_role(user, frozenset({self._rules().restriction_decided_by}), "lifting a restriction")
        self._check_person(user)
        now = self._clock.utc_now()
        restriction = (await self._register.restriction(restriction_id)).at(now)
        if restriction.status is not RestrictionStatus.IN_FORCE:
            raise InputError(f"this restriction is «{restriction.status}»; only one in force can be lifted")
        lifted = restriction.model_copy(
            update={
                "status": RestrictionStatus.LIFTED,
                "lifted_by": user.name,
                "lifted_at": now,
                "decision": f"{restriction.decision}\nLifted: {reason}",
            }
        )
        await self._register.replace(lifted, was=RestrictionStatus.IN_FORCE, told=self._told_of(lifted))
        self._outbox.posted()
        await self._log(user, "restriction.lift", restriction_id, restriction.caller)
        return lifted

    async def restrictions(self, user: User, *, status: RestrictionStatus | None = None) -> list[Restriction]:
        """Return restrictions as they stand now, newest proposal first."""
        self._check_role(user, KEEPERS, "the list of restrictions")
        await self._log(user, "restriction.list", "")
        now = self._clock.utc_now()
        stand = [restriction.at(now) for restriction in await self._register.restrictions()]
        return [restriction for restriction in stand if status is None or restriction.status is status]

    async def restriction(self, restriction_id: str, user: User) -> Restriction:
        """Return one restriction as it stands now. Raises NotFoundError."""
        self._check_role(user, KEEPERS, "a restriction")
        await self._log(user, "restriction.read", restriction_id)
        return (await self._register.restriction(restriction_id)).at(self._clock.utc_now())

    async def repeat_offenders(self) -> list[CallerView]:
        """Return callers whose offences are severe or pervasive across calls: to be reported, never to be restricted by it."""
        since = self._clock.utc_now() - MEMORY
        acts = {"any_acts": ANY_ACTS, "severe_acts": SEVERE_ACTS, "severe": SEVERE, "threat": THREAT}
        # Counted by the database: a year has thousands of callers with an incident or two, and each view asks five times.
        often = await self._register.offenders(since, **acts, limit=MOST_OFFENDERS)
        return [await self._view(caller, with_number=False) for caller in often]

    # --- inside -----------------------------------------------------------------------------------

    async def _look_up(self, key: str) -> tuple[CallerLookup, list[IncidentSummary]]:
        now = self._clock.utc_now()
        incidents = await self._incidents.summaries(caller=key)
        current = await self._register.notes(key)
        notes = [note.text for note in current][:MOST_NOTES]
        in_force = await self._in_force(key, now)
        offender = pervasive(incidents, now)
        apart = {i.agent for i in incidents if i.severity > 0 and i.agent and i.happened_at > now - KEPT_APART}
        lookup = CallerLookup(
            caller=key,
            is_known=await self._register.caller(key) is not None,
            allowed=not any(restriction.refuse_calls for restriction in in_force),
            route_to=next((restriction.route_to for restriction in in_force if restriction.route_to), ""),
            warn=bool(notes or offender or in_force),
            notes=tuple([*notes, offender] if offender else notes),
            visit_warnings=tuple(note.text for note in current if note.for_visits),
            avoid_agents=tuple(sorted(apart)),
            restriction_kind="; ".join(restriction.kind for restriction in in_force),
            restriction_ends_at=max((r.ends_at for r in in_force if r.ends_at is not None), default=None),
        )
        return lookup, incidents

    async def _in_force(self, key: str, now: datetime) -> list[Restriction]:
        stand = [r.at(now) for r in await self._register.restrictions(caller=key, statuses=[RestrictionStatus.IN_FORCE])]
        return [restriction for restriction in stand if restriction.status is RestrictionStatus.IN_FORCE]

    async def _view(self, caller: str, *, with_number: bool) -> CallerView:
        now = self._clock.utc_now()
        known = await self._register.caller(caller)
        incidents = await self._incidents.summaries(caller=caller)
        because = pervasive(incidents, now)
        return CallerView(
            caller=caller,
            number=self._vault.unseal(known.sealed) if known is not None and with_number else "",
            first_seen=None if known is None else known.first_seen,
            last_seen=None if known is None else known.last_seen,
            contact=contact_level(await self._register.contacts(caller, now - MEMORY), self._rules(), now),
            incidents=tuple(incidents),
            notes=tuple(await self._register.notes(caller, all_of_them=True)),
            restrictions=tuple(restriction.at(now) for restriction in await self._register.restrictions(caller=caller)),
            is_repeat_offender=bool(because),
            because=because,
        )

    def _decided(self, proposed: Restriction, user: User, decision: RestrictionDecision) -> Restriction:
        now, rules = self._clock.utc_now(), self._rules()
        made = {"decided_by": user.name, "decided_at": now, "decision": decision.reason, "consulted": decision.consulted.strip()}
        if not decision.approve:
            return proposed.model_copy(update=made | {"status": RestrictionStatus.REFUSED})
        if rules.needs_consultation and not made["consulted"]:
            raise InputError("«consulted» is empty; the policy wants somebody to be consulted first: name them")
        if made["consulted"] == user.name:
            raise InputError("«consulted» names whoever decides; name somebody else")
        kind, days = decision.kind or proposed.kind, decision.days or proposed.days
        if kind not in rules.restriction_kinds:
            raise InputError(f"«{kind}» is no kind of restriction here; expected one of: {'; '.join(rules.restriction_kinds)}")
        if not 1 <= days <= rules.longest_days:
            raise InputError(f"«days» is {days}; a restriction has an end: expected 1 to {rules.longest_days} days")
        review = decision.review_after_days or rules.review_after_days
        if review >= days:
            review = max(days // 2, 1)  # a review on the last day would come too late to shorten it
        return proposed.model_copy(
            update=made
            | {
                "status": RestrictionStatus.IN_FORCE,
                "kind": kind,
                "days": days,
                "begins_at": now,
                "ends_at": now + timedelta(days=days),
                "review_at": now + timedelta(days=review),
                "route_to": decision.route_to,
                "refuse_calls": decision.refuse_calls,
            }
        )

    def _told_of(self, restriction: Restriction) -> Sequence[Sending]:
        """Return what the call distributor is to know; why, and who decided, stays in the register."""
        told = {"restriction_id": restriction.restriction_id, "caller": restriction.caller, "status": restriction.status.value}
        routing = {"route_to": restriction.route_to, "refuse_calls": restriction.refuse_calls, "ends_at": restriction.ends_at}
        return self._outbox.sendings_of(Kind.RESTRICTION_DECIDED, told | routing)

    async def _check_incidents(self, caller: str, named: tuple[str, ...]) -> None:
        found = [await self._incidents.find(incident_id) for incident_id in named]
        if any(incident is None or incident.caller != caller for incident in found):
            raise InputError("an incident that was named is not one of this caller's; name theirs, or none")
        rests_on = found or await self._incidents.summaries(caller=caller)  # where none is named, all that is known
        if rests_on and all(incident is not None and not is_offence(incident) for incident in rests_on):
            raise InputError("these incidents are about care, not conduct: somebody who may hurt themselves is never sanctioned")

    async def _check_visible(self, caller: str, user: User) -> None:
        known = await self._register.caller(caller)
        if known is None or (user.role is StaffRole.AGENT and not await self._calls.has_had(user.name, caller)):
            raise NotFoundError("there is no such caller among those that you may see")

    @staticmethod
    def _check_person(user: User) -> None:
        if not user.password_hash:
            raise AccessError("a restriction is decided by a person who is logged in, never by a program with a token")

    @staticmethod
    def _check_role(user: User, roles: frozenset[StaffRole], what: str) -> None:
        if user.role not in roles:
            who = " or ".join(sorted(role.value for role in roles))
            raise AccessError(f"{what} is not for the role «{user.role}»; ask somebody who is {who}")

    async def _log(self, user: User, what: str, subject: str, detail: str = "") -> None:
        await self._tasks.audit(self._clock.utc_now(), user.name, what, subject, detail)
