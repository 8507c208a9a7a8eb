"""What a console missed: from the store, then from memory, without gap or double."""

from collections.abc import AsyncIterator

import orjson

from callguard.deliver.hub import Listener
from callguard.deliver.ports import Events
from callguard.errors import StoreError
from callguard.terms import StaffRole

PAGE = 500
MOST = 10_000
"""Events that are worth replaying one by one; a console that missed more loads the state of things instead."""


UNTOLD = b'{"type":"prompts_switched"'
"""Stored for replays alone: nobody is told that an agent wants no cards."""


async def missed(archive: Events, listener: Listener, since: int) -> AsyncIterator[bytes]:
    """Return what happened after event `since` and before `listener` came, in order.

    What cannot be had is named by a message {"type": "missed", "from_seq", "to_seq"}: loss is data, never silence.
    """
    if since >= listener.seq:
        return
    at_hand = listener.recent[0].seq if listener.recent else listener.seq + 1
    if since < at_hand - 1:
        async for body in _from_store(archive, listener, since, at_hand - 1):
            yield body
    for event in listener.recent:
        if event.seq > since and listener.may_see(event):
            yield listener.hand(event)


async def _from_store(archive: Events, listener: Listener, since: int, until: int) -> AsyncIterator[bytes]:
    """Return stored events with numbers from `since` + 1 to `until`."""
    agent = listener.user.name if listener.user.role is StaffRole.AGENT else None
    seen = since
    try:
        # Asked first: what is stored later than this is not missing but was not awaited.
        stored = await archive.last_seq()
        # Events are counted, not numbers: those jump after a run that was cut off, and what came then is to be told all the same.
        far = await archive.seq_after(since, MOST + 1)
        if far is not None and far <= until:
            yield _gap(since + 1, until)
            return
        while seen < until:
            page = await archive.events_since(seen, agent=agent, limit=PAGE)
            for event in page:
                if event.seq <= until and listener.may_see(event) and not event.body.startswith(UNTOLD):
                    yield listener.hand(event)
            if len(page) < PAGE:
                break
            seen = page[-1].seq
    except StoreError:
        yield _gap(seen + 1, until)
        return
    if stored < until:
        yield _gap(max(stored, since) + 1, until)


def _gap(first: int, last: int) -> bytes:
    return orjson.dumps({"type": "missed", "from_seq": first, "to_seq": last})
