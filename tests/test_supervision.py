"""A call's failure ends that call, and a cancellation goes on."""

import asyncio

import pytest

from callguard.errors import CallguardError, EngineError
from callguard.supervision import Supervision


def test_what_works_is_left_alone_and_the_block_can_be_entered_again() -> None:
    failed: list[CallguardError] = []
    supervised = Supervision("c1", failed.append)
    for _ in range(2):
        with supervised:
            pass
    assert failed == []


def test_our_own_error_is_reported_as_it_is() -> None:
    failed: list[CallguardError] = []
    error = EngineError("the model failed")
    with Supervision("c1", failed.append):
        raise error
    assert failed == [error]


def test_an_unforeseen_error_is_reported_without_its_text_which_may_hold_speech() -> None:
    failed: list[CallguardError] = []
    with Supervision("c1", failed.append):
        raise KeyError("what the caller said")
    assert str(failed[0]) == "callguard failed on this call (KeyError); its log has the details"


def test_a_cancellation_is_not_a_failure() -> None:
    failed: list[CallguardError] = []
    with pytest.raises(asyncio.CancelledError), Supervision("c1", failed.append):
        raise asyncio.CancelledError
    assert failed == []
