"""The public JSON form of an event: what `--json` prints, the store keeps and consoles receive.

One rule for all classes, so that a new event needs no code here: sample indexes become seconds (`start_sample` is `start_s`),
`is_final` is `final`, times are UTC in ISO 8601, and `type` names the class.
"""

import dataclasses
from collections.abc import Mapping
from datetime import datetime
from enum import Enum
from typing import Any

from callguard.callers import is_caller_key
from callguard.events import (
    CallEnded,
    CallStarted,
    ChecklistFilled,
    Decision,
    DecisionSettled,
    Event,
    Gap,
    GuardChanged,
    KeyPressed,
    StateChanged,
    WarningGiven,
)
from callguard.human_acts import (
    AgentAssigned,
    AlertAnswered,
    CallDescribed,
    CallerKnown,
    CardAnswered,
    HelpAsked,
    PromptsSwitched,
    Shown,
    StaffJoin,
    TacticRequested,
    ThreatDecided,
)
from callguard.speech import CallRisk, Transcript, TranscriptLost, UtteranceScore
from callguard.terms import RATE_HZ

Json = dict[str, Any]

TYPE_NAMES: Mapping[type, str] = {
    CallStarted: "call_started",
    CallEnded: "call_ended",
    Gap: "gap",
    KeyPressed: "key_pressed",
    Transcript: "transcript",
    TranscriptLost: "transcript_lost",
    UtteranceScore: "score",
    CallRisk: "risk",
    StateChanged: "state",
    Decision: "decision",
    DecisionSettled: "decision_settled",
    WarningGiven: "warning_given",
    ChecklistFilled: "checklist_filled",
    ThreatDecided: "threat_decided",
    HelpAsked: "help_asked",
    CardAnswered: "card_answered",
    AlertAnswered: "alert_answered",
    TacticRequested: "tactic_requested",
    PromptsSwitched: "prompts_switched",
    AgentAssigned: "agent_assigned",
    CallDescribed: "call_described",
    CallerKnown: "caller_known",
    StaffJoin: "staff_join",
    GuardChanged: "guard",
    Shown: "shown",
}


def as_json(event: Event) -> Json:
    """Return `event` as plain JSON values; see the module's rule."""
    plain = {"type": TYPE_NAMES[type(event)], **_fields(event)}
    if isinstance(event, CallStarted | CallDescribed) and not is_caller_key(event.caller):
        plain["caller"] = ""  # a number never leaves the process in clear, whoever forgot to seal it
    return plain


def as_plain(value: Any) -> Json:
    """Return a dataclass that is no event as plain JSON values, by the same rule."""
    return _fields(value)


def _fields(value: Any) -> Json:
    return dict(_named(field.name, getattr(value, field.name)) for field in dataclasses.fields(value))


def _named(name: str, value: Any) -> tuple[str, Any]:
    if name.endswith("_sample"):
        return f"{name.removesuffix('_sample')}_s", round(value / RATE_HZ, 3)
    return name.removeprefix("is_"), _plain(value)


def _plain(value: Any) -> Any:
    if isinstance(value, Enum):
        return value.value
    if isinstance(value, datetime):
        return value.isoformat()
    if isinstance(value, float):
        return round(value, 4)
    if isinstance(value, Mapping):
        return {_plain(key): _plain(item) for key, item in value.items()}
    if isinstance(value, tuple):
        return [_plain(item) for item in value]
    return _fields(value) if dataclasses.is_dataclass(value) else value
