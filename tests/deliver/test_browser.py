"""The agent's panel and the board in a real browser, against the real server and store."""

import asyncio
import os
import shutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path

import pytest
import pytest_asyncio
from playwright.async_api import Browser, Page, Route, async_playwright, expect

from callguard.clock import SystemClock
from callguard.deliver.console import BUILT
from callguard.deliver.messages import beat
from callguard.deliver.ports import Health
from callguard.events import Decision, GuardChanged, StateChanged
from callguard.human_acts import AlertAnswer, AlertAnswered
from callguard.speech import Span, UtteranceScore
from callguard.terms import RATE_HZ, Audience, CallState, Category, DecisionKind, GuardLevel, Role, StaffRole, Tactic
from tests.deliver.office import PASSWORD, Office, open_office
from tests.fakes import ShoutScorer, alert, call_started, transcript
from tests.record.journals import call_ended, settled

FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
BROWSER = os.environ.get("CALLGUARD_TEST_BROWSER") or shutil.which("chromium")
WARNING = "I want to help, and I can't go on while I'm spoken to like this."

pytestmark = [
    pytest.mark.asyncio(loop_scope="module"),  # one browser for all, which lives on one loop
    pytest.mark.browser,
    pytest.mark.skipif(not BROWSER, reason="no chromium; `apt-get install chromium`"),
    pytest.mark.skipif(not (BUILT / "index.html").is_file(), reason="the console is not built; `make console`"),
]


@pytest_asyncio.fixture(loop_scope="module")
async def real_time_office(tmp_path: Path) -> AsyncIterator[Office]:
    opened = await open_office(tmp_path, clock=SystemClock())
    yield opened
    await opened.close()


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def browser() -> AsyncIterator[Browser]:
    async with async_playwright() as playwright:
        opened = await playwright.chromium.launch(executable_path=BROWSER, args=FLAGS)
        yield opened
        await opened.close()


@asynccontextmanager
async def console(browser: Browser, address: str, name: str, *, width: int = 420, height: int = 800) -> AsyncIterator[Page]:
    """Lend a browser of its own in which `name` has logged in; nothing may have gone wrong in it at the end."""
    context = await browser.new_context(viewport={"width": width, "height": height})
    page = await context.new_page()
    complaints: list[str] = []
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.on("console", lambda told: complaints.append(told.text) if "Content Security Policy" in told.text else None)
    await page.goto(f"http://{address}/")
    await page.get_by_label("Log-in name").fill(name)
    await page.get_by_label("Password").fill(PASSWORD)
    await page.get_by_role("button", name="Log in").click()
    await page.wait_for_url(f"http://{address}/{'agent' if name in {'sam', 'priya'} else 'board'}")
    # Connected, so that nothing that follows comes from the first load.
    await expect(page.locator("#guard-engine")).to_contain_text("base.en")
    yield page
    assert complaints == []
    await context.close()


def threat() -> Decision:
    return replace(
        alert("c1:1", at_sample=4 * RATE_HZ),
        state=CallState.THREAT,
        severity=4,
        category="threat_personal",
        because="when I get there",
        is_urgent=True,
    )


def claimed() -> AlertAnswered:
    return AlertAnswered(call_id="c1", at_sample=0, by="ana", decision_id="c1:1", answer=AlertAnswer.CLAIMED, to="", reason="")


def prompt(number: int = 1, *, is_provisional: bool = False) -> Decision:
    return replace(
        alert(f"c1:{number}", kind=DecisionKind.PROMPT),
        audience=Audience.AGENT,
        state=CallState.ABUSIVE,
        tactics=(Tactic.WARN, Tactic.EXIT),
        text=WARNING,
        because="stupid cow",
        is_provisional=is_provisional,
    )


def insult(text: str) -> UtteranceScore:
    (score,) = (one for one in ShoutScorer().push(transcript(text)) if isinstance(one, UtteranceScore))
    start = text.index("stupid cow")
    span = Span(start=start, end=start + len("stupid cow"), category=Category.INSULT)
    return replace(score, labels=(Category.INSULT,), spans=(span,))


async def test_a_password_that_is_typed_before_the_server_answers_stays_in_its_own_field(
    real_time_office: Office, browser: Browser
) -> None:
    async with real_time_office.served() as address:
        page = await browser.new_page()
        is_let_go = asyncio.Event()

        async def hold(route: Route) -> None:
            await is_let_go.wait()
            await route.continue_()

        await page.route("**/api/me", hold)
        await page.goto(f"http://{address}/")
        await expect(page.get_by_label("Log-in name")).to_be_focused()
        await page.get_by_label("Password").focus()

        is_let_go.set()
        await page.evaluate("async () => (await fetch('/api/me')).text()")  # answered after the page's own

        await expect(page.get_by_label("Password")).to_be_focused()
        await page.close()


