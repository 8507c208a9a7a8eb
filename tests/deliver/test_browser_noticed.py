"""How an alert is noticed by whoever looks elsewhere: sounds, notifications and what is read out, once each."""

import asyncio
from dataclasses import replace

import pytest
from playwright.async_api import Browser, Page, Route, expect

from callguard.events import StateChanged
from callguard.human_acts import AlertAnswer, CardAnswer, CardAnswered
from callguard.terms import CallState, Tactic
from tests.deliver import test_browser
from tests.deliver.office import Office
from tests.deliver.test_browser import claimed, console, threat
from tests.fakes import alert, call_started
from tests.record.journals import call_ended, settled

pytestmark = test_browser.pytestmark
real_time_office = test_browser.real_time_office
browser = test_browser.browser

HEARD = """window.sounds = 0;
const start = OscillatorNode.prototype.start;
OscillatorNode.prototype.start = function (...when) {
  document.documentElement.dataset.sounds = ++window.sounds;
  start.apply(this, when);
};"""
SHOWN = """Object.defineProperty(document, "hidden", { get: () => window.isHidden ?? false });
window.shown = [];
window.Notification = class {
  static permission = "granted";
  constructor(title, { tag }) { window.shown = [...window.shown.filter(one => one !== tag), tag]; }
};"""
TONES = 2
"""A soft sound is two tones."""


@pytest.fixture
def office(real_time_office: Office) -> Office:
    return real_time_office


async def other_tab(page: Page, url: str) -> Page:
    tab = await page.context.new_page()
    await tab.goto(url)
    await expect(tab.locator("#guard")).to_be_visible()
    return tab


async def test_a_tab_that_never_rings_does_not_keep_the_board_silent(office: Office, browser: Browser) -> None:
    async with office.served() as address, console(browser, address, "ana", width=1024, height=768) as page:
        await page.context.add_init_script(HEARD)
        await page.goto(f"http://{address}/incidents")
        await expect(page.locator("#guard")).to_be_visible()
        boards = [await other_tab(page, f"http://{address}/board") for _ in range(2)]
        await office.happen(call_started())
        await office.happen(threat())
        for board in boards:
            await expect(board.locator(".alert")).to_be_visible()
            await expect(board.locator("#tell-now")).to_contain_text("Alert")
        # Whoever makes the sound holds this for a moment; afterwards all that will be heard was.
        await page.evaluate("navigator.locks.request('callguard.sounds', () => {})")
        assert sum([await board.evaluate("window.sounds") for board in boards]) == TONES


async def test_each_alert_has_a_notification_of_its_own(office: Office, browser: Browser) -> None:
    async with office.served() as address, console(browser, address, "ana", width=1024, height=768) as board:
        await board.add_init_script(SHOWN)
        await board.evaluate("localStorage.setItem('callguard.notify', 'yes')")
        await board.reload()
        await expect(board.locator("#guard-engine")).to_contain_text("base.en")
        await board.evaluate("window.isHidden = true")
        await office.happen(call_started())
        await office.happen(threat())
        await office.happen(replace(alert("c1:2"), category="help"))
        await expect(board.locator(".alert")).to_have_count(2)
        assert await board.evaluate("window.shown.length") == 2


async def test_a_call_that_ended_before_the_board_was_opened_does_not_come_back(office: Office, browser: Browser) -> None:
    await office.happen(call_started())
    await office.happen(call_ended())
    async with office.served() as address, console(browser, address, "ana", width=1024, height=768) as board:
        late = CardAnswered(call_id="c1", at_sample=0, by="sam", tactic=Tactic.WARN, answer=CardAnswer.USED, decision_id="")
        await office.happen(late)
        await office.happen(replace(alert("c1:9"), category="panic"))  # fear outlives the call
        await expect(board.locator(".alert")).to_contain_text("the call is over")
        await expect(board.get_by_text("No live calls")).to_be_visible()


async def test_what_is_missed_while_the_state_of_things_is_loaded_is_loaded_again(office: Office, browser: Browser) -> None:
    async with office.served() as address, console(browser, address, "ana", width=1024, height=768) as board:
        await office.happen(call_started())
        is_asked, is_let_go = asyncio.Event(), asyncio.Event()

        async def answer_late(route: Route) -> None:
            answer = await route.fetch()
            is_asked.set()
            await is_let_go.wait()
            await route.fulfill(response=answer)

        await board.route("**/api/live", answer_late)
        office.hub.announce(b'{"type":"missed","from_seq":1,"to_seq":1}')
        await is_asked.wait()
        # The answer that is on its way knows nothing of this alert, and the line has left it out.
        unseen = office.event(threat(), is_alert=True)
        await office.store.append([unseen])
        office.hub.announce(b'{"type":"missed","from_seq":2,"to_seq":2}')
        await office.happen(StateChanged(call_id="c1", at_sample=0, state=CallState.THREAT, was=CallState.QUIET))
        is_let_go.set()
        await expect(board.locator(".alert .words")).to_have_text("«when I get there»")
        await board.unroute("**/api/live")


async def test_an_alert_that_was_missed_rings_and_is_told_when_it_is_loaded(office: Office, browser: Browser) -> None:
    async with office.served() as address, console(browser, address, "ana", width=1024, height=768) as board:
        await office.happen(call_started())
        await office.store.append([office.event(threat(), is_alert=True)])
        office.hub.announce(b'{"type":"missed","from_seq":2,"to_seq":2}')
        await expect(board.locator(".alert .words")).to_have_text("«when I get there»")
        await expect(board.locator("#tell-now")).to_have_text("Alert: threat to a person. when I get there")


async def test_whoever_is_handed_a_call_hears_of_it(office: Office, browser: Browser) -> None:
    async with office.served() as address, console(browser, address, "ana", width=1024, height=768) as board:
        await board.add_init_script(HEARD)
        await board.reload()
        await expect(board.locator("#guard-engine")).to_contain_text("base.en")
        await office.happen(call_started())
        await office.happen(replace(claimed(), by="adam", answer=AlertAnswer.HANDED_OVER, to="ana"))
        await expect(board.locator("#tell-now")).to_have_text("Adam has handed you the call of Sam.")
        await expect(board.locator("html")).to_have_attribute("data-sounds", str(TONES))


async def test_a_withdrawn_alert_needs_nobody(office: Office, browser: Browser) -> None:
    async with office.served() as address, console(browser, address, "ana", width=1024, height=768) as board:
        await office.happen(call_started())
        await office.happen(replace(threat(), is_provisional=True))
        await expect(board).to_have_title("(1) Board · callguard")
        await office.happen(settled("c1:1", is_confirmed=False))
        await expect(board.locator(".alert.withdrawn")).to_be_visible()
        await expect(board).to_have_title("Board · callguard")
        await office.happen(call_ended())
        await expect(board.locator(".alert")).to_have_count(0)
