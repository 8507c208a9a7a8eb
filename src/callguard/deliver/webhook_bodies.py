"""The bodies of webhooks: what each kind tells, and no more than its receiver needs to act.

Nobody's name but log-in names, no number, and no word that was said unless the settings ask for it.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Generic, Literal, TypeVar

from pydantic import BaseModel, ConfigDict, Field

from callguard.sendings import Kind

B = TypeVar("B", bound="Body")


class Body(BaseModel):
    """The part that differs."""

    model_config = ConfigDict(frozen=True, extra="forbid", use_attribute_docstrings=True)


class AlertBody(Body):
    """Senior staff are alerted."""

    alert_id: str
    first_alert_id: str
    """The alert that nobody acknowledged, where this one goes to the next tier; else the same as `alert_id`."""
    call_id: str
    agent: str
    """Log-in name; empty where nobody knows whose call it is."""
    state: str
    """Of the call: heated, abusive, severe, threat or care."""
    category: str
    """What caused it: a category, or help, panic or anger."""
    severity: int
    """Of what was said, 0 to 4."""
    tier: int
    reach: str
    """team: for senior staff of `team`, and for all where nobody of them is at a console; all: for everybody."""
    team: str
    """Of the agent; empty where nobody knows."""
    is_urgent: bool
    is_provisional: bool
    """`alert.confirmed` or `alert.closed` («withdrawn») follows."""
    is_reliable: bool
    policy: str
    words: str | None = Field(default=None, repr=False)
    """The words that caused it, only for a subscriber with `with_words`."""


class ConfirmedBody(Body):
    """A provisional alert held."""

    alert_id: str
    call_id: str
    agent: str


class ClosedBody(Body):
    """Nobody needs to look for help any more."""

    alert_id: str
    call_id: str
    agent: str
    how: Literal["acknowledged", "claimed", "handed_over", "withdrawn"]
    by: str
    """Log-in name of who answered; empty where it was withdrawn."""


class AgentStateBody(Body):
    """An agent takes time of their own, or is ready."""

    agent: str
    state: Literal["wrap_up", "ready"]
    """Send no calls during «wrap_up». The newest `timestamp` of an agent holds."""
    offered_s: int | None = None
    """What is suggested; it ends when the agent says so and not before."""


class IncidentDraftedBody(Body):
    """A record waits to be completed."""

    incident_id: str
    severity: int


class IncidentSignedBody(Body):
    """A record was signed."""

    incident_id: str
    version: int
    """An amended record is signed again."""
    by: str


class RestrictionBody(Body):
    """A person decided about a restriction; ask `/api/callers/lookup` when the caller calls."""

    restriction_id: str
    caller: str
    """Keyed hash, as the lookup answers it."""
    status: Literal["in_force", "refused", "lifted"]
    route_to: str
    refuse_calls: bool
    ends_at: datetime | None


class FollowUpBody(Body):
    """A call back is to be made."""

    follow_up_id: str
    incident_id: str
    due_at: datetime


class TeamNoticeBody(Body):
    """A team should know that something happened: not to whom, what or by whom."""

    team: str
    text: str


class CallerRepeatsBody(Body):
    """A caller's offences are severe or pervasive."""

    caller: str
    """Keyed hash."""
    incident_id: str
    because: str


class PingBody(Body):
    """Nothing has happened: somebody tries whether webhooks arrive."""


BODIES: Mapping[Kind, type[Body]] = {
    Kind.ALERT_RAISED: AlertBody,
    Kind.ALERT_ESCALATED: AlertBody,
    Kind.ALERT_CONFIRMED: ConfirmedBody,
    Kind.ALERT_CLOSED: ClosedBody,
    Kind.AGENT_STATE: AgentStateBody,
    Kind.INCIDENT_DRAFTED: IncidentDraftedBody,
    Kind.INCIDENT_SIGNED: IncidentSignedBody,
    Kind.RESTRICTION_DECIDED: RestrictionBody,
    Kind.FOLLOW_UP_DUE: FollowUpBody,
    Kind.TEAM_NOTICE: TeamNoticeBody,
    Kind.CALLER_REPEATS: CallerRepeatsBody,
    Kind.PING: PingBody,
}


class Told(BaseModel, Generic[B]):
    """What is POSTed."""

    model_config = ConfigDict(frozen=True, extra="forbid", use_attribute_docstrings=True)

    type: Kind
    timestamp: datetime
    """When it happened, which may be long before it was sent."""
    data: B


def payload_of(kind: Kind, at: datetime, body: Body) -> str:
    """Return the JSON that is signed and sent; what is not told is left out."""
    return Told[Body](type=kind, timestamp=at, data=body).model_dump_json(exclude_none=True, serialize_as_any=True)


def body_of(kind: Kind, values: Mapping[str, Any]) -> Body:
    """Return the body of what was done by a person or after a call. Raises ValueError for values that are not its fields."""
    return BODIES[kind].model_validate(values)


def alert_body(event: Mapping[str, Any], *, agent: str, with_words: bool) -> AlertBody:
    """Return the body of an alert from its stored event."""
    return AlertBody(
        alert_id=event["decision_id"],
        first_alert_id=event["repeats"] or event["decision_id"],
        call_id=event["call_id"],
        agent=agent,
        state=event["state"],
        category=event["category"],
        severity=event["severity"],
        tier=event["tier"],
        reach=event.get("reach", "all"),  # alerts of earlier versions were everybody's
        team=event.get("team", ""),
        is_urgent=event["urgent"],
        is_provisional=event["provisional"],
        is_reliable=event["reliable"],
        policy=event["policy"],
        words=event["because"] if with_words else None,
    )
