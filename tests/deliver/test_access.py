"""Every route as every role: rights are the server's, not the page's."""

from typing import Any

import httpx
import pytest
from starlette.routing import Route

from callguard.deliver.console import AREAS
from tests.deliver.case_access import CASE_MATRIX, NAMES
from tests.deliver.office import PASSWORD, Office
from tests.fakes import call_started, transcript

EVERYBODY = ("", "sam", "priya", "ana", "quentin", "adam")
"""Nobody, the agent of the call, another agent, senior, qa, admin."""

USED_WARN = {"tactic": "warn", "answer": "used", "decision_id": "c1:1"}
USED_INTERJECT = {"tactic": "interject", "answer": "used"}
DRAW = {"seed": "november", "since": "2026-11-01T00:00:00Z", "until": "2026-12-01T00:00:00Z"}
MISSED = {"about": "missed", "judgement": "missed", "at_s": 3, "categories": ["insult"]}
PROPOSAL = {"thresholds": {"insult": 0.5}, "note": "fewer false alarms"}
NEW_USER = {"name": "zoe", "role": "agent", "password": "a long password"}

MATRIX: list[tuple[str, str, Any, tuple[int, ...]]] = [
    #                                                              nobody sam priya ana quentin adam
    ("GET", "/api/me", None, (401, 200, 200, 200, 200, 200)),
    ("GET", "/api/colleagues", None, (401, 200, 200, 200, 200, 200)),
    ("GET", "/api/cards", None, (401, 200, 200, 200, 200, 200)),
    ("GET", "/api/live", None, (401, 200, 200, 200, 200, 403)),
    ("GET", "/api/calls", None, (401, 200, 200, 200, 200, 403)),
    ("GET", "/api/calls/c1", None, (401, 200, 404, 200, 200, 403)),
    ("GET", "/api/calls/c1/events", None, (401, 200, 404, 200, 200, 403)),
    ("GET", "/api/calls/nowhere", None, (401, 404, 404, 404, 404, 403)),
    ("POST", "/api/calls/c1/help", None, (401, 200, 404, 200, 403, 403)),
    ("POST", "/api/calls/c1/panic", None, (401, 200, 404, 200, 403, 403)),
    ("POST", "/api/calls/c1/cards", USED_WARN, (401, 200, 404, 200, 403, 403)),
    ("POST", "/api/calls/c1/cards", USED_INTERJECT, (401, 403, 403, 200, 403, 403)),
    ("POST", "/api/calls/c1/request", {"tactic": "escalate"}, (401, 200, 404, 200, 403, 403)),
    ("POST", "/api/calls/c1/request", {"tactic": "hang_up"}, (401, 200, 404, 200, 403, 403)),
    ("POST", "/api/calls/c1/request", {"tactic": "interject"}, (401, 403, 403, 200, 403, 403)),
    ("POST", "/api/calls/c1/request", {"tactic": "hang_up_follow_up"}, (401, 403, 403, 200, 403, 403)),
    ("POST", "/api/calls/c1/request", {"tactic": "calm"}, (401, 400, 400, 400, 403, 403)),
    ("POST", "/api/calls/c1/agent", {"agent": "sam"}, (401, 403, 403, 200, 403, 200)),
    ("POST", "/api/calls/c1/details", {"line": "Repairs"}, (401, 403, 403, 400, 403, 400)),
    ("POST", "/api/calls/soon/details", {"line": "Repairs"}, (401, 403, 403, 200, 403, 200)),
    ("POST", "/api/alerts/c1:1/acknowledge", None, (401, 403, 403, 200, 403, 403)),
    ("POST", "/api/alerts/c1:1/claim", None, (401, 403, 403, 200, 403, 403)),
    ("GET", "/api/alerts/c1:1/evidence", None, (401, 403, 403, 404, 404, 403)),
    ("GET", "/api/alerts/c1:1/audio", None, (401, 403, 403, 404, 404, 403)),
    ("POST", "/api/alerts/c1:1/hand-over", {"to": "ana"}, (401, 403, 403, 200, 403, 403)),
    ("POST", "/api/alerts/c1:1/decline", {"reason": "in a call"}, (401, 403, 403, 200, 403, 403)),
    ("POST", "/api/alerts/c1:1/threat", {"measures": ["police"]}, (401, 403, 403, 200, 403, 403)),
    ("GET", "/api/calls/c1/checklist", None, (401, 200, 404, 200, 200, 403)),
    ("PUT", "/api/calls/c1/checklist/when", {"value": "at noon"}, (401, 200, 404, 200, 403, 403)),
    ("GET", "/api/outbox", None, (401, 403, 403, 403, 403, 200)),
    ("POST", "/api/outbox/msg_1/retry", None, (401, 403, 403, 403, 403, 404)),
    ("POST", "/api/outbox/msg_1/abandon", None, (401, 403, 403, 403, 403, 404)),
    ("GET", "/api/policy", None, (401, 200, 200, 200, 200, 200)),
    ("GET", "/api/policy/choices", None, (401, 200, 200, 200, 200, 200)),
    ("POST", "/api/policy/check", {"text": "sound"}, (401, 403, 403, 403, 403, 200)),
    ("POST", "/api/policy", {"text": "sound"}, (401, 403, 403, 403, 403, 200)),
    ("GET", "/api/me/prompts", None, (401, 200, 200, 200, 200, 200)),
    ("PUT", "/api/me/prompts", {"is_on": False}, (401, 200, 200, 200, 200, 200)),
    ("GET", "/api/calls/c1/join", None, (401, 403, 403, 200, 403, 403)),
    ("POST", "/api/calls/c1/join", {"mode": "listen", "sdp": "v=0"}, (401, 403, 403, 201, 403, 403)),
    ("POST", "/api/calls/c1/join", {"mode": "whisper"}, (401, 403, 403, 201, 403, 403)),
    ("PATCH", "/api/calls/c1/join/j1", {"mode": "interject"}, (401, 403, 403, 200, 403, 403)),
    ("PATCH", "/api/calls/c1/join/j1", {"hand_over_to": "sam"}, (401, 403, 403, 400, 403, 403)),
    ("DELETE", "/api/calls/c1/join/j1", None, (401, 403, 403, 200, 403, 403)),
    ("POST", "/api/calls/nowhere/join", {"mode": "listen", "sdp": "v=0"}, (401, 403, 403, 404, 403, 403)),
    ("POST", "/api/lines", {"call_id": "7", "party": "agent", "sdp": "v=0"}, (401, 403, 403, 201, 403, 201)),
    ("DELETE", "/api/lines/l1", None, (401, 403, 403, 204, 403, 204)),
    ("POST", "/api/calls/c1/legs", {"agent": "PJSIP/1-1"}, (401, 403, 403, 404, 403, 404)),
    ("GET", "/api/calls/c1/comments", None, (401, 200, 404, 200, 200, 403)),
    ("POST", "/api/calls/c1/comments", {"text": "I said no such thing."}, (401, 201, 404, 201, 201, 403)),
    ("GET", "/api/search", None, (401, 403, 403, 200, 200, 403)),
    ("GET", "/api/search/teams", None, (401, 403, 403, 200, 200, 403)),
    ("GET", "/api/search/export.csv", None, (401, 403, 403, 200, 200, 403)),
    ("GET", "/api/search/export.json", None, (401, 403, 403, 200, 200, 403)),
    ("GET", "/api/search/export.vcon", None, (401, 403, 403, 200, 200, 403)),
    ("GET", "/api/search/export.pdf", None, (401, 403, 403, 200, 200, 403)),
    ("GET", "/api/calls/c1/story", None, (401, 403, 403, 200, 200, 403)),
    ("GET", "/api/calls/c1/recording", None, (401, 403, 403, 404, 404, 403)),
    ("GET", "/api/calls/c1/recording/peaks", None, (401, 403, 403, 404, 404, 403)),
    ("PUT", "/api/calls/c1/words/caller/0", {"text": "no"}, (401, 403, 403, 404, 404, 403)),
    ("GET", "/api/calls/c1/words", None, (401, 403, 403, 200, 200, 403)),
    ("POST", "/api/reviews/draw", DRAW, (401, 403, 403, 403, 200, 403)),
    ("GET", "/api/reviews", None, (401, 403, 403, 403, 200, 403)),
    ("GET", "/api/reviews/disputes", None, (401, 403, 403, 403, 200, 403)),
    ("GET", "/api/reviews/agreement", None, (401, 403, 403, 403, 200, 403)),
    ("POST", "/api/reviews/r1/take", None, (401, 403, 403, 403, 404, 403)),
    ("GET", "/api/calls/nowhere/review", None, (401, 403, 403, 403, 404, 403)),
    ("GET", "/api/calls/c1/review", None, (401, 403, 403, 403, 400, 403)),
    ("POST", "/api/calls/c1/review/finish", None, (401, 403, 403, 403, 400, 403)),
    ("POST", "/api/calls/c1/review/settle", MISSED, (401, 403, 403, 403, 400, 403)),
    ("POST", "/api/calls/c1/verdicts", MISSED, (401, 403, 403, 403, 400, 403)),
    ("GET", "/api/calls/c1/verdicts", None, (401, 403, 403, 403, 400, 403)),
    ("DELETE", "/api/calls/c1/verdicts/words:0", None, (401, 403, 403, 403, 404, 403)),
    ("GET", "/api/tuning/curves", None, (401, 403, 403, 403, 200, 403)),
    ("POST", "/api/tuning/what-if", {"thresholds": {"insult": 0.5}}, (401, 403, 403, 403, 200, 403)),
    ("POST", "/api/tuning/proposals", PROPOSAL, (401, 403, 403, 403, 201, 403)),
    ("GET", "/api/trends", None, (401, 403, 403, 422, 422, 422)),
    ("GET", "/api/trends/cards", None, (401, 403, 403, 422, 422, 422)),
    ("GET", "/api/access", None, (401, 403, 403, 403, 200, 200)),
    ("POST", "/api/score", {"text": "where is my refund"}, (401, 200, 200, 200, 200, 200)),
    ("GET", "/api/users", None, (401, 403, 403, 403, 403, 200)),
    ("POST", "/api/users", NEW_USER, (401, 403, 403, 403, 403, 201)),
    ("PATCH", "/api/users/nothing", {"team": "red"}, (401, 403, 403, 403, 403, 404)),
    ("POST", "/api/users/nothing/reset", None, (401, 403, 403, 403, 403, 404)),
    ("GET", "/api/tokens", None, (401, 403, 403, 403, 403, 200)),
    ("GET", "/api/cover", None, (401, 403, 403, 403, 403, 200)),
    ("GET", "/api/taps", None, (401, 403, 403, 403, 403, 200)),
    ("GET", "/api/engine", None, (401, 403, 403, 403, 403, 200)),
    ("GET", "/api/budget", None, (401, 403, 403, 403, 403, 200)),
    ("GET", "/api/models", None, (401, 403, 403, 403, 403, 200)),
    ("POST", "/api/models/nothing/pull", None, (401, 403, 403, 403, 403, 404)),
    ("POST", "/api/models/nothing/verify", None, (401, 403, 403, 403, 403, 404)),
    ("GET", "/api/policies", None, (401, 403, 403, 403, 403, 200)),
    ("POST", "/api/policies", {"text": "sound"}, (401, 403, 403, 403, 403, 201)),
    ("POST", "/api/policies/report", {"text": "sound"}, (401, 403, 403, 403, 403, 200)),
    ("GET", "/api/policies/unknown", None, (401, 403, 403, 403, 403, 404)),
    ("POST", "/api/policies/unknown/use", None, (401, 403, 403, 403, 403, 404)),
    ("GET", "/api/retention", None, (401, 403, 403, 403, 403, 200)),
    ("POST", "/api/tokens", {"name": "pbx", "scope": "tap"}, (401, 403, 403, 403, 403, 201)),
    ("DELETE", "/api/tokens/nothing", None, (401, 403, 403, 403, 403, 404)),
    ("POST", "/api/me/password", {"old": "wrong", "new": "a long password"}, (401, 403, 403, 403, 403, 403)),
    ("POST", "/api/logout", None, (401, 200, 200, 200, 200, 200)),
    ("GET", "/api/asyncapi.yaml", None, (200,) * 6),
    ("GET", "/healthz", None, (200,) * 6),
    ("GET", "/readyz", None, (200,) * 6),
    ("GET", "/metrics", None, (200,) * 6),
]


