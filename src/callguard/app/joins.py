"""Puts joining together: the running calls, the policy, and the phone system that is set up."""

import contextlib
from collections.abc import Callable
from typing import Any

from callguard.accounts import User
from callguard.app.parts import Parts
from callguard.call import Ears
from callguard.clock import Clock
from callguard.decide.acts import may_use
from callguard.errors import NotFoundError, SettingsError, TakenError
from callguard.guard import Guard
from callguard.human_acts import AlertAnswer, AlertAnswered
from callguard.join.ari import AsteriskRest
from callguard.join.coaching import TwilioCoaching
from callguard.join.desk import JoinDesk
from callguard.join.eavesdrop import FreeSwitchEavesdrop
from callguard.join.phone import PhoneSystem
from callguard.join.rooms import Rooms
from callguard.join_settings import JoinSettings
from callguard.playback import PlaysAudio
from callguard.publisher import Publisher
from callguard.terms import Role, Samples, Tactic

Keep = Callable[[Role, int, Samples], None]


class RunningCalls:
    """The guard, as joins see it."""

    def __init__(self, guard: Guard[Any]) -> None:
        self._guard = guard

    def now_sample(self, call_id: str) -> int:
        """Return how long a call has been running. Raises NotFoundError if it is not."""
        call = self._guard.call(call_id)
        if call.has_ended:
            raise NotFoundError("this call is over; nobody can join it")
        return call.now_sample

    def since_began(self, call_id: str) -> int:
        """Return how long ago a call began, in samples, also of one that is over; 0 for one that nobody remembers."""
        with contextlib.suppress(NotFoundError):
            return self._guard.call(call_id).now_sample
        return 0

    def voice(self, call_id: str) -> PlaysAudio:
        """Return the way back into a running call. Raises NotFoundError."""
        self.now_sample(call_id)
        return self._guard.call(call_id).voice


def build_joins(guard: Guard[Ears], publisher: Publisher, rooms: Rooms, parts: Parts) -> JoinDesk:
    """Return the desk where senior staff join calls. Raises SettingsError if several phone systems are set up."""
    calls = RunningCalls(guard)

    async def claim(call_id: str, user: User, decision_id: str) -> None:
        now = calls.now_sample(call_id)
        with contextlib.suppress(TakenError):  # whoever joins beside a colleague who has it takes nothing away
            guard.act(
                AlertAnswered(
                    call_id=call_id,
                    at_sample=now,
                    by=user.name,
                    decision_id=decision_id,
                    answer=AlertAnswer.CLAIMED,
                    to="",
                    reason="",
                )
            )

    return JoinDesk(
        calls,
        rooms,
        parts.settings.join,
        parts.clock,
        publish=publisher.publish,
        sent=publisher.sent,
        claim=claim,
        tell_agent=lambda: parts.policy.join.tell_agent,
        phone_system=build_phone_system(parts.settings.join, parts.clock),
        may_join=lambda role: may_use(parts.policy, role, Tactic.INTERJECT),
    )


def build_phone_system(settings: JoinSettings, clock: Clock) -> PhoneSystem | None:
    """Return the phone system of the settings, None if there is none. Raises SettingsError for more than one."""
    found: list[PhoneSystem] = []
    if settings.ari.url:
        found.append(AsteriskRest(settings.ari))
    if settings.twilio.account_sid:
        found.append(TwilioCoaching(settings.twilio, clock))
    if settings.freeswitch.host:
        found.append(FreeSwitchEavesdrop(settings.freeswitch))
    if len(found) > 1:
        raise SettingsError(f"{len(found)} phone systems are set up under join; leave one of ari, twilio and freeswitch")
    return found[0] if found else None


def heard_by_seniors(rooms: Rooms, call_id: str, keep: Keep) -> Keep:
    """Return a `keep` that lets those who listen to this call hear it as well."""

    def hear(role: Role, start: int, samples: Samples) -> None:
        keep(role, start, samples)
        rooms.hear(call_id, role, samples)

    return hear
