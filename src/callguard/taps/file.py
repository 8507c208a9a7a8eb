"""A recording as if it were a live call."""

import asyncio
import re
from collections.abc import Callable, Sequence
from itertools import count
from pathlib import Path

from callguard.clock import Clock
from callguard.errors import AudioFormatError
from callguard.events import CallStarted
from callguard.taps.recording import Recording
from callguard.taps.tap import CallSession, CallSink
from callguard.terms import EndReason, Role

SECOND_NS = 1_000_000_000
FRAME_MS = 20
PIECES_PER_TURN = 25
"""As fast as it goes, the event loop gets its turn after so many pieces: half a second of audio."""


class FileTap:
    """Plays one recording into callguard and ends with it."""

    name = "file"

    def __init__(
        self,
        file: Path,
        clock: Clock,
        *,
        channels: Sequence[Role] = (Role.CALLER, Role.AGENT),
        speed: float | None = 1.0,
        call_id: str = "",
        agent: str = "",
        language: str = "en",
    ) -> None:
        """`speed` 1 is real time, None as fast as the sink takes it. Raises what `Recording` raises."""
        self._recording = Recording(file, channels)
        self._clock = clock
        self._speed = speed
        self._call_id = call_id or re.sub(r"[^A-Za-z0-9_-]+", "-", file.stem) or "recording"
        self._agent = agent
        self._language = language
        self.address = str(file)

    async def serve(self, calls: CallSink, started: Callable[[], None]) -> None:
        """Play the recording once.

        Raises CapacityError if the sink refuses it, and AudioFormatError if the file breaks off; the call has then ended broken.
        """
        started()
        session = calls.open(
            CallStarted(
                call_id=self._call_id,
                tap=self.name,
                started_at=self._clock.utc_now(),
                channels=self._recording.roles,
                agent=self._agent,
                caller="",
                line="",
                language=self._language,
            )
        )
        reason, detail = EndReason.FAILED, "callguard was stopped"
        try:
            await self._play(session)
            reason, detail = EndReason.CLOSED, ""
        except AudioFormatError as error:
            reason, detail = EndReason.BROKEN, str(error)
            raise
        finally:
            session.end(reason, detail)

    async def _play(self, session: CallSession) -> None:
        began_ns = self._clock.monotonic_ns()
        pieces = self._recording.pieces(self._call_id, self._clock, FRAME_MS)
        for number in count(1):
            if self._speed is not None:
                # A frame can be heard once its last sample has been spoken.
                due_s = number * FRAME_MS / 1000 / self._speed
                ahead_s = due_s - (self._clock.monotonic_ns() - began_ns) / SECOND_NS
                if ahead_s > 0:
                    await self._clock.sleep(ahead_s)
            elif number % PIECES_PER_TURN == 0:
                await asyncio.sleep(0)
            piece = next(pieces, None)
            if piece is None:
                return
            for frame in piece:
                session.push(frame)
