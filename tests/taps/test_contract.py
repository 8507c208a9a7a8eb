"""What every tap promises, whatever its protocol."""

import asyncio
import logging
from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager
from pathlib import Path

import numpy as np
import pytest

from callguard.media.pcm import decode
from callguard.speech import AudioFrame
from callguard.terms import EndReason, Role, Samples
from tests.fakes import RecordingSession, RecordingSink
from tests.taps.audiosocket_peer import audiosocket_peer
from tests.taps.file_peer import file_peer
from tests.taps.peers import LEVELS, Peer, ended
from tests.taps.twilio_peer import twilio_peer
from tests.taps.webrtc_peer import webrtc_peer


@pytest.fixture
def sink() -> RecordingSink:
    return RecordingSink()


@pytest.fixture(params=["file", "twilio", "audiosocket", "webrtc"])
async def peer(request: pytest.FixtureRequest, sink: RecordingSink, tmp_path: Path) -> AsyncIterator[Peer]:
    async with make_peer(request.param, sink, tmp_path) as peer:
        yield peer


def make_peer(tap: str, sink: RecordingSink, folder: Path) -> AbstractAsyncContextManager[Peer]:
    if tap == "file":
        return file_peer(sink, folder)
    if tap == "webrtc":
        return webrtc_peer(sink)
    return twilio_peer(sink) if tap == "twilio" else audiosocket_peer(sink)


def samples(session: RecordingSession, channel: Role) -> Samples:
    return np.concatenate(
        [decode(i.encoding, i.payload) for i in session.items if isinstance(i, AudioFrame) and i.channel is channel]
    )


async def whole_call(peer: Peer, number: int, milliseconds: int = 980) -> RecordingSession:
    line = await peer.call(number)
    await line.speak(milliseconds)
    await line.hang_up()
    session = peer.sink.session(line.call_id)
    await ended(session)
    return session


async def test_both_parties_are_heard_apart_and_whole(peer: Peer) -> None:
    session = await whole_call(peer, 1)
    assert session.call.channels == (Role.CALLER, Role.AGENT)
    for role, said in LEVELS.items():
        found = samples(session, role)
        assert len(found) == peer.rate_hz
        np.testing.assert_allclose(found, said, atol=0.02)


async def test_frames_of_a_party_follow_each_other_without_a_hole(peer: Peer) -> None:
    session = await whole_call(peer, 1)
    for role in LEVELS:
        frames = [item for item in session.items if isinstance(item, AudioFrame) and item.channel is role]
        starts = np.cumsum([0, *(len(decode(frame.encoding, frame.payload)) for frame in frames)])
        assert [frame.start_sample for frame in frames] == starts[:-1].tolist()
    assert session.gaps() == []


async def test_a_goodbye_is_closed(peer: Peer) -> None:
    session = await whole_call(peer, 1)
    assert session.ends == [(EndReason.CLOSED, "")]


async def test_a_lost_connection_is_broken_and_says_so(peer: Peer) -> None:
    line = await peer.call(1)
    await line.speak(980)
    await line.break_off()
    session = peer.sink.session(line.call_id)
    await ended(session)
    ((reason, detail),) = session.ends
    assert reason is EndReason.BROKEN
    assert detail


async def test_audio_that_never_came_is_a_gap_of_that_length(peer: Peer) -> None:
    line = await peer.call(1)
    await line.speak(480)
    await line.lose(1000)
    await line.speak(1000)
    await line.hang_up()
    session = peer.sink.session(line.call_id)
    await ended(session)
    for role in LEVELS:
        gaps = [gap for gap in session.gaps() if gap.channel is role]
        assert sum(gap.end_sample - gap.start_sample for gap in gaps) == pytest.approx(16_000, abs=320)
        assert {gap.because for gap in gaps} == {"lost"}


async def test_garbage_is_refused_in_the_protocols_own_way_and_logged(peer: Peer, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.WARNING):
        assert await peer.babble() == peer.refusal_of_garbage
    assert any("refused" in record.message for record in caplog.records) == peer.writes_log
    assert peer.sink.sessions == []


async def test_a_full_callguard_refuses_in_the_protocols_own_way(peer: Peer) -> None:
    peer.sink.room = 0
    assert await peer.knock() == peer.refusal_when_full


async def test_a_call_is_not_disturbed_by_what_happens_to_others(peer: Peer) -> None:
    line = await peer.call(1)
    await line.speak(480)
    await peer.babble()
    broken = await peer.call(2)
    await broken.break_off()
    await line.speak(500)
    await line.hang_up()
    session = peer.sink.session(line.call_id)
    await ended(session)
    assert session.ends == [(EndReason.CLOSED, "")]
    assert [len(samples(session, role)) for role in LEVELS] == [peer.rate_hz, peer.rate_hz]


async def test_calls_at_the_same_time_are_kept_apart(peer: Peer) -> None:
    sessions = await asyncio.gather(*(whole_call(peer, number) for number in (1, 2, 3)))
    assert len({session.call.call_id for session in sessions}) == 3
    assert all(len(samples(session, role)) == peer.rate_hz for session in sessions for role in LEVELS)
    assert all(session.ends == [(EndReason.CLOSED, "")] for session in sessions)


async def test_a_call_ends_once_when_callguard_is_stopped(peer: Peer) -> None:
    line = await peer.call(1)
    await peer.stop()
    session = peer.sink.session(line.call_id)
    await ended(session)
    await asyncio.sleep(0)
    assert session.ends == [(EndReason.FAILED, "callguard was stopped")]
