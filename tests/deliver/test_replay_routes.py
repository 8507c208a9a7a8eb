from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from callguard.deliver.auth import create_user
from callguard.record.case_tables import audit_log
from callguard.terms import RATE_HZ, Category, Role, StaffRole
from tests.deliver.office import PASSWORD, Office, cheap_passwords
from tests.fakes import alert, call_started, transcript
from tests.record.journals import call_ended
from tests.record.test_peaks import record

WORDS = "/api/calls/c1/words/caller/0"


async def a_call(office: Office, call_id: str = "c1", agent: str = "sam") -> None:
    await office.happen(call_started(call_id, agent=agent), agent=agent)
    await office.happen(transcript("you stupid cowl", call_id=call_id), agent=agent)
    await office.happen(alert(f"{call_id}:1", call_id=call_id), agent=agent)
    await office.happen(call_ended(call_id), agent=agent)


async def test_calls_are_searched_page_by_page(office: Office) -> None:
    for number in range(3):
        await a_call(office, f"c{number}")
    async with office.client("quentin") as qa:
        page = (await qa.get("/api/search", params={"words": "stupid", "limit": 2, "offset": 2})).json()
        narrow = (await qa.get("/api/search", params={"category": ["hate", "sexual"]})).json()
        refused = await qa.get("/api/search", params={"words": "!!!"})
        naive = await qa.get("/api/search", params={"since": "2026-11-20T14:03:00"})
    assert (page["total"], len(page["calls"])) == (3, 1)
    assert page["calls"][0]["said"]["text"] == "you stupid cowl"
    assert narrow == {"total": 0, "calls": []}
    assert (refused.status_code, naive.status_code) == (400, 422)


async def test_a_search_for_words_is_logged_once_a_sitting_with_what_it_found(office: Office) -> None:
    await a_call(office)
    async with office.client("quentin") as qa:
        await qa.get("/api/search", params={"category": "insult"})  # shows no sentence
        for offset in (0, 1):
            await qa.get("/api/search", params={"words": " stupid cowl ", "offset": offset})
        (entry,) = (await qa.get("/api/access")).json()
    told = (entry["who"], entry["what"], entry["call_id"], entry["detail"])
    assert told == ("quentin", "calls.search", "", "«stupid cowl»: 1 calls")
    assert entry["at"].startswith("2026")


async def test_a_search_that_cannot_be_logged_shows_nothing(office: Office) -> None:
    await a_call(office)
    async with office.store._database.writing() as connection:
        await connection.run_sync(audit_log.drop)
    async with office.client("quentin") as qa:
        answer = await qa.get("/api/search", params={"words": "stupid"})
    assert (answer.status_code, answer.json()["code"]) == (503, "store")


async def test_senior_staff_replay_their_own_teams_calls(office: Office) -> None:
    passwords = cheap_passwords()
    for name, role in (("rosa", StaffRole.AGENT), ("rik", StaffRole.SENIOR)):
        await create_user(office.store, passwords, name=name, display_name=name.title(), role=role, team="red", password=PASSWORD)
    passwords.close()
    await a_call(office, "c1", "sam")
    await a_call(office, "c2", "rosa")
    seen = {}
    for name in ("ana", "rik", "quentin"):
        async with office.client(name) as client:
            listed = {call["call_id"] for call in (await client.get("/api/search")).json()["calls"]}
            opened = [(await client.get(f"/api/calls/{call_id}/story")).status_code for call_id in ("c1", "c2")]
            seen[name] = (listed, opened, (await client.get("/api/search/teams")).json())
    assert seen == {
        "ana": ({"c1"}, [200, 404], ["blue"]),
        "rik": ({"c2"}, [404, 200], ["red"]),
        "quentin": ({"c1", "c2"}, [200, 200], ["blue", "red"]),
    }


async def test_a_story_says_whether_the_call_can_be_heard(office: Office, tmp_path: Path) -> None:
    await office.happen(call_started("c1"))
    async with office.client("quentin") as qa:
        running = (await qa.get("/api/calls/c1/story")).json()
        await office.happen(call_ended("c1"))
        without = (await qa.get("/api/calls/c1/story")).json()
        await record(tmp_path / "audio")
        kept = (await qa.get("/api/calls/c1/story")).json()
        (tmp_path / "audio" / "c1.opus").unlink()
        gone = (await qa.get("/api/calls/c1/story")).json()
    states = [story["recording"]["state"] for story in (running, without, kept, gone)]
    assert states == ["running", "not_kept", "kept", "gone"]
    assert kept["recording"] == {"state": "kept", "duration_s": 3.0, "channels": ["caller", "agent"], "peaks_per_s": 20}
    assert kept["thresholds"] == dict.fromkeys(Category, 0.6)


