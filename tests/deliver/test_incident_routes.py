"""Incident records over the API: POLICY.md, «The incident record»."""

from pathlib import Path
from typing import Any

import httpx
import orjson
import pytest

from callguard.app.aftercare import rules_of
from callguard.cases import AftercareRules
from callguard.decide.policy import bundled_policies, read_policy
from callguard.errors import InputError
from callguard.human_acts import AlertAnswer, AlertAnswered
from callguard.terms import StaffRole
from tests.deliver.case_access import CASE_MATRIX, INCIDENT, STATEMENT, have_everything, have_incident
from tests.deliver.office import Office, open_office
from tests.deliver.test_access import EVERYBODY
from tests.fakes import call_started
from tests.record.journals import call_ended


@pytest.mark.parametrize("person", EVERYBODY)
async def test_every_case_route_lets_through_whom_it_should(office: Office, person: str) -> None:
    await have_everything(office)
    got, expected = {}, {}
    async with office.client(person) as client:
        for method, path, body, statuses in CASE_MATRIX:
            answer = await client.request(method, path, json=body)
            key = f"{method} {path}"
            got[key], expected[key] = answer.status_code, statuses[EVERYBODY.index(person)]
            if answer.status_code >= 400:
                assert set(answer.json()) == {"code", "message"}
    assert got == expected


async def test_a_call_with_an_alert_leaves_a_draft_that_nobody_had_to_write(office: Office) -> None:
    await have_incident(office)
    async with office.client("ana") as ana:
        listed = (await ana.get("/api/incidents")).json()
        view = (await ana.get(f"/api/incidents/{INCIDENT}")).json()
    assert [(row["incident_id"], row["status"], row["agent"]) for row in listed] == [(INCIDENT, "draft", "sam")]
    facts = view["content"]["facts"]
    assert facts["reasons"] == ["alert", "hung_up"]
    assert facts["how_it_ended"] == "A member of staff ended the call at 02:00.0."
    assert [(person["role"], person["name"]) for person in facts["people"]][1:] == [("agent", "sam")]
    assert view["history"][0]["by"] == "callguard"


async def test_a_quiet_call_leaves_no_record(office: Office) -> None:
    await office.happen(call_started("c2"))
    await office.happen(call_ended("c2"))
    await office.aftercare.ended("c2")
    async with office.client("ana") as ana:
        assert (await ana.get("/api/incidents")).json() == []
        assert (await ana.get("/api/incidents/of-call/c2")).status_code == 404


async def test_a_record_goes_from_draft_to_completed_to_signed_to_amended_and_keeps_every_version(office: Office) -> None:
    await have_incident(office)
    async with office.client("sam") as sam, office.client("ana") as ana, office.client("adam") as adam:
        await sam.post(f"/api/incidents/{INCIDENT}/comments", json={"text": "I was alone in the office."})
        await ana.post(f"/api/incidents/{INCIDENT}/complete", json=STATEMENT)
        await adam.post(f"/api/incidents/{INCIDENT}/sign")
        amended = {"reason": "The place was wrong.", "statement": STATEMENT | {"place": "Room 3"}}
        view = (await ana.post(f"/api/incidents/{INCIDENT}/amend", json=amended)).json()
        first = (await ana.get(f"/api/incidents/{INCIDENT}", params={"version": 3})).json()
        check = (await ana.get(f"/api/incidents/{INCIDENT}/verify")).json()
    assert [(e["version"], e["act"], e["by"], e["status"]) for e in view["history"]] == [
        (1, "drafted", "callguard", "draft"),
        (2, "commented", "sam", "draft"),
        (3, "completed", "ana", "completed"),
        (4, "signed", "adam", "signed"),
        (5, "amended", "ana", "amended"),
    ]
    assert (first["content"]["statement"]["place"], view["content"]["statement"]["place"]) == ("", "Room 3")
    assert view["content"]["comments"][0]["text"] == "I was alone in the office."
    assert view["content"]["statement"]["decided_by"] == "ana"
    assert (check["is_intact"], check["versions"]) == (True, 5)


