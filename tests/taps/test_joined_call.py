"""Two connections, one call."""

import asyncio

import pytest

from callguard.errors import ProtocolError, StillEndingError
from callguard.taps.joined_call import JoinedCall, once_over
from callguard.terms import EndReason, Role
from tests.clocks import HandClock
from tests.fakes import RecordingSession, call_started


def joined() -> tuple[JoinedCall, RecordingSession]:
    session = RecordingSession(call_started())
    return JoinedCall(session, (Role.CALLER, Role.AGENT), 0), session


async def test_a_call_that_comes_again_waits_for_its_last_words_and_not_for_ever() -> None:
    clock, call = HandClock(), joined()[0]
    answers = [call]

    def join() -> JoinedCall:
        if clock.monotonic_ns() < over_ns:
            raise StillEndingError("in a moment")
        return answers.pop()

    over_ns = clock.monotonic_ns() + 2_000_000_000
    waiting = asyncio.ensure_future(once_over(join, clock))
    await clock.advance(1.9)
    assert not waiting.done()
    await clock.advance(0.2)
    assert await waiting is call

    over_ns = clock.monotonic_ns() + 60_000_000_000
    waiting = asyncio.ensure_future(once_over(join, clock))
    await clock.advance(16)
    with pytest.raises(StillEndingError):
        await waiting


def test_the_call_ends_when_both_parties_have_left() -> None:
    call, session = joined()
    call.join(Role.CALLER)
    call.join(Role.AGENT)
    call.leave(Role.CALLER, EndReason.CLOSED, "")
    assert session.ends == []
    call.leave(Role.AGENT, EndReason.CLOSED, "")
    assert session.ends == [(EndReason.CLOSED, "")]


def test_a_party_that_leaves_early_does_not_end_the_call_while_the_other_is_awaited() -> None:
    call, session = joined()
    call.join(Role.CALLER)
    call.leave(Role.CALLER, EndReason.CLOSED, "")
    assert session.ends == []
    call.stop_waiting()
    assert session.ends == [(EndReason.CLOSED, "")]


def test_a_party_may_come_after_the_waiting_is_over() -> None:
    call, session = joined()
    call.join(Role.CALLER)
    call.stop_waiting()
    call.join(Role.AGENT)
    call.leave(Role.CALLER, EndReason.CLOSED, "")
    assert session.ends == []
    call.leave(Role.AGENT, EndReason.CLOSED, "")
    assert len(session.ends) == 1


def test_the_worst_of_the_reasons_is_the_calls() -> None:
    call, session = joined()
    call.join(Role.CALLER)
    call.join(Role.AGENT)
    call.leave(Role.CALLER, EndReason.BROKEN, "lost")
    call.leave(Role.AGENT, EndReason.CLOSED, "")
    assert session.ends == [(EndReason.BROKEN, "lost")]


def test_a_party_is_connected_once() -> None:
    call, _ = joined()
    call.join(Role.CALLER)
    with pytest.raises(ProtocolError, match="caller of this call is connected already"):
        call.join(Role.CALLER)


def test_an_end_is_said_once() -> None:
    call, session = joined()
    call.join(Role.CALLER)
    call.leave(Role.CALLER, EndReason.CLOSED, "")
    call.stop_waiting()
    call.stop_waiting()
    assert len(session.ends) == 1