async def test_a_recording_is_served_in_ranges_with_its_peaks(office: Office, tmp_path: Path) -> None:
    await a_call(office)
    path = await record(tmp_path / "audio")
    async with office.client("quentin") as qa:
        whole = await qa.get("/api/calls/c1/recording")
        part = await qa.get("/api/calls/c1/recording", headers={"Range": "bytes=10-19"})
        beyond = await qa.get("/api/calls/c1/recording", headers={"Range": "bytes=99999999-"})
        peaks = await qa.get("/api/calls/c1/recording/peaks")
    assert whole.content == path.read_bytes()
    assert (whole.headers["content-type"], whole.headers["accept-ranges"]) == ("audio/ogg; codecs=opus", "bytes")
    assert whole.headers["cache-control"] == "no-store"
    assert (part.status_code, part.content) == (206, path.read_bytes()[10:20])
    assert beyond.status_code == 416
    assert len(peaks.content) == 2 * 3 * 20


async def test_a_running_call_is_not_heard_through_its_file(office: Office, tmp_path: Path) -> None:
    await office.happen(call_started("c1"))
    await record(tmp_path / "audio")
    async with office.client("quentin") as qa:
        answer = await qa.get("/api/calls/c1/recording")
    assert (answer.status_code, "still being recorded" in answer.json()["message"]) == (404, True)


async def test_every_access_is_logged_once_a_sitting_before_anything_is_heard(office: Office, tmp_path: Path) -> None:
    await a_call(office)
    await record(tmp_path / "audio")
    async with office.client("quentin") as qa, office.client("ana") as ana, office.client("adam") as admin:
        await qa.get("/api/calls/c1/story", params={"where": "search"})
        for start in range(0, 30, 10):
            await qa.get("/api/calls/c1/recording", params={"where": "search"}, headers={"Range": f"bytes={start}-"})
        await ana.get("/api/alerts/c1:1/audio")
        await office.clock.advance(timedelta(minutes=11).total_seconds())
        await qa.get("/api/calls/c1/recording", params={"where": "case 7"})
        log = (await admin.get("/api/access", params={"call_id": "c1"})).json()
        own = (await qa.get("/api/access", params={"who": "quentin"})).json()
        elsewhere = (await admin.get("/api/access", params={"call_id": "c2"})).json()
    assert [(one["who"], one["what"], one["detail"]) for one in log] == [
        ("quentin", "recording.hear", "case 7"),
        ("ana", "recording.hear", "alert c1:1, 0.0 to 0.5 s"),
        ("quentin", "recording.hear", "search"),
        ("quentin", "replay.read", "search"),
    ]
    assert len(own) == 3
    assert elsewhere == []


async def test_words_are_corrected_beside_what_was_heard(office: Office) -> None:
    await a_call(office)
    async with office.client("quentin") as qa, office.client("ana") as ana:
        first = await qa.put(WORDS, json={"text": "you stupid  cow"})
        same = await qa.put(WORDS, json={"text": "you stupid  cow"})
        nothing = await qa.put(WORDS, json={"text": "  "})
        unknown = await qa.put("/api/calls/c1/words/caller/9", json={"text": "hello"})
        await ana.put(WORDS, json={"text": "you stupid cowl"})
        kept = (await ana.get("/api/calls/c1/words")).json()
        story = (await qa.get("/api/calls/c1/story")).json()
    assert (first.status_code, same.status_code, nothing.status_code, unknown.status_code) == (200, 400, 422, 404)
    assert [(one["by"], one["heard"], one["text"]) for one in kept] == [
        ("quentin", "you stupid cowl", "you stupid  cow"),
        ("ana", "you stupid cowl", "you stupid cowl"),
    ]
    (line,) = story["lines"]
    assert (line["heard"], line["text"], line["corrected_by"]) == ("you stupid cowl", "you stupid cowl", "ana")


async def test_comments_stand_at_a_moment_of_the_call(office: Office) -> None:
    await a_call(office)
    async with office.client("quentin") as qa, office.client("sam") as sam:
        made = await qa.post("/api/calls/c1/comments", json={"text": "Listen here.", "at_s": 12.5})
        refused = await qa.post("/api/calls/c1/comments", json={"text": "Before it began?", "at_s": -1})
        story = (await qa.get("/api/calls/c1/story")).json()
        seen = (await sam.get("/api/calls/c1/comments")).json()
    assert (made.status_code, refused.status_code) == (201, 422)
    assert [(one["text"], one["at_s"]) for one in story["comments"]] == [("Listen here.", 12.5)]
    assert seen == story["comments"]


@pytest.mark.parametrize("call_id", ["a/b:c?d", "story", "x/recording"])
async def test_calls_with_awkward_names_are_replayed(office: Office, call_id: str) -> None:
    await a_call(office, call_id)
    quoted = call_id.replace("/", "%2F").replace(":", "%3A").replace("?", "%3F")
    async with office.client("quentin") as qa:
        assert (await qa.get(f"/api/calls/{quoted}/story")).json()["call_id"] == call_id


async def test_a_line_of_the_agent_has_no_scores(office: Office) -> None:
    await office.happen(call_started("c1"))
    await office.happen(replace(transcript("shut up", channel=Role.AGENT), end_sample=RATE_HZ))
    async with office.client("quentin") as qa:
        (line,) = (await qa.get("/api/calls/c1/story")).json()["lines"]
    assert (line["scores"], line["labels"], line["severity"]) == ({}, [], 0)
