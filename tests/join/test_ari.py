import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
from pydantic import SecretStr, ValidationError

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
        await system.change(phone, JoinMode.INTERJECT, LEGS)
        assert asterisk.bridges == {"call": {"caller-1", "agent-1", phone}}
        assert asterisk.snoops == {}
        await system.change(phone, JoinMode.LISTEN, LEGS)
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


@pytest.mark.parametrize("endpoint", ["PJSIP/{number}", "PJSIP/100", "PJSIP/{phone", "PJSIP/{}"])
def test_a_way_to_dial_that_names_no_telephone_stops_the_start(endpoint: str) -> None:
    with pytest.raises(ValidationError, match="endpoint"):
        AriSettings(endpoint=endpoint)


async def test_no_asterisk_is_said_so() -> None:
    system = AsteriskRest(AriSettings(url="http://127.0.0.1:9/ari"))
    with pytest.raises(ServiceError, match="events cannot be had"):
        await system.join(LEGS, "101", JoinMode.LISTEN)
    await system.close()


async def test_a_change_that_is_refused_leaves_the_senior_in_the_mode_that_was_told() -> None:
    asterisk = FakeAsterisk(closed_bridges=frozenset({"call"}))
    async with connected(asterisk) as system:
        phone = await system.join(LEGS, "101", JoinMode.WHISPER)
        with pytest.raises(ServiceError, match="409"):
            await system.change(phone, JoinMode.INTERJECT, LEGS)
        ((snoop, made),) = asterisk.snoops.items()
        assert {snoop, phone} in asterisk.bridges.values()
        assert made["whisper"] == "out"
        await system.leave(phone)
    assert asterisk.channels.keys() == {"caller-1", "agent-1"}


async def test_a_telephone_that_can_go_neither_on_nor_back_is_hung_up() -> None:
    asterisk = FakeAsterisk()
    async with connected(asterisk) as system:
        phone = await system.join(LEGS, "101", JoinMode.WHISPER)
        del asterisk.channels["agent-1"]
        asterisk.bridges["call"].clear()
        with pytest.raises(ServiceError, match="no bridge"):
            await system.change(phone, JoinMode.INTERJECT, LEGS)
        assert not await system.is_connected(phone)
        with pytest.raises(NotFoundError):
            await system.change(phone, JoinMode.LISTEN, LEGS)
    assert asterisk.channels.keys() == {"caller-1"}
    assert asterisk.bridges.keys() == {"call"}


async def test_an_agent_who_has_hung_up_just_now_does_not_stop_a_take_over() -> None:
    asterisk = FakeAsterisk()
    async with connected(asterisk) as system:
        phone = await system.join(LEGS, "101", JoinMode.INTERJECT)
        del asterisk.channels["agent-1"]
        asterisk.bridges["call"].discard("agent-1")
        await system.change(phone, JoinMode.TAKE_OVER, LEGS)
        assert asterisk.bridges == {"call": {"caller-1", phone}}
        colleague = await system.join(LEGS, "102", JoinMode.TAKE_OVER)
    assert asterisk.bridges == {"call": {"caller-1", phone, colleague}}


@pytest.mark.parametrize("mode", [JoinMode.LISTEN, JoinMode.WHISPER])
async def test_a_telephone_that_a_transfer_has_left_in_silence_is_out_of_the_call(mode: JoinMode) -> None:
    asterisk = FakeAsterisk()
    async with connected(asterisk) as system:
        phone = await system.join(LEGS, "101", mode)
        assert await system.is_connected(phone)
        asterisk.transfer("agent-2")
        assert not await system.is_connected(phone)
        await system.leave(phone)
    assert asterisk.channels.keys() == {"caller-1", "agent-2"}


async def test_a_change_after_a_transfer_is_about_the_agent_of_now() -> None:
    asterisk, now = FakeAsterisk(), Legs(call_id="c1", names={Role.AGENT: "agent-2"})
    async with connected(asterisk) as system:
        phone = await system.join(LEGS, "101", JoinMode.INTERJECT)
        asterisk.transfer("agent-2")
        assert await system.is_connected(phone)
        await system.change(phone, JoinMode.WHISPER, now)
        assert [made["of"] for made in asterisk.snoops.values()] == ["agent-2"]
        await system.change(phone, JoinMode.TAKE_OVER, now)
    assert asterisk.bridges == {"call": {"caller-1", phone}}


async def test_a_mode_can_be_changed_after_asterisk_was_lost_and_came_back() -> None:
    asterisk = FakeAsterisk()
    async with connected(asterisk) as system:
        phone = await system.join(LEGS, "101", JoinMode.LISTEN)
        asterisk.lose_events()
        await asyncio.wait({task for task in asyncio.all_tasks() if task.get_name() == "Asterisk's events"}, timeout=20)
        await system.change(phone, JoinMode.WHISPER, LEGS)
        assert [made["whisper"] for made in asterisk.snoops.values()] == ["out"]


async def test_a_join_does_not_wait_for_an_answer_that_nobody_would_hear_of() -> None:
    asterisk = FakeAsterisk(answers=None)
    async with connected(asterisk) as system:
        joining = asyncio.create_task(system.join(LEGS, "101", JoinMode.LISTEN))
        await asterisk.rings.wait()
        asterisk.lose_events()
        with pytest.raises(ServiceError, match="events"):
            await joining
    assert asterisk.channels.keys() == {"caller-1", "agent-1"}


async def test_a_telephone_that_is_not_wanted_any_more_stops_ringing() -> None:
    asterisk = FakeAsterisk(answers=None)
    async with connected(asterisk) as system:
        joining = asyncio.create_task(system.join(LEGS, "101", JoinMode.LISTEN))
        await asterisk.rings.wait()
        joining.cancel()
        with pytest.raises(asyncio.CancelledError):
            await joining
    assert asterisk.channels.keys() == {"caller-1", "agent-1"}


async def test_two_seniors_at_once_share_one_socket_for_events() -> None:
    asterisk = FakeAsterisk()
    async with connected(asterisk) as system:
        await asyncio.gather(*(system.join(LEGS, phone, JoinMode.LISTEN) for phone in ("101", "102")))
    assert asterisk.sockets == 1
