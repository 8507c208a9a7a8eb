"""Senior staff in a call, through a whole server: real tap, real WebRTC on the loopback interface, real store."""

import asyncio
import json
from base64 import b64decode
from pathlib import Path
from typing import Any

import httpx
import numpy as np
import orjson
from websockets.asyncio.client import ClientConnection, connect

from callguard.accounts import TokenScope
from callguard.app.server import Running
from callguard.deliver.join_routes import JoinedShown, JoinShown
from callguard.media.g711 import decode_mulaw, encode_mulaw
from callguard.settings import Settings, load_settings
from callguard.taps.twilio_client import media_message, start_message
from tests.app.test_server import serving, watching
from tests.join.browser import SeniorBrowser
from tests.taps.test_playing_back import strength, tone

AGENT_HZ, SENIOR_HZ = 600.0, 1000.0


def settings_in(folder: Path, **join: Any) -> Settings:
    return load_settings(
        data_dir=folder,
        http={"port": 0},
        taps={"twilio": {"port": 0}, "audiosocket": {"port": 0}},
        transcribe={"engine": "pocketsphinx", "workers": 1},
        join={"addresses": ["127.0.0.1"], "call_instead": "4711", **join},
        record={"audio": False},
    )


class AgentLeg:
    """A bidirectional Twilio stream on the agent's leg: the agent hums, and hears what callguard sends back."""

    def __init__(self, link: ClientConnection) -> None:
        self._link = link
        self.heard: list[bytes] = []
        self.has_heard = asyncio.Event()
        self._tasks = [asyncio.create_task(self._hum()), asyncio.create_task(self._hear())]

    @classmethod
    async def call(cls, address: str) -> "AgentLeg":
        link = await connect(address)
        await link.send(json.dumps({"event": "connected"}))
        await link.send(json.dumps(start_message("CA1", ["inbound"], {"plays_to": "agent", "agent": "sam"})))
        return cls(link)

    async def _hum(self) -> None:
        hum = encode_mulaw(tone(0.1, hertz=AGENT_HZ)[::2])  # whole periods, so that it goes on without a click
        began, chunk = asyncio.get_running_loop().time(), 0
        while True:
            payload = hum[(chunk % 5) * 160 : (chunk % 5 + 1) * 160]
            message = media_message("MZ1", chunk + 2, track="inbound", chunk=chunk + 1, timestamp_ms=chunk * 20, payload=payload)
            await self._link.send(message)
            chunk += 1
            await asyncio.sleep(max(0.0, began + chunk * 0.02 - asyncio.get_running_loop().time()))

    async def _hear(self) -> None:
        async for text in self._link:
            message = json.loads(text)
            if message["event"] == "media":
                self.heard.append(b64decode(message["media"]["payload"]))
                self.has_heard.set()

    async def until_hears(self, hertz: float) -> None:
        async with asyncio.timeout(20):
            while not self.heard or strength(decode_mulaw(b"".join(self.heard[-10:])), hertz, 8000) < 0.2:
                self.has_heard.clear()
                await self.has_heard.wait()

    async def until_hears_anything(self) -> None:
        """Wait for a sound that is none of silence's codes."""
        async with asyncio.timeout(20):
            while not self.heard or np.abs(decode_mulaw(self.heard[-1])).max() < 0.05:
                self.has_heard.clear()
                await self.has_heard.wait()

    async def hang_up(self) -> None:
        self._tasks[0].cancel()
        await self._link.send(json.dumps({"event": "stop"}))
        await self._link.wait_closed()
        await asyncio.gather(*self._tasks, return_exceptions=True)


async def senior_client(server: Running, name: str) -> httpx.AsyncClient:
    token = await server.doorkeeper.issue_token(name, TokenScope.SENIOR)
    return httpx.AsyncClient(base_url=server.url, headers={"Authorization": f"Bearer {token}"})


async def test_a_senior_listens_whispers_to_the_agent_and_all_of_it_is_stored(tmp_path: Path) -> None:
    async with serving(settings_in(tmp_path)) as server, watching(server, []) as console:
        agent, senior = await AgentLeg.call(server.taps["twilio"]), SeniorBrowser(hertz=SENIOR_HZ)
        async with await senior_client(server, "ana") as client:
            await console.wait_for("CA1", type="call_started")
            shown = (await client.get("/api/calls/CA1/join")).json()
            JoinShown.model_validate(shown)  # what OpenAPI promises
            can = shown["ways"]
            answer = await client.post("/api/calls/CA1/join", json={"mode": "listen", "sdp": await senior.offer()})
            joined: dict[str, Any] = answer.json()
            assert answer.status_code == 201, joined
            JoinedShown.model_validate(joined)
            await senior.accept(joined["sdp"])
            await senior.until(lambda: senior.strength(AGENT_HZ) > 0.3)
            assert agent.heard == []
            changed = await client.patch(f"/api/calls/CA1/join/{joined['join_id']}", json={"mode": "whisper"})
            assert changed.status_code == 200
            await agent.until_hears(SENIOR_HZ)
            refused = await client.patch(f"/api/calls/CA1/join/{joined['join_id']}", json={"mode": "interject"})
            assert refused.status_code == 400
            assert "4711" in refused.json()["message"]
            await agent.hang_up()
            await senior.close()
        await console.wait_for("CA1", type="staff_join", phase="left")
        story = await told(server)
        times = [event["at_s"] for event in await join_events(server)]
    assert can["browser"] == ["listen", "whisper"]
    assert times == sorted(times), "who stays to the end leaves at the end, and not in the call's first second"
    assert story == [("asked", "listen"), ("joined", "listen"), ("changed", "whisper"), ("left", "whisper")]


async def join_events(server: Running) -> list[dict[str, Any]]:
    return [orjson.loads(event.body) for event in await server.store.events_of_call("CA1", types=["staff_join"])]


async def told(server: Running) -> list[tuple[str, str]]:
    return [(event["phase"], event["mode"]) for event in await join_events(server)]


async def test_an_agent_is_refused_on_every_route_of_a_join(tmp_path: Path) -> None:
    async with serving(settings_in(tmp_path)) as server:
        agent = await AgentLeg.call(server.taps["twilio"])
        token = await server.doorkeeper.issue_token("sam", TokenScope.AGENT)
        async with httpx.AsyncClient(base_url=server.url, headers={"Authorization": f"Bearer {token}"}) as client:
            tries = [
                await client.get("/api/calls/CA1/join"),
                await client.post("/api/calls/CA1/join", json={"mode": "listen", "sdp": "v=0"}),
                await client.patch("/api/calls/CA1/join/x", json={"mode": "whisper"}),
                await client.delete("/api/calls/CA1/join/x"),
            ]
        await agent.hang_up()
    assert [answer.status_code for answer in tries] == [403] * 4
