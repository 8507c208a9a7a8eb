import pytest

from callguard.cli.simulate_command import read_http, read_url, rotated
from callguard.errors import SettingsError
from callguard.terms import Role
from tests.cli.conftest import Callguard

TRACKS = {Role.CALLER: bytes(range(200)) * 80, Role.AGENT: bytes(range(199, -1, -1)) * 80}


def test_a_call_goes_round_from_its_offset_and_keeps_both_parties_together() -> None:
    cut = rotated(TRACKS, seconds=3, offset_s=1)
    assert len(cut[Role.CALLER]) == len(cut[Role.AGENT]) == 24_000
    assert cut[Role.CALLER][:5] == TRACKS[Role.CALLER][8000:8005]
    assert all(caller + agent == 199 for caller, agent in zip(cut[Role.CALLER], cut[Role.AGENT], strict=True))


@pytest.mark.parametrize(
    ("tap", "url"),
    [
        ("audiosocket", "pbx"),
        ("audiosocket", "pbx:99999"),
        ("audiosocket", ":9092"),
        ("audiosocket", "pbx:x"),
        ("audiosocket", "pbx..example:9092"),
        ("twilio", "ws://127.0.0.1:99999/twilio"),
        ("twilio", "ws://127.0.0.1:x/twilio"),
        ("twilio", "ws://[::1/twilio"),
        ("twilio", "ws://guard..example/twilio"),
        ("twilio", "ws://"),
        ("twilio", "http://127.0.0.1:8081"),
        ("twilio", "127.0.0.1:8081"),
    ],
)
def test_an_address_that_is_none_of_the_tap_is_refused_with_one(tap: str, url: str) -> None:
    with pytest.raises(SettingsError, match="such as"):
        read_url(tap, url)


def test_addresses_are_taken_as_they_are() -> None:
    assert read_url("audiosocket", "[::1]:9092") == "[::1]:9092"
    assert read_url("twilio", "wss://guard.example.org/twilio") == "wss://guard.example.org/twilio"
    assert read_http("https://guard.example.org/") == "https://guard.example.org/metrics"


@pytest.mark.parametrize(
    "http", ["", "foo", "ftp://127.0.0.1", "http://", "http://[::1", "http://127.0.0.1:x", "http://guard..example"]
)
def test_consoles_that_have_no_http_address_are_refused(http: str) -> None:
    with pytest.raises(SettingsError, match="--http"):
        read_http(http)


@pytest.mark.parametrize(
    "arguments", [["--seconds", "inf"], ["--seconds", "1", "--http", "foo"], ["--seconds", "1", "--url", "http://x"]]
)
def test_wrong_arguments_end_with_2(callguard: Callguard, arguments: list[str]) -> None:
    assert callguard("simulate", "--calls", "1", *arguments).code == 2
