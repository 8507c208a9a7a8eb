import pytest

from tests.deliver.office import Office
from tests.fakes import alert, call_started, transcript
from tests.record.journals import call_ended


async def test_an_agent_reads_all_that_is_stored_of_their_call_and_comments_on_it(office: Office) -> None:
    for event in (call_started(), transcript("good morning"), alert("c1:1")):
        await office.happen(event)
    async with office.client("sam") as sam:
        stored = (await sam.get("/api/calls/c1/events")).json()
        said = await sam.post("/api/calls/c1/comments", json={"text": " It was the line, not the caller. "})
    async with office.client("ana") as ana:
        read = (await ana.get("/api/calls/c1/comments")).json()

    assert [event["type"] for event in stored] == ["call_started", "transcript", "decision"]
    assert said.status_code == 201
    assert read == [said.json()]
    assert (read[0]["by"], read[0]["text"]) == ("sam", "It was the line, not the caller.")


async def test_a_comment_stands_under_the_name_of_who_is_logged_in_and_has_words(office: Office) -> None:
    await office.happen(call_started())
    async with office.client("sam") as sam:
        forged = await sam.post("/api/calls/c1/comments", json={"text": "fine", "by": "ana"})
        empty = await sam.post("/api/calls/c1/comments", json={"text": "  "})

    assert (forged.status_code, empty.status_code) == (422, 422)
    assert await office.store.comments.comments_of("c1") == []


@pytest.mark.parametrize("at_s", ["Infinity", "1e300"])
async def test_a_moment_that_no_call_reaches_is_refused(office: Office, at_s: str) -> None:
    await office.happen(call_started("c1"))
    await office.happen(call_ended("c1"))
    comment = f'{{"text": "here", "at_s": {at_s}}}'
    missed = f'{{"about": "missed", "judgement": "missed", "at_s": {at_s}, "categories": ["insult"]}}'
    async with office.client("quentin") as quentin:
        for path, body in (("comments", comment), ("verdicts", missed)):
            answer = await quentin.post(f"/api/calls/c1/{path}", content=body, headers={"Content-Type": "application/json"})
            assert (answer.status_code, answer.json()["code"]) == (422, "input")
