"""What the admins' page offers to copy is what the taps accept: each text is taken apart or run against a listening tap."""

import asyncio
import re
import sys
from pathlib import Path
from uuid import UUID, uuid4
from xml.etree import ElementTree as ET

from pydantic import SecretStr

from callguard.settings import AudioSocketSettings
from callguard.taps.audiosocket import AudioSocketTap
from callguard.taps.audiosocket_client import play_audiosocket
from callguard.taps.audiosocket_wire import call_id_of, read_identity
from callguard.taps.recipes import TOKEN, audiosocket_recipes, twilio_recipes
from callguard.taps.twilio_client import play_twilio
from callguard.terms import EndReason, Role
from tests.clocks import HandClock
from tests.fakes import RecordingSink
from tests.taps.peers import ended, serving
from tests.taps.test_twilio import TRACKS, make_tap

FRAME = b"\x01\x00" * 160


async def test_the_twiml_is_a_stream_that_the_tap_takes_with_its_parameters() -> None:
    tap, sink = make_tap(), RecordingSink()
    async with serving(tap, sink):
        twiml = next(one for one in twilio_recipes(tap.address, language="de") if one.name == "twiml")
        (stream,) = ET.fromstring(twiml.text).findall("./Start/Stream")  # our own text
        parameters = {one.attrib["name"]: one.attrib["value"] for one in stream.findall("Parameter")}
        assert stream.attrib["track"] == "both_tracks"
        await play_twilio(stream.attrib["url"], TRACKS, call_sid="CA1", clock=HandClock(), parameters=parameters, speed=None)
    (session,) = sink.sessions
    call = session.call
    assert (call.agent, call.caller, call.line, call.language) == ("sam", "+442079460001", "Repairs", "de")
    assert session.ends == [(EndReason.CLOSED, "")]


async def test_the_websocket_example_brings_a_call_as_it_stands_once_its_token_is_filled_in(tmp_path: Path) -> None:
    tap, sink = make_tap(bearer_token=SecretStr("a tap's token")), RecordingSink()
    (tmp_path / "caller.ulaw").write_bytes(TRACKS["inbound"])
    (tmp_path / "agent.ulaw").write_bytes(TRACKS["outbound"])
    async with serving(tap, sink):
        example = next(one for one in twilio_recipes(tap.address, language="en") if one.name == "websocket")
        assert example.text.count(TOKEN) == 1
        (tmp_path / "call.py").write_text(example.text.replace(TOKEN, "a tap's token"), encoding="utf-8")
        running = await asyncio.create_subprocess_exec(sys.executable, "call.py", cwd=tmp_path)
        async with asyncio.timeout(30):
            assert await running.wait() == 0
    (session,) = sink.sessions
    assert session.call.agent == "sam"
    assert session.audio(Role.CALLER) == TRACKS["inbound"]
    assert session.audio(Role.AGENT) == TRACKS["outbound"]
    assert session.ends == [(EndReason.CLOSED, "")]


async def test_the_dialplan_names_the_address_that_the_tap_listens_on() -> None:
    tap, sink = AudioSocketTap(AudioSocketSettings(port=0), HandClock()), RecordingSink()
    async with serving(tap, sink):
        dialplan = next(
            one for one in audiosocket_recipes(tap.address, web_url="http://g.test", language="en") if one.name == "dialplan"
        )
        found = re.search(r"AudioSocket\(\$\{EXTEN\},([^)]+)\)", dialplan.text)
        assert found is not None
        pattern = re.search(r"exten => _(\S+),1,Answer", dialplan.text)
        assert pattern is not None
        assert pattern.group(1) == "[0-9a-f]."
        tracks = {Role.CALLER: FRAME * 4, Role.AGENT: FRAME * 4}
        await play_audiosocket(found.group(1), tracks, call_id=call_id_of(7), clock=HandClock(), speed=None)
        await ended(sink.sessions[0])
    assert sink.sessions[0].ends == [(EndReason.CLOSED, "")]


def test_whose_call_it_is_is_said_at_our_own_address() -> None:
    recipes = audiosocket_recipes("g:9092", web_url="https://g.test", language="de")
    text = next(one for one in recipes if one.name == "whose_call").text
    assert "https://g.test/api/calls/CALL_ID/details" in text
    assert "${CURL(https://g.test/api/calls/${GUARD_ID}/details,caller=${URIENCODE(${CALLERID(num)})}&line=" in text
    assert text.count("language=de") == text.count(TOKEN) == 2
    assert all(line.count("{") == line.count("}") and line.count("(") == line.count(")") for line in text.splitlines())


def test_the_dialplans_id_of_a_call_is_that_of_its_two_uuids() -> None:
    digits = uuid4().hex  # what FILTER(0-9a-f,${UUID()}) gives
    guard_id = f"{digits[0:12]}8{digits[13:31]}"
    identities = [read_identity(UUID(hex=f"{guard_id}{party}").bytes) for party in (1, 2)]
    assert identities == [(guard_id, Role.CALLER), (guard_id, Role.AGENT)]
