"""Phone calls for benchmarks: cheap enough to leave the machine to the server that is measured.

Everything is encoded before the first call begins. One thread sends the messages of all calls over plain sockets, two
WebSocket frames a call every 20 ms as Twilio does, against absolute deadlines. Masks are zero, which RFC 6455 allows: the server
unmasks all the same.

    python benchmarks/phone_calls.py --port 8081 --calls 28 --seconds 60 [--silent] [--spread 6]

Ends with one line of JSON: when sample 0 of each call was due, its own use of the processor, how late it sent.
"""

import argparse
import base64
import json
import os
import random
import resource
import socket as sockets
import struct
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from callguard.demo.audio import mulaw_tracks
from callguard.demo.script import load_demo_calls
from callguard.media.g711 import encode_mulaw
from callguard.taps.twilio_client import media_message, start_message
from callguard.terms import Role

RATE = 8000
FRAME = 160
FRAME_NS = 20_000_000
PHASES = 4
"""Calls begin at so many places within 20 ms: they come from many machines in no rhythm."""
QUIET_LEVEL = 0.0006
"""Of the noise on a line where nobody speaks, about -64 dBFS."""
PAUSE = 0.25
"""Of a turn's own length, after it: with turns in alternation each party then speaks 40 % of the time."""
OP_TEXT, OP_CLOSE, OP_PING, OP_PONG = 1, 8, 9, 10

Sound = npt.NDArray[np.float32]


@dataclass
class PhoneCall:
    """One call and what it has yet to send."""

    call_id: str
    frames: list[tuple[bytes, bytes]]
    start_slot: int
    socket: sockets.socket = field(default_factory=sockets.socket)
    received: bytearray = field(default_factory=bytearray)
    began_ns: int = 0
    is_broken: bool = False


def turns() -> dict[Role, list[bytes]]:
    """Return what each party of the demo calls says, turn by turn, as µ-law."""
    found: dict[Role, list[bytes]] = {Role.CALLER: [], Role.AGENT: []}
    for call in load_demo_calls():
        tracks = mulaw_tracks(call.audio)
        for turn in call.turns:
            role = Role(turn.speaker)
            found[role].append(tracks[role][int(turn.start_s * RATE) : int(turn.end_s * RATE)])
    return found


def conversation(seconds: float, seed: int, spoken: dict[Role, list[bytes]], noise: bytes) -> dict[Role, bytes]:
    """Return a call in which the parties take turns and each speaks 40 % of the time."""
    chance = random.Random(seed)  # no secret
    length = int(seconds * RATE)
    tracks = {role: bytearray() for role in spoken}
    speaker = chance.choice(list(spoken))
    while len(tracks[speaker]) < length:
        said = chance.choice(spoken[speaker])
        pause = int(len(said) * PAUSE)
        for role, track in tracks.items():
            track.extend(said if role is speaker else _noise(noise, chance, len(said)))
            track.extend(_noise(noise, chance, pause))
        speaker = next(role for role in spoken if role is not speaker)
    return {role: bytes(track[:length]) for role, track in tracks.items()}


