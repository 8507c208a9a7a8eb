from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
from pydantic import SecretStr

from callguard.errors import ServiceError
from callguard.human_acts import JoinMode
from callguard.join.coaching import TwilioCoaching
from callguard.join.phone import Legs
from callguard.join_settings import TwilioCoachingSettings
from callguard.terms import Role
from tests.join.asterisk import served
from tests.join.twilio_rest import ACCOUNT, TOKEN, FakeTwilio

LEGS = Legs(call_id="CA1", names={})
PHONE = "+15550002222"


@asynccontextmanager
async def connected(twilio: FakeTwilio, *, token: str = TOKEN, caller_id: str = "+15550001111") -> AsyncIterator[TwilioCoaching]:
    async with served(twilio.web()) as address:
        system = TwilioCoaching(
            TwilioCoachingSettings(account_sid=ACCOUNT, auth_token=SecretStr(token), url=address, caller_id=caller_id)
        )
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
        await system.change(handle, JoinMode.INTERJECT)
        assert twilio.conferences["CF1"]["CA3"]["Coaching"] == "false"
        await system.change(handle, JoinMode.TAKE_OVER)
    assert twilio.conferences["CF1"].keys() == {"CA1", "CA3"}


async def test_the_agent_must_be_known_where_three_are_in_the_conference() -> None:
    twilio = FakeTwilio({"CF0": {"CA8": {}}, "CF1": {"CA1": {}, "CA2": {}, "CA7": {}}})
    async with connected(twilio) as system:
        with pytest.raises(ServiceError, match="legs"):
            await system.join(LEGS, PHONE, JoinMode.WHISPER)
        await system.join(Legs(call_id="x", names={Role.CALLER: "CA1", Role.AGENT: "CA7"}), PHONE, JoinMode.WHISPER)
    assert twilio.conferences["CF1"]["CA4"]["CallSidToCoach"] == "CA7"


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
