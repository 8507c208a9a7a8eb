"""A whole server on loopback: real sockets, real database, real offline engine."""

import asyncio
import contextlib
import socket
from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import orjson
import pytest

from callguard.accounts import TokenScope, User
from callguard.app.installation import user_list
from callguard.app.server import Running, Server
from callguard.callers import CallerNote, is_caller_key
from callguard.clock import Clock, SystemClock
from callguard.demo.audio import mulaw_tracks
from callguard.demo.console import TerminalConsole
from callguard.demo.script import Row, load_demo_calls
from callguard.errors import CallguardError, CapacityError, ServiceError
from callguard.settings import Settings, TranscribeSettings, load_settings
from callguard.simulation import scrape_metrics
from callguard.taps.audiosocket_wire import HANGUP, IDENTITY, call_id_of, pack, write_identity
from callguard.taps.twilio_client import play_twilio
from callguard.terms import Role, StaffRole
from callguard.transcribe.transcriber import Transcriber
from tests.scorers import scorer_of

THREAT = next(call for call in load_demo_calls() if "personal-threat" in call.script.id)
THREAT_TURN = THREAT.script.expect[0].turn
LEAD_S = 1.0
"""Silence before and after the excerpt, so that the segment opens and closes by itself."""


def settings_in(folder: Path, **http: object) -> Settings:
    return load_settings(
        data_dir=folder,
        http={"port": 0} | http,
        taps={"twilio": {"port": 0}, "audiosocket": {"port": 0}},
        transcribe={"engine": "pocketsphinx", "workers": 1},
    )


def excerpt(turn: int) -> dict[str, bytes]:
    """Return one turn of the call with a threat, as Twilio's two tracks."""
    spoken = THREAT.turns[turn - 1]
    start, end = (int((at + lead) * 8000) for at, lead in ((spoken.start_s, -LEAD_S), (spoken.end_s, LEAD_S)))
    tracks = mulaw_tracks(THREAT.audio)
    return {"inbound": tracks[Role.CALLER][start:end], "outbound": tracks[Role.AGENT][start:end]}


@contextlib.asynccontextmanager
async def watching(server: Running, rows: list[Row]) -> AsyncIterator[TerminalConsole]:
    token = await server.doorkeeper.issue_token("test", TokenScope.SENIOR)
    console = TerminalConsole(f"ws{server.url.removeprefix('http')}/ws", token, rows.append, SystemClock())
    connected = asyncio.Event()
    task = asyncio.ensure_future(console.run(connected.set))
    await connected.wait()
    yield console
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)


@contextlib.asynccontextmanager
async def serving(settings: Settings) -> AsyncIterator[Running]:
    server, started = Server(settings, scorer=scorer_of(settings.score)), asyncio.get_running_loop().create_future()
    running = asyncio.ensure_future(server.run(started.set_result))
    await asyncio.wait([running, started], return_when=asyncio.FIRST_COMPLETED)
    if running.done():
        await running
    try:
        yield started.result()
    finally:
        server.stop()
        await running


async def test_a_threat_on_the_wire_is_an_alert_on_the_board_stored_before_it_was_shown(tmp_path: Path) -> None:
    rows: list[Row] = []
    async with serving(settings_in(tmp_path)) as server, watching(server, rows) as console:
        await server.store.add_user(User(name="sam", display_name="Sam", role=StaffRole.AGENT, team="blue", password_hash=""))
        await play_twilio(
            server.taps["twilio"], excerpt(THREAT_TURN), call_sid="CA1", clock=SystemClock(), parameters={"agent": "sam"}
        )
        await console.wait_for_end("CA1")
        alert = await console.wait_for("CA1", type="decision", kind="alert", severity=4)
        shown = await console.wait_for("CA1", type="shown", decision_id=alert["decision_id"])
        figures = await scrape_metrics(f"{server.url}/metrics")
        stored = [orjson.loads(event.body) for event in await server.store.events_of_call("CA1", types=["decision"])]
    assert (alert["severity"], alert["reach"], alert["team"]) == (4, "all", "blue")
    assert alert["seq"] in [row["seq"] for row in stored]
    assert 0 < shown["times"]["decided_ns"] <= shown["times"]["stored_ns"] <= shown["times"]["sent_ns"] <= shown["drawn_ns"]
    assert figures["callguard_calls_ended_total", (("reason", "closed"),)] == 1
    assert list((tmp_path / "audio").glob("*.opus")) != []


