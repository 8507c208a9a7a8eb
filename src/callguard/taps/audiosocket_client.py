"""Plays a call into an AudioSocket tap the way Asterisk does; for the demo, the simulator and tests."""

import asyncio
from collections.abc import Mapping
from typing import Final

from callguard.clock import Clock
from callguard.errors import CallguardError, CapacityError, ProtocolError, ServiceError
from callguard.taps.audiosocket_wire import ERROR, HANGUP, IDENTITY, MEMORY_ERROR, MessageReader, pack, write_identity
from callguard.terms import Role

AUDIO_8K: Final = 0x10
FRAME: Final = 320
"""Bytes of 20 ms."""
FRAME_S: Final = 0.02
SECOND_NS: Final = 1_000_000_000


async def play_audiosocket(
    address: str, tracks: Mapping[Role, bytes], *, call_id: str, clock: Clock, speed: float | None = 1.0
) -> int:
    """Play 16-bit little-endian audio at 8 kHz, one connection for each role, and hang up.

    `call_id` comes from `audiosocket_wire.call_id_of`, or is a UUID where the only role is unknown. `speed` 1 is real time
    against absolute deadlines, None is as fast as it goes. Returns the monotonic nanosecond at which sample 0 was «spoken».
    Raises ServiceError if nobody answers, CapacityError if the tap is full and ProtocolError if it refuses the call.
    """
    began_ns = clock.monotonic_ns()
    try:
        async with asyncio.TaskGroup() as parties:
            for role, audio in tracks.items():
                identity = write_identity(call_id, role)
                parties.create_task(_play(address, identity, audio, clock=clock, began_ns=began_ns, speed=speed))
    except ExceptionGroup as failed:
        refusals, others = failed.split(CallguardError)
        if refusals is None or others is not None:
            raise
        raise refusals.exceptions[0] from failed
    return began_ns


async def _play(address: str, identity: bytes, audio: bytes, *, clock: Clock, began_ns: int, speed: float | None) -> None:
    host, _, port = address.rpartition(":")
    try:
        reader, writer = await asyncio.open_connection(host.removeprefix("[").removesuffix("]"), int(port))
    except OSError as error:
        raise ServiceError(f"no AudioSocket tap answers at {address}; start `callguard serve` or check the address") from error
    answer = asyncio.create_task(reader.read())
    try:
        writer.write(pack(IDENTITY, identity))
        for number, start in enumerate(range(0, len(audio), FRAME), start=1):
            if speed is not None:
                ahead_s = number * FRAME_S / speed - (clock.monotonic_ns() - began_ns) / SECOND_NS
                await clock.sleep(max(0.0, ahead_s))
            if answer.done():  # the tap has nothing to say in a call that goes well
                break
            writer.write(pack(AUDIO_8K, audio[start : start + FRAME]))
            await writer.drain()
        writer.write(pack(HANGUP))
        _check(await answer)
    except ConnectionError as error:
        raise ProtocolError("the AudioSocket tap hung up in the middle of the call; its log says why") from error
    finally:
        if not answer.cancel():
            answer.exception()  # looked at, so that the event loop does not complain about it
        writer.close()


def _check(answer: bytes) -> None:
    for message in MessageReader().push(answer):
        if message == (ERROR, MEMORY_ERROR):
            raise CapacityError("the AudioSocket tap is full; try again later or raise taps.max_calls")
        if message.kind == ERROR:
            raise ProtocolError("the AudioSocket tap refused the call; its log says why")
