"""One party's audio of a protocol without timestamps, on its way into a call: placed by counting, holes told as gaps."""

from callguard.events import Gap, KeyPressed
from callguard.speech import AudioFrame
from callguard.taps.joined_call import JoinedCall
from callguard.taps.placement import Placement
from callguard.terms import RATE_HZ, Encoding, Role


class PartyLine:
    """The audio of one connection."""

    def __init__(self, call_id: str, role: Role, call: JoinedCall) -> None:
        self._call_id, self._role = call_id, role
        self._call = call
        self._placement = Placement(call.began_ns, not_before=call.reached[role])
        self._rate_hz = self._over = 0

    def hear(self, payload: bytes, samples: int, *, encoding: Encoding, rate_hz: int, received_ns: int) -> None:
        """Place a frame of `samples` samples in time and pass it on."""
        start, end = self._placement.place(self._at_16k(samples, rate_hz), received_ns)
        reached = self._call.reached[self._role]
        if 0 < reached < start:
            self._call.session.push(
                Gap(call_id=self._call_id, channel=self._role, start_sample=reached, end_sample=start, because="lost")
            )
        self._call.reached[self._role] = end
        self._call.session.push(
            AudioFrame(
                call_id=self._call_id,
                channel=self._role,
                encoding=encoding,
                rate_hz=rate_hz,
                start_sample=start * rate_hz // RATE_HZ,
                received_ns=received_ns,
                payload=payload,
            )
        )

    def _at_16k(self, samples: int, rate_hz: int) -> int:
        """Return the whole samples at 16 kHz; what is over goes to the next frame, or the audio would fall behind the clock."""
        if rate_hz != self._rate_hz:
            self._rate_hz, self._over = rate_hz, 0
        length, self._over = divmod(samples * RATE_HZ + self._over, rate_hz)
        return length

    def press(self) -> None:
        """Pass on that a key was pressed; which one is nobody's business here."""
        at = self._call.reached[self._role]
        self._call.session.push(KeyPressed(call_id=self._call_id, channel=self._role, at_sample=at))
