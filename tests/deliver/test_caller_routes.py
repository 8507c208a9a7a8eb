"""The caller register and restrictions: POLICY.md, «After a call» C and «Restricting a caller»."""

import ast
from dataclasses import replace
from pathlib import Path
from typing import Any

import httpx
import orjson
import pytest
from sqlalchemy import text

from callguard.callers import RestrictionStatus
from callguard.cases import AftercareRules
from callguard.human_acts import CallerKnown
from callguard.sendings import Kind
from callguard.terms import Category, StaffRole
from tests.deliver.case_access import CALLER, DECISION, INCIDENT, NUMBER, PROPOSAL, have_incident, proposed
from tests.deliver.office import Office, open_office
from tests.fakes import alert
from tests.record.cases import ended, score, started
from tests.record.journals import risk

SOURCE = Path(__file__).parent.parent.parent / "src" / "callguard"


async def look_up(office: Office, number: str = NUMBER) -> dict[str, Any]:
    async with office.client("ana") as ana:
        answer: dict[str, Any] = (await ana.post("/api/callers/lookup", json={"caller": number})).json()
    return answer


async def decide(office: Office, client: httpx.AsyncClient, **changes: Any) -> httpx.Response:
    """Propose in the store and decide as somebody."""
    await office.store.register.propose(proposed())
    return await client.post("/api/restrictions/r1/decide", json=DECISION | changes)


async def test_no_number_lies_in_clear_in_the_database_or_in_what_is_sent(office: Office) -> None:
    await have_incident(office)
    async with office.store._database.reading() as connection:
        tables = list(await connection.scalars(text("SELECT name FROM sqlite_master WHERE type = 'table'")))
        for table in tables:
            for row in await connection.execute(text(f"SELECT * FROM {table}")):
                assert "7946" not in str(row), table
    events = await office.store.events_of_call("c1")
    assert orjson.loads(events[0].body)["caller"] == CALLER


async def test_the_number_is_shown_to_who_keeps_records_and_to_nobody_else(office: Office) -> None:
    await have_incident(office)
    async with office.client("ana") as ana, office.client("sam") as sam, office.client("quentin") as qa:
        seen = [(await who.get(f"/api/callers/{CALLER}")).json()["number"] for who in (ana, sam, qa)]
    assert seen == [NUMBER, "", ""]


async def test_an_unknown_caller_is_let_through_without_a_word(office: Office) -> None:
    answer = await look_up(office, "+44 20 7946 0999")
    assert (answer["is_known"], answer["allowed"], answer["warn"], answer["route_to"], answer["notes"]) == (
        False,
        True,
        False,
        "",
        [],
    )


async def test_a_note_is_shown_before_the_next_call_and_to_its_agent_as_it_arrives(office: Office) -> None:
    await have_incident(office)
    async with office.client("sam") as sam:
        await sam.post(f"/api/callers/{CALLER}/notes", json={"text": "Speak slowly; has shouted.", "for_visits": True})
    answer = await look_up(office, "0044 20 7946-0001")
    assert (answer["warn"], answer["notes"]) == (True, ["Speak slowly; has shouted."])
    second = started("c2", caller=CALLER, agent="priya")
    await office.aftercare.arrived(second, NUMBER)
    known = [event for event in office.published if isinstance(event, CallerKnown)]
    assert [(event.call_id, event.notes, event.incidents) for event in known] == [("c2", ("Speak slowly; has shouted.",), 1)]


async def test_colleagues_who_will_see_the_caller_in_the_field_are_warned(office: Office) -> None:
    await have_incident(office)
    async with office.client("ana") as ana:
        for text, for_visits in (("Threatened to set the dog on us: go in twos.", True), ("Hard of hearing.", False)):
            await ana.post(f"/api/callers/{CALLER}/notes", json={"text": text, "for_visits": for_visits})
    answer = await look_up(office)
    assert (answer["visit_warnings"], len(answer["notes"])) == (["Threatened to set the dog on us: go in twos."], 2)


async def test_a_different_member_of_staff_may_be_assigned(office: Office) -> None:
    await have_incident(office)
    assert (await look_up(office))["avoid_agents"] == ["sam"]


async def test_a_note_that_was_ended_is_kept_and_no_longer_shown(office: Office) -> None:
    await have_incident(office)
    async with office.client("ana") as ana:
        note = (await ana.post(f"/api/callers/{CALLER}/notes", json={"text": "shouts"})).json()
        await ana.post(f"/api/notes/{note['note_id']}/end")
        view = (await ana.get(f"/api/callers/{CALLER}")).json()
    assert (await look_up(office))["warn"] is False
    assert [(kept["text"], kept["ended_by"]) for kept in view["notes"]] == [("shouts", "ana")]


async def test_the_register_shows_incidents_over_calls_and_the_contact_level(office: Office) -> None:
    await have_incident(office)
    await have_incident(office, "c2", agent="priya")
    async with office.client("ana") as ana, office.client("sam") as sam:
        view = (await ana.get(f"/api/callers/{CALLER}")).json()
        own = (await sam.get(f"/api/callers/{CALLER}")).json()
    assert {incident["call_id"] for incident in view["incidents"]} == {"c1", "c2"}
    assert (view["contact"]["calls_today"], view["contact"]["over"]) == (2, [])
    assert [incident["call_id"] for incident in own["incidents"]] == ["c1"]


