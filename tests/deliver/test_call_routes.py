import pytest

from callguard.errors import NotFoundError, StoreError
from tests.deliver.office import Office
from tests.fakes import alert, call_started, transcript
from tests.record.journals import call_ended


async def test_people_act_through_the_desk(office: Office) -> None:
    await office.happen(call_started())
    used = {"tactic": "warn", "answer": "used", "decision_id": "c1:1"}
    async with office.client("sam") as sam, office.client("ana") as ana:
        await sam.post("/api/calls/c1/help")
        await sam.post("/api/calls/c1/panic")
        await sam.post("/api/calls/c1/cards", json=used)
        await sam.post("/api/calls/c1/request", json={"tactic": "escalate"})
        await ana.post("/api/alerts/c1:1/acknowledge")
        await ana.post("/api/calls/c1/request", json={"tactic": "interject"})
    assert office.desk.acts == [
        ("help", "c1", "sam", False),
        ("help", "c1", "sam", True),
        ("card", "c1", "sam", "warn", "used", "c1:1"),
        ("request", "c1", "sam", "escalate"),
        ("alert", "c1", "ana", "c1:1", "acknowledged"),
        ("request", "c1", "ana", "interject"),
    ]


async def test_a_cry_for_help_needs_no_store(office: Office) -> None:
    office.desk.agents["c9"] = "sam"  # running, but the disk was full when it began
    async with office.client("sam") as client:

        async def fail(*_: object, **__: object) -> None:
            raise StoreError("gone")

        await client.get("/api/me")
        office.store.session_user = office.store.call = fail  # type: ignore[method-assign]  # a store that fails
        assert (await client.post("/api/calls/c9/panic")).status_code == 200
    assert office.desk.acts == [("help", "c9", "sam", True)]


async def test_a_console_starts_from_what_is_open(office: Office) -> None:
    await office.happen(call_started("c1"))
    await office.happen(alert("c1:1"))
    await office.happen(transcript("not needed to start"))
    await office.happen(call_started("c2"))
    await office.happen(call_ended("c2"))
    async with office.client("ana") as client:
        live = (await client.get("/api/live")).json()
    assert live["seq"] == 5
    assert [call["call_id"] for call in live["calls"]] == ["c1"]
    assert [event["type"] for event in live["events"]] == ["call_started", "decision", "call_started", "call_ended"]


async def test_calls_are_listed_with_what_a_list_needs(office: Office) -> None:
    await office.happen(call_started("c1"))
    await office.happen(call_started("c2"))
    await office.happen(call_ended("c2"))
    async with office.client("quentin") as client:
        everything = (await client.get("/api/calls")).json()
        running = (await client.get("/api/calls", params={"running": True, "limit": 1})).json()
        refused = await client.get("/api/calls", params={"limit": 0})
    assert {call["call_id"] for call in everything} == {"c1", "c2"}
    assert [(call["call_id"], call["state"], call["ended_at"]) for call in running] == [("c1", "quiet", None)]
    assert refused.status_code == 422


async def test_a_calls_events_come_in_order_and_by_type(office: Office) -> None:
    await office.happen(call_started())
    await office.happen(transcript("hello"))
    async with office.client("sam") as client:
        everything = (await client.get("/api/calls/c1/events")).json()
        some = (await client.get("/api/calls/c1/events", params={"types": "transcript,score"})).json()
    assert [event["seq"] for event in everything] == [1, 2]
    assert [event["text"] for event in some] == ["hello"]


async def test_a_call_that_has_only_just_begun_is_said_to_be_so(office: Office) -> None:
    office.desk.agents["c9"] = "sam"
    async with office.client("sam") as client:
        answer = await client.get("/api/calls/c9")
    assert answer.status_code == 404
    assert "just begun" in answer.json()["message"]


