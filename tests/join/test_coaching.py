import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
from pydantic import SecretStr

from callguard.clock import Clock
from callguard.errors import NotFoundError, ServiceError
from callguard.human_acts import JoinMode
from callguard.join.coaching import TwilioCoaching
from callguard.join.phone import Legs
from callguard.join_settings import TwilioCoachingSettings
from callguard.terms import Role
from tests.clocks import HandClock
from tests.join.asterisk import served
from tests.join.twilio_rest import ACCOUNT, TOKEN, FakeTwilio

LEGS = Legs(call_id="CA1", names={})
PHONE = "+15550002222"


class NoWaiting(HandClock):
    """Sleeps no time at all."""

    async def sleep(self, seconds: float) -> None:
        self._now_ns += round(seconds * 1e9)


@asynccontextmanager
async def connected(
    twilio: FakeTwilio, *, token: str = TOKEN, caller_id: str = "+15550001111", clock: Clock | None = None
) -> AsyncIterator[TwilioCoaching]:
    async with served(twilio.web()) as address:
        settings = TwilioCoachingSettings(account_sid=ACCOUNT, auth_token=SecretStr(token), url=address, caller_id=caller_id)
        system = TwilioCoaching(settings, clock or NoWaiting())
        yield system
        await system.close()


@pytest.mark.parametrize(
    ("mode", "muted", "coaching", "coached"),
    [
        (JoinMode.LISTEN, "true", "false", None),
        (JoinMode.WHISPER, "false", "true", "CA2"),
        (JoinMode.INTERJECT, "false", "false", None),
    ],
)
async def test_modes_are_muted_and_coaching(mode: JoinMode, muted: str, coaching: str, coached: str | None) -> None:
    twilio = FakeTwilio()
    async with connected(twilio) as system:
        handle = await system.join(LEGS, PHONE, mode)
        senior = dict(twilio.conferences["CF1"]["CA3"])
        await system.leave(handle)
        await system.leave(handle)  # hung up already
    assert (senior["Muted"], senior["Coaching"], senior.get("CallSidToCoach")) == (muted, coaching, coached)
    assert (senior["To"], senior["EndConferenceOnExit"]) == (PHONE, "false")
    assert twilio.conferences["CF1"].keys() == {"CA1", "CA2"}


async def test_a_mode_is_changed_in_place_and_taking_over_drops_the_agent() -> None:
    twilio = FakeTwilio()
    async with connected(twilio) as system:
        handle = await system.join(LEGS, PHONE, JoinMode.WHISPER)
        await system.change(handle, JoinMode.INTERJECT, LEGS)
        assert twilio.conferences["CF1"]["CA3"]["Coaching"] == "false"
        await system.change(handle, JoinMode.TAKE_OVER, LEGS)
    assert twilio.conferences["CF1"].keys() == {"CA1", "CA3"}


async def test_the_agent_must_be_known_where_three_are_in_the_conference() -> None:
    twilio = FakeTwilio({"CF0": {"CA8": {}}, "CF1": {"CA1": {}, "CA2": {}, "CA7": {}}})
    async with connected(twilio) as system:
        with pytest.raises(ServiceError, match="legs"):
            await system.join(LEGS, PHONE, JoinMode.WHISPER)
        await system.join(Legs(call_id="x", names={Role.CALLER: "CA1", Role.AGENT: "CA7"}), PHONE, JoinMode.WHISPER)
    assert twilio.conferences["CF1"]["CA4"]["CallSidToCoach"] == "CA7"


async def test_a_second_senior_comes_in_beside_the_first() -> None:
    twilio = FakeTwilio()
    async with connected(twilio) as system:
        await system.join(LEGS, PHONE, JoinMode.LISTEN)
        await system.join(LEGS, PHONE, JoinMode.WHISPER)
    assert twilio.conferences["CF1"]["CA4"]["CallSidToCoach"] == "CA2"


async def test_taking_over_waits_for_the_seniors_answer_and_keeps_a_conference_that_would_end_with_the_agent() -> None:
    twilio = FakeTwilio({"CF1": {"CA1": {}, "CA2": {"EndConferenceOnExit": "true"}}}, rings=["queued", "ringing", "connected"])
    clock = HandClock()
    async with connected(twilio, clock=clock) as system:
        joining = asyncio.create_task(system.join(LEGS, PHONE, JoinMode.TAKE_OVER))
        await twilio.looked_at.wait()
        assert twilio.conferences["CF1"].keys() == {"CA1", "CA2", "CA3"}
        while not joining.done():
            await clock.advance(1)
        await joining
    assert twilio.conferences["CF1"].keys() == {"CA1", "CA3"}