async def test_an_agent_sees_what_is_said_and_the_server_hears_that_the_warning_is_drawn(
    real_time_office: Office, browser: Browser
) -> None:
    office = real_time_office
    async with office.served() as address, console(browser, address, "sam") as page:
        await expect(page.get_by_role("heading", name="No call right now")).to_be_visible()
        await office.happen(call_started())
        await office.happen(transcript("how can I help", channel=Role.AGENT))
        await office.happen(transcript("\N{PILE OF POO} you stupid", is_final=False))
        await expect(page.locator(".said.caller.partial")).to_have_text("caller\N{PILE OF POO} you stupid")
        spoken = "\N{PILE OF POO} you stupid cow, you ruined it"
        await office.happen(transcript(spoken))
        await office.happen(insult(spoken))
        await office.happen(StateChanged(call_id="c1", at_sample=0, state=CallState.ABUSIVE, was=CallState.QUIET))
        began_ns = SystemClock().monotonic_ns()
        warned = await office.happen(prompt())
        await expect(page.locator("blockquote", has_text=WARNING)).to_be_visible()
        await expect(page.locator("mark")).to_have_text("stupid cow")
        await expect(page.locator(".said .tag")).to_have_text("insult")
        await expect(page.locator(".said.partial")).to_have_count(0)
        await expect(page.locator("#state")).to_have_text("Abusive")
        await expect(page).to_have_title("Abusive · callguard")
    ((seq, user, drawn_ns),) = office.drawn
    assert (seq, user) == (warned.seq, "sam")
    assert drawn_ns > began_ns  # how long it takes is measured in benchmarks/console.py


async def test_an_agent_does_everything_by_keyboard(real_time_office: Office, browser: Browser) -> None:
    office = real_time_office
    async with office.served() as address, console(browser, address, "sam") as page:
        await office.happen(call_started())
        await office.happen(prompt())
        await expect(page.locator("blockquote", has_text=WARNING)).to_be_visible()
        await page.keyboard.press("h")
        await expect(page.locator("#helpers")).to_have_text("Help asked. Senior staff have been told.")
        await page.keyboard.press("Shift+H")
        await expect(page.locator("#helpers")).to_have_text("Panic sent. Senior staff have been told.")
        await page.keyboard.press("Enter")
        await expect(page.locator("blockquote", has_text=WARNING)).to_be_hidden()
        await page.keyboard.press("c")
        await expect(page.get_by_role("heading", name="All cards")).to_be_visible()
        await office.happen(prompt(2))
        await expect(page.locator("blockquote", has_text=WARNING)).to_be_visible()  # the cards hide no warning
        await page.get_by_role("button", name="Exit: used").press("Enter")
        await expect(page.get_by_role("heading", name="All cards")).to_be_hidden()
        await page.reload()
        await expect(page.locator("#state")).to_have_text("Quiet")
        await page.keyboard.press("Tab")
        await expect(page.get_by_role("button", name="I need help")).to_be_focused()
    assert office.desk.acts == [
        ("help", "c1", "sam", False),
        ("help", "c1", "sam", True),
        ("card", "c1", "sam", "warn", "used", "c1:1"),
        ("card", "c1", "sam", "exit", "used", ""),
    ]


async def test_what_is_uncertain_looks_uncertain_until_it_is_settled(real_time_office: Office, browser: Browser) -> None:
    office = real_time_office
    async with office.served() as address, console(browser, address, "sam") as page:
        await office.happen(call_started())
        await office.happen(prompt(1, is_provisional=True))
        await expect(page.locator(".prompt.provisional")).to_contain_text("provisional: still being heard")
        await office.happen(settled("c1:1", is_confirmed=True))
        await expect(page.locator(".prompt")).to_contain_text("confirmed")
        await office.happen(prompt(2, is_provisional=True))
        await office.happen(settled("c1:2", is_confirmed=False))
        await expect(page.locator(".prompt.withdrawn")).to_contain_text("withdrawn: it was not that")
        guard = GuardChanged(call_id="c1", at_sample=0, guard=GuardLevel.NOT_GUARDED, because="No audio for 12 s.")
        await office.happen(guard)
        await expect(page.get_by_text("This call is not guarded. No audio for 12 s.")).to_be_visible()
        await office.happen(replace(guard, guard=GuardLevel.DEGRADED, because="The machine is busy."))
        await expect(page.locator("#guard-word")).to_have_text("degraded")
        office.desk.stand = Health(
            is_ready=True, engine="pocketsphinx", is_fallback=True, not_recorded_because="the disk is full"
        )
        office.hub.announce(beat(office.desk.stand, SystemClock()))
        await expect(page.get_by_text("Not recorded: the disk is full.")).to_be_visible()
        await expect(page.locator("#guard-engine")).to_have_text("Fallback engine: pocketsphinx. It hears less well.")
        await office.happen(call_ended())
        await expect(page.get_by_role("heading", name="Take the time you need")).to_be_visible()
        await page.get_by_role("button", name="Ready for calls").click()
        await expect(page.get_by_role("heading", name="No call right now")).to_be_visible()


