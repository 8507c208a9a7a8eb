"""The panel from an agent's seat: threats, the time after a call, two tabs, a hidden page, one's own zone."""

from dataclasses import replace
from datetime import timedelta

import pytest
from playwright.async_api import Browser, Page, expect

from callguard.cases import WrapUp
from callguard.clock import SystemClock
from callguard.events import ChecklistFilled, StateChanged
from callguard.human_acts import CardAnswer, CardAnswered
from callguard.terms import CallState, Tactic
from tests.deliver import test_browser
from tests.deliver.case_access import INCIDENT, have_everything
from tests.deliver.office import PASSWORD, Office
from tests.deliver.test_accessible import violations
from tests.deliver.test_browser import WARNING, console, prompt, threat
from tests.fakes import call_started, transcript
from tests.record.journals import call_ended

pytestmark = test_browser.pytestmark
real_time_office = test_browser.real_time_office
browser = test_browser.browser

HIDDEN = """Object.defineProperty(document, "hidden", { get: () => window.isHidden ?? false });
window.shown = [];
window.Notification = class { static permission = "granted"; constructor(title) { window.shown.push(title); } };"""


@pytest.fixture
def office(real_time_office: Office) -> Office:
    return real_time_office


async def second_tab(page: Page, address: str) -> Page:
    """Open another tab of the same browser."""
    other = await page.context.new_page()
    await other.goto(f"http://{address}/agent")
    await expect(other.locator("#guard-engine")).to_contain_text("base.en")
    return other


async def test_a_threat_against_the_place_makes_the_panel_a_checklist(office: Office, browser: Browser) -> None:
    bomb = replace(threat(), category="threat_general", because="there is a bomb in your office")
    filled = ChecklistFilled(call_id="c1", at_sample=0, start_sample=0, field="when", value="at three o'clock", by="")
    async with office.served() as address, console(browser, address, "sam") as page:
        await office.happen(call_started())
        await office.happen(StateChanged(call_id="c1", at_sample=0, state=CallState.THREAT, was=CallState.QUIET))
        await office.happen(bomb)
        await expect(page.get_by_text("Do not hang up. Stay calm and keep the caller talking.")).to_be_visible()
        await expect(page.locator(".checklist .question")).to_have_text("When?")
        await expect(page.locator("#helpers")).to_have_text("Senior staff have been told.")
        assert await violations(page) == []
        await office.happen(filled)
        await expect(page.locator(".checklist")).to_contain_text("1 of 1 answered")
        await page.get_by_text("The whole checklist").press("Enter")
        await expect(page.get_by_text("«at three o'clock»")).to_be_visible()
        await page.get_by_label("Write down: voice").fill("calm, an older man")
        await page.keyboard.press("Enter")
        assert await violations(page) == []
        await expect(page.locator("#tell")).to_have_text("Saved.")
    assert office.desk.acts == [("field", "c1", "sam", "voice", "calm, an older man")]


async def test_after_a_hard_call_the_agent_reads_the_draft_adds_to_it_and_takes_an_offer(
    office: Office, browser: Browser
) -> None:
    await have_everything(office)
    async with office.served() as address, console(browser, address, "sam") as page:
        await page.goto(f"http://{address}/agent?call=c1")
        await expect(page.get_by_role("heading", name="Take the time you need")).to_be_visible()
        await expect(page.get_by_text("offered by Ana")).to_be_visible()
        await page.get_by_role("button", name="Yes, please").press("Enter")
        await expect(page.locator(".offer .tag")).to_have_text("Yes, please")
        await page.get_by_text("Read the incident draft").press("Enter")
        await page.get_by_label("Something to add or put right?").fill("I had warned him twice.")
        await page.get_by_role("button", name="Add it").press("Enter")
        await expect(page.get_by_text("Sam I had warned him twice.")).to_be_visible()
        assert await violations(page) == []


