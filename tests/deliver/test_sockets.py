import asyncio
from typing import Any

import orjson
import pytest
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed, InvalidStatus
from websockets.typing import Origin

from callguard.accounts import TokenScope
from callguard.app.lifecycle import LARGEST_MESSAGE, web_config
from callguard.deliver.sockets import BEAT_S
from callguard.events import StoredEvent
from tests.deliver.desks import HEALTHY
from tests.deliver.office import Office
from tests.fakes import call_started, transcript


async def receive(console: ClientConnection) -> Any:
    async with asyncio.timeout(5):
        return orjson.loads(await console.recv())


async def receive_to_the_end(console: ClientConnection) -> None:
    while True:
        await receive(console)


async def test_a_console_is_greeted_and_gets_events_as_they_are(office: Office) -> None:
    async with office.served() as address, office.socket(address, "ana") as console:
        greeting = await receive(console)
        stored = await office.happen(call_started())
        async with asyncio.timeout(5):
            assert await console.recv() == stored.body.decode()
    assert {name: greeting[name] for name in ("type", "seq", "user", "role")} == {
        "type": "hello",
        "seq": 0,
        "user": "ana",
        "role": "senior",
    }
    assert greeting["health"]["engine"] == "whisper base.en"
    assert greeting["server_time"].startswith("2026-11-20T14:03")


async def test_a_console_that_comes_back_gets_what_it_missed(office: Office) -> None:
    for number in range(5):
        await office.happen(transcript("hello", number=number))
    async with office.served() as address, office.socket(address, "ana", "?since=2") as console:
        assert (await receive(console))["seq"] == 5
        assert [(await receive(console))["seq"] for _ in range(3)] == [3, 4, 5]


async def test_events_during_the_replay_come_once_and_in_order(office: Office) -> None:
    reading, go_on = asyncio.Event(), asyncio.Event()
    read = office.store.events_since

    async def slow_read(seq: int, *, agent: str | None = None, limit: int = 1000) -> list[StoredEvent]:
        reading.set()
        await go_on.wait()
        return await read(seq, agent=agent, limit=limit)

    for number in range(20):
        await office.store.append([office.event(transcript("hello", number=number))])
    office.hub.last_seq = 20  # as after a restart: nothing at hand
    office.store.events_since = slow_read  # type: ignore[method-assign]  # the real store, held up
    async with office.served() as address, office.socket(address, "ana", "?since=5") as console:
        await reading.wait()
        for number in range(20, 30):
            await office.happen(transcript("hello", number=number))
        go_on.set()
        await receive(console)
        assert [(await receive(console))["seq"] for _ in range(25)] == list(range(6, 31))
        await office.happen(transcript("last"))
        assert (await receive(console))["seq"] == 31


async def test_many_reconnects_in_the_midst_of_things_lose_and_double_nothing(office: Office) -> None:
    seen: list[int] = []
    done = asyncio.Event()

    async def talk() -> None:
        for number in range(200):
            stored = office.event(transcript("hello", number=number))
            office.hub.publish(stored)  # before it is stored, as for ordinary events
            await asyncio.sleep(0)
            await office.store.append([stored])
        done.set()

    async with office.served() as address:
        talking = asyncio.ensure_future(talk())
        while not done.is_set() or not seen or seen[-1] < 200:
            query = f"?since={seen[-1] if seen else 0}"
            async with office.socket(address, "ana", query) as console:
                await receive(console)
                seen += [(await receive(console))["seq"] for _ in range(min(23, 200 - len(seen)))]
        await talking
    assert seen == list(range(1, 201))


async def test_an_agent_hears_of_their_own_calls_only(office: Office) -> None:
    await office.happen(call_started("c2", agent="priya"), agent="priya")
    async with office.served() as address, office.socket(address, "sam", "?since=0") as console:
        await receive(console)
        await office.happen(call_started("c3", agent="priya"), agent="priya")
        await office.happen(call_started("c1"))
        assert (await receive(console))["call_id"] == "c1"


async def say_drawn(console: ClientConnection, *numbers: int) -> None:
    for number in numbers:
        await console.send(f'{{"type": "drawn", "seq": {number}}}')
    await console.send('{"type": "what?"}')
    assert (await receive(console))["type"] == "error"  # answered after the others were taken


async def test_painting_is_told_with_its_time(office: Office) -> None:
    await office.happen(call_started())
    async with office.served() as address, office.socket(address, "ana", "?since=0") as console:
        await receive(console)
        assert (await receive(console))["seq"] == 1
        await office.happen(transcript("hello"))
        assert (await receive(console))["seq"] == 2
        await say_drawn(console, 1, 2)
    assert office.drawn == [(seq, "ana", office.clock.monotonic_ns()) for seq in (1, 2)]


