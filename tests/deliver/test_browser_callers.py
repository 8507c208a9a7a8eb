"""What the team is told, marking a call, and the caller register, in a real browser."""

import os
from pathlib import Path

import pytest
from playwright.async_api import Browser, Page, expect

from callguard.human_acts import CallerKnown
from tests.deliver import test_browser
from tests.deliver.case_access import CALLER, INCIDENT, NUMBER, have_everything, have_incident
from tests.deliver.office import Office
from tests.deliver.test_accessible import violations
from tests.deliver.test_browser import WARNING, console, prompt
from tests.fakes import call_started
from tests.record.journals import call_ended

pytestmark = test_browser.pytestmark
real_time_office = test_browser.real_time_office
browser = test_browser.browser

WIDE = {"width": 1440, "height": 900}
NARROW = {"width": 420, "height": 800}


@pytest.fixture
def office(real_time_office: Office) -> Office:
    return real_time_office


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return Path(os.environ.get("CALLGUARD_TEST_PICTURES") or tmp_path)


async def fits(page: Page, folder: Path, name: str) -> None:
    """See that the page is accessible and never scrolls sideways, and take its pictures."""
    assert await violations(page) == []
    await page.emulate_media(color_scheme="light")
    for size in (NARROW, WIDE):
        await page.set_viewport_size({"width": size["width"], "height": size["height"]})
        assert await page.evaluate("document.documentElement.scrollWidth <= innerWidth")
        await page.screenshot(path=folder / f"{name}-{size['width']}.png")


async def test_an_agent_reads_between_calls_what_the_team_was_told_and_puts_it_away(
    office: Office, browser: Browser, folder: Path
) -> None:
    await have_incident(office)
    await have_incident(office, "c2")
    async with office.served() as address, console(browser, address, "priya") as page:
        await expect(page.locator("#team-notices")).to_contain_text("A colleague has just had a difficult call.")
        await expect(page.locator("#team-notices li")).to_have_count(2)
        await expect(page.locator("#team-notices")).not_to_contain_text("Sam")
        await fits(page, folder, "notices-agent")
        await page.get_by_role("button", name="Put away:").first.press("Enter")
        await expect(page.locator("#team-notices li")).to_have_count(1)
        await expect(page.locator("#team-notices h2")).to_be_focused()
        await office.happen(call_started("c3", agent="priya"), agent="priya")
        await expect(page.locator("#notices-mark")).to_have_text("1 notice for later")
        await expect(page.locator("#team-notices")).to_have_count(0)
        await fits(page, folder, "notices-call")
    async with office.served() as address, console(browser, address, "sam") as page:
        await page.get_by_role("button", name="Ready for calls").click()  # time of their own outlives the page
        await expect(page.get_by_role("heading", name="No call right now")).to_be_visible()
        await expect(page.locator("#team-notices")).to_have_count(0)  # it was their own


async def test_senior_staff_see_on_the_board_what_the_teams_were_told(office: Office, browser: Browser, folder: Path) -> None:
    await have_incident(office)
    await have_incident(office, "c2")
    async with office.served() as address, console(browser, address, "ana", **WIDE) as page:
        await page.locator("summary", has_text="Told to the teams").press("Enter")
        await expect(page.locator("#team-notices li").first).to_contain_text("blue · ")
        await fits(page, folder, "notices-board")
        await page.get_by_role("button", name="Put all away").press("Enter")
        await expect(page.locator("#team-notices")).to_have_count(0)
        await page.reload()
        await expect(page.get_by_role("heading", name="After the call")).to_be_visible()
        await expect(page.locator("#team-notices")).to_have_count(0)


async def test_an_agent_marks_a_call_at_one_press_during_it_or_with_a_reason_after_it(
    office: Office, browser: Browser, folder: Path
) -> None:
    async with office.served() as address, console(browser, address, "sam") as page:
        await office.happen(call_started())
        await page.get_by_role("button", name="Mark the call").wait_for()
        await fits(page, folder, "mark-during")
        await page.get_by_role("button", name="Mark the call").press("Enter")
        await expect(page.locator("#marked")).to_have_text("Marked. The record is drafted after the call.")
        await office.happen(call_ended())
        await expect(page.get_by_role("heading", name="Take the time you need")).to_be_visible()
        await expect(page.locator("#marked")).to_be_visible()
        await office.happen(call_started("c2"))
        await office.happen(call_ended("c2"))
        await page.get_by_role("button", name="Make a record of this call").press("Enter")
        await page.get_by_label("Why? You may leave this empty.").fill("It shook me.")
        await fits(page, folder, "mark-after")
        await page.get_by_role("button", name="Make the record").press("Enter")
        await page.get_by_text("Read the incident draft").press("Enter")
    (record,) = await office.store.incidents.summaries()
    assert (record.call_id, record.agent) == ("c2", "sam")
    (mark,) = await office.store.incidents.marks("c1", call_started().started_at)
    assert mark.by == "sam"


