"""What leaves the consoles: webhooks for other systems and notices for people, as the outbox keeps them."""

import hashlib
from collections.abc import Mapping
from datetime import datetime
from enum import StrEnum

from pydantic import Field

from callguard.documents import Document


class Kind(StrEnum):
    """What a sending tells; the names are a contract with subscribers."""

    ALERT_RAISED = "alert.raised"
    ALERT_ESCALATED = "alert.escalated"
    """Nobody acknowledged in time: the next tier is alerted."""
    ALERT_CONFIRMED = "alert.confirmed"
    """An alert that was provisional held when the speech had ended."""
    ALERT_CLOSED = "alert.closed"
    """Somebody has it, or it was withdrawn."""
    AGENT_STATE = "agent.state"
    """Time of their own after a call begins or ends: for the call distributor."""
    INCIDENT_DRAFTED = "incident.drafted"
    INCIDENT_SIGNED = "incident.signed"
    RESTRICTION_DECIDED = "restriction.decided"
    FOLLOW_UP_DUE = "follow_up.due"
    TEAM_NOTICE = "team.notice"
    CALLER_REPEATS = "caller.repeats"
    """A caller whose offences are severe or pervasive across calls: to be reported, never to be restricted by it."""
    PING = "ping"
    """From `callguard webhook test` only."""


class Channel(StrEnum):
    """By which way it goes."""

    WEBHOOK = "webhook"
    NOTICE = "notice"
    """To people, by e-mail, SMS or chat."""


class SendingState(StrEnum):
    """What has become of it."""

    WAITING = "waiting"
    DELIVERED = "delivered"
    FAILED = "failed"
    """Given up: too old, or refused for good. An admin can have it tried again."""
    ABANDONED = "abandoned"
    """An admin gave it up."""


class Sending(Document):
    """One thing to tell one receiver. Stored before it is sent, sent at least once, always under the same id."""

    sending_id: str
    """The idempotency key: whoever gets it twice has seen it already."""
    kind: Kind
    channel: Channel
    route: str
    """Name of the subscriber or route in the settings."""
    call_id: str
    """The call that it is about; empty where it is about none."""
    payload: str = Field(repr=False)
    """What is sent, byte for byte."""
    created_at: datetime
    due_at: datetime
    """Not tried before."""
    tried_since: datetime
    """From here on its age counts: when it was made, or when an admin had it tried again."""
    attempts: int = 0
    state: SendingState = SendingState.WAITING
    last_error: str = ""
    """Why the last attempt failed: never an address, a secret or what the receiver answered."""
    ended_at: datetime | None = None


class OutboxCounts(Document):
    """How the outbox stands."""

    by_state: Mapping[SendingState, int]
    oldest_waiting: datetime | None
    """When the oldest that still waits was made."""


def sending_id(kind: Kind, subject: str, channel: Channel, route: str) -> str:
    """Return the id of what `subject` gives one receiver to know; the same facts give the same id, also after a crash."""
    digest = hashlib.sha256(f"{kind}\0{subject}\0{channel}\0{route}".encode()).hexdigest()
    return f"msg_{digest[:32]}"
