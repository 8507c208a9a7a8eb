from callguard.sendings import Kind, SendingState
from tests.deliver.case_access import INCIDENT, STATEMENT, have_everything
from tests.deliver.office import Office
from tests.sendings import sending


async def test_an_admin_sees_what_failed_and_why_and_not_what_it_says(office: Office) -> None:
    await office.store.outbox.add([sending(1), sending(2)])
    failed = {"state": SendingState.FAILED, "last_error": "answered 503", "ended_at": office.clock.utc_now(), "attempts": 9}
    await office.store.outbox.note([sending(1).model_copy(update=failed)])
    async with office.client("adam") as adam:
        (row,) = (await adam.get("/api/outbox", params={"state": "failed"})).json()
        assert len((await adam.get("/api/outbox")).json()) == 2
    assert (row["sending_id"], row["route"], row["last_error"], row["attempts"]) == ("msg_1", "crm", "answered 503", 9)
    assert "payload" not in row


async def test_an_admin_has_one_tried_again_or_gives_it_up_and_both_are_logged(office: Office) -> None:
    await office.store.outbox.add([sending(1), sending(2)])
    async with office.client("adam") as adam:
        assert (await adam.post("/api/outbox/msg_1/abandon")).json()["state"] == "abandoned"
        assert (await adam.post("/api/outbox/msg_1/retry")).json()["state"] == "waiting"
        log = (await adam.get("/api/audit", params={"subject": "msg_1"})).json()
    assert [(row["who"], row["what"]) for row in log] == [("adam", "outbox.retry"), ("adam", "outbox.abandon")]


async def test_webhooks_are_described_beside_the_routes(office: Office) -> None:
    async with office.client("adam") as adam:
        openapi = (await adam.get("/api/openapi.json")).json()
    assert {"alert.raised", "agent.state", "ping"} <= set(openapi["webhooks"])
    headers = {row["name"] for row in openapi["webhooks"]["alert.raised"]["post"]["parameters"]}
    assert headers == {"webhook-id", "webhook-timestamp", "webhook-signature"}
    assert "words" in openapi["components"]["schemas"]["AlertBody"]["properties"]


async def test_a_decision_about_a_restriction_and_a_signature_are_told(office: Office) -> None:
    await have_everything(office)
    async with office.client("ana") as ana:
        decision = {"approve": True, "reason": "After a warning.", "consulted": "omar", "refuse_calls": True}
        answer = await ana.post("/api/restrictions/r1/decide", json=decision)
        assert answer.status_code == 200, answer.text
        await ana.post(f"/api/incidents/{INCIDENT}/complete", json=STATEMENT)
        assert (await ana.post(f"/api/incidents/{INCIDENT}/sign")).status_code == 200
    told = dict(await office.told())
    assert (told[Kind.RESTRICTION_DECIDED]["status"], told[Kind.RESTRICTION_DECIDED]["refuse_calls"]) == ("in_force", True)
    assert told[Kind.INCIDENT_SIGNED] == {"incident_id": INCIDENT, "version": 4, "by": "ana"}
