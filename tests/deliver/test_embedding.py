"""The agent's panel in a frame of a CRM: shown where the settings allow it, and nowhere else."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from playwright.async_api import Browser, expect

from callguard.clock import SystemClock
from callguard.events import StateChanged
from callguard.terms import CallState
from tests.deliver import test_browser
from tests.deliver.office import PASSWORD, open_office
from tests.deliver.test_browser import WARNING, prompt
from tests.fakes import call_started
from tests.record.journals import call_ended

pytestmark = test_browser.pytestmark
browser = test_browser.browser

PAGE = """<!doctype html><html lang="en"><title>CRM</title><body><h1>Customer 7</h1>
<iframe src="http://{address}/agent" title="callguard" width="420" height="800"></iframe>
<script>told = []; addEventListener("message", (one) => told.push([one.origin, one.data]));</script>"""


@asynccontextmanager
async def crm() -> AsyncIterator[tuple[str, list[str]]]:
    """Serve one page of a CRM, whose address and content are lent; the content is set once callguard's address is known."""
    content: list[str] = []

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        body = content[0].encode()
        head = f"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: {len(body)}\r\nConnection: close\r\n\r\n"
        writer.write(head.encode() + body)
        await writer.drain()
        writer.close()

    server = await asyncio.start_server(answer, "127.0.0.1", 0)
    async with server:
        yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}", content


async def test_an_agent_works_in_a_frame_beside_the_crm_and_the_crm_learns_how_the_call_stands(
    tmp_path: Path, browser: Browser
) -> None:
    async with crm() as (origin, content):
        office = await open_office(tmp_path, clock=SystemClock(), embed_origins=(origin,))
        async with office.served() as address:
            content.append(PAGE.format(address=address))
            context = await browser.new_context(viewport={"width": 1280, "height": 900})
            page = await context.new_page()
            await page.goto(origin)
            panel = page.frame_locator("iframe")
            await panel.get_by_label("Log-in name").fill("sam")
            await panel.get_by_label("Password").fill(PASSWORD)
            await panel.get_by_role("button", name="Log in").click()
            await expect(panel.locator("#guard-engine")).to_contain_text("base.en")
            await office.happen(call_started())
            await office.happen(StateChanged(call_id="c1", at_sample=0, state=CallState.ABUSIVE, was=CallState.QUIET))
            await office.happen(prompt())
            await expect(panel.locator("blockquote", has_text=WARNING)).to_be_visible()
            await panel.get_by_role("button", name="I need help").click()
            await expect(panel.locator("#helpers")).to_contain_text("Help asked")
            await office.happen(call_ended())
            await expect(panel.get_by_role("heading", name="Take the time you need")).to_be_visible()
            told = await page.evaluate("told")
            await context.close()
        await office.close()
    assert office.desk.acts == [("help", "c1", "sam", False)]
    assert {sender for sender, _ in told} == {f"http://{address}"}
    assert [one["state"] for _, one in told][-2:] == ["abusive", ""]
    assert {frozenset(one) for _, one in told} == {frozenset({"source", "type", "call_id", "state"})}


async def test_a_page_that_the_settings_do_not_name_shows_nothing(tmp_path: Path, browser: Browser) -> None:
    async with crm() as (origin, content):
        office = await open_office(tmp_path, clock=SystemClock(), embed_origins=("https://crm.example.org",))
        async with office.served() as address:
            content.append(PAGE.format(address=address))
            page = await browser.new_page()
            refused = page.wait_for_event("console", lambda one: "frame-ancestors" in one.text)
            waiting = asyncio.ensure_future(refused)
            await page.goto(origin)
            await waiting
            await expect(page.frame_locator("iframe").get_by_label("Log-in name")).to_have_count(0)
            await page.close()
        await office.close()
