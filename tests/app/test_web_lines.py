"""A conversation between two browsers, tapped: real WebRTC on the loopback interface, real server, real Chromium."""

import asyncio
from pathlib import Path
from typing import Any

import httpx
import pytest
from playwright.async_api import Page, async_playwright, expect

from callguard.accounts import TokenScope
from callguard.app.server import Running
from callguard.deliver.console import BUILT, ENTRY
from callguard.terms import StaffRole
from tests.app.test_join_browser import BROWSER, FLAGS, LOUD, logged_in
from tests.app.test_joining import SENIOR_HZ, senior_client, settings_in
from tests.app.test_server import serving, watching
from tests.join.browser import SeniorBrowser

CALLER_HZ, AGENT_HZ = 300.0, 600.0

SOFTPHONE = """async () => {
  const microphone = await navigator.mediaDevices.getUserMedia({ audio: true });
  const peer = new RTCPeerConnection();
  peer.addTrack(microphone.getAudioTracks()[0], microphone);
  window.loudest = 0;
  peer.ontrack = ({ track }) => {
    const sound = new Audio();
    sound.srcObject = new MediaStream([track]);  // Chromium decodes only what is played
    sound.play();
    const context = new AudioContext(), meter = context.createAnalyser();
    context.createMediaStreamSource(new MediaStream([track])).connect(meter);
    const samples = new Float32Array(meter.fftSize);
    setInterval(() => {
      meter.getFloatTimeDomainData(samples);
      window.loudest = Math.max(window.loudest, ...samples.map(Math.abs));
    }, 20);
  };
  await peer.setLocalDescription(await peer.createOffer());
  await new Promise((done) => {
    const look = () => peer.iceGatheringState === "complete" && done();
    peer.onicegatheringstatechange = look;
    look();
  });
  window.peer = peer;
  return peer.localDescription.sdp;
}"""


LOUD_ENOUGH = """() => new Promise((done) => {
  const look = () => (window.loudest > 0.05 ? done() : setTimeout(look, 50));
  look();
})"""


async def announce(server: Running, party: str, sdp: str, token: str) -> dict[str, Any]:
    async with httpx.AsyncClient(base_url=server.url, headers={"Authorization": f"Bearer {token}"}) as softphone:
        body = {"call_id": "7", "party": party, "sdp": sdp, "agent": "sam", "caller": "+44 20 7946 0001", "line": "Help"}
        answer = await softphone.post("/api/lines", json=body)
    assert answer.status_code == 201, answer.text
    line: dict[str, Any] = answer.json()
    return line


async def test_a_senior_hears_both_browsers_and_both_hear_the_senior_who_interjects(tmp_path: Path) -> None:
    async with serving(settings_in(tmp_path)) as server, watching(server, []) as console:
        token = await server.doorkeeper.issue_token("softphone", TokenScope.TAP)
        caller, agent, senior = (SeniorBrowser(hertz=hertz) for hertz in (CALLER_HZ, AGENT_HZ, SENIOR_HZ))
        lines = {}
        for party, browser in (("caller", caller), ("agent", agent)):
            lines[party] = await announce(server, party, await browser.offer(), token)
            await browser.accept(lines[party]["sdp"])
        await console.wait_for("web-7", type="call_started")
        async with await senior_client(server, "ana") as client:
            answer = await client.post("/api/calls/web-7/join", json={"mode": "listen", "sdp": await senior.offer()})
            joined: dict[str, Any] = answer.json()
            assert answer.status_code == 201, joined
            await senior.accept(joined["sdp"])
            await senior.until(lambda: senior.strength(CALLER_HZ) > 0.2 and senior.strength(AGENT_HZ) > 0.2)
            assert caller.strength(AGENT_HZ) < 0.05  # callguard does not carry the conversation
            whispering = await client.patch(f"/api/calls/web-7/join/{joined['join_id']}", json={"mode": "whisper"})
            assert whispering.status_code == 200, whispering.text
            await agent.until(lambda: agent.strength(SENIOR_HZ) > 0.2)
            assert caller.strength(SENIOR_HZ) < 0.05
            interjecting = await client.patch(f"/api/calls/web-7/join/{joined['join_id']}", json={"mode": "interject"})
            assert interjecting.status_code == 200, interjecting.text
            await caller.until(lambda: caller.strength(SENIOR_HZ) > 0.2)
        await senior.close()
        async with httpx.AsyncClient(base_url=server.url, headers={"Authorization": f"Bearer {token}"}) as softphone:
            assert (await softphone.delete(f"/api/lines/{lines['caller']['line_id']}")).status_code == 204
        await agent.close()  # the other party just closes the page
        ended = await console.wait_for("web-7", type="call_ended")
        await caller.close()
    assert ended["reason"] == "closed"


@pytest.mark.browser
@pytest.mark.skipif(not BROWSER, reason="no chromium; `apt-get install chromium`")
@pytest.mark.skipif(not (BUILT / ENTRY).is_file(), reason="the console is not built; `make console`")
async def test_agent_and_senior_in_two_browsers_on_one_call_with_real_audio(tmp_path: Path) -> None:
    async with serving(settings_in(tmp_path)) as server, async_playwright() as playwright:
        token = await server.doorkeeper.issue_token("softphone", TokenScope.TAP)
        browser = await playwright.chromium.launch(
            executable_path=BROWSER, args=[*FLAGS, "--autoplay-policy=no-user-gesture-required"]
        )
        async with (
            logged_in(browser, server, "sam", "Sam Kirk", StaffRole.AGENT) as panel,
            logged_in(browser, server, "ana", "Ana Ruiz", StaffRole.SENIOR) as board,
        ):
            pages = {party: await softphone_page(panel, server) for party in ("caller", "agent")}
            for party, page in pages.items():
                await ring(page, server, party, token)
            await expect(panel.locator("#state")).to_have_text("Quiet")
            await panel.bring_to_front()
            await panel.locator("#panic").click()
            await board.get_by_role("button", name="Claim and join").click()
            dock = board.locator("#dock")
            await expect(dock.locator("#dock-state")).to_have_text("you listen")
            for side in ("caller", "agent"):
                await expect(dock.locator(f"meter[data-side={side}]")).to_have_attribute("value", LOUD)
            await expect(panel.locator("#helpers")).to_contain_text("Ana Ruiz is with you")
            await dock.get_by_label("Interject").click()
            await expect(panel.locator("#joined")).to_have_text("Ana Ruiz is in the call")
            for page in pages.values():
                await until_loud(page)
            await dock.locator("#dock-leave").click()
            await expect(panel.locator("#joined")).to_have_count(0)
            for page in pages.values():
                await page.evaluate("window.peer.close()")
            await expect(panel.get_by_role("heading", name="Take the time you need")).to_be_visible()
        await browser.close()


async def softphone_page(panel: Page, server: Running) -> Page:
    """Open a page with nothing of ours in it, in the same browser."""
    page = await panel.context.new_page()
    await page.goto(f"{server.url}/healthz")
    return page


async def ring(page: Page, server: Running, party: str, token: str) -> None:
    line = await announce(server, party, await page.evaluate(SOFTPHONE), token)
    await page.evaluate("sdp => window.peer.setRemoteDescription({ type: 'answer', sdp })", line["sdp"])


async def until_loud(page: Page) -> None:
    """Wait until the page has heard anything."""
    async with asyncio.timeout(20):
        await page.evaluate(LOUD_ENOUGH)
