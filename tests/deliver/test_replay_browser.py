"""QA finds a call and replays it, in a real browser, against the real server, store and a real recording."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from pathlib import Path

import pytest
import pytest_asyncio
from playwright.async_api import Browser, Page, Route, expect

from benchmarks.browser import log_in
from callguard.clock import SystemClock
from tests.deliver import test_accessible, test_browser
from tests.deliver.office import Office
from tests.deliver.stored_calls import record_call, store_call
from tests.deliver.test_accessible import violations
from tests.deliver.test_browser import console
from tests.fakes import call_started
from tests.record.journals import call_ended

pytestmark = test_accessible.pytestmark
real_time_office = test_browser.real_time_office
browser = test_browser.browser

SECONDS = 80
LONGEST_S = 20
EARS = """(() => {
  const Plain = window.Audio;
  window.Audio = class extends Plain { constructor(...given) { super(...given); window.heard = this; } };
  const connect = AudioNode.prototype.connect;
  AudioNode.prototype.connect = function (to, ...rest) {
    if (to === this.context.destination) { window.ear = this.context.createAnalyser(); connect.call(this, window.ear); }
    return connect.call(this, to, ...rest);
  };
})()"""
"""Lets a test read what the player plays: the page itself gives no way to it."""
LOUD = """(() => { const data = new Float32Array(window.ear.fftSize); window.ear.getFloatTimeDomainData(data);
  return Math.max(...data.map(Math.abs)) > 0.05; })()"""
BEGINS = {".csv": b"\xef\xbb\xbfcall,", ".json": b'{"schema":', ".vcon.zip": b"PK", ".pdf": b"%PDF-"}
AT_S = "window.heard.currentTime"


async def until(page: Page, expression: str) -> None:
    """Wait for something that only the page's own values tell; Playwright's own way is against the content policy."""
    look = f"new Promise(done => {{ const look = () => ({expression}) ? done() : setTimeout(look, 10); look(); }})"
    async with asyncio.timeout(LONGEST_S):
        await page.evaluate(look)


async def until_heard(page: Page, begin_s: float, end_s: float, *, is_loud: bool) -> None:
    """Wait until what is played between two places is loud, or silent for half a second; goes back when it is past them."""
    look = f"""new Promise(done => {{ let since = null; const look = () => {{
      const at = {AT_S};
      if (at < {begin_s} || at >= {end_s}) {{ since = null; {AT_S} = {begin_s}; }}
      else if (window.heard.seeking || {LOUD} !== {str(is_loud).lower()}) since = null;
      else {{ since ??= at; if (at - since >= {0 if is_loud else 0.5}) return done(); }}
      setTimeout(look, 10);
    }}; look(); }})"""
    async with asyncio.timeout(LONGEST_S):
        await page.evaluate(look)


@pytest_asyncio.fixture(loop_scope="module")
async def archive(real_time_office: Office, tmp_path: Path) -> Office:
    """Three calls: one that can be heard, one without a recording, one that goes on."""
    office, now = real_time_office, SystemClock().utc_now()
    await store_call(office, call_id="c0", seconds=20, began=now - timedelta(days=2), agent="priya")
    await store_call(office, call_id="c1", seconds=SECONDS, began=now - timedelta(hours=1))
    await record_call(tmp_path / "audio", call_id="c1", seconds=SECONDS)
    await office.happen(call_started("c2"))
    return office


@asynccontextmanager
async def replay(browser: Browser, address: str, place: str, name: str = "quentin", width: int = 1440) -> AsyncIterator[Page]:
    async with console(browser, address, name, width=width, height=900 if width > 1100 else 768) as page:
        await page.context.add_init_script(EARS)
        await page.goto(f"http://{address}/qa{place}")
        yield page


async def test_a_call_is_found_by_its_words_and_opened_where_they_were_said(archive: Office, browser: Browser) -> None:
    async with archive.served() as address, replay(browser, address, "") as page:
        await expect(page.get_by_role("heading", name="3 calls")).to_be_visible()
        await page.get_by_label("Words").fill('"where you park"')
        await expect(page.get_by_role("heading", name="1 call", exact=True)).to_be_visible()
        row = page.locator(".found tbody tr")
        await expect(row).to_contain_text("Severe")
        await expect(row.locator(".heard strong")).to_have_text(["where", "you", "park", "you"])
        await row.get_by_role("link").click()
        await expect(page.locator("#lines [aria-current]")).to_contain_text("I know where you park your car")
        await expect(page.locator("#at")).to_have_text("00:28")
        await page.go_back()
        await expect(page.get_by_label("Words")).to_have_value('"where you park"')
        await page.get_by_label("Words").fill("")
        await page.get_by_label("Card used").select_option("warn")
        await expect(page.get_by_role("heading", name="1 call", exact=True)).to_be_visible()
        await page.get_by_label("An alert was").select_option("withdrawn")
        await expect(page.get_by_role("heading", name="No call fits")).to_be_visible()
        await page.get_by_role("button", name="Clear all filters").click()
        await expect(page.get_by_role("heading", name="3 calls")).to_be_visible()
        await page.locator("summary", has_text="What was said").click()
        await page.get_by_label("intimidation").check()
        await expect(page.get_by_role("heading", name="1 call", exact=True)).to_be_visible()
        await page.reload()
        await expect(page.get_by_label("intimidation")).to_be_checked()


async def test_a_recording_plays_the_transcript_follows_and_seeks(archive: Office, browser: Browser) -> None:
    async with archive.served() as address, replay(browser, address, "?call=c1&at=19") as page:
        await expect(page.locator("#lines .said")).to_have_count(20)
        await page.get_by_role("button", name="Play", exact=True).click()
        await expect(page.locator("#lines [aria-current]")).to_contain_text("You stupid cow")
        await expect(page.locator("#lines [aria-current] mark")).to_have_text("stupid cow")
        await page.get_by_role("button", name="Go to 01:08").click()
        await until(page, f"{AT_S} >= 68")
        await expect(page.locator("#lines [aria-current]")).to_contain_text("I know where you park your car")
        await page.get_by_role("button", name="Pause").click()
        await expect(page.get_by_role("button", name="Play", exact=True)).to_be_visible()
        await page.get_by_role("button", name="Alert at 00:20: insult").first.click()
        await expect(page.locator("#at")).to_have_text("00:20")


async def test_everything_is_done_by_keyboard(archive: Office, browser: Browser) -> None:
    async with archive.served() as address, replay(browser, address, "?call=c1") as page:
        await expect(page.locator("#at")).to_have_text("00:00")
        await page.keyboard.press("n")
        await expect(page.locator("#at")).to_have_text("00:20")
        await page.keyboard.press("n")
        await expect(page.locator("#at")).to_have_text("00:28")
        await page.keyboard.press("Shift+N")
        await expect(page.locator("#at")).to_have_text("00:20")
        await page.keyboard.press("ArrowRight")
        await expect(page.locator("#at")).to_have_text("00:24")
        await page.keyboard.press("ArrowLeft")
        await expect(page.locator("#at")).to_have_text("00:20")
        await page.keyboard.press("j")
        await expect(page.locator("#at")).to_have_text("00:15")
        await page.keyboard.press(" ")
        await until(page, "!window.heard.paused")
        await page.keyboard.press("l")
        await expect(page.get_by_label("Speed")).to_have_value("1.25")
        await page.keyboard.press("k")
        await until(page, "window.heard.paused")
        await page.locator("#seek").focus()
        await page.keyboard.press("Home")
        await expect(page.locator("#at")).to_have_text("00:00")
        await page.keyboard.press("?")
        await expect(page.get_by_text("5 s back, pause, play and faster")).to_be_visible()


async def test_speed_changes_and_the_pitch_does_not(archive: Office, browser: Browser) -> None:
    async with archive.served() as address, replay(browser, address, "?call=c1") as page:
        await page.get_by_label("Speed").select_option("3")
        await page.get_by_role("button", name="Play", exact=True).click()
        await until(page, f"{AT_S} > 3")
        assert await page.evaluate("[window.heard.playbackRate, window.heard.preservesPitch]") == [3, True]
        await page.get_by_label("Speed").select_option("0.5")
        assert await page.evaluate("window.heard.playbackRate") == 0.5


async def test_one_side_alone_is_heard_in_both_ears(archive: Office, browser: Browser) -> None:
    async with archive.served() as address, replay(browser, address, "?call=c1&at=20") as page:
        await page.get_by_role("button", name="Play", exact=True).click()
        await until(page, "window.ear")
        await until_heard(page, 20, 23, is_loud=True)  # the caller speaks from 20 s on
        await page.get_by_label("Only agent").check()
        await until_heard(page, 20, 23, is_loud=False)
        await page.get_by_label("Only caller").check()
        await until_heard(page, 20, 23, is_loud=True)
        await until_heard(page, 24.4, 27.1, is_loud=False)  # the agent's turn


async def test_words_are_corrected_and_comments_made_where_they_belong(archive: Office, browser: Browser) -> None:
    async with archive.served() as address, replay(browser, address, "?call=c1&at=20") as page:
        await expect(page.locator("#lines [aria-current]")).to_contain_text("You stupid cow")
        await page.keyboard.press("e")
        field = page.get_by_label("What was really said")
        await expect(field).to_have_value("You stupid cow, you ruined everything.")
        await field.fill("You stupid cow, you ruined my evening.")
        await field.press("Enter")
        line = page.locator("#lines [aria-current]")
        await expect(line.locator(".words")).to_have_text("You stupid cow, you ruined my evening.")
        await expect(line).to_contain_text("heard: «You stupid cow, you ruined everything.»")
        await expect(line.locator("mark")).to_have_text("stupid cow")
        await page.keyboard.press("c")
        await page.get_by_role("textbox", name="Comment at 00:20").fill("The warning came at the right moment.")
        await page.get_by_role("button", name="Add comment").click()
        await expect(page.locator(".comments li")).to_contain_text("The warning came at the right moment.")
        await page.goto(f"http://{address}/qa?words=evening")
        await expect(page.get_by_role("heading", name="1 call", exact=True)).to_be_visible()
        await page.goto(f"http://{address}/qa?call=c1")
        await expect(page.locator(".comments li")).to_contain_text("Quentin")
        await page.get_by_text("Who has read or heard this call").click()
        await expect(page.locator(".listened")).to_contain_text("corrected words")


async def test_a_comment_that_is_being_written_outlives_the_end_of_the_call(archive: Office, browser: Browser) -> None:
    async with archive.served() as address, replay(browser, address, "?call=c2") as page:
        await expect(page.get_by_text("This call is still going on.")).to_be_visible()
        await page.get_by_role("button", name="Comment here").click()
        await page.get_by_role("textbox", name="Comment at").fill("The warning came")
        await archive.happen(call_ended("c2"))
        await expect(page.get_by_role("heading", name="Your review")).to_be_visible()
        await expect(page.get_by_role("textbox", name="Comment at")).to_have_value("The warning came")


async def test_only_who_plays_has_heard(archive: Office, browser: Browser) -> None:
    async with archive.served() as address, replay(browser, address, "?call=c1") as page:
        await expect(page.locator("#lines .said")).to_have_count(20)
        before = [entry.what for entry in await archive.store.tasks.audit_entries(subject="c1")]
        await page.get_by_role("button", name="Play", exact=True).click()
        await until(page, f"{AT_S} > 0.2")
        after = [entry.what for entry in await archive.store.tasks.audit_entries(subject="c1")]
    assert before == ["replay.read"]
    assert after == ["recording.hear", "replay.read"]


async def test_a_call_without_sound_says_why_and_can_be_read(archive: Office, browser: Browser, tmp_path: Path) -> None:
    async with archive.served() as address, replay(browser, address, "?call=c0") as page:
        await expect(page.get_by_text("No recording was kept.")).to_be_visible()
        await expect(page.get_by_role("button", name="Play", exact=True)).to_be_disabled()
        await page.keyboard.press("ArrowRight")
        await expect(page.locator("#lines [aria-current]")).to_contain_text("three weeks")
        await page.goto(f"http://{address}/qa?call=c2")
        await expect(page.get_by_text("This call is still going on.")).to_be_visible()
        (tmp_path / "audio" / "c1.opus").unlink()
        await page.goto(f"http://{address}/qa?call=c1")
        await expect(page.get_by_text("The recording is no longer there.")).to_be_visible()
        await page.goto(f"http://{address}/qa?call=never")
        await expect(page.get_by_role("heading", name="No such call")).to_be_visible()


async def test_an_admin_reads_who_looked_and_hears_nothing(archive: Office, browser: Browser) -> None:
    async with archive.served() as address:
        async with replay(browser, address, "?call=c1") as page:
            await expect(page.locator("#lines .said")).to_have_count(20)
        page = await log_in(browser, address, "adam", width=1440, height=900)
        async with page.context:
            await page.goto(f"http://{address}/qa?tab=access")
            await expect(page.get_by_role("heading", name="Who has read or heard calls")).to_be_visible()
            await expect(page.locator(".found tbody tr")).to_contain_text("Quentin")
            assert await page.get_by_role("link", name="Calls", exact=True).count() == 0


@pytest.mark.parametrize("width", [1440, 420])
async def test_the_area_is_accessible_with_everything_open(archive: Office, browser: Browser, width: int) -> None:
    async with archive.served() as address, replay(browser, address, "", width=width) as page:
        await expect(page.get_by_role("heading", name="3 calls")).to_be_visible()
        await page.locator("summary", has_text="What was said").click()
        assert await violations(page) == []
        await page.goto(f"http://{address}/qa?call=c1&at=20")
        await expect(page.locator("#lines [aria-current]")).to_contain_text("You stupid cow")
        assert await violations(page) == []
        await page.keyboard.press("?")
        await page.keyboard.press("c")
        await page.get_by_text("Who has read or heard this call").click()
        await page.get_by_role("button", name="Correct the words at 00:20").click()
        assert await violations(page) == []
        assert await page.evaluate("document.documentElement.scrollWidth <= innerWidth")
        await page.goto(f"http://{address}/qa?tab=access")
        await expect(page.get_by_role("heading", name="Who has read or heard calls")).to_be_visible()
        assert await violations(page) == []


async def test_what_was_found_is_saved_as_a_file_by_keyboard_alone(archive: Office, browser: Browser) -> None:
    async with archive.served() as address, replay(browser, address, "?words=%22where+you+park%22") as page:
        summary = page.locator("summary", has_text="Export")
        await expect(page.get_by_role("heading", name="1 call", exact=True)).to_be_visible()
        await summary.focus()
        await page.keyboard.press("Enter")
        await page.keyboard.press("Escape")
        await expect(page.get_by_role("button", name="CSV, a table")).to_be_hidden()
        await expect(summary).to_be_focused()
        for tabs, ending in ((1, ".csv"), (2, ".json"), (3, ".vcon.zip"), (4, ".pdf")):
            await page.keyboard.press("Enter")
            for _ in range(tabs):
                await page.keyboard.press("Tab")
            async with page.expect_download() as coming:
                await page.keyboard.press("Enter")
            download = await coming.value
            assert download.suggested_filename.endswith(f"Z{ending}")
            content = (await download.path()).read_bytes()
            assert content.startswith(BEGINS[ending])
            await expect(page.get_by_role("button", name="PDF, a report")).to_be_hidden()
            await expect(page.get_by_text("Making the file…").first).to_be_hidden()
            await expect(summary).to_be_focused()
        exported = await archive.store.tasks.audit_entries(what=("calls.export",))
        assert [one.detail for one in exported] == [f"{form}, 1 calls; words" for form in ("pdf", "vcon", "json", "csv")]


@pytest.mark.parametrize("width", [1440, 420])
async def test_the_export_menu_is_accessible_and_says_why_a_form_is_closed(archive: Office, browser: Browser, width: int) -> None:
    async with archive.served() as address, replay(browser, address, "", width=width) as page:
        await page.route("**/api/search?*", lambda route: more_calls(route, 1_234))
        await page.reload()
        await expect(page.get_by_role("heading", name="1234 calls")).to_be_visible()
        await page.locator("summary", has_text="Export").click()
        await expect(page.get_by_role("button", name="CSV, a table")).to_be_enabled()
        await expect(page.get_by_role("button", name="PDF, a report At most 50 calls")).to_be_disabled()
        assert await violations(page) == []
        assert await page.evaluate("document.documentElement.scrollWidth <= innerWidth")


async def test_a_refused_export_says_why_on_the_page(archive: Office, browser: Browser) -> None:
    why = "51 calls fit, and a pdf file holds 50 at most; take a shorter time or narrow the search"
    async with archive.served() as address, replay(browser, address, "") as page:
        refusal = {"code": "input", "message": why}
        await page.route("**/api/search/export.pdf*", lambda route: route.fulfill(status=400, json=refusal))
        await page.locator("summary", has_text="Export").click()
        await page.get_by_role("button", name="PDF, a report").click()
        await expect(page.get_by_role("alert").filter(has_text=why)).to_be_visible()


async def more_calls(route: Route, total: int) -> None:
    """Answer a search as if it had found more."""
    found = await route.fetch()
    await route.fulfill(response=found, json={**(await found.json()), "total": total})


async def test_scrolling_a_long_call_lays_nothing_out_again(real_time_office: Office, browser: Browser) -> None:
    now = SystemClock().utc_now()
    await store_call(real_time_office, call_id="c1", seconds=1200, began=now - timedelta(hours=1))
    scroll = """async () => { const list = document.getElementById("lines");
        for (let frame = 0; frame < 60; frame += 1) {
            list.scrollTop += 120;
            await new Promise(requestAnimationFrame);
        } return list.scrollTop; }"""
    async with real_time_office.served() as address, console(browser, address, "quentin", width=1280, height=720) as page:
        measured = await page.context.new_cdp_session(page)
        await measured.send("Performance.enable")

        async def layouts() -> int:
            metrics = (await measured.send("Performance.getMetrics"))["metrics"]
            return next(int(one["value"]) for one in metrics if one["name"] == "LayoutCount")

        await page.goto(f"http://{address}/qa?call=c1")
        await expect(page.locator("#lines .said")).to_have_count(300)
        before = await layouts()
        assert await page.evaluate(scroll) > 7000
        assert await layouts() - before < 10
