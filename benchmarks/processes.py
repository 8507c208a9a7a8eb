"""The processes of a benchmark: the server that is measured, the source of the calls, and what the server uses."""

import asyncio
import contextlib
import json
import os
import sys
import time
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from callguard.app.lifecycle import listen

TICKS = os.sysconf("SC_CLK_TCK")
SAMPLE_S = 1.0


class Usage:
    """Processor and memory of a process since this was made."""

    def __init__(self, pid: int) -> None:
        self._pid = pid
        self._cpu_s = self._read_cpu_s()
        self._began = time.monotonic()
        self.peak_mb = 0.0
        self.cores = 0.0
        self.sample()

    def sample(self) -> None:
        """Look at the memory."""
        self.peak_mb = max(self.peak_mb, self.now_mb())

    def now_mb(self) -> float:
        """Return the resident memory."""
        status = Path(f"/proc/{self._pid}/status").read_text()
        rss_kb = next(line.split()[1] for line in status.splitlines() if line.startswith("VmRSS"))
        return int(rss_kb) / 1024

    def stop(self) -> None:
        """Work out how many cores were in use on average."""
        self.sample()
        self.cores = (self._read_cpu_s() - self._cpu_s) / (time.monotonic() - self._began)

    def _read_cpu_s(self) -> float:
        fields = Path(f"/proc/{self._pid}/stat").read_text().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / TICKS


class CallSource:
    """Runs `phone_calls.py`."""

    def __init__(self, port: int, calls: int, seconds: float, *, silent: bool = False, first: int = 0) -> None:
        script = Path(__file__).with_name("phone_calls.py")
        self._command = [
            *(sys.executable, str(script), "--port", str(port), "--calls", str(calls), "--seconds", str(seconds)),
            *("--first", str(first)),
            *(["--silent"] if silent else []),
        ]
        self._process: asyncio.subprocess.Process | None = None

    async def connect(self) -> None:
        """Return when all calls are connected and encoded: playing begins."""
        self._process = await asyncio.create_subprocess_exec(*self._command, stdout=asyncio.subprocess.PIPE, limit=1 << 20)
        await self._line("playing")

    async def play(self, sample: Callable[[], None]) -> dict[str, Any]:
        """Return the source's own report; `sample` is called every second."""
        assert self._process is not None, "connect first"
        reading = asyncio.create_task(self._line("{"))
        while not reading.done():
            sample()
            await asyncio.wait([reading], timeout=SAMPLE_S)
        await self._process.wait()
        report: dict[str, Any] = json.loads(reading.result())
        return report

    async def _line(self, begin: str) -> str:
        assert self._process is not None
        assert self._process.stdout is not None
        line = (await self._process.stdout.readline()).decode()
        if not line.startswith(begin):
            sys.exit("the calls could not be played; the message is above")
        return line


@contextlib.asynccontextmanager
async def server(
    command: Sequence[str], environment: Mapping[str, str], ready: str, *, profile: Path | None = None
) -> AsyncIterator[asyncio.subprocess.Process]:
    """Run a server until the block ends; `ready` is in the line that it prints once it listens."""
    process = await asyncio.create_subprocess_exec(
        *command, env=os.environ | environment, stdout=asyncio.subprocess.PIPE, limit=1 << 20
    )
    assert process.stdout is not None
    while ready not in (await process.stdout.readline()).decode():
        if process.returncode is not None or process.stdout.at_eof():
            sys.exit("the server did not start; its message is above")
    profiler = await _profile(process.pid, profile) if profile else None
    try:
        yield process
    finally:
        if profiler is not None:
            profiler.send_signal(2)
            await profiler.wait()
        process.terminate()
        await process.wait()


async def _profile(pid: int, folder: Path) -> asyncio.subprocess.Process:
    spy = Path(sys.executable).with_name("py-spy")
    target = folder / f"profile_{pid}.txt"
    return await asyncio.create_subprocess_exec(
        spy, "record", "-p", str(pid), "-f", "raw", "-o", str(target), "-d", "600", stdout=asyncio.subprocess.DEVNULL
    )


def free_port() -> int:
    """Return a port that nobody uses now."""
    with contextlib.closing(listen("127.0.0.1", 0)) as listener:
        port: int = listener.getsockname()[1]
        return port