async def test_what_the_agent_was_writing_when_the_next_call_came_waits_for_the_end_of_it(
    office: Office, browser: Browser
) -> None:
    async with office.served() as address, console(browser, address, "sam") as page:
        await office.happen(call_started())
        await office.happen(prompt())
        await office.happen(call_ended())
        await have_everything(office)
        await page.get_by_text("Read the incident draft").click()
        await page.get_by_label("Something to add or put right?").fill("I had warned him twice.")
        await office.happen(call_started("c2"))
        await expect(page.get_by_role("heading", name="Listening")).to_be_visible()
        await expect(page.get_by_role("textbox")).to_have_count(0)  # nothing but the call while it runs
        await office.happen(replace(call_ended(), call_id="c2"))
        await expect(page.get_by_label("You had begun to write this")).to_have_value("I had warned him twice.")
        await page.get_by_role("button", name="Ready for calls").click()
        await expect(page.get_by_label("You had begun to write this")).to_have_value("I had warned him twice.")
        assert await violations(page) == []
        await page.get_by_role("button", name="Add it").click()
        await expect(page.get_by_label("You had begun to write this")).to_have_count(0)
    async with office.client("sam") as sam:
        record = (await sam.get(f"/api/incidents/{INCIDENT}")).json()
    assert [one["text"] for one in record["content"]["comments"]] == ["I had warned him twice."]


async def draw(page: Page, *, prompts: int) -> None:
    """Let frames pass on a page whose clock stands, until so many prompts are on it."""
    while await page.locator(".prompt").count() != prompts:
        await page.clock.run_for(16)


async def test_a_key_or_a_click_in_the_moment_in_which_another_prompt_comes_on_top_does_not_answer_that_one(
    office: Office, browser: Browser
) -> None:
    async with office.served() as address, console(browser, address, "sam") as page:
        await page.clock.install()
        await office.happen(call_started())
        await office.happen(prompt(1))
        await expect(page.locator(".prompt")).to_have_count(1)
        await page.clock.pause_at(SystemClock().utc_now() + timedelta(seconds=10))
        await office.happen(prompt(2))
        await draw(page, prompts=2)
        await page.keyboard.press("Enter")
        await page.locator(".prompt").first.get_by_role("button", name="Not now").click()
        await draw(page, prompts=1)
        await page.clock.run_for(1000)  # now it has been read
        await page.keyboard.press("n")
        await draw(page, prompts=0)
    assert office.desk.acts == [
        ("card", "c1", "sam", Tactic.WARN, CardAnswer.USED, "c1:1"),
        ("card", "c1", "sam", Tactic.WARN, CardAnswer.NOT_NOW, "c1:2"),
    ]


async def test_the_record_and_what_is_offered_come_while_the_agent_rests(office: Office, browser: Browser) -> None:
    async with office.served() as address, console(browser, address, "sam") as page:
        await office.happen(call_started())
        await office.happen(prompt())
        record = "**/api/incidents/of-call/c1"
        async with page.expect_response(record) as nothing_yet:
            await office.happen(call_ended())
        assert (await nothing_yet.value).status == 404
        await expect(page.get_by_role("heading", name="Take the time you need")).to_be_visible()
        await page.route(record, lambda route: route.abort())  # seen without the offer, it is looked at again in a minute
        await have_everything(office)  # it is drafted, and somebody offers support, after the call
        await page.unroute(record)
        await expect(page.get_by_text("offered by Ana")).to_be_visible()
        await expect(page.get_by_text("Read the incident draft")).to_be_visible()


async def test_time_of_their_own_outlives_the_page_until_the_agent_is_ready(office: Office, browser: Browser) -> None:
    await office.happen(call_started())
    await office.happen(prompt())
    await office.happen(call_ended())
    rest = WrapUp(call_id="c1", agent="sam", began_at=office.clock.utc_now(), offered_s=300, ended_at=None)
    await office.store.tasks.begin_wrap_up(rest)
    await office.store.tasks.begin_wrap_up(rest.model_copy(update={"call_id": "gone"}))
    async with office.served() as address, console(browser, address, "sam") as page:
        await expect(page.get_by_role("heading", name="Take the time you need")).to_be_visible()
        await page.get_by_role("button", name="Ready for calls").click()
        await expect(page.get_by_role("heading", name="No call right now")).to_be_visible()
    assert await office.store.tasks.wrap_up("sam") is None


