"""One Twilio media stream: from its JSON messages to frames, gaps and keys. No sockets here.

What is wrong with a message decides how the stream is refused: InputError for bytes that cannot be read, ProtocolError for
messages that have no place here, AudioFormatError for audio of another kind. A `media` message that cannot be read is as good as
lost and becomes a Gap; after BAD_IN_A_ROW of them the stream is given up.
"""

import binascii
import re
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Final

import orjson

from callguard.errors import AudioFormatError, InputError, ProtocolError
from callguard.events import CallStarted, Gap, KeyPressed
from callguard.speech import AudioFrame
from callguard.taps.track_order import TrackOrder
from callguard.terms import Role

BAD_IN_A_ROW: Final = 50
"""One second of one track that cannot be read."""
MULAW_FORMAT: Final = ("audio/x-mulaw", 8000, 1)
CALL_ID: Final = re.compile(r"[A-Za-z0-9_-]{1,64}")  # becomes a folder's name and part of addresses
LANGUAGE: Final = re.compile(r"[A-Za-z]{2,3}(-[A-Za-z0-9]{1,8})*")
LONGEST_PARAMETER: Final = 200
LONGEST_NUMBER: Final = 10  # digits: four months in milliseconds

Json = Mapping[str, Any]
Heard = AudioFrame | Gap | KeyPressed


class TwilioStream:
    """State of one stream; `push` its messages in the order in which they come."""

    def __init__(self, inbound: Role, language: str) -> None:
        """`inbound` is who speaks on Twilio's inbound track; `language` is taken where the call does not say."""
        outbound = Role.AGENT if inbound is Role.CALLER else Role.CALLER
        self._roles: Mapping[str, Role] = {"inbound": inbound, "outbound": outbound}
        self._language = language
        self._tracks: dict[str, TrackOrder] = {}
        self._bad_in_a_row = 0
        self.bad = 0
        """Messages of the running call that could not be read."""
        self.is_over = False
        """Whether Twilio said `stop`."""
        self.stream_sid = ""
        self.plays_to: Role | None = None
        """Who hears what is sent back, if anybody does: the parameter `plays_to` of a bidirectional stream."""
        self.marks = 0
        """Marks that came back: what was sent before each has been heard."""

    @property
    def has_started(self) -> bool:
        """Whether the call is known."""
        return bool(self._tracks)

    @property
    def lost(self) -> int:
        """Messages that never came, could not be read or came too late."""
        return sum(track.lost + track.late for track in self._tracks.values())

    def start(self, message: bytes, now: datetime) -> CallStarted | None:
        """Take a message before the call is known; returns the call at `start`, None before it.

        Raises InputError, ProtocolError or AudioFormatError.
        """
        parsed = _parse(message)
        event = parsed.get("event")
        if event == "connected":
            return None
        if event != "start":
            raise ProtocolError(f"{_name_of(event)} came before start; send connected, then start")
        start = _object(parsed, "start")
        call_id = start.get("callSid")
        if not isinstance(call_id, str) or not CALL_ID.fullmatch(call_id):
            raise ProtocolError("start has no usable callSid; expected 1 to 64 letters, digits, «-» or «_»")
        _check_format(start.get("mediaFormat"))
        announced = start.get("tracks", ["inbound", "outbound"])
        tracks = [_track_name(track) for track in announced] if isinstance(announced, list) else []
        if not tracks or not self._roles.keys() >= set(tracks):
            raise ProtocolError("start announces other tracks than inbound and outbound; expected one of them or both")
        parameters = start.get("customParameters") or {}
        self.stream_sid = start["streamSid"] if isinstance(start.get("streamSid"), str) else ""
        self._take_leg(_parameter(parameters, "plays_to"))
        self._tracks = {track: TrackOrder(call_id, self._roles[track]) for track in tracks}
        return self._call(call_id, parameters, now)

    def push(self, message: bytes, received_ns: int) -> Sequence[Heard]:
        """Take a message of the running call. Raises InputError, ProtocolError or AudioFormatError."""
        try:
            parsed = orjson.loads(message)
            event = parsed["event"]
            if event == "media":
                media = parsed["media"]
                track = self._tracks.get(media["track"])
        except (orjson.JSONDecodeError, KeyError, TypeError):  # no JSON, or none of this shape
            return self._count_bad()
        if event == "media":
            return self._media(track, media, received_ns)
        if not isinstance(event, str):
            return self._count_bad()
        if event == "dtmf":
            return self._key(parsed.get("dtmf"))
        if event == "stop":
            self.is_over = True
        elif event == "mark":
            self.marks += 1
        elif event in {"start", "connected"}:
            raise ProtocolError(f"{event} came a second time; open a new connection for a new stream")
        return []  # events that Twilio adds one day

    def flush(self) -> list[Heard]:
        """Return what still waits for messages that will not come; called once, when the stream is over."""
        return [item for track in self._tracks.values() for item in track.flush()]

    def _take_leg(self, plays_to: str) -> None:
        """Take in on whose leg a bidirectional stream hangs: who hears it is who speaks on its inbound track."""
        if plays_to not in {Role.CALLER, Role.AGENT} or not self.stream_sid:
            return
        self.plays_to = Role(plays_to)
        other = Role.AGENT if self.plays_to is Role.CALLER else Role.CALLER
        self._roles = {"inbound": self.plays_to, "outbound": other}

    def _media(self, track: TrackOrder | None, media: Json, received_ns: int) -> Sequence[Heard]:
        if track is None:
            raise ProtocolError("media of a track that start did not announce; expected inbound or outbound")
        chunk = _number(media.get("chunk"))
        try:
            payload = binascii.a2b_base64(media["payload"], strict_mode=True)
        except (ValueError, TypeError, KeyError):  # binascii's own error is a ValueError
            payload = b""
        if payload:
            self._bad_in_a_row = 0
            return track.push(chunk, _number(media.get("timestamp")), received_ns, payload)
        self._count_bad()
        return track.push(chunk, None, received_ns, None)

    def _key(self, dtmf: object) -> list[Heard]:
        """Take a key; one that nobody announced or that cannot be read is counted, for no key is worth a call's guard."""
        track = self._tracks.get(_track_name(dtmf.get("track", "inbound"))) if isinstance(dtmf, dict) else None
        if track is None:
            self.bad += 1
            return []
        return [KeyPressed(call_id=track.call_id, channel=track.channel, at_sample=track.position)]

    def _count_bad(self) -> list[Heard]:
        self.bad += 1
        self._bad_in_a_row += 1
        if self._bad_in_a_row >= BAD_IN_A_ROW:
            raise InputError(f"{BAD_IN_A_ROW} messages in a row cannot be read; expected JSON with µ-law as base64")
        return []

    def _call(self, call_id: str, parameters: Json, now: datetime) -> CallStarted:
        language = _parameter(parameters, "language")
        return CallStarted(
            call_id=call_id,
            tap="twilio",
            started_at=now,
            channels=tuple(track.channel for track in self._tracks.values()),
            agent=_parameter(parameters, "agent"),
            caller=_parameter(parameters, "caller"),
            line=_parameter(parameters, "line"),
            language=language if LANGUAGE.fullmatch(language) else self._language,
        )


