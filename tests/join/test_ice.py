"""STUN and TURN: what both ends are told, and a call that reaches the browser through a relay alone."""

import base64
import hmac
from datetime import UTC, datetime

import pytest
from aiortc import RTCConfiguration, RTCIceServer
from pydantic import SecretStr, ValidationError

from callguard.clock import SystemClock
from callguard.join.ice import VALID_S, ice_servers
from callguard.join_settings import JoinSettings
from tests.join.browser import SeniorBrowser
from tests.join.relay import TurnServer, turn_server
from tests.join.test_peer import Served

NOW = datetime(2026, 11, 29, 1, 0, tzinfo=UTC)


def test_without_settings_nothing_outside_is_asked() -> None:
    assert ice_servers(JoinSettings(), NOW) == ()


def test_both_servers_are_told_with_the_user_and_the_password_of_the_settings() -> None:
    settings = JoinSettings(stun="stun:s.test:3478", turn="turn:t.test", turn_user="guard", turn_password=SecretStr("geheim"))
    stun, turn = ice_servers(settings, NOW)
    assert (stun.urls, stun.username, stun.credential) == ("stun:s.test:3478", "", "")
    assert (turn.urls, turn.username, turn.credential) == ("turn:t.test", "guard", "geheim")


def test_a_shared_secret_makes_a_credential_that_ends_by_itself() -> None:
    (turn,) = ice_servers(JoinSettings(turn="turn:t.test", turn_secret=SecretStr("north")), NOW)
    expiry, _, label = turn.username.partition(":")
    assert (int(expiry), label) == (int(NOW.timestamp()) + VALID_S, "callguard")
    assert turn.credential == base64.b64encode(hmac.digest(b"north", turn.username.encode(), "sha1")).decode()
    assert "north" not in repr(turn)


@pytest.mark.parametrize("address", ["turn.example.org:3478", "https://turn.example.org", "turn: turn.example.org"])
def test_an_address_of_another_kind_stops_the_start(address: str) -> None:
    with pytest.raises(ValidationError, match="turn"):
        JoinSettings(turn=address)


@pytest.mark.parametrize("is_secret", [True, False])
async def test_a_call_is_heard_through_a_relay_where_there_is_no_other_way(is_secret: bool) -> None:
    made = TurnServer(secret="north") if is_secret else TurnServer(user="guard", password="geheim")
    async with turn_server(lambda: made) as (relay, address):
        settings = JoinSettings(
            addresses=("127.0.0.1",),
            turn=address,
            turn_user="" if is_secret else "guard",
            turn_password=SecretStr("" if is_secret else "geheim"),
            turn_secret=SecretStr("north" if is_secret else ""),
        )
        known = [RTCIceServer(one.urls, one.username, one.credential) for one in ice_servers(settings, SystemClock().utc_now())]
        served, senior = Served(settings), SeniorBrowser(configuration=RTCConfiguration(iceServers=known))
        answer = relayed_only(await served.peer.answer(relayed_only(await senior.offer())))
        await senior.accept(answer)
        await served.until("connected")
        await senior.until(lambda: senior.strength(440) > 0.4 and len(served.said) > 50)
        await senior.close()
        await served.peer.close()
    assert relay.relayed > 100
    assert len({user.rpartition(":")[2] for user in relay.users}) == 1  # both ends, each with an expiry of its own


def relayed_only(sdp: str) -> str:
    """Return a description that names no address but the relay's; it must name one."""
    lines = [line for line in sdp.splitlines(keepends=True) if not line.startswith("a=candidate") or "typ relay" in line]
    assert any("typ relay" in line for line in lines), "the relay gave no address"
    return "".join(lines)
