"""The web application: routes, pages, errors and headers put together."""

import logging
from collections.abc import AsyncIterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager
from http import HTTPStatus

from fastapi import FastAPI
from fastapi.exceptions import RequestValidationError
from starlette.datastructures import MutableHeaders
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from callguard.clock import Clock
from callguard.deliver import (
    account_routes,
    call_routes,
    caller_routes,
    choice_routes,
    colleague_routes,
    comment_routes,
    export_routes,
    incident_routes,
    join_routes,
    line_routes,
    operation_routes,
    outbox_routes,
    people_routes,
    replay_routes,
    review_routes,
    score_routes,
    service_routes,
    sockets,
    task_routes,
    threat_routes,
    tuning_routes,
)
from callguard.deliver.auth import Doorkeeper
from callguard.deliver.bodies import BodyLimit
from callguard.deliver.case_ports import Cases
from callguard.deliver.choice_ports import Choices
from callguard.deliver.console import mount_console
from callguard.deliver.error_docs import describe_errors
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
from callguard.deliver.services import OnDrawn, OnPerson, Services, as_response
from callguard.deliver.throttle import LoginThrottle
from callguard.deliver.tuning_ports import Tuning
from callguard.deliver.unforeseen import Unforeseen
from callguard.deliver.webhook_docs import describe_webhooks
from callguard.errors import (
    AccessError,
    CallguardError,
    CapacityError,
    EngineError,
    InputError,
    NotFoundError,
    ServiceError,
    SettingsError,
    StoreError,
    TakenError,
)
from callguard.settings import HttpSettings

log = logging.getLogger(__name__)

STATUS: Mapping[type[CallguardError], int] = {
    AccessError: 403,
    NotFoundError: 404,
    TakenError: 409,
    InputError: 400,
    SettingsError: 400,
    CapacityError: 503,
    StoreError: 503,
    EngineError: 503,
    ServiceError: 503,
}
HTTP_CODES: Mapping[int, str] = {401: "login", 404: "not_found", 405: "method", 413: "too_large", 429: "too_many"}

SECURITY_HEADERS: Mapping[str, str] = {
    "Cross-Origin-Opener-Policy": "same-origin",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
}
WAVE_STYLE = "'sha256-GDz2FZP0i7VZaDhs1mgc43IRUXU2xajPIjvThHvZvbs='"
"""Of the one style that wavesurfer.js puts into the page, at the height in `qa/Wave.tsx`; a browser test says when it changed."""
CONTENT_POLICY = (
    f"default-src 'none'; script-src 'self'; style-src 'self' {WAVE_STYLE}; img-src 'self'; font-src 'self'; "
    "media-src 'self' blob:; connect-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors "
)


def create_web(
    archive: Archive,
    hub: Hub,
    desk: Desk,
    settings: HttpSettings,
    clock: Clock,
    *,
    registry: CollectorRegistry,
    passwords: Passwords,
    on_drawn: OnDrawn,
    on_person: OnPerson,
    letters: Letters,
    joins: Joins,
    lines: WebLines,
    cases: Cases,
    comments: Comments,
    recordings: Recordings,
    choices: Choices,
    readings: Readings,
    replays: Replays,
    reviews: Reviews,
    exports: Exports,
    tuning: Tuning,
    outbox: OutboxDesk,
    operations: Operations,
) -> FastAPI:
    """Return the application that serves consoles and API; it ends the threads of `passwords` and its own with itself."""
    clerk = ThreadPoolExecutor(1, thread_name_prefix="clerk")

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        yield
        passwords.close()
        clerk.shutdown(wait=False, cancel_futures=True)

    # FastAPI's own documentation pages load scripts from elsewhere, which the content policy forbids.
    web = FastAPI(title="callguard", openapi_url="/api/openapi.json", docs_url=None, redoc_url=None, lifespan=lifespan)
    web.state.services = Services(
        archive=archive,
        hub=hub,
        desk=desk,
        settings=settings,
        clock=clock,
        passwords=passwords,
        doorkeeper=Doorkeeper(archive, passwords, clock, session_hours=settings.session_hours),
        throttle=LoginThrottle(),
        registry=registry,
        on_drawn=on_drawn,
        on_person=on_person,
        letters=letters,
        joins=joins,
        lines=lines,
        cases=cases,
        comments=comments,
        recordings=recordings,
        choices=choices,
        readings=readings,
        replays=replays,
        reviews=reviews,
        exports=exports,
        tuning=tuning,
        outbox=outbox,
        operations=operations,
        clerk=clerk,
    )
    # Before the calls: their `/calls/{call_id:path}` would take `/calls/…/incident` for a call's id.
    for routes in (
        join_routes,
        line_routes,
        replay_routes,
        export_routes,
        review_routes,
        tuning_routes,
        incident_routes,
        caller_routes,
        choice_routes,
        task_routes,
        threat_routes,
        comment_routes,
        account_routes,
        colleague_routes,
        people_routes,
        outbox_routes,
        operation_routes,
        call_routes,
        score_routes,
        service_routes,
        sockets,
    ):
        # Not `include_router`: it would build each route a second time, while the first request waits.
        web.router.routes.extend(routes.router.routes)
    describe_webhooks(web)
    describe_errors(web)
    mount_console(web)
    web.add_exception_handler(CallguardError, _failed)
    web.add_exception_handler(HTTPException, _refused)
    web.add_exception_handler(RequestValidationError, _invalid)
    web.add_middleware(BodyLimit)
    web.add_middleware(Unforeseen)
    web.add_middleware(SecurityHeaders, embed_origins=settings.embed_origins)
    return web


class SecurityHeaders:
    """Adds the headers that keep other sites out of our pages, and keeps answers of the API out of caches."""

    def __init__(self, app: ASGIApp, embed_origins: Sequence[str] = ()) -> None:
        """`embed_origins` may show our pages inside theirs; nobody else may."""
        self._app = app
        self._headers = {**SECURITY_HEADERS, "Content-Security-Policy": CONTENT_POLICY + (" ".join(embed_origins) or "'none'")}
        if not embed_origins:
            self._headers["X-Frame-Options"] = "DENY"

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one connection."""

        async def with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                headers.update(self._headers)
                headers.setdefault("Cache-Control", "no-store")
            await send(message)

        await self._app(scope, receive, with_headers)


async def _failed(_: Request, error: Exception) -> Response:
    assert isinstance(error, CallguardError)  # registered for it
    status = next((STATUS[kind] for kind in type(error).__mro__ if kind in STATUS), 500)
    if status >= HTTPStatus.INTERNAL_SERVER_ERROR:
        log.error("a request failed", extra={"code": error.code, "cause": str(error)})
    return as_response({"code": error.code, "message": str(error)}, status=status)


async def _refused(_: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)  # registered for it
    body = {"code": HTTP_CODES.get(error.status_code, "failed"), "message": error.detail}
    response = as_response(body, status=error.status_code)
    response.headers.update(error.headers or {})
    return response


async def _invalid(_: Request, error: Exception) -> Response:
    assert isinstance(error, RequestValidationError)  # registered for it
    first = error.errors()[0]
    place = ".".join(str(part) for part in first["loc"])
    return as_response({"code": "input", "message": f"«{place}» is wrong: {first['msg']}"}, status=422)