async def test_an_asterisk_call_has_the_caller_line_and_language_that_the_dialplan_says(tmp_path: Path) -> None:
    async with serving(settings_in(tmp_path)) as server, watching(server, []) as console:
        token = await server.doorkeeper.issue_token("pbx", TokenScope.TAP)
        said = {"caller": "+44 20 7946 0001", "line": "Repairs", "language": "de"}
        async with httpx.AsyncClient(base_url=server.url, headers={"Authorization": f"Bearer {token}"}) as pbx:
            during, before = call_id_of(1), call_id_of(2)
            async with asterisk(server, during):
                first = await console.wait_for(during, type="call_started")
                assert (await pbx.post(f"/api/calls/{during}/details", data=said)).json() == {"is_running": True}
                described = await console.wait_for(during, type="call_described")
            await console.wait_for_end(during)
            assert is_caller_key(described["caller"])
            note = CallerNote(
                note_id="n1",
                caller=described["caller"],
                by="ana",
                at=SystemClock().utc_now(),
                text="Wants to be called Mr Hill.",
                for_visits=False,
                ended_by="",
                ended_at=None,
            )
            await server.store.register.add_note(note)
            assert (await pbx.post(f"/api/calls/{before}/details", data=said)).json() == {"is_running": False}
            async with asterisk(server, before):
                second = await console.wait_for(before, type="call_started")
                known = await console.wait_for(before, type="caller_known")
            await console.wait_for_end(before)
            late = await pbx.post(f"/api/calls/{before}/details", data=said)
        calls = await server.store.calls(2)
    assert (first["caller"], first["line"], first["language"]) == ("", "", "en")
    assert (described["line"], described["language"], described["by"]) == ("Repairs", "de", "pbx")
    assert (second["caller"], second["line"], second["language"]) == (described["caller"], "Repairs", "de")
    assert known["notes"] == ["Wants to be called Mr Hill."]
    assert {(call.caller, call.line) for call in calls} == {(described["caller"], "Repairs")}
    assert late.status_code == 400


@contextlib.asynccontextmanager
async def asterisk(server: Running, call_id: str) -> AsyncIterator[None]:
    """Keep both parties of a call connected, silent, for as long as the block lasts."""
    host, port = server.taps["audiosocket"].rsplit(":", 1)
    writers = []
    for role in (Role.CALLER, Role.AGENT):
        _, writer = await asyncio.open_connection(host, int(port))
        writer.write(pack(IDENTITY, write_identity(call_id, role)) + pack(0x10, bytes(320)))
        writers.append(writer)
    yield
    for writer in writers:
        writer.write(pack(HANGUP))
        writer.close()


async def test_the_first_start_makes_an_administrator_and_the_second_does_not(tmp_path: Path) -> None:
    settings = settings_in(tmp_path)
    passwords = []
    for _ in range(2):
        async with serving(settings) as server:
            passwords.append(server.first_admin_password)
    assert len(passwords[0]) >= 16
    assert passwords[1] == ""
    assert [user.name for user in await user_list(settings)] == ["admin"]


async def test_stopping_the_server_ends_its_calls(tmp_path: Path) -> None:
    settings = settings_in(tmp_path)
    async with serving(settings) as server, watching(server, []) as console:
        playing = asyncio.ensure_future(
            play_twilio(server.taps["twilio"], {"inbound": b"\xff" * 80_000}, call_sid="CA2", clock=SystemClock())
        )
        await console.wait_for("CA2", type="call_started")
    with contextlib.suppress(CallguardError):
        await playing
    async with serving(settings) as server:
        (call,) = await server.store.calls(1)
    assert (call.call_id, call.end_reason) == ("CA2", "failed")


async def test_a_stop_that_comes_while_weights_are_on_their_way_waits_for_none_of_them(tmp_path: Path) -> None:
    fetching, given_up = asyncio.Event(), asyncio.Event()

    async def never(settings: TranscribeSettings, clock: Clock) -> Transcriber:
        assert (settings.engine, clock.monotonic_ns() > 0) == ("pocketsphinx", True)
        fetching.set()
        try:
            weights: asyncio.Future[Transcriber] = asyncio.get_running_loop().create_future()
            return await weights
        finally:
            given_up.set()

    server, served = Server(settings_in(tmp_path), open_engine=never), list[Running]()
    running = asyncio.ensure_future(server.run(served.append))
    await fetching.wait()
    server.stop()
    await running
    assert given_up.is_set()
    assert served == []


