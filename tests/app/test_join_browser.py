"""Two real browsers on one call: the agent's panel, and a senior who joins with a (fake) microphone over WebRTC."""

import os
import re
import shutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from playwright.async_api import Browser, Page, async_playwright, expect

from callguard.app.server import Running
from callguard.deliver.auth import create_user
from callguard.deliver.console import BUILT, ENTRY
from callguard.terms import StaffRole
from tests.app.test_joining import AgentLeg, settings_in, told
from tests.app.test_server import serving
from tests.deliver.test_accessible import violations
from tests.join.relay import TurnServer, turn_server

FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--use-fake-device-for-media-stream",
    "--use-fake-ui-for-media-stream",
    "--allow-loopback-in-peer-connection",
]
BROWSER = os.environ.get("CALLGUARD_TEST_BROWSER") or shutil.which("chromium")
LOUD = re.compile(r"0\.[3-9]\d*")
PASSWORD = "correct horse battery"
ONLY_RELAYED = """
const Real = RTCPeerConnection;
window.RTCPeerConnection = class extends Real {
  constructor(asked) { super({ ...asked, iceTransportPolicy: "relay" }); }
};
"""
"""A network that lets a browser reach the relay and nothing else."""

pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(not BROWSER, reason="no chromium; `apt-get install chromium`"),
    pytest.mark.skipif(not (BUILT / ENTRY).is_file(), reason="the console is not built; `make console`"),
]


@asynccontextmanager
async def logged_in(
    browser: Browser, server: Running, name: str, shown: str, role: StaffRole, *, begin: str = ""
) -> AsyncIterator[Page]:
    await create_user(server.store, server.passwords, name=name, display_name=shown, role=role, team="blue", password=PASSWORD)
    context = await browser.new_context(viewport={"width": 1440, "height": 900})
    await context.add_init_script(begin)
    page = await context.new_page()
    wrong: list[str] = []
    page.on("pageerror", lambda error: wrong.append(str(error)))
    await page.goto(server.url)
    await page.get_by_label("Log-in name").fill(name)
    await page.get_by_label("Password").fill(PASSWORD)
    await page.get_by_role("button", name="Log in").click()
    await page.wait_for_url("**/agent" if role is StaffRole.AGENT else "**/board")
    yield page
    assert wrong == []
    await context.close()


async def test_a_senior_listens_and_whispers_and_the_agent_sees_who(tmp_path: Path) -> None:
    async with serving(settings_in(tmp_path)) as server, async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=BROWSER, args=FLAGS)
        agent_leg = await AgentLeg.call(server.taps["twilio"])
        async with (
            logged_in(browser, server, "sam", "Sam Kirk", StaffRole.AGENT) as panel,
            logged_in(browser, server, "ana", "Ana Ruiz", StaffRole.SENIOR) as board,
        ):
            await panel.locator("#help").click()
            await board.get_by_role("button", name="Listen to the call of Sam Kirk").click()
            dock = board.locator("#dock")
            await expect(dock.locator("#dock-state")).to_have_text("you listen")
            await expect(panel.locator("#joined")).to_have_text("Ana Ruiz is listening")
            await expect(dock.locator("meter[data-side=agent]")).to_have_attribute("value", LOUD)
            assert await violations(board) == []
            assert await dock.get_by_role("radio").count() == 2  # this tap reaches the agent only: listen and whisper
            await expect(dock).to_contain_text("Interject: the tap of this call cannot play to both sides.")
            await expect(dock).to_contain_text("Take over: callguard alone cannot take the agent out of the call.")
            await expect(dock).to_contain_text("Call 4711 instead.")
            await dock.get_by_label("Whisper to the agent").click()
            await agent_leg.until_hears_anything()
            await expect(panel.locator("#joined")).to_contain_text("Ana Ruiz speaks to you alone")
            await dock.locator("#dock-leave").click()
            await expect(panel.locator("#joined")).to_have_count(0)
            await expect(board.locator("#dock")).to_have_count(0)
        await agent_leg.hang_up()
        story = await told(server)
        await browser.close()
    assert story == [("asked", "listen"), ("joined", "listen"), ("changed", "whisper"), ("left", "whisper")]


async def test_a_senior_whose_network_lets_only_the_relay_through_listens_all_the_same(tmp_path: Path) -> None:
    made = TurnServer(secret="north")
    async with turn_server(lambda: made) as (relay, address), async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=BROWSER, args=FLAGS)
        async with serving(settings_in(tmp_path, turn=address, turn_secret="north")) as server:
            agent_leg = await AgentLeg.call(server.taps["twilio"])
            async with (
                logged_in(browser, server, "sam", "Sam Kirk", StaffRole.AGENT) as panel,
                logged_in(browser, server, "ana", "Ana Ruiz", StaffRole.SENIOR, begin=ONLY_RELAYED) as board,
            ):
                await panel.locator("#help").click()
                await board.get_by_role("button", name="Listen to the call of Sam Kirk").click()
                loud = board.locator("#dock meter[data-side=agent]")
                await expect(loud).to_have_attribute("value", LOUD)
            await agent_leg.hang_up()
        await browser.close()
    assert relay.relayed > 0