async def test_the_register_says_that_complaints_are_misused_and_restricts_nobody(office: Office) -> None:
    for call_id in ("c1", "c2", "c3"):
        await have_incident(office, call_id)
        await office.happen(replace(risk(2, call_id), repeated_demands=1))
    async with office.client("ana") as ana:
        view = (await ana.get(f"/api/callers/{CALLER}")).json()
    assert (view["contact"]["misused_complaints"], view["contact"]["over"]) == (3, ["complaint_misuse"])
    assert view["restrictions"] == []
    assert (await look_up(office))["allowed"] is True


async def test_repeat_offenders_are_reported_to_the_supervisor(office: Office) -> None:
    for call_id in ("c1", "c2", "c3"):
        await have_incident(office, call_id)
    async with office.client("ana") as ana:
        queue = (await ana.get("/api/queue")).json()
    assert [(caller["caller"], caller["is_repeat_offender"]) for caller in queue["repeat_offenders"]] == [(CALLER, True)]
    assert [kind for kind, _ in await office.told()].count(Kind.CALLER_REPEATS) >= 1


async def test_a_restriction_goes_from_a_proposal_to_a_decision_to_its_own_end(office: Office) -> None:
    await have_incident(office)
    async with office.client("sam") as sam, office.client("ana") as ana:
        restriction = (await sam.post(f"/api/callers/{CALLER}/restrictions", json=PROPOSAL | {"incidents": [INCIDENT]})).json()
        assert (await look_up(office))["allowed"] is True  # a proposal changes nothing
        url = f"/api/restrictions/{restriction['restriction_id']}"
        body = DECISION | {"route_to": "complaints team", "refuse_calls": True}
        decided = (await ana.post(f"{url}/decide", json=body)).json()
        assert (decided["decided_by"], decided["consulted"], decided["days"]) == ("ana", "the head of the office", 30)
        assert decided["review_at"] < decided["ends_at"]
        during = await look_up(office)
        await office.clock.advance(31 * 86_400)
        after = await look_up(office)
        login = {"name": "ana", "password": "correct horse battery"}
        assert (await ana.post("/api/login", json=login)).status_code == 200
        stands = (await ana.get(url)).json()["status"]
    assert (during["allowed"], during["route_to"], during["restriction_kind"]) == (False, "complaints team", "in writing only")
    assert (after["allowed"], after["restriction_kind"], stands) == (True, "", "expired")


@pytest.mark.parametrize(
    ("changes", "complaint"),
    [
        ({"consulted": ""}, "consulted"),
        ({"consulted": "ana"}, "somebody else"),
        ({"days": 400}, "1 to 180 days"),
        ({"kind": "flogging"}, "no kind of restriction"),
    ],
    ids=["without consultation", "having consulted oneself", "without a proportionate end", "of an unknown kind"],
)
async def test_a_decision_that_lacks_what_the_policy_wants_is_refused(
    office: Office, changes: dict[str, Any], complaint: str
) -> None:
    await have_incident(office)
    async with office.client("ana") as ana:
        answer = await decide(office, ana, **changes)
    assert answer.status_code == 400
    assert complaint in answer.json()["message"]
    assert (await office.store.register.restriction("r1")).status is RestrictionStatus.PROPOSED


async def test_no_letter_tells_a_caller_of_a_restriction_that_was_refused_or_lifted(office: Office) -> None:
    await have_incident(office)
    letters = []
    async with office.client("ana") as ana:
        await decide(office, ana, approve=False)
        letters.append(await ana.get("/api/restrictions/r1/letter.txt"))
        await office.store.register.propose(proposed().model_copy(update={"restriction_id": "r2"}))
        await ana.post("/api/restrictions/r2/decide", json=DECISION)
        letters.append(await ana.get("/api/restrictions/r2/letter.txt"))
        await ana.post("/api/restrictions/r2/lift", json={"reason": "apologised"})
        letters.append(await ana.get("/api/restrictions/r2/letter.txt"))
    assert [letter.status_code for letter in letters] == [400, 200, 400]
    assert "«refused»" in letters[0].json()["message"]
    assert "«lifted»" in letters[2].json()["message"]


async def test_only_the_role_that_the_policy_names_decides(tmp_path: Path) -> None:
    office = await open_office(tmp_path, rules=AftercareRules(restriction_decided_by=StaffRole.ADMIN))
    await have_incident(office)
    await office.store.register.propose(proposed())
    statuses = {}
    for name in ("sam", "quentin", "ana", "adam"):
        async with office.client(name) as client:
            statuses[name] = (await client.post("/api/restrictions/r1/decide", json=DECISION)).status_code
    assert statuses == {"sam": 403, "quentin": 403, "ana": 403, "adam": 200}
    await office.close()


