"""`callguard serve`: taps, engine, consoles and API in one process."""

import asyncio
import gc
import signal
import sys

import typer
from rich.console import Console

from callguard.app.server import Running, Server
from callguard.cli import logs
from callguard.cli.options import ConfigOption
from callguard.settings import load_settings

SWITCH_S = 0.0005
"""How long one thread may keep the others waiting. The event loop lets go thousands of times a second, in every array operation;
with Python's own 5 ms the encoder and the decoders would each time hold it up for longer than its work takes."""


def add(app: typer.Typer) -> None:
    """Add the command."""
    app.command("serve")(serve)


def serve(config: ConfigOption = None) -> None:
    """Guard calls until interrupted: taps, speech engine, consoles and API in one process."""
    settings = load_settings(config)
    logs.set_up(settings.log_level)
    sys.setswitchinterval(SWITCH_S)
    asyncio.run(run_until_interrupted(Server(settings)))


async def run_until_interrupted(server: Server) -> None:
    """Serve; the first SIGINT or SIGTERM stops in order, a second one at once, and SIGHUP reads the policy again."""
    loop = asyncio.get_running_loop()

    def stop(number: signal.Signals) -> None:
        loop.remove_signal_handler(number)
        server.stop()

    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, stop, number)
    if sys.platform != "win32":
        loop.add_signal_handler(signal.SIGHUP, server.reload)
    await server.run(begin)


def begin(running: Running) -> None:
    """Tell that it is served, and set aside what was loaded for it."""
    announce(running)
    # It stays until the process ends. Each full collection would look at all of it again, and every call would wait a tenth of
    # a second for that.
    gc.collect()
    gc.freeze()


def announce(running: Running) -> None:
    """Tell whoever started the server what they need to know."""
    say = Console(highlight=False, markup=False, soft_wrap=True)
    say.print(f"callguard guards. Consoles: {running.url}")
    for name, address in running.taps.items():
        say.print(f"  tap {name}: {address}")
    fallback = " (fallback engine)" if running.engine.is_fallback else ""
    say.print(f"  speech engine: {running.engine.name}{fallback}. {running.engine.detail}")
    if running.first_admin_password:
        say.print(f"  first log-in: user admin, password {running.first_admin_password} (shown once; change it after logging in)")