async def test_what_is_written_into_the_checklist_stays_when_the_state_of_things_is_loaded_anew(
    office: Office, browser: Browser
) -> None:
    async with office.served() as address, console(browser, address, "sam") as page:
        await office.happen(call_started())
        await office.happen(replace(threat(), category="threat_general", because="there is a bomb in your office"))
        await page.get_by_text("The whole checklist").click()
        await page.get_by_label("Write down: voice").fill("calm, an older man")
        await page.route("**/checklist", lambda route: route.abort())
        office.hub.announce(b'{"type":"missed","from_seq":2,"to_seq":3}')
        await expect(page.get_by_text("Some of what happened could not be loaded")).to_be_visible()
        await expect(page.get_by_label("Write down: voice")).to_have_value("calm, an older man")
        await page.unroute("**/checklist")
        await expect(page.get_by_text("Some of what happened could not be loaded")).to_be_hidden()
        await expect(page.get_by_label("Write down: voice")).to_have_value("calm, an older man")


async def test_what_can_be_said_is_never_squeezed_away_and_help_stays_where_it_is(office: Office, browser: Browser) -> None:
    office.desk.stand = replace(
        office.desk.stand, not_recorded_because="the disk is full", full_because="the machine is at its limit", refused_calls=3
    )
    async with office.served() as address, console(browser, address, "sam", width=400, height=720) as page:
        await page.evaluate("localStorage.setItem('callguard.language', 'de')")
        await page.reload()
        await expect(page.locator("#guard-engine")).to_contain_text("base.en")
        await office.happen(call_started())
        await expect(page.locator("#helpers")).to_be_attached()
        quiet = await page.locator("#help").bounding_box()
        await office.happen(replace(threat(), category="threat_general", because="there is a bomb in your office"))
        await expect(page.locator("#helpers")).to_have_text("Die Leitung weiß Bescheid.")
        assert await page.locator("#help").bounding_box() == quiet
        await page.context.set_offline(True)
        await page.locator("#help").click()
        await expect(page.locator("#helpers")).to_contain_text("Ihr Hilferuf geht hinaus")
        prompts = await page.locator(".prompts").bounding_box()
        assert prompts is not None
        assert prompts["height"] >= 168
        await expect(page.locator("#panic")).to_be_in_viewport(ratio=1)
        await page.context.set_offline(False)


async def test_german_says_how_the_call_stands_in_german(office: Office, browser: Browser) -> None:
    async with office.served() as address, console(browser, address, "sam") as page:
        await page.evaluate("localStorage.setItem('callguard.language', 'de')")
        await page.reload()
        await expect(page.get_by_role("button", name="Ich brauche Hilfe")).to_be_visible()
        await expect(page.locator("#guard-engine")).to_contain_text("base.en")
        await office.happen(call_started())
        await office.happen(StateChanged(call_id="c1", at_sample=0, state=CallState.THREAT, was=CallState.QUIET))
        await expect(page.locator("#tell")).to_have_text("In diesem Gespräch wird gedroht.")


async def test_two_tabs_agree_on_prompts_on_readiness_and_on_choices(office: Office, browser: Browser) -> None:
    async with office.served() as address, console(browser, address, "sam") as first:
        second = await second_tab(first, address)
        await office.happen(call_started())
        await office.happen(prompt())
        for tab in (first, second):
            await expect(tab.locator("blockquote", has_text=WARNING)).to_be_visible()
        await first.bring_to_front()
        await first.locator("#guard summary").click()
        await first.get_by_label("Appearance").select_option("dark")
        await expect(second.locator("html")).to_have_attribute("data-theme", "dark")
        await office.happen(call_ended())
        await first.keyboard.press("Escape")
        await first.get_by_role("button", name="Ready for calls").click()
        await expect(second.get_by_role("heading", name="No call right now")).to_be_attached()


