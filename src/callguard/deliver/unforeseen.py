"""Answers a request that failed in a way that nobody foresaw: a sentence with a reference, and the whole story in the log."""

import asyncio
import logging
from secrets import token_hex

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from callguard.deliver.services import as_response

log = logging.getLogger(__name__)

STOPPING = "callguard is stopping; do this again in a moment"


class Unforeseen:
    """The last to catch an error of a request.

    Inside the headers that keep other sites out: an answer of the framework's own would go past them, and would not be JSON.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one connection."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        is_begun = False

        async def watched(message: Message) -> None:
            nonlocal is_begun
            is_begun = True
            await send(message)

        try:
            await self._app(scope, receive, watched)
        except asyncio.CancelledError:
            # Only a server that stops cancels requests, and looks at no outcome: raised again, this would be a traceback.
            if not is_begun:
                await as_response({"code": "service", "message": STOPPING}, status=503)(scope, receive, send)
        except Exception:
            # Half an answer cannot be taken back: the server breaks the connection off, so that nobody takes it for whole.
            if is_begun:
                raise
            reference = token_hex(4)
            # The route, not the address: that names calls.
            route = getattr(scope.get("route"), "path", "")
            log.exception("a request failed", extra={"reference": reference, "method": scope["method"], "route": route})
            said = f"something in callguard failed; tell who runs it the reference {reference}, which is in the log"
            await as_response({"code": "failed", "message": said}, status=500)(scope, receive, send)
