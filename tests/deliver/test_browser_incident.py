"""Incident records from the seat of whoever keeps them: read, completed, signed, amended; and what waits after the calls."""

import pytest
from playwright.async_api import Browser, Page, expect

from callguard.callers import RestrictionStatus
from callguard.incidents import IncidentStatus
from callguard.terms import StaffRole
from tests.deliver import test_browser
from tests.deliver.case_access import INCIDENT, have_everything, have_incident
from tests.deliver.office import Office
from tests.deliver.test_accessible import violations
from tests.deliver.test_browser import console

pytestmark = test_browser.pytestmark
real_time_office = test_browser.real_time_office
browser = test_browser.browser


@pytest.fixture
def office(real_time_office: Office) -> Office:
    return real_time_office


async def open_record(page: Page, address: str, query: str = "") -> None:
    await page.goto(f"http://{address}/incidents?id={INCIDENT}{query}")
    await expect(page.locator("#intact")).to_be_visible()


async def test_senior_staff_complete_sign_and_amend_a_record_from_the_boards_queue(office: Office, browser: Browser) -> None:
    await have_incident(office)
    async with office.served() as address, console(browser, address, "ana", width=1440, height=900) as page:
        await page.locator("summary", has_text="Incidents to complete").click()
        await page.get_by_role("link", name="Open the record").click()
        await expect(page.locator("#incident-status")).to_have_text("to complete")
        await expect(page.get_by_text("A member of staff ended the call")).to_be_visible()
        await page.get_by_label("What happened, in your words").fill("He shouted and would not stop.")
        await page.get_by_label("What was decided").fill("A letter to the caller.")
        await page.get_by_role("button", name="Complete").click()
        await expect(page.locator("#incident-status")).to_have_text("to sign")
        await expect(page.get_by_text("He shouted and would not stop.")).to_be_visible()
        await page.locator("#sign").click()
        await expect(page.get_by_text("You sign as Ana.")).to_be_visible()
        await page.get_by_role("button", name="Sign now").click()
        await expect(page.locator("#incident-status")).to_have_text("signed")
        await expect(page.get_by_text("Version 3 was signed by Ana")).to_be_visible()
        await page.get_by_role("button", name="Amend").click()
        await page.get_by_label("What was heard wrongly").fill("He said «Tuesday».")
        await expect(page.get_by_role("button", name="Amend")).to_be_disabled()
        await page.get_by_label("Why is the record changed?").fill("the day was wrong")
        await page.get_by_role("button", name="Amend").click()
        await expect(page.get_by_text("It was amended since and waits for a signature.")).to_be_visible()
        await page.get_by_role("link", name="Version 3").click()
        await expect(page.get_by_text("You read version 3 of 4.")).to_be_visible()
        await expect(page.locator("#write, #sign")).to_have_count(0)
    summary = await office.store.incidents.find(INCIDENT)
    assert summary is not None
    assert (summary.status, summary.version) == (IncidentStatus.AMENDED, 4)


async def test_the_record_and_the_letter_are_saved_as_files(office: Office, browser: Browser) -> None:
    await have_incident(office)
    async with office.served() as address, console(browser, address, "ana", width=1024, height=768) as page:
        await open_record(page, address)
        for name, ending in (("Record (PDF)", ".pdf"), ("Answer to the caller, draft (PDF)", ".pdf"), ("Record (vCon)", ".json")):
            async with page.expect_download() as saving:
                await page.get_by_role("link", name=name).click()
            saved = await saving.value
            assert saved.suggested_filename.startswith("inc_")
            assert saved.suggested_filename.endswith(ending)


async def test_support_is_offered_in_confidence_and_qa_reads_and_comments(office: Office, browser: Browser) -> None:
    await have_incident(office)
    async with (
        office.served() as address,
        console(browser, address, "ana", width=1024, height=768) as senior,
        console(browser, address, "quentin", width=1024, height=768) as qa,
    ):
        await open_record(senior, address)
        await senior.locator("#support summary").click()
        await senior.get_by_label("What do you offer?").select_option("counselling")
        await senior.get_by_role("button", name="Offer it").click()
        await expect(senior.get_by_text("counselling not answered yet")).to_be_visible()
        await open_record(qa, address)
        await expect(qa.get_by_text("support offered")).to_be_visible()
        await expect(qa.get_by_text("counselling")).to_have_count(0)
        await expect(qa.locator("#write, #sign, #support, #hold")).to_have_count(0)
        await qa.get_by_label("Add a comment").fill("heard it; agreed")
        await qa.get_by_role("button", name="Add it").click()
        await expect(qa.get_by_text("heard it; agreed")).to_be_visible()
    (offer,) = await office.store.incidents.support(INCIDENT)
    assert (offer.agent, offer.kind, offer.offered_by) == ("sam", "counselling", "ana")