@pytest.mark.parametrize(
    ("acts", "refused"),
    [((), "sign"), ((), "amend"), (("complete", "sign"), "complete"), (("complete", "sign"), "sign")],
    ids=["sign a draft", "amend a draft", "complete what is signed", "sign twice"],
)
async def test_what_is_out_of_order_is_refused_with_the_reason(office: Office, acts: tuple[str, ...], refused: str) -> None:
    await have_incident(office)
    bodies: dict[str, Any] = {"complete": STATEMENT, "amend": {"reason": "x", "statement": STATEMENT}}
    async with office.client("ana") as ana:
        for act in acts:
            assert (await ana.post(f"/api/incidents/{INCIDENT}/{act}", json=bodies.get(act))).status_code == 200
        answer = await ana.post(f"/api/incidents/{INCIDENT}/{refused}", json=bodies.get(refused))
    assert answer.status_code == 400
    assert "read it again for what it allows" in answer.json()["message"]


async def test_an_agent_may_comment_and_nothing_else_and_sees_only_their_own_calls(office: Office) -> None:
    await have_incident(office)
    await have_incident(office, "c2", agent="priya")
    async with office.client("sam") as sam:
        listed = (await sam.get("/api/incidents")).json()
        view = (await sam.get(f"/api/incidents/{INCIDENT}")).json()
    assert [row["call_id"] for row in listed] == ["c1"]
    assert view["may"] == ["comment"]


async def test_what_happens_after_the_call_comes_into_the_draft_and_no_further(office: Office) -> None:
    await have_incident(office)
    claimed = AlertAnswered(call_id="c1", at_sample=0, by="ana", decision_id="c1:1", answer=AlertAnswer.CLAIMED, to="", reason="")
    await office.happen(claimed)
    async with office.client("ana") as ana:
        draft = (await ana.get(f"/api/incidents/{INCIDENT}")).json()
        await ana.post(f"/api/incidents/{INCIDENT}/complete", json=STATEMENT)
        await office.happen(claimed)
        completed = (await ana.get(f"/api/incidents/{INCIDENT}")).json()
    answers = draft["content"]["facts"]["alerts"][0]["answers"]
    assert [(answer["by"], answer["what"]) for answer in answers] == [("ana", "claimed")]
    assert draft["history"][-1]["reason"] == "Drafted again: more happened after the first draft."
    assert completed["content"]["facts"] == draft["content"]["facts"]


async def test_a_person_can_ask_for_a_record_of_any_call(office: Office) -> None:
    await office.happen(call_started("c2"))
    async with office.client("sam") as sam:
        running = (await sam.post("/api/calls/c2/incident", json={"why": "he frightened me"})).json()
        await office.happen(call_ended("c2"))
        await office.aftercare.ended("c2")
        view = (await sam.get("/api/incidents/of-call/c2")).json()
    assert running == {"incident": None}
    assert view["content"]["facts"]["reasons"] == ["marked"]
    assert view["content"]["facts"]["acts"][0]["what"] == "Marked the call: he frightened me."


async def test_why_a_person_marks_a_call_is_in_its_record_however_far_that_is(office: Office) -> None:
    await have_incident(office)
    url = f"/api/incidents/{INCIDENT}"
    async with office.client("sam") as sam, office.client("ana") as ana:
        await ana.post(f"{url}/complete", json=STATEMENT)
        await sam.post("/api/calls/c1/incident", json={"why": "he knows my street"})
        await sam.post("/api/calls/c1/incident", json={})  # says nothing that the record does not
        completed = (await ana.get(url)).json()
        await ana.post(f"{url}/sign")
        await sam.post("/api/calls/c1/incident", json={"why": "he rang again"})
        signed = (await ana.get(url)).json()
        check = (await ana.get(f"{url}/verify")).json()
    assert [(one["by"], one["text"]) for one in completed["content"]["comments"]] == [("sam", "he knows my street")]
    assert [one["text"] for one in signed["content"]["comments"]] == ["he knows my street", "he rang again"]
    assert (completed["summary"]["status"], signed["summary"]["status"]) == ("completed", "signed")
    assert check["is_intact"] is True


async def test_support_that_the_policy_does_not_name_is_refused_with_what_it_names(office: Office) -> None:
    await have_incident(office)
    async with office.client("ana") as ana:
        refused = await ana.post(f"/api/incidents/{INCIDENT}/support", json={"kind": "a medal"})
        offers = (await ana.get(f"/api/incidents/{INCIDENT}/support")).json()

    assert refused.status_code == 400
    assert refused.json()["message"].startswith(
        "«a medal» is no kind of support here; expected one of: a talk with your team lead;"
    )
    assert offers == []


