import asyncio

from callguard.accounts import User
from callguard.deliver import messages
from callguard.deliver.hub import HANDED, Hub
from callguard.events import StoredEvent
from callguard.terms import StaffRole


def event(seq: int, agent: str = "sam") -> StoredEvent:
    return StoredEvent(seq=seq, call_id="c1", agent=agent, is_alert=False, body=b"%d" % seq)


def user(name: str = "ana", role: StaffRole = StaffRole.SENIOR) -> User:
    return User(name=name, display_name=name, role=role, team="", password_hash="")


async def test_everybody_gets_what_they_may_see_in_order() -> None:
    hub = Hub(last_seq=0, listener_queue=16)
    with hub.listen(user()) as senior, hub.listen(user("sam", StaffRole.AGENT)) as agent:
        hub.publish(event(1, "sam"))
        hub.publish(event(2, "priya"))
        hub.publish(event(3, "sam"))
        assert [await senior.next() for _ in range(3)] == [b"1", b"2", b"3"]
        assert [await agent.next() for _ in range(2)] == [b"1", b"3"]
        assert len(agent) == 0


async def test_a_listener_waits_for_the_next_event() -> None:
    hub = Hub(last_seq=0, listener_queue=16)
    with hub.listen(user()) as listener:
        waiting = asyncio.ensure_future(listener.next())
        await asyncio.sleep(0)
        hub.publish(event(1))
        assert await waiting == b"1"


async def test_a_slow_listener_is_dropped_and_nobody_else_delayed() -> None:
    hub = Hub(last_seq=0, listener_queue=2)
    with hub.listen(user("slow")) as slow, hub.listen(user("fast")) as fast:
        for seq in range(1, 6):
            hub.publish(event(seq))
            assert await fast.next() == b"%d" % seq
        assert slow.dropped.is_set()
        assert not fast.dropped.is_set()
        assert len(slow) == 0
        assert hub.dropped == 1


def test_a_listener_knows_where_it_came_in() -> None:
    hub = Hub(last_seq=7, listener_queue=16, recent=2)
    for seq in (8, 9, 10):
        hub.publish(event(seq))
    with hub.listen(user()) as listener:
        assert listener.seq == 10
        assert [recent.seq for recent in listener.recent] == [9, 10]


def test_who_has_left_is_not_counted() -> None:
    hub = Hub(last_seq=0, listener_queue=16)
    with hub.listen(user()):
        assert len(hub) == 1
    hub.publish(event(1))
    assert (len(hub), hub.backlog) == (0, 0)


async def test_announcements_reach_everybody() -> None:
    hub = Hub(last_seq=0, listener_queue=16)
    with hub.listen(user("sam", StaffRole.AGENT)) as listener:
        hub.announce(b"health")
        assert await listener.next() == b"health"
        assert hub.last_seq == 0


async def test_a_listener_knows_what_it_was_handed_and_for_how_long() -> None:
    hub = Hub(last_seq=0, listener_queue=16)
    with hub.listen(user()) as listener:
        hub.publish(event(1))
        assert not listener.has_got(1)
        await listener.next()
        assert listener.has_got(1)
        for seq in range(2, HANDED + 2):
            listener.hand(event(seq))
        assert not listener.has_got(1)
        assert listener.has_got(HANDED + 1)


async def test_everybody_with_a_console_open_is_present() -> None:
    hub = Hub(last_seq=0, listener_queue=16)
    with hub.listen(user()), hub.listen(user()), hub.listen(user("sam", StaffRole.AGENT)):
        assert hub.present == {"ana", "sam"}
    assert hub.present == frozenset()


async def test_the_others_are_told_when_somebody_senior_opens_their_first_console_or_leaves_the_last() -> None:
    hub = Hub(last_seq=0, listener_queue=16)
    with hub.listen(user("ben")) as other:
        with hub.listen(user()) as first, hub.listen(user()):
            assert (len(other), len(first)) == (1, 0)
        assert len(other) == 2
        with hub.listen(user("sam", StaffRole.AGENT)):  # nobody watches when agents come and go
            pass
        assert len(other) == 2
        assert await other.next() == messages.staff(is_edited=False)
