"""QA's waits: opening a call of an hour in the browser, exporting it, and searching among ten thousand calls.

    make console && .venv/bin/python benchmarks/replay.py [--minutes 60] [--calls 10000] [--json]

A call counts as open when both sides of its sound, its scores and its words are drawn. The browser's cache is empty each time.
The server, the store and the browser share the machine; without a GPU the browser draws on the processor.
"""

import argparse
import asyncio
import contextlib
import gc
import sys
import time
from datetime import timedelta
from pathlib import Path

import numpy as np
from playwright.async_api import Browser, async_playwright

from benchmarks.browser import FLAGS, log_in, run
from callguard.archive import AlertLife, CallQuery, ExportForm
from callguard.clock import SystemClock
from callguard.record.peaks import peaks_file
from callguard.terms import Category, Tactic
from tests.deliver.office import Office, open_office
from tests.deliver.stored_calls import record_call, store_call

ROUNDS = 5
SEARCHES = 20
OPEN = """() => new Promise(done => {
  const waves = () => [...(document.querySelector('.wave > div')?.shadowRoot?.querySelectorAll('canvas') ?? [])];
  const isDrawn = () => document.querySelector('.lane.score') && document.querySelector('#lines .said')
    && waves().filter(one => one.width).length >= 2;
  const look = () => isDrawn() ? requestAnimationFrame(() => done(performance.now())) : requestAnimationFrame(look);
  look(); })"""
"""Milliseconds from the start of the navigation to the frame after everything was there."""


def main() -> int:
    return run(__doc__ or "", measure, {"minutes": 60.0, "calls": 10_000})


async def measure(folder: Path, arguments: argparse.Namespace) -> dict[str, float]:
    office = await open_office(folder, clock=SystemClock())
    results: dict[str, float] = {}
    try:
        seconds = arguments.minutes * 60
        await store_call(office, seconds=seconds, began=SystemClock().utc_now() - timedelta(hours=2))
        began = time.perf_counter()
        recording = await record_call(folder / "audio", seconds=seconds)
        results["recording the long call, s"] = time.perf_counter() - began
        results["peaks of the long call, kB"] = peaks_file(recording).stat().st_size / 1000
        async with office.served() as address, async_playwright() as playwright:
            browser = await playwright.chromium.launch(executable_path=arguments.browser, args=FLAGS)
            took = [await opened(browser, address) for _ in range(ROUNDS)]
            results["opening the long call, median ms"] = float(np.median(took))
            results["opening the long call, slowest ms"] = max(took)
            peaks_file(recording).unlink()
            results["the same, peaks measured on first ask, ms"] = await opened(browser, address)
            await browser.close()
        results |= await exports(office)
        results |= await searches(office, arguments.calls)
    finally:
        await office.close()
    return results


async def opened(browser: Browser, address: str) -> float:
    page = await log_in(browser, address, "quentin", width=1440, height=900)
    await page.goto(f"http://{address}/qa?call=c1", wait_until="commit")
    took: float = await page.evaluate(OPEN)
    await page.context.close()
    return took


async def exports(office: Office) -> dict[str, float]:
    """Return how long the long call takes as its story and as a file, and the longest wait of everybody else for the loop."""
    results = {}
    gc.collect()
    gc.freeze()  # as `callguard serve` does
    async with office.client("quentin") as client:
        routes = {"story": "/api/calls/c1/story"} | {form.value: f"/api/search/export.{form.value}" for form in ExportForm}
        for name, route in routes.items():
            stalls: list[float] = []
            took = []
            for _ in range(ROUNDS if name != ExportForm.PDF else 1):
                watching = asyncio.create_task(_watch(stalls))
                began = time.perf_counter()
                answer = await client.get(route, timeout=120)
                took.append((time.perf_counter() - began) * 1000)
                watching.cancel()
                with contextlib.suppress(asyncio.CancelledError):
                    await watching
                assert answer.status_code == 200, answer.text
            results[f"the call as {name}, median ms"] = float(np.median(took))
            results[f"the call as {name}, longest loop stall ms"] = max(stalls)
            results[f"the call as {name}, kB"] = len(answer.content) / 1000
    return results


async def _watch(stalls: list[float]) -> None:
    """Note in ms how late each wake-up comes; a millisecond of it is the clock's own."""
    while True:
        began = time.perf_counter()
        await asyncio.sleep(0.001)
        stalls.append((time.perf_counter() - began - 0.001) * 1000)


async def searches(office: Office, calls: int) -> dict[str, float]:
    now = SystemClock().utc_now()
    began = time.perf_counter()
    for number in range(calls):
        seconds = 16 + number % 7 * 12
        agent = ("sam", "priya", "")[number % 3]
        await store_call(
            office, call_id=f"s{number}", seconds=seconds, began=now - timedelta(minutes=7 * number + 9), agent=agent
        )
    results = {"storing the calls, s": time.perf_counter() - began}
    asked = {
        "everything": CallQuery(),
        "one word in most calls": CallQuery(words="waiting"),
        "a phrase": CallQuery(words='"where you park"'),
        "words in no call": CallQuery(words="parsnip"),
        "the beginning of a word": CallQuery(words="stup*"),
        "category, card and alert": CallQuery(
            categories=(Category.INTIMIDATION,), tactic=Tactic.WARN, life=AlertLife.ACKNOWLEDGED, min_severity=3
        ),
        "team, month and words": CallQuery(team="blue", since=now - timedelta(days=30), words="stupid cow"),
        "slow help": CallQuery(help_after_s=30),
    }
    for name, query in asked.items():
        took = []
        for round_ in range(SEARCHES):
            start = time.perf_counter()
            await office.store.search.find(query, limit=50, offset=50 * (round_ % 3))
            took.append((time.perf_counter() - start) * 1000)
        results[f"search: {name}, p95 ms"] = float(np.percentile(took, 95))
    return results


if __name__ == "__main__":
    sys.exit(main())
