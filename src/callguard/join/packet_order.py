"""The order of a browser's audio packets: each is a piece of sound of its own; small swaps are mended, a loss costs itself."""

from dataclasses import dataclass
from typing import Final, Protocol

MENDED: Final = 3
"""Packets (60 ms) that may wait for one that is missing; then it is lost."""
BEGINS_ANEW: Final = 100
"""A number that is further behind is no late packet: the browser counts anew."""
NUMBERS: Final = 1 << 16


class Packet(Protocol):
    """An RTP packet, as aiortc has it: what is in it lies in `_data`."""

    sequence_number: int
    timestamp: int
    _data: bytes


@dataclass(slots=True)
class Piece:
    """What one packet holds, for the decoder."""

    data: bytes
    timestamp: int


class PacketOrder:
    """Hands on at once what comes in order.

    It stands where aiortc has a buffer made for pictures, whose frames span packets: that one holds sound back by 80 ms, then by
    300, and throws four good packets away with each one that the network has lost.
    """

    def __init__(self) -> None:
        self._next: int | None = None
        self._waiting: dict[int, Packet] = {}

    def add(self, packet: Packet) -> tuple[bool, Piece | None]:
        """Take a packet and return the piece that is next, if it is there; the flag would ask for a new picture."""
        at = self._position(packet.sequence_number)
        if self._next is None or at <= self._next - BEGINS_ANEW:
            self._next, self._waiting = at, {}
        if at < self._next:
            return False, None  # late, or a second time
        self._waiting[at] = packet
        if len(self._waiting) > MENDED:
            self._next = min(self._waiting)
        return False, self._pop()

    def _position(self, number: int) -> int:
        """Return a packet's number without its wrapping round, next to the one that is expected."""
        if self._next is None:
            return number
        ahead = (number - self._next) % NUMBERS
        return self._next + (ahead if ahead < NUMBERS // 2 else ahead - NUMBERS)

    def _pop(self) -> Piece | None:
        assert self._next is not None, "a packet has come"
        while (packet := self._waiting.pop(self._next, None)) is not None:
            self._next += 1
            data = packet._data  # noqa: SLF001  # aiortc puts it there and tells it nowhere else
            if data:  # empty ones only keep a line open
                return Piece(data, packet.timestamp)
        return None
