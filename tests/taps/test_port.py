import errno
import os
import socket
from collections.abc import Callable

import pytest

from callguard.errors import ServiceError
from callguard.settings import AudioSocketSettings, TwilioSettings
from callguard.taps.audiosocket import AudioSocketTap
from callguard.taps.port import port_error
from callguard.taps.tap import Tap
from callguard.taps.twilio import TwilioTap
from tests.clocks import HandClock
from tests.fakes import RecordingSink


@pytest.mark.parametrize(
    ("make_tap", "variable"),
    [
        (lambda port: TwilioTap(TwilioSettings(port=port), HandClock()), "CALLGUARD_TAPS__TWILIO__PORT"),
        (lambda port: AudioSocketTap(AudioSocketSettings(port=port), HandClock()), "CALLGUARD_TAPS__AUDIOSOCKET__PORT"),
    ],
    ids=["twilio", "audiosocket"],
)
async def test_a_port_in_use_is_one_sentence_with_the_remedy(make_tap: Callable[[int], Tap], variable: str) -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        with pytest.raises(ServiceError) as refused:
            await make_tap(port).serve(RecordingSink(), lambda: None)
    told = str(refused.value)
    assert told.endswith(
        f"cannot listen on 127.0.0.1:{port} ({os.strerror(errno.EADDRINUSE)}); stop what uses it or set {variable}"
    )


def test_a_host_that_nobody_knows_is_named_with_the_resolvers_reason() -> None:
    error = socket.gaierror(socket.EAI_NONAME, "Name or service not known")
    assert "(Name or service not known)" in str(port_error("Twilio", "nowhere", 1, error, variable="X"))