async def test_support_is_confidential_and_the_record_says_only_that_it_was_offered(office: Office) -> None:
    await have_incident(office)

    async def seen(client: httpx.AsyncClient) -> list[str]:
        return [offer["kind"] for offer in (await client.get(f"/api/incidents/{INCIDENT}/support")).json()]

    async with office.client("ana") as ana, office.client("sam") as sam:
        offer = (await ana.post(f"/api/incidents/{INCIDENT}/support", json={"kind": "counselling", "note": "with Dr Lee"})).json()
        assert (await sam.post(f"/api/support/{offer['support_id']}/answer", json={"answer": "accepted"})).status_code == 204
        assert (await ana.post(f"/api/support/{offer['support_id']}/answer", json={"answer": "declined"})).status_code == 404
        view = (await ana.get(f"/api/incidents/{INCIDENT}")).json()
        assert (await seen(ana), await seen(sam)) == (["counselling"], ["counselling"])
    async with office.client("adam") as admin, office.client("quentin") as qa:
        assert (await seen(admin), await seen(qa)) == ([], [])
    assert view["history"][-1]["act"] == "support_offered"
    assert "counselling" not in str(view)


async def test_only_the_roles_that_the_policy_names_sign(tmp_path: Path) -> None:
    text = bundled_policies()["standard"].read_text(encoding="utf-8")
    own = read_policy(text.replace('signed_by = ["senior", "admin"]', 'signed_by = ["admin"]'), "own.toml")
    office = await open_office(tmp_path, rules=rules_of(own, organisation="Larkfield"))
    await have_incident(office)
    async with office.client("ana") as ana, office.client("adam") as adam:
        completed = (await ana.post(f"/api/incidents/{INCIDENT}/complete", json=STATEMENT)).json()
        refused = await ana.post(f"/api/incidents/{INCIDENT}/sign")
        signed = (await adam.post(f"/api/incidents/{INCIDENT}/sign")).json()

    assert "sign" not in completed["may"]
    assert (refused.status_code, "ask somebody who is admin" in refused.json()["message"]) == (403, True)
    assert [(entry["act"], entry["by"]) for entry in signed["history"]][-1] == ("signed", "adam")
    await office.close()


async def test_records_are_completed_and_signed_by_people_and_by_no_program(office: Office) -> None:
    await have_incident(office)
    async with office.client("adam") as admin, office.client() as program, office.client("ana") as ana:
        token = (await admin.post("/api/tokens", json={"name": "bot", "scope": "senior"})).json()["token"]
        headers = {"Authorization": f"Bearer {token}"}
        asked = [await program.post(f"/api/incidents/{INCIDENT}/complete", json=STATEMENT, headers=headers)]
        await ana.post(f"/api/incidents/{INCIDENT}/complete", json=STATEMENT)
        asked.append(await program.post(f"/api/incidents/{INCIDENT}/sign", headers=headers))
        may = (await program.get(f"/api/incidents/{INCIDENT}", headers=headers)).json()["may"]

    assert [answer.status_code for answer in asked] == [403, 403]
    assert all("never by a program" in answer.json()["message"] for answer in asked)
    assert not {"complete", "sign", "amend"} & set(may)


@pytest.mark.parametrize(
    ("name", "scope"), [("quentin", "senior"), ("ana", "senior"), ("sam", "admin"), ("sam", "qa"), ("sam", "agent")]
)
async def test_a_program_under_the_name_of_somebody_who_reads_support_does_not(tmp_path: Path, name: str, scope: str) -> None:
    office = await open_office(tmp_path, rules=AftercareRules(confidential_to_people=frozenset({"quentin"})))
    await have_incident(office)
    async with office.client("ana") as ana, office.client("adam") as admin, office.client() as program:
        await ana.post(f"/api/incidents/{INCIDENT}/support", json={"kind": "counselling"})
        token = (await admin.post("/api/tokens", json={"name": name, "scope": scope})).json()["token"]
        seen = await program.get(f"/api/incidents/{INCIDENT}/support", headers={"Authorization": f"Bearer {token}"})
        own = (await ana.get(f"/api/incidents/{INCIDENT}/support")).json()
    assert (seen.status_code, seen.json(), len(own)) == (200, [], 1)
    await office.close()


