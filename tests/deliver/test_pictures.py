"""Pictures of the consoles, taken while they are tested, for README; `make pictures` takes those of docs/pictures/ anew."""

import os
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from playwright.async_api import Browser, Page, expect

from callguard.clock import SystemClock
from callguard.events import Event, StateChanged
from callguard.speech import Span, UtteranceScore
from callguard.terms import CallState, Category, Role, StaffRole, Tactic
from tests.deliver import test_browser
from tests.deliver.case_access import have_incident
from tests.deliver.office import PASSWORD, Office
from tests.deliver.test_admin_console import admin_area
from tests.deliver.test_browser import claimed, prompt, threat
from tests.deliver.threat_call import AGENT, CALL_ID, store_threat_call
from tests.fakes import ShoutScorer, alert, call_started, transcript

pytestmark = test_browser.pytestmark
real_time_office = test_browser.real_time_office
browser = test_browser.browser

LARGEST = 200_000
"""Bytes of a picture that is worth its place in a repository."""
SAYS = "you'll see what happens when I get there"
INSULT = "nobody ever calls back, you useless idiot"


@pytest.fixture
def office(real_time_office: Office) -> Office:
    return real_time_office


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return Path(os.environ.get("CALLGUARD_TEST_PICTURES") or tmp_path)


async def log_in(browser: Browser, address: str, name: str, *, width: int, height: int) -> Page:
    context = await browser.new_context(viewport={"width": width, "height": height}, reduced_motion="reduce")
    page = await context.new_page()
    await page.goto(f"http://{address}/")
    await page.get_by_label("Log-in name").fill(name)
    await page.get_by_label("Password").fill(PASSWORD)
    await page.get_by_role("button", name="Log in").click()
    await expect(page.locator("#guard-engine")).to_contain_text("base.en")
    return page


async def take(page: Page, folder: Path, name: str) -> None:
    picture = folder / f"{name}.png"
    await page.screenshot(path=picture)
    assert picture.stat().st_size < LARGEST


def marked(text: str, category: Category, *, number: int) -> UtteranceScore:
    (score,) = (one for one in ShoutScorer().push(transcript(text)) if isinstance(one, UtteranceScore))
    span = Span(start=0 if category is Category.THREAT_PERSONAL else text.index("useless"), end=len(text), category=category)
    return replace(score, labels=(category,), spans=(span,), segment=number, start_sample=number * 64_000)


def said(text: str, channel: Role, *, number: int) -> Event:
    return replace(transcript(text, channel=channel, number=number), start_sample=number * 64_000)


async def a_morning(office: Office) -> datetime:
    """Let three people have calls, one of them a hard one; return when that one began."""
    await office.hire("mia", "Mia Lenz", StaffRole.AGENT, team="Team Blue")
    await office.hire("tom", "Tom Weaver", StaffRole.AGENT, team="Team Red")
    await office.hire("ruiz", "Ana Ruiz", StaffRole.SENIOR, team="Team Blue")
    await office.clock.advance((SystemClock().utc_now() - office.clock.utc_now()).total_seconds())
    began = office.clock.utc_now() - timedelta(minutes=4, seconds=12)
    for number, seconds in ((2, 702), (3, 95), (4, 310), (5, 41)):
        started = replace(call_started(f"c{number}", agent="tom"), started_at=office.clock.utc_now() - timedelta(seconds=seconds))
        await office.happen(started, agent="tom")
    await office.happen(StateChanged(call_id="c2", at_sample=0, state=CallState.ABUSIVE, was=CallState.QUIET), agent="tom")
    await office.happen(replace(alert("c2:1", call_id="c2"), because="useless idiot", answer_within_s=60), agent="tom")
    await office.happen(replace(call_started(agent="mia"), started_at=began), agent="mia")
    await office.happen(said("I can see your letter here, thank you for waiting", Role.AGENT, number=0), agent="mia")
    await office.happen(said(INSULT, Role.CALLER, number=1), agent="mia")
    await office.happen(marked(INSULT, Category.INSULT, number=1), agent="mia")
    await office.happen(said("I understand that this is upsetting", Role.AGENT, number=2), agent="mia")
    return began


