"""AudioSocket's bytes."""

from collections import deque
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from callguard.errors import ProtocolError
from callguard.taps.audiosocket_wire import (
    AUDIO_RATES_HZ,
    ERROR,
    HANGUP,
    Identity,
    Message,
    MessageReader,
    call_id_of,
    pack,
    read_identity,
    write_identity,
)
from callguard.terms import Role

MESSAGES = [Message(0x01, b"u" * 16), Message(0x10, b"a" * 320), Message(0x03, b"5"), Message(0x10, b""), Message(HANGUP, b"")]


def test_messages_have_a_type_a_big_endian_length_and_a_payload() -> None:
    assert pack(HANGUP) == b"\x00\x00\x00"
    assert pack(0x10, b"x" * 320)[:3] == b"\x10\x01\x40"
    assert pack(ERROR, b"\x04") == b"\xff\x00\x01\x04"


@given(st.lists(st.integers(1, 200), max_size=30))
def test_messages_come_out_whole_however_the_bytes_arrive(sizes: list[int]) -> None:
    reader = MessageReader()
    found: list[Message] = []
    data = b"".join(pack(*message) for message in MESSAGES)
    for size in [*sizes, len(data)]:
        found += reader.push(data[:size])
        data = data[size:]
    assert found == MESSAGES
    assert reader.is_between_messages


def test_a_cut_message_is_noticed() -> None:
    reader = MessageReader()
    assert list(reader.push(pack(0x10, b"abcd")[:-1])) == []
    assert not reader.is_between_messages


def test_a_type_that_nobody_knows_is_refused_at_once() -> None:
    reader = MessageReader()
    found: deque[Message] = deque()
    with pytest.raises(ProtocolError, match="0x47 is none of AudioSocket"):
        found.extend(reader.push(pack(0x10, b"ab") + b"GET / HTTP/1.1"))
    assert list(found) == [Message(0x10, b"ab")]


@pytest.mark.parametrize("role", [Role.CALLER, Role.AGENT])
@given(number=st.integers(0, 1 << 130))
def test_two_connections_name_one_call_and_their_party(role: Role, number: int) -> None:
    call_id = call_id_of(number)
    assert UUID(bytes=write_identity(call_id, role)).version == 8
    assert read_identity(write_identity(call_id, role)) == Identity(call_id, role)


def test_any_other_uuid_is_a_mono_call() -> None:
    uuid = "7d444840-9dc0-11d1-b245-5ffdce74fad2"
    assert read_identity(UUID(uuid).bytes) == Identity(uuid, Role.UNKNOWN)
    assert write_identity(uuid, Role.UNKNOWN) == UUID(uuid).bytes


@pytest.mark.parametrize("payload", [b"", b"x" * 15, b"x" * 17])
def test_a_uuid_has_sixteen_bytes(payload: bytes) -> None:
    with pytest.raises(ProtocolError, match="expected 16"):
        read_identity(payload)


def test_a_party_is_one_or_two() -> None:
    with pytest.raises(ProtocolError, match="expected 1"):
        read_identity(UUID(hex=call_id_of(1) + "3").bytes)


def test_all_rates_of_asterisk_are_known() -> None:
    assert sorted(AUDIO_RATES_HZ.values()) == [8000, 12_000, 16_000, 24_000, 32_000, 44_100, 48_000, 96_000, 192_000]
