"""Carries out what people ask for at their consoles: checked, decided upon, stored, and only then acknowledged."""

from collections.abc import Callable, Sequence
from typing import Generic, TypeVar

from callguard.accounts import User
from callguard.call import Ears
from callguard.errors import InputError, NotFoundError
from callguard.events import ChecklistFilled, HumanAct
from callguard.guard import Guard
from callguard.human_acts import (
    AgentAssigned,
    AlertAnswer,
    AlertAnswered,
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
MayUse = Callable[[StaffRole, Tactic], None]
"""Raises AccessError if the policy does not let this role use this tactic."""


class GuardDesk(Generic[Ears, Card, Health, Question]):
    """The desk of a running guard."""

    def __init__(
        self,
        guard: Guard[Ears],
        publisher: Publisher,
        *,
        may_use: MayUse,
        cards: Callable[[], Sequence[Card]],
        health: Callable[[], Health],
        questions: Callable[[str], Sequence[Question]] = lambda _: (),
    ) -> None:
        self._guard = guard
        self._publisher = publisher
        self._may_use = may_use
        self._cards = cards
        self._health = health
        self._questions = questions

    async def help(self, call_id: str, user: User, *, is_panic: bool) -> None:
        """Carry out «I need help» or «panic»."""
        await self._act(HelpAsked(call_id=call_id, at_sample=self._now(call_id), by=user.name, is_panic=is_panic))

    async def card(self, call_id: str, user: User, *, tactic: Tactic, answer: CardAnswer, decision_id: str) -> None:
        """Note what somebody did with a card. Raises AccessError if the card is not theirs to use."""
        if answer is CardAnswer.USED:
            self._may_use(user.role, tactic)
        now = self._now(call_id)
        await self._act(
            CardAnswered(call_id=call_id, at_sample=now, by=user.name, tactic=tactic, answer=answer, decision_id=decision_id)
        )

    async def alert(
        self, call_id: str, user: User, *, decision_id: str, answer: AlertAnswer, to: str = "", reason: str = ""
    ) -> None:
        """Note what somebody did with an alert. Raises AccessError if it is not theirs to answer."""
        self._may_use(user.role, Tactic.INTERJECT)
        now = self._now(call_id)
        await self._act(
            AlertAnswered(
                call_id=call_id, at_sample=now, by=user.name, decision_id=decision_id, answer=answer, to=to, reason=reason
            )
        )

    async def threat(self, call_id: str, user: User, *, decision_id: str, measures: Sequence[Measure], note: str) -> None:
        """Note what somebody decided about a threat. Raises AccessError if it is not theirs to decide."""
        self._may_use(user.role, Tactic.INTERJECT)
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

    def questions(self, language: str) -> Sequence[Question]:
        """Return the fields of the policy's checklist in the words of `language`."""
        return self._questions(language)

    async def request(self, call_id: str, user: User, *, tactic: Tactic) -> None:
        """Ask for an act beyond words. Raises AccessError if the tactic is not theirs to use."""
        self._may_use(user.role, tactic)
        now = self._now(call_id)
        await self._act(TacticRequested(call_id=call_id, at_sample=now, by=user.name, role=user.role, tactic=tactic))

    async def assign(self, call_id: str, by: str, *, agent: str) -> None:
        """Say who has a call that came without an agent. Raises InputError if it is somebody else's."""
        now, has_it = self._now(call_id), self.agent_of(call_id)
        if has_it == agent:
            return
        if has_it:
            raise InputError("this call is another agent's already; only a call without an agent can be given to one")
        self._publisher.publish(AgentAssigned(call_id=call_id, at_sample=now, by=by, agent=agent))
        await self._publisher.sent()

    def agent_of(self, call_id: str) -> str | None:
        """Return whose call this is, None if it is neither running nor lately ended."""
        try:
            named = self._guard.call(call_id).started.agent
        except NotFoundError:
            return None
        return self._publisher.agent_of(call_id) or named

    def cards(self) -> Sequence[Card]:
        """Return all cards of the policy."""
        return self._cards()

    def health(self) -> Health:
        """Return how the guard stands now."""
        return self._health()

    def _now(self, call_id: str) -> int:
        return self._guard.call(call_id).now_sample

    async def _act(self, act: HumanAct) -> None:
        self._guard.act(act)
        await self._publisher.sent()
