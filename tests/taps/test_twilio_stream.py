"""One Twilio stream, message by message, without a socket."""

import json
from base64 import b64encode
from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from callguard.errors import AudioFormatError, CallguardError, InputError, ProtocolError
from callguard.events import CallStarted, Gap, KeyPressed
from callguard.speech import AudioFrame
from callguard.taps.twilio_client import media_message, start_message
from callguard.taps.twilio_stream import BAD_IN_A_ROW, TwilioStream
from callguard.terms import Encoding, Role

NOW = datetime(2026, 11, 20, 14, 3, tzinfo=UTC)


def started(inbound: Role = Role.CALLER, **parameters: str) -> tuple[TwilioStream, CallStarted]:
    stream = TwilioStream(inbound, "en")
    call = stream.start(encoded(start_message("CA1", ["inbound", "outbound"], parameters)), NOW)
    assert call is not None
    return stream, call


def encoded(message: object) -> bytes:
    return json.dumps(message).encode()


def media(track: str = "inbound", chunk: int = 1, payload: bytes = b"\xff" * 160) -> bytes:
    return media_message("MZ1", 2, track=track, chunk=chunk, timestamp_ms=(chunk - 1) * 20, payload=payload).encode()


def start_with(**changes: Any) -> bytes:
    message = start_message("CA1", ["inbound", "outbound"], {})
    message["start"].update(changes)
    return encoded(message)


def test_connected_says_nothing_about_the_call_yet() -> None:
    stream = TwilioStream(Role.CALLER, "en")
    assert stream.start(encoded({"event": "connected", "protocol": "Call", "version": "1.0.0"}), NOW) is None
    assert not stream.has_started


def test_start_tells_who_is_on_the_line() -> None:
    _, call = started(agent="sam", caller="+44 20 7946 0001", line="claims", language="de")
    assert (call.call_id, call.tap, call.started_at) == ("CA1", "twilio", NOW)
    assert (call.agent, call.caller, call.line, call.language) == ("sam", "+44 20 7946 0001", "claims", "de")
    assert call.channels == (Role.CALLER, Role.AGENT)


def test_what_start_does_not_say_is_empty_or_the_default() -> None:
    _, call = started(language="not a language!")
    assert (call.agent, call.caller, call.line, call.language) == ("", "", "", "en")


def test_one_track_is_a_call_with_one_channel() -> None:
    call = TwilioStream(Role.CALLER, "en").start(start_with(tracks=["outbound"]), NOW)
    assert call is not None
    assert call.channels == (Role.AGENT,)


def test_media_becomes_a_frame_of_its_track() -> None:
    stream, _ = started()
    (frame,) = stream.push(media("outbound", payload=b"abc"), 77)
    assert isinstance(frame, AudioFrame)
    assert (frame.channel, frame.payload, frame.received_ns) == (Role.AGENT, b"abc", 77)
    assert (frame.encoding, frame.rate_hz, frame.start_sample) == (Encoding.MULAW, 8000, 0)


def test_inbound_may_be_the_agent() -> None:
    stream, _ = started(inbound=Role.AGENT)
    (frame,) = stream.push(media("inbound"), 0)
    assert isinstance(frame, AudioFrame)
    assert frame.channel is Role.AGENT


def test_tracks_lose_and_order_apart() -> None:
    stream, _ = started()
    items = [item for chunk in (1, 3, 4, 5) for item in stream.push(media("inbound", chunk), 0)]
    items += [item for chunk in (1, 2) for item in stream.push(media("outbound", chunk), 0)]
    assert [(type(item), item.channel) for item in items if isinstance(item, Gap)] == [(Gap, Role.CALLER)]
    assert stream.lost == 1


def test_a_key_is_noted_without_telling_which() -> None:
    stream, _ = started()
    stream.push(media(), 0)
    (key,) = stream.push(encoded({"event": "dtmf", "dtmf": {"track": "inbound_track", "digit": "7"}}), 0)
    assert key == KeyPressed(call_id="CA1", channel=Role.CALLER, at_sample=320)


@pytest.mark.parametrize("dtmf", [{"track": "outbound", "digit": "7"}, {"track": 3}, None, "7"])
def test_a_key_of_a_track_that_was_not_announced_is_counted_and_ends_nothing(dtmf: object) -> None:
    stream = TwilioStream(Role.CALLER, "en")
    stream.start(start_with(tracks=["inbound"]), NOW)
    for _ in range(60):
        assert stream.push(encoded({"event": "dtmf", "dtmf": dtmf}), 0) == []
    (frame,) = stream.push(media(), 0)
    assert isinstance(frame, AudioFrame)
    assert stream.bad == 60


