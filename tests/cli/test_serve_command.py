"""`callguard serve` as a process of its own, with the signals that run it."""

import asyncio
import contextlib
import os
import signal
import sys
from asyncio.subprocess import PIPE, Process
from collections.abc import AsyncIterator
from pathlib import Path

from callguard.decide.policy import bundled_policies

SERVE = "import sys; from callguard.cli.main import run; sys.exit(run(sys.argv[1:]))"
SETTINGS = """
[http]
port = 0
[taps.twilio]
port = 0
[taps.audiosocket]
port = 0
[transcribe]
engine = "pocketsphinx"
workers = 1
[decide]
policy = "{policy}"
"""


async def line_with(stream: asyncio.StreamReader | None, *words: str) -> str:
    """Return the first line that says all of `words`."""
    assert stream is not None
    async for raw in stream:
        line = raw.decode()
        if all(word in line for word in words):
            return line
    raise AssertionError(f"the process ended without saying {words}")


@contextlib.asynccontextmanager
async def served(config: Path, *, before: str = "") -> AsyncIterator[Process]:
    """Run `callguard serve` with its data beside `config`, from when it guards until SIGTERM; `before` is Python run first."""
    environment = os.environ | {"CALLGUARD_DATA_DIR": str(config.parent / "data"), "PYTHONUNBUFFERED": "1"}
    command = (sys.executable, "-c", before + SERVE, "serve", "--config", str(config))
    server = await asyncio.create_subprocess_exec(*command, stdout=PIPE, stderr=PIPE, env=environment)
    try:
        async with asyncio.timeout(120):
            await line_with(server.stdout, "callguard guards")
            yield server
            server.send_signal(signal.SIGTERM)
            await server.communicate()
    finally:
        if server.returncode is None:
            server.kill()
            await server.communicate()


async def test_a_reload_that_comes_while_it_starts_does_not_end_it(tmp_path: Path) -> None:
    config = tmp_path / "callguard.toml"
    config.write_text(SETTINGS.format(policy="standard"), encoding="utf-8")
    # It sends the signal to itself as soon as the first module of the command is asked for, seconds before it serves.
    early = "import os, signal, callguard.cli.main as main; build = main.build\n"
    early += "main.build = lambda names: (os.kill(os.getpid(), signal.SIGHUP), build(names))[1]\n"
    async with served(config, before=early) as server:
        server.send_signal(signal.SIGHUP)
        told = await line_with(server.stderr, "the policy was read again and says the same")

    assert "policy='standard 1'" in told
    assert server.returncode == 0


async def test_sighup_reads_the_policy_again_and_a_broken_one_changes_nothing(tmp_path: Path) -> None:
    first = bundled_policies()["standard"].read_text(encoding="utf-8")
    policy, config = tmp_path / "own.toml", tmp_path / "callguard.toml"
    policy.write_text(first, encoding="utf-8")
    config.write_text(SETTINGS.format(policy=policy), encoding="utf-8")
    async with served(config) as server:
        policy.write_text(first.replace("version = 1", "version = 2", 1), encoding="utf-8")
        server.send_signal(signal.SIGHUP)
        told = await line_with(server.stderr, "another policy holds from now on")
        policy.write_text("version =", encoding="utf-8")
        server.send_signal(signal.SIGHUP)
        refused = await line_with(server.stderr, "the policy was not read again")

    assert "policy='standard 2' was='standard 1'" in told
    assert "instead='standard 2'" in refused
    assert "own.toml" in refused, "the line itself says where the file is wrong"
    assert server.returncode == 0