async def worse(office: Office) -> None:
    """Let the hard call come to a threat, alerted and prompted."""
    await office.happen(said(SAYS, Role.CALLER, number=3), agent="mia")
    await office.happen(marked(SAYS, Category.THREAT_PERSONAL, number=3), agent="mia")
    await office.happen(StateChanged(call_id="c1", at_sample=0, state=CallState.THREAT, was=CallState.ABUSIVE), agent="mia")
    told = replace(
        prompt(2),
        state=CallState.THREAT,
        category="threat_personal",
        severity=4,
        tactics=(Tactic.EXIT,),
        text="You may end this call now. Senior staff have been told.",
    )
    await office.happen(told, agent="mia")
    await office.happen(replace(threat(), because=SAYS, answer_within_s=20), agent="mia")


async def test_pictures_of_the_panel_and_the_board(office: Office, browser: Browser, folder: Path) -> None:
    await a_morning(office)
    async with office.served() as address:
        panel = await log_in(browser, address, "mia", width=420, height=800)
        board = await log_in(browser, address, "ruiz", width=1440, height=900)
        await office.happen(StateChanged(call_id="c1", at_sample=0, state=CallState.ABUSIVE, was=CallState.QUIET), agent="mia")
        await office.happen(prompt(), agent="mia")
        await expect(panel.locator("blockquote")).to_be_visible()
        await take(panel, folder, "agent")
        await worse(office)
        await expect(board.locator(".alert .words").first).to_have_text(f"«{SAYS}»")
        await take(board, folder, "board")
        await office.happen(replace(claimed(), by="ruiz"), agent="mia")
        await expect(panel.locator("#helpers")).to_have_text("Ana Ruiz is with you.")
        await take(panel, folder, "agent-threat")
        for page in (panel, board):
            await page.context.close()


async def test_a_picture_of_an_incident(office: Office, browser: Browser, folder: Path) -> None:
    await office.hire("ruiz", "Ana Ruiz", StaffRole.SENIOR, team="Team Blue")
    incident = await have_incident(office)
    async with office.served() as address:
        page = await log_in(browser, address, "ruiz", width=1440, height=900)
        await page.goto(f"http://{address}/incidents?id={incident}")
        await expect(page.locator("#intact")).to_be_visible()
        await page.get_by_label("What happened, in your words").fill("He shouted, and went on after he had been asked to stop.")
        await take(page, folder, "incident")
        await page.context.close()


async def test_a_picture_of_the_replay(office: Office, browser: Browser, folder: Path, tmp_path: Path) -> None:
    await office.hire(AGENT, "Robin Hale", StaffRole.AGENT, team="Team Blue")
    await office.hire("ruiz", "Ana Ruiz", StaffRole.SENIOR, team="Team Blue")
    await store_threat_call(office, tmp_path / "audio", SystemClock().utc_now() - timedelta(hours=1))
    async with office.served() as address:
        page = await log_in(browser, address, "quentin", width=1280, height=800)
        await page.goto(f"http://{address}/qa?call={CALL_ID}&at=28")
        await expect(page.locator("#lines [aria-current]")).to_contain_text("I am going to kill you")
        await expect(page.locator(".wave")).to_be_visible()
        await expect(page.get_by_text("claimed by Ana Ruiz")).to_be_visible()
        await take(page, folder, "replay")
        await page.context.close()


async def test_a_picture_of_the_admin_area(office: Office, browser: Browser, folder: Path) -> None:
    office.operations.room = replace(
        office.operations.room, full_because="", running=(), expected_share=0.34, refused=0, late_s=0.0
    )
    async with office.served() as address, admin_area(browser, address, "Engine") as page:
        await page.set_viewport_size({"width": 1280, "height": 800})
        await expect(page.get_by_role("heading", name="whisper base.en")).to_be_visible()
        await expect(page.get_by_role("row", name="Tap to media")).to_be_visible()
        await take(page, folder, "admin")