@pytest.mark.parametrize("ending", ["no answer", "failed", "ringing"])
async def test_a_telephone_that_nobody_answers_leaves_the_agent_in_the_call_and_nothing_behind(ending: str) -> None:
    twilio = FakeTwilio(rings=["ringing", ending])
    async with connected(twilio) as system:
        with pytest.raises(ServiceError, match="did not answer"):
            await system.join(LEGS, PHONE, JoinMode.TAKE_OVER)
    assert twilio.conferences["CF1"].keys() == {"CA1", "CA2"}


async def test_a_telephone_that_is_not_wanted_any_more_stops_ringing() -> None:
    twilio, clock = FakeTwilio(rings=["ringing"]), HandClock()
    async with connected(twilio, clock=clock) as system:
        joining = asyncio.create_task(system.join(LEGS, PHONE, JoinMode.LISTEN))
        await twilio.looked_at.wait()
        joining.cancel()
        with pytest.raises(asyncio.CancelledError):
            await joining
    assert twilio.conferences["CF1"].keys() == {"CA1", "CA2"}


async def test_an_agent_who_has_hung_up_just_now_does_not_stop_a_take_over() -> None:
    twilio = FakeTwilio()
    async with connected(twilio) as system:
        handle = await system.join(LEGS, PHONE, JoinMode.INTERJECT)
        del twilio.conferences["CF1"]["CA2"]
        with pytest.raises(ServiceError, match="whisper"):
            await system.change(handle, JoinMode.WHISPER, LEGS)
        await system.change(handle, JoinMode.TAKE_OVER, LEGS)
    assert twilio.conferences["CF1"].keys() == {"CA1", "CA3"}


@pytest.mark.parametrize("named", [{}, {Role.AGENT: "CA9"}])
async def test_a_change_after_a_transfer_is_about_the_agent_of_now(named: dict[Role, str]) -> None:
    twilio = FakeTwilio()
    async with connected(twilio) as system:
        handle = await system.join(LEGS, PHONE, JoinMode.INTERJECT)
        del twilio.conferences["CF1"]["CA2"]
        twilio.conferences["CF1"]["CA9"] = {}
        now = Legs(call_id="CA1", names=named)
        await system.change(handle, JoinMode.WHISPER, now)
        assert twilio.conferences["CF1"]["CA3"]["CallSidToCoach"] == "CA9"
        await system.change(handle, JoinMode.TAKE_OVER, now)
    assert twilio.conferences["CF1"].keys() == {"CA1", "CA3"}


async def test_nobody_is_coached_where_there_is_no_agent() -> None:
    twilio = FakeTwilio({"CF1": {"CA1": {}}})
    async with connected(twilio) as system:
        with pytest.raises(ServiceError, match="nobody can whisper"):
            await system.join(LEGS, PHONE, JoinMode.WHISPER)
    assert twilio.conferences["CF1"].keys() == {"CA1"}


async def test_another_conference_that_has_just_ended_is_nothing_to_this_call() -> None:
    async with connected(FakeTwilio(ended=("CF0",))) as system:
        assert await system.join(LEGS, PHONE, JoinMode.LISTEN)


async def test_a_telephone_that_was_hung_up_is_noticed() -> None:
    twilio = FakeTwilio()
    async with connected(twilio) as system:
        handle = await system.join(LEGS, PHONE, JoinMode.LISTEN)
        assert await system.is_connected(handle)
        del twilio.conferences["CF1"]["CA3"]
        assert not await system.is_connected(handle)
        with pytest.raises(NotFoundError):
            await system.change(handle, JoinMode.INTERJECT, LEGS)


async def test_twilios_errors_become_what_to_do() -> None:
    async with connected(FakeTwilio(), token="wrong") as system:
        with pytest.raises(ServiceError, match="refuses the account"):
            await system.join(LEGS, PHONE, JoinMode.LISTEN)
    async with connected(FakeTwilio(), caller_id="+1999") as system:
        with pytest.raises(ServiceError, match="caller_id"):
            await system.join(LEGS, PHONE, JoinMode.LISTEN)
    async with connected(FakeTwilio()) as system:
        with pytest.raises(ServiceError, match="write it as"):
            await system.join(LEGS, "101", JoinMode.LISTEN)
        with pytest.raises(ServiceError, match="no Twilio conference"):
            await system.join(Legs(call_id="CA9", names={}), PHONE, JoinMode.LISTEN)
