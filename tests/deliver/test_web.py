from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest
from starlette.responses import StreamingResponse

from callguard.deliver.bodies import LARGEST
from callguard.deliver.ports import Health
from callguard.errors import CapacityError, EngineError, InputError, NotFoundError, StoreError
from tests.deliver.office import Office, open_office
from tests.fakes import call_started

FULL = "the disk that holds the database is full; free space on it"


@pytest.mark.parametrize("path", ["/", "/agent", "/board", "/icon.svg", "/api/me", "/nowhere"])
async def test_every_answer_keeps_other_sites_out(office: Office, path: str) -> None:
    async with office.client() as client:
        headers = (await client.get(path)).headers
    policy = headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy
    assert "frame-ancestors 'none'" in policy
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["cache-control"] in {"no-store", "no-cache"}


async def test_failures_of_the_store_are_a_sentence_and_503(office: Office) -> None:
    await office.happen(call_started())
    office.desk.error = StoreError(FULL)
    async with office.client("sam") as client:
        answer = await client.post("/api/calls/c1/help")
    assert (answer.status_code, answer.json()) == (503, {"code": "store", "message": FULL})


@pytest.mark.parametrize(
    ("error", "status"),
    [(NotFoundError("x"), 404), (InputError("x"), 400), (CapacityError("x"), 503), (EngineError("x"), 503)],
    ids=lambda value: type(value).__name__,
)
async def test_errors_keep_their_code(office: Office, error: StoreError, status: int) -> None:
    await office.happen(call_started())
    office.desk.error = error
    async with office.client("sam") as client:
        answer = await client.post("/api/calls/c1/help")
    assert (answer.status_code, answer.json()["code"]) == (status, error.code)


async def test_a_failure_that_nobody_foresaw_has_a_reference_that_is_in_the_log(
    office: Office, caplog: pytest.LogCaptureFixture
) -> None:
    await office.happen(call_started("c-secret"))
    office.desk.error = ZeroDivisionError("of the code")
    async with office.client("sam") as client:
        answer = await client.post("/api/calls/c-secret/help")
    assert (answer.status_code, answer.json()["code"]) == (500, "failed")
    assert "default-src 'none'" in answer.headers["content-security-policy"]
    assert answer.headers["cache-control"] == "no-store"
    (logged,) = [one for one in caplog.records if one.name == "callguard.deliver.unforeseen"]
    fields = vars(logged)
    assert fields["reference"] in answer.json()["message"]
    assert (fields["method"], fields["route"]) == ("POST", "/api/calls/{call_id:path}/help")
    assert "of the code" in str(logged.exc_text)
    assert "c-secret" not in logged.getMessage()


async def test_an_answer_that_breaks_off_is_broken_off(office: Office) -> None:
    async def half() -> AsyncIterator[bytes]:
        yield b"half"
        raise ZeroDivisionError

    office.web.add_api_route(
        "/half", lambda: StreamingResponse(half()), include_in_schema=False, response_class=StreamingResponse
    )
    async with office.served() as address, httpx.AsyncClient(base_url=f"http://{address}") as client:
        with pytest.raises(httpx.RemoteProtocolError):
            await client.get("/half")


async def test_wrong_bodies_name_the_field(office: Office) -> None:
    await office.happen(call_started())
    async with office.client("sam") as client:
        answer = await client.post("/api/calls/c1/cards", json={"tactic": "shout", "answer": "used"})
    assert answer.status_code == 422
    assert answer.json()["code"] == "input"
    assert "body.tactic" in answer.json()["message"]


async def test_ready_says_what_is_missing(office: Office) -> None:
    async with office.client() as client:
        assert (await client.get("/readyz")).json() == {"status": "ready", "problems": {}}
        office.desk.stand = Health(is_ready=False, engine="whisper base.en", is_fallback=False, not_recorded_because=FULL)
        answer = await client.get("/readyz")
    assert answer.status_code == 503
    assert answer.json()["problems"] == {"engine": "whisper base.en is not ready", "store": FULL}