async def test_cards_come_from_the_policy_and_are_those_that_one_may_use(office: Office) -> None:
    async with office.client("sam") as sam, office.client("ana") as ana:
        cards = (await sam.get("/api/cards")).json()
        senior = (await ana.get("/api/cards")).json()
    assert "interject" not in {card["tactic"] for card in cards}
    assert "interject" in {card["tactic"] for card in senior}
    assert cards[0] == {"tactic": "calm", "text": "I can hear how upsetting this is, and I am sorry."}


@pytest.mark.parametrize("act", ["acknowledge", "claim"])
@pytest.mark.parametrize("decision_id", ["bogus", "c2:1", "c1", ":1"])
async def test_an_answer_to_an_alert_of_no_call_is_not_found(office: Office, act: str, decision_id: str) -> None:
    await office.happen(call_started("c1"))
    async with office.client("ana") as ana:
        answer = await ana.post(f"/api/alerts/{decision_id}/{act}")
    assert (answer.status_code, answer.json()["code"]) == (404, "not_found")
    assert office.desk.acts == []


async def test_an_alert_that_the_desk_does_not_know_is_not_found(office: Office) -> None:
    await office.happen(call_started("c1"))
    office.desk.error = NotFoundError("this call has no such alert")
    async with office.client("ana") as ana:
        answer = await ana.post("/api/alerts/c1:999/acknowledge")
    assert (answer.status_code, answer.json()) == (404, {"code": "not_found", "message": "this call has no such alert"})


@pytest.mark.parametrize("decision_id", ["bogus", "c2:1"])
async def test_a_card_of_another_calls_prompt_is_not_found(office: Office, decision_id: str) -> None:
    await office.happen(call_started("c1"))
    async with office.client("sam") as sam:
        answer = await sam.post("/api/calls/c1/cards", json={"tactic": "warn", "answer": "used", "decision_id": decision_id})
    assert answer.status_code == 404
    assert office.desk.acts == []


async def test_a_call_is_given_to_users_only(office: Office) -> None:
    async with office.client("ana") as ana:
        unknown = await ana.post("/api/calls/c1/agent", json={"agent": "nobody"})
        empty = await ana.post("/api/calls/c1/agent", json={"agent": ""})
        given = await ana.post("/api/calls/c1/agent", json={"agent": "sam"})
    assert (unknown.status_code, empty.status_code, given.status_code) == (404, 422, 200)
    assert office.desk.acts == [("assign", "c1", "ana", "sam")]


async def test_a_phone_system_says_of_a_call_what_its_audio_has_no_place_for(office: Office) -> None:
    said = {"agent": "sam", "caller": "+44 20 7946 0001", "line": "Repairs", "language": "en-GB"}
    office.desk.agents["c1"] = ""
    async with office.client("ana") as ana:
        as_json = await ana.post("/api/calls/c1/details", json=said)
        as_form = await ana.post("/api/calls/soon/details", data={**said, "agent": "", "line": "R & D"})
    assert (as_json.status_code, as_json.json()) == (200, {"is_running": True})
    assert (as_form.status_code, as_form.json()) == (200, {"is_running": False})
    assert office.desk.acts == [
        ("describe", "c1", "ana", said),
        ("describe", "soon", "ana", {"caller": said["caller"], "line": "R & D", "language": "en-GB"}),
    ]


@pytest.mark.parametrize(
    ("body", "status"),
    [({"agent": "nobody"}, 404), ({"language": "de; drop"}, 422), ({"callers": "1"}, 422), ({"line": "x" * 201}, 422)],
)
async def test_what_cannot_be_true_of_a_call_is_refused(office: Office, body: dict[str, str], status: int) -> None:
    async with office.client("ana") as ana:
        as_json = await ana.post("/api/calls/soon/details", json=body)
        as_form = await ana.post("/api/calls/soon/details", data=body)
        is_no_json = await ana.post("/api/calls/soon/details", content=b"{")
    assert (as_json.status_code, as_form.status_code, is_no_json.status_code) == (status, status, 422)
    assert office.desk.acts == []
