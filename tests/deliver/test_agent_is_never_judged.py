"""The agent is never judged (DESIGN.md 12): no table, event or answer of the API has room for a score or a rank of one."""

import dataclasses
import re
from typing import Any, get_args

from sqlalchemy import Float, Integer, Numeric

from callguard.accounts import User
from callguard.events import CallRecord, Event
from callguard.record.store import SqlStore  # noqa: F401  # every table is in the metadata once the store is imported
from callguard.record.tables import metadata
from callguard.score.conversation import CallScorer
from callguard.settings import ScoreSettings
from callguard.speech import UtteranceScore
from callguard.terms import Role
from tests.deliver.office import Office
from tests.fakes import transcript
from tests.scorers import rule_scorer

RATING = re.compile(
    r"(?:^|_)(?:rank|ranking|rating|grade|performance|productivity|leaderboard|kpi|emotion|mood|sentiment|stress|tone|empathy)(?:_|$)"
    r"|agent_(?:score|risk|rate|quality|points)|(?:score|risk|quality|handling)_(?:of_)?agent"
)

"""Names under which products rate people; «voice_and_mood» is the caller's, in the checklist, and written by a person."""


PERSON = frozenset({"agent", "by", "name", "user", "reviewer", "who", "display_name", "agent_name", "answered_by"})
BESIDE_A_PERSON: dict[str, set[str]] = {
    # time that is given to an agent
    "AgentStateBody": {"offered_s"},
    "WrapUp": {"offered_s"},
    # what a caller did on a call that an agent had
    "AlertBody": {"severity", "tier"},
    "CallStory": {"duration_s", "peak_severity"},
    "Facts": {"severity"},
    "FoundCall": {"peak_severity", "alerts", "help_s"},
    "IncidentSummary": {"version", "severity"},
    # where in a call or a record somebody wrote something
    "Answer": {"at_s"},
    "AuditEntry": {"number"},
    "CallAct": {"at_s"},
    "CallComment": {"at_s"},
    "ChecklistAnswer": {"at_s"},
    "Correction": {"segment"},
    "IncidentEntry": {"version"},
    "IncidentSignedBody": {"version"},
    "Review": {"round"},
    "StoryMark": {"start_s", "end_s"},
    "Verdict": {"verdict_id", "segment", "at_s", "severity"},
    # things with a name
    "CoveredTier": {"tier"},
    "EngineStanding": set(),
    "ModelStanding": set(),
    "TapStanding": set(),
}
"""Numbers that the API answers beside a person's name, and why each is none of theirs; all of a thing's where none is named."""
TABLES_BESIDE_A_PERSON: dict[str, set[str]] = {
    "events": {"seq", "stored_ns", "sent_ns"},
    "calls": {"peak_severity", "alerts", "repeated_demands"},
    "incidents": {"version", "severity"},
    "wrap_ups": {"offered_s"},
    "audit_log": {"number"},
    "call_comments": {"comment_id", "at_s"},
    "corrections": {"correction_id", "segment"},
    "reviews": {"round"},
    "verdicts": {"verdict_id", "segment", "at_s", "severity"},
}


def numbers_in(properties: dict[str, Any]) -> set[str]:
    """Return the properties of a schema that are or may be a number."""
    kinds = {name: {part.get("type") for part in (one, *one.get("anyOf", ()))} for name, one in properties.items()}
    return {name for name, kind in kinds.items() if kind & {"integer", "number"}}


def names_of(schema: Any) -> set[str]:
    """Return the names of all properties in a JSON document."""
    if isinstance(schema, dict):
        own = set(schema.get("properties", {})) | {one["name"] for one in schema.get("parameters", []) if "name" in one}
        return own.union(*(names_of(part) for part in schema.values()))
    return set().union(*(names_of(part) for part in schema)) if isinstance(schema, list) else set()


def test_no_table_has_a_column_that_rates() -> None:
    columns = {f"{table.name}.{column.name}" for table in metadata.tables.values() for column in table.columns}

    assert len(columns) > 30
    assert not {name for name in columns if RATING.search(name.partition(".")[2])}


def test_no_event_has_a_field_that_rates() -> None:
    fields = {field.name for kind in (*get_args(Event), CallRecord, User) for field in dataclasses.fields(kind)}

    assert not {name for name in fields if RATING.search(name)}


def test_scores_and_risks_say_nothing_of_an_agent() -> None:
    assert not {field.name for field in dataclasses.fields(UtteranceScore)} & {"agent", "by"}
    scorer = CallScorer("c1", rule_scorer(), ScoreSettings())

    assert scorer.push(transcript("shut up you stupid idiot i will kill you", channel=Role.AGENT)) == []


async def test_no_answer_of_the_api_rates(office: Office) -> None:
    document = office.web.openapi()
    paths = set(document["paths"])
    names = names_of(document)

    assert len(names) > 20
    assert not {name for name in names if RATING.search(name)}
    assert not {path for path in paths if re.search(r"agents?/.*(?:score|rank|rating|stat)|leaderboard|performance", path)}


async def test_every_number_beside_a_person_is_known_and_none_is_about_them(office: Office) -> None:
    """Whoever adds a figure to something that bears a person's name has to say here why it does not rate them."""
    schemas = office.web.openapi()["components"]["schemas"]
    beside = {
        name: numbers_in(schema["properties"])
        for name, schema in schemas.items()
        if PERSON & set(schema.get("properties", {})) and numbers_in(schema["properties"])
    }
    assert len(beside) > 15
    assert {name: numbers for name, numbers in beside.items() if BESIDE_A_PERSON.get(name, {"?"}) not in (numbers, set())} == {}


def test_every_number_beside_a_person_in_the_database_is_known_too() -> None:
    beside = {}
    for table in metadata.tables.values():
        numbers = {column.name for column in table.columns if isinstance(column.type, Integer | Numeric | Float)}
        if numbers and PERSON & {column.name for column in table.columns}:
            beside[table.name] = numbers
    assert beside == TABLES_BESIDE_A_PERSON


async def test_no_figures_can_be_asked_for_by_agent(office: Office) -> None:
    """Calls are found by agent, as somebody who looks for one must; figures over several calls are not."""
    asked = {
        path
        for path, methods in office.web.openapi()["paths"].items()
        for parameter in methods.get("get", {}).get("parameters", ())
        if parameter["name"] in ("agent", "agents", "user")
    }
    assert asked == {"/api/search", "/api/search/export.{form}"}


def test_the_guard_bites() -> None:
    for bad in ("agent_score", "performance", "empathy_score", "agent_risk", "emotion", "mood_index"):
        assert RATING.search(bad), bad
