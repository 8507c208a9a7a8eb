"""What the benchmarks in a real browser share: their options, what they print, and somebody who is logged in."""

import argparse
import asyncio
import json
import os
import platform
import shutil
import sys
import tempfile
from collections.abc import Awaitable, Callable, Mapping
from pathlib import Path

from playwright.async_api import Browser, Page

from tests.deliver.office import PASSWORD

FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking", "--disable-sync"]


def run(
    about: str,
    measure: Callable[[Path, argparse.Namespace], Awaitable[Mapping[str, float]]],
    numbers: Mapping[str, float],
) -> int:
    """Measure in an empty folder, and print a line for each result, with `--json` one object besides; return the exit code.

    `about` is the help; `numbers` are the options with their defaults, whole ones where the default is.
    """
    parser = argparse.ArgumentParser(description=about, formatter_class=argparse.RawDescriptionHelpFormatter)
    for name, default in numbers.items():
        parser.add_argument(f"--{name}", type=type(default), default=default)
    parser.add_argument("--browser", default=os.environ.get("CALLGUARD_TEST_BROWSER") or shutil.which("chromium"))
    parser.add_argument("--json", action="store_true")
    arguments = parser.parse_args()
    print(f"{platform.machine()}, {os.cpu_count()} cores, Python {platform.python_version()}", file=sys.stderr)
    with tempfile.TemporaryDirectory() as folder:
        results = asyncio.run(_finished(measure(Path(folder), arguments)))
    for name, value in results.items():
        print(f"{name:48} {value:9.1f}", file=sys.stderr)
    if arguments.json:
        print(json.dumps(results))
    return 0


async def _finished(measuring: Awaitable[Mapping[str, float]]) -> Mapping[str, float]:
    return await measuring


async def log_in(browser: Browser, address: str, name: str, *, width: int, height: int) -> Page:
    """Return a page of somebody's own, whose browser knows nothing yet."""
    context = await browser.new_context(viewport={"width": width, "height": height})
    answer = await context.request.post(
        f"http://{address}/api/login", data={"name": name, "password": PASSWORD}, headers={"Origin": f"http://{address}"}
    )
    assert answer.ok
    return await context.new_page()
