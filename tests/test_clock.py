import asyncio

from callguard.clock import SystemClock
from tests.clocks import HandClock


async def test_the_system_clock_runs_forward_and_knows_its_zone() -> None:
    clock = SystemClock()
    before = clock.monotonic_ns()
    await clock.sleep(0)
    assert clock.monotonic_ns() >= before
    assert clock.utc_now().utcoffset() is not None


async def test_a_hand_moved_clock_wakes_sleepers_in_order_and_not_early() -> None:
    clock = HandClock()
    woken: list[str] = []

    async def sleeper(name: str, seconds: float) -> None:
        await clock.sleep(seconds)
        woken.append(name)

    async with asyncio.TaskGroup() as tasks:
        tasks.create_task(sleeper("late", 2))
        tasks.create_task(sleeper("early", 1))
        await clock.advance(0.9)
        assert woken == []
        await clock.advance(1.2)
    assert woken == ["early", "late"]
