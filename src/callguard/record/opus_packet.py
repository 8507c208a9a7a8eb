"""How Opus frames lie in a packet (RFC 6716, section 3.2 and appendix B): no codec here."""

from collections.abc import Sequence

CODE_MASK = 0x03
"""Of a packet's first byte: how many frames it has. An encoder that is asked for one gives code 0."""
SEVERAL = 0x03
VARIABLE = 0x80
"""Of the byte with the number of frames: each has a length of its own."""
COUNT_MASK = 0x3F
LONG = 252
"""From here on a length takes two bytes."""


def frame_of(packet: bytes) -> bytes:
    """Return the frame of a packet that holds exactly one. Raises ValueError for any other."""
    if not packet or packet[0] & CODE_MASK:
        raise ValueError(f"an Opus packet of {len(packet)} bytes does not hold one frame; expected code 0")
    return packet[1:]


def frames_in(packet: bytes) -> int:
    """Return how many frames of each channel a packet has that `packet_of` made. Raises ValueError for any other."""
    if packet and not packet[0] & CODE_MASK:
        return 1
    if len(packet) < 2 or packet[0] & CODE_MASK != SEVERAL:
        raise ValueError(f"an Opus packet of {len(packet)} bytes is none of ours; expected code 0 or 3")
    return packet[1] & ~VARIABLE & COUNT_MASK


def packet_of(kind: int, frames: Sequence[bytes], *, is_delimited: bool) -> bytes:
    """Return one packet with all `frames`, each of the `kind` that the first byte of their own packets says.

    A delimited packet says its own length, as all but the last must where several streams share a packet.
    """
    first = kind & ~CODE_MASK
    head = bytes([first]) if len(frames) == 1 else bytes([first | SEVERAL, VARIABLE | len(frames)])
    measured = frames if is_delimited else frames[:-1]
    return b"".join([head, *(_length(len(frame)) for frame in measured), *frames])


def _length(count: int) -> bytes:
    if count < LONG:
        return bytes([count])
    low = LONG + (count & CODE_MASK)
    return bytes([low, (count - low) >> 2])