async def test_a_console_says_that_it_is_offline_and_misses_nothing(real_time_office: Office, browser: Browser) -> None:
    office = real_time_office
    async with office.served() as address:
        port = int(address.rpartition(":")[2])
        opened = console(browser, address, "sam")
        page = await opened.__aenter__()
        await office.happen(call_started())
        await expect(page.locator("#state")).to_have_text("Quiet")
    await expect(page.get_by_text("Offline. What you see may be old")).to_be_visible()
    await page.keyboard.press("h")
    await expect(page.locator("#helpers")).to_contain_text("goes out as soon as the line is back")
    await office.happen(transcript("said while nobody was connected"))
    await office.happen(prompt())
    async with office.served(port):
        await expect(page.get_by_text("Offline.")).to_be_hidden()
        await expect(page.get_by_text("said while nobody was connected")).to_have_count(1)
        await expect(page.locator("blockquote", has_text=WARNING)).to_be_visible()
        await expect(page.locator("#helpers")).to_have_text("Help asked. Senior staff have been told.")
        await opened.__aexit__(None, None, None)
    assert office.desk.acts == [("help", "c1", "sam", False)]


async def test_senior_staff_see_an_alert_words_first_and_everybody_who_has_it(real_time_office: Office, browser: Browser) -> None:
    office = real_time_office
    async with (
        office.served() as address,
        console(browser, address, "ana", width=1440, height=900) as board,
        console(browser, address, "quentin", width=1024, height=768) as other,
    ):
        await expect(board.get_by_text("Nobody needs you right now")).to_be_visible()
        await office.happen(call_started("c0", agent="priya"), agent="priya")
        await office.happen(call_started())
        await office.happen(StateChanged(call_id="c1", at_sample=0, state=CallState.THREAT, was=CallState.QUIET))
        warned = await office.happen(threat())
        card = board.locator(".alert")
        await expect(card.locator(".words")).to_have_text("«when I get there»")
        await expect(card).to_contain_text("Urgent")
        await expect(board).to_have_title("(1) Board · callguard")
        await expect(board.locator("#live a.call")).to_contain_text("Threat")
        await expect(board.locator("#quiet-word")).to_have_text("1 quiet call")
        await expect(other.locator(".alert button")).to_have_count(0)
        await card.get_by_role("button", name="Acknowledge").click()
        await card.get_by_role("button", name="Claim and join").click()
        await expect(card.get_by_role("button", name="Claim and join")).to_be_enabled()
        await office.happen(claimed())
        await expect(board.locator("#hand")).to_contain_text("claimed by you")
        await expect(other.locator("#hand")).to_contain_text("claimed by Ana")
        await expect(board.locator(".alert")).to_have_count(0)
        await board.reload()
        await expect(board.locator("#hand")).to_contain_text("claimed by you")
        await board.get_by_role("link", name="Read the call").click()
        await expect(board.get_by_text("This call is still going on.")).to_be_visible()
        await expect(board.locator("#at")).to_have_text("00:04")
        await office.happen(transcript("and another thing", number=7, start_s=5, end_s=6))
        await expect(board.locator("#lines")).to_contain_text("and another thing")
        await office.hire("cem", "Cem Aydin", StaffRole.SENIOR, team="red")
        async with console(browser, address, "cem", width=1440, height=900) as elsewhere:  # the threat is everybody's
            await elsewhere.get_by_role("link", name="Read the call").click()
            await expect(elsewhere.get_by_text("You are watching Sam's call.")).to_be_visible()
            await expect(elsewhere.get_by_role("button", name="I need help")).to_be_hidden()
    # The join of «Claim and join» is asked for if the browser was ready for it before the page was loaded anew.
    assert [act[0] for act in office.desk.acts if act[0] != "join"] == ["alert", "alert"]
    assert {(seq, user) for seq, user, _ in office.drawn} == {(warned.seq, "ana"), (warned.seq, "quentin")}


async def test_a_console_that_missed_too_much_loads_the_state_of_things(real_time_office: Office, browser: Browser) -> None:
    office = real_time_office
    async with office.served() as address, console(browser, address, "sam") as page:
        await office.happen(call_started())
        unseen = [office.event(transcript("never sent")), office.event(prompt())]
        await office.store.append(unseen)
        office.hub.announce(b'{"type":"missed","from_seq":2,"to_seq":3}')
        await expect(page.get_by_text("never sent")).to_be_visible()
        await expect(page.locator("blockquote", has_text=WARNING)).to_be_visible()
        await office.happen(transcript("and on", number=1, end_s=9))
        await expect(page.get_by_text("and on")).to_be_visible()