@pytest.mark.parametrize("person", EVERYBODY)
async def test_every_route_lets_through_whom_it_should(office: Office, person: str) -> None:
    await office.happen(call_started("c1", agent="sam"))
    got, expected = {}, {}
    async with office.client(person) as client:
        for method, path, body, statuses in MATRIX:
            answer = await client.request(method, path, json=body)
            key = f"{method} {path} {body}"
            got[key], expected[key] = answer.status_code, statuses[EVERYBODY.index(person)]
            if answer.status_code >= 400:
                assert set(answer.json()) == {"code", "message"}
    assert got == expected


def test_the_matrix_names_every_route(office: Office) -> None:
    named = {(method, path) for method, path, _, _ in (*MATRIX, *CASE_MATRIX)}
    openapi = office.web.openapi()["paths"]
    served = {(method.upper(), path) for path, methods in openapi.items() for method in methods}

    def fill(path: str) -> str:
        places = {
            "{call_id}": "c1",
            "{decision_id}": "c1:1",
            "{join_id}": "j1",
            "{line_id}": "l1",
            "{name}": "nothing",
            "{field}": "when",
            "{channel}": "caller",
            "{segment}": "0",
            "{sending_id}": "msg_1",
            "{label}": "unknown",
            "{review_id}": "r1",
            "{subject}": "words:0",
            **NAMES,
        }
        for name, value in places.items():
            path = path.replace(name, value)
        return path

    assert {(method, fill(path)) for method, path in served} - named == {("POST", "/api/login")}


