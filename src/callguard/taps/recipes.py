"""How a phone system is connected to a tap: texts to copy, with this server's addresses in them."""

from callguard.operations import Recipe

TOKEN = "PUT-THE-TOKEN-HERE"  # noqa: S105  # a place to fill, no secret
"""Where a bearer token that an admin has made belongs."""

TWIML = """\
<?xml version="1.0" encoding="UTF-8"?>
<Response>
  <Start>
    <Stream url="{url}" track="both_tracks">
      <!-- agent: the log-in name of whoever takes the call; it decides who sees it -->
      <Parameter name="agent" value="sam"/>
      <Parameter name="caller" value="+442079460001"/>
      <Parameter name="line" value="Repairs"/>
      <Parameter name="language" value="{language}"/>
    </Stream>
  </Start>
  <!-- your own <Dial> goes on here -->
</Response>
"""

WEBSOCKET = '''\
"""Brings one call to callguard: caller.ulaw and agent.ulaw, G.711 µ-law at 8 kHz. Needs `pip install websockets`."""

import asyncio
import base64
import json
from pathlib import Path

from websockets.asyncio.client import connect

URL = "{url}"
TOKEN = "{token}"
TRACKS = {{"inbound": Path("caller.ulaw").read_bytes(), "outbound": Path("agent.ulaw").read_bytes()}}
FRAME = 160  # bytes, 20 ms


async def main() -> None:
    start = {{
        "streamSid": "MZ1",
        "accountSid": "AC1",
        "callSid": "CA1",  # your own id of the call, another one each time
        "tracks": list(TRACKS),
        "customParameters": {{"agent": "sam", "caller": "+442079460001", "line": "Repairs", "language": "{language}"}},
        "mediaFormat": {{"encoding": "audio/x-mulaw", "sampleRate": 8000, "channels": 1}},
    }}
    async with connect(URL, additional_headers={{"Authorization": f"Bearer {{TOKEN}}"}}) as socket:
        await socket.send(json.dumps({{"event": "connected", "protocol": "Call", "version": "1.0.0"}}))
        await socket.send(json.dumps({{"event": "start", "sequenceNumber": "1", "streamSid": "MZ1", "start": start}}))
        sequence = 1
        for number in range(max(map(len, TRACKS.values())) // FRAME):
            for track, audio in TRACKS.items():
                payload = audio[number * FRAME : (number + 1) * FRAME]
                if not payload:
                    continue
                sequence += 1
                media = {{
                    "track": track,
                    "chunk": str(number + 1),
                    "timestamp": str(number * 20),
                    "payload": base64.b64encode(payload).decode(),
                }}
                message = {{"event": "media", "sequenceNumber": str(sequence), "streamSid": "MZ1", "media": media}}
                await socket.send(json.dumps(message))
            await asyncio.sleep(0.02)  # a real source sends as the audio comes
        stop = {{"accountSid": "AC1", "callSid": "CA1"}}
        await socket.send(json.dumps({{"event": "stop", "sequenceNumber": str(sequence + 1), "streamSid": "MZ1", "stop": stop}}))
        await socket.wait_closed()


asyncio.run(main())
'''

DIALPLAN = """\
; extensions.conf. ARI creates two snoop channels for each call into this context, spy=in and spy=out. The extension of each is
; a UUID of version 8 with its hyphens: its first 31 digits name the call, the last one says who is heard (1 caller, 2 agent).
[callguard]
exten => _[0-9a-f].,1,Answer()
 same => n,AudioSocket(${{EXTEN}},{address})
 same => n,Hangup()
"""

WHOSE_CALL = """\
; extensions.conf, where calls arrive. AudioSocket has no place for names: say here who calls, on which line, in which language,
; and whose call it is as soon as you know (agent=LOG-IN-NAME). Before the audio connects or while the call runs.
; GUARD_ID: the first 31 digits of both snoops' UUIDs, without hyphens.
 same => n,Set(U=${{FILTER(0-9a-f,${{UUID()}})}})
 same => n,Set(GUARD_ID=${{U:0:12}}8${{U:13:18}})
 same => n,Set(CURLOPT(httptimeout)=2)
 same => n,Set(CURLOPT(httpheader)=Authorization: Bearer {token})
 same => n,Set(SAID=${{CURL({web_url}/api/calls/${{GUARD_ID}}/details,{form})}})

# The same from a shell:
curl {web_url}/api/calls/CALL_ID/details -H "Authorization: Bearer {token}" \\
  -d agent=sam --data-urlencode caller=+442079460001 -d line=Repairs -d language={language}
"""

FORM = "caller=${{URIENCODE(${{CALLERID(num)}})}}&line=${{URIENCODE(${{EXTEN}})}}&language={language}"
"""What a dialplan knows of a call, as a form: text from outside cannot break out of it."""


def twilio_recipes(url: str, *, language: str) -> tuple[Recipe, ...]:
    """Return how Twilio, and any program that speaks the protocol of its Media Streams, brings calls to `url`."""
    return (
        Recipe(name="twiml", language="xml", text=TWIML.format(url=url, language=language)),
        Recipe(name="websocket", language="python", text=WEBSOCKET.format(url=url, language=language, token=TOKEN)),
    )


def audiosocket_recipes(address: str, *, web_url: str, language: str) -> tuple[Recipe, ...]:
    """Return how Asterisk brings calls to `address` (host:port), and says at `web_url` what AudioSocket has no place for."""
    whose_call = WHOSE_CALL.format(web_url=web_url, token=TOKEN, language=language, form=FORM.format(language=language))
    return (
        Recipe(name="dialplan", language="dialplan", text=DIALPLAN.format(address=address)),
        Recipe(name="whose_call", language="shell", text=whose_call),
    )
