"""The bytes of Asterisk's AudioSocket: type, length, payload. Shared by the tap and the client.

Source: github.com/CyCoreSystems/audiosocket, README; the rates above 8 kHz come with Asterisk's own res_audiosocket.
"""

from collections.abc import Iterator, Mapping
from typing import Final, NamedTuple
from uuid import UUID

from callguard.errors import ProtocolError
from callguard.terms import Role

HANGUP: Final = 0x00
IDENTITY: Final = 0x01
SILENCE: Final = 0x02
DIGIT: Final = 0x03
ERROR: Final = 0xFF
AUDIO_RATES_HZ: Final[Mapping[int, int]] = {
    0x10: 8_000,
    0x11: 12_000,
    0x12: 16_000,
    0x13: 24_000,
    0x14: 32_000,
    0x15: 44_100,
    0x16: 48_000,
    0x17: 96_000,
    0x18: 192_000,
}
"""16-bit signed linear, little-endian, mono."""
FRAME_FORWARDING_ERROR: Final = b"\x02"
MEMORY_ERROR: Final = b"\x04"
KNOWN: Final = frozenset({HANGUP, IDENTITY, SILENCE, DIGIT, ERROR, *AUDIO_RATES_HZ})

PARTIES: Final[Mapping[str, Role]] = {"1": Role.CALLER, "2": Role.AGENT}
"""Last hexadecimal digit of a version 8 UUID: who is heard on this connection."""


class Message(NamedTuple):
    """One message of the wire."""

    kind: int
    payload: bytes


class Identity(NamedTuple):
    """Which call a connection belongs to and whose voice it carries."""

    call_id: str
    role: Role


def pack(kind: int, payload: bytes = b"") -> bytes:
    """Return the bytes of one message."""
    return bytes((kind,)) + len(payload).to_bytes(2, "big") + payload


class MessageReader:
    """Cuts a byte stream into messages, however it arrives."""

    def __init__(self) -> None:
        self._rest = b""

    @property
    def is_between_messages(self) -> bool:
        """Whether the stream could end here without cutting a message."""
        return not self._rest

    def push(self, data: bytes) -> Iterator[Message]:
        """Yield the messages that are complete now. Raises ProtocolError at a type that the protocol does not know."""
        data = self._rest + data
        start = 0
        try:
            while len(data) - start >= 3:
                kind = data[start]
                if kind not in KNOWN:
                    raise ProtocolError(f"message type 0x{kind:02x} is none of AudioSocket; connect Asterisk's AudioSocket here")
                end = start + 3 + int.from_bytes(data[start + 1 : start + 3], "big")
                if end > len(data):
                    break
                message, start = Message(kind, data[start + 3 : end]), end
                yield message
        finally:
            self._rest = data[start:]


def read_identity(payload: bytes) -> Identity:
    """Read the UUID that names a connection.

    A version 8 UUID (RFC 9562, custom) names the call by its first 31 hexadecimal digits and the party by the last one: 1 for
    the caller, 2 for the agent. Any other UUID is one mono call.
    Raises ProtocolError if it is no UUID or names another party.
    """
    if len(payload) != 16:
        raise ProtocolError(f"the UUID message has {len(payload)} bytes; expected 16")
    uuid = UUID(bytes=payload)
    if uuid.version != 8:
        return Identity(str(uuid), Role.UNKNOWN)
    role = PARTIES.get(uuid.hex[-1])
    if role is None:
        raise ProtocolError("the last digit of a version 8 UUID names the party: expected 1 (caller) or 2 (agent)")
    return Identity(uuid.hex[:-1], role)


def write_identity(call_id: str, role: Role) -> bytes:
    """Return the UUID bytes for a call; `call_id` as `read_identity` gives it."""
    if role is Role.UNKNOWN:
        return UUID(call_id).bytes
    return UUID(hex=call_id + next(digit for digit, party in PARTIES.items() if party is role)).bytes


def call_id_of(number: int) -> str:
    """Return a call id that two connections can share: 31 digits of a version 8 UUID made from `number`."""
    digits = f"{number % (1 << 116):029x}"
    return f"{digits[:12]}8{digits[12:15]}8{digits[15:]}"
