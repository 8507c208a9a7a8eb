from datetime import UTC, datetime

import orjson

from callguard.events import CallStarted
from callguard.speech import Span, UtteranceScore
from callguard.terms import Category, Role, StepTimes
from callguard.wire import as_json

SCORE = UtteranceScore(
    call_id="c1",
    channel=Role.CALLER,
    segment=3,
    start_sample=16_000,
    end_sample=24_000,
    is_final=True,
    is_reliable=False,
    text="you liar",
    scores={Category.INSULT: 0.912345},
    labels=(Category.INSULT,),
    severity=2,
    spans=(Span(start=4, end=8, category=Category.INSULT),),
    is_angry=False,
    scorer="rules 1",
    times=StepTimes(speech_end_ns=5),
)


def test_samples_become_seconds_and_flags_lose_their_is() -> None:
    row = as_json(SCORE)
    assert (row["type"], row["start_s"], row["end_s"], row["final"], row["reliable"]) == ("score", 1.0, 1.5, True, False)


def test_enums_and_nested_values_become_plain_json() -> None:
    row = orjson.loads(orjson.dumps(as_json(SCORE)))
    assert row["channel"] == "caller"
    assert row["scores"] == {"insult": 0.9123}
    assert row["spans"] == [{"start": 4, "end": 8, "category": "insult"}]
    assert row["times"]["speech_end_ns"] == 5


def test_times_of_day_carry_their_zone() -> None:
    started = CallStarted(
        call_id="c1",
        tap="file",
        started_at=datetime(2026, 11, 20, 14, 3, tzinfo=UTC),
        channels=(Role.CALLER, Role.AGENT),
        agent="sam",
        caller="",
        line="",
        language="en",
    )
    row = as_json(started)
    assert row["started_at"] == "2026-11-20T14:03:00+00:00"
    assert row["channels"] == ["caller", "agent"]
