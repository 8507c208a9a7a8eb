"""Events as lines for a terminal."""

from collections.abc import Callable, Mapping
from typing import Any

Row = dict[str, Any]
"""An event in its public JSON form."""

MARKS = {"quiet": "○", "heated": "◔", "abusive": "◑", "severe": "●", "threat": "▲", "care": "♥"}
"""Shape of each state, as on every screen (CONSOLES.md): never colour alone."""


def line_of(row: Row) -> str:
    """Return an event's line; empty for what a person at a terminal does not need."""
    return LINES[row["type"]](row) if row["type"] in LINES else ""


def transcript_line(row: Row) -> str:
    """Return what was said; nothing for running speech."""
    doubt = "" if row["reliable"] else f"  (unreliable: {row['unreliable_because']})"
    return f"{clock(row['start_s'])}  {row['channel']:7} {row['text']}{doubt}" if row["final"] else ""


def loss_line(row: Row) -> str:
    """Return what was not written down or not heard."""
    what = "not written down" if row["type"] == "transcript_lost" else f"no audio for {row['end_s'] - row['start_s']:.1f} s"
    return f"{clock(row['start_s'])}  {row['channel']:7} ({what}: {row['because']})"


def guard_line(row: Row) -> str:
    """Return how well the call is listened to; nothing when that is as it should be."""
    return f"{clock(row['at_s'])}  ⊘ {row['guard'].replace('_', ' ')}: {row['because']}" if row["guard"] != "guarded" else ""


def settled_line(row: Row) -> str:
    """Return what became of a provisional decision."""
    fate = ("unproven" if row.get("unproven") else "confirmed") if row["confirmed"] else "withdrawn"
    return f"{clock(row['at_s'])}  {row['decision_id']} {fate}"


def decision_line(row: Row) -> str:
    """Return a prompt's or alert's line."""
    urgency = "urgent " if row["urgent"] else ""
    doubt = " (provisional)" if row["provisional"] else ""
    again = f" (nobody answered: tier {row['tier']})" if row["tier"] > 1 else ""
    words = f"  «{row['because']}»" if row["because"] else ""
    what = f"{urgency}{row['kind']} for {row['audience']}{doubt}{again}: {row['category'].replace('_', ' ')}"
    return f"{clock(row['at_s'])}  {MARKS[row['state']]} {what}, severity {row['severity']}{words}"


def clock(seconds: float) -> str:
    """Return minutes and seconds of the call."""
    return f"{int(seconds) // 60:02}:{seconds % 60:04.1f}"


LINES: Mapping[str, Callable[[Row], str]] = {
    "call_started": lambda row: f"── {row['call_id']}",
    "transcript": transcript_line,
    "transcript_lost": loss_line,
    "gap": loss_line,
    "state": lambda row: f"{clock(row['at_s'])}  {MARKS[row['state']]} {row['state']}",
    "decision": decision_line,
    "decision_settled": settled_line,
    "guard": guard_line,
}
