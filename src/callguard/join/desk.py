"""Carries out joins: checks what is possible, connects, tells everybody, and cleans up however it ends."""

import asyncio
import contextlib
import secrets
from collections.abc import Awaitable, Callable, Mapping
from functools import partial
from typing import Protocol

from callguard.accounts import User
from callguard.clock import Clock
from callguard.errors import CallguardError, InputError, NotFoundError, ServiceError
from callguard.events import CallEnded, Decision, Event
from callguard.human_acts import AlertAnswer, AlertAnswered, JoinMode, JoinPhase, JoinWay, StaffJoin
from callguard.join.ice import ice_servers
from callguard.join.joined import HEARD_BY, TO_CALLER, Join, Joined, Ways
from callguard.join.peer import BrowserPeer
from callguard.join.phone import Legs, PhoneSystem
from callguard.join.rooms import Rooms
from callguard.join_settings import JoinSettings
from callguard.playback import PlaysAudio
from callguard.supervision import Supervision
from callguard.terms import DecisionKind, Role, Samples, StaffRole

QUEUE_S = 0.3
"""A voice that waits longer in a tap has met a hold-up: it is cleared, because talking late is talking over."""
LOOK_S = 5.0
"""How often a phone system is asked whether a senior's telephone is still in the call."""


class Calls(Protocol):
    """The running calls."""

    def now_sample(self, call_id: str) -> int:
        """Return how long a call has been running. Raises NotFoundError if it is not."""
        ...

    def since_began(self, call_id: str) -> int:
        """Return how long ago a call began, in samples, also of one that is over; 0 for one that nobody remembers."""
        ...

    def voice(self, call_id: str) -> PlaysAudio:
        """Return the way back into a running call. Raises NotFoundError."""
        ...