async def test_nobody_is_believed_to_have_seen_what_was_not_sent_to_them(office: Office) -> None:
    await office.happen(call_started("c1"))
    async with office.served() as address, office.socket(address, "ana") as late, office.socket(address, "priya") as console:
        await receive(console)
        await receive(late)
        await office.happen(transcript("hello"))
        await receive(late)
        await say_drawn(console, 1, 2, 17)
        await say_drawn(late, 1)
    assert office.drawn == []


@pytest.mark.parametrize(
    "message",
    [
        "",
        "{",
        "[]",
        '"drawn"',
        '{"type": "drawn"}',
        '{"type": "drawn", "seq": "1"}',
        '{"type": "drawn", "seq": true}',
        '{"type": "shout"}',
        b"\x00",
    ],
)
async def test_what_is_not_understood_is_answered_and_ends_nothing(office: Office, message: str | bytes) -> None:
    async with office.served() as address, office.socket(address, "ana") as console:
        await receive(console)
        await console.send(message)
        assert (await receive(console))["type"] == "error"
        await office.happen(call_started())
        assert (await receive(console))["type"] == "call_started"


async def test_a_console_that_does_not_read_is_dropped_and_may_come_back(small_office: Office) -> None:
    office = small_office
    async with office.served() as address, office.socket(address, "ana") as fast, office.socket(address, "quentin") as slow:
        await receive(fast)
        await receive(slow)
        slow.transport.pause_reading()
        text = "x" * 100_000
        for number in range(200):
            office.hub.publish(office.event(transcript(text, number=number)))
            assert (await receive(fast))["segment"] == number
            if office.hub.dropped:
                break
        slow.transport.resume_reading()
        with pytest.raises(ConnectionClosed) as caught:
            await receive_to_the_end(slow)
        assert office.hub.dropped == 1
        assert caught.value.rcvd is not None
        assert caught.value.rcvd.code == 1013


async def test_beats_tell_how_the_guard_stands_and_end_with_the_session(office: Office) -> None:
    async with office.served() as address, office.socket(address, "ana") as console:
        await receive(console)
        await office.clock.advance(BEAT_S)
        beat = await receive(console)
        assert (beat["type"], beat["health"]["not_recorded_because"]) == ("beat", "")
        await office.store.set_password("ana", "$changed")  # ends all sessions
        await office.clock.advance(BEAT_S)
        with pytest.raises(ConnectionClosed) as caught:
            await receive(console)
        assert caught.value.rcvd is not None
        assert caught.value.rcvd.code == 4401
    assert office.desk.stand is HEALTHY


async def test_without_a_log_in_the_console_is_told_so(office: Office) -> None:
    async with office.served() as address, connect(f"ws://{address}/ws", origin=Origin(f"http://{address}")) as console:
        with pytest.raises(ConnectionClosed) as caught:
            await receive(console)
    assert caught.value.rcvd is not None
    assert caught.value.rcvd.code == 4401


@pytest.mark.parametrize("told", [{"Origin": "http://evil.test"}, {"Origin": "null"}, {"Sec-Fetch-Site": "cross-site"}])
async def test_another_site_gets_no_socket_with_a_persons_cookie(office: Office, told: dict[str, str]) -> None:
    headers = {"Cookie": f"callguard_session={await office.cookie('ana')}"} | told
    async with office.served() as address:
        with pytest.raises(InvalidStatus) as caught:
            await connect(f"ws://{address}/ws", additional_headers=headers)
    assert caught.value.response.status_code == 403


async def test_a_program_that_is_no_browser_listens_with_a_cookie(office: Office) -> None:
    headers = {"Cookie": f"callguard_session={await office.cookie('sam')}"}
    async with office.served() as address, connect(f"ws://{address}/ws", additional_headers=headers) as console:
        assert (await receive(console))["user"] == "sam"


async def test_a_program_listens_with_a_bearer_token(office: Office) -> None:
    token = await office.web.state.services.doorkeeper.issue_token("desktop", TokenScope.QA)
    headers = {"Authorization": f"Bearer {token}"}
    async with office.served() as address, connect(f"ws://{address}/ws", additional_headers=headers) as console:
        assert (await receive(console))["role"] == "qa"


async def test_health_is_announced_at_once(office: Office) -> None:
    async with office.served() as address, office.socket(address, "sam") as console:
        await receive(console)
        office.hub.announce(b'{"type":"beat"}')
        assert (await receive(console))["type"] == "beat"


async def test_a_console_that_sends_more_than_a_console_says_is_cut_off(office: Office) -> None:
    served = web_config(office.web)
    assert served.ws_max_size == LARGEST_MESSAGE
    async with office.served(ws_max_size=LARGEST_MESSAGE) as address, office.socket(address, "sam") as console:
        await receive(console)
        await console.send('{"type": "drawn", "seq": 1, "x": "' + "x" * LARGEST_MESSAGE + '"}')
        with pytest.raises(ConnectionClosed) as caught:
            await receive_to_the_end(console)
    assert caught.value.rcvd is not None
    assert caught.value.rcvd.code == 1009
