"""What the engine and its worker processes say to each other, over pipes; standard library only, because workers load it.

A command is a header (verb, slot, length) and a body; each is answered by one reply, in order: a length and a JSON object.
"""

import json
import struct
from collections.abc import Callable
from dataclasses import asdict, dataclass
from enum import IntEnum

COMMAND = struct.Struct("<BBI")
REPLY = struct.Struct("<I")
LONGEST = 4 * 1024 * 1024
"""Bytes of a body: over two minutes of audio, far more than a segment."""


class Verb(IntEnum):
    """What a worker can be told about one of its decoders."""

    BEGIN = 1
    """Start an utterance; the body is the state of the channel's cepstral means, or empty for the telephone's average."""
    HEAR = 2
    """Decode audio, 16-bit little-endian at 16 kHz; the reply has the text so far."""
    END = 3
    """Finish the utterance; the reply has text, words and the channel's new state."""
    GIVE_UP = 4
    """Forget the utterance."""


@dataclass(frozen=True, slots=True)
class Command:
    """One order for a worker."""

    verb: Verb
    slot: int
    body: bytes = b""


@dataclass(frozen=True, slots=True)
class HeardWord:
    """A word with its place in the utterance."""

    text: str
    start_frame: int
    """In frames of 10 ms."""
    end_frame: int
    probability: float


@dataclass(frozen=True, slots=True)
class Reply:
    """What came of a command."""

    text: str = ""
    words: tuple[HeardWord, ...] = ()
    """Only when an utterance has ended."""
    channel: str = ""
    """State to begin the channel's next utterance with."""
    error: str = ""


def pack_command(command: Command) -> bytes:
    """Return the bytes of a command."""
    return COMMAND.pack(command.verb, command.slot, len(command.body)) + command.body


def read_command(read: Callable[[int], bytes]) -> Command | None:
    """Read one command; None when the other side is gone. Raises ValueError for what cannot be a command."""
    header = read(COMMAND.size)
    if len(header) < COMMAND.size:
        return None
    verb, slot, length = COMMAND.unpack(header)
    if length > LONGEST:
        raise ValueError(f"a command of {length} bytes; expected at most {LONGEST}")
    body = read(length)
    return Command(Verb(verb), slot, body) if len(body) == length else None


def pack_reply(reply: Reply) -> bytes:
    """Return the bytes of a reply."""
    body = json.dumps(asdict(reply)).encode()
    return REPLY.pack(len(body)) + body


def unpack_reply(body: bytes) -> Reply:
    """Return the reply in `body`. Raises ValueError for what is none."""
    try:
        found = json.loads(body)
        return Reply(**{**found, "words": tuple(HeardWord(**word) for word in found["words"])})
    except (KeyError, TypeError) as error:
        raise ValueError("the worker's reply lacks a field or has one too many") from error
