"""Audio without timestamps on its way into a call."""

import pytest

from callguard.taps.joined_call import JoinedCall
from callguard.taps.party_line import PartyLine
from callguard.terms import Encoding, Role
from tests.fakes import RecordingSession, call_started

SECOND_NS = 1_000_000_000


@pytest.mark.parametrize(("rate_hz", "samples"), [(8_000, 160), (44_100, 882), (44_100, 1024), (12_000, 100), (48_000, 1000)])
def test_frames_of_any_length_keep_up_with_the_clock(rate_hz: int, samples: int) -> None:
    session = RecordingSession(call_started())
    line = PartyLine("c1", Role.CALLER, JoinedCall(session, (Role.CALLER,), 0))
    frames = 600 * rate_hz // samples  # ten minutes
    for number in range(1, frames + 1):
        received_ns = number * samples * SECOND_NS // rate_hz
        line.hear(bytes(2 * samples), samples, encoding=Encoding.L16_LE, rate_hz=rate_hz, received_ns=received_ns)
    assert session.gaps() == []
    starts = [item.start_sample for item in session.items if hasattr(item, "start_sample")]
    assert max(abs(start - number * samples) for number, start in enumerate(starts)) <= rate_hz // 1000