def test_nothing_else_is_served_but_pages(office: Office) -> None:
    hidden = {route.path for route in office.web.routes if isinstance(route, Route) and not route.include_in_schema}
    built = {path for path in hidden if path.startswith("/assets/") or path in ("/icon.svg", "/icon-risen.svg", "/licences.txt")}
    assert hidden - built == {*AREAS, "/api/openapi.json"}


async def test_an_agent_reads_their_own_calls_only(office: Office) -> None:
    await office.happen(call_started("c1", agent="sam"))
    await office.happen(call_started("c2", agent="priya"), agent="priya")
    await office.happen(transcript("hello", call_id="c2"), agent="priya")
    async with office.client("sam") as client:
        listed = (await client.get("/api/calls")).json()
        live = (await client.get("/api/live")).json()
    assert [call["call_id"] for call in listed] == ["c1"]
    assert [call["call_id"] for call in live["calls"]] == ["c1"]
    assert {event["call_id"] for event in live["events"]} == {"c1"}


async def test_a_bearer_acts_with_the_rights_of_its_scope(office: Office) -> None:
    async with office.client("adam") as admin:
        tokens = {
            scope: (await admin.post("/api/tokens", json={"name": f"t-{scope}", "scope": scope})).json()["token"]
            for scope in ("tap", "qa", "senior")
        }
    async with office.client() as client:

        async def status(scope: str, method: str, path: str) -> int:
            headers = {"Authorization": f"Bearer {tokens.get(scope, 'made up')}"}
            return (await client.request(method, path, headers=headers)).status_code

        await office.happen(call_started("c1"))
        assert await status("tap", "GET", "/api/calls") == 401
        assert await status("none", "GET", "/api/calls") == 401
        pbx = {"Authorization": f"Bearer {tokens['tap']}"}
        assert (await client.post("/api/calls/c1/agent", headers=pbx, json={"agent": "sam"})).status_code == 200
        assert await status("qa", "GET", "/api/calls") == 200
        assert await status("qa", "POST", "/api/alerts/c1:1/claim") == 403
        assert await status("senior", "POST", "/api/alerts/c1:1/claim") == 200


