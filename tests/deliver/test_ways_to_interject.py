"""Only mid and high level staff interject (POLICY.md): every way round it that somebody could think of, tried."""

from typing import Any

import orjson
import pytest
from typer.main import get_command

from callguard.cli.main import build
from callguard.decide.ladder import Ladder
from callguard.decide.policy import load_policy
from callguard.events import Decision
from callguard.human_acts import CardAnswer, CardAnswered
from callguard.stored_call import read_act
from callguard.terms import StaffRole, Tactic
from tests.deliver.office import Office
from tests.fakes import alert, call_started

OTHERS = ("", "sam", "priya", "quentin", "adam")
"""Nobody, the agent of the call, another agent, qa, admin."""
SCOPES = ("tap", "agent", "qa", "admin")
WAYS: list[tuple[str, Any]] = [
    ("/api/calls/c1/request", {"tactic": "interject"}),
    ("/api/calls/c1/request?role=senior", {"tactic": "interject"}),
    ("/api/calls/c1/request", {"tactic": "hang_up_follow_up"}),
    ("/api/calls/c1/request", {"tactic": "interject", "role": "senior"}),
    ("/api/calls/c1/request", {"tactic": "interject", "by": "ana"}),
    ("/api/calls/c1/request", {"tactic": "INTERJECT"}),
    ("/api/calls/c1/cards", {"tactic": "interject", "answer": "used"}),
    ("/api/calls/c1/cards", {"tactic": "interject", "answer": "used", "decision_id": "c1:1"}),
    ("/api/calls/c1/cards", {"tactic": "interject", "answer": "helped"}),
    ("/api/calls/c1/cards", {"tactic": "hang_up_follow_up", "answer": "used"}),
    ("/api/alerts/c1:1/acknowledge", None),
    ("/api/alerts/c1:1/claim", None),
    ("/api/alerts/c1%3A1/claim", {"by": "ana"}),
    ("/api/alerts/c1:1/decline", {"reason": "not me"}),
    ("/api/alerts/c1:1/hand-over", {"to": "sam"}),
    ("/api/alerts/c1:1/hand-over", {"to": "ana"}),
    ("/api/alerts/c1:1/threat", {"measures": ["police"]}),
    ("/api/calls/c1/join", {"mode": "listen", "sdp": "v=0"}),
    ("/api/calls/c1/join", {"mode": "whisper"}),
    ("/api/calls/c1/join", {"mode": "interject", "role": "senior"}),
    ("/api/calls/c1/join", {"mode": "take_over"}),
]
DISGUISES: tuple[dict[str, str], ...] = (
    {},
    {"X-Role": "senior", "X-User": "ana", "X-Forwarded-User": "ana", "Remote-User": "ana"},
    {"X-HTTP-Method-Override": "PUT"},
)


async def happened(office: Office) -> None:
    await office.happen(call_started("c1", agent="sam"))
    await office.happen(alert("c1:1"))


@pytest.mark.parametrize("person", OTHERS)
async def test_no_request_of_somebody_else_interjects(office: Office, person: str) -> None:
    await happened(office)
    async with office.client(person) as client:
        for disguise in DISGUISES:
            for path, body in WAYS:
                answer = await client.post(path, json=body, headers=disguise)
                assert answer.status_code in (401, 403, 422), (path, body, answer.text)
    assert office.desk.acts == []


@pytest.mark.parametrize("scope", SCOPES)
async def test_no_bearer_of_another_scope_interjects_even_under_the_name_of_a_senior(office: Office, scope: str) -> None:
    await happened(office)
    async with office.client("adam") as admin:
        made = await admin.post("/api/tokens", json={"name": "ana", "scope": scope})
    bearer = {"Authorization": f"Bearer {made.json()['token']}"}
    async with office.client() as client:
        for path, body in WAYS:
            answer = await client.post(path, json=body, headers=bearer)
            assert answer.status_code in (401, 403, 404, 422), (path, body, answer.text)
    assert office.desk.acts == []


async def test_nobody_raises_their_own_role(office: Office) -> None:
    async with office.client("sam") as client:
        for method, path, body in (
            ("POST", "/api/users", {"name": "sam2", "role": "senior", "password": "a long password"}),
            ("POST", "/api/tokens", {"name": "mine", "scope": "senior"}),
            ("PUT", "/api/me", {"role": "senior"}),
            ("PATCH", "/api/users/sam", {"role": "senior"}),
        ):
            answer = await client.request(method, path, json=body)
            assert answer.status_code in (403, 404, 405), (path, answer.text)
        assert (await client.get("/api/me")).json()["role"] == "agent"


async def test_a_console_sends_no_acts_through_its_socket(office: Office) -> None:
    await happened(office)
    async with office.served() as address, office.socket(address, "sam") as console:
        await console.recv()  # hello
        for message in (
            {"type": "tactic_requested", "call_id": "c1", "by": "ana", "role": "senior", "tactic": "interject"},
            {"type": "alert_answered", "call_id": "c1", "by": "ana", "decision_id": "c1:1", "answer": "claimed"},
            {"type": "interject", "call_id": "c1"},
        ):
            await console.send(orjson.dumps(message).decode())
            assert orjson.loads(await console.recv())["type"] == "error"
    assert office.desk.acts == []


async def test_an_alert_is_handed_to_senior_staff_only(office: Office) -> None:
    await happened(office)
    async with office.client("ana") as client:
        for somebody in ("sam", "quentin", "adam", "nobody"):
            answer = await client.post("/api/alerts/c1:1/hand-over", json={"to": somebody})
            assert answer.status_code == 400, answer.text
    assert office.desk.acts == []


@pytest.mark.parametrize("role", [role for role in StaffRole if role is not StaffRole.SENIOR])
def test_a_crafted_event_of_another_role_answers_no_alert(role: StaffRole) -> None:
    ladder = Ladder("c1", load_policy("standard"), organisation="Larkfield", agent="sam")
    stored = {"type": "tactic_requested", "call_id": "c1", "at_s": 2.0, "by": "sam", "role": role.value, "tactic": "interject"}
    asked = {"type": "help_asked", "call_id": "c1", "at_s": 1.0, "by": "sam", "panic": False}
    acts = [act for row in (asked, stored) if (act := read_act(row)) is not None]
    card = CardAnswered(call_id="c1", at_sample=48_000, by="sam", tactic=Tactic.INTERJECT, answer=CardAnswer.USED, decision_id="")
    for act in (*acts, card):
        ladder.push(act)

    again = [said for said in ladder.tick(60 * 16_000) if isinstance(said, Decision)]

    assert len(acts) == 2
    assert [said.tier for said in again] == [2, 3]  # nobody has answered it: it went on to the next people


def test_no_command_acts_on_a_call() -> None:
    def names(command: Any, before: str = "") -> set[str]:
        own = getattr(command, "commands", None)
        if own is None:
            return {before.strip()}
        return set().union(*(names(part, f"{before} {name}") for name, part in own.items()))

    known = names(get_command(build()))

    assert "serve" in known
    assert not {name for name in known if {"interject", "claim", "join", "alert", "call", "calls", "card"} & set(name.split())}
