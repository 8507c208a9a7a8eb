"""The softphone that the admins' page offers to copy: both texts are run as they stand, in a browser with a microphone."""

import asyncio
import os
import shutil
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from playwright.async_api import async_playwright, expect

from callguard.accounts import TokenScope
from callguard.demo.script import Row
from callguard.taps.recipes import TOKEN
from tests.app.test_join_browser import FLAGS
from tests.app.test_joining import settings_in
from tests.app.test_server import serving, watching
from tests.app.test_teams import asked_by

BROWSER = os.environ.get("CALLGUARD_TEST_BROWSER") or shutil.which("chromium")
pytestmark = [pytest.mark.browser, pytest.mark.skipif(not BROWSER, reason="no chromium; `apt-get install chromium`")]


@asynccontextmanager
async def softphone(folder: Path, page: str, server: str) -> AsyncIterator[str]:
    """Run the two texts in a folder and lend the page's address, of the caller."""
    (folder / "softphone.html").write_text(page, encoding="utf-8")
    (folder / "softphone.py").write_text(server, encoding="utf-8")
    running = await asyncio.create_subprocess_exec(
        sys.executable,
        "softphone.py",
        "0",
        cwd=folder,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.DEVNULL,
    )
    assert running.stdout is not None
    try:
        async with asyncio.timeout(20):
            address = await running.stdout.readline()
        yield address.decode().strip()
    finally:
        running.kill()
        await running.wait()


async def test_both_parties_browsers_bring_one_call_and_closing_them_ends_it(tmp_path: Path) -> None:
    rows: list[Row] = []
    async with serving(settings_in(tmp_path)) as server, watching(server, rows) as console, async_playwright() as playwright:
        async with asked_by(server, "adam", TokenScope.ADMIN) as admin:
            taps = {tap["name"]: tap for tap in (await admin.get("/api/taps")).json()}
        offered = {recipe["name"]: recipe["text"] for recipe in taps["webrtc"]["recipes"]}
        assert TOKEN not in offered["softphone_page"]  # a browser must never hold it
        assert offered["softphone_server"].count(TOKEN) == 1
        token = await server.doorkeeper.issue_token("softphone", TokenScope.TAP)
        texts = offered["softphone_page"], offered["softphone_server"].replace(TOKEN, token)
        async with softphone(tmp_path, *texts) as address:
            browser = await playwright.chromium.launch(executable_path=BROWSER, args=FLAGS)
            for party in ("caller", "agent"):
                page = await browser.new_page()
                await page.goto(address.replace("party=caller", f"party={party}"))
                await page.get_by_role("button").click()
                await expect(page.get_by_role("status")).to_have_text("connected")
            page = await browser.new_page()
            await page.goto(address)  # the caller once more
            await page.get_by_role("button").click()
            await expect(page.get_by_role("status")).to_contain_text("connected already")
            started = await console.wait_for("web-1", type="call_started")
            for opened in browser.contexts:
                await opened.close()
            await console.wait_for("web-1", type="call_ended")
            await browser.close()
    assert taps["webrtc"]["address"] == f"{server.url}/api/lines"
    assert (started["tap"], started["agent"], started["line"]) == ("webrtc", "sam", "Help")
