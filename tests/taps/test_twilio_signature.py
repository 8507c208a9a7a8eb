"""Who may open a stream."""

import pytest
from pydantic import SecretStr

from callguard.errors import SettingsError
from callguard.settings import TwilioSettings
from callguard.taps.twilio_signature import Doorkeeper, sign

URL = "wss://guard.example.org/twilio"


def settings(auth: str = "", bearer: str = "", url: str = URL) -> TwilioSettings:
    return TwilioSettings(auth_token=SecretStr(auth), bearer_token=SecretStr(bearer), public_url=url)


def test_the_signature_is_twilios() -> None:
    # Example of twilio.com/docs/usage/security, as its helper libraries test it: parameters follow the address in order.
    url = "https://mycompany.com/myapp.php?foo=1&bar=2"
    parameters = "CallSidCA1234567890ABCDECaller+14158675309Digits1234From+14158675309To+18005551212"
    assert sign(url + parameters, "12345") == "RSOYDt4T1cUTdK1PDd93/VVr8B8="


async def test_with_no_token_set_everybody_may_come_in() -> None:
    assert await Doorkeeper(settings()).admits({})


@pytest.mark.parametrize("signed", [URL, f"{URL}/", "wss://guard.example.org:443/twilio", "wss://guard.example.org:443/twilio/"])
@pytest.mark.parametrize("configured", [URL, f"{URL}/", "wss://guard.example.org:443/twilio"])
async def test_a_signature_is_accepted_however_the_address_was_spelled(signed: str, configured: str) -> None:
    doorkeeper = Doorkeeper(settings(auth="secret", url=configured))
    assert await doorkeeper.admits({"X-Twilio-Signature": sign(signed, "secret")})


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"X-Twilio-Signature": ""},
        {"X-Twilio-Signature": sign(URL, "other")},
        {"X-Twilio-Signature": sign("wss://other.example.org/twilio", "secret")},
        {"X-Twilio-Signature": "£"},
        {"Authorization": "Bearer "},
        {"Authorization": "Bearer secret"},
    ],
)
async def test_without_a_valid_signature_nobody_comes_in(headers: dict[str, str]) -> None:
    assert not await Doorkeeper(settings(auth="secret")).admits(headers)


async def test_a_bearer_token_opens_where_one_is_set() -> None:
    doorkeeper = Doorkeeper(settings(bearer="open"))
    assert await doorkeeper.admits({"Authorization": "Bearer open"})
    assert not await doorkeeper.admits({"Authorization": "Bearer other"})
    assert not await doorkeeper.admits({})


async def test_either_of_both_is_enough() -> None:
    doorkeeper = Doorkeeper(settings(auth="secret", bearer="open"))
    assert await doorkeeper.admits({"Authorization": "Bearer open"})
    assert await doorkeeper.admits({"X-Twilio-Signature": sign(URL, "secret")})


@pytest.mark.parametrize("setting", [{"auth": "secret"}, {"bearer": "open"}])
async def test_a_token_that_the_settings_do_not_know_is_asked_about(setting: dict[str, str]) -> None:
    async def admits(token: str) -> bool:
        return token == "made here"

    doorkeeper = Doorkeeper(settings(**setting), admits)
    assert await doorkeeper.admits({"Authorization": "Bearer made here"})
    assert await doorkeeper.admits({"Authorization": "bearer made here"})
    assert not await doorkeeper.admits({"Authorization": "Bearer another"})
    assert not await doorkeeper.admits({"Authorization": "Basic made here"})
    assert not await doorkeeper.admits({"Authorization": "made here"})


def test_signatures_need_the_address_that_was_signed() -> None:
    with pytest.raises(SettingsError, match="public_url is empty"):
        Doorkeeper(settings(auth="secret", url=""))
