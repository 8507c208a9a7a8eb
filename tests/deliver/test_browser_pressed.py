"""Keys and buttons in a hurry: pressed twice, with Caps Lock on, while the line is down, as something moves under the finger."""

import pytest
from playwright.async_api import Browser, expect

from callguard.errors import NotFoundError
from callguard.human_acts import AlertAnswer, AlertAnswered
from tests.deliver import test_browser
from tests.deliver.office import Office
from tests.deliver.test_browser import WARNING, console, prompt
from tests.fakes import call_started

pytestmark = test_browser.pytestmark
real_time_office = test_browser.real_time_office
browser = test_browser.browser


@pytest.fixture
def office(real_time_office: Office) -> Office:
    return real_time_office


async def test_caps_lock_does_not_make_panic_of_a_call_for_help(office: Office, browser: Browser) -> None:
    async with office.served() as address, console(browser, address, "sam") as page:
        await office.happen(call_started())
        await expect(page.locator("#state")).to_have_text("Quiet")
        # What a keyboard with Caps Lock sends: capitals without Shift, small letters with it.
        await page.evaluate("document.body.dispatchEvent(new KeyboardEvent('keydown', {key: 'H', bubbles: true}))")
        await expect(page.locator("#helpers")).to_have_text("Help asked. Senior staff have been told.")
        await page.evaluate(
            "document.body.dispatchEvent(new KeyboardEvent('keydown', {key: 'h', shiftKey: true, bubbles: true}))"
        )
        await expect(page.locator("#helpers")).to_have_text("Panic sent. Senior staff have been told.")
        await page.evaluate("document.body.dispatchEvent(new KeyboardEvent('keydown', {key: 'C', bubbles: true}))")
        await expect(page.get_by_role("heading", name="All cards")).to_be_visible()
    assert [act[3] for act in office.desk.acts] == [False, True]


async def test_panic_overtakes_a_call_for_help_that_waits_for_the_line(office: Office, browser: Browser) -> None:
    async with office.served() as address, console(browser, address, "sam") as page:
        await office.happen(call_started())
        await expect(page.locator("#state")).to_have_text("Quiet")
        await page.context.set_offline(True)
        await page.get_by_role("button", name="I need help").click()
        await expect(page.locator("#helpers")).to_contain_text("goes out as soon as the line is back")
        await page.get_by_role("button", name="Panic").click()
        await expect(page.get_by_role("button", name="Panic")).to_be_disabled()
        await page.context.set_offline(False)
        await expect(page.locator("#helpers")).to_have_text("Panic sent. Senior staff have been told.")
    assert office.desk.acts == [("help", "c1", "sam", True)]


async def test_what_failed_once_does_not_hide_who_comes_to_help(office: Office, browser: Browser) -> None:
    async with office.served() as address, console(browser, address, "sam") as page:
        await office.happen(call_started())
        await office.happen(prompt())
        office.desk.error = NotFoundError("there is no such call among those that you may see")
        await page.get_by_role("button", name="Used").click()
        await expect(page.locator("#helpers")).to_contain_text("there is no such call")
        answered = AlertAnswered(
            call_id="c1", at_sample=0, by="ana", decision_id="c1:9", answer=AlertAnswer.CLAIMED, to="", reason=""
        )
        await office.happen(answered)
        await expect(page.locator("#helpers")).to_have_text("Ana is with you.")
        await page.get_by_role("button", name="Used").click()
        await expect(page.locator("#helpers")).to_contain_text("there is no such call")
        await office.happen(call_started("c2"))
        await expect(page.locator("blockquote", has_text=WARNING)).to_have_count(0)
        await expect(page.locator("#helpers")).to_have_text("")
