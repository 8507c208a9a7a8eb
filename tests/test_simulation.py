import asyncio
from collections.abc import Iterator, Mapping

import pytest

from callguard.errors import CapacityError, ProtocolError, ServiceError
from callguard.simulation import Figures, losses_between, scrape_metrics, simulate, steps_between
from tests.clocks import HandClock

BUCKETS = ("0.1", "0.5", "+Inf")


def figures(step: str, counts: tuple[float, ...], **others: float) -> dict[tuple[str, tuple[tuple[str, str], ...]], float]:
    rows = {
        ("callguard_step_seconds_bucket", (("le", edge), ("step", step))): count
        for edge, count in zip(BUCKETS, counts, strict=True)
    }
    return rows | {(name, ()): value for name, value in others.items()}


def test_percentiles_are_of_the_time_between_two_scrapes_and_interpolated() -> None:
    before, after = figures("decode", (100, 100, 100)), figures("decode", (100, 110, 110))
    row = steps_between(before, after)["decode"]
    assert (row["count"], row["p50"]) == (10, 300.0)


def test_a_step_that_nobody_took_has_no_percentiles() -> None:
    same = figures("decode", (1, 1, 1))
    assert steps_between(same, same)["decode"]["p95"] is None


def test_what_is_over_the_last_edge_counts_as_that_edge() -> None:
    assert steps_between({}, figures("decode", (0, 0, 4)))["decode"]["p95"] == 500.0


def test_only_what_was_lost_meanwhile_is_named() -> None:
    lost = ("callguard_lost", (("what", "stored events"),))
    speech = ("callguard_speech_lost_total", (("because", "overload"),))
    assert losses_between({lost: 3.0, speech: 1.0}, {lost: 3.0, speech: 5.0}) == {"speech, overload": 4.0}


async def run(failures: Mapping[int, Exception]) -> tuple[int, int, int, str, str]:
    clock = HandClock()
    scrapes = iter(
        [
            figures("decode", (0, 0, 0), process_cpu_seconds_total=1.0, process_resident_memory_bytes=1e6),
            figures("decode", (1, 1, 1), process_cpu_seconds_total=2.0, process_resident_memory_bytes=5e6),
        ]
    )

    async def play(number: int) -> None:
        if number in failures:
            raise failures[number]

    async def scrape() -> Figures:
        return next(scrapes)

    class Rushing(HandClock):
        async def sleep(self, seconds: float) -> None:
            self._now_ns += round(seconds * 1e9)

    clock = Rushing()
    report = await simulate(4, play, clock=clock, scrape=scrape)
    assert report.rss_mb == 5.0
    assert report.cpu_cores is not None
    assert report.cpu_cores > 0
    return report.completed, report.refused, report.failed, report.first_refusal, report.first_trouble


async def test_calls_that_are_refused_or_broken_are_counted_and_the_first_says_why() -> None:
    assert await run({1: CapacityError("full"), 2: ProtocolError("hung up")}) == (2, 1, 1, "full", "hung up")
    assert await run({}) == (4, 0, 0, "", "")


async def test_a_call_that_is_not_answered_later_is_counted_and_the_others_are_reported() -> None:
    assert await run({2: ServiceError("no longer there")}) == (3, 0, 1, "", "no longer there")


async def test_cores_are_those_of_the_whole_time_that_was_measured() -> None:
    running, cpu = ("callguard_calls_running", ()), ("process_cpu_seconds_total", ())
    still: list[Figures] = [{running: 1.0}] * 9
    scrapes: Iterator[Figures] = iter([{running: 0.0, cpu: 0.0}, *still, {running: 0.0, cpu: 10.0}])
    clock = HandClock()

    async def scrape() -> Figures:
        return next(scrapes)

    simulating = asyncio.ensure_future(simulate(1, lambda _: clock.sleep(1), clock=clock, scrape=scrape))
    await clock.advance(20)
    report = await simulating
    assert (report.seconds, report.cpu_cores) == (1.0, 1.0)


async def test_a_server_that_is_not_there_is_an_error_not_a_count() -> None:
    with pytest.raises(ExceptionGroup) as failed:
        await run({0: ServiceError("nobody answers")})
    assert failed.group_contains(ServiceError)


async def test_figures_that_cannot_be_had_say_so() -> None:
    with pytest.raises(ServiceError, match="start `callguard serve`"):
        await scrape_metrics("http://127.0.0.1:9/metrics")
    with pytest.raises(ServiceError, match="no http address"):
        await scrape_metrics("file:///etc/hostname")


@pytest.mark.parametrize(
    "said", [b"SIP/2.0 what?\r\n\r\n", b"HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n\xff", b"HTTP/1.1 200 OK\r\n\r\n<p>"]
)
async def test_a_server_of_another_kind_gives_no_figures_and_no_traceback(said: bytes) -> None:
    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(said)
        await writer.drain()
        writer.close()

    async with await asyncio.start_server(answer, "127.0.0.1", 0) as server:
        with pytest.raises(ServiceError, match="--http"):
            await scrape_metrics(f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/metrics")


async def test_no_proxy_is_asked_for_a_server_on_this_machine(monkeypatch: pytest.MonkeyPatch) -> None:
    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(b"HTTP/1.1 200 OK\r\nConnection: close\r\n\r\nup 1\n")
        await writer.drain()
        writer.close()

    monkeypatch.setenv("http_proxy", "http://127.0.0.1:9")
    monkeypatch.setenv("no_proxy", "")
    async with await asyncio.start_server(answer, "127.0.0.1", 0) as server:
        assert await scrape_metrics(f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/metrics") == {("up", ()): 1.0}


async def test_a_server_that_wants_a_token_for_its_figures_says_how_to_name_it() -> None:
    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        asked = await reader.readuntil(b"\r\n\r\n")
        status = b"200 OK" if b"Authorization: Bearer m1\r\n" in asked else b"401 Unauthorized"
        writer.write(b"HTTP/1.1 " + status + b"\r\nConnection: close\r\n\r\nup 1\n")
        await writer.drain()
        writer.close()

    async with await asyncio.start_server(answer, "127.0.0.1", 0) as server:
        url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/metrics"
        with pytest.raises(ServiceError, match="--metrics-token"):
            await scrape_metrics(url)
        assert await scrape_metrics(url, "m1") == {("up", ()): 1.0}


async def test_calls_are_reported_where_no_figures_can_be_had() -> None:
    async def play(_: int) -> None:
        return

    async def nothing() -> Figures:
        return {}

    clock = HandClock()
    simulating = asyncio.ensure_future(simulate(1, play, clock=clock, scrape=nothing))
    await clock.advance(1)
    report = await simulating
    assert (report.completed, report.cpu_cores, report.steps_ms["decode"]["p95"]) == (1, None, None)


async def test_the_last_words_are_waited_for_before_the_figures_are_read() -> None:
    running = ("callguard_calls_running", ())
    scrapes: Iterator[Figures] = iter(
        [{running: 0.0}, {running: 1.0}, {running: 1.0}, {running: 0.0, ("process_cpu_seconds_total", ()): 9.0}]
    )

    async def play(_: int) -> None:
        await clock.sleep(1)

    async def scrape() -> Figures:
        return next(scrapes)

    clock = HandClock()
    simulating = asyncio.ensure_future(simulate(1, play, clock=clock, scrape=scrape))
    await clock.advance(5)
    assert (await simulating).completed == 1
    assert next(scrapes, None) is None
