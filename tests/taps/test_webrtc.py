"""Browsers as a source, without a network: what goes back, who comes late, who never comes."""

import numpy as np
import pytest

from callguard.errors import NotFoundError, ProtocolError
from callguard.speech import AudioFrame
from callguard.taps.webrtc import Party
from callguard.terms import EndReason, Role
from tests.fakes import RecordingSink
from tests.taps.peers import ended
from tests.taps.test_playing_back import tone
from tests.taps.webrtc_peer import webrtc_peer


async def test_each_party_hears_what_is_meant_for_it_and_nobody_once_they_have_left() -> None:
    sink = RecordingSink()
    async with webrtc_peer(sink) as peer:
        line = await peer.call(1)
        session = sink.session(line.call_id)
        assert session.voice.sides == {Role.CALLER, Role.AGENT}
        session.voice.play(Role.AGENT, tone(0.04), source="ana")
        said = {role: peer.voices[role].pull() for role in (Role.CALLER, Role.AGENT)}
        assert session.voice.waiting_s(Role.AGENT, source="ana") == pytest.approx(0.02)
        session.voice.clear(Role.AGENT, source="ana")
        assert session.voice.waiting_s(Role.AGENT, source="ana") == 0
        await line.hang_up()
        assert session.voice.sides == frozenset()
    assert np.abs(said[Role.AGENT]).max() > 0.4
    assert not said[Role.CALLER].any()


async def test_a_browser_that_never_connects_is_given_up_and_the_call_ends_with_it() -> None:
    sink = RecordingSink()
    async with webrtc_peer(sink) as peer:
        await peer.open("web-1", Role.AGENT, is_connected=False)
        await peer.clock.advance(15)
        await ended(sink.session("web-1"))
    assert sink.session("web-1").ends == [(EndReason.BROKEN, "the browser did not connect within 15 s")]


async def test_a_party_that_is_connected_is_not_taken_a_second_time() -> None:
    sink = RecordingSink()
    async with webrtc_peer(sink) as peer:
        await peer.open("web-1", Role.AGENT)
        with pytest.raises(ProtocolError, match="connected already"):
            await peer.open("web-1", Role.AGENT)
        assert len(sink.sessions) == 1


async def test_a_page_that_was_loaded_again_takes_the_place_of_the_one_before_at_once() -> None:
    sink = RecordingSink()
    async with webrtc_peer(sink) as peer:
        first_id, first = await peer.open("web-1", Role.AGENT)
        await peer.clock.advance(0.02)
        first.on_voice(np.zeros(320, np.float32))
        second_id, second = await peer.open("web-1", Role.AGENT, replaces=first_id)
        session = sink.session("web-1")
        await peer.clock.advance(0.02)
        first.on_voice(np.zeros(320, np.float32))
        first.on_state("failed")
        second.on_voice(np.ones(320, np.float32))
        assert (len(sink.sessions), len(session.ends)) == (1, 0)
        assert session.voice.sides == {Role.AGENT}
        assert [item.start_sample for item in session.items if isinstance(item, AudioFrame)] == [0, 320]
        with pytest.raises(NotFoundError):
            await peer.tap.hang_up(first_id)
        third_id, _ = await peer.open("web-1", Role.CALLER)
        await peer.tap.hang_up(second_id)
        await peer.tap.hang_up(third_id)
        assert session.ends == [(EndReason.CLOSED, "")]


@pytest.mark.parametrize("replaces", ["", "another", "callers"])
async def test_who_does_not_know_the_line_of_before_cannot_replace_it(replaces: str) -> None:
    sink = RecordingSink()
    async with webrtc_peer(sink) as peer:
        await peer.open("web-1", Role.AGENT)
        caller_id, _ = await peer.open("web-1", Role.CALLER)
        with pytest.raises(ProtocolError, match="connected already; say `replaces`"):
            await peer.open("web-1", Role.AGENT, replaces=caller_id if replaces == "callers" else replaces)
        assert sink.session("web-1").ends == []


async def test_a_page_that_comes_back_after_its_line_was_given_up_joins_the_call_again() -> None:
    sink = RecordingSink()
    async with webrtc_peer(sink) as peer:
        await peer.open("web-1", Role.CALLER)
        line_id, browser = await peer.open("web-1", Role.AGENT)
        browser.on_state("failed")
        await peer.clock.let_run()
        await peer.open("web-1", Role.AGENT, replaces=line_id)
        assert sink.session("web-1").voice.sides == {Role.CALLER, Role.AGENT}


async def test_one_party_alone_goes_on_until_it_hangs_up() -> None:
    sink = RecordingSink()
    async with webrtc_peer(sink) as peer:
        line_id, _ = await peer.open("web-1", Role.CALLER)
        await peer.clock.advance(20)
        assert sink.session("web-1").ends == []
        await peer.tap.hang_up(line_id)
        assert sink.session("web-1").ends == [(EndReason.CLOSED, "")]
        with pytest.raises(NotFoundError):
            await peer.tap.hang_up(line_id)


async def test_a_call_is_in_the_language_that_its_first_party_says_or_in_that_of_the_settings() -> None:
    sink = RecordingSink()
    async with webrtc_peer(sink) as peer:
        await peer.tap.open(Party(call_id="web-1", role=Role.CALLER, language="de"), "offer")
        await peer.tap.open(Party(call_id="web-2", role=Role.CALLER), "offer")
    assert [session.call.language for session in sink.sessions] == ["de", "en"]
