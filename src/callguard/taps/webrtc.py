"""Browsers as a source: each party's softphone sends callguard a copy of its microphone over WebRTC.

callguard stands beside the conversation and does not carry it. Signalling is one request each way, as for joins: an offer with
all its candidates, an answer with ours (`POST /api/lines`, with a tap token). What callguard says on a party's connection is
heard by that party alone. Opus has no call time: frames are placed by counting, kept honest by the clock.
"""

import asyncio
import logging
import secrets
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final, Protocol

import numpy as np

from callguard.clock import Clock
from callguard.errors import CallguardError, CapacityError, NotFoundError, ProtocolError
from callguard.events import CallStarted
from callguard.settings import WebRtcSettings
from callguard.taps.complaints import Complaint, Complaints
from callguard.taps.joined_call import JoinedCall, once_over
from callguard.taps.party_line import PartyLine
from callguard.taps.pulled_voice import PulledVoice
from callguard.taps.tap import CallSink
from callguard.terms import RATE_HZ, Encoding, EndReason, Role, Samples

log = logging.getLogger(__name__)

STOPPED: Final = "callguard was stopped"
LOST: Final = "the browser's connection was lost before it hung up"
BOTH: Final = (Role.CALLER, Role.AGENT)


class BrowserConnection(Protocol):
    """callguard's end of one browser's connection."""

    async def answer(self, offer: str) -> str:
        """Return the answer to a browser's offer. Raises InputError for what is no offer of audio."""
        ...

    async def close(self) -> None:
        """End the connection; the browser sees it close."""
        ...


