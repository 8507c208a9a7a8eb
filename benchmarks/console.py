"""The console in a real browser: frames of a board with 200 live calls, time from a decision to its drawing, first load.

    make console && .venv/bin/python benchmarks/console.py [--calls 200] [--consoles 50] [--seconds 10] [--json]

The server, the store and the browser share the machine, as nowhere in practice; without a GPU the browser draws on the processor.
"""

import argparse
import asyncio
import contextlib
import sys
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
from playwright.async_api import Browser, async_playwright

from benchmarks.browser import FLAGS, log_in, run
from callguard.clock import SystemClock
from callguard.events import StateChanged
from callguard.terms import Audience, CallState, DecisionKind, Tactic
from tests.deliver.office import Office, open_office
from tests.fakes import alert, call_started, transcript

EVENTS_PER_CALL_S = 1.0
"""Of a live call: partial text about every second while somebody speaks."""
WARNINGS = 60
STATES = (CallState.QUIET, CallState.HEATED, CallState.ABUSIVE, CallState.SEVERE)
WATCH_FRAMES = """() => { window.frames_ms = []; let last = performance.now();
  const next = now => { window.frames_ms.push(now - last); last = now; requestAnimationFrame(next); };
  requestAnimationFrame(next); }"""
LOADED = """() => { const all = [...performance.getEntriesByType('navigation'), ...performance.getEntriesByType('resource')]
  .filter(one => !one.name.includes('/api/')); return all.reduce((sum, one) => sum + one.encodedBodySize, 0); }"""


def main() -> int:
    return run(__doc__ or "", measure, {"calls": 200, "consoles": 50, "seconds": 10.0})


async def measure(folder: Path, arguments: argparse.Namespace) -> dict[str, float]:
    office = await open_office(folder, clock=SystemClock())
    try:
        async with office.served() as address, async_playwright() as playwright:
            browser = await playwright.chromium.launch(executable_path=arguments.browser, args=FLAGS)
            results = await first_load(browser, address)
            results |= await drawing(office, browser, address, arguments.consoles)
            results |= await frames(office, browser, address, arguments.calls, arguments.seconds)
            await browser.close()
    finally:
        await office.close()
    return results


async def first_load(browser: Browser, address: str) -> dict[str, float]:
    """Return how much a browser with an empty cache loads until the page can be used, and how long it takes."""
    results = {}
    for path, name, shown in (("agent", "sam", ".panel"), ("board", "ana", ".board")):
        page = await log_in(browser, address, name, width=1440, height=900)
        began = time.perf_counter()
        await page.goto(f"http://{address}/{path}")
        await page.wait_for_selector(shown)
        results[f"first load of {path}, ms"] = (time.perf_counter() - began) * 1000
        results[f"first load of {path}, kB"] = await page.evaluate(LOADED) / 1000
        await page.context.close()
    return results


async def drawing(office: Office, browser: Browser, address: str, consoles: int) -> dict[str, float]:
    """Return the time from a decision to the report that it is on the screen: stored, sent to everybody, drawn by the browser."""
    page = await log_in(browser, address, "sam", width=420, height=800)
    await page.goto(f"http://{address}/agent")
    await page.wait_for_selector("#guard-engine", state="attached")
    async with contextlib.AsyncExitStack() as stack:
        others = [await stack.enter_async_context(office.socket(address, "ana")) for _ in range(consoles - 1)]
        readers = [asyncio.create_task(_read(other)) for other in others]
        await office.happen(replace(call_started("c1"), agent="sam"))
        decided: dict[int, int] = {}
        for number in range(WARNINGS):
            warning = replace(
                alert(f"c1:{number}", kind=DecisionKind.PROMPT),
                audience=Audience.AGENT,
                state=CallState.ABUSIVE,
                tactics=(Tactic.WARN,),
            )
            now = SystemClock().monotonic_ns()
            decided[(await office.happen(warning)).seq] = now
            await asyncio.sleep(0.15)
        await asyncio.sleep(1)
        for reader in readers:
            reader.cancel()
    await page.context.close()
    took = [(drawn_ns - decided[seq]) / 1e6 for seq, user, drawn_ns in office.drawn if user == "sam" and seq in decided]
    assert len(took) == WARNINGS, f"{len(took)} of {WARNINGS} warnings were drawn"
    return {
        "decision to drawn, p50 ms": float(np.percentile(took, 50)),
        "decision to drawn, p95 ms": float(np.percentile(took, 95)),
    }


async def _read(socket: Any) -> None:
    async for _ in socket:
        pass


async def frames(office: Office, browser: Browser, address: str, calls: int, seconds: float) -> dict[str, float]:
    """Return how evenly a board is drawn while all its calls go on at once."""
    page = await log_in(browser, address, "ana", width=1440, height=900)
    await page.goto(f"http://{address}/board")
    await page.wait_for_selector("#guard-engine", state="attached")
    for number in range(calls):
        await office.happen(replace(call_started(f"b{number}"), started_at=SystemClock().utc_now()), agent="priya")
        await _rise(office, number)
    await page.locator("#live li").nth(calls * 3 // 4 - 1).wait_for(state="attached", timeout=60_000)
    await page.evaluate(WATCH_FRAMES)
    sent, began = 0, time.perf_counter()
    while (elapsed := time.perf_counter() - began) < seconds:
        while sent < elapsed * calls * EVENTS_PER_CALL_S:
            number = sent % calls
            spoken = replace(transcript(f"and another thing, number {sent}", is_final=False), call_id=f"b{number}")
            office.hub.publish(office.event(spoken, agent="priya"))  # without the store: partial text is the flood
            if sent % 20 == 0:
                office.hub.publish(office.event(_changed(number + sent), agent="priya"))
            sent += 1
        await asyncio.sleep(0.01)
    took: list[float] = await page.evaluate("window.frames_ms")
    await page.context.close()
    return {
        "events sent a second": sent / seconds,
        "frames a second": len(took) / (sum(took) / 1000),
        "frame, p95 ms": float(np.percentile(took, 95)),
        "frame, p99 ms": float(np.percentile(took, 99)),
    }


def _changed(number: int) -> StateChanged:
    return StateChanged(call_id=f"b{number % 200}", at_sample=0, state=STATES[number % 4], was=CallState.QUIET)


async def _rise(office: Office, number: int) -> None:
    office.hub.publish(office.event(_changed(number), agent="priya"))


if __name__ == "__main__":
    sys.exit(main())
