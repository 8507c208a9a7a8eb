import csv
import io
from datetime import UTC, datetime, timedelta, timezone

import pytest

from callguard.archive import FoundCall
from callguard.record.call_csv import HEAD, harmless, head, rows
from callguard.terms import CallState, Category, Tactic

BEGAN = datetime(2026, 11, 20, 15, 3, tzinfo=timezone(timedelta(hours=1)))


def found(**more: object) -> FoundCall:
    call = FoundCall(
        call_id="c1",
        agent="sam",
        agent_name="Sam",
        team="blue",
        line="+49 30 123",
        started_at=BEGAN,
        ended_at=BEGAN + timedelta(seconds=90.25),
        state=CallState.ABUSIVE,
        peak_severity=2,
        alerts=1,
        categories=(Category.INSULT, Category.RUDENESS),
        tactics=(Tactic.WARN,),
        help_s=7.04,
        said=None,
    )
    return call.model_copy(update=more)


def read(*calls: FoundCall) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO((head() + rows(calls)).decode("utf-8-sig"), newline="")))


def test_a_call_is_one_row_with_times_in_utc() -> None:
    (row,) = read(found())
    assert tuple(row) == HEAD
    assert (row["started_at_utc"], row["ended_at_utc"]) == ("2026-11-20 14:03:00", "2026-11-20 14:04:30")
    assert BEGAN.astimezone(UTC).hour == 14
    assert (row["duration_s"], row["first_help_after_s"], row["alerts"]) == ("90.2", "7.0", "1")
    assert (row["categories"], row["cards_and_acts"]) == ("insult; rudeness", "warn")


def test_a_call_that_goes_on_has_no_end() -> None:
    (row,) = read(found(ended_at=None, help_s=None))
    assert (row["ended_at_utc"], row["duration_s"], row["first_help_after_s"]) == ("", "", "")


@pytest.mark.parametrize("text", ["=1+1", "+49 30 123", "-2", "@SUM(A1)", " =1", "\t=1", "\rx", "\nx"])
def test_no_cell_is_taken_for_a_formula(text: str) -> None:
    assert harmless(text) == f"'{text}"
    (row,) = read(found(call_id=text, agent=text, agent_name=text, team=text, line=text))
    assert {row[name] for name in ("call", "agent", "agent_name", "team", "line")} == {f"'{text}"}


@pytest.mark.parametrize("text", ["", "Ana", "a=b", "10-20", "'quoted"])
def test_other_cells_stay_as_they_are(text: str) -> None:
    assert harmless(text) == text


def test_commas_quotes_and_lines_stay_in_their_cell() -> None:
    (row,) = read(found(team='north, "old"\nhouse'))
    assert row["team"] == 'north, "old"\nhouse'
