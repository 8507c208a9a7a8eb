"""Carries out what people ask for at their consoles: checked, decided upon, stored, and only then acknowledged."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Generic, Protocol, TypeVar

from callguard.accounts import User
from callguard.announced import Announcements, CallDetails
from callguard.call import Ears, LiveCall
from callguard.errors import InputError, NotFoundError
from callguard.events import CallStarted, ChecklistFilled, HumanAct
from callguard.guard import Guard
from callguard.human_acts import (
    AgentAssigned,
    AlertAnswer,
    AlertAnswered,
    CallDescribed,
    CardAnswer,
    CardAnswered,
    HelpAsked,
    Measure,
    TacticRequested,
    ThreatDecided,
)
from callguard.publisher import Publisher
from callguard.terms import StaffRole, Tactic

Card = TypeVar("Card")
Health = TypeVar("Health")
Question = TypeVar("Question")
MayUse = Callable[[str, StaffRole, Tactic], None]
"""Raises AccessError if the policy of this call does not let this role use this tactic."""


class Callers(Protocol):
    """The register of callers."""

    def key_of(self, number: str, /) -> str:
        """Return the keyed hash that stands for a number or account; empty for a withheld one."""
        ...

    async def arrived(self, started: CallStarted, number: str, /, *, at_sample: int) -> None:
        """Note who calls and tell the agent what they should know; never raises for a register that fails."""
        ...


class GuardDesk(Generic[Ears, Card, Health, Question]):
    """The desk of a running guard."""

    def __init__(
        self,
        guard: Guard[Ears],
        publisher: Publisher,
        *,
        may_use: MayUse,
        cards: Callable[[str, str], Sequence[Card]],
        health: Callable[[], Health],
        callers: Callers,
        announced: Announcements,
        questions: Callable[[str, str], Sequence[Question]] = lambda *_: (),
    ) -> None:
        """`announced` keeps what is said of calls that have not begun; `cards` and `questions` take a call and a language."""
        self._guard = guard
        self._publisher = publisher
        self._may_use = may_use
        self._cards = cards
        self._health = health
        self._callers = callers
        self._announced = announced
        self._questions = questions

    async def help(self, call_id: str, user: User, *, is_panic: bool) -> None:
        """Carry out «I need help» or «panic»."""
        await self._act(HelpAsked(call_id=call_id, at_sample=self._now(call_id), by=user.name, is_panic=is_panic))

    async def card(self, call_id: str, user: User, *, tactic: Tactic, answer: CardAnswer, decision_id: str) -> None:
        """Note what somebody did with a card. Raises AccessError if the card is not theirs to use."""
        if answer is CardAnswer.USED:
            self._may_use(call_id, user.role, tactic)
        now = self._now(call_id)
        await self._act(
            CardAnswered(call_id=call_id, at_sample=now, by=user.name, tactic=tactic, answer=answer, decision_id=decision_id)
        )

    async def alert(
        self, call_id: str, user: User, *, decision_id: str, answer: AlertAnswer, to: str = "", reason: str = ""
    ) -> None:
        """Note what somebody did with an alert.

        Raises AccessError if it is not theirs to answer, TakenError if they claim or give away what somebody else has.
        """
        self._may_use(call_id, user.role, Tactic.INTERJECT)
        now = self._now(call_id)
        await self._act(
            AlertAnswered(
                call_id=call_id, at_sample=now, by=user.name, decision_id=decision_id, answer=answer, to=to, reason=reason
            )
        )

    async def threat(self, call_id: str, user: User, *, decision_id: str, measures: Sequence[Measure], note: str) -> None:
        """Note what somebody decided about a threat. Raises AccessError if it is not theirs to decide."""
        self._may_use(call_id, user.role, Tactic.INTERJECT)
        now = self._now(call_id)
        await self._act(
            ThreatDecided(
                call_id=call_id, at_sample=now, by=user.name, decision_id=decision_id, measures=tuple(measures), note=note
            )
        )

    async def write_field(self, call_id: str, user: User, *, field: str, value: str) -> None:
        """Write a field of the checklist by hand."""
        now = self._now(call_id)
        await self._act(ChecklistFilled(call_id=call_id, at_sample=now, start_sample=now, field=field, value=value, by=user.name))

    def questions(self, call_id: str, language: str) -> Sequence[Question]:
        """Return the fields of the checklist of a call's policy in the words of `language`."""
        return self._questions(call_id, language)

    async def request(self, call_id: str, user: User, *, tactic: Tactic) -> None:
        """Ask for an act beyond words. Raises AccessError if the tactic is not theirs to use."""
        self._may_use(call_id, user.role, tactic)
        now = self._now(call_id)
        await self._act(TacticRequested(call_id=call_id, at_sample=now, by=user.name, role=user.role, tactic=tactic))

    async def assign(self, call_id: str, by: str, *, agent: str) -> None:
        """Say who has a call that came without an agent. Raises InputError if it is somebody else's."""
        now = self._now(call_id)
        self._check_agent(call_id, agent)
        self._assign(call_id, by, agent, now)
        await self._publisher.sent()

    def _check_agent(self, call_id: str, agent: str) -> None:
        if self.agent_of(call_id) not in ("", agent):
            raise InputError("this call is another agent's already; only a call without an agent can be given to one")

    def _assign(self, call_id: str, by: str, agent: str, now: int) -> None:
        if self.agent_of(call_id) != agent:
            call = self._guard.call(call_id)
            call.describe(replace(call.started, agent=agent))
            self._publisher.publish(AgentAssigned(call_id=call_id, at_sample=now, by=by, agent=agent))

    async def describe(self, call_id: str, by: str, details: CallDetails) -> bool:
        """Take what a phone system says of a call beside its audio; returns whether it runs, else it is kept until then.

        Raises InputError if the call is over, is another agent's, or has another caller.
        """
        call = next((call for call in self._guard.calls if call.started.call_id == call_id), None)
        if call is not None:
            await self._describe(call, by, details)
            await self._publisher.sent()
        elif self.agent_of(call_id) is not None:
            raise InputError("this call is over already; say what is to be known of a call before it ends")
        else:
            self._announced.put(call_id, details)
        return call is not None

    async def _describe(self, call: LiveCall[Ears], by: str, details: CallDetails) -> None:
        was, key, now = call.started, self._callers.key_of(details.caller), call.now_sample
        if details.agent:
            self._check_agent(was.call_id, details.agent)
        if key and was.caller not in ("", key):
            raise InputError("this call has another caller already; only a call without a caller can be given one")
        if details.agent:
            self._assign(was.call_id, by, details.agent, now)
            was = call.started
        described = replace(
            was, caller=key or was.caller, line=details.line or was.line, language=details.language or was.language
        )
        if described == was:
            return
        call.describe(described)
        self._publisher.publish(
            CallDescribed(
                call_id=was.call_id,
                at_sample=now,
                by=by,
                caller=described.caller,
                line=described.line,
                language=described.language,
            )
        )
        if described.caller != was.caller:
            await self._callers.arrived(described, details.caller, at_sample=now)

    def agent_of(self, call_id: str) -> str | None:
        """Return whose call this is, None if it is neither running nor lately ended."""
        try:
            named = self._guard.call(call_id).started.agent
        except NotFoundError:
            return None
        return self._publisher.agent_of(call_id) or named

    def cards(self, call_id: str = "") -> Sequence[Card]:
        """Return all cards of a call's policy in the call's language; without a call, or an unknown one, those of new calls."""
        try:
            language = self._guard.call(call_id).started.language
        except NotFoundError:
            language = ""
        return self._cards(call_id, language)

    def health(self) -> Health:
        """Return how the guard stands now."""
        return self._health()

    def _now(self, call_id: str) -> int:
        return self._guard.call(call_id).now_sample

    async def _act(self, act: HumanAct) -> None:
        self._guard.act(act)
        await self._publisher.sent()
