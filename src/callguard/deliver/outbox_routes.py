"""What was sent outside the consoles, what waits and what failed: for admins."""

from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Query

from callguard.deliver.access import Admin
from callguard.deliver.services import Parts
from callguard.documents import Document
from callguard.sendings import Channel, Kind, Sending, SendingState

router = APIRouter(prefix="/api/outbox", tags=["outbox"])


class SendingView(Document):
    """A sending without what it says: whoever runs the machine need not read that."""

    sending_id: str
    """The receiver's idempotency key."""
    kind: Kind
    channel: Channel
    route: str
    call_id: str
    created_at: datetime
    due_at: datetime
    """When it is tried next; past for one that is over."""
    attempts: int
    state: SendingState
    last_error: str
    ended_at: datetime | None


def _view(sending: Sending) -> SendingView:
    return SendingView(**sending.model_dump(include=set(SendingView.model_fields)))


@router.get("")
async def list_sendings(
    user: Admin,  # noqa: ARG001  # only admins
    parts: Parts,
    state: SendingState | None = None,
    limit: Annotated[int, Query(ge=1, le=1000)] = 200,
) -> list[SendingView]:
    """List sendings, newest first; `state=failed` are those that were given up."""
    return [_view(sending) for sending in await parts.outbox.sendings(state=state, limit=limit)]


@router.post("/{sending_id}/retry")
async def retry_sending(sending_id: str, user: Admin, parts: Parts) -> SendingView:
    """Try one that failed, was abandoned or waits again at once, under the same id."""
    return _view(await parts.outbox.try_again(sending_id, user))


@router.post("/{sending_id}/abandon")
async def abandon_sending(sending_id: str, user: Admin, parts: Parts) -> SendingView:
    """Give one up."""
    return _view(await parts.outbox.abandon(sending_id, user))
