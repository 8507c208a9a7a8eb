"""The description of the WebSocket says what is really sent."""

from typing import Any

import orjson
import pytest
import yaml

from callguard.accounts import User
from callguard.clock import SystemClock
from callguard.deliver import messages
from callguard.events import StateChanged
from callguard.terms import CallState, StaffRole
from callguard.wire import TYPE_NAMES, as_json
from tests.deliver.desks import HEALTHY
from tests.deliver.office import Office
from tests.fakes import alert, call_started, transcript
from tests.record.journals import call_ended, settled
from tools.write_asyncapi import TARGET, written

Json = dict[str, Any]
CLOCK = SystemClock()
ANA = User(name="ana", display_name="Ana", role=StaffRole.SENIOR, team="", password_hash="")
KINDS: dict[str, type | tuple[type, ...]] = {
    "string": str,
    "integer": int,
    "number": (int, float),
    "boolean": bool,
    "array": list,
    "object": dict,
    "null": type(None),
}


def described() -> Json:
    return dict(yaml.safe_load(TARGET.read_text())["components"]["messages"])


def check(value: Any, schema: Json, place: str) -> None:
    """Assert that a value fits a schema; only what these schemas use is known here."""
    if "const" in schema:
        assert value == schema["const"], place
    if "enum" in schema:
        assert value in schema["enum"], place
    if "type" in schema:
        assert isinstance(value, KINDS[schema["type"]]), place
    if isinstance(value, dict) and "properties" in schema:
        assert set(value) == set(schema["properties"]), place
        for name, part in schema["properties"].items():
            check(value[name], part, f"{place}.{name}")
    if isinstance(value, list):
        for one in value:
            check(one, schema["items"], f"{place}[]")


def test_the_file_is_up_to_date() -> None:
    assert TARGET.read_text() == written(), "an event has changed: run `python tools/write_asyncapi.py`"


def test_every_type_of_event_is_described() -> None:
    assert set(TYPE_NAMES.values()) | {"hello", "beat", "missed", "staff", "error", "drawn"} == set(described())


@pytest.mark.parametrize(
    "event",
    [
        call_started(),
        call_ended(),
        transcript("hello"),
        alert("c1:1"),
        settled("c1:1", is_confirmed=True),
        StateChanged(call_id="c1", at_sample=0, state=CallState.ABUSIVE, was=CallState.QUIET),
    ],
    ids=lambda event: type(event).__name__,
)
def test_events_are_sent_as_described(event: Any) -> None:
    body = orjson.loads(orjson.dumps(as_json(event) | {"seq": 1, "at": "2026-11-20T14:03:00+00:00"}))
    check(body, described()[body["type"]]["payload"], body["type"])


def test_other_messages_are_sent_as_described() -> None:
    for sent in (
        messages.hello(3, ANA, HEALTHY, CLOCK),
        messages.beat(HEALTHY, CLOCK),
        messages.staff(is_edited=True),
        messages.refusal("what?"),
    ):
        body = orjson.loads(sent)
        check(body, described()[body["type"]]["payload"], body["type"])


async def test_the_description_is_served(office: Office) -> None:
    async with office.client() as client:
        answer = await client.get("/api/asyncapi.yaml")
    assert yaml.safe_load(answer.text)["asyncapi"] == "3.0.0"
