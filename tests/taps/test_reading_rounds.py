"""Connections are read together once there are many, and given back before they close."""

import asyncio
import socket
from typing import Any

from callguard.taps.reading_rounds import QUIET_ROUNDS, ReadingRounds


class FakeTransport(asyncio.Transport):
    """The reading half of a transport over a real socket."""

    def __init__(self, connection: socket.socket, *, is_encrypted: bool = False) -> None:
        super().__init__({"socket": connection, "ssl_object": object() if is_encrypted else None})
        self.is_paused = False

    def pause_reading(self) -> None:
        self.is_paused = True

    def resume_reading(self) -> None:
        self.is_paused = False


class Pair:
    """Both ends of a connection."""

    def __init__(self, **kind: Any) -> None:
        self.ours, self.theirs = socket.socketpair()
        self.ours.setblocking(False)
        self.transport = FakeTransport(self.ours, **kind)
        self.taken: asyncio.Queue[bytes] = asyncio.Queue(100)

    def take(self, data: bytes) -> None:
        self.taken.put_nowait(data)

    def close(self) -> None:
        self.ours.close()
        self.theirs.close()


async def test_few_connections_stay_with_the_event_loop_and_many_are_read_in_rounds() -> None:
    rounds, pairs = ReadingRounds(many=3, round_s=0.001), [Pair() for _ in range(3)]
    for pair in pairs[:2]:
        rounds.join(pair.transport, pair.take)
    assert not any(pair.transport.is_paused for pair in pairs)
    rounds.join(pairs[2].transport, pairs[2].take)
    assert all(pair.transport.is_paused for pair in pairs)
    for pair in pairs:
        pair.theirs.send(b"hello")
    assert [await pair.taken.get() for pair in pairs] == [b"hello"] * 3
    rounds.leave(pairs[0].transport)
    assert [pair.transport.is_paused for pair in pairs] == [False, True, True]
    rounds.leave(pairs[1].transport)
    assert not any(pair.transport.is_paused for pair in pairs)
    rounds.leave(pairs[2].transport)
    for pair in pairs:
        pair.close()


async def test_a_connection_that_has_ended_goes_back_to_the_event_loop_and_the_others_are_read_on() -> None:
    rounds, ended, other = ReadingRounds(many=1, round_s=0.001), Pair(), Pair()
    rounds.join(ended.transport, ended.take)
    rounds.join(other.transport, other.take)
    ended.theirs.close()
    other.theirs.send(b"one")
    assert await other.taken.get() == b"one"
    other.theirs.send(b"two")
    assert await other.taken.get() == b"two"
    assert not ended.transport.is_paused
    assert other.transport.is_paused
    rounds.leave(other.transport)
    ended.close()
    other.close()


async def test_a_quiet_connection_is_read_in_every_fifth_round_until_it_is_loud_again() -> None:
    rounds, quiet, other = ReadingRounds(many=1, round_s=0.001), Pair(), Pair()
    is_quiet = [True]
    rounds.join(quiet.transport, quiet.take, lambda: is_quiet[0])
    rounds.join(other.transport, other.take)

    async def rounds_until_read() -> int:
        quiet.theirs.send(b"x")
        count = 0
        while quiet.taken.empty():
            count += 1
            other.theirs.send(b"y")
            await other.taken.get()
        quiet.taken.get_nowait()
        return count

    await rounds_until_read()
    assert await rounds_until_read() == QUIET_ROUNDS
    is_quiet[0] = False
    await rounds_until_read()
    assert await rounds_until_read() == 1
    for pair in (quiet, other):
        rounds.leave(pair.transport)
        pair.close()


async def test_an_encrypted_connection_is_left_to_the_event_loop() -> None:
    rounds, pair = ReadingRounds(many=1), Pair(is_encrypted=True)
    rounds.join(pair.transport, pair.take)
    assert not pair.transport.is_paused
    rounds.leave(pair.transport)
    pair.close()
