"""A channel on which nobody speaks and nothing is loud: it is counted and not heard, and its end is kept as it came."""

from callguard.terms import Encoding

TRIMMED_AT = 4
"""So many times what must be kept may pile up before it is shortened."""


class Doze:
    """One such time of one channel, G.711 at one rate."""

    def __init__(self, encoding: Encoding, kept: int) -> None:
        """`kept` samples before its end are wanted when it is over."""
        self.encoding = encoding
        self.samples = 0
        """How long it has lasted."""
        self._kept = kept
        self._payload = bytearray()

    def add(self, payload: bytes) -> None:
        """Take what came."""
        self.samples += len(payload)
        self._payload += payload
        if len(self._payload) > TRIMMED_AT * self._kept:
            del self._payload[: -self._kept]

    @property
    def payload(self) -> bytes:
        """What is kept: everything, or at least as much as is wanted."""
        return bytes(self._payload)
