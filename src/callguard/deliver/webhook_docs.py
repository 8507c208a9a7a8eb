"""Describes the webhooks in the OpenAPI document, beside the routes that we serve."""

from collections.abc import Awaitable, Callable
from typing import Any

from fastapi import FastAPI

from callguard.deliver.webhook_bodies import BODIES, Told
from callguard.sendings import Kind

HEADERS = (
    ("webhook-id", "The idempotency key: the same for every attempt. Whoever has seen it answers 200 and does nothing."),
    ("webhook-timestamp", "Seconds since 1970 of this attempt; refuse what is more than five minutes off."),
    ("webhook-signature", "«v1,» and base64 of HMAC-SHA256 over «id.timestamp.body»; several, set apart by blanks."),
)


def describe_webhooks(web: FastAPI) -> None:
    """Add every kind to the document's `webhooks`."""
    parameters = [
        {"name": name, "in": "header", "required": True, "description": told, "schema": {"type": "string"}}
        for name, told in HEADERS
    ]
    for kind, body in BODIES.items():
        web.webhooks.post(
            kind.value,
            summary=(body.__doc__ or "").strip(),
            name=kind.value,
            status_code=200,
            response_description="Any 2xx: it is not sent again. 410: nothing more is tried. All else: tried again.",
            openapi_extra={"parameters": parameters},
        )(_receiver(kind, body))


def _receiver(kind: Kind, body: Any) -> Callable[..., Awaitable[None]]:
    async def receive(told: Any) -> None:
        """Take it."""

    receive.__annotations__["told"] = Told[body]
    receive.__doc__ = f"Sent to subscribers of `{kind.value}`, at least once."
    return receive