@pytest.mark.parametrize("part", ["http", "twilio"])
async def test_a_port_that_is_taken_stops_the_start_with_the_remedy(tmp_path: Path, part: str) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        settings = settings_in(tmp_path, port=port) if part == "http" else settings_in(tmp_path)
        if part == "twilio":
            taps = settings.taps.model_copy(update={"twilio": settings.taps.twilio.model_copy(update={"port": port})})
            settings = settings.model_copy(update={"taps": taps})
        with pytest.raises((ServiceError, ExceptionGroup)) as failed:
            async with serving(settings):
                pass
    assert failed.group_contains(ServiceError, match=str(port)) if part == "twilio" else str(port) in str(failed.value)


async def test_a_call_in_a_language_that_is_not_understood_is_never_just_guarded(tmp_path: Path) -> None:
    rows: list[Row] = []
    async with serving(settings_in(tmp_path)) as server, watching(server, rows) as console:
        silence = {"inbound": b"\xff" * 1600, "outbound": b"\xff" * 1600}
        await play_twilio(
            server.taps["twilio"], silence, call_sid="CA1", clock=SystemClock(), parameters={"language": "fi"}, speed=None
        )
        told = await console.wait_for("CA1", type="guard")
    assert (told["guard"], told["because"]) == (
        "not_guarded",
        "The speech engine does not know this language: nothing is written down.",
    )


async def test_a_call_whose_language_is_to_be_found_out_is_guarded_as_well_as_one_that_names_it(tmp_path: Path) -> None:
    rows: list[Row] = []
    told = []
    async with serving(settings_in(tmp_path)) as server, watching(server, rows) as console:
        silence = {"inbound": b"\xff" * 1600, "outbound": b"\xff" * 1600}
        for call_sid, language in (("CA1", "en"), ("CA2", "auto")):
            parameters = {"language": language}
            await play_twilio(
                server.taps["twilio"], silence, call_sid=call_sid, clock=SystemClock(), parameters=parameters, speed=None
            )
            guard = await console.wait_for(call_sid, type="guard")
            told.append((guard["guard"], guard["because"]))
    assert told[0] == told[1]


async def test_a_call_that_changes_its_language_is_told_and_kept_at_the_level_of_each(tmp_path: Path) -> None:
    call_id = call_id_of(1)
    async with serving(settings_in(tmp_path)) as server, watching(server, []) as console:
        token = await server.doorkeeper.issue_token("pbx", TokenScope.TAP)
        async with (
            httpx.AsyncClient(base_url=server.url, headers={"Authorization": f"Bearer {token}"}) as pbx,
            asterisk(server, call_id),
        ):
            await console.wait_for(call_id, type="guard")
            for language in ("fi", "en"):
                await pbx.post(f"/api/calls/{call_id}/details", data={"language": language})
        await console.wait_for_end(call_id)
        rows = [orjson.loads(event.body) for event in await server.store.events_of_call(call_id)]
    first, foreign, again = (row for row in rows if row["type"] == "guard")
    assert foreign["guard"] == "not_guarded"
    assert "does not know this language" in foreign["because"]
    assert (again["guard"], again["because"]) == (first["guard"], first["because"]) != (foreign["guard"], foreign["because"])


async def test_a_refused_call_is_counted_and_shown(tmp_path: Path) -> None:
    settings = settings_in(tmp_path)
    settings = settings.model_copy(update={"taps": settings.taps.model_copy(update={"max_calls": 1})})
    rows: list[Row] = []
    async with serving(settings) as server, watching(server, rows) as console:
        silence = {"inbound": b"\xff" * 480_000, "outbound": b"\xff" * 480_000}
        first = asyncio.ensure_future(play_twilio(server.taps["twilio"], silence, call_sid="CA1", clock=SystemClock()))
        await console.wait_for("CA1", type="call_started")
        with pytest.raises(CapacityError, match="max_calls is 1"):
            await play_twilio(server.taps["twilio"], silence, call_sid="CA2", clock=SystemClock())
        figures = await scrape_metrics(f"{server.url}/metrics")
        for _ in range(500):  # of 50 ms, a fraction of how long the first call goes on
            if any(row["type"] == "beat" and row["health"]["refused_calls"] for row in rows):
                break
            await asyncio.sleep(0.05)
        first.cancel()
        await asyncio.gather(first, return_exceptions=True)
    beat = next(row for row in rows if row["type"] == "beat" and row["health"]["refused_calls"])
    assert figures["callguard_calls_refused_total", (("tap", "twilio"),)] == 1
    assert figures["callguard_load_step", ()] == 0
    assert "max_calls is 1" in beat["health"]["full_because"]
