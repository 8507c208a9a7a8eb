"""Nothing in the process grows without a bound: not a queue, and not with the number of calls that have ended."""

import ast
import asyncio
import gc
import queue
from collections import Counter, deque
from collections.abc import Iterator, Sized
from pathlib import Path

import numpy as np

from callguard.clock import SystemClock
from callguard.guard import REMEMBERED
from callguard.media.g711 import encode_mulaw
from callguard.settings import load_settings
from callguard.simulation import scrape_metrics
from callguard.taps.twilio_client import play_twilio
from tests.app.test_server import serving

SOURCE = Path(__file__).parent.parent / "src" / "callguard"
BOUND_ARGUMENT = {"deque": (1, "maxlen"), "Queue": (0, "maxsize"), "LifoQueue": (0, "maxsize"), "PriorityQueue": (0, "maxsize")}
UNBOUNDED_BY_NATURE = {"SimpleQueue"}
HELD_BY_THEIR_OWNERS = {
    "transcribe/sphinx/process.py": "answers awaited from one worker: one for each of its decoders",
    "media/ear.py": "windows until the judge's next turn, 20 ms later; a judge that fails ends the call",
    "record/audio.py": "`write` refuses audio beyond its capacity; starts and ends are as many as calls",
    "record/writer.py": "`put` and `write` refuse events beyond its capacity",
    "deliver/hub.py": "`offer` drops a listener that is full",
    "deliver/readings.py": "`_shorten` lets go of the oldest that the store does not take, and counts them",
    "taps/audiosocket.py": "messages of one read, which is bounded, taken before the next",
}
"""Queues without a bound of their own, and what bounds them instead."""
FIRST, THEN = REMEMBERED + 24, 60
"""Calls until everything that remembers a number of calls is full, and calls that must not add to it."""


def unbounded(file: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(file.read_text())):
        if not isinstance(node, ast.Call):
            continue
        name = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
        if name in UNBOUNDED_BY_NATURE:
            yield name
        elif name in BOUND_ARGUMENT:
            place, keyword = BOUND_ARGUMENT[name]
            if len(node.args) <= place and keyword not in {argument.arg for argument in node.keywords}:
                yield name


def test_every_queue_has_a_bound_or_an_owner_that_keeps_it() -> None:
    found = {str(file.relative_to(SOURCE)) for file in SOURCE.rglob("*.py") if any(unbounded(file))}
    assert found == set(HELD_BY_THEIR_OWNERS)


def holdings() -> tuple[Counter[str], dict[str, int]]:
    """Return how many objects of each of our classes are alive, and the longest container in each of their attributes."""
    gc.collect()
    alive: Counter[str] = Counter()
    longest: dict[str, int] = {}
    for one in gc.get_objects():
        kind = type(one)
        if not str(kind.__module__).startswith("callguard"):
            continue
        alive[kind.__qualname__] += 1
        names = [*getattr(one, "__dict__", ()), *(slot for base in kind.__mro__ for slot in getattr(base, "__slots__", ()))]
        for name in names:
            held = getattr(one, name, None)
            size = held.qsize() if isinstance(held, asyncio.Queue | queue.Queue) else 0
            if isinstance(held, dict | list | set | deque) and isinstance(held, Sized):
                size = len(held)
            where = f"{kind.__qualname__}.{name}"
            longest[where] = max(longest.get(where, 0), size)
    return alive, longest


async def play(url: str, first: int, count: int) -> None:
    noise = encode_mulaw(np.random.default_rng(1).standard_normal(2400).astype(np.float32) * np.float32(0.001))
    room = asyncio.Semaphore(16)

    async def one(number: int) -> None:
        async with room:
            await play_twilio(url, {"inbound": noise, "outbound": noise}, call_sid=f"CA{number}", clock=SystemClock(), speed=None)

    async with asyncio.TaskGroup() as tasks:
        for number in range(first, first + count):
            tasks.create_task(one(number))


async def test_a_server_holds_no_more_after_many_calls_than_after_some(tmp_path: Path) -> None:
    settings = load_settings(
        data_dir=tmp_path,
        http={"port": 0},
        taps={"twilio": {"port": 0}, "audiosocket": {"enabled": False}},
        transcribe={"engine": "pocketsphinx", "workers": 1},
        score={"engine": "rules"},
        record={"audio": True},
    )
    async with serving(settings) as server:
        await play(server.taps["twilio"], 0, FIRST)
        await settled(server.url)
        alive, longest = holdings()
        await play(server.taps["twilio"], FIRST, THEN)
        await settled(server.url)
        alive_after, longest_after = holdings()
    grown = {name: (alive[name], count) for name, count in alive_after.items() if count - alive[name] >= THEN // 2}
    grown |= {
        name: (longest.get(name, 0), size) for name, size in longest_after.items() if size - longest.get(name, 0) >= THEN // 2
    }
    assert not {name: sizes for name, sizes in grown.items() if name not in {"Hub._recent", "StoredEvent"}}
    assert not [name for name in ("Ear", "Track", "Listening", "Resampler", "TwilioStream") if alive_after[name]]


async def settled(url: str) -> None:
    """Wait until all calls have been understood to their end and stored."""
    while True:
        figures = await scrape_metrics(f"{url}/metrics")
        waiting = sum(
            value for (name, _), value in figures.items() if name in {"callguard_calls_running", "callguard_queue_length"}
        )
        if not waiting:
            return
        await asyncio.sleep(0.05)