def _noise(noise: bytes, chance: random.Random, length: int) -> bytes:
    start = chance.randrange(len(noise) // 2)
    rounds = 1 + (start + length) // len(noise)
    return (noise * rounds)[start : start + length]


def line_noise(seconds: float = 20.0) -> bytes:
    """Return the sound of a line where nobody speaks."""
    sound: Sound = np.random.default_rng(3).standard_normal(int(seconds * RATE)).astype(np.float32) * np.float32(QUIET_LEVEL)
    return encode_mulaw(sound)


def websocket_frame(payload: bytes, opcode: int = OP_TEXT) -> bytes:
    """Return a masked frame as a client sends it."""
    head = bytes([0x80 | opcode])
    size = len(payload)
    length = bytes([0x80 | size]) if size < 126 else bytes([0x80 | 126]) + struct.pack(">H", size)
    return head + length + b"\0\0\0\0" + payload


GOODBYE = websocket_frame(b'{"event":"stop","sequenceNumber":"9","streamSid":"MZ","stop":{}}') + websocket_frame(
    struct.pack(">H", 1000), OP_CLOSE
)


def encode(tracks: dict[Role, bytes], stream_sid: str) -> list[tuple[bytes, bytes]]:
    """Return both parties' messages of every 20 ms, as they go over the wire."""
    frames = []
    names = {Role.CALLER: "inbound", Role.AGENT: "outbound"}
    sequence = 1
    for number in range(min(map(len, tracks.values())) // FRAME):
        pair = []
        for role, audio in tracks.items():
            sequence += 1
            payload = audio[number * FRAME : (number + 1) * FRAME]
            message = media_message(
                stream_sid, sequence, track=names[role], chunk=number + 1, timestamp_ms=number * 20, payload=payload
            )
            pair.append(websocket_frame(message.encode()))
        frames.append((pair[0], pair[1]))
    return frames


def connect(port: int, call_id: str) -> sockets.socket:
    """Open a media stream and say who is calling."""
    connection = sockets.create_connection(("127.0.0.1", port), timeout=10)
    connection.setsockopt(sockets.IPPROTO_TCP, sockets.TCP_NODELAY, 1)
    key = base64.b64encode(os.urandom(16)).decode()
    connection.sendall(
        f"GET /twilio HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
        f"Sec-WebSocket-Key: {key}\r\nSec-WebSocket-Version: 13\r\n\r\n".encode()
    )
    answer = b""
    while b"\r\n\r\n" not in answer:
        piece = connection.recv(4096)
        if not piece:
            sys.exit("the tap closed the connection in the handshake")
        answer += piece
    if b" 101 " not in answer.split(b"\r\n", 1)[0]:
        sys.exit(f"the tap answered {answer.splitlines()[0].decode()}")
    start = start_message(call_id, ("inbound", "outbound"), {"agent": "bench", "line": "benchmark"})
    connection.sendall(websocket_frame(json.dumps({"event": "connected", "protocol": "Call", "version": "1.0.0"}).encode()))
    connection.sendall(websocket_frame(json.dumps(start).encode()))
    connection.settimeout(None)  # with a timeout, Python would wait even where it is told not to
    return connection


def answer_pings(call: PhoneCall) -> None:
    """Read what the tap has sent; note when it has hung up."""
    try:
        piece = call.socket.recv(65536, sockets.MSG_DONTWAIT)
    except BlockingIOError:
        return
    except OSError:
        call.is_broken = True
        return
    call.received += piece
    call.is_broken = call.is_broken or not piece
    while len(call.received) >= 2 and len(call.received) >= 2 + (size := call.received[1] & 0x7F):
        opcode, payload = call.received[0] & 0x0F, bytes(call.received[2 : 2 + size])
        del call.received[: 2 + size]
        if opcode == OP_PING and not call.is_broken:
            call.socket.sendall(websocket_frame(payload, OP_PONG))
        elif opcode == OP_CLOSE:
            call.is_broken = True
            print(f"{call.call_id} was closed: {payload!r}", file=sys.stderr)


def play(calls: Sequence[PhoneCall]) -> list[float]:
    """Send everything in real time; return how late each slot of 5 ms was, in ms."""
    slot_ns = FRAME_NS // PHASES
    begin_ns = time.monotonic_ns() + 50_000_000
    for call in calls:
        call.began_ns = begin_ns + call.start_slot * slot_ns - FRAME_NS  # a frame is sent when its last sample was spoken
    by_phase = [[call for call in calls if call.start_slot % PHASES == phase] for phase in range(PHASES)]
    last = max(call.start_slot + PHASES * len(call.frames) for call in calls) + 1
    late_ms = []
    for slot in range(last):
        due_ns = begin_ns + slot * slot_ns
        wait_ns = due_ns - time.monotonic_ns()
        if wait_ns > 0:
            time.sleep(wait_ns / 1e9)
        late_ms.append((time.monotonic_ns() - due_ns) / 1e6)
        for call in by_phase[slot % PHASES]:
            number = (slot - call.start_slot) // PHASES
            if not 0 <= number <= len(call.frames) or call.is_broken:
                continue
            if number == len(call.frames):
                call.socket.sendall(GOODBYE)
                continue
            try:
                call.socket.sendall(call.frames[number][0])
                call.socket.sendall(call.frames[number][1])
            except OSError:
                call.is_broken = True
            if number % 50 == 0:
                answer_pings(call)
    return late_ms


def hang_up(calls: Sequence[PhoneCall]) -> int:
    """Wait for the tap to close the calls, which have said stop; return how many were cut off before that."""
    broken = sum(call.is_broken for call in calls)
    whole = [call for call in calls if not call.is_broken]
    for call in whole:
        call.socket.settimeout(10)
        try:
            while call.socket.recv(65536):
                pass
        except OSError:
            broken += 1
        call.socket.close()
    return broken


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--calls", type=int, required=True)
    parser.add_argument("--seconds", type=float, required=True)
    parser.add_argument("--silent", action="store_true", help="nobody speaks: line noise only")
    parser.add_argument("--first", type=int, default=0, help="number of the first call")
    parser.add_argument("--spread", type=float, default=6.0, help="seconds over which the calls begin")
    arguments = parser.parse_args()
    spoken, noise = turns(), line_noise()
    calls = []
    for number in range(arguments.calls):
        call_id = f"CA{arguments.first + number:04}"
        tracks = (
            dict.fromkeys(spoken, (noise * (1 + int(arguments.seconds) // 20))[: int(arguments.seconds * RATE)])
            if arguments.silent
            else conversation(arguments.seconds, number, spoken, noise)
        )
        slot = int(arguments.spread * 200 * number / arguments.calls) if arguments.calls > 1 else 0
        calls.append(PhoneCall(call_id, encode(tracks, f"MZ{number:04}"), slot))
    for call in calls:
        call.socket = connect(arguments.port, call.call_id)
    print("playing", flush=True)
    began_cpu_s = time.process_time()
    began = time.monotonic()
    late_ms = play(calls)
    cpu = (time.process_time() - began_cpu_s) / (time.monotonic() - began)
    broken = hang_up(calls)
    result = {
        "began_ns": {call.call_id: call.began_ns for call in calls},
        "cpu": round(cpu, 4),
        "late_p99_ms": round(float(np.percentile(late_ms, 99)), 1),
        "broken": broken,
        "rss_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024,
    }
    print(json.dumps(result))


if __name__ == "__main__":
    main()
