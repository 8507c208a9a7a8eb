"""Many calls at once against a running server, and what its own figures say about them."""

import asyncio
import http.client
import math
import urllib.error
import urllib.request
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from urllib.parse import urlsplit

from prometheus_client.parser import text_string_to_metric_families

from callguard.clock import Clock
from callguard.errors import CallguardError, CapacityError, ServiceError
from callguard.hosts import is_loopback

STEP = "callguard_step_seconds"
STAGGER_S = 4.0
"""Calls begin spread over so long, so that they do not all speak at the same moment."""
QUANTILES = (0.5, 0.95, 0.99)
STEPS = ("tap", "hangover", "queue", "decode", "score", "deliver", "total")
"""Steps of the latency budget, in order; the last three are measured where a console reports that it drew a warning."""
UNMEASURED = {math.inf: 0.0}
RUNNING, CPU = "callguard_calls_running", "process_cpu_seconds_total"
LAST_WORDS_S = 20

Figures = Mapping[tuple[str, tuple[tuple[str, str], ...]], float]
"""Samples of a scrape by (name, sorted labels)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """What came of a simulation."""

    calls: int
    completed: int
    refused: int
    failed: int
    first_refusal: str
    """Why the first call was refused that was, and what to do; empty where none was."""
    first_trouble: str
    """Why the first call failed that did; empty where none did."""
    seconds: float
    steps_ms: Mapping[str, Mapping[str, float | None]]
    """Step of the latency budget: p50, p95, p99 and how many were measured."""
    lost: Mapping[str, float]
    """What the server lost meanwhile, by kind."""
    cpu_cores: float | None
    """What the server used from before the first call until it had understood the last words."""
    rss_mb: float | None


async def simulate(
    calls: int, play: Callable[[int], Awaitable[None]], *, clock: Clock, scrape: Callable[[], Awaitable[Figures]]
) -> Report:
    """Play `calls` at once with `play(number)` and compare the server's figures before and after.

    `scrape` gives no figures where none can be had: then only the calls are reported. Raises ServiceError if no tap answers the
    first call; one that is not answered later is counted as failed, because that is what a simulation is there to find.
    """
    before, began_ns = await scrape(), clock.monotonic_ns()
    refusals, troubles = list[str](), list[str]()

    async def one(number: int) -> None:
        await clock.sleep(STAGGER_S * number / calls)
        try:
            await play(number)
        except CapacityError as error:
            refusals.append(str(error))
        except CallguardError as error:
            if number == 0 and isinstance(error, ServiceError):
                raise
            troubles.append(str(error))

    async with asyncio.TaskGroup() as tasks:
        for number in range(calls):
            tasks.create_task(one(number))
    seconds = (clock.monotonic_ns() - began_ns) / 1e9
    after = await _settled(scrape, clock, running=_total(before, RUNNING))
    measured_s = (clock.monotonic_ns() - began_ns) / 1e9
    return Report(
        calls=calls,
        completed=calls - len(refusals) - len(troubles),
        refused=len(refusals),
        failed=len(troubles),
        first_refusal=next(iter(refusals), ""),
        first_trouble=next(iter(troubles), ""),
        seconds=round(seconds, 1),
        steps_ms=steps_between(before, after),
        lost=losses_between(before, after),
        cpu_cores=round((_total(after, CPU) - _total(before, CPU)) / measured_s, 3) if before and after else None,
        rss_mb=round(_total(after, "process_resident_memory_bytes") / 1e6, 1) if after else None,
    )


async def _settled(scrape: Callable[[], Awaitable[Figures]], clock: Clock, *, running: float) -> Figures:
    """Return the figures once the server has understood the last words of the calls, or has had its time for it."""
    for _ in range(LAST_WORDS_S):
        figures = await scrape()
        if not figures or _total(figures, RUNNING) <= running:
            return figures
        await clock.sleep(1)
    return await scrape()


async def scrape_metrics(url: str, token: str = "") -> Figures:
    """Read a server's figures. Raises ServiceError if they cannot be had."""
    if not url.startswith(("http://", "https://")):
        raise ServiceError(f"{url} is no http address; name the server's consoles, such as http://127.0.0.1:8080")

    def read() -> str:
        request = urllib.request.Request(url, headers={"Authorization": f"Bearer {token}"} if token else {})  # noqa: S310  # http only
        with opener.open(request, timeout=5) as answer:
            return str(answer.read().decode())

    here = is_loopback(urlsplit(url).hostname or "")  # where no proxy for the network outside is to be asked for it
    opener = urllib.request.build_opener(*([urllib.request.ProxyHandler({})] if here else []))

    try:
        families = list(text_string_to_metric_families(await asyncio.to_thread(read)))
    except urllib.error.HTTPError as error:
        raise ServiceError(
            f"no figures at {url} ({error}); where the server has http.metrics_token, name that with --metrics-token"
        ) from error
    except OSError as error:
        raise ServiceError(f"no figures at {url} ({error}); start `callguard serve` or name its address with --http") from error
    except (http.client.HTTPException, ValueError) as error:
        raise ServiceError(
            f"what answers at {url} gives no figures ({type(error).__name__}); name the server's consoles with --http"
        ) from error
    return {(sample.name, tuple(sorted(sample.labels.items()))): sample.value for family in families for sample in family.samples}


def steps_between(before: Figures, after: Figures) -> dict[str, dict[str, float | None]]:
    """Return the percentiles of each step's histogram over the time between two scrapes."""
    edges: dict[str, dict[float, float]] = {}
    for (name, labels), value in after.items():
        if name == f"{STEP}_bucket":
            named = dict(labels)
            edges.setdefault(named["step"], {})[float(named["le"])] = value - before.get((name, labels), 0.0)
    return {step: _percentiles(sorted(edges.get(step, UNMEASURED).items())) for step in STEPS}


def losses_between(before: Figures, after: Figures) -> dict[str, float]:
    """Return what was lost between two scrapes, leaving out what was not."""
    names = {
        "callguard_lost": ("", "what"),
        "callguard_speech_lost_total": ("speech, ", "because"),
        "callguard_audio_lost_seconds_total": ("seconds of audio, ", "because"),
    }
    lost = {
        f"{names[name][0]}{dict(labels)[names[name][1]]}": value - before.get((name, labels), 0.0)
        for (name, labels), value in after.items()
        if name in names
    }
    return {what: round(count, 3) for what, count in lost.items() if count}


def _percentiles(buckets: list[tuple[float, float]]) -> dict[str, float | None]:
    """Interpolate inside the bucket, as Prometheus' histogram_quantile does."""
    count = buckets[-1][1]
    row: dict[str, float | None] = {f"p{q * 100:.0f}": _quantile(buckets, q * count) if count else None for q in QUANTILES}
    return row | {"count": count}


def _quantile(buckets: list[tuple[float, float]], rank: float) -> float:
    lower_s = below = 0.0
    for upper_s, cumulative in buckets:
        if cumulative >= rank:
            if math.isinf(upper_s):
                return round(lower_s * 1000, 1)
            share = (rank - below) / (cumulative - below) if cumulative > below else 1.0
            return round((lower_s + share * (upper_s - lower_s)) * 1000, 1)
        lower_s, below = upper_s, cumulative
    return round(lower_s * 1000, 1)


def _total(figures: Figures, name: str) -> float:
    return sum(value for (sample, _), value in figures.items() if sample == name)
