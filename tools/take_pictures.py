"""Takes the pictures of README: a real server, the call with a threat through the Twilio tap, Debian's Chromium.

.venv/bin/python tools/take_pictures.py docs/pictures
"""

import asyncio
import sys
import tempfile
from pathlib import Path

from playwright.async_api import Browser, Page, async_playwright

from callguard.app.server import Running, Server
from callguard.cli.demo_command import demo_settings
from callguard.clock import SystemClock
from callguard.deliver.auth import create_user
from callguard.demo.audio import mulaw_tracks
from callguard.demo.script import DemoCall, load_demo_calls
from callguard.demo.twilio import play_call
from callguard.events import StaffRole

PASSWORD = "only for these pictures"  # noqa: S105  # of a server that lives for a minute on loopback
CHROMIUM = "/usr/bin/chromium"
QUIET = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking", "--disable-sync"]


async def main(folder: Path) -> None:
    calls = {call.script.id: call for call in load_demo_calls()}
    played = [calls["04-personal-threat"], calls["03-slow-escalation"]]
    with tempfile.TemporaryDirectory() as data:
        server, started = Server(demo_settings(Path(data))), asyncio.get_running_loop().create_future()
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(server.run(started.set_result))
            running: Running = await started
            await add_people(running, played)
            async with async_playwright() as playwright:
                browser = await playwright.chromium.launch(executable_path=CHROMIUM, args=QUIET)
                agent = await log_in(browser, running.url, played[0].script.agent, width=420, height=800)
                senior = await log_in(browser, running.url, "ana", width=1440, height=900)
                playing = [
                    tasks.create_task(
                        play_call(running.taps["twilio"], f"CA{number}", call, mulaw_tracks(call.audio), SystemClock())
                    )
                    for number, call in enumerate(played)
                ]
                await senior.wait_for_selector("text=/kill you/", timeout=120_000)
                await asyncio.sleep(3)  # let the sentence that follows settle in the picture
                await agent.screenshot(path=folder / "agent.png")
                await senior.screenshot(path=folder / "board.png")
                for task in playing:
                    task.cancel()
                await browser.close()
            server.stop()


async def add_people(running: Running, calls: list[DemoCall]) -> None:
    people = {call.script.agent: StaffRole.AGENT for call in calls} | {"ana": StaffRole.SENIOR}
    for name, role in people.items():
        await create_user(
            running.store, running.passwords, name=name, display_name=name.title(), role=role, team="Blue", password=PASSWORD
        )


async def log_in(browser: Browser, url: str, name: str, *, width: int, height: int) -> Page:
    context = await browser.new_context(viewport={"width": width, "height": height})
    page = await context.new_page()
    await page.goto(url)
    await page.fill("#name", name)
    await page.fill("#password", PASSWORD)
    await page.keyboard.press("Enter")
    await page.wait_for_url("**/agent" if name != "ana" else "**/board")
    return page


if __name__ == "__main__":
    asyncio.run(main(Path(sys.argv[1])))