class JoinDesk:
    """All joins of this process."""

    def __init__(
        self,
        calls: Calls,
        rooms: Rooms,
        settings: JoinSettings,
        clock: Clock,
        *,
        publish: Callable[[Event], None],
        sent: Callable[[], Awaitable[None]],
        claim: Callable[[str, User, str], Awaitable[None]],
        tell_agent: Callable[[], str],
        phone_system: PhoneSystem | None = None,
        may_join: Callable[[StaffRole], None] = lambda _: None,
    ) -> None:
        """`claim` takes (call id, user, decision id); `tell_agent` is the policy's «always» or «by_mode».

        `may_join` raises AccessError for a role that the policy does not let in.
        """
        self._may_join = may_join
        self._calls = calls
        self._rooms = rooms
        self._settings = settings
        self._clock = clock
        self._publish = publish
        self._sent = sent
        self._claim = claim
        self._tell_agent = tell_agent
        self._phone_system = phone_system
        self._joins: dict[str, Join] = {}
        self._legs: dict[str, dict[Role, str]] = {}
        self._alerts: dict[str, list[str]] = {}
        self._tasks: asyncio.TaskGroup | None = None

    async def run(self) -> None:
        """Look after joins until cancelled, then end them all."""
        try:
            async with asyncio.TaskGroup() as tasks:
                self._tasks = tasks
                await asyncio.get_running_loop().create_future()
        finally:
            self._tasks = None
            for join in list(self._joins.values()):
                with Supervision(join.call_id, lambda _: None):
                    await self._lose_sight(join, "callguard was stopped.")
            if self._phone_system is not None:
                await self._phone_system.close()

    # --- what the guard tells -------------------------------------------------------------------

    def see(self, event: Event) -> None:
        """Follow which alerts are open and which calls end."""
        if isinstance(event, Decision) and event.kind is DecisionKind.ALERT and self._is_running(event.call_id):
            self._alerts.setdefault(event.call_id, []).append(event.decision_id)
        elif isinstance(event, AlertAnswered) and event.answer in {AlertAnswer.CLAIMED, AlertAnswer.HANDED_OVER}:
            self._alerts.pop(event.call_id, None)
        elif isinstance(event, CallEnded):
            self._alerts.pop(event.call_id, None)
            self._legs.pop(event.call_id, None)
            for join in self._of(event.call_id):
                self._soon(join.call_id, partial(self._lose_sight, join, "The call is over."))

    def name_legs(self, call_id: str, legs: Mapping[Role, str]) -> None:
        """Take what the phone system calls the two ends of a call. Raises NotFoundError."""
        self._calls.now_sample(call_id)
        self._legs.setdefault(call_id, {}).update(legs)

    # --- what people ask ------------------------------------------------------------------------

    def ways(self, call_id: str) -> Ways:
        """Return how a call can be joined now. Raises NotFoundError if it is not running."""
        return Ways(
            browser=tuple(mode for mode, heard_by in HEARD_BY.items() if heard_by <= self._calls.voice(call_id).sides),
            phone=() if self._phone_system is None else tuple(mode for mode in JoinMode if mode in self._phone_system.modes),
            phone_system="" if self._phone_system is None else self._phone_system.name,
            call_instead=self._settings.call_instead,
            agent_is_told=self._tell_agent(),
            ice_servers=ice_servers(self._settings, self._clock.utc_now()),
        )

    def inside(self, call_id: str) -> list[Mapping[str, str]]:
        """Return who is in a call."""
        return [
            {"join_id": join.join_id, "by": join.user.name, "name": join.user.display_name, "mode": join.mode, "way": join.way}
            for join in self._of(call_id)
            if join.is_in
        ]

    async def join(self, call_id: str, user: User, mode: JoinMode, *, offer: str = "", phone: str = "") -> Joined:
        """Let somebody join; with a browser's `offer` by browser, else the phone system calls them.

        Raises NotFoundError for a call that is not running, InputError for what is not possible here, AccessError for whom the
        policy does not let in, ServiceError when the phone system or the browser's connection fails.
        """
        self._may_join(user.role)
        self._calls.now_sample(call_id)
        way = JoinWay.BROWSER if offer else JoinWay.PHONE
        join = Join(join_id=secrets.token_urlsafe(9), call_id=call_id, user=user, mode=mode, way=way)
        self._check(join, mode)
        await self._make_room(call_id, user)
        self._joins[join.join_id] = join
        self._tell(join, JoinPhase.ASKED)
        try:
            for decision_id in self._alerts.get(call_id, [])[-1:]:
                await self._claim(call_id, user, decision_id)
            sdp = await self._by_browser(join, offer) if offer else await self._by_phone(join, phone)
        except CallguardError as error:
            await self._end(join, JoinPhase.FAILED, self._next_way(error))
            raise
        except asyncio.CancelledError:
            await self._end(join, JoinPhase.FAILED, "Whoever asked for it has gone.")
            raise
        await self._sent()
        return Joined(join_id=join.join_id, mode=mode, way=way, agent_is_told=self._is_told(mode), sdp=sdp)

    async def change(self, call_id: str, join_id: str, user: User, mode: JoinMode) -> None:
        """Go on in another mode. Raises as `join` does."""
        async with self._own(call_id, join_id, user).is_busy:
            join = self._own(call_id, join_id, user)  # it may have ended while it was waited for
            if mode is join.mode:
                return
            self._check(join, mode)
            await self._ask_for(join, mode)
            self._hush(join)
            join.mode = mode
            self._tell(join, JoinPhase.CHANGED)
            self._relieve(join)
        await self._sent()

    async def hand_over(self, call_id: str, join_id: str, user: User, to: str) -> None:
        """Offer the call to a colleague; who offers it stays in until the colleague has joined."""
        join = self._own(call_id, join_id, user)
        join.handed_to = to
        self._tell(join, JoinPhase.HANDED_OVER, f"{user.display_name} asks {to} to take this call.")
        await self._sent()

    async def leave(self, call_id: str, join_id: str, user: User) -> None:
        """End a join; the call goes on."""
        await self._end(self._own(call_id, join_id, user), JoinPhase.LEFT, "")
        await self._sent()

    # --- how it is done -------------------------------------------------------------------------

    def _is_running(self, call_id: str) -> bool:
        """Whether a call runs: alerts of one that is over go on being raised, and nobody can join it any more."""
        with contextlib.suppress(NotFoundError):
            self._calls.now_sample(call_id)
            return True
        return False

    def _of(self, call_id: str) -> list[Join]:
        return [join for join in self._joins.values() if join.call_id == call_id]

    def _own(self, call_id: str, join_id: str, user: User) -> Join:
        join = self._joins.get(join_id)
        if join is None or join.call_id != call_id or join.user.name != user.name:
            raise NotFoundError("you are not in this call (any more); join it again")
        return join

    async def _make_room(self, call_id: str, user: User) -> None:
        """End what this user still has in the call: a page that was loaded again joins anew.

        Raises InputError where that would leave the caller with nobody.
        """
        while mine := [join for join in self._of(call_id) if join.user.name == user.name]:
            if mine[0].mode is JoinMode.TAKE_OVER and mine[0].is_in:
                raise InputError("you have taken this call over by telephone; hang up there before you join in another way")
            await self._end(mine[0], JoinPhase.LEFT, "Joined again from another page.")

    def _check(self, join: Join, mode: JoinMode) -> None:
        ways = self.ways(join.call_id)
        possible = ways.browser if join.way is JoinWay.BROWSER else ways.phone
        if mode not in possible:
            other = ways.phone if join.way is JoinWay.BROWSER else ways.browser
            by = "by telephone" if join.way is JoinWay.BROWSER else "in the browser"
            advice = f"it works {by}" if mode in other else self._advice()
            raise InputError(f"«{mode}» is not possible in this way on this call; {advice}")
        if join.mode is JoinMode.TAKE_OVER and mode is not JoinMode.TAKE_OVER:
            raise InputError("the agent is out of this call, and the caller has nobody but you; hand it over or hang up")
        if mode is JoinMode.TAKE_OVER:
            for colleague in self._of(join.call_id):
                has_it = JoinMode.TAKE_OVER in {colleague.mode, colleague.wanted}
                if has_it and join.user.name not in {colleague.user.name, colleague.handed_to}:
                    raise InputError(f"{colleague.user.display_name} has taken this call over already; listen or ask for it")

    def _advice(self) -> str:
        return f"call {self._settings.call_instead}" if self._settings.call_instead else "talk to the agent another way"

    def _next_way(self, error: CallguardError) -> str:
        return f"{error}; {self._advice()}"

    async def _by_browser(self, join: Join, offer: str) -> str:
        mix = self._rooms.enter(join.call_id, join.join_id)
        join.peer = BrowserPeer(
            mix,
            self._settings,
            self._clock,
            on_voice=lambda samples: self._speak(join, samples),
            on_state=lambda state: self._changed(join, state),
        )
        sdp = await join.peer.answer(offer)
        join.watch = self._soon(join.call_id, partial(self._await_connection, join))
        return sdp

    async def _by_phone(self, join: Join, phone: str) -> str:
        assert self._phone_system is not None  # _check has seen it
        number = phone or self._settings.phones.get(join.user.name, "")
        if not number:
            raise InputError(f"no telephone is known for {join.user.name}; name it, or set join.phones")
        join.dialling = asyncio.ensure_future(self._dial(join, self._phone_system, number))
        try:
            await join.dialling
        except asyncio.CancelledError:
            if join.join_id in self._joins:  # it is the request that was given up
                raise
        if join.join_id not in self._joins:
            raise NotFoundError("the call ended, or you left it, before the telephone was answered")
        return ""

    async def _dial(self, join: Join, phone_system: PhoneSystem, number: str) -> None:
        async with join.is_busy:
            join.handle = await phone_system.join(self._legs_of(join.call_id), number, join.mode)
            if join.join_id in self._joins:
                self._arrive(join)
                join.watch = self._soon(join.call_id, partial(self._await_hang_up, join, phone_system))

    def _legs_of(self, call_id: str) -> Legs:
        return Legs(call_id=call_id, names=dict(self._legs.get(call_id, {})))

    async def _ask_for(self, join: Join, mode: JoinMode) -> None:
        if join.way is not JoinWay.PHONE or self._phone_system is None:
            return
        join.wanted = mode
        try:
            await self._phone_system.change(join.handle, mode, self._legs_of(join.call_id))
        finally:
            join.wanted = None
        if join.join_id not in self._joins:
            raise NotFoundError("you are not in this call (any more); join it again")

    async def _await_hang_up(self, join: Join, phone_system: PhoneSystem) -> None:
        """Find out that the senior has hung up; a phone system that does not answer says nothing about it."""
        is_connected = True
        while is_connected:
            await self._clock.sleep(LOOK_S)
            with contextlib.suppress(ServiceError):
                is_connected = await phone_system.is_connected(join.handle)
        join.watch = None
        await self._end(join, JoinPhase.LEFT, "The telephone was hung up.")

    async def _await_connection(self, join: Join) -> None:
        await self._clock.sleep(self._settings.connect_wait_s)
        if not join.is_in:
            join.watch = None
            error = ServiceError(f"the browser has not connected within {self._settings.connect_wait_s:g} s: look at UDP and NAT")
            await self._end(join, JoinPhase.FAILED, self._next_way(error))

    def _changed(self, join: Join, state: str) -> None:
        if state == "connected":
            self._arrive(join)
        elif join.join_id in self._joins:  # failed or closed from the other side
            phase = JoinPhase.LEFT if join.is_in else JoinPhase.FAILED
            self._soon(join.call_id, partial(self._end, join, phase, "The connection to the browser was lost."))

    def _arrive(self, join: Join) -> None:
        if join.is_in:
            return
        join.is_in = True
        self._tell(join, JoinPhase.JOINED)
        self._relieve(join)

    def _relieve(self, join: Join) -> None:
        """Let go who has offered the call to this colleague; who has taken it over stays until the caller has another voice."""
        because = f"{join.user.display_name} has it now."
        for other in self._of(join.call_id):
            if other.handed_to == join.user.name and (other.mode is not JoinMode.TAKE_OVER or join.mode in TO_CALLER):
                self._soon(join.call_id, partial(self._end, other, JoinPhase.LEFT, because))

    def _speak(self, join: Join, samples: Samples) -> None:
        """Take what a senior says; heard by whom the mode says, and by colleagues who listen, unless it is only listening."""
        sides = HEARD_BY.get(join.mode, frozenset())
        if not sides or not join.is_in:
            return
        with contextlib.suppress(NotFoundError):  # the call has just ended
            voice = self._calls.voice(join.call_id)
            for side in sides:
                if voice.waiting_s(side, source=join.join_id) > QUEUE_S:
                    voice.clear(side, source=join.join_id)
                voice.play(side, samples, source=join.join_id)
            self._rooms.hear_staff(join.call_id, join.join_id, samples)

    def _hush(self, join: Join) -> None:
        with contextlib.suppress(NotFoundError):
            voice = self._calls.voice(join.call_id)
            for side in HEARD_BY.get(join.mode, frozenset()):
                voice.clear(side, source=join.join_id)

    async def _end(self, join: Join, phase: JoinPhase, because: str) -> None:
        if self._joins.pop(join.join_id, None) is None:
            return
        self._tell(join, phase, because)
        self._hush(join)
        await self._disconnect(join)

    async def _lose_sight(self, join: Join, because: str) -> None:
        """End a join because callguard hears the call no longer: who has taken it over is all that the caller has left."""
        if join.mode is JoinMode.TAKE_OVER and join.is_in and self._phone_system is not None:
            self._phone_system.let_stay(join.handle)
            join.handle = ""
            because = f"{because} The telephone stays in the call."
        await self._end(join, JoinPhase.LEFT, because)

    async def _disconnect(self, join: Join) -> None:
        self._rooms.leave(join.call_id, join.join_id)
        if join.watch is not None:
            join.watch.cancel()
        if join.peer is not None:
            await join.peer.close()
        if self._phone_system is not None and join.way is JoinWay.PHONE:
            await self._hang_up(join, self._phone_system)

    async def _hang_up(self, join: Join, phone_system: PhoneSystem) -> None:
        if join.dialling is not None:
            join.dialling.cancel()
        async with join.is_busy:
            if join.handle:
                # What refuses has said why in its log; the telephone can be hung up by hand.
                with contextlib.suppress(ServiceError, NotFoundError):
                    await phone_system.leave(join.handle)

    def _is_told(self, mode: JoinMode) -> bool:
        return self._tell_agent() == "always" or mode is not JoinMode.LISTEN

    def _tell(self, join: Join, phase: JoinPhase, because: str = "") -> None:
        join.is_known = join.is_known or self._is_told(join.mode)
        self._publish(
            StaffJoin(
                call_id=join.call_id,
                at_sample=self._calls.since_began(join.call_id),  # the end of the call is told before the end of its joins
                join_id=join.join_id,
                by=join.user.name,
                name=join.user.display_name,
                phase=phase,
                mode=join.mode,
                way=join.way,
                because=because,
                is_told=join.is_known,
            )
        )

    def _soon(self, call_id: str, work: Callable[[], Awaitable[None]]) -> asyncio.Task[None]:
        async def carry_out() -> None:
            with Supervision(call_id, lambda _: None):  # what goes wrong with one join ends no other
                await work()

        assert self._tasks is not None, "joins are looked after while `run` runs"
        return self._tasks.create_task(carry_out())
