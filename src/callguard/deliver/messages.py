"""Messages of the console's socket that are no stored events."""

from dataclasses import asdict

import orjson

from callguard.accounts import User
from callguard.clock import Clock
from callguard.deliver.ports import Health


def hello(seq: int, user: User, health: Health, clock: Clock) -> bytes:
    """Say who is connected and from where on events come."""
    who = {"user": user.name, "display_name": user.display_name, "role": user.role}
    return orjson.dumps({"type": "hello", "seq": seq} | who | {"server_time": clock.utc_now(), "health": asdict(health)})


def beat(health: Health, clock: Clock) -> bytes:
    """Say that the line is alive and how the guard stands."""
    return orjson.dumps({"type": "beat", "server_time": clock.utc_now(), "health": asdict(health)})


def staff(*, is_edited: bool) -> bytes:
    """Say that GET /api/colleagues answers something else now; the message itself names nobody.

    `is_edited` says that somebody's name, role or team was changed, else that senior staff have come or gone.
    """
    return orjson.dumps({"type": "staff", "edited": is_edited})


def refusal(message: str) -> bytes:
    """Say that a client's message was not understood."""
    return orjson.dumps({"type": "error", "code": "input", "message": message})