async def test_a_restriction_is_decided_with_a_reason_somebody_consulted_and_an_end(office: Office, browser: Browser) -> None:
    await have_everything(office)
    async with office.served() as address, console(browser, address, "ana", width=1440, height=900) as page:
        await page.locator("summary", has_text="Restrictions to decide").click()
        await expect(page.get_by_text("in writing only")).to_be_visible()
        await expect(page.get_by_text("proposed by Sam")).to_be_visible()
        await page.get_by_role("button", name="Decide …").press("Enter")
        await page.get_by_label("Why? The caller reads this in the letter.").fill("Threats after a warning.")
        await page.get_by_label("What kind of restriction?").select_option("one named contact")
        await page.get_by_role("button", name="Restrict", exact=True).click()
        await expect(page.get_by_role("alert").filter(has_text="Not done")).to_be_visible()  # nobody was consulted
        await page.get_by_label("Whom did you consult?").fill("the head of the office")
        await page.get_by_label("Review after how many days?").fill("14")
        await page.get_by_label("Who takes this caller's calls meanwhile?").fill("the complaints desk")
        await page.get_by_role("button", name="Restrict", exact=True).click()
        await expect(page.locator("summary", has_text="Restrictions to decide")).to_have_count(0)
    restriction = await office.store.register.restriction("r1")
    assert (restriction.status, restriction.consulted) == (RestrictionStatus.IN_FORCE, "the head of the office")
    assert restriction.kind == "one named contact"
    assert (restriction.days, restriction.route_to, restriction.refuse_calls) == (30, "the complaints desk", False)


async def test_a_follow_up_says_when_it_is_due_who_has_it_and_how_it_went(office: Office, browser: Browser) -> None:
    await have_incident(office)
    async with office.served() as address, console(browser, address, "ana", width=1024, height=768) as page:
        await page.locator("summary", has_text="Follow-ups").click()
        await expect(page.locator("details[open] li")).to_contain_text("due Sat")
        await page.get_by_role("button", name="Take it").click()
        await expect(page.get_by_text("taken by Ana")).to_be_visible()
        await page.get_by_label("Called back: how did it go?").fill("He apologised.")
        await page.get_by_role("button", name="Save").click()
        await expect(page.locator("summary", has_text="Follow-ups")).to_have_count(0)


async def test_the_list_shows_what_waits_and_opens_a_record_by_keyboard(office: Office, browser: Browser) -> None:
    await have_incident(office)
    async with office.served() as address, console(browser, address, "ana", width=1024, height=768) as page:
        await page.goto(f"http://{address}/incidents")
        await page.get_by_label("Show").select_option("signed")
        await expect(page.get_by_text("No records here")).to_be_visible()
        await page.get_by_label("Show").select_option("draft")
        await page.get_by_role("link", name="Sam").press("Enter")
        await expect(page.get_by_label("What happened, in your words")).to_be_visible()


async def test_an_incident_is_accessible_and_fits_a_narrow_page_at_twice_the_size(office: Office, browser: Browser) -> None:
    await have_everything(office)
    async with office.served() as address, console(browser, address, "ana", width=1024, height=768) as page:
        await page.locator("summary", has_text="Restrictions to decide").click()
        await page.get_by_role("button", name="Decide …").click()
        assert await violations(page) == []
        await page.goto(f"http://{address}/incidents")
        await expect(page.get_by_role("link", name="Sam")).to_be_visible()
        assert await violations(page) == []
        await open_record(page, address)
        for part in ("#support summary", "#hold summary"):
            await page.locator(part).click()
        assert await violations(page) == []
        for width in (640, 320):
            await page.set_viewport_size({"width": width, "height": 400})
            assert await page.evaluate("document.documentElement.scrollWidth <= innerWidth")


async def test_a_record_that_is_not_there_says_so_and_can_be_tried_again(office: Office, browser: Browser) -> None:
    await office.hire("ben", "Ben Okafor", StaffRole.SENIOR)
    async with office.served() as address, console(browser, address, "ben", width=1024, height=768) as page:
        await page.goto(f"http://{address}/incidents?id=inc_nothing")
        await expect(page.get_by_text("The record could not be read")).to_be_visible()
        await have_incident(office)
        await page.goto(f"http://{address}/incidents?id={INCIDENT}")
        await expect(page.locator("#incident-status")).to_be_visible()


async def test_in_german_the_facts_of_a_record_are_german_too(office: Office, browser: Browser) -> None:
    await have_incident(office)
    async with office.served() as address, console(browser, address, "ana", width=1024, height=768) as page:
        await page.evaluate("localStorage.setItem('callguard.language', 'de')")
        await open_record(page, address)
        await expect(page.locator(".moments").first).to_contain_text("Erbeten: «Auflegen».")
        await expect(page.get_by_text("Der Anruf wurde von unserer Seite nach 02:00.0 beendet.")).to_be_visible()
        await expect(page.get_by_text("Asked for")).to_have_count(0)