async def test_a_card_answered_in_one_tab_is_gone_in_the_other(office: Office, browser: Browser) -> None:
    async with office.served() as address, console(browser, address, "sam") as first:
        second = await second_tab(first, address)
        await office.happen(call_started())
        for number, answer, button, here, there in (
            (1, CardAnswer.USED, "Used", first, second),
            (2, CardAnswer.NOT_NOW, "Not now", second, first),
        ):
            await office.happen(prompt(number))
            for tab in (here, there):
                await expect(tab.locator("blockquote")).to_be_visible()
            await here.bring_to_front()
            await here.get_by_role("button", name=button).first.click()
            await expect(here.locator("blockquote")).to_have_count(0)
            asked = ("card", "c1", "sam", Tactic.WARN, answer, f"c1:{number}")
            assert office.desk.acts[-1] == asked
            await expect(there.locator("blockquote")).to_be_visible()  # it follows the server's word, not the click
            told = CardAnswered(
                call_id="c1", at_sample=0, by="sam", tactic=Tactic.WARN, answer=answer, decision_id=f"c1:{number}"
            )
            await office.happen(told)
            await expect(there.locator("blockquote")).to_have_count(0)
            await expect(here.locator("blockquote")).to_have_count(0)


async def test_a_hidden_page_calls_by_title_sign_and_notification_and_never_with_the_words(
    office: Office, browser: Browser
) -> None:
    async with office.served() as address, console(browser, address, "sam") as page:
        await page.add_init_script(HIDDEN)
        await page.reload()
        await expect(page.locator("#guard-engine")).to_contain_text("base.en")
        await page.locator("#guard summary").click()
        await page.get_by_label("Notify me when this page is hidden").check()
        await page.evaluate("window.isHidden = true")
        await office.happen(call_started())
        await office.happen(transcript("you stupid cow"))
        await office.happen(StateChanged(call_id="c1", at_sample=0, state=CallState.ABUSIVE, was=CallState.QUIET))
        await expect(page).to_have_title("Abusive · callguard")
        await expect(page.locator("link[rel=icon]")).to_have_attribute("href", "/icon-risen.svg")
        assert await page.evaluate("window.shown") == ["This call is abusive"]


async def test_nothing_moves_by_itself(office: Office, browser: Browser) -> None:
    async with office.served() as address, console(browser, address, "sam") as page:
        await page.emulate_media(reduced_motion="reduce")
        await office.happen(call_started())
        await office.happen(StateChanged(call_id="c1", at_sample=0, state=CallState.THREAT, was=CallState.QUIET))
        await office.happen(prompt())
        await expect(page.locator("blockquote", has_text=WARNING)).to_be_visible()
        assert await page.evaluate("document.getAnimations().length") == 0
        assert await page.evaluate("getComputedStyle(document.querySelector('.prompt')).animationName") == "none"


async def test_times_stand_in_the_readers_zone_and_in_another_year_with_it(office: Office, browser: Browser) -> None:
    await have_everything(office)
    context = await browser.new_context(timezone_id="America/New_York", locale="en-US")
    page = await context.new_page()
    async with office.served() as address:
        await page.goto(f"http://{address}/")
        await page.get_by_label("Log-in name").fill("ana")
        await page.get_by_label("Password").fill(PASSWORD)
        await page.get_by_role("button", name="Log in").click()
        await page.wait_for_url(f"http://{address}/board")
        for today, said in (
            ("2026-12-24", "Fri, Nov 20, 09:03 AM EST"),
            ("2028-01-02", "Fri, Nov 20, 2026, 09:03 AM EST"),  # records are kept for years
        ):
            await page.clock.set_fixed_time(today)
            await page.goto(f"http://{address}/incidents")
            await expect(page.get_by_role("link", name="Sam")).to_contain_text(said)
        await context.close()


async def test_the_log_in_is_accessible_and_says_what_was_wrong(office: Office, browser: Browser) -> None:
    page = await browser.new_page(viewport={"width": 420, "height": 800})
    async with office.served() as address:
        await page.goto(f"http://{address}/")
        await expect(page.get_by_label("Log-in name")).to_be_focused()
        assert await violations(page) == []
        await page.keyboard.type("sam")
        await page.keyboard.press("Tab")
        await page.keyboard.type("wrong")
        await page.keyboard.press("Enter")
        await expect(page.get_by_role("alert")).to_have_text("Name or password is wrong; check both and try again.")
        await expect(page.get_by_label("Password")).to_be_focused()
        assert await violations(page) == []
        await page.close()
