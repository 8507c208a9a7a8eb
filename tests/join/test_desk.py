"""Who may join how, what everybody is told, and how joins end."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, field

import pytest

from callguard.accounts import User
from callguard.clock import SystemClock
from callguard.errors import AccessError, InputError, NotFoundError, ServiceError
from callguard.events import CallEnded, Event
from callguard.human_acts import JoinMode, JoinPhase, StaffJoin
from callguard.join.desk import JoinDesk
from callguard.join.phone import Legs
from callguard.join.rooms import Rooms
from callguard.join_settings import JoinSettings
from callguard.playback import CallVoice
from callguard.terms import EndReason, Role, Samples, StaffRole
from tests.clocks import HandClock
from tests.fakes import alert
from tests.join.browser import SeniorBrowser

ANA, BEN = (
    User(name=name, display_name=name.title(), role=StaffRole.SENIOR, team="", password_hash="") for name in ("ana", "ben")
)
SETTINGS = JoinSettings(addresses=("127.0.0.1",), call_instead="4711", phones={"ana": "101", "ben": "102"})


@dataclass
class OneSide:
    """A way back that remembers who was to hear how much of what."""

    sides: frozenset[Role]
    said: list[tuple[Role, str, Samples]] = field(default_factory=list)
    cleared: list[Role] = field(default_factory=list)
    waiting: float = 0.0

    def play(self, side: Role, samples: Samples, *, source: str) -> None:
        self.said.append((side, source, samples))

    def clear(self, side: Role, *, source: str) -> None:
        self.cleared.append(side)

    def waiting_s(self, side: Role, *, source: str) -> float:
        return self.waiting


class OneCall:
    """The call c1, as long as it runs."""

    def __init__(self) -> None:
        self.is_running = True
        self.way_back = CallVoice()

    def now_sample(self, call_id: str) -> int:
        if call_id != "c1" or not self.is_running:
            raise NotFoundError("this call is over")
        return 16_000

    def since_began(self, call_id: str) -> int:
        assert call_id == "c1"
        return 16_000 if self.is_running else 48_000

    def voice(self, call_id: str) -> CallVoice:
        self.now_sample(call_id)
        return self.way_back


@dataclass
class PlainPhones:
    """A phone system that does what it is told, unless it is broken."""

    name: str = "Plain"
    modes: frozenset[JoinMode] = frozenset(JoinMode)
    acts: list[tuple[str, ...]] = field(default_factory=list)
    error: ServiceError | None = None
    answers: asyncio.Event = field(default_factory=asyncio.Event)
    """Set: telephones are picked up, and what is asked is done at once."""
    rings: asyncio.Event = field(default_factory=asyncio.Event)
    heard_by: dict[str, JoinMode] = field(default_factory=dict)
    """The telephones in the call and who hears them now."""
    is_broken: bool = False

    def __post_init__(self) -> None:
        self.answers.set()

    async def join(self, legs: Legs, phone: str, mode: JoinMode) -> str:
        if self.error is not None:
            raise self.error
        self.acts.append(("join", legs.names.get(Role.AGENT, ""), phone, mode))
        self.rings.set()
        try:
            await self.answers.wait()
        except asyncio.CancelledError:
            self.acts.append(("stop ringing", phone))
            raise
        self.heard_by[phone] = mode
        return phone

    async def change(self, handle: str, mode: JoinMode, legs: Legs) -> None:
        self.acts.append(("change", legs.names.get(Role.AGENT, ""), handle, mode))
        if mode is JoinMode.INTERJECT:
            await self.answers.wait()  # who is put into the call's bridge is the slower one
        self.heard_by[handle] = mode

    async def leave(self, handle: str) -> None:
        if self.is_broken:
            raise RuntimeError("never thought of")
        self.acts.append(("leave", handle))
        self.heard_by.pop(handle, None)

    async def is_connected(self, handle: str) -> bool:
        if self.error is not None:
            raise self.error
        return handle in self.heard_by

    def let_stay(self, handle: str) -> None:
        self.acts.append(("let stay", handle))

    async def close(self) -> None:
        self.acts.append(("close",))


class Floor:
    """A desk with one running call, and what it has told."""

    def __init__(
        self,
        *,
        tell_agent: str = "always",
        phones: PlainPhones | None = None,
        real_time: bool = False,
        may_join: Callable[[StaffRole], None] = lambda _: None,
    ) -> None:
        self.call, self.clock, self.events, self.phones = OneCall(), HandClock(), list[Event](), phones or PlainPhones()
        self.claims: list[tuple[str, str, str]] = []
        self.claim: Callable[[str, User, str], Awaitable[None]] | None = None
        """Instead of noting claims."""
        self.has_told = asyncio.Event()
        self.desk = JoinDesk(
            self.call,
            Rooms(),
            SETTINGS,
            SystemClock() if real_time else self.clock,
            publish=self._publish,
            sent=self._sent,
            claim=self._claim,
            tell_agent=lambda: tell_agent,
            phone_system=self.phones,
            may_join=may_join,
        )

    def _publish(self, event: Event) -> None:
        self.events.append(event)
        self.has_told.set()

    async def _sent(self) -> None:
        pass

    async def _claim(self, call_id: str, user: User, decision_id: str) -> None:
        if self.claim is not None:
            await self.claim(call_id, user, decision_id)
        self.claims.append((call_id, user.name, decision_id))

    @property
    def story(self) -> list[tuple[str, str, str]]:
        return [(one.by, one.phase.value, one.mode.value) for one in self.events if isinstance(one, StaffJoin)]

    @property
    def last(self) -> StaffJoin:
        assert isinstance(self.events[-1], StaffJoin)
        return self.events[-1]

    async def until(self, phase: JoinPhase, times: int = 1) -> None:
        async with asyncio.timeout(20):
            while sum(isinstance(one, StaffJoin) and one.phase is phase for one in self.events) < times:
                self.has_told.clear()
                await self.has_told.wait()

    def end_call(self) -> None:
        self.call.is_running = False
        ended = CallEnded(call_id="c1", ended_at=self.clock.utc_now(), at_sample=1, reason=EndReason.CLOSED, detail="")
        self.desk.see(ended)


@pytest.fixture
async def floor() -> AsyncIterator[Floor]:
    async for opened in run(Floor()):
        yield opened


async def run(floor: Floor) -> AsyncIterator[Floor]:
    running = asyncio.create_task(floor.desk.run())
    await asyncio.sleep(0)
    yield floor
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)


async def test_only_what_works_is_offered(floor: Floor) -> None:
    assert floor.desk.ways("c1").browser == (JoinMode.LISTEN,)
    floor.call.way_back.lend(OneSide(frozenset({Role.AGENT})))
    assert floor.desk.ways("c1").browser == (JoinMode.LISTEN, JoinMode.WHISPER)
    floor.call.way_back.lend(OneSide(frozenset({Role.CALLER})))
    assert floor.desk.ways("c1").browser == (JoinMode.LISTEN, JoinMode.WHISPER, JoinMode.INTERJECT)
    assert floor.desk.ways("c1").phone == tuple(JoinMode)
    with pytest.raises(InputError, match="by telephone"):
        await floor.desk.join("c1", ANA, JoinMode.TAKE_OVER, offer="v=0")
    with pytest.raises(NotFoundError):
        floor.desk.ways("c2")


async def test_joining_by_telephone_tells_how_it_goes_and_claims_the_alert(floor: Floor) -> None:
    floor.desk.see(alert("c1:1"))
    floor.desk.name_legs("c1", {Role.AGENT: "agent-1"})
    joined = await floor.desk.join("c1", ANA, JoinMode.WHISPER)
    floor.desk.name_legs("c1", {Role.AGENT: "agent-2"})
    await floor.desk.change("c1", joined.join_id, ANA, JoinMode.INTERJECT)
    assert floor.desk.inside("c1")[0]["mode"] == "interject"
    await floor.desk.leave("c1", joined.join_id, ANA)
    assert floor.claims == [("c1", "ana", "c1:1")]
    assert floor.phones.acts == [
        ("join", "agent-1", "101", "whisper"),
        ("change", "agent-2", "101", "interject"),
        ("leave", "101"),
    ]
    assert [phase for _, phase, _ in floor.story] == ["asked", "joined", "changed", "left"]
    assert floor.desk.inside("c1") == []


async def test_a_failed_join_is_told_with_the_next_way() -> None:
    async for floor in run(Floor(phones=PlainPhones(error=ServiceError("the telephone did not answer")))):
        with pytest.raises(ServiceError):
            await floor.desk.join("c1", ANA, JoinMode.LISTEN)
        assert floor.last.phase is JoinPhase.FAILED
        assert floor.last.because == "the telephone did not answer; call 4711"


async def test_whom_the_policy_does_not_let_in_is_refused_before_anything_happens() -> None:
    def refuse(role: StaffRole) -> None:
        raise AccessError(f"not for {role}")

    async for floor in run(Floor(may_join=refuse)):
        with pytest.raises(AccessError):
            await floor.desk.join("c1", ANA, JoinMode.LISTEN)
        assert floor.events == []


async def test_stopping_ends_joins_and_tells_it() -> None:
    async for floor in run(Floor()):
        await floor.desk.join("c1", ANA, JoinMode.LISTEN)
    assert floor.last.because == "callguard was stopped."
    assert floor.phones.acts[-2:] == [("leave", "101"), ("close",)]


async def test_nobody_touches_the_join_of_another(floor: Floor) -> None:
    joined = await floor.desk.join("c1", ANA, JoinMode.LISTEN)
    with pytest.raises(NotFoundError):
        await floor.desk.change("c1", joined.join_id, BEN, JoinMode.WHISPER)
    with pytest.raises(NotFoundError):
        await floor.desk.leave("c1", joined.join_id, BEN)


async def test_two_may_be_in_one_call_but_only_one_takes_it_over(floor: Floor) -> None:
    await floor.desk.join("c1", ANA, JoinMode.TAKE_OVER)
    await floor.desk.join("c1", BEN, JoinMode.LISTEN)
    assert {one["by"] for one in floor.desk.inside("c1")} == {"ana", "ben"}
    with pytest.raises(InputError, match="Ana has taken"):
        await floor.desk.join("c1", BEN, JoinMode.TAKE_OVER)


async def test_whoever_hands_over_leaves_when_the_colleague_is_in(floor: Floor) -> None:
    joined = await floor.desk.join("c1", ANA, JoinMode.INTERJECT)
    await floor.desk.hand_over("c1", joined.join_id, ANA, "ben")
    assert [one["by"] for one in floor.desk.inside("c1")] == ["ana"]
    await floor.desk.join("c1", BEN, JoinMode.INTERJECT)
    await floor.until(JoinPhase.LEFT)
    assert [one["by"] for one in floor.desk.inside("c1")] == ["ben"]
    assert floor.last.because == "Ben has it now."


async def test_the_end_of_the_call_ends_its_joins(floor: Floor) -> None:
    await floor.desk.join("c1", ANA, JoinMode.LISTEN)
    floor.end_call()
    await floor.until(JoinPhase.LEFT)
    await floor.clock.let_run()
    assert floor.phones.acts[-1] == ("leave", "101")
    assert floor.last.at_sample == 48_000  # records say when somebody left: not at the call's first second
    with pytest.raises(NotFoundError):
        await floor.desk.join("c1", ANA, JoinMode.LISTEN)


async def test_an_agent_is_told_of_a_listener_unless_the_policy_says_otherwise() -> None:
    told = {}
    for tell_agent in ("always", "by_mode"):
        async for floor in run(Floor(tell_agent=tell_agent)):
            joined = await floor.desk.join("c1", ANA, JoinMode.LISTEN)
            await floor.desk.change("c1", joined.join_id, ANA, JoinMode.WHISPER)
            await floor.desk.change("c1", joined.join_id, ANA, JoinMode.LISTEN)
            told[tell_agent] = [one.is_told for one in floor.events if isinstance(one, StaffJoin)]
    assert told == {"always": [True] * 4, "by_mode": [False, False, True, True]}


async def test_a_browser_whispers_to_the_agent_alone_and_is_gone_when_it_crashes() -> None:
    agent, caller, senior = OneSide(frozenset({Role.AGENT})), OneSide(frozenset({Role.CALLER})), SeniorBrowser()
    async for floor in run(Floor(real_time=True)):
        floor.call.way_back.lend(agent)
        floor.call.way_back.lend(caller)
        joined = await floor.desk.join("c1", ANA, JoinMode.WHISPER, offer=await senior.offer())
        await senior.accept(joined.sdp)
        await floor.until(JoinPhase.JOINED)
        await senior.until(lambda: len(agent.said) > 10)
        assert caller.said == []
        await floor.desk.change("c1", joined.join_id, ANA, JoinMode.INTERJECT)
        await senior.until(lambda: len(caller.said) > 10)
        await senior.close()
        await floor.until(JoinPhase.LEFT)
        assert floor.last.because == "The connection to the browser was lost."
        assert Role.CALLER in caller.cleared


async def test_a_browser_that_never_connects_has_failed(floor: Floor) -> None:
    senior = SeniorBrowser()
    await floor.desk.join("c1", ANA, JoinMode.LISTEN, offer=await senior.offer())
    await floor.clock.advance(SETTINGS.connect_wait_s)
    await floor.until(JoinPhase.FAILED)
    assert "15 s" in floor.last.because
    assert "4711" in floor.last.because
    await senior.close()


async def test_joining_again_replaces_the_page_that_was_there(floor: Floor) -> None:
    first = await floor.desk.join("c1", ANA, JoinMode.LISTEN)
    second = await floor.desk.join("c1", ANA, JoinMode.LISTEN)
    assert [one["join_id"] for one in floor.desk.inside("c1")] == [second.join_id]
    with pytest.raises(NotFoundError):
        await floor.desk.leave("c1", first.join_id, ANA)


async def test_two_changes_at_once_end_as_the_last_was_told(floor: Floor) -> None:
    joined = await floor.desk.join("c1", ANA, JoinMode.LISTEN)
    floor.phones.answers.clear()
    louder = asyncio.create_task(floor.desk.change("c1", joined.join_id, ANA, JoinMode.INTERJECT))
    await floor.clock.let_run()
    softer = asyncio.create_task(floor.desk.change("c1", joined.join_id, ANA, JoinMode.WHISPER))
    await floor.clock.let_run()
    floor.phones.answers.set()
    await asyncio.gather(louder, softer)
    assert floor.last.mode is JoinMode.WHISPER
    assert floor.phones.heard_by == {"101": JoinMode.WHISPER}


@pytest.mark.parametrize("ends", ["call", "leave", "again"])
async def test_what_ends_while_the_telephone_rings_stops_it_and_nobody_is_told_to_be_in(floor: Floor, ends: str) -> None:
    floor.phones.answers.clear()
    joining = asyncio.create_task(floor.desk.join("c1", ANA, JoinMode.LISTEN))
    await floor.phones.rings.wait()
    if ends == "call":
        floor.end_call()
    elif ends == "leave":
        await floor.desk.leave("c1", floor.last.join_id, ANA)
    else:
        floor.phones.answers.set()
        again = await floor.desk.join("c1", ANA, JoinMode.WHISPER)
        assert [one["join_id"] for one in floor.desk.inside("c1")] == [again.join_id]
    with pytest.raises(NotFoundError):
        await joining
    assert ("stop ringing", "101") in floor.phones.acts
    assert [phase for _, phase, mode in floor.story if mode == "listen"] == ["asked", "left"]


async def test_a_mode_asked_for_while_the_telephone_rings_comes_once_it_is_answered(floor: Floor) -> None:
    floor.phones.answers.clear()
    joining = asyncio.create_task(floor.desk.join("c1", ANA, JoinMode.LISTEN))
    await floor.phones.rings.wait()
    changing = asyncio.create_task(floor.desk.change("c1", floor.last.join_id, ANA, JoinMode.WHISPER))
    await floor.clock.let_run()
    floor.phones.answers.set()
    await asyncio.gather(joining, changing)
    assert floor.phones.heard_by == {"101": JoinMode.WHISPER}
    assert [phase for _, phase, _ in floor.story] == ["asked", "joined", "changed"]


async def test_a_senior_who_hangs_up_is_out_and_a_phone_system_that_is_away_says_nothing(floor: Floor) -> None:
    await floor.desk.join("c1", ANA, JoinMode.TAKE_OVER)
    floor.phones.error = ServiceError("away")
    await floor.clock.advance(10)
    assert len(floor.desk.inside("c1")) == 1
    floor.phones.error = None
    floor.phones.heard_by.clear()
    await floor.clock.advance(10)
    assert floor.desk.inside("c1") == []
    assert floor.last.because == "The telephone was hung up."
    await floor.desk.join("c1", BEN, JoinMode.TAKE_OVER)


async def test_two_seniors_cannot_take_a_call_over_at_the_same_moment(floor: Floor) -> None:
    floor.phones.answers.clear()
    taking = asyncio.create_task(floor.desk.join("c1", ANA, JoinMode.TAKE_OVER))
    await floor.phones.rings.wait()
    with pytest.raises(InputError, match="Ana has taken"):
        await floor.desk.join("c1", BEN, JoinMode.TAKE_OVER)
    floor.phones.answers.set()
    await taking


async def test_whoever_has_taken_over_cannot_fall_silent(floor: Floor) -> None:
    joined = await floor.desk.join("c1", ANA, JoinMode.TAKE_OVER)
    for mode in (JoinMode.LISTEN, JoinMode.WHISPER, JoinMode.INTERJECT):
        with pytest.raises(InputError, match="nobody but you"):
            await floor.desk.change("c1", joined.join_id, ANA, mode)
    with pytest.raises(InputError, match="hang up there"):
        await floor.desk.join("c1", ANA, JoinMode.LISTEN, offer="v=0")
    assert floor.phones.heard_by == {"101": JoinMode.TAKE_OVER}


async def test_a_call_that_was_taken_over_is_handed_over_once_the_caller_has_another_voice(floor: Floor) -> None:
    joined = await floor.desk.join("c1", ANA, JoinMode.TAKE_OVER)
    await floor.desk.hand_over("c1", joined.join_id, ANA, "ben")
    listening = await floor.desk.join("c1", BEN, JoinMode.LISTEN)
    await floor.clock.let_run()
    assert {one["by"] for one in floor.desk.inside("c1")} == {"ana", "ben"}
    await floor.desk.change("c1", listening.join_id, BEN, JoinMode.TAKE_OVER)
    await floor.until(JoinPhase.LEFT)
    await floor.clock.let_run()
    assert floor.phones.heard_by == {"102": JoinMode.TAKE_OVER}


async def test_a_caller_who_was_taken_over_keeps_the_senior_when_callguard_stops() -> None:
    async for floor in run(Floor()):
        await floor.desk.join("c1", ANA, JoinMode.TAKE_OVER)
    assert floor.last.because == "callguard was stopped. The telephone stays in the call."
    assert floor.phones.acts[-2:] == [("let stay", "101"), ("close",)]


async def test_a_caller_who_was_taken_over_keeps_the_senior_when_the_tap_ends(floor: Floor) -> None:
    await floor.desk.join("c1", ANA, JoinMode.TAKE_OVER)
    floor.end_call()
    await floor.until(JoinPhase.LEFT)
    await floor.clock.let_run()
    assert floor.phones.acts[-1] == ("let stay", "101")


async def test_a_refused_join_ends_nothing_that_its_user_has(floor: Floor) -> None:
    joined = await floor.desk.join("c1", ANA, JoinMode.WHISPER)
    with pytest.raises(InputError):
        await floor.desk.join("c1", ANA, JoinMode.TAKE_OVER, offer="v=0")
    assert [one["join_id"] for one in floor.desk.inside("c1")] == [joined.join_id]


async def test_an_unforeseen_failure_ends_one_join_and_not_the_desk(floor: Floor) -> None:
    await floor.desk.join("c1", ANA, JoinMode.LISTEN)
    floor.phones.is_broken = True
    floor.end_call()
    await floor.until(JoinPhase.LEFT)
    await floor.clock.let_run()
    floor.call.is_running = True
    floor.phones.is_broken = False
    await floor.desk.join("c1", BEN, JoinMode.LISTEN)
    assert [one["by"] for one in floor.desk.inside("c1")] == ["ben"]


async def test_an_alert_that_can_no_longer_be_claimed_fails_the_join_and_leaves_nothing(floor: Floor) -> None:
    async def claim(*_: object) -> None:
        raise NotFoundError("this call is over; nobody can join it")

    floor.claim = claim
    floor.desk.see(alert("c1:1"))
    with pytest.raises(NotFoundError):
        await floor.desk.join("c1", ANA, JoinMode.TAKE_OVER)
    assert floor.last.phase is JoinPhase.FAILED
    floor.claim = None
    await floor.desk.join("c1", BEN, JoinMode.TAKE_OVER)
