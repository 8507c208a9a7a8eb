"""The admin area in a real browser, against the real server and store: what admins do, what they read, and who else gets in."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
from playwright.async_api import Browser, Page, expect

from callguard.sendings import Kind
from callguard.terms import StaffRole
from tests.deliver import test_browser
from tests.deliver.office import PASSWORD, Office
from tests.deliver.test_accessible import AXE, violations
from tests.sendings import sending

pytestmark = test_browser.pytestmark
needs_axe = pytest.mark.skipif(not AXE.is_file(), reason="axe is not there; `make console`")

real_time_office = test_browser.real_time_office
browser = test_browser.browser

OWN = "my very own password"


async def log_in(page: Page, address: str, name: str, password: str = PASSWORD) -> None:
    """Log in at the front door."""
    await page.goto(f"http://{address}/")
    await page.get_by_label("Log-in name").fill(name)
    await page.get_by_label("Password").fill(password)
    await page.get_by_role("button", name="Log in").click()


@asynccontextmanager
async def visitor(browser: Browser, address: str, *, language: str = "en-GB") -> AsyncIterator[Page]:
    """Lend a browser of its own; nothing may have gone wrong in it at the end."""
    context = await browser.new_context(viewport={"width": 1440, "height": 900}, locale=language)
    await context.grant_permissions(["clipboard-read", "clipboard-write"], origin=f"http://{address}")
    page = await context.new_page()
    complaints: list[str] = []
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.on("console", lambda told: complaints.append(told.text) if "Content Security Policy" in told.text else None)
    yield page
    assert complaints == []
    await context.close()


@asynccontextmanager
async def admin_area(browser: Browser, address: str, tab: str = "") -> AsyncIterator[Page]:
    """Lend a browser in which Adam has opened a tab of the admin area, where an admin comes after the log-in."""
    async with visitor(browser, address) as page:
        await log_in(page, address, "adam")
        await page.wait_for_url(f"http://{address}/admin")
        if tab:
            await page.get_by_role("link", name=tab, exact=True).click()
        await expect(page.get_by_role("link", name=tab or "People", exact=True)).to_have_attribute("aria-current", "page")
        yield page


async def test_an_admin_adds_somebody_who_chooses_their_own_password_at_the_first_log_in(
    real_time_office: Office, browser: Browser
) -> None:
    office = real_time_office
    async with office.served() as address, admin_area(browser, address) as page, visitor(browser, address) as other:
        await page.get_by_role("button", name="Add somebody").click()
        await expect(page.get_by_label("Log-in name")).to_be_focused()
        await page.get_by_label("Log-in name").fill("zoe")
        await page.get_by_label("Name, as colleagues know it").fill("Zoe Quinn")
        await page.get_by_label("Role").select_option("senior")
        await page.get_by_label("Team", exact=True).fill("blue")
        await page.get_by_role("button", name="Add", exact=True).click()
        one_time = await page.get_by_role("region", name="One-time password").inner_text()
        await expect(page.get_by_role("row", name="Zoe Quinn")).to_contain_text("has a one-time password until")
        await page.get_by_role("button", name="Copy One-time password").click()
        await expect(page.get_by_role("button", name="Copied")).to_be_visible()

        await log_in(other, address, "zoe", one_time.strip())
        await expect(other.get_by_role("heading", name="Choose your own password")).to_be_visible()
        await expect(other.get_by_label("Your own password")).to_be_focused()
        await other.get_by_label("Your own password").fill(OWN)
        await other.get_by_label("Once more").fill("another one entirely")
        await other.get_by_role("button", name="Take it and log in").click()
        await expect(other.get_by_role("alert").filter(has_text="differ")).to_be_visible()
        await other.get_by_label("Once more").fill(OWN)
        await other.get_by_role("button", name="Take it and log in").click()
        await other.wait_for_url(f"http://{address}/board")
        await expect(page.get_by_text("Here now: Zoe Quinn").first).to_be_visible()


async def test_disabling_asks_first_and_the_last_admin_stays_with_a_sentence_that_says_why(
    real_time_office: Office, browser: Browser
) -> None:
    office = real_time_office
    async with office.served() as address, admin_area(browser, address) as page:
        await page.get_by_role("button", name="Disable sam").click()
        await page.keyboard.press("Escape")
        await expect(page.get_by_role("button", name="Disable sam")).to_be_focused()
        await page.keyboard.press("Enter")
        await expect(page.get_by_role("group", name="Disable sam?")).to_be_visible()
        await page.keyboard.press("Enter")
        await expect(page.get_by_role("row", name="Sam")).to_contain_text("disabled")
        await page.get_by_role("button", name="Disable adam").click()
        await page.get_by_role("button", name="Disable", exact=True).click()
        await expect(page.get_by_role("alert").filter(has_text="last admin")).to_be_visible()
        await page.get_by_role("button", name="Change priya").click()
        await page.get_by_label("Team", exact=True).fill("red")
        await page.get_by_role("button", name="Save").click()
        await expect(page.get_by_role("row", name="Priya")).to_contain_text("red")
        await page.get_by_role("link", name="Records").click()
        await page.get_by_label("Filter of the log").get_by_label("What").select_option("user")
        await page.get_by_role("button", name="Show").click()
        await expect(page.get_by_role("row", name="adam").first).to_contain_text("team: blue → red")
    sam, adam = await office.store.user("sam"), await office.store.user("adam")
    assert sam is not None
    assert adam is not None
    assert (sam.is_disabled, adam.is_disabled, adam.role) == (True, False, StaffRole.ADMIN)


async def test_a_token_is_shown_once_and_revoked(real_time_office: Office, browser: Browser) -> None:
    office = real_time_office
    async with office.served() as address, admin_area(browser, address) as page:
        await page.get_by_label("Name of the token").fill("pbx")
        await page.get_by_role("button", name="Make a token").click()
        token = await page.get_by_role("region", name="Token", exact=True).inner_text()
        assert await office.web.state.services.doorkeeper.admits_tap(token.strip())
        await page.get_by_role("button", name="Revoke pbx").click()
        await page.get_by_role("button", name="Revoke", exact=True).click()
        await expect(page.get_by_role("row", name="pbx")).to_have_count(0)
        assert not await office.web.state.services.doorkeeper.admits_tap(token.strip())


async def test_taps_say_how_they_are_and_what_to_copy(real_time_office: Office, browser: Browser) -> None:
    office = real_time_office
    async with office.served() as address, admin_area(browser, address, "Taps") as page:
        twilio = page.get_by_role("article", name="Twilio Media Streams")
        await expect(twilio).to_contain_text("1 call is not fully guarded")
        await expect(twilio).to_contain_text("handshake without a valid signature or token refused")
        await expect(page.get_by_role("article", name="Asterisk AudioSocket")).to_contain_text("Switched off")
        await twilio.get_by_text("TwiML for a call", exact=True).first.click()
        await twilio.get_by_role("button", name="Copy TwiML for a call").click()
        copied = await page.evaluate("navigator.clipboard.readText()")
    assert '<Stream url="ws://127.0.0.1:8081/twilio" track="both_tracks">' in copied


async def test_the_engine_says_what_is_given_up_and_which_part_of_the_budget_is_over_in_words(
    real_time_office: Office, browser: Browser
) -> None:
    office = real_time_office
    async with office.served() as address, admin_area(browser, address, "Engine") as page:
        await expect(page.get_by_role("row", name="Decode")).to_contain_text("40 ms over the limit")
        await expect(page.get_by_role("row", name="Tap to media")).to_contain_text("within the limit")
        await expect(page.get_by_role("row", name="Sum")).to_contain_text("nothing measured")
        await expect(page.get_by_role("listitem").filter(has_text="Running words of the agent")).to_contain_text("given up now")
        await expect(page.get_by_text("A new call would be refused: the machine is busy")).to_be_visible()
        await expect(page.get_by_text("0.08 s of a worker for 1 s of speech")).to_be_visible()
        await expect(page.get_by_role("row", name="Repairs")).to_contain_text("degraded")


async def test_a_policy_is_checked_kept_compared_and_put_into_use(real_time_office: Office, browser: Browser) -> None:
    office = real_time_office
    async with office.served() as address, admin_area(browser, address, "Policy") as page:
        await page.get_by_label("Or its text").fill("nothing much")
        await page.get_by_role("button", name="Check").click()
        await expect(page.get_by_role("alert").filter(has_text="line 3")).to_be_visible()
        await page.get_by_label("Or its text").fill("sound")
        await page.get_by_role("button", name="Check").click()
        await expect(page.get_by_role("row", name="climb.mild_count")).to_contain_text("34")
        await page.get_by_label("Why this version?").fill("fewer false alarms")
        await page.get_by_role("button", name="Keep standard 2").click()
        await expect(page.get_by_role("row", name="standard 2")).to_contain_text("proposed, never used")
        assert office.operations.policies.running == "standard 1"
        await page.get_by_role("button", name="Compare with the running one standard 2").click()
        await page.get_by_role("button", name="Let new calls run under standard 2").click()
        await expect(page.get_by_role("row", name="standard 2")).to_contain_text("running")
    assert office.operations.policies.running == "standard 2"


async def test_a_model_is_fetched_with_its_progress_and_checked(real_time_office: Office, browser: Browser) -> None:
    office = real_time_office
    async with office.served() as address, admin_area(browser, address, "Models") as page:
        await page.get_by_role("button", name="Check base.en").click()
        await expect(page.get_by_role("row", name="base.en").first).to_contain_text("checksums are right")
        await page.get_by_role("button", name="Fetch small.en").click()
        await page.get_by_role("button", name="Fetch", exact=True).click()
        await expect(page.get_by_role("progressbar", name="Fetching small.en")).to_be_visible()
        await expect(page.get_by_role("row", name="small.en")).to_contain_text("30 % of 484.0 MB")
    assert office.operations.models.pulled == "small.en"


async def test_nobody_else_gets_into_the_area(real_time_office: Office, browser: Browser) -> None:
    office = real_time_office
    async with office.served() as address, visitor(browser, address) as page:
        await log_in(page, address, "ana")
        await page.wait_for_url(f"http://{address}/board")
        await page.goto(f"http://{address}/admin")
        await expect(page.get_by_role("heading", name="This area is for admins")).to_be_visible()


async def test_an_admin_who_is_told_of_no_call_is_asked_about_no_sound(real_time_office: Office, browser: Browser) -> None:
    async with real_time_office.served() as address, admin_area(browser, address) as page:
        await page.locator("#guard summary").click()
        await expect(page.get_by_label("Language")).to_be_visible()
        await expect(page.locator("#guard").get_by_role("checkbox")).to_have_count(0)


async def test_an_admin_is_told_that_the_board_is_not_for_them(real_time_office: Office, browser: Browser) -> None:
    office = real_time_office
    async with office.served() as address, admin_area(browser, address, "Models") as page:
        await expect(page.get_by_role("link", name="Board")).to_have_count(0)
        await page.goto(f"http://{address}/board")
        await expect(page.get_by_text("this is not for the role «admin»")).to_be_visible()


async def test_the_area_is_left_and_entered_by_back_and_by_link_and_in_german(real_time_office: Office, browser: Browser) -> None:
    office = real_time_office
    async with office.served() as address, admin_area(browser, address, "Models") as page:
        await page.locator("#guard summary").click()
        await page.get_by_role("navigation", name="Areas").get_by_role("link", name="Incidents").click()
        await page.wait_for_url(f"http://{address}/incidents")
        await page.get_by_role("link", name="Admin").first.click()
        await page.wait_for_url(f"http://{address}/admin")
        await page.get_by_role("link", name="Models").click()
        await page.go_back()
        await expect(page.get_by_role("heading", name="People", exact=True)).to_be_visible()
        await page.evaluate("localStorage.setItem('callguard.language', 'de')")
        await page.goto(f"http://{address}/admin?tab=engine")
        await expect(page.get_by_role("heading", name="Zeitbudget")).to_be_visible()
        await expect(page.get_by_role("row", name="Erkennen")).to_contain_text("40 ms über der Grenze")


async def test_what_is_to_be_sent_is_listed_in_the_readers_words_and_by_its_name_for_other_systems(
    real_time_office: Office, browser: Browser
) -> None:
    office = real_time_office
    waiting = [
        sending(number).model_copy(update={"kind": kind, "last_error": "the receiver answered 503"})
        for number, kind in enumerate(Kind)
    ]
    await office.store.outbox.add(waiting)
    async with office.served() as address, admin_area(browser, address, "Records") as page:
        for kind in Kind:
            [words, name] = (await page.get_by_role("rowheader").filter(has_text=kind).inner_text()).split("\n")
            assert name == kind
            assert words[0].isupper(), f"{kind} has no words"
        await page.evaluate("localStorage.setItem('callguard.language', 'de')")
        await page.reload()
        await expect(page.get_by_role("rowheader", name="Vorfall entworfen incident.drafted")).to_be_visible()


@needs_axe
@pytest.mark.parametrize("tab", ["People", "Taps", "Engine", "Policy", "Models", "Records"])
async def test_each_tab_is_accessible_with_everything_open_and_nothing_runs_out_of_a_narrow_page(
    real_time_office: Office, browser: Browser, tab: str
) -> None:
    office = real_time_office
    await office.store.tasks.audit(office.clock.utc_now(), "adam", "retention.sweep", "", "14 calls and 0 callers were deleted")
    async with office.served() as address, admin_area(browser, address, tab) as page:
        await expect(page.get_by_role("main").get_by_role("heading").first).to_be_visible()
        match tab:
            case "People":
                await page.get_by_role("button", name="Reset password sam").click()
                await page.get_by_role("button", name="Reset password", exact=True).click()
                await expect(page.get_by_role("region", name="One-time password")).to_be_visible()
                await page.get_by_role("button", name="Add somebody").click()
                await page.get_by_role("button", name="Disable priya").click()
            case "Taps":
                for recipe in await page.locator(".recipe > summary").all():
                    await recipe.click()
            case "Policy":
                await page.get_by_label("Or its text").fill("sound")
                await page.get_by_role("button", name="Check").click()
                await page.get_by_role("button", name="Read standard 1").click()
                await page.get_by_text("Text (TOML)", exact=True).first.click()
            case "Models":
                await page.get_by_role("button", name="Fetch small.en").click()
                await page.get_by_role("button", name="Fetch", exact=True).click()
                await expect(page.get_by_role("progressbar")).to_be_visible()
            case "Records":
                await page.get_by_label("Who", exact=True).fill("adam")
                await page.get_by_role("button", name="Show").click()
                await expect(page.get_by_role("table").first).to_be_visible()
            case _:
                await expect(page.get_by_role("table").first).to_be_visible()
        assert await violations(page) == []
        for width in (1024, 640, 320):
            await page.set_viewport_size({"width": width, "height": 768})
            assert await page.evaluate("document.documentElement.scrollWidth <= innerWidth"), width


@needs_axe
async def test_choosing_ones_own_password_is_accessible(real_time_office: Office, browser: Browser) -> None:
    office = real_time_office
    async with office.served() as address, office.client("adam") as admin, visitor(browser, address) as page:
        one_time = (await admin.post("/api/users/sam/reset")).json()["one_time_password"]
        await log_in(page, address, "sam", one_time)
        await expect(page.get_by_role("heading", name="Choose your own password")).to_be_visible()
        assert await violations(page) == []
