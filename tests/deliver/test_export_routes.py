import csv
import io
import zipfile
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import orjson
import pytest

from callguard.accounts import User
from callguard.archive import CallQuery, Export, ExportForm
from callguard.cases import AftercareRules
from callguard.deliver.auth import create_user
from callguard.errors import InputError
from callguard.incidents import incident_id_of
from callguard.record.export_desk import ExportDesk, described
from callguard.terms import Category, StaffRole
from tests.deliver.office import PASSWORD, Office, cheap_passwords
from tests.deliver.stored_calls import store_call
from tests.deliver.test_replay_routes import a_call
from tests.fakes import call_started

WORDS_SAID = "where you park"
QUENTIN = User(name="quentin", display_name="Quentin", role=StaffRole.QA, team="blue", password_hash="")
RIGHT = {"about": "alert", "subject": "c1:1", "judgement": "right"}


async def second_qa(office: Office) -> None:
    passwords = cheap_passwords()
    await create_user(
        office.store, passwords, name="quirin", display_name="Quirin", role=StaffRole.QA, team="", password=PASSWORD
    )
    passwords.close()


def desk(office: Office, **more: Any) -> ExportDesk:
    services = office.web.state.services
    return ExportDesk(office.store, services.replays, services.reviews, rules=AftercareRules, clock=office.clock, **more)


async def read(made: Export) -> str:
    return b"".join([chunk async for chunk in made.chunks]).decode()


async def as_json(office: Office, name: str, **params: Any) -> dict[str, Any]:
    async with office.client(name) as client:
        answer = await client.get("/api/search/export.json", params=params)
    assert answer.status_code == 200
    found: dict[str, Any] = answer.json()
    return found


async def test_a_search_is_exported_as_rows_without_words_or_numbers(office: Office) -> None:
    now = office.clock.utc_now()
    for number, agent in enumerate(("sam", "priya", "priya", "priya", "priya")):
        await store_call(office, call_id=f"c{number}", began=now - timedelta(hours=number + 1), agent=agent)
    async with office.client("quentin") as qa:
        answer = await qa.get("/api/search/export.csv", params={"agent": "priya", "words": WORDS_SAID})
    rows = list(csv.DictReader(io.StringIO(answer.content.decode("utf-8-sig"), newline="")))
    assert [row["call"] for row in rows] == ["c1", "c2", "c3", "c4"]
    assert "park" not in answer.text
    assert answer.headers["content-type"] == "text/csv; charset=utf-8"
    assert answer.headers["content-disposition"].startswith('attachment; filename="calls-2026')
    assert answer.headers["cache-control"] == "no-store"


async def test_rows_of_several_pages_come_once_each(office: Office) -> None:
    for number in range(5):
        await a_call(office, f"c{number}")
    text = await read(await desk(office, page=2).export(QUENTIN, CallQuery(), form=ExportForm.CSV))
    assert sorted(line.split(",")[0] for line in text.splitlines()[1:]) == ["c0", "c1", "c2", "c3", "c4"]


async def test_json_has_the_whole_call_with_its_corrections(office: Office) -> None:
    await store_call(office, seconds=40)
    async with office.client("ana") as ana:
        await ana.put("/api/calls/c1/words/caller/2", json={"text": "You stupid crow, you ruined everything."})
    found = await as_json(office, "quentin")
    (call,) = found["calls"]
    assert (found["schema"], found["exported_by"]) == ("callguard-calls-1", "quentin")
    assert [line["text"] for line in call["lines"] if line["corrected_by"]] == ["You stupid crow, you ruined everything."]
    assert [one["heard"] for one in call["corrections"]] == ["You stupid cow, you ruined everything."]
    assert [alert["category"] for alert in call["alerts"]] == ["insult", "intimidation"]
    assert call["lines"][5]["scores"]["insult"] == 0.93
    assert "thresholds" not in call


