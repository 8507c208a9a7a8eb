"""Calls as rows of a table for spreadsheets: pure."""

import csv
import io
from collections.abc import Iterable
from datetime import UTC, datetime

from callguard.archive import FoundCall

HEAD = (
    "call",
    "started_at_utc",
    "ended_at_utc",
    "duration_s",
    "agent",
    "agent_name",
    "team",
    "line",
    "state",
    "worst_severity_of_caller",
    "alerts",
    "categories",
    "cards_and_acts",
    "first_help_after_s",
)
"""Nothing here rates an agent, and there is no caller's number: callguard keeps none in clear."""
MARK = "\N{ZERO WIDTH NO-BREAK SPACE}"
"""Without it at the beginning, spreadsheets take the file for one in an old code page."""
BEGINS_FORMULA = ("=", "+", "-", "@")


def head() -> bytes:
    """Return the beginning of the file, with the names of the columns."""
    return (MARK + _lines([HEAD])).encode()


def rows(calls: Iterable[FoundCall]) -> bytes:
    """Return a line for each call."""
    return _lines(_row(call) for call in calls).encode()


def harmless(text: str) -> str:
    """Return text that no spreadsheet takes for a formula: an apostrophe stands before what would begin one.

    A control character at the beginning is skipped by some spreadsheets, so it counts as the beginning of a formula too.
    """
    shown = text.lstrip()
    is_formula = shown.startswith(BEGINS_FORMULA) or (text[:1] in "\t\r\n" and bool(text))
    return f"'{text}" if is_formula else text


def _lines(cells: Iterable[Iterable[str]]) -> str:
    out = io.StringIO()
    csv.writer(out).writerows(cells)
    return out.getvalue()


def _row(call: FoundCall) -> list[str]:
    lasted = "" if call.ended_at is None else f"{(call.ended_at - call.started_at).total_seconds():.1f}"
    named = (call.agent, call.agent_name, call.team, call.line)
    return [
        harmless(call.call_id),
        _utc(call.started_at),
        _utc(call.ended_at),
        lasted,
        *(harmless(one) for one in named),
        call.state.value,
        str(call.peak_severity),
        str(call.alerts),
        "; ".join(one.value for one in call.categories),
        "; ".join(one.value for one in call.tactics),
        "" if call.help_s is None else f"{call.help_s:.1f}",
    ]


def _utc(at: datetime | None) -> str:
    """Return a time that spreadsheets read as one; the head of the column says the zone."""
    return "" if at is None else f"{at.astimezone(UTC):%Y-%m-%d %H:%M:%S}"
