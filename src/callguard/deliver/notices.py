"""Notices to people outside the consoles: short, and with nothing in them that a stranger must not read on a lock screen."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import orjson

from callguard.sendings import Kind


@dataclass(frozen=True, slots=True, kw_only=True)
class Notice:
    """A heading and a few sentences: no name, no number, no word that was said."""

    title: str
    body: str

    def text(self) -> str:
        """Return it as the outbox keeps it."""
        return orjson.dumps({"title": self.title, "body": self.body}).decode()


def read_notice(payload: str) -> Notice:
    """Return the notice that `text` wrote."""
    read = orjson.loads(payload)
    return Notice(title=read["title"], body=read["body"])


def alert_notice(alert: Mapping[str, Any], kind: Kind, *, board: str, is_watched: bool) -> Notice:
    """Return the notice of an alert from its stored event."""
    title = "callguard: urgent alert" if alert["urgent"] else "callguard: alert"
    told = ["An agent needs help on a call."]
    if kind is Kind.ALERT_ESCALATED:
        told.append(f"Nobody has acknowledged it; it has come to tier {alert['tier']}.")
    if not is_watched:
        told.append("Nobody of senior staff has the console open.")
    return Notice(title=title, body=" ".join([*told, _where(board)]))


def fact_notice(kind: Kind, facts: Mapping[str, Any], *, board: str) -> Notice:
    """Return the notice of something after a call; an agent is named only where the receiver must know whom to leave in peace."""
    match kind:
        case Kind.AGENT_STATE if facts["state"] == "wrap_up":
            return Notice(
                title="callguard: agent away", body=f"{facts['agent']} takes time after a call; send no calls meanwhile."
            )
        case Kind.AGENT_STATE:
            return Notice(title="callguard: agent ready", body=f"{facts['agent']} is ready for calls.")
        case Kind.TEAM_NOTICE:
            return Notice(title="callguard: for your team", body=facts["text"])
        case _:
            due = datetime.fromisoformat(facts["due_at"])
            return Notice(
                title="callguard: call back", body=f"A call back is to be made by {due:%Y-%m-%d %H:%M} UTC. {_where(board)}"
            )


def _where(board: str) -> str:
    return f"Open the console: {board}" if board else "Open the console."