@pytest.mark.parametrize(
    ("rules", "readers"),
    [
        (AftercareRules(confidential_to=frozenset({StaffRole.ADMIN})), {"ana", "sam", "adam"}),
        (AftercareRules(confidential_to_people=frozenset({"quentin"})), {"ana", "sam", "quentin"}),
    ],
)
async def test_support_is_read_by_the_roles_and_the_persons_whom_the_policy_names(
    tmp_path: Path, rules: AftercareRules, readers: set[str]
) -> None:
    office = await open_office(tmp_path, rules=rules)
    await have_incident(office)
    async with office.client("ana") as ana:
        await ana.post(f"/api/incidents/{INCIDENT}/support", json={"kind": "counselling", "note": "with Dr Lee"})

    found = set()
    for name in ("ana", "sam", "adam", "quentin"):
        async with office.client(name) as client:
            if (await client.get(f"/api/incidents/{INCIDENT}/support")).json():
                found.add(name)

    assert found == readers
    await office.store.close()


async def test_two_people_who_change_a_record_at_once_do_not_overwrite_each_other(office: Office) -> None:
    await have_incident(office)
    files = office.store.incidents
    newest = await files.newest(INCIDENT)
    same: dict[str, Any] = {"status": newest.status, "act": "commented", "at": office.clock.utc_now(), "reason": ""}
    await files.add(newest, by="ana", content=newest.content, **same)
    with pytest.raises(InputError, match="read it again"):
        await files.add(newest, by="adam", content=newest.content, **same)


async def test_nobody_signs_what_somebody_else_has_written_since_they_read_it(office: Office) -> None:
    await have_incident(office)
    url = f"/api/incidents/{INCIDENT}"
    async with office.client("sam") as sam, office.client("ana") as ana, office.client("adam") as adam:
        read = (await ana.post(f"{url}/complete", json=STATEMENT)).json()["summary"]["version"]
        await adam.post(f"{url}/complete", json=STATEMENT | {"decision": "The caller is to be cut off."})
        refused = await ana.post(f"{url}/sign", params={"seen": read})
        read = (await ana.get(url)).json()["summary"]["version"]
        await sam.post(f"{url}/comments", json={"text": "It was not so."})
        unread = await ana.post(f"{url}/sign", params={"seen": read})
        read = (await ana.get(url)).json()["summary"]["version"]
        await adam.post(f"{url}/hold", json={"on": True, "reason": "police"})  # changes nothing of what is signed
        signed = await ana.post(f"{url}/sign", params={"seen": read})
        nonsense = await adam.post(f"{url}/amend", params={"seen": 99}, json={"reason": "x", "statement": STATEMENT})
    assert [answer.status_code for answer in (refused, unread, signed, nonsense)] == [400, 400, 200, 400]
    assert "read it again" in refused.json()["message"]


async def test_a_statement_is_not_written_over_by_somebody_who_has_not_read_it(office: Office) -> None:
    await have_incident(office)
    url = f"/api/incidents/{INCIDENT}"
    async with office.client("sam") as sam, office.client("ana") as ana, office.client("adam") as adam:
        both = (await ana.get(url)).json()["summary"]["version"]
        await sam.post(f"{url}/comments", json={"text": "I was alone."})  # stands beside the statement
        first = await ana.post(f"{url}/complete", params={"seen": both}, json=STATEMENT)
        second = await adam.post(f"{url}/complete", params={"seen": both}, json=STATEMENT | {"account": "Nothing happened."})
        await ana.post(f"{url}/sign")
        read = (await ana.get(url)).json()["summary"]["version"]
        body = {"reason": "the place", "statement": STATEMENT | {"place": "Room 3"}}
        third = await ana.post(f"{url}/amend", params={"seen": read}, json=body)
        fourth = await adam.post(f"{url}/amend", params={"seen": read}, json={"reason": "typing", "statement": STATEMENT})
        stands = (await ana.get(url)).json()["content"]["statement"]
    assert [answer.status_code for answer in (first, second, third, fourth)] == [200, 400, 200, 400]
    assert (stands["account"], stands["place"]) == ("He shouted.", "Room 3")


async def test_each_look_and_each_change_is_logged_with_who_and_when(office: Office) -> None:
    await have_incident(office)
    async with office.client("ana") as ana, office.client("adam") as adam:
        await ana.get(f"/api/incidents/{INCIDENT}")
        await ana.get(f"/api/incidents/{INCIDENT}/export.json")
        await ana.post("/api/callers/lookup", json={"caller": "+44 20 7946 0001"})
        log = (await adam.get("/api/audit", params={"who": "ana"})).json()
    assert {(entry["what"], entry["who"]) for entry in log} >= {
        ("incident.read", "ana"),
        ("incident.export", "ana"),
        ("caller.lookup", "ana"),
    }
    assert "7946" not in orjson.dumps(log).decode()
