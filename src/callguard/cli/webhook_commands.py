"""`callguard webhook …`: tries whether subscribers hear us, and makes secrets."""

import asyncio
import base64
import secrets
from typing import Annotated

import typer
from rich.console import Console

from callguard.app.post import ping
from callguard.cli.options import ConfigOption
from callguard.clock import SystemClock
from callguard.errors import ServiceError, SettingsError
from callguard.settings import load_settings

SECRET_BYTES = 32


def add(app: typer.Typer) -> None:
    """Add the commands."""
    webhook = typer.Typer(help="Webhooks to other systems.", no_args_is_help=True)
    webhook.callback()(lambda: None)
    webhook.command("test")(try_out)
    webhook.command("secret")(secret)
    app.add_typer(webhook, name="webhook")


def try_out(
    name: Annotated[str, typer.Argument(help="One subscriber of notify.webhooks; all without it.", show_default=False)] = "",
    config: ConfigOption = None,
) -> None:
    """Send a signed «ping» and say whether it arrived; exit 1 if one did not. It is not repeated."""
    notify = load_settings(config).notify
    names = [name] if name else list(notify.webhooks)
    if not names:
        raise SettingsError("the settings name no webhook; add one under notify.webhooks (docs/webhooks.md)")
    console, failed = Console(highlight=False, markup=False, soft_wrap=True), 0
    for each in names:
        receipt = asyncio.run(ping(notify, each, SystemClock()))
        failed += bool(receipt.error)
        console.print(f"{each}: {receipt.error or 'delivered'}")
    if failed:
        raise ServiceError(f"{failed} of {len(names)} webhooks did not take a ping; look at the receiver's log and its address")


def secret() -> None:
    """Print a new secret for a subscriber: into the settings here, and into the receiver's."""
    made = base64.b64encode(secrets.token_bytes(SECRET_BYTES)).decode()
    print(f"whsec_{made}")  # noqa: T201  # the command's output
