"""What every route may use, handed to the application once."""

from collections.abc import Awaitable, Callable
from concurrent.futures import Executor
from dataclasses import dataclass
from typing import Annotated, Any, cast

import orjson
from fastapi import Depends
from starlette.requests import HTTPConnection
from starlette.responses import Response

from callguard.clock import Clock
from callguard.deliver.auth import Doorkeeper
from callguard.deliver.case_ports import Cases
from callguard.deliver.choice_ports import Choices
from callguard.deliver.export_ports import Exports
from callguard.deliver.hub import Hub
from callguard.deliver.join_ports import Joins
from callguard.deliver.line_ports import WebLines
from callguard.deliver.metrics import CollectorRegistry
from callguard.deliver.operation_ports import Operations
from callguard.deliver.passwords import Passwords
from callguard.deliver.ports import Archive, Comments, Desk, Letters, Recordings
from callguard.deliver.readings import Readings
from callguard.deliver.replay_ports import Replays
from callguard.deliver.review_ports import Reviews
from callguard.deliver.sending_ports import OutboxDesk
from callguard.deliver.throttle import LoginThrottle
from callguard.deliver.tuning_ports import Tuning
from callguard.settings import HttpSettings

OnDrawn = Callable[[int, str, int], None]
"""Told (seq, log-in name, monotonic ns) when a console has painted an event."""


OnPerson = Callable[[str], Awaitable[None]]
"""Told the log-in name of somebody whose name, role or team an admin has changed, or who was added."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Services:
    """The parts behind the routes."""

    archive: Archive
    hub: Hub
    desk: Desk
    settings: HttpSettings
    clock: Clock
    passwords: Passwords
    doorkeeper: Doorkeeper
    throttle: LoginThrottle
    registry: CollectorRegistry
    on_drawn: OnDrawn
    on_person: OnPerson
    letters: Letters
    joins: Joins
    lines: WebLines
    cases: Cases
    comments: Comments
    recordings: Recordings
    choices: Choices
    readings: Readings
    replays: Replays
    reviews: Reviews
    exports: Exports
    tuning: Tuning
    outbox: OutboxDesk
    operations: Operations
    clerk: Executor
    """One thread for what is long and not urgent, such as reading letters."""


def services_of(connection: HTTPConnection) -> Services:
    """Return the parts of the application that serves this connection."""
    return cast("Services", connection.app.state.services)


Parts = Annotated[Services, Depends(services_of)]


def as_response(value: Any, *, status: int = 200) -> Response:
    """Return `value` as JSON; stored events go in as `orjson.Fragment` without being read again."""
    return Response(orjson.dumps(value), status_code=status, media_type="application/json")
