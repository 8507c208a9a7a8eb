"""Keys and buttons in a hurry: pressed twice, with Caps Lock on, while the line is down, as something moves under the finger."""

import asyncio
from dataclasses import replace

import pytest
from playwright.async_api import Browser, Page, Route, expect

from callguard.errors import NotFoundError
from callguard.human_acts import AlertAnswer, AlertAnswered
from tests.deliver import test_browser
from tests.deliver.case_access import have_everything
from tests.deliver.office import Office
from tests.deliver.test_browser import WARNING, claimed, console, prompt, threat
from tests.fakes import alert, call_started

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


async def slow(page: Page, pattern: str) -> tuple[list[str], asyncio.Event]:
    """Let what the page sends to addresses like `pattern` wait; return what is sent, and what lets it go."""
    sent: list[str] = []
    is_let_go = asyncio.Event()

    async def hold(route: Route) -> None:
        if route.request.method != "GET":
            sent.append(route.request.url)
            await is_let_go.wait()
        await route.continue_()

    await page.route(pattern, hold)
    return sent, is_let_go


async def test_a_button_that_is_pressed_twice_acts_once(office: Office, browser: Browser) -> None:
    await have_everything(office)
    async with office.served() as address, console(browser, address, "sam") as page:
        await page.goto(f"http://{address}/agent?call=c1")
        await page.get_by_text("Read the incident draft").click()
        await page.get_by_label("Something to add or put right?").fill("I had warned him twice.")
        sent, let_go = await slow(page, "**/comments")
        await page.get_by_role("button", name="Add it").dblclick()
        let_go.set()
        await expect(page.get_by_text("Sam I had warned him twice.")).to_have_count(1)
        assert len(sent) == 1


async def test_claiming_one_alert_puts_no_other_under_the_finger(office: Office, browser: Browser) -> None:
    async with office.served() as address, console(browser, address, "ana", width=1024, height=768) as board:
        for number, agent in ((1, "sam"), (2, "priya")):
            await office.happen(call_started(f"c{number}", agent=agent), agent=agent)
            await office.happen(replace(alert(f"c{number}:1", call_id=f"c{number}"), answer_within_s=60), agent=agent)
        await expect(board.locator(".alert")).to_have_count(2)
        first = board.locator(".alert", has_text="Sam").get_by_role("button", name="Claim", exact=True)
        box = await first.bounding_box()
        assert box is not None
        await first.click()
        await office.happen(replace(claimed(), call_id="c1", decision_id="c1:1"))
        await expect(board.locator(".alert")).to_have_count(1)
        await board.mouse.click(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
        await expect(board.locator("#needs")).to_contain_text("blue · Sam")
        await board.mouse.move(5, 5)
        await expect(board.locator("#needs")).not_to_contain_text("blue · Sam")
    assert [act[1] for act in office.desk.acts] == ["c1"]


async def test_a_claim_by_keyboard_leaves_the_focus_on_the_next_alert(office: Office, browser: Browser) -> None:
    async with office.served() as address, console(browser, address, "ana", width=1024, height=768) as board:
        for number, agent in ((1, "sam"), (2, "priya")):
            await office.happen(call_started(f"c{number}", agent=agent), agent=agent)
            await office.happen(alert(f"c{number}:1", call_id=f"c{number}"), agent=agent)
        await board.locator(".alert", has_text="Sam").get_by_role("button", name="Claim", exact=True).press("Enter")
        await office.happen(replace(claimed(), call_id="c1", decision_id="c1:1"))
        await expect(board.locator(".alert")).to_have_count(1)
        await board.keyboard.press("Tab")
        inside = "document.activeElement.closest('.alert')?.textContent ?? ''"
        assert "Priya" in await board.evaluate(inside)


async def test_a_dock_that_is_closed_while_it_connects_leaves_the_call(office: Office, browser: Browser) -> None:
    async with office.served() as address, console(browser, address, "ana", width=1024, height=768) as board:
        await office.happen(call_started())
        await office.happen(alert("c1:1"))
        sent, let_go = await slow(board, "**/calls/c1/join")
        async with board.expect_request(lambda asked: asked.method == "POST" and asked.url.endswith("/join")):
            await board.get_by_role("button", name="Listen").dblclick()
        await expect(board.locator("#dock-state")).to_have_text("connecting")
        async with board.expect_request("**/join/j1") as left:
            await board.locator("#dock-leave").click()
            let_go.set()
        assert (await left.value).method == "DELETE"
        await expect(board.locator("#dock")).to_have_count(0)
        assert len(sent) == 1
    assert [act[0] for act in office.desk.acts] == ["join", "leave"]


async def test_a_list_is_free_again_after_a_click_and_the_worst_comes_first(office: Office, browser: Browser) -> None:
    async with office.served() as address, console(browser, address, "ana", width=1024, height=768) as board:
        await office.happen(call_started("c2", agent="priya"), agent="priya")
        await office.happen(alert("c2:1", call_id="c2"), agent="priya")
        await board.get_by_text("What was said before").click()  # which leaves the focus where it was clicked
        await board.mouse.move(5, 5)
        await office.happen(call_started())
        await office.happen(threat())
        await expect(board.locator(".alert")).to_have_count(2)
        await expect(board.locator(".alert").first).to_contain_text("Sam")


async def test_a_pointer_that_was_left_on_the_list_holds_it_no_longer(office: Office, browser: Browser) -> None:
    async with office.served() as address, console(browser, address, "ana", width=1024, height=768) as board:
        await board.add_init_script("""const now = performance.now.bind(performance);
            window.aheadMs = 0;
            performance.now = () => now() + window.aheadMs;""")
        await board.reload()
        await expect(board.locator("#guard-engine")).to_contain_text("base.en")
        await office.happen(call_started("c2", agent="priya"), agent="priya")
        await office.happen(alert("c2:1", call_id="c2"), agent="priya")
        await board.locator(".alert .top").hover()
        await office.happen(call_started())
        await office.happen(threat())
        await expect(board.locator(".alert")).to_have_count(2)
        await expect(board.locator(".alert").first).to_contain_text("Priya")
        await board.evaluate("window.aheadMs = 16_000")
        await office.happen(call_started("c3", agent="priya"), agent="priya")
        await expect(board.locator(".alert").first).to_contain_text("Sam")
