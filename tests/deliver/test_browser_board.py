"""The board from a senior's seat: whose alert it is, until when it waits, who has it."""

import asyncio
from dataclasses import replace

import pytest
from playwright.async_api import Browser, Page, Route, expect

from callguard.clock import SystemClock
from callguard.events import StateChanged
from callguard.human_acts import AlertAnswer, JoinMode, JoinPhase, JoinWay
from callguard.terms import CallState, Role, StaffRole
from tests.deliver import test_browser
from tests.deliver.office import Office
from tests.deliver.stored_calls import joined
from tests.deliver.test_accessible import violations
from tests.deliver.test_browser import claimed, console, insult, threat
from tests.fakes import alert, call_started, transcript

pytestmark = test_browser.pytestmark
real_time_office = test_browser.real_time_office
browser = test_browser.browser


@pytest.fixture
def office(real_time_office: Office) -> Office:
    return real_time_office


async def test_an_alert_says_whose_it_is_and_counts_down_to_the_next_tier_until_somebody_has_seen_it(
    office: Office, browser: Browser
) -> None:
    now = SystemClock().utc_now()
    await office.clock.advance((now - office.clock.utc_now()).total_seconds())
    async with office.served() as address, console(browser, address, "ana", width=1440, height=900) as board:
        await office.happen(call_started())
        await office.happen(replace(threat(), answer_within_s=40))
        card = board.locator(".alert")
        await expect(card.locator(".whose")).to_have_text("blue · Sam")
        await expect(card).to_contain_text("goes to the next tier in 3")
        await office.happen(replace(claimed(), answer=AlertAnswer.ACKNOWLEDGED))
        await expect(card).to_contain_text("seen by Ana")
        await expect(card.locator(".until")).to_have_count(0)


async def test_an_alert_that_went_to_the_next_tier_stays_one_card_and_one_claim_takes_the_call(
    office: Office, browser: Browser
) -> None:
    async with office.served() as address, console(browser, address, "ana", width=1440, height=900) as board:
        await office.happen(call_started())
        await office.happen(StateChanged(call_id="c1", at_sample=0, state=CallState.THREAT, was=CallState.QUIET))
        await office.happen(threat())
        await office.happen(replace(claimed(), answer=AlertAnswer.DECLINED, reason="in another call"))
        await office.happen(replace(threat(), decision_id="c1:2", tier=2, repeats="c1:1"))
        await expect(board.locator(".alert")).to_have_count(1)
        await expect(board.locator(".alert")).to_contain_text("tier 2: nobody answered before")
        await expect(board.locator(".alert")).to_contain_text("Ana cannot: in another call")
        await office.happen(replace(threat(), decision_id="c1:3", category="sexual", because="what are you wearing"))
        await expect(board.locator(".alert")).to_have_count(2)
        await office.happen(replace(claimed(), decision_id="c1:2"))
        await expect(board.locator(".alert")).to_have_count(0)
        await expect(board.locator("#hand li")).to_have_count(1)
        await expect(board.locator("#live a.call")).to_contain_text("You have the call")


async def test_no_button_of_an_alert_is_left_alone_in_a_line_of_its_own(office: Office, browser: Browser) -> None:
    lines = (
        """() => [...document.querySelectorAll(".alert .acts button")].map(one => Math.round(one.getBoundingClientRect().top))"""
    )
    async with office.served() as address, console(browser, address, "ana", width=1440, height=900) as board:
        await office.happen(call_started())
        await office.happen(threat())
        for language in ("en", "de"):
            await board.evaluate("language => localStorage.setItem('callguard.language', language)", language)
            await board.reload()
            await expect(board.locator(".alert")).to_be_visible()
            for width in (1440, 1280, 1100, 640, 400):
                await board.set_viewport_size({"width": width, "height": 720})
                first, *others = await board.evaluate(lines)
                assert len(others) == 4
                assert min(others.count(top) + (top == first) for top in others) > 1, (language, width)
                assert await board.evaluate("document.documentElement.scrollWidth <= innerWidth")