async def test_senior_staff_export_their_own_team_and_no_verdicts(office: Office) -> None:
    passwords = cheap_passwords()
    await create_user(
        office.store, passwords, name="rosa", display_name="Rosa", role=StaffRole.AGENT, team="red", password=PASSWORD
    )
    passwords.close()
    await a_call(office, "c1", "sam")
    await a_call(office, "c2", "rosa")
    async with office.client("quentin") as qa:
        assert (await qa.post("/api/calls/c1/verdicts", json=RIGHT)).status_code == 201
    (call,) = (await as_json(office, "ana"))["calls"]
    assert call["call_id"] == "c1"
    assert "verdicts" not in call


async def test_a_second_reviewer_stays_blind_until_their_own_review_is_done(office: Office) -> None:
    await second_qa(office)
    await a_call(office)
    async with office.client("quentin") as first:
        await first.post("/api/calls/c1/verdicts", json={**RIGHT, "note": "plain as day"})
        await first.post("/api/calls/c1/review/finish")
    (own,) = (await as_json(office, "quentin"))["calls"]
    (blind,) = (await as_json(office, "quirin"))["calls"]
    async with office.client("quirin") as second:
        await second.post("/api/calls/c1/verdicts", json={**RIGHT, "judgement": "wrong"})
        (half,) = (await as_json(office, "quirin"))["calls"]
        await second.post("/api/calls/c1/review/finish")
    (both,) = (await as_json(office, "quirin"))["calls"]
    assert [[one["by"] for one in call["verdicts"]] for call in (own, blind, half)] == [["quentin"], [], ["quirin"]]
    assert "plain as day" not in str(blind) + str(half)
    assert sorted(one["by"] for one in both["verdicts"]) == ["quentin", "quirin"]
    assert [call["other_verdicts_are_kept_back"] for call in (blind, half, both)] == [True, True, False]


async def test_a_running_call_is_exported_as_far_as_it_went(office: Office) -> None:
    await office.happen(call_started("c1"))
    (call,) = (await as_json(office, "quentin"))["calls"]
    assert (call["call_id"], call["ended_at"]) == ("c1", None)


async def test_who_exported_is_logged_with_the_filters_and_never_the_words(office: Office) -> None:
    await a_call(office)
    async with office.client("quentin") as qa, office.client("adam") as admin:
        await qa.get("/api/search/export.csv", params={"team": "blue", "min_severity": 1, "words": "nobody said this"})
        await qa.get("/api/search/export.json", params={"words": "stupid"})
        log = (await admin.get("/api/access")).json()
        of_call = (await admin.get("/api/access", params={"call_id": "c1"})).json()
    assert [(one["who"], one["what"], one["call_id"], one["detail"]) for one in log] == [
        ("quentin", "replay.read", "c1", "export json"),
        ("quentin", "calls.export", "", "json, 1 calls; words"),
        ("quentin", "calls.export", "", "csv, 0 calls; team=blue, min_severity=1, words"),
    ]
    assert [one["what"] for one in of_call] == ["replay.read"]


async def test_more_calls_than_a_file_holds_are_refused_and_not_logged(office: Office) -> None:
    for number in range(3):
        await a_call(office, f"c{number}")
    with pytest.raises(InputError, match="3 calls fit, and a json file holds 2 at most; take a shorter time"):
        await desk(office, most={ExportForm.JSON: 2}).export(QUENTIN, CallQuery(), form=ExportForm.JSON)
    async with office.client("quentin") as qa:
        log = (await qa.get("/api/access")).json()
    assert log == []


async def test_unknown_forms_and_words_that_cannot_be_looked_for_are_refused(office: Office) -> None:
    async with office.client("quentin") as qa:
        unknown = await qa.get("/api/search/export.xls")
        nonsense = await qa.get("/api/search/export.csv", params={"words": "!!!"})
    assert (unknown.status_code, nonsense.status_code) == (422, 400)


async def test_a_call_that_is_let_go_meanwhile_is_left_out(office: Office, tmp_path: Path) -> None:
    now = office.clock.utc_now()
    await store_call(office, call_id="c1", began=now - timedelta(days=400))
    await store_call(office, call_id="c2")
    made = await desk(office).export(QUENTIN, CallQuery(), form=ExportForm.JSON)
    await office.store.retention(tmp_path).sweep(AftercareRules(), now, is_dry_run=False)
    assert [call["call_id"] for call in orjson.loads(await read(made))["calls"]] == ["c2"]


