"""WCAG 2.2 AA on each screen, by axe in a real browser: both themes, and everything that can be open."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from playwright.async_api import Browser, Page, expect

from callguard.errors import NotFoundError
from callguard.events import GuardChanged, StateChanged
from callguard.human_acts import JoinMode, JoinPhase, JoinWay, StaffJoin
from callguard.terms import CallState, GuardLevel, StaffRole
from tests.deliver import test_browser
from tests.deliver.office import Office
from tests.deliver.test_browser import WARNING, console, insult, prompt
from tests.fakes import alert, call_started, transcript
from tests.record.journals import call_ended

AXE = Path(__file__).parents[2] / "console" / "node_modules" / "axe-core" / "axe.min.js"
pytestmark = [*test_browser.pytestmark, pytest.mark.skipif(not AXE.is_file(), reason="axe is not there; `make console`")]

real_time_office = test_browser.real_time_office
browser = test_browser.browser

RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
CHECK = "async rules => (await axe.run(document, {runOnly: {type: 'tag', values: rules}})).violations"


async def violations(page: Page) -> list[str]:
    """Return what axe finds, in both themes."""
    found: list[str] = []
    for theme in ("light", "dark"):
        await page.emulate_media(color_scheme=theme, reduced_motion="reduce")
        # Straight into the page: the content policy lets no script tag in, and this is not one.
        await page.evaluate(AXE.read_text())
        rows: list[dict[str, Any]] = await page.evaluate(CHECK, RULES)
        found += [f"{theme}: {row['id']}: {node['html'][:160]}" for row in rows for node in row["nodes"]]
    return found


async def test_the_agents_panel_is_accessible_in_every_state(real_time_office: Office, browser: Browser) -> None:
    office = real_time_office
    spoken = "you stupid cow, you ruined it"
    async with office.served() as address, console(browser, address, "sam") as page:
        assert await violations(page) == []
        await office.happen(call_started())
        await office.happen(transcript(spoken))
        await office.happen(insult(spoken))
        await office.happen(StateChanged(call_id="c1", at_sample=0, state=CallState.ABUSIVE, was=CallState.QUIET))
        await office.happen(prompt())
        await office.happen(GuardChanged(call_id="c1", at_sample=0, guard=GuardLevel.DEGRADED, because="The machine is busy."))
        await expect(page.locator("blockquote", has_text=WARNING)).to_be_visible()
        assert await violations(page) == []
        await page.locator("#guard summary").click()
        assert await violations(page) == []
        await page.keyboard.press("Escape")
        await page.keyboard.press("c")
        await expect(page.get_by_role("heading", name="All cards")).to_be_visible()
        assert await violations(page) == []
        await office.happen(call_ended())
        await expect(page.get_by_role("heading", name="Take the time you need")).to_be_visible()
        assert await violations(page) == []


async def test_the_board_is_accessible_with_everything_open(real_time_office: Office, browser: Browser) -> None:
    office = real_time_office
    async with office.served() as address, console(browser, address, "ana", width=1440, height=900) as page:
        assert await violations(page) == []
        await office.happen(call_started("c0", agent="priya"), agent="priya")
        await office.happen(call_started())
        await office.happen(StateChanged(call_id="c1", at_sample=0, state=CallState.THREAT, was=CallState.QUIET))
        await office.happen(alert("c1:1"))
        await expect(page.locator(".alert")).to_be_visible()
        await page.locator("#quiet summary").click()
        await page.get_by_role("button", name="Cannot take it").click()
        await expect(page.get_by_role("heading", name="After the call")).to_be_visible()
        assert await violations(page) == []
        await page.get_by_role("button", name="Wall screen").click()
        assert await violations(page) == []


async def test_at_twice_the_size_nothing_is_cut_off_and_no_line_runs_out_of_the_page(
    real_time_office: Office, browser: Browser
) -> None:
    """A 1280-pixel window at 200 % has 640 by 400 CSS pixels; at 400 %, 320."""
    office = real_time_office
    async with (
        office.served() as address,
        console(browser, address, "sam", width=640, height=400) as panel,
        console(browser, address, "ana", width=640, height=400) as board,
    ):
        await office.happen(call_started())
        await office.happen(prompt())
        await office.happen(alert("c1:2"))
        await expect(panel.locator("blockquote", has_text=WARNING)).to_be_visible()
        await expect(board.locator(".alert")).to_be_visible()
        for page in (panel, board):
            for width in (640, 320):
                await page.set_viewport_size({"width": width, "height": 400})
                assert await page.evaluate("document.documentElement.scrollWidth <= innerWidth")
        await panel.get_by_role("button", name="I need help").click()
    assert office.desk.acts == [("help", "c1", "sam", False)]


async def test_german_is_chosen_and_stays(real_time_office: Office, browser: Browser) -> None:
    office = real_time_office
    async with office.served() as address, console(browser, address, "sam") as page:
        await page.locator("#guard summary").click()
        await page.get_by_label("Language").select_option("de")
        await expect(page.get_by_role("button", name="Ich brauche Hilfe")).to_be_visible()
        assert await page.evaluate("document.documentElement.lang") == "de"
        await page.locator("#guard summary").click()
        await page.get_by_label("Darstellung").select_option("dark")
        await page.reload()
        await expect(page.get_by_role("button", name="Ich brauche Hilfe")).to_be_visible()
        assert await page.evaluate("document.documentElement.dataset.theme") == "dark"
        await office.happen(call_started())
        silent = "No audio has come for 12 s: check the tap."
        await office.happen(GuardChanged(call_id="c1", at_sample=0, guard=GuardLevel.NOT_GUARDED, because=silent))
        await expect(page.locator("#notices")).to_contain_text("Seit 12 s kommt kein Ton: Bitte den Zugang prüfen.")
        office.desk.error = NotFoundError("there is no such call among those that you may see")
        await page.keyboard.press("h")
        await expect(page.locator("#helpers")).to_contain_text("diesen Anruf gibt es nicht")


async def test_senior_staff_decide_about_a_threat_hand_it_over_or_say_why_not(real_time_office: Office, browser: Browser) -> None:
    office = real_time_office
    await office.hire("ben", "Ben Okafor", StaffRole.SENIOR, team="red")
    async with office.served() as address, console(browser, address, "ana", width=1024, height=768) as page:
        await office.happen(call_started())
        await office.happen(test_browser.threat())
        await page.get_by_role("button", name="Cannot take it").click()
        await page.get_by_label("Why not?").fill("in the other call")
        await page.get_by_role("button", name="Tell them").click()
        await expect(page.get_by_label("Why not?")).to_be_hidden()
        await office.happen(test_browser.claimed())
        await page.get_by_role("button", name="Decide").click()
        await page.get_by_label("Police").check()
        await page.get_by_label("Somebody goes home with them").check()
        await page.get_by_label("Reference").fill("crime number 7")
        await page.get_by_role("button", name="Record the decision").click()
        await expect(page.get_by_label("Reference")).to_be_hidden()
        await page.get_by_role("button", name="Hand over").click()
        await page.get_by_label("To whom?").select_option(label="Ben Okafor · red")
        await page.get_by_role("button", name="Hand over").click()
        await expect(page.get_by_label("To whom?")).to_be_hidden()
    assert [act[0] for act in office.desk.acts] == ["alert", "threat", "alert"]
    assert office.desk.acts[-1][-1] == "ben"


async def test_an_agent_reads_who_is_listening_until_they_leave(real_time_office: Office, browser: Browser) -> None:
    office = real_time_office
    joined = StaffJoin(
        call_id="c1",
        at_sample=0,
        join_id="j1",
        by="ana",
        name="Ana Ruiz",
        phase=JoinPhase.JOINED,
        mode=JoinMode.LISTEN,
        way=JoinWay.BROWSER,
        because="",
        is_told=True,
    )
    async with office.served() as address, console(browser, address, "sam") as page:
        await office.happen(call_started())
        await office.happen(joined)
        await expect(page.get_by_text("Ana Ruiz is listening")).to_be_visible()
        await office.happen(replace(joined, phase=JoinPhase.CHANGED, mode=JoinMode.INTERJECT))
        await expect(page.get_by_text("Ana Ruiz is in the call")).to_be_visible()
        await office.happen(replace(joined, phase=JoinPhase.LEFT))
        await expect(page.locator("#joined")).to_have_count(0)
