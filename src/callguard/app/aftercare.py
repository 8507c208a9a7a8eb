"""What follows a call, joined to the running guard: numbers sealed on arrival, records drafted at the end."""

import logging
from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import UTC, timedelta, tzinfo

from callguard.cases import AftercareRules
from callguard.clock import Clock
from callguard.decide.policy import Policy, spoken_cards
from callguard.decide.wording import fill
from callguard.deliver.case_ports import Cases
from callguard.errors import CallguardError, StoreError
from callguard.events import CallStarted, Event
from callguard.record.caller_desk import CallerDesk
from callguard.record.incident_desk import IncidentDesk
from callguard.record.paper_desk import PaperDesk
from callguard.record.store import SqlStore
from callguard.record.task_desk import TaskDesk
from callguard.record.telling import Outbox
from callguard.record.vault import Vault
from callguard.terms import Tactic

log = logging.getLogger(__name__)

CATCH_UP = timedelta(days=7)
"""Calls that ended so long ago still get the record that a stopped server owed them."""
AGAIN_S = 60.0
"""So long until what the store did not take is tried again."""
HALF_DONE = timedelta(hours=1)
"""What follows such recent calls is done once more: a crash may have come between the record and the rest of it."""


def rules_of(policy: Policy, *, organisation: str, zone: tzinfo = UTC) -> AftercareRules:
    """Return what a policy says about the time after a call; letters name the days of `zone`."""
    cards = {card.tactic: card.text for card in spoken_cards(policy, organisation=organisation)}
    return AftercareRules(
        organisation=organisation,
        zone=zone,
        destination=policy.destination,
        policy=policy.label,
        follow_up_wording=cards[Tactic.HANG_UP_FOLLOW_UP],
        checklist=tuple((question.field, question.ask) for question in policy.checklist),
        signed_by=policy.incident.signed_by,
        confidential_to=policy.incident.confidential_to,
        confidential_to_people=policy.incident.confidential_to_people,
        follow_up_hours=policy.follow_up.within_hours,
        lawful_basis=policy.lawful.basis,
        lawful_justification=fill(policy.lawful.justification, organisation=organisation, destination=policy.destination),
        lawful_purposes=policy.lawful.purposes,
        restriction_decided_by=policy.restriction.decided_by,
        restriction_authority=policy.restriction.authority,
        needs_consultation=policy.restriction.needs_consultation,
        longest_days=policy.restriction.longest_days,
        review_after_days=policy.restriction.review_after_days,
        restriction_kinds=policy.restriction.kinds,
        support=policy.wrap_up.support,
        wrap_up_offered_s=policy.wrap_up.offered_s,
        calls_a_day=policy.contact.calls_a_day,
        calls_a_month=policy.contact.calls_a_month,
        minutes_a_call=policy.contact.minutes_a_call,
        repetitions=policy.contact.repetitions,
        misused_complaints=policy.contact.misused_complaints,
        ordinary_days=policy.retention.ordinary_days,
        reviewed_days=policy.retention.reviewed_days,
        incident_days=policy.retention.incident_days,
        caller_days=policy.retention.caller_days,
    )


class Aftercare:
    """The desks of a running server, and the two moments at which a call comes to them."""

    def __init__(
        self,
        store: SqlStore,
        vault: Vault,
        *,
        rules: Callable[[], AftercareRules],
        clock: Clock,
        publish: Callable[[Event], None],
        settled: Callable[[], Awaitable[None]],
        outbox: Outbox,
    ) -> None:
        """`settled` returns when all that was published so far is in the store."""
        self._store = store
        self._clock = clock
        self._publish = publish
        self._settled = settled
        self._owed: dict[str, None] = {}
        """Calls whose record the store did not take, oldest first."""
        self._is_behind = False
        """Whether it is not known yet what a stopped server owed."""
        incidents = IncidentDesk(store.incidents, store.tasks, store, outbox=outbox, rules=rules, clock=clock)
        self._callers = CallerDesk(
            store.register, store.incidents, store.tasks, store, vault, outbox=outbox, rules=rules, clock=clock
        )
        self._tasks = TaskDesk(
            store.tasks,
            store.incidents,
            store.register,
            incident_desk=incidents,
            caller_desk=self._callers,
            people=store,
            outbox=outbox,
            rules=rules,
            clock=clock,
        )
        self.cases = Cases(
            incidents=incidents,
            papers=PaperDesk(incidents, self._callers, rules=rules, clock=clock),
            callers=self._callers,
            tasks=self._tasks,
        )

    def sealed(self, started: CallStarted) -> CallStarted:
        """Return the start of a call with the keyed hash in the place of the number: nothing behind this ever sees the number."""
        return replace(started, caller=self.key_of(started.caller))

    def key_of(self, number: str) -> str:
        """Return the keyed hash that stands for a number or account; empty for a withheld one."""
        return self._callers.key_of(number)

    async def arrived(self, started: CallStarted, number: str, *, at_sample: int = 0) -> None:
        """Note the caller of a sealed start, and tell the agent what they should know."""
        try:
            known = await self._callers.arrived(started, number)
        except CallguardError as error:
            log.warning("a caller was not looked up", extra={"call_id": started.call_id, "code": error.code, "cause": str(error)})
            return
        except Exception:  # the call goes on without it, and so do all others
            log.exception("a caller was not looked up", extra={"call_id": started.call_id})
            return
        if known is not None:
            self._publish(replace(known, at_sample=at_sample))

    async def ended(self, call_id: str) -> None:
        """Draft the record of a call that ended, and do what follows."""
        try:
            await self._settled()
            await self._tasks.call_ended(call_id)
        except StoreError as error:
            self._owed[call_id] = None
            log.warning("a call has no record yet", extra={"call_id": call_id, "code": error.code, "cause": str(error)})
        except CallguardError as error:
            # The next start of the server does it again.
            log.warning("a call has no record yet", extra={"call_id": call_id, "code": error.code, "cause": str(error)})
        except Exception:  # a record that cannot be drafted must not end the guard of running calls
            log.exception("a call has no record yet", extra={"call_id": call_id})

    async def keep_up(self) -> None:
        """Until cancelled, do again what the store did not take: a database may be away when a call ends, and come back."""
        while True:
            await self._clock.sleep(AGAIN_S)
            if self._is_behind:
                await self.catch_up()
            for call_id in list(self._owed):
                del self._owed[call_id]
                await self.ended(call_id)

    async def catch_up(self) -> None:
        """Draft what a stopped server owed."""
        self._is_behind = False
        try:
            now = self._clock.utc_now()
            owed = await self._store.owed_after_the_end(now - CATCH_UP, anyway_since=now - HALF_DONE)
        except CallguardError as error:
            self._is_behind = True
            log.warning("nobody knows which calls have no record yet", extra={"code": error.code, "cause": str(error)})
            return
        for call_id in owed:
            await self.ended(call_id)
