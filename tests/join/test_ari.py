from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
from pydantic import SecretStr

from callguard.errors import NotFoundError, ServiceError
from callguard.human_acts import JoinMode
from callguard.join.ari import AsteriskRest
from callguard.join.phone import Legs
from callguard.join_settings import AriSettings
from callguard.terms import Role
from tests.join.asterisk import FakeAsterisk, served

LEGS = Legs(call_id="c1", names={Role.CALLER: "caller-1", Role.AGENT: "agent-1"})


@asynccontextmanager
async def connected(asterisk: FakeAsterisk, *, password: str = "secret") -> AsyncIterator[AsteriskRest]:
    async with served(asterisk.web()) as address:
        system = AsteriskRest(AriSettings(url=f"{address}/ari", password=SecretStr(password)))
        yield system
        await system.close()


@pytest.mark.parametrize(("mode", "whisper"), [(JoinMode.LISTEN, "none"), (JoinMode.WHISPER, "out")])
async def test_listening_and_whispering_are_a_snoop_on_the_agent_bridged_with_the_telephone(mode: JoinMode, whisper: str) -> None:
    asterisk = FakeAsterisk()
    async with connected(asterisk) as system:
        phone = await system.join(LEGS, "101", mode)
        ((snoop, made),) = asterisk.snoops.items()
        own = [inside for name, inside in asterisk.bridges.items() if name != "call"]
        await system.leave(phone)
    assert made == {"of": "agent-1", "spy": "both", "whisper": whisper}
    assert own == [{snoop, phone}]
    assert asterisk.bridges == {"call": {"caller-1", "agent-1"}}
    assert asterisk.channels.keys() == {"caller-1", "agent-1"}


async def test_interjecting_puts_the_telephone_into_the_call_and_going_back_takes_it_out() -> None:
    asterisk = FakeAsterisk()
    async with connected(asterisk) as system:
        phone = await system.join(LEGS, "101", JoinMode.WHISPER)
        await system.change(phone, JoinMode.INTERJECT)
        assert asterisk.bridges == {"call": {"caller-1", "agent-1", phone}}
        assert asterisk.snoops == {}
        await system.change(phone, JoinMode.LISTEN)
        assert asterisk.bridges["call"] == {"caller-1", "agent-1"}
        assert [made["whisper"] for made in asterisk.snoops.values()] == ["none"]


async def test_taking_over_leaves_the_caller_with_the_senior() -> None:
    asterisk = FakeAsterisk()
    async with connected(asterisk) as system:
        phone = await system.join(LEGS, "101", JoinMode.TAKE_OVER)
    assert asterisk.bridges == {"call": {"caller-1", phone}}
    assert "agent-1" not in asterisk.channels


async def test_a_telephone_that_nobody_answers_leaves_nothing_behind() -> None:
    asterisk = FakeAsterisk(answers=False)
    async with connected(asterisk) as system:
        with pytest.raises(ServiceError, match="did not answer"):
            await system.join(LEGS, "101", JoinMode.LISTEN)
    assert asterisk.channels.keys() == {"caller-1", "agent-1"}


async def test_a_wrong_password_an_unknown_agent_and_a_lost_channel_say_what_to_do() -> None:
    asterisk = FakeAsterisk()
    async with connected(asterisk, password="wrong") as system:
        with pytest.raises(ServiceError, match="ari"):
            await system.join(LEGS, "101", JoinMode.LISTEN)
    async with connected(asterisk) as system:
        with pytest.raises(ServiceError, match="legs"):
            await system.join(Legs(call_id="c1", names={}), "101", JoinMode.LISTEN)
        with pytest.raises(NotFoundError, match="probably over"):
            await system.join(Legs(call_id="c1", names={Role.AGENT: "gone"}), "101", JoinMode.LISTEN)
    assert asterisk.channels.keys() == {"caller-1", "agent-1"}


async def test_no_asterisk_is_said_so() -> None:
    system = AsteriskRest(AriSettings(url="http://127.0.0.1:9/ari"))
    with pytest.raises(ServiceError, match="events cannot be had"):
        await system.join(LEGS, "101", JoinMode.LISTEN)
    await system.close()