async def test_senior_staff_mark_a_call_that_they_watch_or_replay_and_qa_cannot(
    office: Office, browser: Browser, folder: Path
) -> None:
    await office.happen(call_started())
    async with (
        office.served() as address,
        console(browser, address, "ana", **WIDE) as page,
        console(browser, address, "quentin", **WIDE) as qa,
    ):
        await page.goto(f"http://{address}/agent?call=c1")
        await page.get_by_role("button", name="Make a record of this call").press("Enter")
        await fits(page, folder, "mark-senior")
        await page.get_by_role("button", name="Make the record").press("Enter")
        await expect(page.locator("#marked")).to_have_text("Marked. The record is drafted after the call.")
        await office.happen(call_started("c2"))
        await office.happen(call_ended("c2"))
        await page.goto(f"http://{address}/qa?call=c2")
        await page.get_by_role("button", name="Make a record of this call").press("Enter")
        await page.get_by_label("Why? You may leave this empty.").fill("He was close to tears.")
        await page.get_by_role("button", name="Make the record").press("Enter")
        await fits(page, folder, "mark-replay")
        await page.get_by_role("link", name="Open the record").press("Enter")
        await expect(page.get_by_text("Marked the call: He was close to tears.")).to_be_visible()
        await qa.goto(f"http://{address}/qa?call=c2")
        await expect(qa.get_by_role("heading", name="Alerts")).to_be_visible()
        await expect(qa.locator("#mark")).to_have_count(0)


async def test_the_register_is_read_and_written_from_a_record_and_a_number(
    office: Office, browser: Browser, folder: Path
) -> None:
    await have_everything(office)
    for n in range(2, 8):
        await have_incident(office, f"c{n}")
    async with office.served() as address, console(browser, address, "ana", **WIDE) as page:
        await page.goto(f"http://{address}/incidents?id={INCIDENT}")
        await page.get_by_role("link", name="Caller", exact=True).press("Enter")
        await expect(page.get_by_role("heading", name=NUMBER)).to_be_visible()
        await expect(page.locator("#visits")).to_contain_text("shouts")
        await expect(page.locator("#contact .over")).to_contain_text("too many calls")
        await page.get_by_label("Add a note").fill("Speak slowly.")
        await page.get_by_role("button", name="Add the note").press("Enter")
        await expect(page.locator("#notes")).to_contain_text("Speak slowly.")
        await page.get_by_role("button", name="Stop showing it: shouts").press("Enter")
        await expect(page.get_by_text("No longer shown: 1")).to_be_visible()
        await expect(page.locator("#visits")).to_have_count(0)
        await page.locator("#restrictions").get_by_role("button", name="Decide").press("Enter")
        await fits(page, folder, "caller")
        await page.goto(f"http://{address}/callers")
        await page.get_by_label("Number or account").fill("+44 20 7946 0999")
        await page.keyboard.press("Enter")
        await expect(page.locator("#found")).to_have_text("Nobody with this number is in the register.")
        await expect(page.get_by_role("link", name="in writing only")).to_be_visible()
        await fits(page, folder, "callers")
        await page.get_by_label("Number or account").fill(NUMBER)
        await page.keyboard.press("Enter")
        await expect(page.get_by_role("heading", name=NUMBER)).to_be_visible()
        assert "7946" not in page.url


async def test_agents_note_what_the_next_should_know_and_qa_reads_and_nobody_else_sees_the_number(
    office: Office, browser: Browser, folder: Path
) -> None:
    await have_everything(office)
    async with (
        office.served() as address,
        console(browser, address, "sam") as sam,
        console(browser, address, "quentin", **WIDE) as qa,
        console(browser, address, "priya") as priya,
    ):
        await sam.goto(f"http://{address}/agent?call=c1")
        await sam.get_by_role("link", name="A note on this caller").press("Enter")
        await sam.get_by_label("Add a note").fill("Wants to be called Dr Hale.")
        await sam.get_by_role("button", name="Add the note").press("Enter")
        await expect(sam.locator("#notes")).to_contain_text("Dr Hale")
        await expect(sam.get_by_role("button", name="Stop showing it")).to_have_count(0)
        await fits(sam, folder, "caller-agent")
        await qa.goto(f"http://{address}/callers?id={CALLER}")
        await expect(qa.locator("#notes")).to_contain_text("Dr Hale")
        await expect(qa.get_by_label("Add a note")).to_have_count(0)
        await expect(qa.get_by_text("7946")).to_have_count(0)
        await priya.goto(f"http://{address}/callers?id={CALLER}")
        await expect(priya.get_by_text("record could not be read")).to_be_visible()


async def test_a_running_call_and_a_restriction_lead_to_the_caller(office: Office, browser: Browser) -> None:
    await have_everything(office)
    async with office.served() as address, console(browser, address, "ana", **WIDE) as page:
        await page.locator("summary", has_text="Restrictions to decide").click()
        await page.locator("details[open]").get_by_role("link", name="Caller", exact=True).click()
        await expect(page.get_by_role("heading", name=NUMBER)).to_be_visible()
        await page.goto(f"http://{address}/agent?call=c1")
        await page.get_by_role("link", name="Caller", exact=True).click()
        await expect(page.get_by_role("heading", name=NUMBER)).to_be_visible()


async def test_as_a_call_arrives_the_agent_reads_what_colleagues_noted(office: Office, browser: Browser, folder: Path) -> None:
    known = CallerKnown(
        call_id="c1",
        at_sample=0,
        caller=CALLER,
        notes=("Speak slowly; hears badly.",),
        incidents=2,
        restriction="one named contact",
        route_to="the complaints desk",
    )
    async with office.served() as address, console(browser, address, "sam") as page:
        await office.happen(call_started())
        await office.happen(known)
        await expect(page.locator("#known")).to_contain_text("Speak slowly; hears badly.")
        await expect(page.locator("#known")).to_contain_text("Restriction: one named contact")
        await fits(page, folder, "known")
        await office.happen(prompt())
        await expect(page.locator("blockquote", has_text=WARNING)).to_be_visible()
        await expect(page.get_by_text("Speak slowly; hears badly.")).to_be_hidden()  # now the prompt is what matters
        await page.get_by_text("About this caller").press("Enter")
        await expect(page.get_by_text("Speak slowly; hears badly.")).to_be_visible()
        await fits(page, folder, "known-prompt")
