"""A bundled call as Twilio would stream it."""

from collections.abc import Mapping

from callguard.clock import Clock
from callguard.demo.script import DemoCall
from callguard.taps.twilio_client import play_twilio
from callguard.terms import Role


async def play_call(url: str, call_id: str, call: DemoCall, tracks: Mapping[Role, bytes], clock: Clock) -> None:
    """Play `call` in real time: the caller as the inbound track, the agent as the outbound one."""
    await play_twilio(
        url,
        {"inbound": tracks[Role.CALLER], "outbound": tracks[Role.AGENT]},
        call_sid=call_id,
        clock=clock,
        parameters={"agent": call.script.agent, "caller": call.script.caller, "line": call.script.organisation},
    )