def test_filters_are_described_by_name() -> None:
    query = CallQuery(categories=(Category.INSULT, Category.HATE), team="blue")
    assert described(query) == "team=blue, categories=insult,hate"
    assert described(CallQuery()) == "all"


async def test_each_call_is_a_vcon_of_its_own_in_a_zip(office: Office) -> None:
    await store_call(office, call_id="a/../b", seconds=40)
    await store_call(office, call_id="c2", seconds=40, began=office.clock.utc_now() - timedelta(days=1))
    async with office.client("quentin") as qa:
        await qa.post("/api/calls/c2/verdicts", json={**RIGHT, "subject": "c2:1", "note": "plain as day"})
        answer = await qa.get("/api/search/export.vcon")
    with zipfile.ZipFile(io.BytesIO(answer.content)) as archive:
        assert archive.testzip() is None
        names = archive.namelist()
        vcons = [orjson.loads(archive.read(name)) for name in names]
    assert answer.headers["content-type"] == "application/zip"
    assert [name[:5] + name[-10:] for name in names] == ["0001-.vcon.json", "0002-.vcon.json"]
    assert [one["subject"] for one in vcons] == ["Call a/../b", "Call c2"]
    assert [turn["body"] for turn in vcons[1]["dialog"]][5] == "You stupid cow, you ruined everything."
    assert "plain as day" not in str(vcons)


async def test_a_vcon_says_until_when_the_call_is_really_kept(office: Office) -> None:
    began = office.clock.utc_now() - timedelta(days=1)
    await office.happen(replace(call_started("quiet"), started_at=began))
    for call_id in ("alert", "record", "hold"):
        await store_call(office, call_id=call_id, seconds=40, began=began)
    async with office.client("ana") as ana, office.client("quentin") as qa:
        for call_id in ("record", "hold"):
            assert (await ana.post(f"/api/calls/{call_id}/incident", json={})).status_code == 200
        held = await ana.post(f"/api/incidents/{incident_id_of('hold')}/hold", json={"on": True, "reason": "police"})
        answer = await qa.get("/api/search/export.vcon")
        record = (await ana.get(f"/api/incidents/{incident_id_of('hold')}/export.vcon")).json()
    assert held.status_code == 200
    with zipfile.ZipFile(io.BytesIO(answer.content)) as archive:
        vcons = [orjson.loads(archive.read(name)) for name in archive.namelist()]
    until = {one["subject"].removeprefix("Call "): one["attachments"][1]["body"]["expiration"] for one in vcons}
    rules = AftercareRules()
    days = {"quiet": rules.ordinary_days, "alert": rules.reviewed_days, "record": rules.incident_days}
    assert until == {call_id: (began + timedelta(days=many)).isoformat() for call_id, many in days.items()} | {"hold": None}
    assert record["attachments"][1]["body"]["expiration"] is None


async def test_a_report_is_one_pdf_and_each_call_in_it_is_noted_as_read(office: Office) -> None:
    await store_call(office, call_id="c1", seconds=40)
    async with office.client("ana") as ana:
        answer = await ana.get("/api/search/export.pdf")
        nothing = await ana.get("/api/search/export.pdf", params={"words": "unheard"})
    log = await office.store.tasks.audit_entries(who="ana")
    assert (answer.content[:5], nothing.content[:5]) == (b"%PDF-", b"%PDF-")
    assert [(one.what, one.detail) for one in log if one.subject == "c1"] == [("replay.read", "export pdf")]


async def test_a_report_of_too_many_words_is_refused(office: Office) -> None:
    await store_call(office, seconds=40)
    with pytest.raises(InputError, match="more than 9 utterances were said in these calls"):
        await desk(office, most_lines=9).export(QUENTIN, CallQuery(), form=ExportForm.PDF)
