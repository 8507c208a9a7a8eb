"""Stored events of a call, gone through again: the same words and acts, at the times at which they came."""

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from callguard.call_path import CallPath
from callguard.errors import CallguardError
from callguard.events import ChecklistFilled, HumanAct
from callguard.human_acts import (
    AlertAnswer,
    AlertAnswered,
    CardAnswer,
    CardAnswered,
    HelpAsked,
    Measure,
    PromptsSwitched,
    TacticRequested,
    ThreatDecided,
)
from callguard.second_hearing import HEARD_ONCE
from callguard.speech import Transcript, TranscriptLost, Word
from callguard.terms import RATE_HZ, Role, StaffRole, StepTimes, Tactic

ROUNDED = RATE_HZ // 1000
"""Times are stored in milliseconds."""
TELL_NOW = frozenset(
    {"help_asked", "card_answered", "alert_answered", "threat_decided", "tactic_requested", "state", "guard", "call_ended"}
)
"""Events whose time in the call is that at which they were told."""
OF_THE_CALL = frozenset({"call_started", "call_described", "agent_assigned", "call_ended"})
Row = Mapping[str, Any]
"""One stored event as JSON (`wire`)."""


def go_through(rows: Iterable[Row], path: CallPath) -> None:
    """Let `path` understand what was said and done, in order; what another policy has no place for is left out.

    Time passes as it did: a live call lets it pass before whatever comes, and what was raised is raised at its due time.
    """
    rows = list(rows)
    read = {(row["channel"], row["segment"]) for row in rows if row["type"] == "transcript" and row["final"]}
    for row, elapsed_s in zip(rows, _elapsed_s(rows), strict=True):
        path.tick(int(elapsed_s * RATE_HZ))
        if row["type"] == "decision" and row.get("repeats"):
            path.tick(_sample(row["at_s"]) + ROUNDED)  # it was raised because its time had come, not because of another event
        if row["type"] == "transcript":
            transcript = read_transcript(row)
            if transcript.unreliable_because == HEARD_ONCE:
                path.suspect(replace(transcript, is_final=True, unreliable_because=""))
            else:
                path.understand(transcript)
        elif row["type"] == "transcript_lost":
            if (row["channel"], row["segment"]) not in read:  # else threats were heard in it all the same
                path.lose(_read_loss(row))
        elif row["type"] in OF_THE_CALL:
            _tell_of_call(row, path)
        elif (act := read_act(row)) is not None:
            try:
                path.act(act)
            except CallguardError:
                continue  # an answer to an alert that the other policy did not raise
    path.flush()


def _tell_of_call(row: Row, path: CallPath) -> None:
    """Let `path` know what the call itself is; a phone system may bring one twice."""
    if row["type"] == "call_ended":
        path.flush()
    if "language" in row:
        path.speak(row["language"])
    if "agent" in row:
        path.assign(row["agent"])


def _elapsed_s(rows: Sequence[Row]) -> Sequence[float]:
    """Return how long the call had run at each row: by the clock on the wall, unless a later row knows that it was less.

    That clock is set while calls run; what tells its own time in the call goes by one that is not.
    """
    found: list[float] = []
    most = math.inf
    for row in reversed(rows):
        if row["type"] in TELL_NOW or row.get("repeats"):
            most = min(most, row["at_s"])
        found.append(min((datetime.fromisoformat(row["at"]) - datetime.fromisoformat(rows[0]["at"])).total_seconds(), most))
    return found[::-1]


def read_transcript(row: Row) -> Transcript:
    """Return a stored transcript. Raises KeyError or ValueError for a row that is none."""
    return Transcript(
        call_id=row["call_id"],
        channel=Role(row["channel"]),
        segment=row["segment"],
        start_sample=_sample(row["start_s"]),
        end_sample=_sample(row["end_s"]),
        is_final=row["final"],
        text=row["text"],
        words=tuple(
            Word(
                text=word["text"],
                start_sample=_sample(word["start_s"]),
                end_sample=_sample(word["end_s"]),
                probability=word["probability"],
            )
            for word in row["words"]
        ),
        language=row["language"],
        engine=row["engine"],
        mean_log_probability=row["mean_log_probability"],
        no_speech_probability=row["no_speech_probability"],
        is_reliable=row["reliable"],
        unreliable_because=row["unreliable_because"],
        times=StepTimes(),
    )


def _read_loss(row: Row) -> TranscriptLost:
    return TranscriptLost(
        call_id=row["call_id"],
        channel=Role(row["channel"]),
        segment=row["segment"],
        start_sample=_sample(row["start_s"]),
        end_sample=_sample(row["end_s"]),
        because=row["because"],
    )


def read_act(row: Row) -> HumanAct | None:
    """Return what a person did, None for any other event. Raises KeyError or ValueError for a row that lacks what it promises."""
    who: dict[str, Any] = {"call_id": row["call_id"], "at_sample": _sample(row.get("at_s", 0)), "by": row.get("by", "")}
    act: HumanAct | None
    match row["type"]:
        case "help_asked":
            act = HelpAsked(**who, is_panic=row["panic"])
        case "card_answered":
            act = CardAnswered(
                **who, tactic=Tactic(row["tactic"]), answer=CardAnswer(row["answer"]), decision_id=row["decision_id"]
            )
        case "alert_answered":
            act = AlertAnswered(
                **who,
                decision_id=row["decision_id"],
                answer=AlertAnswer(row["answer"]),
                to=row.get("to", ""),
                reason=row.get("reason", ""),
            )
        case "checklist_filled" if row["by"]:
            act = ChecklistFilled(**who, start_sample=_sample(row["start_s"]), field=row["field"], value=row["value"])
        case "threat_decided":
            measures = tuple(Measure(name) for name in row["measures"])
            act = ThreatDecided(**who, decision_id=row["decision_id"], measures=measures, note=row["note"])
        case "tactic_requested":
            act = TacticRequested(**who, role=StaffRole(row["role"]), tactic=Tactic(row["tactic"]))
        case "prompts_switched":
            act = PromptsSwitched(**who, is_on=row["on"])
        case _:
            act = None
    return act


def _sample(seconds: float) -> int:
    return round(seconds * RATE_HZ)