async def test_a_colleague_is_chosen_by_name_and_those_at_their_console_come_first(office: Office, browser: Browser) -> None:
    await office.hire("cem", "Cem Aydin", StaffRole.SENIOR, team="red")
    await office.hire("ben", "Ben Okafor", StaffRole.SENIOR, team="red")
    async with (
        office.served() as address,
        console(browser, address, "ana", width=1024, height=768) as board,
        console(browser, address, "cem", width=1024, height=768) as other,
    ):
        await office.happen(call_started())
        await office.happen(threat())
        await office.happen(claimed())
        await board.get_by_role("button", name="Hand over").press("Enter")
        picker = board.get_by_label("To whom?")
        await expect(picker).to_be_focused()
        await expect(picker.locator("option:not([value=''])")).to_have_text(["Cem Aydin · red", "Ben Okafor · red"])
        await expect(picker.locator("optgroup").first).to_have_attribute("label", "At their console")
        await picker.select_option("cem")
        await board.get_by_role("button", name="Hand over").press("Enter")
        await expect(picker).to_be_hidden()
        await office.happen(replace(claimed(), answer=AlertAnswer.HANDED_OVER, to="cem"))
        await expect(board.locator("#hand")).to_contain_text("claimed by Cem Aydin")
        await expect(other.locator("#hand")).to_contain_text("claimed by you")
    assert office.desk.acts == [("alert", "c1", "ana", "c1:1", AlertAnswer.HANDED_OVER, "cem")]


async def test_an_alert_is_claimed_and_declined_by_keyboard_alone_and_the_evidence_is_read(
    office: Office, browser: Browser
) -> None:
    spoken = "you stupid cow, you ruined it"
    async with office.served() as address, console(browser, address, "ana", width=1024, height=768) as board:
        await office.happen(call_started())
        await office.happen(transcript("how can I help", channel=Role.AGENT))
        await office.happen(transcript(spoken, number=1))
        await office.happen(replace(insult(spoken), segment=1))
        await office.happen(replace(alert("c1:1"), segment=1, because="stupid cow", at_sample=32_000))
        card = board.locator(".alert")
        await expect(card).to_be_visible()
        await tab_to(board, "What was said before")
        await board.keyboard.press("Enter")
        await expect(card.locator("mark")).to_have_text("stupid cow")
        await expect(card.get_by_text("how can I help")).to_be_visible()
        await tab_to(board, "▶ Play 10 s")
        await tab_to(board, "Cannot take it")
        await board.keyboard.press("Enter")
        await expect(board.get_by_label("Why not?")).to_be_focused()
        await board.keyboard.type("in the other call")
        await board.keyboard.press("Enter")
        await expect(board.get_by_label("Why not?")).to_be_hidden()
        await tab_to(board, "Claim")
        await board.keyboard.press("Enter")
        await expect(card.get_by_role("button", name="Claim", exact=True)).to_be_enabled()
    assert [act[4] for act in office.desk.acts] == [AlertAnswer.DECLINED, AlertAnswer.CLAIMED]


async def tab_to(page: Page, text: str) -> None:
    """Press Tab until what says `text` has the focus: once round the page at most."""
    for _ in range(60):
        await page.keyboard.press("Tab")
        if await page.evaluate("document.activeElement.textContent.trim()") == text:
            return
    raise AssertionError(f"no Tab leads to «{text}»")


async def test_what_cannot_be_played_says_what_to_do_instead(office: Office, browser: Browser) -> None:
    async with office.served() as address, console(browser, address, "ana", width=1024, height=768) as board:
        await office.happen(call_started("c9"))
        await office.happen(replace(alert("c9:1", call_id="c9"), segment=1, because="stupid cow"))
        words = asyncio.Event()

        async def late(route: Route) -> None:
            await words.wait()
            await route.continue_()

        await board.route("**/evidence", late)
        await board.get_by_text("What was said before").click()
        await board.get_by_role("button", name="Play 10 s").click()
        complaint = board.get_by_role("alert").filter(has_text="listen in")
        await expect(complaint).to_be_visible()
        words.set()  # what was said takes nothing back of what was not heard
        await expect(board.get_by_text("Nothing was said before it.")).to_be_visible()
        await expect(complaint).to_be_visible()


async def test_a_wall_screen_has_nothing_to_click_and_says_who_has_the_call(office: Office, browser: Browser) -> None:
    async with office.served() as address, console(browser, address, "ana", width=1440, height=900) as board:
        await office.happen(call_started())
        await office.happen(threat())
        await board.get_by_role("button", name="Wall screen").click()
        await expect(board.locator(".alert .acts")).to_be_hidden()
        await office.happen(claimed())
        await expect(board.locator("#hand")).to_contain_text("claimed by you")
        await board.reload()
        await expect(board.get_by_role("button", name="Leave the wall screen")).to_be_visible()


