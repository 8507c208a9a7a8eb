import orjson

from callguard.accounts import User
from callguard.deliver.hub import Hub
from callguard.deliver.replay import MOST, PAGE, missed
from callguard.errors import StoreError
from callguard.events import StoredEvent
from callguard.terms import StaffRole

ANA = User(name="ana", display_name="Ana", role=StaffRole.SENIOR, team="", password_hash="")
SAM = User(name="sam", display_name="Sam", role=StaffRole.AGENT, team="", password_hash="")


def event(seq: int, agent: str = "sam") -> StoredEvent:
    return StoredEvent(seq=seq, call_id="c1", agent=agent, is_alert=False, body=orjson.dumps(seq))


class ListEvents:
    """Answers from a list; fails while broken."""

    def __init__(self, *stored: StoredEvent) -> None:
        self.stored = stored
        self.is_broken = False
        self.asked = 0

    async def last_seq(self) -> int:
        if self.is_broken:
            raise StoreError("gone")
        return max((event.seq for event in self.stored), default=0)

    async def seq_after(self, seq: int, count: int) -> int | None:
        later = [event.seq for event in self.stored if event.seq > seq]
        return later[count - 1] if len(later) >= count else None

    async def events_since(self, seq: int, *, agent: str | None = None, limit: int = 1000) -> list[StoredEvent]:
        self.asked += 1
        return [event for event in self.stored if event.seq > seq and agent in {None, event.agent}][:limit]


async def replay(archive: ListEvents, hub: Hub, since: int, user: User = ANA) -> list[object]:
    with hub.listen(user) as listener:
        return [orjson.loads(body) async for body in missed(archive, listener, since)]  # type: ignore[arg-type]  # only what it asks


def hub_after(*published: StoredEvent, last_seq: int = 0, recent: int = 4) -> Hub:
    hub = Hub(last_seq=last_seq, listener_queue=16, recent=recent)
    for one in published:
        hub.publish(one)
    return hub


async def test_what_is_at_hand_needs_no_query() -> None:
    events = [event(seq) for seq in range(1, 5)]
    archive = ListEvents(*events)
    assert await replay(archive, hub_after(*events), 2) == [3, 4]
    assert archive.asked == 0


async def test_store_and_memory_join_without_gap_or_double() -> None:
    events = [event(seq) for seq in range(1, 11)]
    assert await replay(ListEvents(*events), hub_after(*events), 0) == list(range(1, 11))


async def test_what_is_published_but_not_yet_stored_is_not_lost() -> None:
    events = [event(seq) for seq in range(1, 11)]
    assert await replay(ListEvents(*events[:7]), hub_after(*events), 3) == list(range(4, 11))


async def test_long_absences_are_read_page_by_page() -> None:
    events = [event(seq) for seq in range(1, 2 * PAGE + 50)]
    archive = ListEvents(*events)
    assert await replay(archive, hub_after(last_seq=2 * PAGE + 49), 0) == [one.seq for one in events]
    assert archive.asked == 3


async def test_an_agent_gets_their_own_only() -> None:
    events = [event(seq, "sam" if seq % 2 else "priya") for seq in range(1, 11)]
    assert await replay(ListEvents(*events), hub_after(*events), 0, SAM) == [1, 3, 5, 7, 9]


async def test_nothing_was_missed_by_who_is_up_to_date_or_comes_from_another_installation() -> None:
    hub = hub_after(event(1))
    assert await replay(ListEvents(event(1)), hub, 1) == []
    assert await replay(ListEvents(event(1)), hub, 99) == []


async def test_a_store_that_fails_is_named_as_a_gap() -> None:
    archive = ListEvents()
    archive.is_broken = True
    hub = hub_after(*(event(seq) for seq in range(1, 11)))
    assert await replay(archive, hub, 2) == [{"type": "missed", "from_seq": 3, "to_seq": 6}, 7, 8, 9, 10]


async def test_events_that_were_never_stored_are_named_as_a_gap() -> None:
    events = [event(seq) for seq in range(1, 11)]
    archive = ListEvents(*events[:4])
    assert await replay(archive, hub_after(*events), 2) == [3, 4, {"type": "missed", "from_seq": 5, "to_seq": 6}, 7, 8, 9, 10]


async def test_too_long_an_absence_is_a_gap_and_not_a_flood() -> None:
    events = [event(seq) for seq in range(1, MOST + 3)]
    hub = hub_after(last_seq=MOST + 2)
    assert await replay(ListEvents(*events), hub, 1) == [{"type": "missed", "from_seq": 2, "to_seq": MOST + 2}]


async def test_that_an_agent_wants_no_cards_is_not_told_to_a_console_that_comes_back() -> None:
    switched = StoredEvent(seq=2, call_id="c1", agent="sam", is_alert=True, body=b'{"type":"prompts_switched","seq":2}')
    assert await replay(ListEvents(event(1), switched, event(3)), Hub(last_seq=3, listener_queue=16), 0) == [1, 3]


async def test_numbers_that_a_run_cut_off_may_have_shown_are_named_and_all_that_was_stored_comes_first() -> None:
    archive = ListEvents(*(event(seq) for seq in range(1, 11)))
    after_a_crash = hub_after(last_seq=10 + 100 * MOST)
    assert await replay(archive, after_a_crash, 8) == [9, 10, {"type": "missed", "from_seq": 11, "to_seq": 10 + 100 * MOST}]
    assert await replay(archive, after_a_crash, 12) == [{"type": "missed", "from_seq": 13, "to_seq": 10 + 100 * MOST}]


async def test_what_came_after_a_jump_of_the_numbers_is_told() -> None:
    jumped = 5 * MOST
    events = [event(1), event(jumped), event(jumped + 1)]
    now = hub_after(event(2 * jumped), last_seq=2 * jumped - 1)

    assert [row for row in await replay(ListEvents(*events), now, 1) if isinstance(row, int)] == [jumped, jumped + 1, 2 * jumped]
