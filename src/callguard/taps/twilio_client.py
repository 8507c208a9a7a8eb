"""Plays a call into a Twilio tap the way Twilio does; for the demo, the simulator and tests."""

import asyncio
import json
from base64 import b64encode
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Final
from urllib.parse import urlsplit

from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed, InvalidHandshake, InvalidStatus, InvalidURI
from websockets.frames import Close

from callguard.clock import Clock
from callguard.errors import AccessError, CapacityError, ProtocolError, ServiceError
from callguard.hosts import is_loopback
from callguard.taps.twilio_signature import SIGNATURE_HEADER, sign

FRAME: Final = 160
FRAME_S: Final = 0.02
SECOND_NS: Final = 1_000_000_000
NORMAL_CLOSURE: Final = 1000
ABNORMAL_CLOSURE: Final = 1006
TRY_AGAIN_LATER: Final = 1013
ACCOUNT: Final = "AC0"


async def play_twilio(
    url: str,
    tracks: Mapping[str, bytes],
    *,
    call_sid: str,
    clock: Clock,
    parameters: Mapping[str, str] | None = None,
    bearer_token: str = "",
    auth_token: str = "",
    speed: float | None = 1.0,
) -> int:
    """Play µ-law, 8 kHz, of «inbound» and «outbound» from `connected` to `stop`; the shorter track just ends.

    `speed` 1 is real time against absolute deadlines, so that sleeping late does not add up; None is as fast as it goes.
    Returns the monotonic nanosecond at which sample 0 was «spoken».
    Raises ServiceError if nobody answers, AccessError if the tap wants a signature or token, CapacityError if it is full, and
    ProtocolError if it hangs up on the stream.
    """
    headers = {}
    if auth_token:
        headers[SIGNATURE_HEADER] = sign(url, auth_token)
    if bearer_token:
        headers["Authorization"] = f"Bearer {bearer_token}"
    try:
        async with connect(url, additional_headers=headers, compression=None, proxy=None if _is_here(url) else True) as socket:
            return await _play(socket, tracks, start_message(call_sid, tracks, parameters or {}), clock=clock, speed=speed)
    except InvalidStatus as error:
        status = error.response.status_code
        if status in {401, 403}:
            raise AccessError(f"the Twilio tap answered {status}; show its bearer token or sign with its auth token") from error
        raise ServiceError(f"{url} answered {status} instead of opening a WebSocket; check the address") from error
    except (OSError, InvalidHandshake, InvalidURI, TimeoutError) as error:
        raise ServiceError(f"no Twilio tap answers at {url}; start `callguard serve` or check the address") from error
    except ConnectionClosed as error:
        close = error.rcvd or Close(ABNORMAL_CLOSURE, "the connection was lost")
        raise _refusal(close.code, close.reason) from error


def _is_here(url: str) -> bool:
    """Whether the tap is on this machine, where no proxy for the network outside is to be asked for it."""
    return is_loopback(urlsplit(url).hostname or "")


async def _play(
    socket: ClientConnection, tracks: Mapping[str, bytes], start: Mapping[str, Any], *, clock: Clock, speed: float | None
) -> int:
    stream_sid = start["streamSid"]
    await socket.send(json.dumps({"event": "connected", "protocol": "Call", "version": "1.0.0"}))
    await socket.send(json.dumps(start))
    began_ns = clock.monotonic_ns()
    sequence = 1
    for number, frames in enumerate(_frames(tracks)):
        if speed is not None:
            ahead_s = (number + 1) * FRAME_S / speed - (clock.monotonic_ns() - began_ns) / SECOND_NS
            await clock.sleep(max(0.0, ahead_s))
        elif number % 50 == 0:
            await asyncio.sleep(0)
        for track, payload in frames:
            sequence += 1
            await socket.send(
                media_message(stream_sid, sequence, track=track, chunk=number + 1, timestamp_ms=number * 20, payload=payload)
            )
    stop = {"accountSid": ACCOUNT, "callSid": start["start"]["callSid"]}
    await socket.send(json.dumps({"event": "stop", "sequenceNumber": f"{sequence + 1}", "streamSid": stream_sid, "stop": stop}))
    await socket.wait_closed()
    if socket.close_code != NORMAL_CLOSURE:
        raise _refusal(socket.close_code, socket.close_reason)
    return began_ns


def media_message(stream_sid: str, sequence: int, *, track: str, chunk: int, timestamp_ms: int, payload: bytes) -> str:
    """Return one `media` message."""
    return (
        f'{{"event":"media","sequenceNumber":"{sequence}","streamSid":"{stream_sid}","media":{{"track":"{track}",'
        f'"chunk":"{chunk}","timestamp":"{timestamp_ms}","payload":"{b64encode(payload).decode()}"}}}}'
    )


def start_message(call_sid: str, tracks: Iterable[str], parameters: Mapping[str, str]) -> dict[str, Any]:
    """Return the `start` message of a µ-law stream."""
    stream_sid = f"MZ{call_sid[2:]}"
    start = {
        "streamSid": stream_sid,
        "accountSid": ACCOUNT,
        "callSid": call_sid,
        "tracks": list(tracks),
        "customParameters": dict(parameters),
        "mediaFormat": {"encoding": "audio/x-mulaw", "sampleRate": 8000, "channels": 1},
    }
    return {"event": "start", "sequenceNumber": "1", "streamSid": stream_sid, "start": start}


def _refusal(code: int | None, reason: str | None) -> CapacityError | ProtocolError:
    kind = CapacityError if code == TRY_AGAIN_LATER else ProtocolError
    return kind(f"the Twilio tap closed the stream with {code}: {reason or 'no reason given'}")


def _frames(tracks: Mapping[str, bytes]) -> Iterator[list[tuple[str, bytes]]]:
    for start in range(0, max(map(len, tracks.values()), default=0), FRAME):
        yield [(track, audio[start : start + FRAME]) for track, audio in tracks.items() if start < len(audio)]
