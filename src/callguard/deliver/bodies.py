"""Refuses requests larger than anything that we take: whoever reaches the port could fill the memory that calls need."""

from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from callguard.deliver.services import as_response

LARGEST = 4 * 1024 * 1024
"""Bytes; the largest body that we take is a policy, and all of its letters may be escaped."""
TOO_LARGE = f"a request has at most {LARGEST // 1024 // 1024} MiB; send less"


class BodyLimit:
    """Refuses what says that it is too large unread, and stops reading what turns out to be."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one connection."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        if _declared(scope) > LARGEST:
            await as_response({"code": "too_large", "message": TOO_LARGE}, status=413)(scope, receive, send)
            return
        taken = 0

        async def counted() -> Message:
            nonlocal taken
            message = await receive()
            taken += len(message.get("body", b""))
            if taken > LARGEST:
                raise HTTPException(413, TOO_LARGE)
            return message

        await self._app(scope, counted, send)


def _declared(scope: Scope) -> int:
    length = dict(scope["headers"]).get(b"content-length", b"")
    return int(length) if length.isdigit() else 0
