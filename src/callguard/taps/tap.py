"""What every tap is and what it talks to."""

from collections.abc import Callable
from typing import Protocol

from callguard.events import CallStarted, Gap, KeyPressed
from callguard.playback import PlaysAudio
from callguard.speech import AudioFrame
from callguard.terms import EndReason


class CallSession(Protocol):
    """callguard's end of one call. Synchronous: media runs in the tap's own task."""

    def push(self, item: AudioFrame | Gap | KeyPressed, /) -> None:
        """Take the next piece; never blocks and never raises for bad audio (the session ends itself instead)."""
        ...

    @property
    def is_quiet(self) -> bool:
        """Whether nobody has made a sound of late: what comes next may be brought a tenth of a second later, together."""
        ...

    def lend(self, voice: PlaysAudio, /) -> None:
        """Lend a way back into the call, if the protocol has one."""
        ...

    def end(self, reason: EndReason, detail: str = "") -> None:
        """Say that the call is over; a second time does nothing."""
        ...


class CallSink(Protocol):
    """Where a tap brings its calls."""

    def open(self, call: CallStarted, /) -> CallSession:
        """Start to guard a call.

        Raises CapacityError if running calls would suffer; the tap answers with its protocol's own refusal. StillEndingError asks
        to try again in a moment: the same call has ended just now.
        """
        ...


class Tap(Protocol):
    """One telephony protocol."""

    @property
    def name(self) -> str:
        """Short name, such as «twilio»."""
        ...

    @property
    def address(self) -> str:
        """Where it listens, for people: a URL or host:port; empty before it has started."""
        ...

    async def serve(self, calls: CallSink, started: Callable[[], None]) -> None:
        """Bring calls to `calls` until cancelled (or until a recording ends); call `started` once when listening.

        Raises ServiceError if it cannot listen, with the port and the remedy in the message.
        """
        ...
