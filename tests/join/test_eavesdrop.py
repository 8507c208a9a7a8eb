import pytest
from pydantic import SecretStr

from callguard.errors import ServiceError
from callguard.human_acts import JoinMode
from callguard.join.eavesdrop import FreeSwitchEavesdrop
from callguard.join.phone import Legs
from callguard.join_settings import FreeSwitchSettings
from callguard.terms import Role
from tests.join.freeswitch import FakeFreeSwitch

NOBODY, AGENT = frozenset[str](), frozenset({"agent"})
LEGS = Legs(call_id="c1", names={Role.CALLER: "a-leg", Role.AGENT: "b-leg"})


def settings(port: int, password: str = "ClueCon") -> FreeSwitchSettings:
    return FreeSwitchSettings(host="127.0.0.1", port=port, password=SecretStr(password))


@pytest.mark.parametrize(
    ("mode", "heard_by"),
    [(JoinMode.LISTEN, NOBODY), (JoinMode.WHISPER, AGENT), (JoinMode.INTERJECT, AGENT | {"caller"})],
)
async def test_modes_are_who_hears_an_eavesdrop_on_the_agent(mode: JoinMode, heard_by: frozenset[str]) -> None:
    switch = FakeFreeSwitch()
    async with switch.served() as port:
        system = FreeSwitchEavesdrop(settings(port))
        handle = await system.join(LEGS, "1001", mode)
        assert switch.eavesdrops == {handle: ("b-leg", heard_by)}
        await system.change(handle, JoinMode.INTERJECT, LEGS)
        await system.change(handle, JoinMode.WHISPER, LEGS)
        assert switch.eavesdrops == {handle: ("b-leg", AGENT)}
        await system.leave(handle)
        await system.leave(handle)
    assert switch.legs == {"a-leg", "b-leg"}


@pytest.mark.parametrize("digit", ["1", "3"])
async def test_no_key_of_the_telephone_lets_the_caller_hear_a_whisper(digit: str) -> None:
    switch = FakeFreeSwitch()
    async with switch.served() as port:
        system = FreeSwitchEavesdrop(settings(port))
        handle = await system.join(LEGS, "1001", JoinMode.LISTEN)
        switch.press(handle, digit)
        assert switch.eavesdrops == {handle: ("b-leg", NOBODY)}
        await system.change(handle, JoinMode.WHISPER, LEGS)
        switch.press(handle, digit)
    assert switch.eavesdrops == {handle: ("b-leg", AGENT)}


@pytest.mark.parametrize("hangs_up_after_bridge", [False, True])
async def test_taking_over_bridges_the_caller_and_the_agents_leg_is_gone(hangs_up_after_bridge: bool) -> None:
    switch = FakeFreeSwitch(hangs_up_after_bridge=hangs_up_after_bridge)
    async with switch.served() as port:
        handle = await FreeSwitchEavesdrop(settings(port)).join(LEGS, "1001", JoinMode.TAKE_OVER)
    assert switch.bridged == [(handle, "a-leg")]
    assert switch.legs == {"a-leg", handle}


async def test_taking_over_from_a_whisper_succeeds_where_the_agents_leg_ends_by_itself() -> None:
    switch = FakeFreeSwitch(hangs_up_after_bridge=True)
    async with switch.served() as port:
        system = FreeSwitchEavesdrop(settings(port))
        handle = await system.join(LEGS, "1001", JoinMode.WHISPER)
        await system.change(handle, JoinMode.TAKE_OVER, LEGS)
    assert switch.legs == {"a-leg", handle}


async def test_a_change_after_a_transfer_is_about_the_agent_of_now() -> None:
    switch = FakeFreeSwitch()
    now = Legs(call_id="c1", names={Role.AGENT: "new-leg"})
    async with switch.served() as port:
        system = FreeSwitchEavesdrop(settings(port))
        handle = await system.join(LEGS, "1001", JoinMode.INTERJECT)
        switch.legs ^= {"b-leg", "new-leg"}
        await system.change(handle, JoinMode.WHISPER, now)
        assert switch.eavesdrops == {handle: ("new-leg", AGENT)}
        await system.change(handle, JoinMode.TAKE_OVER, now)
    assert switch.legs == {"a-leg", handle}


async def test_a_join_that_fails_half_way_hangs_the_telephone_up() -> None:
    switch = FakeFreeSwitch(legs={"b-leg"})  # the caller has just gone
    async with switch.served() as port:
        with pytest.raises(ServiceError):
            await FreeSwitchEavesdrop(settings(port)).join(LEGS, "1001", JoinMode.TAKE_OVER)
    assert switch.legs == {"b-leg"}


async def test_a_telephone_that_was_hung_up_is_noticed() -> None:
    switch = FakeFreeSwitch()
    async with switch.served() as port:
        system = FreeSwitchEavesdrop(settings(port))
        handle = await system.join(LEGS, "1001", JoinMode.LISTEN)
        assert await system.is_connected(handle)
        switch.legs.discard(handle)
        assert not await system.is_connected(handle)
        await system.leave(handle)


async def test_refusals_say_what_to_do() -> None:
    switch = FakeFreeSwitch()
    async with switch.served() as port:
        with pytest.raises(ServiceError, match="password"):
            await FreeSwitchEavesdrop(settings(port, "wrong")).join(LEGS, "1001", JoinMode.LISTEN)
        with pytest.raises(ServiceError, match="USER_NOT_REGISTERED"):
            await FreeSwitchEavesdrop(settings(port)).join(LEGS, "2001", JoinMode.LISTEN)
        with pytest.raises(ServiceError, match="legs"):
            await FreeSwitchEavesdrop(settings(port)).join(Legs(call_id="c1", names={}), "1001", JoinMode.LISTEN)
        switch.refuses_address = True
        with pytest.raises(ServiceError, match="acl"):
            await FreeSwitchEavesdrop(settings(port)).join(LEGS, "1001", JoinMode.LISTEN)
    with pytest.raises(ServiceError, match="event socket"):
        await FreeSwitchEavesdrop(settings(9)).join(LEGS, "1001", JoinMode.LISTEN)