@pytest.mark.parametrize("event", ["mark", "something-new"])
def test_events_that_do_not_matter_are_passed_over(event: str) -> None:
    stream, _ = started()
    assert stream.push(encoded({"event": event, event: {"name": "x"}}), 0) == []
    assert not stream.is_over


def test_stop_is_the_end() -> None:
    stream, _ = started()
    stream.push(encoded({"event": "stop", "stop": {}}), 0)
    assert stream.is_over


@pytest.mark.parametrize(
    ("message", "error", "because"),
    [
        (b"How do you do?", InputError, "not JSON"),
        (b"[1, 2]", InputError, "no JSON object"),
        (b"\xff\xfe", InputError, "not JSON"),
        (media(), ProtocolError, "media came before start"),
        (encoded({"event": ["x"]}), ProtocolError, "an unknown event came before start"),
        (encoded({"event": "start"}), ProtocolError, "no «start» object"),
        (start_with(callSid="../../etc"), ProtocolError, "no usable callSid"),
        (start_with(callSid=7), ProtocolError, "no usable callSid"),
        (start_with(tracks=["inbound", "third"]), ProtocolError, "other tracks"),
        (start_with(tracks=[]), ProtocolError, "other tracks"),
        (start_with(tracks=5), ProtocolError, "other tracks"),
        (start_with(tracks=[["inbound"]]), ProtocolError, "other tracks"),
        (start_with(mediaFormat={"encoding": "audio/l16", "sampleRate": 8000, "channels": 1}), AudioFormatError, "mediaFormat"),
        (start_with(mediaFormat=None), AudioFormatError, "mediaFormat"),
    ],
)
def test_a_stream_that_does_not_begin_as_it_must_is_refused(message: bytes, error: type[CallguardError], because: str) -> None:
    with pytest.raises(error, match=because):
        TwilioStream(Role.CALLER, "en").start(message, NOW)


@pytest.mark.parametrize(
    ("message", "because"),
    [
        (media("third"), "track that start did not announce"),
        (start_with(), "start came a second time"),
    ],
)
def test_a_message_that_has_no_place_in_the_call_is_refused(message: bytes, because: str) -> None:
    stream, _ = started()
    with pytest.raises(ProtocolError, match=because):
        stream.push(message, 0)


def damaged(chunk: int, payload: object = "%%%") -> bytes:
    return encoded({"event": "media", "media": {"track": "inbound", "chunk": str(chunk), "timestamp": "0", "payload": payload}})


@pytest.mark.parametrize("payload", ["%%%", "abc", "", 5, None, ["YQ=="]])
def test_a_payload_that_cannot_be_read_becomes_a_gap(payload: object) -> None:
    stream, _ = started()
    items = [*stream.push(media(chunk=1), 0), *stream.push(damaged(2, payload), 0), *stream.push(media(chunk=3), 0)]
    assert [type(item) for item in items] == [AudioFrame, Gap, AudioFrame]
    assert (stream.bad, stream.lost) == (1, 1)


def test_a_second_of_unreadable_messages_ends_the_stream() -> None:
    stream, _ = started()
    for chunk in range(1, BAD_IN_A_ROW):
        stream.push(damaged(chunk), 0)
    with pytest.raises(InputError, match="in a row cannot be read"):
        stream.push(damaged(BAD_IN_A_ROW), 0)


def test_readable_messages_in_between_start_the_count_again() -> None:
    stream, _ = started()
    for chunk in range(1, 4 * BAD_IN_A_ROW, 2):
        stream.push(damaged(chunk), 0)
        stream.push(media(chunk=chunk + 1), 0)
    assert stream.bad == 2 * BAD_IN_A_ROW


@pytest.mark.parametrize("number", ["one", "-5", "9" * 40, None, 1.5, [1]])
def test_counters_that_make_no_sense_do_not_harm_the_call(number: object) -> None:
    stream, _ = started()
    payload = b64encode(b"\xff" * 160).decode()
    strange = {"track": "inbound", "chunk": number, "timestamp": number, "payload": payload}
    (frame,) = stream.push(encoded({"event": "media", "media": strange}), 0)
    assert isinstance(frame, AudioFrame)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
    max_leaves=8,
)
EVENTS = st.sampled_from(["media", "dtmf", "mark", "stop", "start", "connected"])


@given(st.fixed_dictionaries({"event": EVENTS | JSON}, optional={"media": JSON, "dtmf": JSON, "start": JSON}) | JSON)
def test_no_message_does_more_than_be_refused(message: object) -> None:
    data = encoded(message)
    pushes: list[Callable[[], object]] = [
        lambda: TwilioStream(Role.CALLER, "en").start(data, NOW),
        lambda: started()[0].push(data, 0),
    ]
    for push in pushes:
        with suppress(InputError):  # the family of all three refusals; anything else is a failure of ours
            push()
