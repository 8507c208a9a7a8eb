"""QA judges a call, draws others, tunes thresholds and reads trends, in a real browser; axe on every screen."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta

import pytest_asyncio
from playwright.async_api import Browser, Page, expect

from callguard.clock import SystemClock
from callguard.terms import StaffRole
from tests.deliver import test_accessible, test_browser
from tests.deliver.office import Office
from tests.deliver.stored_calls import store_call
from tests.deliver.test_accessible import violations
from tests.deliver.test_browser import console

pytestmark = test_accessible.pytestmark
real_time_office = test_browser.real_time_office
browser = test_browser.browser


@pytest_asyncio.fixture(loop_scope="module")
async def archive(real_time_office: Office) -> Office:
    """Two calls with alerts, one without, and a second reviewer."""
    office, now = real_time_office, SystemClock().utc_now()
    await office.hire("quira", "Quira", StaffRole.QA)
    await store_call(office, call_id="c0", seconds=12, began=now - timedelta(days=8), agent="priya")
    await store_call(office, call_id="c1", seconds=60, began=now - timedelta(hours=1))
    await store_call(office, call_id="c2", seconds=36, began=now - timedelta(days=1))
    return office


@asynccontextmanager
async def area(browser: Browser, address: str, place: str, name: str = "quentin", width: int = 1440) -> AsyncIterator[Page]:
    async with console(browser, address, name, width=width, height=900 if width > 1100 else 768) as page:
        await page.goto(f"http://{address}/qa{place}")
        yield page


async def judge_all(page: Page, word: str) -> None:
    await expect(page.locator(".review-panel")).to_be_visible()
    for card in await page.locator(".one-alert:not(.withdrawn)").all():
        await card.get_by_role("button", name=word).click()
        await expect(card.get_by_role("button", name=word)).to_have_attribute("aria-pressed", "true")


async def test_a_call_is_judged_by_keys_and_buttons_and_finished(archive: Office, browser: Browser) -> None:
    async with archive.served() as address, area(browser, address, "?call=c1") as page:
        panel = page.locator(".review-panel")
        await expect(panel).to_contain_text("begins your review")
        await expect(panel.get_by_role("button", name="Finish review")).to_be_disabled()
        await page.keyboard.press("n")
        await page.keyboard.press("1")
        first = page.locator(".one-alert").first
        await expect(first.get_by_role("button", name="Right")).to_have_attribute("aria-pressed", "true")
        await expect(panel).to_contain_text("You are the first reviewer")
        await page.keyboard.press("2")
        asked = first.get_by_role("group", name="What is it really?")
        await expect(asked.get_by_label("threat to a person")).to_be_focused()
        await page.keyboard.press("8")
        await expect(asked.get_by_label("rudeness")).to_be_checked()
        await page.keyboard.press("5")
        await expect(first).to_contain_text("Your answer: hate, rudeness")
        await first.get_by_label("How severe").select_option("4")
        assert await violations(page) == []
        await first.get_by_role("button", name="Keep verdict").click()
        await expect(first).to_contain_text("Wrong, is hate, rudeness (4 · threat)")
        await page.keyboard.press("0")
        await expect(first.locator("[aria-pressed=true]")).to_have_count(0)
        await page.keyboard.press("4")
        await expect(panel.get_by_role("button", name="Keep verdict")).to_be_disabled()
        await panel.get_by_label("swearing").check()
        await panel.get_by_role("button", name="Keep verdict").click()
        await expect(panel.locator(".missed li")).to_contain_text("swearing")
        await page.keyboard.press("6")
        await page.keyboard.press("5")
        await panel.get_by_role("button", name="Keep verdict").click()
        await expect(page.locator("#line-verdict")).to_contain_text("Wrong, is hate")
        await judge_all(page, "Right")
        assert await violations(page) == []
        await panel.get_by_role("button", name="Finish review").click()
        await expect(panel).to_contain_text("You finished")


async def test_a_second_reviewer_is_blind_and_what_they_differ_on_is_settled(archive: Office, browser: Browser) -> None:
    async with archive.served() as address:
        async with area(browser, address, "?call=c1") as page:
            await judge_all(page, "Right")
            await page.get_by_role("button", name="Finish review").click()
            await expect(page.locator(".review-panel")).to_contain_text("You finished")
        async with area(browser, address, "?tab=review", "quira") as page:
            row = page.locator("#queue tbody tr")
            await expect(row).to_contain_text("second review")
            await row.get_by_role("button").click()
            panel = page.locator(".review-panel")
            await expect(panel).to_contain_text("Other verdicts stay hidden")
            await expect(page.locator("aside")).not_to_contain_text("quentin")
            for card in await page.locator(".one-alert:not(.withdrawn)").all():
                await card.get_by_role("button", name="Wrong").click()
                await card.get_by_role("button", name="Keep verdict").click()
                await expect(card.get_by_role("button", name="Wrong")).to_have_attribute("aria-pressed", "true")
            await panel.get_by_role("button", name="Finish review").click()
            await expect(page.locator(".one-alert").first).to_contain_text("Quentin: Right")
            await page.get_by_role("link", name="Review", exact=True).click()
            await expect(page.locator("#agreement tbody tr").first).to_contain_text("Too few to tell")
            await expect(page.locator("#disputes li")).not_to_have_count(0)
            waiting = await page.locator("#disputes li").count()
            assert await violations(page) == []
            await page.locator("#disputes li").first.get_by_role("button", name="Settle").click()
            await page.get_by_role("group", name="Settle as").get_by_label("insult").check()
            await page.get_by_role("button", name="Keep verdict").click()
            await expect(page.locator("#disputes li")).to_have_count(waiting - 1)


async def test_calls_are_drawn_by_lot_quiet_ones_too(archive: Office, browser: Browser) -> None:
    async with archive.served() as address, area(browser, address, "?tab=review", width=1024) as page:
        await expect(page.get_by_text("Nothing waits for you")).to_be_visible()
        await page.get_by_label("Seed").fill("november")
        await page.get_by_label("Calls of the last days").fill("30")
        await page.get_by_role("button", name="Draw").click()
        await expect(page.locator("#queue tbody tr")).to_have_count(3)
        await expect(page.locator("#queue")).to_contain_text("drawn, quiet call")
        assert await violations(page) == []


async def test_a_threshold_is_moved_tried_and_proposed(archive: Office, browser: Browser) -> None:
    async with archive.served() as address, area(browser, address, "?call=c1") as page:
        await judge_all(page, "Right")
        await page.get_by_role("button", name="Finish review").click()
        await expect(page.locator(".review-panel")).to_contain_text("You finished")
        await page.get_by_role("link", name="Tuning").click()
        await expect(page.get_by_text("From 1 reviewed call")).to_be_visible()
        slider = page.get_by_label("Threshold for insult")
        await slider.fill("0.8")
        await expect(page.locator("#moved")).to_contain_text("insult")
        await page.get_by_role("button", name="Show what would change").click()
        await expect(page.locator("#what-if-result")).to_contain_text("on 1 of 1 calls")
        await page.locator("article", has=slider).locator("summary").click()
        assert await violations(page) == []
        await page.get_by_label("Why").fill("fewer false alarms")
        await page.get_by_role("button", name="Propose", exact=True).click()
        await expect(page.locator(".propose")).to_contain_text("Kept as standard 2")


async def test_other_thresholds_are_tried_on_one_call_and_taken_on_to_a_proposal(archive: Office, browser: Browser) -> None:
    async with archive.served() as address, area(browser, address, "?call=c1", width=1024) as page:
        await expect(page.locator(".review-panel")).to_be_visible()
        await page.keyboard.press("w")
        slider = page.locator("#trial").get_by_label("Threshold for insult")
        result = page.locator("#trial-result")
        await expect(result).to_contain_text("Go 0")
        await slider.fill("0.95")
        await expect(result).to_contain_text("Go 1")
        await expect(page.locator(".changes-lane [data-fate=goes]")).to_have_count(1)
        await page.locator("#trial").get_by_role("button", name="insult at").click()
        await expect(page.locator("#lines [aria-current]")).to_contain_text("stupid cow")
        assert await violations(page) == []
        await page.locator("#propose-this").click()
        await expect(page.locator("#moved")).to_contain_text("0.95")
        await expect(page.locator("#what-if-result")).to_contain_text("on 0 of 0 calls")
        await expect(page.get_by_label("Why")).to_be_visible()
        await page.go_back()
        await expect(page.locator(".review-panel")).to_be_visible()
        await page.keyboard.press("w")
        await expect(page.locator("#trial").get_by_role("slider").first).to_be_focused()
        await page.keyboard.press("Escape")
        await expect(page.locator("#what-if")).to_be_focused()


async def test_senior_staff_replay_and_judge_nothing(archive: Office, browser: Browser) -> None:
    async with archive.served() as address, area(browser, address, "?call=c1", "ana") as page:
        await expect(page.locator("#lines")).to_be_visible()
        await page.keyboard.press("w")
        await expect(page.locator("#what-if")).to_have_count(0)
        await expect(page.locator("#trial")).to_have_count(0)
        await expect(page.locator(".verdict")).to_have_count(0)


async def test_trends_are_drawn_with_a_table_beside(archive: Office, browser: Browser) -> None:
    async with archive.served() as address, area(browser, address, "?tab=trends", "ana") as page:
        await expect(page.locator(".chart")).to_have_count(4)
        await expect(page.locator(".chart").first.locator("text[text-anchor=end]")).to_have_text(["0", "1", "2"])
        rows = page.locator("[aria-labelledby=trend-table] tbody tr")
        await expect(rows.first.locator("td").first).not_to_have_text("0")
        await expect(page.locator("[aria-labelledby=card-use]")).to_contain_text("How the cards do")
        assert await violations(page) == []
        await page.locator(".choices select").nth(1).select_option("day")
        await page.locator(".choices select").first.select_option("14")
        await expect(rows).to_have_count(14)
        await page.locator(".choices select").last.select_option("hate")
        await expect(rows.first.locator("td").nth(2)).to_have_text("0")
