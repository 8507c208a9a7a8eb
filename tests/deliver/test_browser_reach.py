"""Two seniors of different teams: whose alert it is, and when it becomes everybody's."""

from dataclasses import replace

import pytest
from playwright.async_api import Browser, Page, expect

from callguard.events import Decision, StateChanged
from callguard.human_acts import AlertAnswer
from callguard.terms import CallState, Reach, StaffRole
from tests.deliver import test_browser
from tests.deliver.office import Office
from tests.deliver.test_accessible import violations
from tests.deliver.test_browser import console
from tests.fakes import alert, call_started, transcript

pytestmark = test_browser.pytestmark
real_time_office = test_browser.real_time_office
browser = test_browser.browser


@pytest.fixture
async def office(real_time_office: Office) -> Office:
    await real_time_office.hire("cem", "Cem Aydin", StaffRole.SENIOR, team="red")
    return real_time_office


def of_team(decision_id: str = "c1:1") -> Decision:
    """Return an alert for senior staff of the agent's team, whom a further tier would follow."""
    return replace(
        alert(decision_id), because="stupid cow", severity=3, tier=1, reach=Reach.TEAM, team="blue", answer_within_s=600
    )


async def is_needed(board: Page) -> None:
    await expect(board.locator("#needs .alert")).to_have_count(1)
    await expect(board.locator("#others-part")).to_be_hidden()
    await expect(board).to_have_title("(1) Board · callguard")


async def is_not_needed(board: Page) -> None:
    await expect(board.locator("#others li")).to_have_count(1)
    await expect(board.locator("#others li")).to_contain_text("blue · Sam")
    await expect(board.locator("#others-count")).to_have_text("1 open")
    await expect(board.locator("#needs .alert")).to_have_count(0)
    await expect(board).to_have_title("Board · callguard")
    await expect(board.locator("#tell")).to_be_empty()


async def test_another_teams_call_cannot_be_opened_before_one_is_called_to_it(office: Office, browser: Browser) -> None:
    async with (
        office.served() as address,
        console(browser, address, "ana", width=1024, height=768),
        console(browser, address, "cem", width=1440, height=900) as other,
    ):
        await office.happen(call_started())
        await office.happen(StateChanged(call_id="c1", at_sample=0, state=CallState.ABUSIVE, was=CallState.QUIET))
        await office.happen(of_team())
        await is_not_needed(other)
        await office.happen(transcript("you again", number=1))
        await office.happen(replace(of_team("c1:2"), tier=2, repeats="c1:1"))
        await is_not_needed(other)
        await expect(other.locator("#live .call")).to_contain_text("stupid cow")
        await expect(other.get_by_role("link", name="Sam")).to_have_count(0)
        await office.happen(replace(of_team("c1:3"), tier=3, repeats="c1:1", reach=Reach.ALL))
        await expect(other.locator("#live a[href]")).to_have_count(1)
        await other.locator("#live a[href]").click()
        await expect(other.get_by_text("You are watching Sam's call.")).to_be_visible()
        await expect(other.get_by_text("you again")).to_be_visible()


async def test_a_teams_alert_is_quiet_for_another_team_until_a_tier_reaches_all(office: Office, browser: Browser) -> None:
    async with (
        office.served() as address,
        console(browser, address, "ana", width=1024, height=768) as own,
        console(browser, address, "cem", width=1440, height=900) as other,
    ):
        await office.happen(call_started())
        await office.happen(of_team())
        await is_needed(own)
        await is_not_needed(other)
        assert await violations(other) == []
        await office.happen(replace(of_team("c1:2"), tier=2, repeats="c1:1", reach=Reach.ALL))
        await is_needed(own)
        await is_needed(other)
        await expect(other.locator("#tell")).to_have_text("Alert: insult. stupid cow")


async def test_an_alert_of_a_team_of_which_nobody_is_there_is_everybodys(office: Office, browser: Browser) -> None:
    async with office.served() as address, console(browser, address, "cem", width=1440, height=900) as other:
        await office.happen(call_started())
        async with console(browser, address, "ana", width=1024, height=768):
            await office.happen(of_team())
            await is_not_needed(other)
        await is_needed(other)  # ana has left
        await expect(other.locator("#tell")).to_have_text("Alert: insult. stupid cow")
        await office.happen(replace(of_team("c1:2"), category="hate"))
        await expect(other.locator("#needs .alert")).to_have_count(2)


async def test_whoever_is_not_needed_may_take_the_call_all_the_same(office: Office, browser: Browser) -> None:
    async with (
        office.served() as address,
        console(browser, address, "ana", width=1024, height=768),
        console(browser, address, "cem", width=1440, height=900) as other,
    ):
        await office.happen(call_started())
        await office.happen(of_team())
        await is_not_needed(other)
        await other.get_by_role("button", name="Claim: blue · Sam").press("Enter")
        await expect(other.get_by_role("button", name="Claim: blue · Sam")).to_be_enabled()
    assert office.desk.acts == [("alert", "c1", "cem", "c1:1", AlertAnswer.CLAIMED)]


async def test_an_agent_who_changes_team_during_a_call_is_shown_in_the_new_one(office: Office, browser: Browser) -> None:
    async with (
        office.served() as address,
        console(browser, address, "ana", width=1024, height=768) as own,
        office.client("adam") as admin,
    ):
        await office.happen(call_started())
        await office.happen(of_team())
        await expect(own.locator(".alert .whose")).to_have_text("blue · Sam")
        assert (await admin.patch("/api/users/sam", json={"team": "red"})).status_code == 200
        await expect(own.locator(".alert .whose")).to_have_text("red · Sam")
