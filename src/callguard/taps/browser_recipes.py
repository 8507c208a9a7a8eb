"""How a softphone that runs in browsers brings its calls: a page and a server to copy, which run as they stand."""

from callguard.operations import Recipe
from callguard.taps.recipes import TOKEN

PAGE = """\
<!doctype html>
<meta charset="utf-8">
<title>Softphone</title>
<!-- One party of a call: softphone.html?party=caller&call=1, and in another browser softphone.html?party=agent&call=1 -->
<button>Let callguard listen</button>
<p role="status"></p>
<audio autoplay></audio>
<script>
  const asked = new URLSearchParams(location.search);

  // Stands beside your own conversation: callguard gets a copy of the microphone and carries nothing between the parties.
  async function letListen(microphone) {
    const peer = new RTCPeerConnection(); // give it your own iceServers where browsers need a relay
    peer.ontrack = ({ track }) => (document.querySelector("audio").srcObject = new MediaStream([track])); // what senior staff say
    peer.onconnectionstatechange = () => (document.querySelector("p").textContent = peer.connectionState);
    peer.addTrack(microphone.getAudioTracks()[0], microphone);
    await peer.setLocalDescription();
    while (peer.iceGatheringState !== "complete")
      await new Promise((done) => peer.addEventListener("icegatheringstatechange", done, { once: true }));
    const answer = await fetch("lines", {
      method: "POST",
      body: JSON.stringify({
        call_id: asked.get("call"),
        party: asked.get("party"),
        sdp: peer.localDescription.sdp,
        replaces: sessionStorage.getItem("line") ?? "", // this page was loaded again: its line of before gives way
      }),
    });
    const line = await answer.json();
    if (!answer.ok) throw new Error(line.message);
    sessionStorage.setItem("line", line.line_id);
    await peer.setRemoteDescription({ type: "answer", sdp: line.sdp });
  }

  document.querySelector("button").onclick = async () => {
    try {
      await letListen(await navigator.mediaDevices.getUserMedia({ audio: true }));
    } catch (error) {
      document.querySelector("p").textContent = error.message;
    }
  };
</script>
"""

SERVER = '''\
"""Serves softphone.html, which lies beside it, and passes browsers' offers on: no browser holds the token. Needs Python only."""

import json
import sys
import urllib.error
import urllib.request
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

CALLGUARD = "{web_url}"
TOKEN = "{token}"
PORT = int(sys.argv[1]) if len(sys.argv) > 1 else 8000
WHO = {{"agent": "sam", "caller": "+442079460001", "line": "Help"}}  # your server knows this; never believe it of a browser


class Softphone(BaseHTTPRequestHandler):
    def do_GET(self):
        self.say(200, "text/html", Path("softphone.html").read_bytes())

    def do_POST(self):
        offer = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        request = urllib.request.Request(
            f"{{CALLGUARD}}/api/lines",
            json.dumps(offer | WHO).encode(),
            {{"Authorization": f"Bearer {{TOKEN}}", "Content-Type": "application/json"}},
        )
        try:
            with urllib.request.urlopen(request) as answer:
                self.say(answer.status, "application/json", answer.read())
        except urllib.error.HTTPError as refusal:
            self.say(refusal.code, "application/json", refusal.read())

    def say(self, status, kind, body):
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


server = ThreadingHTTPServer(("127.0.0.1", PORT), Softphone)
print(f"http://127.0.0.1:{{server.server_port}}/softphone.html?party=caller&call=1", flush=True)
server.serve_forever()
'''


def browser_recipes(web_url: str) -> tuple[Recipe, ...]:
    """Return how a page and its server bring calls to callguard at `web_url`."""
    return (
        Recipe(name="softphone_page", language="html", text=PAGE),
        Recipe(name="softphone_server", language="python", text=SERVER.format(web_url=web_url, token=TOKEN)),
    )
