"""Log lines about peers."""

import logging

import pytest

from callguard.taps.complaints import Complaints
from tests.clocks import HandClock


async def test_a_peer_that_goes_on_and_on_gets_one_line_in_a_while(caplog: pytest.LogCaptureFixture) -> None:
    clock = HandClock()
    complaints = Complaints(logging.getLogger("test"), clock)
    for _ in range(100):
        complaints.say("bad message", size=3)
    complaints.say("another thing")
    await clock.advance(5)
    complaints.say("bad message", size=4)
    assert [(record.message, record.__dict__["held_back"]) for record in caplog.records] == [
        ("bad message", 0),
        ("another thing", 0),
        ("bad message", 99),
    ]
    assert caplog.records[0].__dict__["size"] == 3