async def test_a_line_that_breaks_loses_no_alert_and_two_boards_agree(office: Office, browser: Browser) -> None:
    async with office.served() as address:
        port = int(address.rpartition(":")[2])
        opened = console(browser, address, "ana", width=1440, height=900)
        board = await opened.__aenter__()
        other = await board.context.new_page()
        await other.goto(f"http://{address}/board")
        await expect(other.locator("#guard-engine")).to_contain_text("base.en")
    await expect(board.get_by_text("Offline. What you see may be old")).to_be_visible()
    await office.happen(call_started())
    await office.happen(threat())
    async with office.served(port):
        for page in (board, other):
            await page.bring_to_front()
            await expect(page.locator(".alert .words")).to_have_text("«when I get there»")
            await expect(page).to_have_title("(1) Board · callguard")
        await office.happen(claimed())
        for page in (board, other):
            await expect(page.locator(".alert")).to_have_count(0)
            await expect(page.locator("#hand")).to_contain_text("claimed by you")
        await opened.__aexit__(None, None, None)


async def test_a_join_that_fails_says_why_and_the_dock_is_accessible(office: Office, browser: Browser) -> None:
    async with office.served() as address, console(browser, address, "ana", width=1440, height=900) as board:
        await office.happen(call_started())
        await office.happen(threat())
        await board.get_by_role("button", name="Claim and join").press("Enter")
        await expect(board.locator("#dock-error")).to_contain_text("Joining failed")
        await expect(board.locator("#dock")).to_be_focused()  # the keyboard goes on in it
        await expect(board.locator("#dock")).to_contain_text("Ask Sam to put the call through to you.")
        assert await violations(board) == []
        await board.locator("#dock-leave").press("Enter")
        await expect(board.locator("#dock")).to_have_count(0)
    assert [act[0] for act in office.desk.acts][:2] == ["alert", "join"]


async def test_a_join_by_telephone_outlives_the_page_and_can_be_changed_and_left(office: Office, browser: Browser) -> None:
    by_phone = replace(joined("c1", 1, JoinPhase.JOINED), join_id="j7", way=JoinWay.PHONE, mode=JoinMode.LISTEN)
    async with office.served() as address, console(browser, address, "ana", width=1440, height=900) as board:
        await office.happen(call_started())
        await office.happen(by_phone)
        await expect(board.locator("#live-count")).to_have_text("1 call")
        await expect(board.locator("#dock")).to_have_count(0)  # callguard says that nobody is in: it was over before
        office.joins.present = [{"join_id": "j7", "by": "ana", "name": "Ana", "mode": "listen", "way": "phone"}]
        await board.reload()
        await expect(board.locator("#dock-state")).to_have_text("you listen")
        await expect(board.locator("#dock")).not_to_be_focused()  # nobody asked for it just now
        await board.get_by_label("Whisper to the agent").click()
        await expect(board.locator("#dock-state")).to_have_text("the agent hears you")
        await office.happen(replace(by_phone, phase=JoinPhase.CHANGED))  # from another page
        await expect(board.locator("#dock-state")).to_have_text("you listen")
        await board.locator("#dock-leave").click()
        await expect(board.locator("#dock")).to_have_count(0)
    assert office.desk.acts == [("change", "c1", "j7", "ana", JoinMode.WHISPER), ("leave", "c1", "j7", "ana")]


async def test_a_telephone_that_is_answered_after_the_page_was_loaded_anew_opens_the_dock(
    office: Office, browser: Browser
) -> None:
    office.joins.present = [{"join_id": "j7", "by": "ana", "name": "Ana", "mode": "listen", "way": "phone"}]
    async with office.served() as address, console(browser, address, "ana", width=1440, height=900) as board:
        await office.happen(call_started())
        await office.happen(replace(joined("c1", 1, JoinPhase.JOINED), join_id="j7", way=JoinWay.PHONE, mode=JoinMode.LISTEN))
        await expect(board.locator("#dock-state")).to_have_text("you listen")
        await office.happen(replace(joined("c1", 2, JoinPhase.LEFT), join_id="j7", way=JoinWay.PHONE, mode=JoinMode.LISTEN))
        await expect(board.locator("#dock-state")).to_have_text("not in the call")