async def test_the_register_shows_restrictions_their_end_and_their_review(office: Office) -> None:
    await have_incident(office)
    async with office.client("ana") as ana:
        decided = (await decide(office, ana, days=30, review_after_days=10)).json()
        before = (await ana.get("/api/queue")).json()["restrictions_to_review"]
    await office.clock.advance(11 * 86_400)
    async with office.client("ana") as ana:
        due = (await ana.get("/api/queue")).json()["restrictions_to_review"]
        view = (await ana.get(f"/api/callers/{CALLER}")).json()
    assert (before, [one["restriction_id"] for one in due]) == ([], [decided["restriction_id"]])
    assert [one["ends_at"] for one in view["restrictions"]] == [decided["ends_at"]]


async def test_a_program_with_a_token_of_that_role_cannot_restrict_a_caller(office: Office) -> None:
    await have_incident(office)
    await office.store.register.propose(proposed())
    async with office.client("adam") as admin, office.client() as program:
        token = (await admin.post("/api/tokens", json={"name": "bot", "scope": "senior"})).json()["token"]
        headers = {"Authorization": f"Bearer {token}"}
        decided = await program.post("/api/restrictions/r1/decide", json=DECISION, headers=headers)
        lifted = await program.post("/api/restrictions/r1/lift", json={"reason": "over"}, headers=headers)
    assert [answer.status_code for answer in (decided, lifted)] == [403, 403]
    assert all("never by a program" in answer.json()["message"] for answer in (decided, lifted))


async def test_nothing_that_is_heard_restricts_a_caller(office: Office) -> None:
    for number in range(12):
        call_id = f"c{number}"
        await have_incident(office, call_id)
        await office.happen(score(number, "I will kill you", Category.THREAT_PERSONAL, start_s=1))
        await office.happen(ended(call_id))
        await office.aftercare.ended(call_id)
    await office.clock.advance(60 * 86_400)
    await office.aftercare.catch_up()
    answer = await look_up(office)
    assert (answer["allowed"], answer["restriction_kind"]) == (True, "")
    assert await office.store.register.restrictions() == []


def test_no_code_but_the_decision_of_a_person_puts_a_restriction_in_force() -> None:
    """Read the source: who sets the status, who writes restrictions, who calls the decision."""
    set_by, written_by, decided_by = set(), set(), set()
    for file in SOURCE.rglob("*.py"):
        tree = ast.parse(file.read_text())
        for function in (node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)):
            told = ast.unparse(function)
            place = f"{file.stem}.{function.name}"
            if "'status': RestrictionStatus.IN_FORCE" in told or "status=RestrictionStatus.IN_FORCE" in told:
                set_by.add(place)
            if "_register.replace(" in told or ".register.replace(" in told:
                written_by.add(place)
            if "cases.callers.decide(" in told or "_callers.decide(" in told or "caller_desk.decide(" in told:
                decided_by.add(place)
    assert set_by == {"caller_desk._decided"}
    assert written_by == {"caller_desk.decide", "caller_desk.lift"}
    assert decided_by == {"caller_routes.decide_restriction"}


async def test_somebody_who_may_hurt_themselves_is_never_sanctioned(office: Office) -> None:
    call = office.aftercare.sealed(replace(started("c1"), caller=NUMBER))
    await office.happen(call)
    await office.aftercare.arrived(call, NUMBER)
    await office.happen(score(0, "I want to end it", Category.SELF_HARM, start_s=1))
    await office.happen(replace(alert("c1:1"), category="self_harm", severity=0))
    await office.happen(ended())
    await office.aftercare.ended("c1")
    async with office.client("ana") as ana:
        assert (await ana.get("/api/incidents")).json()[0]["about_care"] is True
        answer = await ana.post(f"/api/callers/{CALLER}/restrictions", json=PROPOSAL | {"incidents": [INCIDENT]})
        view = (await ana.get(f"/api/callers/{CALLER}")).json()
    assert answer.status_code == 400
    assert "never sanctioned" in answer.json()["message"]
    assert view["is_repeat_offender"] is False


async def test_a_call_distributor_asks_with_its_own_token_and_sees_no_more_than_it_needs(office: Office) -> None:
    await have_incident(office)
    async with office.client("adam") as admin, office.client() as distributor:
        token = (await admin.post("/api/tokens", json={"name": "pbx", "scope": "tap"})).json()["token"]
        headers = {"Authorization": f"Bearer {token}"}
        got = await distributor.get("/api/callers/lookup", params={"caller": NUMBER}, headers=headers)
        refused = await distributor.get(f"/api/callers/{CALLER}", headers=headers)
    assert (got.status_code, refused.status_code) == (200, 401)
    assert "number" not in got.json()


@pytest.mark.parametrize("number", ["", "   "])
async def test_a_lookup_without_a_number_is_refused_with_the_remedy(office: Office, number: str) -> None:
    async with office.client("ana") as ana:
        answer = await ana.post("/api/callers/lookup", json={"caller": number})
    assert answer.status_code in {400, 422}
    assert "caller" in answer.json()["message"]