def media_out(stream_sid: str, payload: bytes) -> str:
    """Return the message that lets the leg hear µ-law."""
    media = {"payload": binascii.b2a_base64(payload, newline=False).decode()}
    return orjson.dumps({"event": "media", "streamSid": stream_sid, "media": media}).decode()


def mark_out(stream_sid: str, name: str) -> str:
    """Return the message that Twilio sends back once all before it has been heard."""
    return orjson.dumps({"event": "mark", "streamSid": stream_sid, "mark": {"name": name}}).decode()


def clear_out(stream_sid: str) -> str:
    """Return the message that empties Twilio's buffer."""
    return orjson.dumps({"event": "clear", "streamSid": stream_sid}).decode()


def _parse(message: bytes) -> Json:
    try:
        parsed = orjson.loads(message)
    except orjson.JSONDecodeError as error:
        raise InputError(f"a message of {len(message)} bytes is not JSON; expected a Twilio Media Streams message") from error
    if not isinstance(parsed, dict):
        raise InputError("a message is no JSON object; expected a Twilio Media Streams message")
    return parsed


def _object(message: Json, name: str) -> Json:
    value = message.get(name)
    if not isinstance(value, dict):
        raise ProtocolError(f"{name} has no «{name}» object; expected one as Twilio sends it")
    return value


def _check_format(media_format: object) -> None:
    found = media_format if isinstance(media_format, dict) else {}
    if (found.get("encoding"), found.get("sampleRate"), found.get("channels")) != MULAW_FORMAT:
        raise AudioFormatError("mediaFormat of start is not audio/x-mulaw, 8000 Hz, 1 channel; callguard reads nothing else here")


def _track_name(track: object) -> str:
    return track.removesuffix("_track") if isinstance(track, str) else ""


def _parameter(parameters: Json, name: str) -> str:
    value = parameters.get(name, "") if isinstance(parameters, dict) else ""
    return value[:LONGEST_PARAMETER] if isinstance(value, str) else ""


def _number(value: object) -> int | None:
    """Read a counter, which Twilio writes as a string; None where it is none."""
    if isinstance(value, str) and value.isascii() and value.isdigit() and len(value) <= LONGEST_NUMBER:
        return int(value)
    return value if isinstance(value, int) and 0 <= value < 10**LONGEST_NUMBER else None


def _name_of(event: object) -> str:
    return event if isinstance(event, str) and event in {"media", "dtmf", "mark", "stop"} else "an unknown event"
