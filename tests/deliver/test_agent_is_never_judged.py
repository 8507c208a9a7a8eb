"""The agent is never judged (DESIGN.md 12): no table, event or answer of the API has room for a score or a rank of one."""

import dataclasses
import re
from typing import Any, get_args

from callguard.events import CallRecord, Event, Role, User, UtteranceScore
from callguard.record.store import SqlStore  # noqa: F401  # every table is in the metadata once the store is imported
from callguard.record.tables import metadata
from callguard.score.conversation import CallScorer
from callguard.settings import ScoreSettings
from tests.deliver.office import Office
from tests.fakes import transcript
from tests.scorers import rule_scorer

RATING = re.compile(
    r"(?:^|_)(?:rank|ranking|rating|grade|performance|productivity|leaderboard|kpi|emotion|mood|sentiment|stress|tone|empathy)(?:_|$)"
    r"|agent_(?:score|risk|rate|quality|points)|(?:score|risk|quality|handling)_(?:of_)?agent"
)

"""Names under which products rate people; «voice_and_mood» is the caller's, in the checklist, and written by a person."""


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


def test_the_guard_bites() -> None:
    for bad in ("agent_score", "performance", "empathy_score", "agent_risk", "emotion", "mood_index"):
        assert RATING.search(bad), bad
