"""The order of one track's messages: small swaps are mended, what is lost becomes a gap."""

from dataclasses import dataclass, field

from callguard.events import Gap
from callguard.speech import AudioFrame
from callguard.terms import RATE_HZ, Encoding, Role

MENDED = 3
"""Messages (60 ms) that may wait for one that is missing; then it is lost."""
BELIEVED_MS = 60
"""A timestamp that runs ahead of the audio by more is a pause; by less it is a rounded clock."""
LONGEST_JUMP_MS = 3_600_000
"""A timestamp or chunk number that is further ahead is a broken counter, not a pause: alerts would run out of time at once."""
G711_HZ = 8000
BELIEVED = BELIEVED_MS * G711_HZ // 1000
LONGEST_JUMP = LONGEST_JUMP_MS * G711_HZ // 1000
USUAL_PAYLOAD = 160


@dataclass(slots=True)
class _Message:
    timestamp_ms: int | None
    received_ns: int
    payload: bytes | None
    """None where the message could not be read: as good as lost."""


@dataclass(slots=True)
class TrackOrder:
    """Places µ-law messages of one channel in time, by chunk number, timestamp and length."""

    call_id: str
    channel: Role
    late: int = 0
    """Messages that came too late or twice and were dropped."""
    lost: int = 0
    """Messages that never came or could not be read."""
    _next_chunk: int = 1
    _position: int = 0
    _has_begun: bool = False
    _missing: int = 0
    _waiting: dict[int, _Message] = field(default_factory=dict)

    @property
    def position(self) -> int:
        """Position that the track has reached, at 16 kHz."""
        return self._position * RATE_HZ // G711_HZ

    def push(
        self, chunk: int | None, timestamp_ms: int | None, received_ns: int, payload: bytes | None
    ) -> list[AudioFrame | Gap]:
        """Take one message; `payload` is None where it could not be read. Without a chunk number it counts as the next one."""
        if chunk is None or chunk == self._next_chunk:
            self._next_chunk += 1
            placed = self._place(timestamp_ms, received_ns, payload)
            return placed + self._release() if self._waiting else placed
        if not self._has_begun and chunk == 0:
            self._next_chunk = 1  # some peers count from 0
            return self._place(timestamp_ms, received_ns, payload)
        if chunk < self._next_chunk or chunk in self._waiting:
            self.late += 1
            return []
        self._waiting[chunk] = _Message(timestamp_ms, received_ns, payload)
        return self._give_up_waiting() if len(self._waiting) >= MENDED else []

    def flush(self) -> list[AudioFrame | Gap]:
        """Return what still waits for a message that will not come."""
        items: list[AudioFrame | Gap] = []
        while self._waiting:
            items += self._give_up_waiting()
        return items

    def _give_up_waiting(self) -> list[AudioFrame | Gap]:
        first = min(self._waiting)
        self._missing += first - self._next_chunk
        self.lost += first - self._next_chunk
        self._next_chunk = first
        return self._release()

    def _release(self) -> list[AudioFrame | Gap]:
        items: list[AudioFrame | Gap] = []
        while (message := self._waiting.pop(self._next_chunk, None)) is not None:
            self._next_chunk += 1
            items += self._place(message.timestamp_ms, message.received_ns, message.payload)
        return items

    def _place(self, timestamp_ms: int | None, received_ns: int, payload: bytes | None) -> list[AudioFrame | Gap]:
        if payload is None:
            self._missing += 1
            self.lost += 1
            return []
        # Most messages follow on the one before, at the time that its length says or a rounded one.
        if (
            self._has_begun
            and not self._missing
            and timestamp_ms is not None
            and timestamp_ms * G711_HZ // 1000 - self._position <= BELIEVED
        ):
            gap = None
        else:
            gap = self._jump(timestamp_ms)
        frame = AudioFrame(
            call_id=self.call_id,
            channel=self.channel,
            encoding=Encoding.MULAW,
            rate_hz=G711_HZ,
            start_sample=self._position,
            received_ns=received_ns,
            payload=payload,
        )
        self._position += len(payload)
        return [frame] if gap is None else [gap, frame]

    def _jump(self, timestamp_ms: int | None) -> Gap | None:
        """Move to where the next payload belongs and tell what was jumped over."""
        here, missing, self._missing = self._position, self._missing, 0
        there = here + missing * USUAL_PAYLOAD if timestamp_ms is None else timestamp_ms * G711_HZ // 1000
        believed = 0 if missing or not self._has_begun else BELIEVED
        if not believed < there - here <= LONGEST_JUMP:
            self._has_begun = True
            return None
        self._position = there
        if not self._has_begun and not missing:  # a track begins where its first message says: nothing was lost before that
            self._has_begun = True
            return None
        self._has_begun = True
        return Gap(
            call_id=self.call_id,
            channel=self.channel,
            start_sample=here * RATE_HZ // G711_HZ,
            end_sample=self.position,
            because="lost" if missing else "paused",
        )
