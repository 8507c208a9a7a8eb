"""Sending by a whole server: a real database, real sockets, and a restart in between."""

import asyncio
from pathlib import Path
from typing import Any

import httpx
import orjson
import pytest

from callguard.accounts import TokenScope
from callguard.app.post import build_routes, looked_up, missing_routes
from callguard.decide.policy import load_policy
from callguard.decide.policy_people import Notify, NotifyWhen
from callguard.errors import SettingsError
from callguard.notify_settings import NotifySettings
from callguard.settings import Settings, load_settings
from callguard.simulation import scrape_metrics
from tests.app.test_server import serving
from tests.clocks import HandClock
from tests.deliver.test_webhooks import OK, headers_of, receiving
from tests.fakes import alert, call_started
from tests.record.journals import stored

BUSY = b"HTTP/1.1 503 Busy\r\ncontent-length: 0\r\nconnection: close\r\n\r\n"


def settings_in(folder: Path, url: str) -> Settings:
    return load_settings(
        data_dir=folder,
        http={"port": 0},
        taps={"twilio": {"port": 0}, "audiosocket": {"enabled": False}},
        transcribe={"engine": "pocketsphinx", "workers": 1, "keywords": False},
        score={"engine": "rules"},
        record={"audio": False},
        notify={"webhooks": {"crm": {"url": url, "secret": "a secret of the CRM, long enough"}}},
    )


async def until(requests: list[bytes]) -> None:
    async with asyncio.timeout(20):
        while not requests:  # noqa: ASYNC110  # the other end is a socket
            await asyncio.sleep(0.01)


async def delivered(admin: httpx.AsyncClient) -> dict[str, Any]:
    async with asyncio.timeout(20):
        while True:
            # The alert also goes to the next tier meanwhile: nobody has acknowledged it.
            row = next(row for row in (await admin.get("/api/outbox")).json() if row["kind"] == "alert.raised")
            if row["state"] == "delivered":
                return dict(row)
            await asyncio.sleep(0.01)


async def test_what_a_receiver_did_not_take_is_sent_by_the_next_run_under_the_same_id(tmp_path: Path) -> None:
    refused: list[bytes] = []
    async with receiving(BUSY, refused) as url, serving(settings_in(tmp_path, url)) as server:
        await server.store.append([stored(1, call_started("c1")), stored(2, alert("c1:1"), is_alert=True)])
        await until(refused)
    taken: list[bytes] = []
    async with receiving(OK, taken) as url, serving(settings_in(tmp_path, url)) as server:
        await until(taken)
        figures = await scrape_metrics(f"{server.url}/metrics")
        token = await server.doorkeeper.issue_token("test", TokenScope.ADMIN)
        async with httpx.AsyncClient(base_url=server.url, headers={"Authorization": f"Bearer {token}"}) as admin:
            row = await delivered(admin)
    first, body = headers_of(refused[0])
    assert orjson.loads(body)["data"]["alert_id"] == "c1:1"
    assert first["webhook-id"] == row["sending_id"]
    assert row["sending_id"] in [headers_of(request)[0]["webhook-id"] for request in taken]
    assert any(name == "callguard_outbox_waiting" for name, _ in figures)


def test_a_secret_may_stand_in_the_environment_and_must_then_be_there() -> None:
    assert looked_up("plain", "it", {}) == "plain"
    assert looked_up("env:HERE", "it", {"HERE": "value"}) == "value"
    with pytest.raises(SettingsError, match="it is to be in the variable HERE"):
        looked_up("env:HERE", "it", {})


def test_routes_that_lead_nowhere_are_known() -> None:
    notify = (Notify(when=NotifyWhen.ALERT, route="sms"), Notify(when=NotifyWhen.URGENT, route="mail"))
    policy = load_policy("standard").model_copy(update={"notify": notify})
    settings = NotifySettings.model_validate({"routes": {"mail": "mailto://a.example"}})
    assert missing_routes(policy, settings) == ["sms"]


def test_a_language_of_a_route_that_is_not_there_stops_the_start() -> None:
    settings = NotifySettings.model_validate({"routes": {"mail": "mailto://a.example"}, "languages": {"sms": "de"}})
    with pytest.raises(SettingsError, match="names «sms», which is not in"):
        build_routes(settings, HandClock())