async def test_a_cookie_alone_changes_nothing_from_another_site(office: Office) -> None:
    await office.happen(call_started("c1"))
    async with office.client("sam") as client:
        del client.headers["Origin"]
        for headers in ({"Origin": "http://evil.test"}, {"Origin": "null"}, {"Sec-Fetch-Site": "cross-site"}):
            answer = await client.post("/api/calls/c1/help", headers=headers)
            assert (answer.status_code, answer.json()["code"]) == (403, "access")
            assert (await client.get("/api/calls/c1", headers=headers)).status_code == 200
    assert office.desk.acts == []


async def test_what_a_proxy_makes_a_browser_send_excuses_no_other_site(office: Office) -> None:
    await office.happen(call_started("c1"))
    async with office.client("sam") as client:
        headers = {"Origin": "http://evil.test", "Authorization": "Basic c2FtOnNlY3JldA=="}
        refused = await client.post("/api/calls/c1/help", headers=headers)
        own = await client.post("/api/calls/c1/help", headers={"Authorization": headers["Authorization"]})
    assert (refused.status_code, own.status_code) == (403, 200)
    assert office.desk.acts == [("help", "c1", "sam", False)]


async def test_a_program_that_is_no_browser_logs_in_and_acts_with_the_cookie(office: Office) -> None:
    await office.happen(call_started("c1"))
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app=office.web), base_url="http://callguard.test") as program:
        login = await program.post("/api/login", json={"name": "sam", "password": PASSWORD})
        helped = await program.post("/api/calls/c1/help")
        refused = await program.post("/api/alerts/c1:1/acknowledge")
    assert (login.status_code, helped.status_code, refused.status_code) == (200, 200, 403)
    assert office.desk.acts == [("help", "c1", "sam", False)]


async def test_nobody_is_logged_in_from_another_site(office: Office) -> None:
    async with office.client() as client:
        body = {"name": "sam", "password": PASSWORD}
        foreign = await client.post("/api/login", json=body, headers={"Origin": "http://evil.test"})
    assert foreign.status_code == 403


async def test_calls_with_awkward_names_are_reached(office: Office) -> None:
    await office.happen(call_started("a/b:c?d"))
    async with office.client("sam") as client:
        assert (await client.get("/api/calls/a%2Fb%3Ac%3Fd")).json()["call_id"] == "a/b:c?d"
        assert (await client.post("/api/calls/a%2Fb%3Ac%3Fd/help")).status_code == 200
    async with office.client("ana") as client:
        assert (await client.post("/api/alerts/a%2Fb%3Ac%3Fd%3A7/claim")).status_code == 200
    assert office.desk.acts[-1] == ("alert", "a/b:c?d", "ana", "a/b:c?d:7", "claimed")
