"""Joins the tap that takes browsers with the WebRTC adapter of joins and the route that announces them."""

from collections.abc import Callable

from callguard.clock import Clock
from callguard.deliver.line_ports import NewLine
from callguard.errors import InputError, NotFoundError, ProtocolError
from callguard.join.peer import BrowserPeer
from callguard.settings import Settings
from callguard.taps.pulled_voice import PulledVoice
from callguard.taps.tap import Tap
from callguard.taps.webrtc import BrowserConnection, Party, WebRtcTap
from callguard.terms import Role, Samples


class WebLines:
    """The route's way to the tap, which may be switched off."""

    def __init__(self, settings: Settings, clock: Clock) -> None:
        def connect(
            voice: PulledVoice, *, on_voice: Callable[[Samples], None], on_state: Callable[[str], None]
        ) -> BrowserConnection:
            return BrowserPeer(voice, settings.join, clock, on_voice=on_voice, on_state=on_state)

        self._tap = WebRtcTap(
            settings.taps.webrtc,
            clock,
            connect,
            language=settings.taps.language,
            connect_wait_s=settings.join.connect_wait_s,
        )
        self._is_on = settings.taps.webrtc.enabled

    @property
    def taps(self) -> list[Tap]:
        """The tap, if it is switched on."""
        return [self._tap] if self._is_on else []

    async def open(self, new: NewLine, call_id: str) -> tuple[str, str]:
        """Answer a party's browser; see the tap. Raises NotFoundError where browsers are not taken."""
        if not self._is_on:
            raise NotFoundError("browsers are no source here; set taps.webrtc.enabled")
        party = Party(
            call_id=call_id,
            role=Role(new.party),
            agent=new.agent,
            caller=new.caller,
            line=new.line,
            language=new.language,
        )
        try:
            return await self._tap.open(party, new.sdp, replaces=new.replaces)
        except ProtocolError as error:  # that party is connected already
            raise InputError(str(error)) from error

    async def hang_up(self, line_id: str) -> None:
        """Take a party's goodbye. Raises NotFoundError."""
        await self._tap.hang_up(line_id)
