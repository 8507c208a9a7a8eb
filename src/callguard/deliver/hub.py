"""Sends each event to every console that may see it; who is too slow is dropped rather than everybody delayed."""

import asyncio
from collections import OrderedDict, deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from callguard.accounts import User
from callguard.deliver import messages
from callguard.deliver.readers import Readers, is_outline
from callguard.events import StoredEvent
from callguard.terms import StaffRole

RECENT = 2048
"""Events kept at hand: they bridge what is published but not yet stored, and most reconnects without a query."""
HANDED = 4096
"""Events of one console whose painting may still be reported: as many as the publisher remembers."""


class Listener:
    """One console's bounded queue; iterating gives messages until it is dropped."""

    def __init__(
        self,
        user: User,
        *,
        capacity: int,
        seq: int,
        recent: tuple[StoredEvent, ...],
        may_see: Callable[[User, StoredEvent], bool],
        handed: Callable[[User, StoredEvent], None],
    ) -> None:
        """`may_see` says whether an event is for a user; `handed` is told of each that goes to this console."""
        self.user = user
        """Who it is, as they were known last."""
        self.seq = seq
        """Number of the last event published before this listener came."""
        self.recent = recent
        """The newest events up to `seq`, of all calls."""
        self.dropped = asyncio.Event()
        """Set when the console fell too far behind."""
        self._capacity = capacity
        self._may_see = may_see
        self._told = handed
        self._queue: deque[StoredEvent | bytes] = deque()
        self._handed: OrderedDict[int, None] = OrderedDict()
        self._filled = asyncio.Event()

    def may_see(self, event: StoredEvent) -> bool:
        """Whether `event` is for whoever sits at this console."""
        return self._may_see(self.user, event)

    def offer(self, message: StoredEvent | bytes) -> bool:
        """Queue a message, or drop the listener if it is full; say whether it was queued."""
        if self.dropped.is_set():
            return False
        if len(self._queue) >= self._capacity:
            self._queue.clear()
            self.dropped.set()
            return False
        self._queue.append(message)
        self._filled.set()
        return True

    async def next(self) -> bytes:
        """Wait for the next message."""
        while not self._queue:
            self._filled.clear()
            await self._filled.wait()
        message = self._queue.popleft()
        return self.hand(message) if isinstance(message, StoredEvent) else message

    def hand(self, event: StoredEvent) -> bytes:
        """Return the message of an event that now goes to this console, and remember that it did."""
        self._told(self.user, event)
        self._handed[event.seq] = None
        while len(self._handed) > HANDED:
            self._handed.popitem(last=False)
        return event.body

    def has_got(self, seq: int) -> bool:
        """Whether this event was lately handed to this console."""
        return seq in self._handed

    def __len__(self) -> int:
        return len(self._queue)


class Hub:
    """All listeners of this process. `publish` takes events in order of `seq`, on the event loop's thread."""

    def __init__(
        self,
        *,
        last_seq: int,
        listener_queue: int,
        recent: int = RECENT,
        team_of: Callable[[str], str] = lambda _: "",
        heard_live: Callable[[str, str], None] = lambda _who, _call_id: None,
    ) -> None:
        """`last_seq` is the newest event of earlier runs; `team_of` returns the team of an agent, empty if nobody knows.

        `heard_live` is told the log-in name and the call whenever a console is sent what is said on it.
        """
        self.last_seq = last_seq
        self.readers = Readers(team_of, self._teams_present)
        self._heard_live = heard_live
        self.dropped = 0
        """Listeners that were dropped since the start."""
        self._listener_queue = listener_queue
        self._recent: deque[StoredEvent] = deque(maxlen=recent)
        self._listeners: set[Listener] = set()

    def __len__(self) -> int:
        return len(self._listeners)

    def is_connected(self, role: StaffRole) -> bool:
        """Whether a console of somebody of this role is there."""
        return any(listener.user.role is role and not listener.dropped.is_set() for listener in self._listeners)

    @property
    def present(self) -> frozenset[str]:
        """Log-in names of everybody with a console open."""
        return frozenset(listener.user.name for listener in self._listeners)

    @property
    def backlog(self) -> int:
        """Messages of the listener that is furthest behind."""
        return max((len(listener) for listener in self._listeners), default=0)

    def connected(self) -> frozenset[str]:
        """Return the log-in names of everybody who has a console open."""
        return frozenset(listener.user.name for listener in self._listeners)

    def publish(self, event: StoredEvent) -> None:
        """Send `event` to everybody who may see it."""
        self.last_seq = event.seq
        self._recent.append(event)
        self.readers.take(event)
        for listener in self._listeners:
            if not listener.dropped.is_set() and listener.may_see(event) and not listener.offer(event):
                self.dropped += 1

    def announce(self, message: bytes) -> None:
        """Send a message that is no event to everybody, such as the guard's health."""
        for listener in self._listeners:
            if not listener.dropped.is_set() and not listener.offer(message):
                self.dropped += 1

    @contextmanager
    def listen(self, user: User) -> Iterator[Listener]:
        """Lend a listener that gets every event from this moment on."""
        listener = Listener(
            user,
            capacity=self._listener_queue,
            seq=self.last_seq,
            recent=tuple(self._recent),
            may_see=self.readers.may_see,
            handed=self.note,
        )
        self._tell_presence(user)
        self._listeners.add(listener)
        try:
            yield listener
        finally:
            self._listeners.discard(listener)
            self._tell_presence(user)

    def note(self, user: User, event: StoredEvent) -> None:
        """Note that a console is sent an event, if it says what is said on somebody else's call."""
        if user.role is not StaffRole.AGENT and event.agent != user.name and not is_outline(event):
            self._heard_live(user.name, event.call_id)

    def _teams_present(self) -> frozenset[str]:
        return frozenset(listener.user.team for listener in self._listeners if listener.user.role is StaffRole.SENIOR)

    def _tell_presence(self, user: User) -> None:
        """Tell the others when somebody senior opens their first console or has left the last: it decides whose alerts are."""
        if user.role is StaffRole.SENIOR and user.name not in self.present:
            self.announce(messages.staff(is_edited=False))