class ConnectBrowser(Protocol):
    """Makes connections: what a browser hears is pulled from `voice`."""

    def __call__(
        self, voice: PulledVoice, /, *, on_voice: Callable[[Samples], None], on_state: Callable[[str], None]
    ) -> BrowserConnection:
        """Return a connection; `on_voice` gets 16 kHz, `on_state` «connected», «failed» or «closed»."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Party:
    """Who is at a browser, and on which call."""

    call_id: str
    role: Role
    agent: str = ""
    caller: str = ""
    line: str = ""
    language: str = ""


@dataclass(slots=True)
class _Line:
    """One browser."""

    party: Party
    call: JoinedCall
    peer: BrowserConnection
    voice: PulledVoice
    heard: list[Callable[[Samples], None]]
    """Who hears its microphone: nobody once it was replaced."""
    is_connected: bool = False


class WebRtcTap:
    """Takes browsers that another server or page has announced."""

    name = "webrtc"

    def __init__(
        self,
        settings: WebRtcSettings,
        clock: Clock,
        connect: ConnectBrowser,
        *,
        language: str = "en",
        connect_wait_s: float = 15.0,
    ) -> None:
        """`connect_wait_s` after its announcement a browser that has not connected is given up."""
        self._settings = settings
        self._clock = clock
        self._connect = connect
        self._language = language
        self._connect_wait_s = connect_wait_s
        self._complaints = Complaints(log, clock)
        self._sink: CallSink | None = None
        self._tasks: asyncio.TaskGroup | None = None
        self._calls: dict[str, JoinedCall] = {}
        self._lines: dict[str, _Line] = {}
        self.address = ""

    @property
    def complaint(self) -> Complaint | None:
        """The last thing that went wrong with a browser."""
        return self._complaints.last

    async def serve(self, calls: CallSink, started: Callable[[], None]) -> None:
        """Bring browsers to `calls` until cancelled."""
        async with asyncio.TaskGroup() as tasks:
            self._sink, self._tasks, self.address = calls, tasks, "/api/lines"
            started()
            try:
                await asyncio.get_running_loop().create_future()  # until cancelled
            finally:
                self._sink = None
                lines, self._lines = list(self._lines.values()), {}
                for line in lines:
                    self._end(line, EndReason.FAILED, STOPPED)
                await asyncio.gather(*(line.peer.close() for line in lines))

    async def open(self, party: Party, offer: str, *, replaces: str = "") -> tuple[str, str]:
        """Answer a party's browser; returns the line's id and the answer.

        `replaces` is the id of the line that the party had before its page was loaded again, which only its softphone knows. The
        browser that has gone is noticed half a minute later; who comes without the id may be somebody else under the same name.

        Raises InputError for an offer that cannot be read, ProtocolError if that party is connected already, CapacityError if
        the call cannot be taken.
        """
        line_id, voice = secrets.token_urlsafe(12), PulledVoice(party.role)
        heard: list[Callable[[Samples], None]] = []
        peer = self._connect(
            voice,
            on_voice=lambda samples: heard[0](samples) if heard else None,
            on_state=lambda state: self._changed(line_id, state),
        )
        try:
            answer = await peer.answer(offer)
            call = self._take_over(replaces, party) or await once_over(lambda: self._join(party), self._clock)
        except CallguardError as error:
            self._complaints.say("browser refused", code=error.code, because=str(error))
            await peer.close()
            raise
        heard.append(self._ear(PartyLine(party.call_id, party.role, call)))
        self._lines[line_id] = _Line(party, call, peer, voice, heard)
        call.session.lend(voice)
        self._begin(self._give_up(line_id))
        return line_id, answer

    async def hang_up(self, line_id: str) -> None:
        """Take a party's goodbye. Raises NotFoundError."""
        line = self._lines.pop(line_id, None)
        if line is None:
            raise NotFoundError("there is no such line, or it is over already")
        self._end(line, EndReason.CLOSED, "")
        await line.peer.close()

    def _ear(self, line: PartyLine) -> Callable[[Samples], None]:
        def hear(samples: Samples) -> None:
            now_ns, payload = self._clock.monotonic_ns(), np.ascontiguousarray(samples, np.float32).tobytes()
            line.hear(payload, len(samples), encoding=Encoding.F32, rate_hz=RATE_HZ, received_ns=now_ns)

        return hear

    def _take_over(self, line_id: str, party: Party) -> JoinedCall | None:
        """Take the place of a line of the same party; None where there is none, because it has been given up for example."""
        old = self._lines.get(line_id)
        if old is None or (old.party.call_id, old.party.role) != (party.call_id, party.role):
            return None
        del self._lines[line_id]
        old.heard.clear()
        old.voice.close()
        self._begin(old.peer.close())
        return old.call

    def _join(self, party: Party) -> JoinedCall:
        call = self._calls.get(party.call_id)
        if call is None:
            call = self._open(party)
            self._begin(self._wait_for_other(call))
        elif call.has(party.role):
            raise ProtocolError(
                f"the {party.role} of this call is connected already; say `replaces` with the line_id that its page had before"
            )
        call.join(party.role)
        return call

    def _open(self, party: Party) -> JoinedCall:
        if self._sink is None:
            raise CapacityError("callguard is not accepting calls; try again in a moment")
        session = self._sink.open(
            CallStarted(
                call_id=party.call_id,
                tap=self.name,
                started_at=self._clock.utc_now(),
                channels=BOTH,
                agent=party.agent,
                caller=party.caller,
                line=party.line,
                language=party.language or self._language,
            )
        )
        call = self._calls[party.call_id] = JoinedCall(session, BOTH, self._clock.monotonic_ns())
        return call

    def _begin(self, work: "asyncio._CoroutineLike[None]") -> None:
        assert self._tasks is not None, "lines are opened while the tap serves"
        self._tasks.create_task(work)

    async def _wait_for_other(self, call: JoinedCall) -> None:
        await self._clock.sleep(self._settings.join_wait_s)
        if call.is_one_sided:
            self._complaints.say("one party has not connected; the call goes on one-sided", wait_s=self._settings.join_wait_s)
        call.stop_waiting()
        self._forget_ended()

    async def _give_up(self, line_id: str) -> None:
        await self._clock.sleep(self._connect_wait_s)
        line = self._lines.get(line_id)
        if line is not None and not line.is_connected:
            await self._leave(line_id, EndReason.BROKEN, f"the browser did not connect within {self._connect_wait_s:g} s")

    def _changed(self, line_id: str, state: str) -> None:
        line = self._lines.get(line_id)
        if line is None:
            return
        if state == "connected":
            line.is_connected = True
        elif state == "failed":
            self._begin(self._leave(line_id, EndReason.BROKEN, LOST))
        else:
            self._begin(self._leave(line_id, EndReason.CLOSED, ""))

    async def _leave(self, line_id: str, reason: EndReason, detail: str) -> None:
        if (line := self._lines.pop(line_id, None)) is not None:
            self._end(line, reason, detail)
            await line.peer.close()

    def _end(self, line: _Line, reason: EndReason, detail: str) -> None:
        line.voice.close()
        line.call.leave(line.party.role, reason, detail)
        self._forget_ended()

    def _forget_ended(self) -> None:
        for call_id in [call_id for call_id, call in self._calls.items() if call.has_ended]:
            del self._calls[call_id]
