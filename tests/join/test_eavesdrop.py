import pytest
from pydantic import SecretStr

from callguard.errors import ServiceError
from callguard.human_acts import JoinMode
from callguard.join.eavesdrop import FreeSwitchEavesdrop
from callguard.join.phone import Legs
from callguard.join_settings import FreeSwitchSettings
from callguard.terms import Role
from tests.join.freeswitch import FakeFreeSwitch

LEGS = Legs(call_id="c1", names={Role.CALLER: "a-leg", Role.AGENT: "b-leg"})


def settings(port: int, password: str = "ClueCon") -> FreeSwitchSettings:
    return FreeSwitchSettings(host="127.0.0.1", port=port, password=SecretStr(password))


@pytest.mark.parametrize(("mode", "digit"), [(JoinMode.LISTEN, "0"), (JoinMode.WHISPER, "2"), (JoinMode.INTERJECT, "3")])
async def test_modes_are_digits_of_an_eavesdrop_on_the_agent(mode: JoinMode, digit: str) -> None:
    switch = FakeFreeSwitch()
    async with switch.served() as port:
        system = FreeSwitchEavesdrop(settings(port))
        handle = await system.join(LEGS, "1001", mode)
        assert switch.eavesdrops == {handle: ("b-leg", digit)}
        await system.change(handle, JoinMode.WHISPER)
        assert switch.eavesdrops == {handle: ("b-leg", "2")}
        await system.leave(handle)
        await system.leave(handle)
    assert switch.legs == {"a-leg", "b-leg"}


async def test_taking_over_bridges_the_caller_and_hangs_the_agent_up() -> None:
    switch = FakeFreeSwitch()
    async with switch.served() as port:
        handle = await FreeSwitchEavesdrop(settings(port)).join(LEGS, "1001", JoinMode.TAKE_OVER)
    assert switch.bridged == [(handle, "a-leg")]
    assert switch.legs == {"a-leg", handle}


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