async def test_figures_are_open_unless_a_token_is_set(tmp_path: Path) -> None:
    office = await open_office(tmp_path, metrics_token="prometheus")
    async with office.client("adam") as client:
        assert (await client.get("/metrics")).status_code == 401
        answer = await client.get("/metrics", headers={"Authorization": "Bearer prometheus"})
    assert answer.status_code == 200
    assert answer.headers["content-type"].startswith("text/plain")
    await office.close()


async def test_a_body_that_is_too_large_is_refused_unread(office: Office) -> None:
    read: list[int] = []

    async def pieces() -> AsyncIterator[bytes]:
        for _ in range(64):
            read.append(1)
            yield b"x" * (LARGEST // 8)

    async with office.client() as nobody:
        declared = await nobody.post("/api/login", content=b"x" * (LARGEST + 1))
        streamed = await nobody.post("/api/login", content=pieces())
        enough = await nobody.post("/api/login", content=b" " * LARGEST)
    for answer in (declared, streamed):
        assert (answer.status_code, answer.json()["code"]) == (413, "too_large")
        assert answer.headers["cache-control"] == "no-store"
    assert sum(read) < 64
    assert enough.status_code == 422


@pytest.mark.parametrize(
    ("person", "method", "path"),
    [
        ("adam", "GET", "/api/audit?before={}"),
        ("quentin", "GET", "/api/search?offset={}"),
        ("quentin", "PUT", "/api/calls/c1/words/caller/{}"),
    ],
)
async def test_a_number_that_no_database_counts_to_is_the_senders_fault(
    office: Office, person: str, method: str, path: str
) -> None:
    async with office.client(person) as client:
        answer = await client.request(method, path.format(10**30), json={"text": "hello"} if method == "PUT" else None)
    assert (answer.status_code, answer.json()["code"]) == (422, "input")


async def test_a_time_that_no_calendar_has_is_the_senders_fault(office: Office) -> None:
    async with office.client("quentin") as client:
        answer = await client.get("/api/search", params={"since": "0001-01-01T00:00:00+14:00"})
    assert (answer.status_code, answer.json()["code"]) == (400, "input")


async def test_errors_are_described_in_the_form_in_which_they_are_answered(office: Office) -> None:
    async with office.client("adam") as client:
        document = (await client.get("/api/openapi.json")).json()
        wrong = await client.post("/api/users", json={})
    operations = [operation for methods in document["paths"].values() for operation in methods.values()]
    told = {str(operation["responses"]["default"]["content"]["application/json"]["schema"]) for operation in operations}
    problem = document["components"]["schemas"]["Problem"]
    assert told == {"{'$ref': '#/components/schemas/Problem'}"}
    assert wrong.status_code == 422
    assert set(wrong.json()) == set(problem["properties"])
    assert "ValidationError" not in str(document)


@pytest.mark.parametrize("path", ["/metrics", "/api/asyncapi.yaml", "/healthz", "/readyz", "/api/me"])
async def test_an_answer_is_described_with_the_type_that_it_has(office: Office, path: str) -> None:
    described = office.web.openapi()["paths"][path]["get"]["responses"]["200"]["content"]
    async with office.client("adam") as client:
        answer = await client.get(path)
    assert list(described) == [answer.headers["content-type"].partition(";")[0]]
    if "application/json" in described:
        name = described["application/json"]["schema"]["$ref"].rpartition("/")[2]
        assert set(answer.json()) == set(office.web.openapi()["components"]["schemas"][name]["properties"])


@pytest.mark.parametrize(
    ("path", "forms"),
    [
        ("/api/incidents/{incident_id}/export.{form}", {"application/pdf", "application/json", "application/vcon"}),
        ("/api/incidents/{incident_id}/letter.{form}", {"application/pdf", "text/plain"}),
        ("/api/restrictions/{restriction_id}/letter.{form}", {"application/pdf", "text/plain"}),
    ],
)
async def test_files_are_described_in_all_their_forms(office: Office, path: str, forms: set[str]) -> None:
    assert set(office.web.openapi()["paths"][path]["get"]["responses"]["200"]["content"]) == forms
